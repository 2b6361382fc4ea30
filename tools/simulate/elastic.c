// Records of Elastic Defend, from what a record of eslogger is made of. It shows fork, exec and
// end, what is mapped executable as a library that is loaded, changed files, task ports of others
// and threads in them. A library's signature is left out: nobody here knows it at that point.

#include "record.h"

#include <stdio.h>

#define ENTITY_SIZE      96u
#define ENTITY_SECONDS   13416900000u  // Since 1601: the clock of these names.
#define SHA256_SIZE      64u
#define ENV_KEPT_MAX     8u
#define PROTECTION_EXEC  4u
#define WAIT_STATUS_BITS 8u
#define VERSION          "8.17.4"

// What one record says, picked out of an eslogger's members.
struct happening {
    struct host *host;
    const char *action;
    const char *category;
    const char *type;
    const struct process *process;
    const struct token *before;  // exec: the image before it.
    const struct process *target;
    const struct file *file;
    const struct file *original;
    const struct file *library;
    const struct json_texts *args;
    const struct json_texts *env;
    uint64_t status;
    bool is_end;
};

static bool pick(struct host *h, enum event_kind kind, const struct process *p,
                 const struct json_member *members, size_t count, struct happening *out);
static const struct json_member *find(const struct json_member *members, size_t count, str key);
static const void *part_of(const struct json_member *members, size_t count, str key);
static const struct process *process_of(const struct json_member *members, size_t count, str key);
static json_write write_agent;
static json_write write_elastic_agent;
static json_write write_data_stream;
static json_write write_ecs;
static json_write write_event;
static json_write write_host;
static json_write write_os;
static json_write write_user;
static json_write write_process;
static json_write write_process_ext;
static json_write write_parent;
static json_write write_signature;
static json_write write_hash;
static json_write write_target;
static json_write write_target_process;
static json_write write_effective;
static json_write write_file;
static json_write write_file_ext;
static json_write write_original;
static json_write write_library;
static json_write write_one_text;
static str entity_of(const struct host *h, const struct token *t, char out[ENTITY_SIZE]);
static str base64(str text, char *out);
static str sha256_of(uint64_t code, char out[SHA256_SIZE]);
static struct json_texts loader_variables(const struct json_texts *env, str kept[ENV_KEPT_MAX]);
static const struct process *living(const struct host *h, uint32_t pid);

bool record_add_elastic(struct host *h, enum event_kind kind, const struct process *p,
                        const struct json_member *members, size_t count)
{
    struct happening of;
    if (!pick(h, kind, p, members, count, &of))
        return false;
    struct json_member document[16] = {
        TIME9_AS("@timestamp", h->place.now_ns),
        TEXT_AS("message", STR("Endpoint event")),
        PART_AS("agent", write_agent, h),
        PART_AS("elastic", write_elastic_agent, h),
        PART_AS("data_stream", write_data_stream, &of),
        PART_AS("ecs", write_ecs, NULL),
        PART_AS("event", write_event, &of),
        PART_AS("host", write_host, h),
        PART_AS("user", write_user, &of),
        PART_AS("process", write_process, &of),
        PART_AS("Effective_process", write_effective, &of),
    };
    size_t used = 11;
    if (of.file != NULL)
        document[used++] = (struct json_member)PART_AS("file", write_file, &of);
    if (of.library != NULL)
        document[used++] = (struct json_member)PART_AS("dll", write_library, of.library);
    if (of.target != NULL)
        document[used++] = (struct json_member)PART_AS("Target", write_target, &of);
    json_object(&h->elastic_json, document, used);
    return true;
}

static bool pick(struct host *h, enum event_kind kind, const struct process *p,
                 const struct json_member *members, size_t count, struct happening *out)
{
    static const struct {
        enum event_kind kind;
        const char *action;
        const char *category;
        const char *type;
    } kinds[] = {
        { EVENT_EXEC, "exec", "process", "start" },
        { EVENT_FORK, "fork", "process", "start" },
        { EVENT_EXIT, "end", "process", "end" },
        { EVENT_MMAP, "load", "library", "start" },
        { EVENT_GET_TASK, "process_open", "process", "access" },
        { EVENT_REMOTE_THREAD_CREATE, "remote_thread", "process", "change" },
        { EVENT_CLOSE, "modification", "file", "change" },
        { EVENT_RENAME, "rename", "file", "change" },
        { EVENT_UNLINK, "deletion", "file", "deletion" },
    };
    size_t i = 0;
    while (i < COUNT_OF(kinds) && kinds[i].kind != kind)
        i++;
    if (i == COUNT_OF(kinds))
        return false;

    const bool is_start = kind == EVENT_EXEC || kind == EVENT_FORK;
    const bool is_of_file = kind == EVENT_CLOSE || kind == EVENT_UNLINK;
    const struct json_member *modified = find(members, count, STR("modified"));
    const struct json_member *protection = find(members, count, STR("protection"));
    const struct json_member *status = find(members, count, STR("stat"));
    const struct destination *to = part_of(members, count, STR("destination"));
    if ((modified != NULL && !modified->value.truth) ||
        (protection != NULL && (protection->value.number & PROTECTION_EXEC) == 0))
        return false;
    *out = (struct happening){
        .host = h,
        .action = kinds[i].action,
        .category = kinds[i].category,
        .type = kinds[i].type,
        .process =
            is_start ? process_of(members, count, kind == EVENT_EXEC ? STR("target") : STR("child"))
                     : p,
        .before = kind == EVENT_EXEC ? &p->token : NULL,
        .target = is_start || is_of_file ? NULL : process_of(members, count, STR("target")),
        .file = is_of_file   ? part_of(members, count, STR("target"))
                : to != NULL ? to->file
                             : NULL,
        .original = kind == EVENT_RENAME ? part_of(members, count, STR("source")) : NULL,
        .library = kind == EVENT_MMAP ? part_of(members, count, STR("source")) : NULL,
        .args = part_of(members, count, STR("args")),
        .env = part_of(members, count, STR("env")),
        .status = status == NULL ? 0 : status->value.number,
        .is_end = status != NULL,
    };
    return true;
}

static const struct json_member *find(const struct json_member *members, size_t count, str key)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(members[i].key, key))
            return &members[i];
    return NULL;
}

static const void *part_of(const struct json_member *members, size_t count, str key)
{
    const struct json_member *m = find(members, count, key);
    return m == NULL || m->kind != JSON_PART ? NULL : m->value.part.of;
}

static const struct process *process_of(const struct json_member *members, size_t count, str key)
{
    const struct subject *subject = part_of(members, count, key);
    return subject == NULL ? NULL : subject->process;
}

static void write_agent(struct json *j, const void *of)
{
    const struct host *h = of;
    char id[40];
    (void)snprintf(id, sizeof id, "5e0a7c1d-%04x-4b52-9c3e-invented%04u", h->index & 0xffffu,
                   h->index);
    const struct json_member members[] = {
        TEXT_AS("id", str_of(id)),
        TEXT_AS("type", STR("endpoint")),
        TEXT_AS("version", STR(VERSION)),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_elastic_agent(struct json *j, const void *of)
{
    const struct json_member members[] = { PART_AS("agent", write_agent, of) };
    json_object(j, members, COUNT_OF(members));
}

static void write_data_stream(struct json *j, const void *of)
{
    const struct happening *e = of;
    char dataset[40];
    (void)snprintf(dataset, sizeof dataset, "endpoint.events.%s", e->category);
    const struct json_member members[] = {
        TEXT_AS("namespace", STR("default")),
        TEXT_AS("type", STR("logs")),
        TEXT_AS("dataset", str_of(dataset)),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_ecs(struct json *j, const void *of)
{
    (void)of;
    const struct json_member members[] = { TEXT_AS("version", STR("8.10.0")) };
    json_object(j, members, COUNT_OF(members));
}

static void write_one_text(struct json *j, const void *of)
{
    const str text = str_of(of);
    json_texts(j, &(struct json_texts){ .at = &text, .count = 1 });
}

static void write_event(struct json *j, const void *of)
{
    const struct happening *e = of;
    char dataset[40];
    char id[32];
    (void)snprintf(dataset, sizeof dataset, "endpoint.events.%s", e->category);
    (void)snprintf(id, sizeof id, "N%04uInvented++++/%08llx", e->host->index,
                   (unsigned long long)e->host->count);
    const struct json_member members[] = {
        UINT_AS("sequence", e->host->count),
        TIME9_AS("created", e->host->place.now_ns),
        TEXT_AS("kind", STR("event")),
        TEXT_AS("module", STR("endpoint")),
        TEXT_AS("action", str_of(e->action)),
        TEXT_AS("id", str_of(id)),
        PART_AS("category", write_one_text, e->category),
        PART_AS("type", write_one_text, e->type),
        TEXT_AS("dataset", str_of(dataset)),
        TEXT_AS("outcome", STR("unknown")),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_host(struct json *j, const void *of)
{
    static const str addresses[] = { STR_INIT("127.0.0.1"), STR_INIT("::1"), STR_INIT("fe80::1"),
                                     STR_INIT("192.0.2.17"), STR_INIT("2001:db8::17") };
    static const str cards[] = { STR_INIT("02-00-00-00-00-17"), STR_INIT("02-00-00-00-00-18") };
    static const struct json_texts ip = { .at = addresses, .count = COUNT_OF(addresses) };
    static const struct json_texts mac = { .at = cards, .count = COUNT_OF(cards) };
    const struct host *h = of;
    const struct json_member members[] = {
        TEXT_AS("id", str_of(h->id)),         TEXT_AS("name", str_of(h->name)),
        TEXT_AS("hostname", str_of(h->name)), TEXT_AS("architecture", STR("arm64")),
        PART_AS("os", write_os, NULL),        PART_AS("ip", json_texts, &ip),
        PART_AS("mac", json_texts, &mac),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_os(struct json *j, const void *of)
{
    (void)of;
    const struct json_member members[] = {
        TEXT_AS("type", STR("macos")),
        TEXT_AS("family", STR("macos")),
        TEXT_AS("platform", STR("macos")),
        TEXT_AS("name", STR("macOS")),
        TEXT_AS("full", STR("macOS 26.1")),
        TEXT_AS("version", STR("26.1")),
        TEXT_AS("kernel", STR("Darwin Kernel Version 25.1.0")),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_user(struct json *j, const void *of)
{
    const struct happening *e = of;
    const uint32_t id = e->process->token.euid;
    const struct json_member members[] = {
        UINT_AS("id", id),
        TEXT_AS("name", id == 0 ? STR("root") : str_of(e->host->place.user)),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_process(struct json *j, const void *of)
{
    const struct happening *e = of;
    const struct process *p = e->process;
    char entity[ENTITY_SIZE];
    str kept[ENV_KEPT_MAX];
    struct json_texts env = { .count = 0 };
    struct json_member members[16] = {
        UINT_AS("pid", p->token.pid),
        TEXT_AS("entity_id", entity_of(e->host, &p->token, entity)),
        TEXT_AS("executable", str_of(p->path)),
        TEXT_AS("name", str_base_name(str_of(p->path))),
        PART_AS("Ext", write_process_ext, of),
        PART_AS("code_signature", write_signature, p->program),
        PART_AS("hash", write_hash, p),
        PART_AS("parent", write_parent, of),
    };
    size_t used = 8;
    if (e->args != NULL) {
        members[used++] = (struct json_member)PART_AS("args", json_texts, e->args);
        members[used++] = (struct json_member)UINT_AS("args_count", e->args->count);
    }
    if (e->env != NULL)
        env = loader_variables(e->env, kept);
    if (env.count > 0)
        members[used++] = (struct json_member)PART_AS("env_vars", json_texts, &env);
    if (e->is_end)
        members[used++] =
            (struct json_member)UINT_AS("exit_code", e->status >> WAIT_STATUS_BITS & 0xff);
    json_object(j, members, used);
}

// Defend keeps those variables that steer the loader.
static struct json_texts loader_variables(const struct json_texts *env, str kept[ENV_KEPT_MAX])
{
    struct json_texts list = { .at = kept };
    for (size_t i = 0; i < env->count && list.count < ENV_KEPT_MAX; i++)
        if (str_starts_with(env->at[i], STR("DYLD_")))
            kept[list.count++] = env->at[i];
    return list;
}

static void write_process_ext(struct json *j, const void *of)
{
    const struct happening *e = of;
    char first[ENTITY_SIZE];
    char second[ENTITY_SIZE];
    str ancestry[2];
    size_t count = 0;
    if (e->before != NULL)
        ancestry[count++] = entity_of(e->host, e->before, first);
    ancestry[count++] = entity_of(e->host, &e->process->parent, second);
    const struct json_texts list = { .at = ancestry, .count = count };
    const struct json_member members[] = { PART_AS("ancestry", json_texts, &list) };
    json_object(j, members, COUNT_OF(members));
}

// The entity is that of the image before, where there was one; all else is the parent's.
static void write_parent(struct json *j, const void *of)
{
    const struct happening *e = of;
    const struct token *parent = &e->process->parent;
    const struct process *known = living(e->host, parent->pid);
    char entity[ENTITY_SIZE];
    struct json_member members[5] = {
        UINT_AS("pid", parent->pid),
        TEXT_AS("entity_id", entity_of(e->host, e->before != NULL ? e->before : parent, entity)),
    };
    size_t used = 2;
    if (known != NULL) {
        members[used++] = (struct json_member)TEXT_AS("executable", str_of(known->path));
        members[used++] = (struct json_member)TEXT_AS("name", str_base_name(str_of(known->path)));
        members[used++] =
            (struct json_member)PART_AS("code_signature", write_signature, known->program);
    }
    json_object(j, members, used);
}

static const struct process *living(const struct host *h, uint32_t pid)
{
    for (size_t i = 0; i < h->live_count; i++)
        if (h->live[i].token.pid == pid)
            return &h->live[i];
    return NULL;
}

static void write_signature(struct json *j, const void *of)
{
    const struct program *p = of;
    const bool is_apples = p->signer == SIGNER_PLATFORM;
    const bool is_trusted = is_apples || p->team != NULL;
    const struct json_member members[] = {
        BOOL_AS("exists", p->signer != SIGNER_UNSIGNED),
        BOOL_AS("trusted", is_trusted),
        TEXT_AS("status", is_trusted ? STR("No error.")
                                     : STR("code failed to satisfy specified code requirement(s)")),
        TEXT_AS("signing_id", str_of(p->signing_id)),
        TEXT_AS("team_id", p->team != NULL ? str_of(p->team) : STR_EMPTY),
        TEXT_AS("subject_name", is_apples         ? STR("Software Signing")
                                : p->team != NULL ? STR("Developer ID Application: Invented")
                                                  : STR_EMPTY),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_hash(struct json *j, const void *of)
{
    const struct process *p = of;
    char digits[SHA256_SIZE];
    char sha1[SHA256_SIZE];
    char md5[SHA256_SIZE];
    const struct json_member members[] = {
        TEXT_AS("sha256", sha256_of(p->code, digits)),
        TEXT_AS("sha1", str_to(sha256_of(p->code + 1, sha1), 40)),
        TEXT_AS("md5", str_to(sha256_of(p->code + 2, md5), 32)),
    };
    json_object(j, members, COUNT_OF(members));
}

static str sha256_of(uint64_t code, char out[SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    struct rng rng = rng_of(code, 1);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        out[i] = digits[rng_next(&rng) & 15];
    return (str){ .at = out, .len = SHA256_SIZE };
}

static void write_target(struct json *j, const void *of)
{
    const struct json_member members[] = { PART_AS("process", write_target_process, of) };
    json_object(j, members, COUNT_OF(members));
}

static void write_target_process(struct json *j, const void *of)
{
    const struct happening *e = of;
    const struct process *p = e->target;
    char entity[ENTITY_SIZE];
    const struct json_member members[] = {
        UINT_AS("pid", p->token.pid),
        TEXT_AS("entity_id", entity_of(e->host, &p->token, entity)),
        TEXT_AS("executable", str_of(p->path)),
        TEXT_AS("name", str_base_name(str_of(p->path))),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_effective(struct json *j, const void *of)
{
    const struct happening *e = of;
    const struct token *t = &e->process->responsible;
    char entity[ENTITY_SIZE];
    const struct json_member members[] = {
        UINT_AS("pid", t->pid),
        TEXT_AS("entity_id", entity_of(e->host, t, entity)),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_file(struct json *j, const void *of)
{
    const struct happening *e = of;
    const str path = { .at = e->file->path, .len = e->file->path_len };
    const str name = str_base_name(path);
    const size_t dot = str_rfind_char(name, '.');
    const struct json_member members[] = {
        TEXT_AS("path", path),
        TEXT_AS("name", name),
        TEXT_AS("extension", str_from(name, dot + 1)),
        UINT_AS("size", e->file->size),
        UINT_AS("inode", e->file->inode),
        PART_AS("Ext", write_file_ext, of),  // The last: only a rename has it.
    };
    json_object(j, members, COUNT_OF(members) - (e->original == NULL ? 1 : 0));
}

static void write_file_ext(struct json *j, const void *of)
{
    const struct json_member members[] = { PART_AS("original", write_original, of) };
    json_object(j, members, COUNT_OF(members));
}

static void write_original(struct json *j, const void *of)
{
    const struct happening *e = of;
    const str path = { .at = e->original->path, .len = e->original->path_len };
    const struct json_member members[] = {
        TEXT_AS("path", path),
        TEXT_AS("name", str_base_name(path)),
    };
    json_object(j, members, COUNT_OF(members));
}

static void write_library(struct json *j, const void *of)
{
    const struct file *f = of;
    const str path = { .at = f->path, .len = f->path_len };
    const struct json_member members[] = {
        TEXT_AS("path", path),
        TEXT_AS("name", str_base_name(path)),
    };
    json_object(j, members, COUNT_OF(members));
}

// As Defend makes them: sensor, pid and start, in base64. Here the start stands for the version of
// the pid, which every record of the life of an image has.
static str entity_of(const struct host *h, const struct token *t, char out[ENTITY_SIZE])
{
    char plain[72];
    (void)snprintf(plain, sizeof plain, "5e0a7c1d-%04x-4b52-9c3e-invented%04u-%u-%llu.%u",
                   h->index & 0xffffu, h->index, t->pid,
                   (unsigned long long)(ENTITY_SECONDS + t->pidversion), 0u);
    return base64(str_of(plain), out);
}

static str base64(str text, char *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = 0;
    for (size_t i = 0; i < text.len; i += 3) {
        const size_t left = text.len - i;
        const uint32_t a = (unsigned char)text.at[i];
        const uint32_t b = left > 1 ? (unsigned char)text.at[i + 1] : 0;
        const uint32_t three = a << 16 | b << 8 | (left > 2 ? (unsigned char)text.at[i + 2] : 0);
        out[len++] = letters[three >> 18];
        out[len++] = letters[three >> 12 & 63];
        out[len++] = left > 1 ? letters[three >> 6 & 63] : '=';
        out[len++] = left > 2 ? letters[three & 63] : '=';
    }
    return (str){ .at = out, .len = len };
}
