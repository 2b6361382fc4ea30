// The user's applications: launched, used, updated, quit.

#include "ordinary.h"

#define SIGKILL_STATUS 9u

static ordinary_run launch_app;
static ordinary_run quit_app;
static ordinary_run make_code;
static ordinary_run map_plug_in;
static ordinary_run update_app;
static ordinary_run launch_with_refused_library;
static void map_libraries(struct host *h, const struct process *p, const struct app *app);
static void make_code_in(struct host *h, const struct process *p);

const struct activity ordinary_apps[] = {
    { launch_app, 12 }, { quit_app, 8 },   { make_code, 8 },
    { map_plug_in, 4 }, { update_app, 3 }, { launch_with_refused_library, 1 },
};
const size_t ordinary_app_count = COUNT_OF(ordinary_apps);

static const struct program updater = {
    .path = "/Applications/Larkspur.app/Contents/Frameworks/Sprout.framework/Versions/B/Autoupdate",
    .signing_id = "com.example.sprout.autoupdate",
    .linked = LINKED_FOUNDATION,
    .team = "LRKSPR6EXM",
    .signer = SIGNER_DEVELOPER,
};

// Libraries of other makers, each in a program of macOS.
static const struct {
    const char *host;
    struct program library;
} plug_ins[] = {
    { "com.apple.audio.coreaudiod",
      { .path = "/Library/Audio/Plug-Ins/HAL/ToneBridge.driver/Contents/MacOS/ToneBridge",
        .team = "T0NEHAUS9A",
        .signer = SIGNER_DEVELOPER,
        .linked = LINKED_CORE_FOUNDATION } },
    { "com.apple.quicklook.satellite",
      { .path = "/Library/QuickLook/Larkspur.qlgenerator/Contents/MacOS/Larkspur",
        .team = "LRKSPR6EXM",
        .signer = SIGNER_DEVELOPER,
        .linked = LINKED_COCOA } },
    { "com.apple.mdworker_shared",
      { .path = "/Library/Spotlight/Ledgerly.mdimporter/Contents/MacOS/Ledgerly",
        .team = "LDGR1YEX4M",
        .signer = SIGNER_DEVELOPER,
        .linked = LINKED_FOUNDATION } },
};

static void launch_app(struct host *h)
{
    if (h->live_count - h->fixed_count >= HOST_APPS_MAX)
        quit_app(h);
    const struct app *app = &program_apps[rng_below(&h->rng, (uint32_t)program_app_count)];
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &app->program });
    map_libraries(h, &p, app);
    host_read_file(h, &p, "~/Library/Preferences/com.apple.HIToolbox.plist");
    host_read_file(h, &p, "/System/Library/Fonts/SFNS.ttf");
    if ((app->program.claims & CLAIM_JIT) != 0)
        make_code_in(h, &p);
    (void)host_keep(h, &p);
}

static void map_libraries(struct host *h, const struct process *p, const struct app *app)
{
    for (size_t i = 0; i < APP_LIBRARIES_MAX && app->libraries[i] != NULL; i++) {
        const struct file f = place_file(&h->place, &h->rng, app->libraries[i]);
        host_open(h, p, &f);
        host_map(h, p, &f);
        host_wait(h, 3 * MILLISECOND_NS);
    }
}

// As an engine without MAP_JIT does: one range is written, then run.
static void make_code_in(struct host *h, const struct process *p)
{
    const uint64_t address = host_any_address(h);
    const uint64_t size = UINT64_C(16384) * (1 + rng_below(&h->rng, 8));
    host_protect(h, p, address, size, PROTECT_READ | PROTECT_WRITE);
    host_wait(h, 2 * MILLISECOND_NS);
    host_protect(h, p, address, size, PROTECT_READ | PROTECT_EXECUTE);
}

static void make_code(struct host *h)
{
    for (size_t i = 0; i < program_app_count; i++) {
        const struct process *p = host_find(h, program_apps[i].program.signing_id);
        if (p != NULL && (program_apps[i].program.claims & CLAIM_JIT) != 0)
            make_code_in(h, p);
    }
}

static void quit_app(struct host *h)
{
    if (h->live_count == h->fixed_count)
        return;
    const uint32_t count = (uint32_t)(h->live_count - h->fixed_count);
    const size_t index = h->fixed_count + rng_below(&h->rng, count);
    const struct process p = h->live[index];
    host_read_file(h, &p, "~/Library/Saved Application State/window_#.data");
    host_exit(h, &p, 0);
    host_forget(h, index);
}

static void map_plug_in(struct host *h)
{
    const size_t index = rng_below(&h->rng, COUNT_OF(plug_ins));
    const struct process *p = host_find(h, plug_ins[index].host);
    const struct program *library = &plug_ins[index].library;
    const struct file f = place_file(&h->place, &h->rng, library->path);
    host_open(h, p, &f);
    host_map_foreign(h, p, &f, library);
    host_close(h, p, &f, false);
}

// A hardened application is replaced under its feet by its own updater: where it runs, the kernel
// kills it, and no page of it is seen to be invalid.
static void update_app(struct host *h)
{
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &updater });
    const struct file staged =
        host_write_file(h, &p, "~/Library/Caches/com.example.larkspur/Update-####/LarkspurKit");
    const struct file library = place_file(
        &h->place, &h->rng,
        "/Applications/Larkspur.app/Contents/Frameworks/LarkspurKit.framework/Versions/A/"
        "LarkspurKit");
    host_rename(h, &p, &staged, &library, true);
    const struct file binary =
        place_file(&h->place, &h->rng, "/Applications/Larkspur.app/Contents/MacOS/Larkspur");
    host_open(h, &p, &binary);
    host_write(h, &p, &binary);
    host_close(h, &p, &binary, true);
    for (size_t i = h->fixed_count; i < h->live_count; i++) {
        const struct process app = h->live[i];
        if (strcmp(app.program->signing_id, "com.example.larkspur") != 0)
            continue;
        host_exit(h, &app, SIGKILL_STATUS);
        host_forget(h, i--);
    }
    host_exit(h, &p, 0);
}

// dyld ignores the variable for a hardened program: set, and without effect.
static void launch_with_refused_library(struct host *h)
{
    const struct process p = host_spawn(
        h, NULL,
        &(struct launch){
            .program = &program_apps[1].program,
            .env = "DYLD_INSERT_LIBRARIES=/Library/Application Support/Stowbox/overlay.dylib",
        });
    map_libraries(h, &p, &program_apps[1]);
    host_wait(h, SECOND_NS);
    host_exit(h, &p, 0);
}
