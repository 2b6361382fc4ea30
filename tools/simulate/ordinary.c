#include "ordinary.h"

#define BACKGROUND_MEAN_NS (800u * MILLISECOND_NS)

static void read_something(struct host *h);
static void save_something(struct host *h);
static void use_temporary_file(struct host *h);
static void manage_processes(struct host *h);
static void check_process(struct host *h);
static void bind_pages(struct host *h);
static const struct process *any_live(struct host *h);
static void run_one(struct host *h, const struct activity *activities, size_t count,
                    unsigned weight);
static unsigned weight_of(const struct activity *activities, size_t count);

static const struct activity background[] = {
    { read_something, 70 },  { save_something, 10 }, { use_temporary_file, 6 },
    { manage_processes, 3 }, { check_process, 6 },   { bind_pages, 5 },
};

// What daemons read, and what the user's own programs read.
static const char *const system_patterns[] = {
    "/System/Library/CoreServices/SystemVersion.plist",
    "/System/Library/Frameworks/AppKit.framework/Versions/C/Resources/en.lproj/Menus-#.strings",
    "/private/var/db/timezone/tz/2026a.1.0/icutz/icutz44l.dat",
    "/private/etc/hosts",
    "/usr/share/icu/icudt74l.dat",
    "/Library/Preferences/com.apple.networkd.plist",
    "/Library/Keychains/System.keychain",
    "/private/var/db/DiagnosticPipeline/state-#.plist",
};
static const char *const user_patterns[] = {
    "~/Library/Preferences/com.apple.finder.plist",
    "~/Library/Preferences/.GlobalPreferences.plist",
    "~/Library/Application Support/CloudDocs/session/db/client-#.db",
    "~/Library/Caches/com.example.quillfox/Cache.db",
    "~/Documents/plan-#.pages",
    "~/Documents/invoices/2026-#.pdf",
    "~/Pictures/Photos Library.photoslibrary/originals/A/IMG-#.heic",
    "~/Library/Mail/V10/MailData/Envelope Index",
    "/System/Library/Frameworks/AppKit.framework/Versions/C/Resources/en.lproj/Menus-#.strings",
    "/usr/share/icu/icudt74l.dat",
};

static const char *const save_patterns[] = {
    "~/Documents/plan-#.pages",
    "~/Library/Caches/com.example.quillfox/entry-#.cache",
    "~/Library/Application Support/Stowbox/journal-#.log",
    "~/Library/Preferences/com.example.larkspur.plist",
};

void ordinary_begin(struct host *h)
{
    // The shared region is set up once: readable, writable and executable as asked, and harmless.
    const struct file cache = place_file(
        &h->place, &h->rng,
        "/System/Volumes/Preboot/Cryptexes/OS/System/Library/dyld/dyld_shared_cache_arm64e");
    host_map_as(h, &h->live[0], &cache, PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE);
}

void ordinary_step(struct host *h)
{
    const struct {
        const struct activity *activities;
        size_t count;
    } groups[] = {
        { ordinary_apps, ordinary_app_count },
        { ordinary_system, ordinary_system_count },
        { ordinary_developer, ordinary_developer_count },
        { ordinary_alike, ordinary_alike_count },
    };
    unsigned total = 0;
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        total += weight_of(groups[i].activities, groups[i].count);

    unsigned at = rng_below(&h->rng, total);
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        const unsigned weight = weight_of(groups[i].activities, groups[i].count);
        if (at < weight) {
            run_one(h, groups[i].activities, groups[i].count, at);
            return;
        }
        at -= weight;
    }
}

static unsigned weight_of(const struct activity *activities, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += activities[i].weight;
    return sum;
}

// The activity into whose share of the weights `weight` falls.
static void run_one(struct host *h, const struct activity *activities, size_t count,
                    unsigned weight)
{
    for (size_t i = 0; i < count; i++) {
        if (weight < activities[i].weight) {
            activities[i].run(h);
            return;
        }
        weight -= activities[i].weight;
    }
}

void host_wait(struct host *h, uint64_t most_ns)
{
    uint64_t left = rng_between(&h->rng, 1, most_ns);
    while (left > 0) {
        const uint64_t step = rng_between(&h->rng, 1, 2 * BACKGROUND_MEAN_NS);
        if (step >= left || h->depth > 0) {
            h->place.now_ns += left;
            return;
        }
        h->place.now_ns += step;
        left -= step;
        h->depth++;
        run_one(h, background, COUNT_OF(background),
                rng_below(&h->rng, weight_of(background, COUNT_OF(background))));
        h->depth--;
    }
}

static const struct process *any_live(struct host *h)
{
    return &h->live[rng_below(&h->rng, (uint32_t)h->live_count)];
}

static void read_something(struct host *h)
{
    const struct process *p = any_live(h);
    const char *pattern = p->program->runs_as_root
                              ? system_patterns[rng_below(&h->rng, COUNT_OF(system_patterns))]
                              : user_patterns[rng_below(&h->rng, COUNT_OF(user_patterns))];
    host_read_file(h, p, pattern);
}

// Applications save beside the old file and rename over it.
static void save_something(struct host *h)
{
    const struct process *p = host_any_app(h);
    const struct file from = host_write_file(h, p, "$/TemporaryItems/NSIRD_******/saved-#.data");
    const struct file to =
        place_file(&h->place, &h->rng, save_patterns[rng_below(&h->rng, COUNT_OF(save_patterns))]);
    host_rename(h, p, &from, &to, rng_permille(&h->rng, 700));
}

static void use_temporary_file(struct host *h)
{
    const struct process *p = any_live(h);
    const struct file f = host_write_file(h, p, "$/scratch-********.tmp");
    host_wait(h, 200 * MILLISECOND_NS);
    host_unlink(h, p, &f);
}

static void manage_processes(struct host *h)
{
    const struct process *manager = host_find(h, "com.apple.runningboardd");
    const struct process *target = host_any_app(h);
    host_suspend(h, manager, target, false);
    host_wait(h, 300 * MILLISECOND_NS);
    host_suspend(h, manager, target, true);
}

static void check_process(struct host *h)
{
    const struct process *p = host_find(h, "com.apple.runningboardd");
    host_check(h, p, any_live(h));
    host_check(h, p, any_live(h));
}

// dyld binds: a range becomes writable, then read-only again. Never executable.
static void bind_pages(struct host *h)
{
    const struct process *p = any_live(h);
    const uint64_t address = host_any_address(h);
    host_protect(h, p, address, 16384, PROTECT_READ | PROTECT_WRITE);
    host_wait(h, MILLISECOND_NS);
    host_protect(h, p, address, 16384, PROTECT_READ);
}
