// The processes of an ECS document, who signed them, and the library that one of them loaded.

#include "decode/elastic.h"

#include <limits.h>

#define ENTITY_TAIL 48u  // Letters at the end of an entity's name that hold pid and start.
#define LETTERS     4u   // That are three octets.

static bool take_process(struct decoding *c, const struct elastic_process *from,
                         struct process_facts *out);
static void take_details(struct decoding *c, const struct elastic_process *p);
static void take_arguments(struct decoding *c, const struct elastic_process *p);
static void take_parent(struct decoding *c, const struct elastic_record *r);
static void take_parent_slots(struct decoding *c, const struct elastic_process *parent);
static void take_target(struct decoding *c, const struct elastic_record *r);
static struct process_id identity(struct decoding *c, yyjson_val *pid, yyjson_val *entity_id);
static bool is_told(struct process_id id);
static void take_signature(struct decoding *c, const struct elastic_signature *s,
                           struct process_facts *out);
static bool is_apples_own(struct decoding *c, const struct elastic_signature *s, bool is_valid);
static bool is_signature_told(const struct elastic_signature *s);
static int64_t pid_of_entity(str entity);
static size_t decode_letters(str text, char *out);

bool decode_elastic_processes(struct decoding *c, const struct elastic_record *r)
{
    struct event *event = c->event;
    if (!take_process(c, &r->process, &event->process)) {
        const bool is_about_process =
            (action_traits[event->action].categories & CATEGORY_PROCESS) != 0;
        const bool is_odd = r->process.pid != NULL && !yyjson_is_null(r->process.pid);
        int64_t pid;
        if (is_odd)
            return decode_refuse(c,
                                 decode_int(decode_elastic_one(r->process.pid), 0, INT32_MAX, &pid),
                                 "process.pid", NULL);
        // A file that is watched, or a rule that counts, knows of no process.
        if (is_about_process || r->process.executable != NULL || r->process.name != NULL)
            return decode_refuse(c, DECODE_DROP_MISSING_KEY, "process.pid", NULL);
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "says of no process", NULL);
    }
    event->process.euid = decode_elastic_number(c, r->user.id, UINT32_MAX);
    decode_elastic_take(c, FIELD_USER_NAME, r->user.name);
    take_details(c, &r->process);
    // The age is that at the process's start, whichever event tells it.
    if (event->action == ACTION_EXEC && decode_wants_executable_born(c))
        event->executable_born_ns = decode_elastic_born(c, r->age);
    take_parent(c, r);
    take_target(c, r);

    // Who is responsible: of what a process did, and of its start.
    event->process.responsible = identity(c, r->effective.pid, r->effective.entity_id);
    if (!is_told(event->process.responsible))
        event->process.responsible =
            identity(c, r->effective_parent.pid, r->effective_parent.entity_id);
    return true;
}

// False where it is not said which process.
static bool take_process(struct decoding *c, const struct elastic_process *from,
                         struct process_facts *out)
{
    const struct process_id id = identity(c, from->pid, from->entity_id);
    if (!is_told(id))
        return false;
    out->present = true;
    out->id = id;
    out->executable = decode_elastic_text(c, from->executable);
    out->cdhash = decode_elastic_text(c, from->cdhash);
    if (from->start != NULL && !yyjson_is_null(from->start))
        (void)decode_elastic_time(c, from->start, &out->id.start_ns);
    take_signature(c, &from->signature, out);
    return true;
}

static struct process_id identity(struct decoding *c, yyjson_val *pid, yyjson_val *entity_id)
{
    struct process_id id = PROCESS_ID_NONE;
    id.pid = decode_elastic_number(c, pid, INT32_MAX);
    id.entity = decode_elastic_text(c, entity_id);
    return id;
}

static bool is_told(struct process_id id)
{
    return id.pid >= 0 || id.entity.len > 0;
}

static void take_details(struct decoding *c, const struct elastic_process *p)
{
    const str sha256 = decode_elastic_text(c, p->sha256);
    decode_set_text(c, FIELD_PROCESS_HASH_SHA256, sha256);
    if (c->event->process.executable.len == 0)
        decode_elastic_take(c, FIELD_PROCESS_NAME, p->name);
    if (c->event->process.id.start_ns > 0)
        decode_set(c, FIELD_PROCESS_START, value_of_int(c->event->process.id.start_ns));
    take_arguments(c, p);
    if (c->event->action == ACTION_EXEC) {
        decode_env(c, p->env_vars);
        decode_elastic_take(c, FIELD_PROCESS_WORKING_DIRECTORY, p->working_directory);
    }
    // A fork's record has one too, of a process that has just begun.
    const int64_t code =
        c->event->action == ACTION_END ? decode_elastic_number(c, p->exit_code, UINT32_MAX) : -1;
    if (code >= 0)
        decode_set(c, FIELD_PROCESS_EXIT_CODE, value_of_int(code));
}

// The list, and where there is none the line; or nothing but how many.
static void take_arguments(struct decoding *c, const struct elastic_process *p)
{
    if (yyjson_is_arr(p->args) && yyjson_arr_size(p->args) > 0) {
        decode_args(c, p->args);
        return;
    }
    if (yyjson_is_str(p->args)) {
        const struct value only = value_of_text(decode_elastic_text(c, p->args));
        decode_args_of(c, &only, 1);
        return;
    }
    const str line = decode_elastic_text(c, p->command_line);
    if (line.len > 0) {
        decode_command_line(c, line);
        return;
    }
    const int64_t count = decode_elastic_number(c, p->args_count, INT32_MAX);
    if (count >= 0)
        decode_set(c, FIELD_PROCESS_ARGS_COUNT, value_of_int(count));
}

// Where a process execs, Elastic Defend gives the image before, of the same pid, as its parent's
// entity; pid, executable and signature beside that are the true parent's. Names that do not say
// which pid they are of are taken as they are.
static void take_parent(struct decoding *c, const struct elastic_record *r)
{
    struct event *event = c->event;
    const int64_t own = event->process.id.pid;
    struct process_id parent = identity(c, r->parent.pid, r->parent.entity_id);
    // Of a process that has started before, the pid is enough to find the parent, and costs less.
    const bool is_start = event->action == ACTION_EXEC || event->action == ACTION_FORK;
    const int64_t named = is_start || parent.pid < 0 ? pid_of_entity(parent.entity) : -1;
    if (event->action == ACTION_EXEC && named >= 0 && named == own) {
        event->previous.present = true;
        event->previous.id = PROCESS_ID_NONE;
        event->previous.id.pid = own;
        event->previous.id.entity = parent.entity;
    }
    if (parent.pid >= 0 && (!is_start || (named >= 0 && named != parent.pid)))
        parent.entity = STR_EMPTY;
    event->process.parent = parent;
    if (event->action == ACTION_FORK)
        (void)take_process(c, &r->parent, &event->previous);
    take_parent_slots(c, &r->parent);
}

static void take_parent_slots(struct decoding *c, const struct elastic_process *parent)
{
    const bool is_wanted =
        c->wanted_ever[FIELD_PARENT_EXECUTABLE] || c->wanted_ever[FIELD_PARENT_NAME];
    const str executable = is_wanted ? decode_elastic_text(c, parent->executable) : STR_EMPTY;
    const struct elastic_signature *s = &parent->signature;
    if (executable.len > 0) {
        decode_set(c, FIELD_PARENT_EXECUTABLE, value_of_text(executable));
        decode_set(c, FIELD_PARENT_NAME, value_of_text(str_base_name(executable)));
    }
    decode_elastic_take(c, FIELD_PARENT_SIGNING_ID, s->signing_id);
    decode_elastic_take(c, FIELD_PARENT_TEAM_ID, s->team_id);
    if (s->trusted != NULL)
        decode_set(c, FIELD_PARENT_SIGNATURE_TRUSTED,
                   value_of_bool(decode_elastic_is(c, s->trusted)));
}

// Records of starts and ends have a "Target" at times that is none.
static void take_target(struct decoding *c, const struct elastic_record *r)
{
    const enum action action = c->event->action;
    if (action != ACTION_EXEC && action != ACTION_FORK && action != ACTION_END)
        (void)take_process(c, &r->target, &c->event->target);
}

// "flags" are the kernel's own, as a number in text; few producers have them. Nothing else of a
// signature says that it is ad hoc.
static void take_signature(struct decoding *c, const struct elastic_signature *s,
                           struct process_facts *out)
{
    if (!is_signature_told(s))
        return;
    const int64_t flags = decode_elastic_number(c, s->flags, UINT32_MAX);
    const bool is_trusted = decode_elastic_is(c, s->trusted);
    const bool is_valid = decode_elastic_is(c, s->valid) || is_trusted;
    out->cs_told = true;
    out->signing_id = decode_elastic_text(c, s->signing_id);
    out->team_id = decode_elastic_text(c, s->team_id);
    out->is_platform = is_apples_own(c, s, is_valid);
    if (flags >= 0) {
        out->cs_flags = (uint32_t)flags;
        out->is_platform |= (out->cs_flags & CS_PLATFORM_BINARY) != 0;
        return;
    }
    if (decode_elastic_is(c, s->exists) || is_valid)
        out->cs_flags |= CS_SIGNED;
    if (is_valid)
        out->cs_flags |= CS_VALID;
}

// Apple signs what is part of macOS with a certificate of this name (codesign -dvv shows it as the
// first authority), and what it sells or distributes apart with others: "Apple Mac OS Application
// Signing", "Developer ID Application: ...". Only Apple's chain makes the signature a trusted one.
static bool is_apples_own(struct decoding *c, const struct elastic_signature *s, bool is_valid)
{
    return is_valid && str_eq(decode_elastic_text(c, s->subject_name), STR("Software Signing")) &&
           decode_elastic_text(c, s->team_id).len == 0;
}

static bool is_signature_told(const struct elastic_signature *s)
{
    yyjson_val *const told[] = { s->exists, s->trusted, s->valid, s->flags };
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        yyjson_val *val = decode_elastic_one(told[i]);
        if (val != NULL && !yyjson_is_null(val))
            return true;
    }
    return false;
}

void decode_elastic_library(struct decoding *c, const struct elastic_record *r)
{
    const struct elastic_signature *s = &r->dll.signature;
    struct library_facts *library = &c->event->library;
    const str cdhash = decode_elastic_text(c, r->dll.cdhash);
    str path = decode_elastic_text(c, r->dll.path);
    if (path.len == 0 && c->event->action == ACTION_LOAD)
        path = decode_elastic_text(c, r->file.path);
    decode_set_library(c, path);
    decode_set_text(c, FIELD_DLL_HASH_CDHASH, cdhash);
    decode_elastic_take(c, FIELD_DLL_SIGNING_ID, s->signing_id);
    decode_set_text(c, FIELD_DLL_TEAM_ID, decode_elastic_text(c, s->team_id));
    if (c->event->action == ACTION_LOAD && decode_wants_library_born(c))
        library->born_ns = decode_elastic_born(c, r->dll.age);
    if (!is_signature_told(s))
        return;
    const int64_t flags = decode_elastic_number(c, s->flags, UINT32_MAX);
    library->told = true;
    library->is_signed = decode_elastic_is(c, s->trusted) || decode_elastic_is(c, s->valid);
    library->is_platform = is_apples_own(c, s, library->is_signed);
    library->is_adhoc = flags >= 0 && ((uint32_t)flags & CS_ADHOC) != 0;
}

// Elastic Defend makes an entity's name of its own id, the pid and the start, with '-' between them,
// in base64: only the end is looked at. -1 where it is made otherwise.
static int64_t pid_of_entity(str entity)
{
    char plain[ENTITY_TAIL];
    int64_t pid;
    const size_t skipped =
        entity.len > ENTITY_TAIL ? (entity.len - ENTITY_TAIL + LETTERS - 1) / LETTERS * LETTERS : 0;
    str text = { .at = plain, .len = decode_letters(str_from(entity, skipped), plain) };
    const size_t last = str_rfind_char(text, '-');
    if (last >= text.len)
        return -1;
    text = str_to(text, last);
    const size_t before = str_rfind_char(text, '-');
    return before < last && str_to_i64(str_from(text, before + 1), &pid) ? pid : -1;
}

// base64; 0 where it is something else. `out` has room for as many octets as there are letters.
static size_t decode_letters(str text, char *out)
{
    // One more than their values.
    static const unsigned char values[UCHAR_MAX + 1] = {
        ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,
        ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
        ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
        ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
        ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
        ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
        ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
        ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
        ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
        ['/'] = 64,
    };
    uint32_t bits = 0;
    size_t len = 0;
    while (text.len > 0 && text.at[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        const uint32_t value = values[(unsigned char)text.at[i]];
        if (value == 0)
            return 0;
        bits = bits << 6 | (value - 1);
        // The first letter of four ends no octet, the others each one.
        const unsigned left = 2 * (LETTERS - 1 - i % LETTERS);
        if (i % LETTERS != 0)
            out[len++] = (char)(bits >> left & 0xff);
    }
    return len;
}
