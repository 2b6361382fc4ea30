#include "record.h"

#include "base/arena.h"

#include <assert.h>

struct kind {
    const char *key;
    uint32_t id;
};

static const struct kind kinds[EVENT_KIND_COUNT] = {
    [EVENT_CLOSE] = { "close", 12 },
    [EVENT_CREATE] = { "create", 13 },
    [EVENT_CS_INVALIDATED] = { "cs_invalidated", 94 },
    [EVENT_EXEC] = { "exec", 9 },
    [EVENT_EXIT] = { "exit", 15 },
    [EVENT_FORK] = { "fork", 11 },
    [EVENT_GET_TASK] = { "get_task", 16 },
    [EVENT_GET_TASK_READ] = { "get_task_read", 101 },
    [EVENT_MMAP] = { "mmap", 20 },
    [EVENT_MPROTECT] = { "mprotect", 21 },
    [EVENT_OPEN] = { "open", 10 },
    [EVENT_PROC_CHECK] = { "proc_check", 86 },
    [EVENT_PROC_SUSPEND_RESUME] = { "proc_suspend_resume", 93 },
    [EVENT_REMOTE_THREAD_CREATE] = { "remote_thread_create", 97 },
    [EVENT_RENAME] = { "rename", 25 },
    [EVENT_SIGNAL] = { "signal", 31 },
    [EVENT_TRACE] = { "trace", 96 },
    [EVENT_UNLINK] = { "unlink", 32 },
    [EVENT_WRITE] = { "write", 33 },
};

#define CDHASH_WORD         8   // Digits of one random number.
#define VERSION_OF_CATEGORY 10  // cs_validation_category came with this message version.
#define THREADLESS_PERMILLE 10
#define TICK_NUMERATOR      3u  // mach_time of Apple silicon: 125/3 nanoseconds a tick.
#define TICK_DENOMINATOR    125u
#define BOOT_NS             (HOST_START_NS - 93784u * SECOND_NS)

// The inside of event: one key, whose value is an object.
struct body {
    str key;
    const struct json_member *members;
    size_t count;
};

static json_write write_action;
static json_write write_result;
static json_write write_result_value;
static json_write write_thread;
static json_write write_body;
static json_write write_body_members;
static json_write write_token;
static json_write write_stat;
static json_write write_terminal;
static void begin_envelope(struct host *h);
static void end_record(struct host *h);
static void pass_time(struct host *h);

void record_add(struct host *h, enum event_kind kind, const struct process *p,
                const struct json_member *members, size_t count)
{
    const struct subject subject = { .host = h, .process = p };
    const struct body body = { .key = str_of(kinds[kind].key), .members = members, .count = count };
    const uint64_t thread = 20000 + p->token.pid * 7u + h->count % 5;
    const bool has_thread = !rng_permille(&h->rng, THREADLESS_PERMILLE);
    const struct json_member thread_member = PART_AS("thread", write_thread, &thread);
    const struct json_member no_thread = NULL_AS("thread");
    const struct json_member envelope[] = {
        UINT_AS("schema_version", 1),
        UINT_AS("version", h->json.version),
        UINT_AS("event_type", kinds[kind].id),
        UINT_AS("action_type", 1),
        PART_AS("action", write_action, NULL),
        TIME9_AS("time", h->place.now_ns),
        UINT_AS("mach_time", (h->place.now_ns - BOOT_NS) * TICK_NUMERATOR / TICK_DENOMINATOR),
        UINT_AS("seq_num", h->counts[kind]),
        UINT_AS("global_seq_num", h->count),
        has_thread ? thread_member : no_thread,
        PART_AS("process", record_process, &subject),
        PART_AS("event", write_body, &body),
    };

    const size_t begin = h->out.len;
    if (h->in_envelopes)
        begin_envelope(h);
    json_object(&h->json, envelope, COUNT_OF(envelope));
    if (h->in_envelopes)
        buf_add_char(&h->out, '}');
    if (h->is_elastic) {
        // Written all the same, since each key takes its turn of chance: what happens must not
        // depend on who tells of it.
        h->out.len = begin;
        if (!record_add_elastic(h, kind, p, members, count)) {
            pass_time(h);
            return;
        }
    }
    buf_add_char(&h->out, '\n');
    h->counts[kind]++;
    h->count++;
    end_record(h);
}

static void begin_envelope(struct host *h)
{
    buf_add(&h->out, STR("{\"host\":{\"id\":\""));
    buf_add(&h->out, str_of(h->id));
    buf_add(&h->out, STR("\",\"name\":\""));
    buf_add(&h->out, str_of(h->name));
    buf_add(&h->out, STR("\"},\"record\":"));
}

static void end_record(struct host *h)
{
    assert(!h->out.failed);  // It is emptied long before it is full.
    if (h->mark_count == h->mark_capacity) {
        h->mark_capacity = h->mark_capacity == 0 ? 256 : h->mark_capacity * 2;
        h->marks = memory_resize(h->marks, h->mark_capacity * sizeof *h->marks);
    }
    h->marks[h->mark_count++] = (struct mark){ .time_ns = h->place.now_ns, .end = h->out.len };
    pass_time(h);
}

static void pass_time(struct host *h)
{
    h->place.now_ns += rng_between(&h->rng, 2 * MICROSECOND_NS, 300 * MICROSECOND_NS);
}

static void write_action(struct json *j, const void *of)
{
    (void)of;
    const struct json_member members[] = { PART_AS("result", write_result, NULL) };
    json_object(j, members, COUNT_OF(members));
}

static void write_result(struct json *j, const void *of)
{
    (void)of;
    const struct json_member members[] = {
        PART_AS("result", write_result_value, NULL),
        UINT_AS("result_type", 0),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_result_value(struct json *j, const void *of)
{
    (void)of;
    const struct json_member members[] = { UINT_AS("auth", 0) };
    json_object(j, members, COUNT_OF(members));
}

static void write_thread(struct json *j, const void *of)
{
    const uint64_t *id = of;
    const struct json_member members[] = { UINT_AS("thread_id", *id) };
    json_object(j, members, COUNT_OF(members));
}

static void write_body(struct json *j, const void *of)
{
    const struct body *body = of;
    const struct json_member member = { .key = body->key,
                                        .kind = JSON_PART,
                                        .value.part = { write_body_members, body } };
    json_object(j, &member, 1);
}

static void write_body_members(struct json *j, const void *of)
{
    const struct body *body = of;
    json_object(j, body->members, body->count);
}

void record_process(struct json *j, const void *of)
{
    const struct subject *subject = of;
    struct host *h = subject->host;
    const struct process *p = subject->process;
    char hex[RECORD_CDHASH_SIZE];
    struct file executable = place_file(&h->place, &h->rng, p->path);
    if (p->born_ns != 0)
        executable.born_ns = executable.modified_ns = executable.changed_ns = p->born_ns;
    const struct json_member team = TEXT_AS("team_id", str_of(p->program->team));
    const struct json_member no_team = NULL_AS("team_id");
    const struct json_member terminal = PART_AS("tty", write_terminal, subject);
    const struct json_member no_terminal = NULL_AS("tty");
    const struct json_member members[] = {
        PART_AS("audit_token", write_token, &p->token),
        PART_AS("parent_audit_token", write_token, &p->parent),
        PART_AS("responsible_audit_token", write_token, &p->responsible),
        UINT_AS("ppid", p->parent.pid),
        UINT_AS("original_ppid", p->parent.pid),
        UINT_AS("group_id", p->group),
        UINT_AS("session_id", p->session),
        UINT_AS("codesigning_flags", p->flags),
        BOOL_AS("is_platform_binary", p->program->signer == SIGNER_PLATFORM),
        BOOL_AS("is_es_client", p->program->is_es_client),
        TEXT_AS("cdhash", record_cdhash(p->code, hex)),
        TEXT_AS("signing_id", str_of(p->program->signing_id)),
        p->program->team != NULL ? team : no_team,
        PART_AS("executable", record_file, &executable),
        p->terminal != 0 ? terminal : no_terminal,
        TIME6_AS("start_time", p->started_ns),
        UINT_AS("cs_validation_category", program_category(p->program)),  // The last: see below.
    };
    const bool has_category = j->version >= VERSION_OF_CATEGORY;
    json_object(j, members, COUNT_OF(members) - (has_category ? 0 : 1));
}

str record_cdhash(uint64_t code, char out[RECORD_CDHASH_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";
    struct rng rng = rng_of(code, 0);
    for (size_t i = 0; i < RECORD_CDHASH_SIZE / CDHASH_WORD; i++) {
        uint64_t word = rng_next(&rng);
        for (size_t k = 0; k < CDHASH_WORD; k++, word >>= 4)
            out[i * CDHASH_WORD + k] = digits[word & 15];
    }
    return (str){ .at = out, .len = RECORD_CDHASH_SIZE };
}

static void write_token(struct json *j, const void *of)
{
    const struct token *t = of;
    if (!j->array_tokens) {
        const struct json_member members[] = {
            UINT_AS("auid", t->auid), UINT_AS("euid", t->euid),
            UINT_AS("egid", t->egid), UINT_AS("ruid", t->ruid),
            UINT_AS("rgid", t->rgid), UINT_AS("pid", t->pid),
            UINT_AS("asid", t->asid), UINT_AS("pidversion", t->pidversion),
        };
        json_object(j, members, COUNT_OF(members));
        return;
    }
    const uint32_t values[] = { t->auid, t->euid, t->egid, t->ruid,
                                t->rgid, t->pid,  t->asid, t->pidversion };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        buf_add_char(j->out, i == 0 ? '[' : ',');
        json_uint(j, values[i]);
    }
    buf_add_char(j->out, ']');
}

static void write_terminal(struct json *j, const void *of)
{
    const struct subject *subject = of;
    const struct file f = place_terminal(&subject->host->place, subject->process->terminal);
    record_file(j, &f);
}

void record_file(struct json *j, const void *of)
{
    const struct file *f = of;
    const struct json_member members[] = {
        TEXT_AS("path", ((str){ .at = f->path, .len = f->path_len })),
        BOOL_AS("path_truncated", false),
        PART_AS("stat", write_stat, f),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_stat(struct json *j, const void *of)
{
    const struct file *f = of;
    const struct json_member members[] = {
        UINT_AS("st_dev", f->device),
        UINT_AS("st_ino", f->inode),
        UINT_AS("st_mode", f->mode),
        UINT_AS("st_nlink", f->links),
        UINT_AS("st_uid", f->uid),
        UINT_AS("st_gid", f->gid),
        UINT_AS("st_rdev", f->device_special),
        UINT_AS("st_size", f->size),
        UINT_AS("st_blocks", (f->size + 4095) / 4096 * 8),
        UINT_AS("st_blksize", f->block_size),
        UINT_AS("st_flags", f->flags),
        UINT_AS("st_gen", 0),
        TIME9_AS("st_atimespec", f->accessed_ns),
        TIME9_AS("st_mtimespec", f->modified_ns),
        TIME9_AS("st_ctimespec", f->changed_ns),
        TIME9_AS("st_birthtimespec", f->born_ns),
    };
    json_object(j, members, COUNT_OF(members));
}
