// A developer at the shell: commands, builds and what was built, tests, a debugger, Java.

#include "ordinary.h"

#define FAILURE_STATUS   256u  // exit(1), as wait(2) says it.
#define FAILURE_PERMILLE 120u
#define SOURCES_MAX      4  // Files compiled in one build, at most.
#define XCODE            "/Applications/Xcode.app/Contents/"
#define TOOLS            "/Library/Developer/CommandLineTools/usr/bin/"
#define JDK              "/opt/homebrew/Cellar/openjdk/23.0.1/libexec/openjdk.jdk/Contents/Home/"

static ordinary_run run_command;
static ordinary_run run_brew;
static ordinary_run run_script;
static ordinary_run run_build;
static ordinary_run run_tests;
static ordinary_run run_guarded;
static ordinary_run debug_program;
static ordinary_run run_java;
static ordinary_run watch_processes;
static uint32_t any_status(struct host *h);
static void compile(struct host *h, const struct process *parent);
static void link_program(struct host *h, const struct process *parent);
static void leave(struct host *h, const struct process *p);

const struct activity ordinary_developer[] = {
    { run_command, 26 },  { run_brew, 10 }, { run_script, 5 },
    { run_build, 7 },     { run_tests, 2 }, { run_guarded, 1 },
    { debug_program, 2 }, { run_java, 3 },  { watch_processes, 2 },
};
const size_t ordinary_developer_count = COUNT_OF(ordinary_developer);

static const struct program make = { .path = TOOLS "make", .signing_id = "com.apple.make" };
static const struct program clang = { .path = TOOLS "clang", .signing_id = "com.apple.clang" };
static const struct program linker = { .path = TOOLS "ld", .signing_id = "com.apple.ld" };
static const struct program built = { .path = "~/src/kestrel/build/kestrel-tests",
                                      .signing_id = "kestrel-tests",
                                      .signer = SIGNER_LINKER };
static const struct program xcode = { .path = XCODE "MacOS/Xcode",
                                      .signing_id = "com.apple.dt.Xcode",
                                      .linked = LINKED_COCOA };
static const struct program xctest = {
    .path = XCODE "Developer/Platforms/MacOSX.platform/Developer/Library/Xcode/Agents/xctest",
    .signing_id = "com.apple.xctest",
    .linked = LINKED_FOUNDATION,
};
static const struct program debugserver = {
    .path = XCODE "SharedFrameworks/LLDB.framework/Versions/A/Resources/debugserver",
    .signing_id = "com.apple.debugserver",
    .linked = LINKED_FOUNDATION,
};
static const struct program debug_build = {
    .path = "~/Library/Developer/Xcode/DerivedData/Kestrel-abcd/Build/Products/Debug/Kestrel.app/"
            "Contents/MacOS/Kestrel",
    .signing_id = "com.example.kestrel",
    .linked = LINKED_COCOA,
    .claims = CLAIM_GET_TASK_ALLOW,
    .signer = SIGNER_DEBUG_BUILD,
};
static const struct program java = { .path = JDK "bin/java",
                                     .signing_id = "net.java.openjdk.java",
                                     .linked = LINKED_OWN,
                                     .claims = CLAIM_JIT | CLAIM_ANY_LIBRARY,
                                     .signer = SIGNER_ADHOC };
static const struct program htop = { .path = "/opt/homebrew/Cellar/htop/3.3.0/bin/htop",
                                     .signing_id = "htop",
                                     .linked = LINKED_OWN,
                                     .signer = SIGNER_LINKER };

#define INJECTED_BY_XCTEST \
    XCODE "Developer/Platforms/MacOSX.platform/Developer/usr/lib/libXCTestBundleInject.dylib"
#define GUARD_MALLOC "/usr/lib/libgmalloc.dylib"

static uint32_t any_status(struct host *h)
{
    return rng_permille(&h->rng, FAILURE_PERMILLE) ? FAILURE_STATUS : 0;
}

static void leave(struct host *h, const struct process *p)
{
    host_wait(h, 30 * MILLISECOND_NS);
    host_exit(h, p, any_status(h));
}

static void run_command(struct host *h)
{
    const struct command *c =
        &program_commands[rng_below(&h->rng, (uint32_t)program_command_count)];
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &c->program, .args = c->args });
    for (size_t i = 0; i < COUNT_OF(c->opens) && c->opens[i] != NULL; i++)
        host_read_file(h, &p, c->opens[i]);
    leave(h, &p);
}

static void run_brew(struct host *h)
{
    const struct app *tool = &program_brews[rng_below(&h->rng, (uint32_t)program_brew_count)];
    const struct process p = host_spawn(h, h->shell, &(struct launch){ .program = &tool->program });
    for (size_t i = 0; i < APP_LIBRARIES_MAX && tool->libraries[i] != NULL; i++) {
        const struct file f = place_file(&h->place, &h->rng, tool->libraries[i]);
        host_open(h, &p, &f);
        host_map(h, &p, &f);
    }
    const uint64_t address = host_any_address(h);
    host_protect(h, &p, address, 32768, PROTECT_READ | PROTECT_WRITE);
    host_protect(h, &p, address, 32768, PROTECT_READ);
    host_read_file(h, &p, "~/src/kestrel/data/set-#.json");
    leave(h, &p);
}

static void run_script(struct host *h)
{
    static const char *const args[] = { "/bin/zsh", "./tools/release.sh", "--dry-run", NULL };
    static const char *const git_args[] = { "git", "describe", "--tags", NULL };
    static const struct program git = { .path = TOOLS "git",
                                        .signing_id = "com.apple.git",
                                        .linked = LINKED_CORE_FOUNDATION };
    const struct process p = host_spawn(h, h->shell,
                                        &(struct launch){
                                            .program = &program_zsh,
                                            .args = args,
                                            .script = "~/src/kestrel/tools/release.sh",
                                        });
    host_read_file(h, &p, "~/src/kestrel/tools/release.sh");
    const struct process child =
        host_spawn(h, &p, &(struct launch){ .program = &git, .args = git_args });
    host_read_file(h, &child, "~/src/kestrel/.git/packed-refs");
    leave(h, &child);
    leave(h, &p);
}

static void run_build(struct host *h)
{
    static const char *const args[] = { "make", "-j8", "check", NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &make, .args = args });
    const uint32_t sources = 1 + rng_below(&h->rng, SOURCES_MAX);
    for (uint32_t i = 0; i < sources; i++)
        compile(h, &p);
    link_program(h, &p);
    leave(h, &p);
}

static void compile(struct host *h, const struct process *parent)
{
    static const char *const args[] = { "clang", "-std=c17",     "-O2",        "-Wall", "-c",
                                        "-o",    "build/unit.o", "src/unit.c", NULL };
    const struct process p =
        host_spawn(h, parent, &(struct launch){ .program = &clang, .args = args });
    host_read_file(h, &p, "~/src/kestrel/src/unit-#.c");
    host_read_file(h, &p,
                   "/Library/Developer/CommandLineTools/SDKs/MacOSX.sdk/usr/include/stdio.h");
    (void)host_write_file(h, &p, "~/src/kestrel/build/unit-#.o");
    leave(h, &p);
}

// What the linker wrote is signed by it, new each time, and run at once.
static void link_program(struct host *h, const struct process *parent)
{
    static const char *const args[] = { "ld",           "-o",       "build/kestrel-tests",
                                        "build/unit.o", "-lSystem", NULL };
    const struct process p =
        host_spawn(h, parent, &(struct launch){ .program = &linker, .args = args });
    (void)host_write_file(h, &p, built.path);
    leave(h, &p);
    const struct process tests = host_spawn(
        h, parent,
        &(struct launch){ .program = &built, .code = rng_next(&h->rng), .is_new = true });
    host_read_file(h, &tests, "~/src/kestrel/tests/case-#.txt");
    leave(h, &tests);
}

// The variable is set and has its effect: Xcode's own library in Xcode's own test runner.
static void run_tests(struct host *h)
{
    const struct process ide = host_spawn(h, NULL, &(struct launch){ .program = &xcode });
    const struct process p = host_spawn(
        h, &ide,
        &(struct launch){ .program = &xctest, .env = "DYLD_INSERT_LIBRARIES=" INJECTED_BY_XCTEST });
    const struct file f = place_file(&h->place, &h->rng, INJECTED_BY_XCTEST);
    host_map(h, &p, &f);
    host_read_file(h, &p, "~/src/kestrel/Kestrel.xctestplan");
    leave(h, &p);
    leave(h, &ide);
}

// Likewise with a library of macOS.
static void run_guarded(struct host *h)
{
    const struct process p = host_spawn(
        h, h->shell,
        &(struct launch){ .program = &built, .env = "DYLD_INSERT_LIBRARIES=" GUARD_MALLOC });
    const struct file f = place_file(&h->place, &h->rng, GUARD_MALLOC);
    host_map(h, &p, &f);
    leave(h, &p);
}

// A breakpoint makes a page invalid, of a program that a known debugger holds.
static void debug_program(struct host *h)
{
    const struct process ide = host_spawn(h, NULL, &(struct launch){ .program = &xcode });
    const struct process server = host_spawn(h, &ide, &(struct launch){ .program = &debugserver });
    struct process p = host_spawn(
        h, &server,
        &(struct launch){ .program = &debug_build, .code = rng_next(&h->rng), .is_new = true });
    host_access(h, EVENT_TRACE, &server, &p);
    p.flags |= CS_FLAG_DEBUGGED;
    host_access(h, EVENT_GET_TASK, &server, &p);
    host_wait(h, 400 * MILLISECOND_NS);
    p.flags &= ~CS_FLAG_VALID;
    host_invalidate(h, &p);
    host_wait(h, SECOND_NS);
    host_signal(h, &server, &p, 9);
    host_exit(h, &p, 9);
    leave(h, &server);
    leave(h, &ide);
}

// JNA unpacks its library into a temporary file, loads it and removes it.
static void run_java(struct host *h)
{
    static const char *const args[] = { "java", "-Xmx2g", "-jar", "~/src/kestrel/tools/report.jar",
                                        NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &java, .args = args });
    const struct file jvm = place_file(&h->place, &h->rng, JDK "lib/server/libjvm.dylib");
    host_open(h, &p, &jvm);
    host_map(h, &p, &jvm);
    const struct file f = host_write_file(h, &p, "~/Library/Caches/JNA/temp/jna####.tmp");
    host_map_foreign(h, &p, &f, NULL);
    host_wait(h, 20 * MILLISECOND_NS);
    host_unlink(h, &p, &f);
    leave(h, &p);
}

// A process monitor asks for task ports, and does nothing with them.
static void watch_processes(struct host *h)
{
    const struct process p = host_spawn(h, h->shell, &(struct launch){ .program = &htop });
    for (int i = 0; i < 3; i++)
        host_access(h, EVENT_GET_TASK, &p, host_any_app(h));
    host_wait(h, SECOND_NS);
    leave(h, &p);
}
