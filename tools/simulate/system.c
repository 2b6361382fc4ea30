// What macOS and its security agent do by themselves.

#include "ordinary.h"

#define LOOKS_MAX 4  // Processes looked at in one go.

static ordinary_run sample_processes;
static ordinary_run report_crash;
static ordinary_run scan_processes;
static ordinary_run index_files;
static ordinary_run debug_translated;

const struct activity ordinary_system[] = {
    { sample_processes, 3 }, { report_crash, 2 },     { scan_processes, 5 },
    { index_files, 8 },      { debug_translated, 1 },
};
const size_t ordinary_system_count = COUNT_OF(ordinary_system);

static const struct program importer = {
    .path = "/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/"
            "Metadata.framework/Versions/A/Support/mdworker",
    .signing_id = "com.apple.mdworker",
    .linked = LINKED_CORE_SERVICES,
};
static const struct program rosetta_debugserver = {
    .path = "/usr/libexec/rosetta/debugserver",
    .signing_id = "com.apple.rosetta.debugserver",
    .linked = LINKED_FOUNDATION,
};

static void sample_processes(struct host *h)
{
    const struct process *p = host_find(h, "com.apple.spindump");
    for (int i = 0; i < LOOKS_MAX; i++) {
        host_access(h, EVENT_GET_TASK, p, host_any_app(h));
        host_wait(h, 20 * MILLISECOND_NS);
    }
    (void)host_write_file(h, p, "/private/var/db/spindump/report-#.tailspin");
}

static void report_crash(struct host *h)
{
    const struct process *p = host_find(h, "com.apple.ReportCrash");
    const struct process *target = host_any_app(h);
    host_access(h, EVENT_GET_TASK_READ, p, target);
    host_read_file(h, p, target->path);
    (void)host_write_file(h, p, "~/Library/Logs/DiagnosticReports/report-#.ips");
}

static void scan_processes(struct host *h)
{
    const struct process *p = host_find(h, "com.example.wardline.agent");
    for (int i = 0; i < LOOKS_MAX; i++) {
        const struct process *target = host_any_app(h);
        host_check(h, p, target);
        host_access(h, EVENT_GET_TASK_READ, p, target);
        host_read_file(h, p, target->path);
    }
}

static void index_files(struct host *h)
{
    const struct process p = host_spawn(h, NULL, &(struct launch){ .program = &importer });
    for (int i = 0; i < LOOKS_MAX; i++) {
        host_read_file(h, &p, "~/Documents/plan-#.pages");
        host_wait(h, 40 * MILLISECOND_NS);
    }
    host_exit(h, &p, 0);
}

// Apple's debugger for translated programs starts a thread in them: a thread from outside, by macOS.
static void debug_translated(struct host *h)
{
    const struct process server =
        host_spawn(h, NULL, &(struct launch){ .program = &rosetta_debugserver });
    const struct process *target = host_any_app(h);
    host_access(h, EVENT_GET_TASK, &server, target);
    host_wait(h, 50 * MILLISECOND_NS);
    host_access(h, EVENT_REMOTE_THREAD_CREATE, &server, target);
    host_exit(h, &server, 0);
}
