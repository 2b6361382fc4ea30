// OCSF's classes of activity: which activities are events, and what each puts into the slots.

#include "decode/ocsf.h"

#define LAUNCH_FORK      2
#define LAUNCH_EXEC      3
#define INJECTION_THREAD 1
#define INBOUND          1

static bool launch(struct decoding *c, const struct json_index *record);
static bool terminate(struct decoding *c, const struct json_index *record);
static bool open_process(struct decoding *c, const struct json_index *record);
static bool inject(struct decoding *c, const struct json_index *record);
static bool set_user(struct decoding *c, const struct json_index *record);
static bool load(struct decoding *c, const struct json_index *record);
static bool change_memory(struct decoding *c, const struct json_index *record);
static bool access_memory(struct decoding *c, const struct json_index *record);
static bool touch_file(struct decoding *c, const struct json_index *record);
static bool rename_file(struct decoding *c, const struct json_index *record);
static bool connect_to(struct decoding *c, const struct json_index *record);

static yyjson_val *actor_process(struct decoding *c, const struct json_index *record);
static bool take_actor(struct decoding *c, const struct json_index *record);
static bool take_actor_and_target(struct decoding *c, const struct json_index *record);
static void take_parent(struct decoding *c, yyjson_val *parent);
static void take_environment(struct decoding *c, yyjson_val *variables);
static void take_cdhash(struct decoding *c, const struct json_index *record);
static void take_api(struct decoding *c, const struct json_index *record);
static void take_protection(struct decoding *c, yyjson_val *permissions);
static int64_t protection_of(str names);

#define KIND(class_uid, activity, name, identifier, decoder)              \
    {                                                                     \
        class_uid, activity, STR_INIT(name), ACTION_##identifier, decoder \
    }

static const struct ocsf_kind kinds[] = {
    KIND(1007, 1, "Launch", EXEC, launch),
    KIND(1007, 2, "Terminate", END, terminate),
    KIND(1007, 3, "Open", PROCESS_OPEN, open_process),
    KIND(1007, 4, "Inject", PROCESS_OPEN, inject),
    KIND(1007, 5, "Set User ID", SETUID, set_user),
    KIND(1005, 1, "Load", LOAD, load),
    KIND(1004, 1, "Allocate Page", MMAP, change_memory),
    KIND(1004, 2, "Modify Page", MPROTECT, change_memory),
    KIND(1004, 7, "Read", PROCESS_OPEN, access_memory),
    KIND(1004, 8, "Write", PROCESS_OPEN, access_memory),
    KIND(1004, 9, "Map View", MMAP, change_memory),
    KIND(1001, 1, "Create", CREATION, touch_file),
    KIND(1001, 2, "Read", OPEN, touch_file),
    KIND(1001, 3, "Update", MODIFICATION, touch_file),
    KIND(1001, 4, "Delete", DELETION, touch_file),
    KIND(1001, 5, "Rename", RENAME, rename_file),
    KIND(1001, 14, "Open", OPEN, touch_file),
    KIND(4001, 1, "Open", CONNECT, connect_to),
};

const struct ocsf_kind *decode_ocsf_kind(int64_t class_uid, int64_t activity, str activity_name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].class_uid == class_uid &&
            (activity < 0 ? str_eq_nocase(kinds[i].activity_name, activity_name)
                          : kinds[i].activity == activity))
            return &kinds[i];
    return NULL;
}

// The actor is who asked for it: the parent where the launch is one step or a fork, the image
// before where it is an exec, with the same pid.
static bool launch(struct decoding *c, const struct json_index *record)
{
    yyjson_val *process = JSON_GET(record, "process");
    yyjson_val *actor = actor_process(c, record);
    yyjson_val *parent = yyjson_obj_get(process, "parent_process");
    const int64_t type = decode_ocsf_int(c, JSON_GET(record, "launch_type_id"), INT32_MAX);
    if (!decode_ocsf_process(c, process, "process"))
        return false;

    const bool is_replaced = type == LAUNCH_EXEC && decode_ocsf_is_same(c, actor, process);
    if (is_replaced || type == LAUNCH_FORK)
        decode_ocsf_previous(c, actor, &c->event->previous);
    if (type == LAUNCH_FORK)
        c->event->action = ACTION_FORK;
    take_parent(c, decode_ocsf_is_named(c, parent) || is_replaced ? parent : actor);
    take_environment(c, yyjson_obj_get(process, "environment_variables"));
    take_cdhash(c, record);
    return true;
}

// What the record says of the parent stands until the table of processes knows better.
static void take_parent(struct decoding *c, yyjson_val *parent)
{
    struct ocsf_file file;
    const struct process_id id = decode_ocsf_process_id(c, parent);
    if (id.pid < 0 && id.entity.len == 0)
        return;
    c->event->process.parent = id;
    decode_ocsf_file(c, decode_ocsf_object(c, parent, "file"), &file);
    decode_set_text(c, FIELD_PARENT_EXECUTABLE, file.path);
    decode_set_text(c, FIELD_PARENT_NAME,
                    file.path.len > 0 ? str_base_name(file.path)
                                      : decode_ocsf_text(c, parent, "name"));
}

// From 1.5 on: a list of names and values.
static void take_environment(struct decoding *c, yyjson_val *variables)
{
    struct json_elements e = json_elements_of(variables);
    const size_t count = e.left < DECODE_LIST_MAX ? e.left : DECODE_LIST_MAX;
    c->is_list_cut |= count < e.left;
    if (count == 0)
        return;
    struct value *texts = arena_alloc(&c->batch->arena, count * sizeof *texts);
    size_t kept = 0;
    for (size_t i = 0; i < count && json_take_element(&e); i++) {
        const str name = decode_ocsf_text(c, e.val, "name");
        const str value = decode_ocsf_text(c, e.val, "value");
        if (name.len > 0)
            texts[kept++] = value_of_text(
                arena_printf(&c->batch->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(value)));
    }
    decode_env_of(c, texts, kept);
}

// Not in the schema; where a product left it over, it is of the process that was launched.
static void take_cdhash(struct decoding *c, const struct json_index *record)
{
    yyjson_val *unmapped = decode_ocsf_object(c, record->object, "unmapped");
    struct process_facts *process = &c->event->process;
    yyjson_val *cdhash = decode_at(unmapped, STR("process.cdhash"));
    if (cdhash == NULL)
        cdhash = yyjson_obj_get(unmapped, "cdhash");
    if (process->cdhash.len == 0)
        process->cdhash = decode_text(c, cdhash);
}

// Both are the one that ends, as a rule; where another asked for it, that one has done no more.
static bool terminate(struct decoding *c, const struct json_index *record)
{
    const int64_t code = decode_ocsf_int(c, JSON_GET(record, "exit_code"), INT32_MAX);
    if (!decode_ocsf_process(c, JSON_GET(record, "process"), "process"))
        return false;
    if (code >= 0)
        decode_set(c, FIELD_PROCESS_EXIT_CODE, value_of_int(code));
    return true;
}

static bool open_process(struct decoding *c, const struct json_index *record)
{
    return take_actor_and_target(c, record);
}

// "To execute code within the context of a process". Only a thread is said to be one; of the other
// ways we know that the process was reached into, and which library was to be put there.
static bool inject(struct decoding *c, const struct json_index *record)
{
    const int64_t type = decode_ocsf_int(c, JSON_GET(record, "injection_type_id"), INT32_MAX);
    const str name = decode_ocsf_text(c, record->object, "injection_type");
    if (!take_actor_and_target(c, record))
        return false;
    if (type == INJECTION_THREAD || (type < 0 && str_eq_nocase(name, STR("Remote Thread"))))
        c->event->action = ACTION_REMOTE_THREAD;
    if (decode_ocsf_object(c, record->object, "module") != NULL)
        decode_ocsf_module(c, JSON_GET(record, "module"));
    return true;
}

static bool set_user(struct decoding *c, const struct json_index *record)
{
    yyjson_val *process = JSON_GET(record, "process");
    return decode_ocsf_is_named(c, process) ? decode_ocsf_process(c, process, "process")
                                            : take_actor(c, record);
}

static bool load(struct decoding *c, const struct json_index *record)
{
    if (!take_actor(c, record))
        return false;
    take_api(c, record);
    decode_ocsf_module(c, decode_ocsf_object(c, record->object, "module"));
    return true;
}

// `process` is the one whose memory it is.
static bool change_memory(struct decoding *c, const struct json_index *record)
{
    yyjson_val *process = JSON_GET(record, "process");
    yyjson_val *actor = actor_process(c, record);
    yyjson_val *requested = JSON_GET(record, "requested_permissions");
    const bool is_other = decode_ocsf_is_named(c, actor) && !decode_ocsf_is_same(c, actor, process);
    if (is_other ? !take_actor_and_target(c, record) : !decode_ocsf_process(c, process, "process"))
        return false;

    take_api(c, record);
    take_protection(c, requested == NULL || yyjson_is_null(requested)
                           ? JSON_GET(record, "actual_permissions")
                           : requested);
    decode_set(c, FIELD_API_ADDRESS, decode_ocsf_address(c, JSON_GET(record, "base_address")));
    decode_set(c, FIELD_API_SIZE, decode_ocsf_address(c, JSON_GET(record, "size")));
    return true;
}

// Of another process's memory. A process that reads its own has done nothing.
static bool access_memory(struct decoding *c, const struct json_index *record)
{
    yyjson_val *process = JSON_GET(record, "process");
    yyjson_val *actor = actor_process(c, record);
    if (actor == NULL || decode_ocsf_is_same(c, actor, process))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a process's own memory", NULL);
    return take_actor_and_target(c, record);
}

// A mask "in a platform-native format", which on Darwin is that of <mach/vm_prot.h>. Some write the
// bits' names.
static void take_protection(struct decoding *c, yyjson_val *permissions)
{
    static const str texts[] = {
        STR_INIT("---"), STR_INIT("R--"), STR_INIT("-W-"), STR_INIT("RW-"),
        STR_INIT("--X"), STR_INIT("R-X"), STR_INIT("-WX"), STR_INIT("RWX"),
    };
    int64_t bits = -1;
    int64_t n;
    if (permissions == NULL || yyjson_is_null(permissions))
        return;
    if (yyjson_is_str(permissions) && !str_to_i64(json_str(permissions), &n))
        bits = protection_of(json_str(permissions));
    else
        bits = decode_ocsf_int(c, permissions, INT64_MAX);
    c->is_value_odd |= bits < 0;
    if (bits >= 0)
        decode_set(c, FIELD_API_PROTECTION, value_of_text(texts[bits & 7]));
}

// "R-X", "rwx", "VM_PROT_READ|VM_PROT_EXECUTE", "read, write"; -1 where it is none of these.
static int64_t protection_of(str names)
{
    int64_t bits = 0;
    bool is_short = names.len > 0 && names.len <= 3;
    for (size_t i = 0; i < names.len && is_short; i++) {
        const char lower = (char)(names.at[i] | 0x20);
        bits |= lower == 'r' ? PROTECTION_READ : 0;
        bits |= lower == 'w' ? PROTECTION_WRITE : 0;
        bits |= lower == 'x' ? PROTECTION_EXECUTE : 0;
        is_short = lower == 'r' || lower == 'w' || lower == 'x' || names.at[i] == '-';
    }
    if (is_short)
        return bits;
    bits = (str_contains_nocase(names, STR("read")) ? PROTECTION_READ : 0) |
           (str_contains_nocase(names, STR("write")) ? PROTECTION_WRITE : 0) |
           (str_contains_nocase(names, STR("exec")) ? PROTECTION_EXECUTE : 0);
    return bits != 0 || str_contains_nocase(names, STR("none")) ? bits : -1;
}

static bool touch_file(struct decoding *c, const struct json_index *record)
{
    yyjson_val *file = decode_ocsf_object(c, record->object, "file");
    if (!take_actor(c, record))
        return false;
    decode_set_file(c, decode_ocsf_text(c, file, "path"));
    decode_set(c, FIELD_FILE_SIZE, decode_ocsf_address(c, yyjson_obj_get(file, "size")));
    return true;
}

// `file` is what was renamed, `file_result` what it has become.
static bool rename_file(struct decoding *c, const struct json_index *record)
{
    yyjson_val *result = decode_ocsf_object(c, record->object, "file_result");
    yyjson_val *file = decode_ocsf_object(c, record->object, "file");
    if (!take_actor(c, record))
        return false;
    decode_set_file(c, decode_ocsf_text(c, result, "path"));
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH, decode_ocsf_text(c, file, "path"));
    decode_set(c, FIELD_FILE_SIZE, decode_ocsf_address(c, yyjson_obj_get(result, "size")));
    return true;
}

static bool connect_to(struct decoding *c, const struct json_index *record)
{
    yyjson_val *connection = decode_ocsf_object(c, record->object, "connection_info");
    const int64_t direction =
        decode_ocsf_int(c, yyjson_obj_get(connection, "direction_id"), INT32_MAX);
    if (!take_actor(c, record))
        return false;
    if (direction == INBOUND)
        c->event->action = ACTION_ACCEPT;
    decode_ocsf_endpoint(
        c, decode_ocsf_object(c, record->object,
                              direction == INBOUND ? "src_endpoint" : "dst_endpoint"));
    return true;
}

static yyjson_val *actor_process(struct decoding *c, const struct json_index *record)
{
    return decode_ocsf_object(c, decode_ocsf_object(c, record->object, "actor"), "process");
}

// The host profile puts the actor into every class; some products know only `process`.
static bool take_actor(struct decoding *c, const struct json_index *record)
{
    yyjson_val *actor = decode_ocsf_object(c, record->object, "actor");
    yyjson_val *process = yyjson_obj_get(actor, "process");
    yyjson_val *other = JSON_GET(record, "process");
    const bool is_other = !decode_ocsf_is_named(c, process) && decode_ocsf_is_named(c, other);
    if (!decode_ocsf_process(c, is_other ? other : process, "actor.process"))
        return false;
    if (!is_other)
        decode_ocsf_user(c, decode_ocsf_object(c, actor, "user"));
    return true;
}

static bool take_actor_and_target(struct decoding *c, const struct json_index *record)
{
    yyjson_val *actor = decode_ocsf_object(c, record->object, "actor");
    if (!decode_ocsf_process(c, yyjson_obj_get(actor, "process"), "actor.process") ||
        !decode_ocsf_target(c, JSON_GET(record, "process"), "process"))
        return false;
    decode_ocsf_user(c, decode_ocsf_object(c, actor, "user"));
    take_api(c, record);
    return true;
}

static void take_api(struct decoding *c, const struct json_index *record)
{
    decode_set_text(c, FIELD_API_NAME,
                    decode_ocsf_text(c, decode_ocsf_object(c, record->object, "api"), "operation"));
}
