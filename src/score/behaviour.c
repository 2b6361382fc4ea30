#include "score/behaviour.h"

#define LAUNCHD "platform:com.apple.xpc.launchd"

// Whose identity an object is, or what else it is.
enum object {
    OBJECT_NONE,
    OBJECT_TARGET,
    OBJECT_LIBRARY,
    OBJECT_PROCESS,  // The child; who acts is its parent.
    OBJECT_DYLD_NAMES,
    OBJECT_RUNTIME_NAMES,
    OBJECT_APPLICATION,
};

static bool is_execute(struct signer_facts facts);
static bool is_writable_execute(struct signer_facts facts);
static bool is_foreign_library(struct signer_facts facts);
static bool is_bundle_mapped(struct signer_facts facts);
static bool is_bundle_written(struct signer_facts facts);
static bool is_control_port(struct signer_facts facts);
static bool is_foreign_child(struct signer_facts facts);
static bool has_loader_variables(struct signer_facts facts);
static bool has_runtime_variables(struct signer_facts facts);
static bool is_in_application(struct signer_facts facts);
static bool is_script_engine(struct signer_facts facts);

static const struct kind {
    str name;
    enum action actions[4];
    size_t action_count;
    bool (*holds)(struct signer_facts facts);  // NULL: the action says it all.
    enum object object;
} kinds[] = {
    { STR_INIT("memory-execute"), { ACTION_MPROTECT }, 1, is_execute, OBJECT_NONE },
    { STR_INIT("memory-writable-execute"),
      { ACTION_MPROTECT, ACTION_LOAD, ACTION_MMAP },
      3,
      is_writable_execute,
      OBJECT_NONE },
    { STR_INIT("library-foreign"), { ACTION_LOAD }, 1, is_foreign_library, OBJECT_LIBRARY },
    { STR_INIT("bundle-from-memory"), { ACTION_LOAD }, 1, is_bundle_mapped, OBJECT_NONE },
    { STR_INIT("bundle-from-memory"),
      { ACTION_CREATION, ACTION_RENAME },
      2,
      is_bundle_written,
      OBJECT_NONE },
    { STR_INIT("script-engine"), { ACTION_LOAD }, 1, is_script_engine, OBJECT_NONE },
    { STR_INIT("task-port-control"), { ACTION_PROCESS_OPEN }, 1, is_control_port, OBJECT_TARGET },
    { STR_INIT("remote-thread"), { ACTION_REMOTE_THREAD }, 1, NULL, OBJECT_TARGET },
    { STR_INIT("trace"), { ACTION_TRACE }, 1, NULL, OBJECT_TARGET },
    { STR_INIT("page-invalidated"), { ACTION_CS_INVALIDATED }, 1, NULL, OBJECT_NONE },
    { STR_INIT("child-foreign"), { ACTION_EXEC }, 1, is_foreign_child, OBJECT_PROCESS },
    { STR_INIT("loader-environment"), { ACTION_EXEC }, 1, has_loader_variables, OBJECT_DYLD_NAMES },
    { STR_INIT("runtime-environment"),
      { ACTION_EXEC },
      1,
      has_runtime_variables,
      OBJECT_RUNTIME_NAMES },
    { STR_INIT("file-in-application"),
      { ACTION_CREATION, ACTION_RENAME, ACTION_MODIFICATION, ACTION_WRITE },
      4,
      is_in_application,
      OBJECT_APPLICATION },
    { STR_INIT("launch-item-added"), { ACTION_LAUNCH_ITEM_ADD }, 1, NULL, OBJECT_NONE },
};

static bool is_of(const struct kind *kind, enum action action);
static bool fill(const struct kind *kind, struct signer_facts facts, struct arena *arena,
                 struct behaviour *out);
static void fill_object(const struct kind *kind, struct signer_facts facts, struct arena *arena,
                        struct behaviour *out);
static str names_of(struct value variables, struct arena *arena);
static str application_of(str path);

size_t behaviour_find_all(enum action action, struct signer_facts facts, struct arena *arena,
                          struct behaviour out[BEHAVIOURS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(kinds) && count < BEHAVIOURS_MAX; i++)
        if (is_of(&kinds[i], action) && (kinds[i].holds == NULL || kinds[i].holds(facts)))
            count += fill(&kinds[i], facts, arena, &out[count]);
    return count;
}

bool behaviour_is_of(enum action action)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (is_of(&kinds[i], action))
            return true;
    return false;
}

static bool is_of(const struct kind *kind, enum action action)
{
    for (size_t i = 0; i < kind->action_count; i++)
        if (kind->actions[i] == action)
            return true;
    return false;
}

// False where the act is none of anybody's: launchd starts programs of teams all day long, and who
// starts what is signed by nobody is another matter.
static bool fill(const struct kind *kind, struct signer_facts facts, struct arena *arena,
                 struct behaviour *out)
{
    const bool is_parent = kind->object == OBJECT_PROCESS;
    *out = (struct behaviour){
        .name = kind->name,
        .actor = signer_identity(facts, is_parent ? SIGNER_PARENT : SIGNER_PROCESS, arena),
        .actor_signing_id =
            signer_fact_text(facts, is_parent ? FIELD_PARENT_SIGNING_ID : FIELD_PROCESS_SIGNING_ID),
        .actor_path =
            signer_fact_text(facts, is_parent ? FIELD_PARENT_EXECUTABLE : FIELD_PROCESS_EXECUTABLE),
    };
    fill_object(kind, facts, arena, out);
    out->is_known = out->actor.len > 0 && (kind->object == OBJECT_NONE || out->object.len > 0);
    return !(is_parent && str_eq(out->actor, STR(LAUNCHD)) &&
             str_eq(signer_fact_text(facts, FIELD_PROCESS_SIGNER), STR("foreign")));
}

static void fill_object(const struct kind *kind, struct signer_facts facts, struct arena *arena,
                        struct behaviour *out)
{
    static const struct {
        enum signer_role role;
        enum field signing_id;
        enum field path;
    } others[] = {
        [OBJECT_TARGET] = { SIGNER_TARGET, FIELD_TARGET_SIGNING_ID, FIELD_TARGET_EXECUTABLE },
        [OBJECT_LIBRARY] = { SIGNER_LIBRARY, FIELD_DLL_SIGNING_ID, FIELD_DLL_PATH },
        [OBJECT_PROCESS] = { SIGNER_PROCESS, FIELD_PROCESS_SIGNING_ID, FIELD_PROCESS_EXECUTABLE },
    };
    switch (kind->object) {
    case OBJECT_NONE:
        out->object = STR_EMPTY;
        return;
    case OBJECT_DYLD_NAMES:
        out->object = names_of(signer_fact(facts, FIELD_PROCESS_DYLD_ENV), arena);
        return;
    case OBJECT_RUNTIME_NAMES:
        out->object = names_of(signer_fact(facts, FIELD_PROCESS_RUNTIME_ENV), arena);
        return;
    case OBJECT_APPLICATION:
        out->object = application_of(signer_fact_text(facts, FIELD_FILE_PATH));
        out->object_path = signer_fact_text(facts, FIELD_FILE_PATH);
        return;
    default:
        out->object = signer_identity(facts, others[kind->object].role, arena);
        out->object_signing_id = signer_fact_text(facts, others[kind->object].signing_id);
        out->object_path = signer_fact_text(facts, others[kind->object].path);
        return;
    }
}

// Each once, in order, with a comma between: who sets the same variables does the same.
static str names_of(struct value variables, struct arena *arena)
{
    str names[BEHAVIOUR_NAMES_MAX];
    str joined = STR_EMPTY;
    size_t count = 0;
    if (variables.type != VALUE_LIST || variables.len > BEHAVIOUR_NAMES_MAX)
        return STR_EMPTY;
    for (uint32_t i = 0; i < variables.len; i++) {
        if (variables.list[i].type != VALUE_TEXT)
            return STR_EMPTY;
        const str text = value_str(variables.list[i]);
        const str name = str_to(text, str_find_char(text, '='));
        size_t at = 0;
        while (at < count && str_cmp(names[at], name) < 0)
            at++;
        if (at < count && str_eq(names[at], name))
            continue;
        memmove(&names[at + 1], &names[at], (count - at) * sizeof *names);
        names[at] = name;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        joined = arena_printf(arena, "%.*s%s%.*s", STR_ARG(joined), i == 0 ? "" : ",",
                              STR_ARG(names[i]));
    return joined.len <= BEHAVIOUR_OBJECT_MAX ? joined : STR_EMPTY;
}

// "X.app" of ".../X.app/Contents/...": the outermost.
static str application_of(str path)
{
    const size_t at = str_find(path, STR(".app/Contents/"));
    if (at == path.len)
        return STR_EMPTY;
    const str bundle = str_base_name(str_to(path, at + 4));
    return bundle.len <= BEHAVIOUR_OBJECT_MAX ? bundle : STR_EMPTY;
}

static bool asks_for(struct signer_facts facts, char letter)
{
    const str protection = signer_fact_text(facts, FIELD_API_PROTECTION);
    return str_find_char(protection, letter) < protection.len;
}

static bool is_execute(struct signer_facts facts)
{
    return asks_for(facts, 'X') && !asks_for(facts, 'W');
}

static bool is_writable_execute(struct signer_facts facts)
{
    return asks_for(facts, 'X') && asks_for(facts, 'W');
}

static bool is_foreign_library(struct signer_facts facts)
{
    const str signer = signer_fact_text(facts, FIELD_DLL_SIGNER);
    return !str_eq(signer, STR("platform")) && !str_eq(signer, STR("same_team"));
}

static bool is_bundle(str path)
{
    return str_starts_with(str_base_name(path), STR("NSCreateObjectFileImageFromMemory-"));
}

static bool is_bundle_mapped(struct signer_facts facts)
{
    return is_bundle(signer_fact_text(facts, FIELD_DLL_PATH));
}

static bool is_bundle_written(struct signer_facts facts)
{
    return is_bundle(signer_fact_text(facts, FIELD_FILE_PATH));
}

// The components behind the Open Scripting Architecture; osascript and the like are parts of macOS.
static bool is_script_engine(struct signer_facts facts)
{
    static const str engines[] = {
        STR_INIT("/System/Library/Components/JavaScript.component/"),
        STR_INIT("/System/Library/Components/AppleScript.component/"),
        STR_INIT("/System/Library/ScriptingAdditions/StandardAdditions.osax/"),
    };
    const str path = signer_fact_text(facts, FIELD_DLL_PATH);
    for (size_t i = 0; i < COUNT_OF(engines); i++)
        if (str_starts_with(path, engines[i]))
            return !signer_fact_is(facts, FIELD_PROCESS_CS_PLATFORM, true);
    return false;
}

// A port of which the kind is not told may be one.
static bool is_control_port(struct signer_facts facts)
{
    const str port = signer_fact_text(facts, FIELD_API_PORT);
    return port.len == 0 || str_eq(port, STR("control"));
}

static bool is_foreign_child(struct signer_facts facts)
{
    const str signer = signer_fact_text(facts, FIELD_PROCESS_SIGNER);
    return signer.len > 0 && !str_eq(signer, STR("platform")) && !str_eq(signer, STR("same_team"));
}

static bool has_loader_variables(struct signer_facts facts)
{
    const struct value v = signer_fact(facts, FIELD_PROCESS_DYLD_ENV);
    return v.type == VALUE_LIST && v.len > 0;
}

static bool has_runtime_variables(struct signer_facts facts)
{
    const struct value v = signer_fact(facts, FIELD_PROCESS_RUNTIME_ENV);
    return v.type == VALUE_LIST && v.len > 0;
}

static bool is_in_application(struct signer_facts facts)
{
    const str path = signer_fact_text(facts, FIELD_FILE_PATH);
    return signer_fact_is(facts, FIELD_FILE_BY_OWNER, false) &&
           str_find(path, STR(".app/Contents/")) < path.len;
}

void behaviour_want(struct projection *projection)
{
    static const enum field asked[] = {
        FIELD_EVENT_MERGED,      FIELD_PROCESS_CONTEXT,   FIELD_PROCESS_EXECUTABLE,
        FIELD_PROCESS_SIGNER,    FIELD_PROCESS_DYLD_ENV,  FIELD_PROCESS_RUNTIME_ENV,
        FIELD_PARENT_EXECUTABLE, FIELD_TARGET_EXECUTABLE, FIELD_API_PROTECTION,
        FIELD_API_PORT,          FIELD_DLL_PATH,          FIELD_DLL_SIGNER,
        FIELD_FILE_PATH,         FIELD_FILE_BY_OWNER,
    };
    for (size_t a = 0; a < ACTION_COUNT; a++) {
        if (!behaviour_is_of((enum action)a))
            continue;
        for (size_t i = 0; i < COUNT_OF(asked); i++)
            projection_want(projection, (enum action)a, asked[i]);
        for (size_t role = 0; role < SIGNER_ROLE_COUNT; role++)
            signer_want(projection, (enum action)a, (enum signer_role)role);
    }
}

size_t behaviour_count(void)
{
    return COUNT_OF(kinds);
}
