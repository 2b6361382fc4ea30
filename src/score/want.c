// Which fields a step must show for scoring and for sinks.

#include "score/score.h"

static const enum field of_any[] = {
    FIELD_EVENT_MODULE,
    FIELD_EVENT_MERGED,
    FIELD_USER_ID,
    FIELD_PROCESS_ENTITY_ID,
    FIELD_PROCESS_PID,
    FIELD_PROCESS_PIDVERSION,
    FIELD_PROCESS_IDENTITY,
    FIELD_PROCESS_EXECUTABLE,
    FIELD_PROCESS_HASH_CDHASH,
    FIELD_PROCESS_SIGNATURE_TOLD,
    FIELD_PROCESS_SIGNING_ID,
    FIELD_PROCESS_TEAM_ID,
    FIELD_PROCESS_SIGNATURE_EXISTS,
    FIELD_PROCESS_SIGNATURE_VALID,
    FIELD_PROCESS_SIGNATURE_TRUSTED,
    FIELD_PROCESS_CS_PLATFORM,
    FIELD_PROCESS_CS_ADHOC,
    FIELD_PROCESS_PATH_CLASS,
    FIELD_PROCESS_CONTEXT,
    FIELD_PROCESS_KNOWN,
    FIELD_PROCESS_IMAGE_AGE,
    FIELD_PROCESS_QUARANTINE,
    FIELD_MACHO_NATIVE_API,
    FIELD_MACHO_BECAUSE,
    FIELD_PARENT_ENTITY_ID,
    FIELD_PARENT_PID,
    FIELD_PARENT_EXECUTABLE,
    FIELD_PARENT_KNOWN,
    FIELD_EFFECTIVE_PID,
    FIELD_EFFECTIVE_EXECUTABLE,
};
static const enum field of_process[] = {
    FIELD_PROCESS_EXIT_CODE, FIELD_PROCESS_EXIT_SIGNAL,
    FIELD_PROCESS_SIGNAL,    FIELD_TARGET_ENTITY_ID,
    FIELD_TARGET_PID,        FIELD_TARGET_PIDVERSION,
    FIELD_TARGET_EXECUTABLE, FIELD_TARGET_HASH_CDHASH,
    FIELD_TARGET_SIGNING_ID, FIELD_TARGET_TEAM_ID,
    FIELD_TARGET_PLATFORM,   FIELD_TARGET_SAME_TEAM,
    FIELD_API_NAME,          FIELD_API_PORT,
    FIELD_API_THREAD_STATE,
};
static const enum field of_memory[] = {
    FIELD_API_NAME,       FIELD_API_ADDRESS,    FIELD_API_SIZE,        FIELD_API_PROTECTION,
    FIELD_DLL_PATH,       FIELD_DLL_PATH_CLASS, FIELD_DLL_SIGNER,      FIELD_DLL_FROM_ENV,
    FIELD_DLL_TEAM_ID,    FIELD_DLL_SIGNING_ID, FIELD_DLL_HASH_CDHASH, FIELD_DLL_IMAGE_AGE,
    FIELD_DLL_QUARANTINE, FIELD_DLL_WRITTEN_BY,
};
static const enum field of_file[] = {
    FIELD_FILE_PATH,
    FIELD_FILE_ORIGINAL_PATH,
    FIELD_FILE_PATH_CLASS,
    FIELD_FILE_MODIFIED,
};

static const enum field of_log[] = {
    FIELD_MESSAGE,
    FIELD_DLL_PATH,
};
static const enum field of_network[] = {
    FIELD_DESTINATION_IP,
    FIELD_DESTINATION_PORT,
    FIELD_DESTINATION_DOMAIN,
};
static const enum field of_alert[] = {
    FIELD_RULE_NAME, FIELD_RULE_ID,     FIELD_EVENT_SEVERITY,    FIELD_MESSAGE,
    FIELD_FILE_PATH, FIELD_DLL_PATH,    FIELD_TARGET_ENTITY_ID,  FIELD_TARGET_PID,
    FIELD_API_NAME,  FIELD_TARGET_NAME, FIELD_TARGET_EXECUTABLE,
};

static const struct {
    const enum field *fields;
    size_t count;
    uint32_t categories;
} wants[] = {
    { of_any, COUNT_OF(of_any), CATEGORY_ANY },
    { of_process, COUNT_OF(of_process), CATEGORY_PROCESS },
    { of_memory, COUNT_OF(of_memory), CATEGORY_LIBRARY | CATEGORY_API },
    { of_file, COUNT_OF(of_file), CATEGORY_FILE | CATEGORY_CONFIGURATION },
    { of_log, COUNT_OF(of_log), CATEGORY_PROCESS | CATEGORY_LIBRARY | CATEGORY_API },
    { of_network, COUNT_OF(of_network), CATEGORY_NETWORK },
    { of_alert, COUNT_OF(of_alert), CATEGORY_ALERT },
};

static void want_fields(struct projection *projection, enum action action, size_t w);
static bool is_wanted(const struct projection *projection, enum action action);

void score_want(struct projection *projection)
{
    for (size_t a = 0; a < ACTION_COUNT; a++) {
        const enum action action = (enum action)a;
        // No rule looks at such events, so none of them will be a step.
        if (!is_wanted(projection, action))
            continue;
        for (size_t w = 0; w < COUNT_OF(wants); w++)
            want_fields(projection, action, w);
    }
    // Costs a join of the arguments, so only where they are new.
    if (is_wanted(projection, ACTION_EXEC))
        projection_want(projection, ACTION_EXEC, FIELD_PROCESS_COMMAND_LINE);
}

static void want_fields(struct projection *projection, enum action action, size_t w)
{
    if ((action_traits[action].categories & wants[w].categories) == 0)
        return;
    for (size_t i = 0; i < wants[w].count; i++)
        projection_want(projection, action, wants[w].fields[i]);
}

static bool is_wanted(const struct projection *projection, enum action action)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (projection_wants(projection, action, (enum field)i))
            return true;
    return false;
}
