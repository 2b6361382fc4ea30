// Ordinary work that looks like an attack: runtimes, installers, updaters, plug-ins, automation.

#include "ordinary.h"

#define EDITOR        "/Applications/Codelark.app/Contents/"
#define NODE_DIR      "/opt/homebrew/Cellar/node/22.11.0/"
#define STUDIO        "/Applications/Tonehaus 4.app/Contents/MacOS/Tonehaus 4"
#define CLASSIC       "/Applications/Parlo Classic.app/Contents/"
#define OSA_FILES_MAX 2

static ordinary_run run_native_module;
static ordinary_run run_wheel;
static ordinary_run run_trace_compiler;
static ordinary_run install_bottle;
static ordinary_run install_package;
static ordinary_run replace_application;
static ordinary_run update_in_place;
static ordinary_run check_licence;
static ordinary_run load_user_plug_in;
static ordinary_run edit_with_inspector;
static ordinary_run drive_browser;
static ordinary_run automate;
static ordinary_run manage_device;
static void make_executable_range(struct host *h, const struct process *p);
static void map_of(struct host *h, const struct process *p, const char *pattern,
                   const struct program *maker);

const struct activity ordinary_alike[] = {
    { run_native_module, 6 },   { run_wheel, 4 },       { run_trace_compiler, 2 },
    { install_bottle, 2 },      { install_package, 1 }, { replace_application, 2 },
    { update_in_place, 1 },     { check_licence, 1 },   { load_user_plug_in, 2 },
    { edit_with_inspector, 3 }, { drive_browser, 2 },   { automate, 3 },
    { manage_device, 2 },
};
const size_t ordinary_alike_count = COUNT_OF(ordinary_alike);

static const struct program node = { .path = NODE_DIR "bin/node",
                                     .signing_id = "node",
                                     .linked = LINKED_OWN,
                                     .claims = CLAIM_JIT | CLAIM_ANY_LIBRARY,
                                     .signer = SIGNER_ADHOC };
static const struct program built_module = { .signing_id = "binding.node",
                                             .linked = LINKED_SYSTEM,
                                             .signer = SIGNER_LINKER };
static const struct program python = {
    .path = "/opt/homebrew/Cellar/python@3.13/3.13.1/Frameworks/Python.framework/Versions/3.13/"
            "bin/python3.13",
    .signing_id = "python3.13",
    .linked = LINKED_OWN,
    .signer = SIGNER_ADHOC,
};
static const struct program luajit = { .path = "/opt/homebrew/Cellar/luajit/2.1.1/bin/luajit-2.1.1",
                                       .signing_id = "luajit-2.1.1-5f1e0c77",
                                       .linked = LINKED_OWN,
                                       .signer = SIGNER_LINKER };
static const struct program brew_ruby = {
    .path = "/opt/homebrew/Library/Homebrew/vendor/portable-ruby/3.3.6/bin/ruby",
    .signing_id = "ruby",
    .linked = LINKED_OWN,
    .signer = SIGNER_LINKER,
};
static const struct program new_bottle = { .path = "/opt/homebrew/Cellar/hyperfine/1.19.0/bin/"
                                                   "hyperfine",
                                           .signing_id = "hyperfine-8a1c",
                                           .linked = LINKED_OWN,
                                           .signer = SIGNER_LINKER };
static const struct program installd = {
    .path = "/System/Library/PrivateFrameworks/PackageKit.framework/Resources/installd",
    .signing_id = "com.apple.installd",
    .linked = LINKED_FOUNDATION,
    .runs_as_root = true,
};
static const struct program script_service = {
    .path = "/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/XPCServices/"
            "package_script_service.xpc/Contents/MacOS/package_script_service",
    .signing_id = "com.apple.package_script_service",
    .linked = LINKED_FOUNDATION,
    .runs_as_root = true,
};
static const struct program package_tool = {
    .path = "/private/tmp/PKInstallSandbox.Q2vX8a/Scripts/com.example.brightpen.pkg.pL4m0Z/"
            "brightpen-setup",
    .signing_id = "com.example.brightpen.setup",
    .linked = LINKED_FOUNDATION,
    .team = "BR1GHTPENX",
    .signer = SIGNER_DEVELOPER,
    .runs_as_root = true,
};
static const struct program brightpen = {
    .path = "/Applications/Brightpen.app/Contents/MacOS/Brightpen",
    .signing_id = "com.example.brightpen",
    .linked = LINKED_COCOA,
    .team = "BR1GHTPENX",
    .signer = SIGNER_DEVELOPER,
};
static const struct program autoupdate = {
    .path = "~/Library/Caches/com.example.brightpen/org.sparkle-project.Sparkle/Installation/"
            "kR7tY2wQ9/Autoupdate",
    .signing_id = "org.sparkle-project.Sparkle.Autoupdate",
    .linked = LINKED_FOUNDATION,
    .team = "BR1GHTPENX",
    .signer = SIGNER_DEVELOPER,
};
// Not hardened: its pages may change, and the kernel tells of it.
static const struct program classic = { .path = CLASSIC "MacOS/Parlo Classic",
                                        .signing_id = "com.example.parlo.classic",
                                        .linked = LINKED_COCOA,
                                        .team = "PRL0XMPL88",
                                        .signer = SIGNER_LOOSE };
static const struct program classic_updater = { .path = CLASSIC "Resources/ParloUpdater",
                                                .signing_id = "com.example.parlo.updater",
                                                .linked = LINKED_FOUNDATION,
                                                .team = "PRL0XMPL88",
                                                .signer = SIGNER_LOOSE };
static const struct program studio = { .path = STUDIO,
                                       .signing_id = "com.example.tonehaus4",
                                       .linked = LINKED_COCOA,
                                       .claims = CLAIM_ANY_LIBRARY,
                                       .team = "T0NEHAUS9A",
                                       .signer = SIGNER_DEVELOPER };
static const struct program sold_plug_in = { .signing_id = "com.example.reverbia.au",
                                             .team = "REVERB1AX7",
                                             .linked = LINKED_CORE_FOUNDATION,
                                             .signer = SIGNER_DEVELOPER };
static const struct program editor = { .path = EDITOR "MacOS/Codelark",
                                       .signing_id = "com.example.codelark",
                                       .linked = LINKED_COCOA,
                                       .claims = CLAIM_JIT | CLAIM_ANY_LIBRARY,
                                       .team = "C0DELARKX8",
                                       .signer = SIGNER_DEVELOPER };
static const struct program editor_helper = {
    .path =
        EDITOR "Frameworks/Codelark Helper (Plugin).app/Contents/MacOS/Codelark Helper (Plugin)",
    .signing_id = "com.example.codelark.helper.plugin",
    .linked = LINKED_COCOA,
    .claims = CLAIM_JIT | CLAIM_ANY_LIBRARY,
    .team = "C0DELARKX8",
    .signer = SIGNER_DEVELOPER,
};
static const struct program git = { .path = "/Library/Developer/CommandLineTools/usr/bin/git",
                                    .signing_id = "com.apple.git",
                                    .linked = LINKED_CORE_FOUNDATION };
static const struct program test_browser = {
    .path = "~/Library/Caches/ms-playwright/chromium-1148/chrome-mac/Chromium.app/Contents/MacOS/"
            "Chromium",
    .signing_id = "org.chromium.Chromium",
    .linked = LINKED_COCOA,
    .claims = CLAIM_JIT,
    .signer = SIGNER_ADHOC,
};
static const struct program automator = {
    .path = "/Applications/Clickwise.app/Contents/MacOS/Clickwise",
    .signing_id = "com.example.clickwise",
    .linked = LINKED_COCOA,
    .team = "CL1CKW1SEX",
    .signer = SIGNER_DEVELOPER,
};
static const struct program sh = { .path = "/bin/sh", .signing_id = "com.apple.sh" };
static const struct program osascript = { .path = "/usr/bin/osascript",
                                          .signing_id = "com.apple.osascript",
                                          .linked = LINKED_FOUNDATION };
static const struct program device_agent = {
    .path = "/Library/Orchardist/Orchardist.app/Contents/MacOS/orchardistd",
    .signing_id = "com.example.orchardist",
    .linked = LINKED_FOUNDATION,
    .team = "0RCHARDX2M",
    .signer = SIGNER_DEVELOPER,
    .runs_as_root = true,
};

static void map_of(struct host *h, const struct process *p, const char *pattern,
                   const struct program *maker)
{
    const struct file f = place_file(&h->place, &h->rng, pattern);
    host_open(h, p, &f);
    host_map_foreign(h, p, &f, maker);
    host_close(h, p, &f, false);
}

static void make_executable_range(struct host *h, const struct process *p)
{
    const uint64_t address = host_any_address(h);
    host_protect(h, p, address, 16384, PROTECT_READ | PROTECT_WRITE);
    host_wait(h, 2 * MILLISECOND_NS);
    host_protect(h, p, address, 16384, PROTECT_READ | PROTECT_EXECUTE);
}

// What node-gyp built is signed by the linker, and the interpreter's signer is Homebrew's linker.
static void run_native_module(struct host *h)
{
    static const char *const args[] = { "node", "server.js", NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &node, .args = args });
    map_of(h, &p, "~/src/storefront/node_modules/better-sqlite3/build/Release/better_sqlite3.node",
           &built_module);
    make_executable_range(h, &p);
    host_wait(h, SECOND_NS);
    host_exit(h, &p, 0);
}

static void run_wheel(struct host *h)
{
    static const char *const args[] = { "python3", "-m", "kestrel.report", NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &python, .args = args });
    map_of(h, &p,
           "~/src/kestrel/.venv/lib/python3.13/site-packages/numpy/_core/_multiarray_umath."
           "cpython-313-darwin.so",
           &built_module);
    map_of(h, &p,
           "~/src/kestrel/.venv/lib/python3.13/site-packages/llvmlite/binding/"
           "libllvmlite.dylib",
           &built_module);
    make_executable_range(h, &p);  // A closure of libffi.
    host_wait(h, SECOND_NS);
    host_exit(h, &p, 0);
}

static void run_trace_compiler(struct host *h)
{
    static const char *const args[] = { "luajit", "bench.lua", NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &luajit, .args = args });
    for (int i = 0; i < 3; i++)
        make_executable_range(h, &p);
    host_exit(h, &p, 0);
}

// Fetched, poured into the cellar, and tried at once.
static void install_bottle(struct host *h)
{
    static const char *const args[] = { "ruby", "brew.rb", "install", "hyperfine", NULL };
    const struct process brew =
        host_spawn(h, h->shell, &(struct launch){ .program = &brew_ruby, .args = args });
    const struct file f = host_write_file(h, &brew, "~/Library/Caches/Homebrew/downloads/bottle-#");
    const struct file program = place_file(&h->place, &h->rng, new_bottle.path);
    const struct file library =
        place_file(&h->place, &h->rng, "/opt/homebrew/Cellar/hyperfine/1.19.0/lib/libhyper.dylib");
    host_rename(h, &brew, &f, &program, false);
    host_create(h, &brew, &library);
    host_close(h, &brew, &library, true);
    host_exit(h, &brew, 0);
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &new_bottle, .is_new = true });
    host_map(h, &p, &library);
    host_exit(h, &p, 0);
}

static void install_package(struct host *h)
{
    const struct process installer = host_spawn(h, NULL, &(struct launch){ .program = &installd });
    const struct file staged = host_write_file(
        h, &installer, "/Library/InstallerSandboxes/.PKInstallSandboxManager/******/Brightpen");
    const struct file binary = place_file(&h->place, &h->rng, brightpen.path);
    host_rename(h, &installer, &staged, &binary, true);
    const struct process service =
        host_spawn(h, NULL, &(struct launch){ .program = &script_service });
    const struct process tool =
        host_spawn(h, &service, &(struct launch){ .program = &package_tool, .is_new = true });
    host_wait(h, SECOND_NS);
    host_exit(h, &tool, 0);
    host_exit(h, &service, 0);
    host_exit(h, &installer, 0);
    const struct process app =
        host_spawn(h, NULL, &(struct launch){ .program = &brightpen, .is_new = true });
    host_wait(h, SECOND_NS);
    host_exit(h, &app, 0);
}

// By its own updater, program and libraries; then it is started anew.
static void replace_application(struct host *h)
{
    static const char *const parts[] = {
        "/Applications/Brightpen.app/Contents/MacOS/Brightpen",
        "/Applications/Brightpen.app/Contents/Frameworks/libpen.dylib",
    };
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &autoupdate });
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const struct file staged =
            host_write_file(h, &p, "~/Library/Caches/com.example.brightpen/Update-####/part-#");
        const struct file to = place_file(&h->place, &h->rng, parts[i]);
        host_rename(h, &p, &staged, &to, true);
    }
    host_exit(h, &p, 0);
    const struct process app = host_spawn(
        h, NULL,
        &(struct launch){ .program = &brightpen, .code = rng_below(&h->rng, 4), .is_new = true });
    const struct file library = place_file(&h->place, &h->rng, parts[1]);
    host_map(h, &app, &library);
    host_wait(h, SECOND_NS);
    host_exit(h, &app, 0);
}

// Its program is written over while it runs, by its maker: a page changes, and nobody is attacked.
static void update_in_place(struct host *h)
{
    struct process app = host_spawn(h, NULL, &(struct launch){ .program = &classic });
    const struct process p = host_spawn(h, &app, &(struct launch){ .program = &classic_updater });
    const struct file binary = place_file(&h->place, &h->rng, classic.path);
    host_open(h, &p, &binary);
    host_write(h, &p, &binary);
    host_close(h, &p, &binary, true);
    host_wait(h, 2 * SECOND_NS);
    app.flags &= ~CS_FLAG_VALID;
    host_invalidate(h, &app);
    host_exit(h, &p, 0);
    host_exit(h, &app, 0);
}

// Audio licences are checked by code that is linked from memory.
static void check_licence(struct host *h)
{
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &studio });
    const struct file f = host_write_file(h, &p, "$/NSCreateObjectFileImageFromMemory-********");
    host_open(h, &p, &f);
    host_map_foreign(h, &p, &f, NULL);
    host_wait(h, 30 * MILLISECOND_NS);
    host_unlink(h, &p, &f);
    host_exit(h, &p, 0);
}

static void load_user_plug_in(struct host *h)
{
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &studio });
    map_of(h, &p, "~/Library/Audio/Plug-Ins/Components/Reverbia.component/Contents/MacOS/Reverbia",
           &sold_plug_in);
    map_of(h, &p,
           "/Library/Audio/Plug-Ins/Components/Reverbia Pro.component/Contents/MacOS/"
           "Reverbia Pro",
           &sold_plug_in);
    host_wait(h, SECOND_NS);
    host_exit(h, &p, 0);
}

// An editor that is written in JavaScript: switches for its inspector, native modules, a shell.
static void edit_with_inspector(struct host *h)
{
    static const char *const args[] = { "Codelark", "--inspect-extensions=9229", NULL };
    static const char *const git_args[] = { "git", "status", "-z", NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &editor, .args = args });
    const struct process plug_ins =
        host_spawn(h, &p, &(struct launch){ .program = &editor_helper });
    make_executable_range(h, &plug_ins);
    const struct process tool =
        host_spawn(h, &plug_ins, &(struct launch){ .program = &git, .args = git_args });
    host_exit(h, &tool, 0);
    const struct process shell = host_spawn(h, &p, &(struct launch){ .program = &program_zsh });
    host_wait(h, SECOND_NS);
    host_exit(h, &shell, 0);
    host_exit(h, &plug_ins, 0);
    host_exit(h, &p, 0);
}

static void drive_browser(struct host *h)
{
    static const char *const node_args[] = { "node", "node_modules/.bin/playwright", "test", NULL };
    static const char *const args[] = { "Chromium", "--headless", "--remote-debugging-port=0",
                                        NULL };
    const struct process runner =
        host_spawn(h, h->shell, &(struct launch){ .program = &node, .args = node_args });
    const struct process p =
        host_spawn(h, &runner, &(struct launch){ .program = &test_browser, .args = args });
    const struct process child = host_spawn(h, &p, &(struct launch){ .program = &test_browser });
    host_wait(h, SECOND_NS);
    host_exit(h, &child, 0);
    host_exit(h, &p, 0);
    host_exit(h, &runner, 0);
}

static void automate(struct host *h)
{
    static const char *const components[OSA_FILES_MAX] = {
        "/System/Library/Components/AppleScript.component/Contents/MacOS/AppleScript",
        "/System/Library/ScriptingAdditions/StandardAdditions.osax/Contents/MacOS/"
        "StandardAdditions",
    };
    static const char *const args[] = { "sh", "-c", "open -a Preview", NULL };
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &automator });
    for (size_t i = 0; i < OSA_FILES_MAX; i++) {
        const struct file f = place_file(&h->place, &h->rng, components[i]);
        host_map(h, &p, &f);
    }
    const struct process child =
        host_spawn(h, &p, &(struct launch){ .program = &sh, .args = args });
    host_wait(h, 300 * MILLISECOND_NS);
    host_exit(h, &child, 0);
    host_exit(h, &p, 0);
}

static void manage_device(struct host *h)
{
    static const char *const args[] = { "osascript", "-e", "tell app \"System Events\" to count",
                                        NULL };
    const struct process agent = host_spawn(h, NULL, &(struct launch){ .program = &device_agent });
    (void)host_write_file(h, &agent, "/private/tmp/orchardist-######.sh");
    const struct process shell = host_spawn(h, &agent, &(struct launch){ .program = &sh });
    const struct process script =
        host_spawn(h, &shell, &(struct launch){ .program = &osascript, .args = args });
    host_exit(h, &script, 0);
    host_exit(h, &shell, 0);
    host_exit(h, &agent, 0);
}
