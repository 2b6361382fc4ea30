// One invented Mac: its clock, its processes, and the sensor that writes down what they do.
//
// The clock never stands still: every record is later than the one before. Process ids and
// their versions are handed out as the kernel does, exec raises the version of its process,
// and sequence numbers have no gaps.

#ifndef SIMULATE_HOST_H
#define SIMULATE_HOST_H

#include "inventory.h"
#include "json.h"
#include "place.h"
#include "program.h"

#define HOST_START_NS  1772442000000000000u  // 2026-03-02T09:00:00Z
#define HOST_LIVE_MAX  64                    // Processes that stay.
#define HOST_APPS_MAX  8                     // Of them started by the user during the simulation.
#define HOST_OUT_MAX   (1u << 30)            // Octets held before they are taken away.
#define MICROSECOND_NS UINT64_C(1000)
#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS      UINT64_C(1000000000)

enum event_kind {
    EVENT_CLOSE,
    EVENT_CREATE,
    EVENT_CS_INVALIDATED,
    EVENT_EXEC,
    EVENT_EXIT,
    EVENT_FORK,
    EVENT_GET_TASK,
    EVENT_GET_TASK_READ,
    EVENT_MMAP,
    EVENT_MPROTECT,
    EVENT_OPEN,
    EVENT_PROC_CHECK,
    EVENT_PROC_SUSPEND_RESUME,
    EVENT_REMOTE_THREAD_CREATE,
    EVENT_RENAME,
    EVENT_SIGNAL,
    EVENT_TRACE,
    EVENT_UNLINK,
    EVENT_WRITE,
    EVENT_KIND_COUNT,
};

struct token {
    uint32_t auid;
    uint32_t euid;
    uint32_t egid;
    uint32_t ruid;
    uint32_t rgid;
    uint32_t pid;
    uint32_t asid;
    uint32_t pidversion;
};

struct process {
    struct token token;
    struct token parent;
    struct token responsible;
    const struct program *program;
    char path[PATH_SIZE];
    uint64_t code;  // The cdhash is made of it.
    uint64_t started_ns;
    uint64_t born_ns;  // Of the executable, where it was just written; else 0.
    uint32_t flags;
    uint32_t group;
    uint32_t session;
    unsigned terminal;  // 0: none.
};

// Where a record ends in `out`, and when it was.
struct mark {
    uint64_t time_ns;
    size_t end;
};

struct host {
    char id[16];
    char name[32];
    unsigned index;
    bool in_envelopes;
    bool is_elastic;  // Its sensor is Elastic Defend, not eslogger.
    struct place place;
    struct rng rng;
    struct json json;
    struct rng elastic_rng;  // Of elastic_json alone: what happens has its own.
    struct json elastic_json;
    uint64_t counts[EVENT_KIND_COUNT];
    uint64_t count;
    uint32_t next_pid;
    uint32_t next_pidversion;
    uint32_t session_id;  // Audit session of the user.
    unsigned depth;       // Background work is not interrupted by background work.

    struct process live[HOST_LIVE_MAX];
    size_t live_count;
    size_t fixed_count;  // Those before it never end.
    struct process *shell;

    struct inventory *inventory;  // May be NULL.
    struct buf out;
    struct mark *marks;
    size_t mark_count;
    size_t mark_capacity;
};

// A Mac as it was before the sensor started: daemons, agents and a shell are running.
// `inventory` takes note of every image and may be NULL.
void host_init(struct host *h, uint64_t seed, unsigned index, bool in_envelopes,
               struct inventory *inventory);
// From now on its records are those of Elastic Defend.
void host_use_elastic(struct host *h);
void host_done(struct host *h);

// Lets up to `most_ns` pass.
void host_wait(struct host *h, uint64_t most_ns);
// A process by its program, which must be running since before.
struct process *host_find(struct host *h, const char *signing_id);
// A running process with a team, for those that need a victim or a patient.
struct process *host_any_app(struct host *h);

// Records, each at the current time; the clock then moves on a little.
struct process host_fork(struct host *h, const struct process *parent);

struct launch {
    const struct program *program;
    const char *const *args;  // Patterns, up to a NULL; NULL: the path alone.
    const char *env;          // One more variable (pattern), or NULL.
    const char *script;       // What the interpreter was started for, or NULL.
    uint64_t code;            // Makes this build differ from others of the program; 0: the release.
    bool is_new;              // The executable was written just now.
};

void host_exec(struct host *h, struct process *p, const struct launch *launch);
// fork and exec at once, as posix_spawn(2) shows; by launchd where `parent` is NULL.
struct process host_spawn(struct host *h, const struct process *parent,
                          const struct launch *launch);
// `status` as of wait(2).
void host_exit(struct host *h, const struct process *p, uint32_t status);

void host_open(struct host *h, const struct process *p, const struct file *f);
void host_close(struct host *h, const struct process *p, const struct file *f, bool modified);
void host_create(struct host *h, const struct process *p, const struct file *f);
void host_write(struct host *h, const struct process *p, const struct file *f);
void host_rename(struct host *h, const struct process *p, const struct file *from,
                 const struct file *to, bool replaces);
void host_unlink(struct host *h, const struct process *p, const struct file *f);
// Opens and closes `pattern` for reading.
void host_read_file(struct host *h, const struct process *p, const char *pattern);
// create, write, close; returns the file.
struct file host_write_file(struct host *h, const struct process *p, const char *pattern);

#define PROTECT_READ    1u
#define PROTECT_WRITE   2u
#define PROTECT_EXECUTE 4u

// As dyld maps the text of a library: readable and executable, private, at a fixed place. It is of
// the same maker as the program.
void host_map(struct host *h, const struct process *p, const struct file *f);
// Likewise, but of another maker; NULL where the file is gone before anybody could look.
void host_map_foreign(struct host *h, const struct process *p, const struct file *f,
                      const struct program *maker);
void host_map_as(struct host *h, const struct process *p, const struct file *f,
                 uint32_t protection);
void host_protect(struct host *h, const struct process *p, uint64_t address, uint64_t size,
                  uint32_t protection);
// A page-aligned address in the heap.
uint64_t host_any_address(struct host *h);

// get_task, get_task_read, trace and remote_thread_create.
void host_access(struct host *h, enum event_kind kind, const struct process *p,
                 const struct process *target);
void host_check(struct host *h, const struct process *p, const struct process *target);
void host_suspend(struct host *h, const struct process *p, const struct process *target,
                  bool resumes);
void host_signal(struct host *h, const struct process *p, const struct process *target,
                 uint32_t number);
void host_invalidate(struct host *h, const struct process *p);

// Adds to and removes from those that stay.
struct process *host_keep(struct host *h, const struct process *p);
void host_forget(struct host *h, size_t index);

#endif
