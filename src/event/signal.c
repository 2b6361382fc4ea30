#include "event/signal.h"

const struct signal_traits signal_traits[SIGNAL_COUNT] = {
#define SIGNAL(identifier, signal_name, signal_kind, signal_meaning) \
    [SIGNAL_##identifier] = { STR_INIT(signal_name), STR_INIT(signal_meaning), signal_kind },
    SIGNALS(SIGNAL)
#undef SIGNAL
};

// Fields that say nothing where the fact is not told. What every record has is not among them.
static const struct {
    enum field field;
    enum signal fact;
} fact_fields[] = {
    { FIELD_MACHO_NATIVE_API, SIGNAL_LINKAGE },
    { FIELD_MACHO_BECAUSE, SIGNAL_LINKAGE },
    { FIELD_MACHO_FRAMEWORKS, SIGNAL_LINKAGE },
    { FIELD_MACHO_JIT_DECLARED, SIGNAL_LINKAGE },
    { FIELD_DLL_SIGNER, SIGNAL_LIBRARY_IDENTITY },
    { FIELD_DLL_TEAM_ID, SIGNAL_LIBRARY_IDENTITY },
    { FIELD_DLL_SIGNING_ID, SIGNAL_LIBRARY_IDENTITY },
    { FIELD_DLL_HASH_CDHASH, SIGNAL_LIBRARY_IDENTITY },
    { FIELD_DLL_CDHASH_NEW, SIGNAL_LIBRARY_IDENTITY },
    { FIELD_PARENT_EXECUTABLE, SIGNAL_PARENT },
    { FIELD_PARENT_NAME, SIGNAL_PARENT },
    { FIELD_PARENT_SIGNING_ID, SIGNAL_PARENT },
    { FIELD_PARENT_TEAM_ID, SIGNAL_PARENT },
    { FIELD_PARENT_SIGNATURE_TRUSTED, SIGNAL_PARENT },
    { FIELD_PARENT_KNOWN, SIGNAL_PARENT },
    { FIELD_PARENT_PATH_CLASS, SIGNAL_PARENT },
    { FIELD_PARENT_PLATFORM, SIGNAL_PARENT },
    { FIELD_PARENT_DEBUGGER, SIGNAL_PARENT },
    { FIELD_PARENT_CS_GET_TASK_ALLOW, SIGNAL_PARENT },
    { FIELD_TARGET_IS_CHILD, SIGNAL_PARENT },
    { FIELD_PROCESS_HASH_CDHASH, SIGNAL_CDHASH },
    { FIELD_TARGET_HASH_CDHASH, SIGNAL_CDHASH },
    { FIELD_PROCESS_CDHASH_NEW, SIGNAL_CDHASH },
    { FIELD_PROCESS_ARGS, SIGNAL_ARGUMENTS },
    { FIELD_PROCESS_ARGS_COUNT, SIGNAL_ARGUMENTS },
    { FIELD_PROCESS_COMMAND_LINE, SIGNAL_ARGUMENTS },
    { FIELD_PROCESS_ENV_VARS, SIGNAL_ENVIRONMENT },
    { FIELD_PROCESS_DYLD_ENV, SIGNAL_ENVIRONMENT },
    { FIELD_PROCESS_RUNTIME_ENV, SIGNAL_ENVIRONMENT },
    { FIELD_DLL_FROM_ENV, SIGNAL_ENVIRONMENT },
    { FIELD_PROCESS_SIGNING_ID, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_TEAM_ID, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_SIGNATURE_EXISTS, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_SIGNATURE_VALID, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_SIGNATURE_TRUSTED, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_FLAGS, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_PLATFORM, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_ADHOC, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_HARD, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_RUNTIME, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_LIBRARY_VALIDATION, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_GET_TASK_ALLOW, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CS_DEBUGGED, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_TEAM_CHANGED, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_DEBUGGER, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_CONTEXT, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_SIGNER, SIGNAL_SIGNATURE },  // And of the parent, but one signal must do.
    { FIELD_PROCESS_PLUGIN_HOST, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_INSTALLER, SIGNAL_SIGNATURE },
    { FIELD_PROCESS_UPDATER, SIGNAL_SIGNATURE },
    { FIELD_TARGET_SIGNING_ID, SIGNAL_SIGNATURE },
    { FIELD_TARGET_TEAM_ID, SIGNAL_SIGNATURE },
    { FIELD_TARGET_SIGNATURE_TRUSTED, SIGNAL_SIGNATURE },
    { FIELD_TARGET_CS_GET_TASK_ALLOW, SIGNAL_SIGNATURE },
    { FIELD_TARGET_PLATFORM, SIGNAL_SIGNATURE },
    { FIELD_TARGET_SAME_TEAM, SIGNAL_SIGNATURE },
    { FIELD_FILE_BY_OWNER, SIGNAL_SIGNATURE },
};

enum signal signal_of(str name)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (str_eq(signal_traits[i].name, name))
            return (enum signal)i;
    return SIGNAL_COUNT;
}

str signal_nearest(str name)
{
    str nearest = STR_EMPTY;
    size_t best = name.len < 6 ? 3 : name.len / 3 + 1;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        const size_t distance = str_distance(name, signal_traits[i].name, best);
        if (distance < best) {
            best = distance;
            nearest = signal_traits[i].name;
        }
    }
    return nearest;
}

enum signal signal_of_action(enum action action)
{
    return signal_of(action_traits[action].signal);
}

enum signal signal_of_field(enum field field)
{
    for (size_t i = 0; i < COUNT_OF(fact_fields); i++)
        if (fact_fields[i].field == field)
            return fact_fields[i].fact;
    return SIGNAL_COUNT;
}
