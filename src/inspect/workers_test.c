// The reader is one of our own here: it does what its file's path says, in the real process behind
// the real barriers. What real readers tell is asked by tests/inspect_test.sh.

#include "inspect/workers.h"

#include "inspect/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define FDS_MAX  64
#define NO_SENSE "its reader said what makes no sense"
#define NO_TIME  "not read in the time for one file; --timeout gives it more"

static struct buf heard;
static struct arena kept;
static const struct disk disk = { .root = STR_INIT("") };

typedef enum status deed(const struct reader_job *job, const struct reader_disk *d,
                         struct err *err);

#define BEFORE "\"size\":\""
#define BEHIND "\"}"

static enum status tell_slice(const struct reader_disk *d, uint32_t slice, str object,
                              struct err *err)
{
    const struct told told = { .facts = { .slice = slice, .object = object } };
    return d->tell(d->context, &told, err);
}

static enum status tell(const struct reader_disk *d, str text, struct err *err)
{
    char object[256];
    (void)snprintf(object, sizeof object, BEFORE "%.*s" BEHIND, STR_ARG(text));
    return tell_slice(d, 0, str_of(object), err);
}

// What tell() was given.
static str text_of(const struct told *told)
{
    const str rest = str_from(told->facts.object, sizeof BEFORE - 1);
    return str_to(rest, rest.len - (sizeof BEHIND - 1));
}

static enum status do_read(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    char octets[8] = "";
    const ssize_t len = pread(job->fd, octets, sizeof octets, 0);
    if (len != (ssize_t)job->size)
        return (fail)(err, ERR_IO, "%zd octets", len);
    return tell(d, (str){ .at = octets, .len = (size_t)len }, err);
}

static enum status do_slow(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    for (size_t i = 0; i < job->path.len * 200; i++)
        (void)sched_yield();
    return tell(d, job->path, err);
}

static enum status do_pid(const struct reader_job *job, const struct reader_disk *d,
                          struct err *err)
{
    char text[32];
    (void)job;
    (void)snprintf(text, sizeof text, "%ld", (long)getpid());
    return tell(d, str_of(text), err);
}

static enum status do_fail(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    (void)job;
    return tell(d, STR("half"), err) == OK ? (fail)(err, ERR_FORMAT, "damaged") : ERR_IO;
}

static enum status do_pass_over(const struct reader_job *job, const struct reader_disk *d,
                                struct err *err)
{
    (void)job;
    (void)d;
    (void)err;
    return END;
}

static enum status do_crash(const struct reader_job *job, const struct reader_disk *d,
                            struct err *err)
{
    (void)job;
    if (tell(d, STR("before"), err) == OK)
        (void)raise(SIGABRT);
    return OK;
}

static enum status do_exit(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    (void)job;
    (void)d;
    (void)err;
    _exit(7);
}

static enum status do_hang(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    (void)d;
    (void)err;
    while (job->fd >= 0)
        (void)sched_yield();
    return ERR_IO;
}

static void sleep_ms(long ms)
{
    const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    (void)nanosleep(&time, NULL);
}

// To the walker, whichever descriptor leads there.
static void say(str octets)
{
    for (int fd = 0; fd < FDS_MAX; fd++)
        if (fd != STDERR_FILENO)
            (void)!write(fd, octets.at, octets.len);
}

static enum status do_noise(const struct reader_job *job, const struct reader_disk *d,
                            struct err *err)
{
    (void)job;
    say(STR("\xff\xff\xff\xff\xff\xff\xff\xff and so on"));
    return do_hang(job, d, err);
}

static void say_message(enum wire_kind kind, const char *body, size_t len)
{
    struct buf b;
    buf_init(&b, 1024);
    wire_add(&b, kind, (bytes){ .at = (const uint8_t *)body, .len = len });
    say(buf_str(&b));
    buf_done(&b);
}

// What no reader says, after the first word of the path.
static enum status do_say(const struct reader_job *job, const struct reader_disk *d,
                          struct err *err)
{
    static const struct {
        const char *name;
        enum wire_kind kind;
        const char *body;
        size_t len;
    } messages[] = {
        { "say place", WIRE_PLACE, "", 0 },
        { "say ready", WIRE_READY, "\0\1", 2 },
        { "say done with none", WIRE_DONE, "\0", 1 },
        { "say told", WIRE_TOLD, "abc", 3 },
        { "say done end with why", WIRE_DONE, "\1why", 4 },
        { "say done without why", WIRE_DONE, "\4", 1 },
        { "say done with why", WIRE_DONE, "\0why", 4 },
        { "say done strange", WIRE_DONE, "\x77why", 4 },
        { "say done nothing", WIRE_DONE, "", 0 },
        { "say done escape", WIRE_DONE, "\2a\033[31mb", 8 },
    };
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        if (str_eq(job->path, str_of(messages[i].name)))
            say_message(messages[i].kind, messages[i].body, messages[i].len);
    return do_hang(job, d, err);
}

static enum status do_control(const struct reader_job *job, const struct reader_disk *d,
                              struct err *err)
{
    (void)job;
    return tell_slice(d, 0, STR("\"size\":1}\n{\"path\":\"/forged\"}"), err);
}

static enum status do_slices(const struct reader_job *job, const struct reader_disk *d,
                             struct err *err)
{
    uint64_t count = 0;
    enum status status = OK;
    if (!str_to_u64(str_from(job->path, 7), &count))
        return ERR_CONFIG;
    for (uint64_t i = 0; i < count && status == OK; i++)
        status = tell_slice(d, (uint32_t)i, STR(BEFORE "s" BEHIND), err);
    return status;
}

static enum status do_lie(const struct reader_job *job, const struct reader_disk *d,
                          struct err *err)
{
    struct told told = { .facts = { .object = STR(BEFORE "1" BEHIND) } };
    if (str_eq(job->path, STR("lie")))
        told.facts.slice = 1;
    else if (str_eq(job->path, STR("lie path")))
        told.facts.object = STR("\"size\":1,\"path\":\"/bin/other\"}");
    else if (str_eq(job->path, STR("lie page")))
        told.page = STR("lie page\n");
    else if (str_eq(job->path, STR("lie shown")))
        told.shown = told.facts.object;
    const enum status status = d->tell(d->context, &told, err);
    return status == OK && str_eq(job->path, STR("lie none")) ? END : status;
}

// Whether the last that may be looked at is known, and the one behind it.
static enum status do_looks(const struct reader_job *job, const struct reader_disk *d,
                            struct err *err)
{
    static const str root = STR_INIT("/");
    struct macho_place last = { .is_known = false };
    struct macho_place behind = { .is_known = false };
    (void)job;
    for (unsigned i = 0; i < DISK_LOOKS_MAX; i++)
        d->disk.look(d->disk.context, &root, 1, &last);
    d->disk.look(d->disk.context, &root, 1, &behind);
    return tell(d, last.is_known && !behind.is_known ? STR("counted") : STR("not counted"), err);
}

static enum status do_look(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    static const str paths[] = { STR_INIT("/"), STR_INIT("/absent-of-pomona/x"), STR_INIT("rel") };
    struct macho_place places[3] = { { .is_known = false } };
    char text[32] = "";
    (void)job;
    d->disk.look(d->disk.context, paths, 3, places);
    for (size_t i = 0; i < 3; i++)
        (void)snprintf(text + 3 * i, sizeof text - 3 * i, "%d%d ", places[i].is_known,
                       places[i].is_there);
    return tell(d, str_of(text), err);
}

static enum status do_flood(const struct reader_job *job, const struct reader_disk *d,
                            struct err *err)
{
    static const str root = STR_INIT("/");
    struct macho_place place;
    (void)err;
    while (job->fd >= 0)
        if (job->path.len > 5)
            say_message(WIRE_LOOK, "/", 1);  // And never takes an answer.
        else
            d->disk.look(d->disk.context, &root, 1, &place);
    return ERR_IO;
}

static enum status do_greedy(const struct reader_job *job, const struct reader_disk *d,
                             struct err *err)
{
    static str paths[MACHO_LOOKS_MAX + 1];
    static struct macho_place places[MACHO_LOOKS_MAX + 1];
    uint64_t count = MACHO_LOOKS_MAX + (job->path.len > 6);
    for (size_t i = 0; i < count; i++)
        paths[i] = STR("/");
    d->disk.look(d->disk.context, paths, count, places);
    return tell(d, places[count - 1].is_there ? STR("there") : STR("lost"), err);
}

static enum status do_descriptors(const struct reader_job *job, const struct reader_disk *d,
                                  struct err *err)
{
    char none;
    char text[32];
    unsigned count = 0;
    (void)job;
    for (int fd = 0; fd < FDS_MAX; fd++)
        count += fd != STDERR_FILENO && read(fd, &none, 0) == 0;
    (void)snprintf(text, sizeof text, "%u", count);
    return tell(d, str_of(text), err);
}

static enum status do_part(const struct reader_job *job, const struct reader_disk *d,
                           struct err *err)
{
    struct macho_source source;
    uint8_t head[4] = { 0 };
    (void)job;
    enum status status = d->bundle.open(d->bundle.context, MACHO_BUNDLE_INFO, &source, err);
    if (status != OK)
        return status == END ? tell(d, STR("none"), err) : status;
    status = source.read(source.context, 0, head, sizeof head, err);
    d->bundle.close(d->bundle.context, &source);
    return status == OK ? tell(d, (str){ .at = (const char *)head, .len = 4 }, err) : status;
}

static const struct {
    const char *name;
    deed *deed;
} deeds[] = {
    { "pass over", do_pass_over }, { "read", do_read },
    { "slow", do_slow },           { "pid", do_pid },
    { "fail", do_fail },           { "crash", do_crash },
    { "exit", do_exit },           { "hang", do_hang },
    { "noise", do_noise },         { "say", do_say },
    { "control", do_control },     { "slices", do_slices },
    { "looks", do_looks },         { "lie", do_lie },
    { "look", do_look },           { "flood", do_flood },
    { "greedy", do_greedy },       { "fds", do_descriptors },
    { "part", do_part },
};

// In place of the one in reader.c, which this program then does not take from the library.
enum status reader_read(const struct reader_options *options, const struct reader_job *job,
                        const struct reader_disk *d, struct arena *a, struct err *err)
{
    (void)options;
    (void)a;
    for (size_t i = 0; i < COUNT_OF(deeds); i++)
        if (str_starts_with(job->path, str_of(deeds[i].name)))
            return deeds[i].deed(job, d, err);
    return (fail)(err, ERR_CONFIG, "no such deed");
}

static int forget(void **state)
{
    (void)state;
    arena_done(&kept);
    buf_done(&heard);
    buf_init(&heard, 1024 * 1024);
    return 0;
}

static int open_file(void)
{
    char name[] = "/tmp/workers_test_XXXXXX";
    const int fd = mkstemp(name);
    const int again = open(name, O_RDONLY);
    assert_true(fd >= 0 && again >= 0);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(write(fd, "octets", 6), 6);
    (void)close(fd);
    return again;
}

static struct workers *workers_of(unsigned jobs, unsigned timeout_s)
{
    const struct workers_options options = { .disk = &disk, .jobs = jobs, .timeout_s = timeout_s };
    return workers_new(&options);
}

// "TICKET STATUS told,told: why", one line a file.
static void hear(const struct workers_result *result)
{
    buf_printf(&heard, "%llu %d ", (unsigned long long)result->ticket, (int)result->status);
    for (size_t i = 0; i < result->told_count && i < 4; i++)
        buf_printf(&heard, "%s%.*s", i > 0 ? "," : "", STR_ARG(text_of(&result->told[i])));
    buf_printf(&heard, ": %.*s\n", STR_ARG(result->why));
}

static void take_next(struct workers *w)
{
    struct workers_result result;
    if (workers_take(w, &result))
        hear(&result);
    else
        workers_wait(w);
}

static void take_all(struct workers *w)
{
    while (workers_are_busy(w))
        take_next(w);
}

// Where there is room for it.
static void give(struct workers *w, uint64_t ticket, const char *path, const char *place)
{
    struct err err = { .text = "" };
    const struct reader_job job = {
        .fd = open_file(), .size = 6, .path = str_of(path), .place = str_of(place)
    };
    while (!workers_have_room(w))
        take_next(w);
    if (workers_give(w, ticket, &job, &err) != OK)
        fail_msg("%s", err.text);
}

static void run(const char *const *paths, size_t count, unsigned jobs, unsigned timeout_s)
{
    struct workers *w = workers_of(jobs, timeout_s);
    for (size_t i = 0; i < count; i++)
        give(w, i, paths[i], "");
    take_all(w);
    workers_free(w);
}

static void assert_heard(const char *expected)
{
    if (!str_eq(buf_str(&heard), str_of(expected)))
        fail_msg("heard\n%.*sexpected\n%s", STR_ARG(buf_str(&heard)), expected);
    buf_reset(&heard);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void workers_take__gives_what_is_told_of_the_file(void **state)
{
    (void)state;
    static const char *const paths[] = { "read", "fail", "slices 1", "nothing of ours",
                                         "pass over" };
    for (unsigned jobs = 0; jobs <= 4; jobs++) {
        run(paths, COUNT_OF(paths), jobs, 30);
        assert_heard("0 0 octets: \n1 2 half: damaged\n2 0 s: \n3 5 : no such deed\n4 1 : \n");
    }
}

static void assert_around(const struct workers_result *result)
{
    static const char *const expected[] = {
        "1\nL110 /\nL100 /absent-of-pomona/x\nL000 rel\n", "1\n", "1\nP0 -\n",
        "1\nL110 /\nL100 /absent-of-pomona/x\nL000 rel\n", "",
    };
    if (!str_eq(result->around, str_of(expected[result->ticket])))
        fail_msg("%u: \"%.*s\"", (unsigned)result->ticket, STR_ARG(result->around));
}

// Noted in both ways of reading, each file's for itself; not of one that was not read to its end.
static void workers_take__tells_what_was_asked_of_the_disk(void **state)
{
    (void)state;
    static const char *const paths[] = { "look", "read", "part", "look", "crash" };
    for (unsigned jobs = 0; jobs <= 3; jobs++) {
        struct workers *w = workers_of(jobs, 30);
        struct workers_result result;
        const size_t count = COUNT_OF(paths) - (jobs == 0);
        size_t given = 0;
        for (size_t taken = 0; taken < count;) {
            if (given < count && workers_have_room(w)) {
                give(w, given, paths[given], "/absent-of-pomona/X.app/Contents/MacOS/X");
                given++;
            } else if (workers_take(w, &result)) {
                assert_around(&result);
                taken++;
            } else {
                workers_wait(w);
            }
        }
        workers_free(w);
    }
}

static void workers_take__keeps_the_order(void **state)
{
    (void)state;
    const char *paths[200];
    struct buf expected;
    buf_init(&expected, 1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        const char *const sleepy = i % 7 == 0 ? "and slow and slow and slow" : "";
        paths[i] = arena_printf(&kept, "slow %zu %s", i, sleepy).at;
        buf_printf(&expected, "%zu 0 %s: \n", i, paths[i]);
    }
    buf_add_char(&expected, '\0');
    for (unsigned jobs = 0; jobs <= 4; jobs++) {
        run(paths, COUNT_OF(paths), jobs, 30);
        assert_heard(expected.at);
    }
    buf_done(&expected);
}

static void workers_take__passes_on_what_was_known(void **state)
{
    (void)state;
    struct workers *w = workers_of(1, 30);
    give(w, 7, "slow", "");
    workers_pass(w, 8);
    give(w, 9, "read", "");
    take_all(w);
    assert_heard("7 0 slow: \n8 0 : \n9 0 octets: \n");
    assert_false(workers_are_busy(w));
    workers_free(w);
}

static void workers_take__tells_of_readers_that_end(void **state)
{
    (void)state;
    static const char *const paths[] = { "crash", "read", "exit", "exit", "crash", "read" };
    for (unsigned jobs = 1; jobs <= 4; jobs++) {
        run(paths, COUNT_OF(paths), jobs, 30);
        assert_heard("0 4 : its reader crashed (signal 6)\n1 0 octets: \n"
                     "2 4 : its reader ended (code 7)\n3 4 : its reader ended (code 7)\n"
                     "4 4 : its reader crashed (signal 6)\n5 0 octets: \n");
    }
}

static void workers_take__ends_a_reader_that_hangs(void **state)
{
    (void)state;
    static const char *const paths[] = { "read", "hang", "read", "flood", "flood on", "read" };
    run(paths, COUNT_OF(paths), 2, 1);
    assert_heard("0 0 octets: \n1 4 : " NO_TIME "\n2 0 octets: \n3 4 : " NO_TIME
                 "\n4 4 : its reader had to be ended\n5 0 octets: \n");
}

static void workers_take__ends_a_reader_that_makes_no_sense(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "say place",
        "say told",
        "say done end with why",
        "say done without why",
        "say done with why",
        "say done strange",
        "say done nothing",
        "control",
        "slices 66",
        "greedy too",
        "say ready",
        "say done with none",
        "lie",
        "lie path",
        "lie page",
        "lie shown",
        "lie none",
    };
    struct buf expected;
    buf_init(&expected, 1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        run(&paths[i], 1, 1, 30);
        buf_printf(&expected, "0 4 %s: " NO_SENSE "\n",
                   str_eq(str_of(paths[i]), STR("slices 66"))  ? "s,s,s,s"
                   : str_eq(str_of(paths[i]), STR("lie none")) ? "1"
                                                               : "");
    }
    buf_add_char(&expected, '\0');
    assert_heard(expected.at);
    buf_done(&expected);
    static const char *const noise[] = { "noise", "read" };
    run(noise, 2, 1, 30);
    assert_heard("0 4 : a message of kind 4294967295 and 4294967295 octets\n1 0 octets: \n");
}

static void workers_take__takes_as_many_slices_as_there_are(void **state)
{
    (void)state;
    static const char *const paths[] = { "slices 65", "greedy" };
    run(paths, COUNT_OF(paths), 1, 30);
    assert_heard("0 0 s,s,s,s: \n1 0 there: \n");
}

// A sentence is shown as it came; who prints it escapes it.
static void workers_take__lets_a_reader_say_why(void **state)
{
    (void)state;
    static const char *const paths[] = { "say done escape" };
    run(paths, 1, 1, 30);
    assert_heard("0 2 : a\033[31mb\n");
}

static void workers_give__finds_out_that_a_waiting_reader_was_killed(void **state)
{
    (void)state;
    struct workers *w = workers_of(1, 30);
    struct workers_result result;
    for (unsigned i = 0; i < 3; i++) {
        int64_t pid = 0;
        give(w, 0, "pid", "");
        while (!workers_take(w, &result))
            workers_wait(w);
        assert_int_equal(result.told_count, 1);
        assert_true(str_to_i64(text_of(&result.told[0]), &pid));
        assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    }
    give(w, 1, "read", "");
    give(w, 2, "read", "");
    take_all(w);
    assert_heard("1 0 octets: \n2 0 octets: \n");
    workers_free(w);
}

// As behind a pager that takes no more.
static void workers_take__lets_no_reader_pay_for_a_walker_that_was_away(void **state)
{
    (void)state;
    struct workers *w = workers_of(1, 1);
    give(w, 0, "look", "");
    give(w, 1, "look", "");
    sleep_ms(1500);
    take_all(w);
    assert_heard("0 0 11 10 00 : \n1 0 11 10 00 : \n");
    workers_free(w);
}

// It has answered for one file and ended before the next could be sent to it: that file is another
// reader's, and nothing that the first said is of it.
static void workers_give__keeps_a_file_that_could_not_be_sent(void **state)
{
    (void)state;
    struct workers *w = workers_of(1, 30);
    struct workers_result result;
    int64_t pid = 0;
    siginfo_t info;
    give(w, 0, "pid", "");
    while (!workers_take(w, &result))
        workers_wait(w);
    assert_true(str_to_i64(text_of(&result.told[0]), &pid));
    give(w, 1, "read", "");
    sleep_ms(200);
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    give(w, 2, "read", "");
    take_all(w);
    assert_heard("1 0 octets: \n2 0 octets: \n");
    workers_free(w);
}

static void workers_take__looks_at_no_more_places_than_max(void **state)
{
    (void)state;
    static const char *const paths[] = { "looks", "looks" };
    for (unsigned jobs = 0; jobs <= 1; jobs++) {
        run(paths, 2, jobs, 60);
        assert_heard("0 0 counted: \n1 0 counted: \n");
    }
}

static void workers_take__looks_no_more_when_it_is_stopped(void **state)
{
    (void)state;
    static const volatile sig_atomic_t stop = 1;
    const struct workers_options options = {
        .disk = &disk, .jobs = 1, .timeout_s = 30, .stop = &stop
    };
    struct workers *w = workers_new(&options);
    give(w, 0, "look", "");
    take_all(w);
    assert_heard("0 0 00 00 00 : \n");
    workers_free(w);
}

static void workers_take__answers_what_lies_there(void **state)
{
    (void)state;
    static const char *const paths[] = { "look" };
    for (unsigned jobs = 0; jobs <= 1; jobs++) {
        run(paths, 1, jobs, 30);
        assert_heard("0 0 11 10 00 : \n");
    }
}

static void workers_take__opens_parts_of_the_bundle(void **state)
{
    (void)state;
    char directory[] = "/tmp/workers_test_XXXXXX";
    assert_non_null(mkdtemp(directory));
    const str bundle = arena_printf(&kept, "%s/X.bundle", directory);
    const str part = arena_printf(&kept, "%s/X.bundle/Info.plist", directory);
    const str place = arena_printf(&kept, "%s/X.bundle/X", directory);
    assert_int_equal(mkdir(bundle.at, 0700), 0);
    const int fd = open(part.at, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "partial", 7), 7);
    (void)close(fd);
    for (unsigned jobs = 0; jobs <= 1; jobs++) {
        struct workers *w = workers_of(jobs, 30);
        give(w, 0, "part", place.at);
        give(w, 1, "part", "/absent/X");
        give(w, 2, "part", "");
        give(w, 3, "fds", "");
        take_all(w);
        workers_free(w);
        if (jobs == 1)
            assert_heard("0 0 part: \n1 0 none: \n2 0 none: \n3 0 2: \n");
        buf_reset(&heard);
    }
    assert_int_equal(unlink(part.at), 0);
    assert_int_equal(rmdir(bundle.at), 0);
    assert_int_equal(rmdir(directory), 0);
}

// The socket, and the file; a second one may have come with the next job.
static void workers_give__leaks_no_descriptor(void **state)
{
    (void)state;
    const char *paths[1000];
    const unsigned before = open_descriptors();
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        paths[i] = i % 100 == 50 ? "crash" : i % 10 == 5 ? "look" : "read";
    paths[COUNT_OF(paths) - 1] = "fds";
    run(paths, COUNT_OF(paths), 2, 30);
    assert_int_equal(open_descriptors(), before);
    assert_true(str_ends_with(buf_str(&heard), STR("\n999 0 2: \n")));
    assert_false(str_contains(buf_str(&heard), STR("descriptors")));
}

static void workers_free__ends_what_is_at_hand(void **state)
{
    (void)state;
    const unsigned before = open_descriptors();
    struct workers *w = workers_of(2, 30);
    give(w, 0, "hang", "");
    give(w, 1, "hang", "");
    give(w, 2, "read", "");
    give(w, 3, "read", "");
    assert_false(workers_have_room(w));
    workers_free(w);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    workers_free(NULL);
}

static void workers_give__works_where_children_are_not_waited_for(void **state)
{
    (void)state;
    static const char *const paths[] = { "read", "hang", "read" };
    (void)signal(SIGCHLD, SIG_IGN);
    run(paths, COUNT_OF(paths), 1, 1);
    (void)signal(SIGCHLD, SIG_DFL);
    assert_heard("0 0 octets: \n1 4 : " NO_TIME "\n2 0 octets: \n");
}

// Standard input and output may be closed: then the sockets and files have their numbers.
static void workers_give__works_where_standard_descriptors_are_closed(void **state)
{
    (void)state;
    static const char *const paths[] = { "read", "look", "read" };
    const int in = dup(STDIN_FILENO);
    const int out = dup(STDOUT_FILENO);
    assert_int_equal(fflush(stdout), 0);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    run(paths, COUNT_OF(paths), 2, 30);
    (void)dup2(in, STDIN_FILENO);
    (void)dup2(out, STDOUT_FILENO);
    (void)close(in);
    (void)close(out);
    assert_heard("0 0 octets: \n1 0 11 10 00 : \n2 0 octets: \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(workers_take__gives_what_is_told_of_the_file, forget),
        cmocka_unit_test_setup(workers_take__tells_what_was_asked_of_the_disk, forget),
        cmocka_unit_test_setup(workers_take__keeps_the_order, forget),
        cmocka_unit_test_setup(workers_take__passes_on_what_was_known, forget),
        cmocka_unit_test_setup(workers_take__tells_of_readers_that_end, forget),
        cmocka_unit_test_setup(workers_take__ends_a_reader_that_hangs, forget),
        cmocka_unit_test_setup(workers_take__ends_a_reader_that_makes_no_sense, forget),
        cmocka_unit_test_setup(workers_take__takes_as_many_slices_as_there_are, forget),
        cmocka_unit_test_setup(workers_take__lets_a_reader_say_why, forget),
        cmocka_unit_test_setup(workers_give__finds_out_that_a_waiting_reader_was_killed, forget),
        cmocka_unit_test_setup(workers_take__lets_no_reader_pay_for_a_walker_that_was_away, forget),
        cmocka_unit_test_setup(workers_take__answers_what_lies_there, forget),
        cmocka_unit_test_setup(workers_give__keeps_a_file_that_could_not_be_sent, forget),
        cmocka_unit_test_setup(workers_take__looks_at_no_more_places_than_max, forget),
        cmocka_unit_test_setup(workers_take__looks_no_more_when_it_is_stopped, forget),
        cmocka_unit_test_setup(workers_take__opens_parts_of_the_bundle, forget),
        cmocka_unit_test_setup(workers_give__leaks_no_descriptor, forget),
        cmocka_unit_test_setup(workers_free__ends_what_is_at_hand, forget),
        cmocka_unit_test_setup(workers_give__works_where_children_are_not_waited_for, forget),
        cmocka_unit_test_setup(workers_give__works_where_standard_descriptors_are_closed, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
