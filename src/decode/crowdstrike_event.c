// CrowdStrike's sensor events: which there are, and what each puts into the slots.
//
// The sensor names each life of each process by a number of its own, which is the entity here;
// only the records of a process's start tell its pid.

#include "decode/crowdstrike.h"

#define VALIDATION_PLATFORM 1  // Endpoint Security's category of a part of macOS.

static bool process_started(struct decoding *c, const struct decode_keys *keys);
static bool process_ended(struct decoding *c, const struct decode_keys *keys);
static bool thread_injected(struct decoding *c, const struct decode_keys *keys);
static bool image_loaded(struct decoding *c, const struct decode_keys *keys);
static bool file_touched(struct decoding *c, const struct decode_keys *keys);
static bool connected(struct decoding *c, const struct decode_keys *keys);
static bool indicated(struct decoding *c, const struct decode_keys *keys);
static bool by_context(struct decoding *c, const struct decode_keys *keys);

static str text_at(struct decoding *c, const struct decode_keys *keys, str name);
static bool take_actor(struct decoding *c, const struct decode_keys *keys, yyjson_val *entity);
static void take_signature(struct decoding *c, const struct decode_keys *keys);
static void take_environment(struct decoding *c, str text);
static bool is_variable(str text, size_t at);

#define KIND(key, identifier, decoder)              \
    {                                               \
        STR_INIT(key), ACTION_##identifier, decoder \
    }
#define NOTHING_TO_US(key)                \
    {                                     \
        STR_INIT(key), ACTION_COUNT, NULL \
    }

// Searched in order: the frequent first.
static const struct crowdstrike_kind kinds[] = {
    KIND("ProcessRollup2", EXEC, process_started),
    KIND("EndOfProcess", END, process_ended),
    NOTHING_TO_US("DnsRequest"),
    KIND("NetworkConnectIP4", CONNECT, connected),
    KIND("NetworkConnectIP6", CONNECT, connected),
    KIND("NetworkReceiveAcceptIP4", ACCEPT, connected),
    KIND("NetworkReceiveAcceptIP6", ACCEPT, connected),
    KIND("ClassifiedModuleLoad", LOAD, image_loaded),
    KIND("ModuleLoad", LOAD, image_loaded),
    KIND("UnsignedModuleLoad", LOAD, image_loaded),
    KIND("LoadImage", LOAD, image_loaded),
    KIND("NewExecutableWritten", CREATION, file_touched),
    KIND("NewScriptWritten", CREATION, file_touched),
    KIND("FileCreateInfo", CREATION, file_touched),
    KIND("DirectoryCreate", CREATION, file_touched),
    KIND("FileDeleteInfo", DELETION, file_touched),
    KIND("FileDeleted", DELETION, file_touched),
    KIND("ExecutableDeleted", DELETION, file_touched),
    KIND("NewExecutableRenamed", RENAME, file_touched),
    KIND("FileRenameInfo", RENAME, file_touched),
    KIND("FileOpenInfo", OPEN, file_touched),
    KIND("CriticalFileAccessed", OPEN, file_touched),
    KIND("CriticalFileModified", MODIFICATION, file_touched),
    KIND("AsepFileChange", MODIFICATION, file_touched),
    KIND("AssociateIndicator", ALERT, indicated),
    KIND("ScriptControlDetectInfo", ALERT, indicated),
    KIND("SyntheticProcessRollup2", EXEC, process_started),
    KIND("TerminateProcess", END, process_ended),
    KIND("InjectedThread", REMOTE_THREAD, thread_injected),
    KIND("JavaInjectedThread", REMOTE_THREAD, thread_injected),
    KIND("ProcessSubstituteUser", SETUID, by_context),
    NOTHING_TO_US("BehaviorWhitelisted"),
    NOTHING_TO_US("BillingInfo"),
    NOTHING_TO_US("CriticalEnvironmentVariableChanged"),
    NOTHING_TO_US("CurrentSystemTags"),
    NOTHING_TO_US("DetectionExcluded"),
    NOTHING_TO_US("DynamicClassification"),
    NOTHING_TO_US("ErrorEvent"),
    NOTHING_TO_US("HostInfo"),
    NOTHING_TO_US("HostnameChanged"),
    NOTHING_TO_US("ImageHash"),
    NOTHING_TO_US("ProcessRollup2Stats"),
    NOTHING_TO_US("PtyCreated"),
    NOTHING_TO_US("SensorHeartbeat"),
};

// What begins with one of these is about the sensor, the system or its users.
static const str nothing_to_us[] = {
    STR_INIT("Agent"),         STR_INIT("AssociateTree"),
    STR_INIT("Channel"),       STR_INIT("Cloud"),
    STR_INIT("Config"),        STR_INIT("Dc"),
    STR_INIT("Falcon"),        STR_INIT("Firewall"),
    STR_INIT("FsVolume"),      STR_INIT("GroupIdentity"),
    STR_INIT("HashPolicy"),    STR_INIT("Installed"),
    STR_INIT("Kext"),          STR_INIT("LFO"),
    STR_INIT("Lightning"),     STR_INIT("LocalIp"),
    STR_INIT("Manifest"),      STR_INIT("NeighborList"),
    STR_INIT("NetworkClose"),  STR_INIT("NetworkContain"),
    STR_INIT("NetworkListen"), STR_INIT("NetworkUncontain"),
    STR_INIT("OsVersion"),     STR_INIT("RawBind"),
    STR_INIT("Resource"),      STR_INIT("ScriptControl"),
    STR_INIT("Sensor"),        STR_INIT("System"),
    STR_INIT("Uninstall"),     STR_INIT("User"),
};

const struct crowdstrike_kind *decode_crowdstrike_kind(str name)
{
    static const struct crowdstrike_kind nothing = NOTHING_TO_US("");
    static const struct crowdstrike_kind written = KIND("", WRITE, file_touched);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, name))
            return &kinds[i];
    for (size_t i = 0; i < COUNT_OF(nothing_to_us); i++)
        if (str_starts_with(name, nothing_to_us[i]))
            return &nothing;
    // One for each kind of content: MachOFileWritten, TarFileWritten, ...
    return str_ends_with(name, STR("FileWritten")) ? &written : NULL;
}

static str text_at(struct decoding *c, const struct decode_keys *keys, str name)
{
    yyjson_val *val = decode_find(keys, name);
    c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val);
    return decode_text(c, val);
}

static const struct mapping started[] = {
    MAP_FACT("RawProcessId", AS_INT, process.id.pid),
    MAP_FACT("RawProcessId_decimal", AS_INT, process.id.pid),
    MAP_FACT("ProcessStartTime", AS_SECONDS, process.id.start_ns),
    MAP_FACT("ProcessStartTime_decimal", AS_SECONDS, process.id.start_ns),
    MAP_FACT("UID", AS_INT, process.euid),
    MAP_FACT("UID_decimal", AS_INT, process.euid),
    MAP_FACT("ImageFileName", AS_TEXT, process.executable),
    MAP_SLOT("UserName", AS_TEXT, USER_NAME),
    MAP_SLOT("ParentBaseFileName", AS_TEXT, PARENT_NAME),
    MAP_SLOT("WorkingDirectory", AS_TEXT, PROCESS_WORKING_DIRECTORY),
};

// SourceProcessId is who called, which for an exec in place is the process itself, and else its
// parent; ParentProcessId is the parent always.
static bool process_started(struct decoding *c, const struct decode_keys *keys)
{
    struct process_facts *process = &c->event->process;
    process->id.entity = decode_edr_entity(c, CROWDSTRIKE_FIND(keys, "TargetProcessId"));
    process->parent.entity = decode_edr_entity(c, CROWDSTRIKE_FIND(keys, "ParentProcessId"));
    if (!decode_map_keys(c, keys, started, COUNT_OF(started)))
        return false;
    if (!decode_edr_is_told(c, process))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "TargetProcessId", NULL);
    take_signature(c, keys);
    decode_edr_set_sha256(c, text_at(c, keys, STR("SHA256HashData")));
    decode_command_line(c, text_at(c, keys, STR("CommandLine")));
    take_environment(c, text_at(c, keys, STR("EnvironmentVariablesString")));
    return true;
}

static void take_signature(struct decoding *c, const struct decode_keys *keys)
{
    struct process_facts *process = &c->event->process;
    int64_t told[2] = { -1, -1 };
    yyjson_val *vals[2] = { CROWDSTRIKE_FIND(keys, "CodeSigningFlags"),
                            CROWDSTRIKE_FIND(keys, "CsValidationCategory") };
    for (size_t i = 0; i < COUNT_OF(vals); i++) {
        const bool is_there = vals[i] != NULL && !yyjson_is_null(vals[i]);
        const bool is_number = yyjson_is_str(vals[i])
                                   ? str_to_i64(json_str(vals[i]), &told[i])
                                   : decode_int(vals[i], 0, UINT32_MAX, &told[i]) == DECODE_KEPT;
        if (!is_number || told[i] < 0 || told[i] > UINT32_MAX)
            told[i] = -1;
        c->is_value_odd |= is_there && told[i] < 0;
    }
    process->cs_told = told[0] >= 0;
    process->cs_flags = told[0] >= 0 ? (uint32_t)told[0] : 0;
    if (told[1] >= 0 && told[1] <= INT32_MAX)
        process->cs_validation_category = (int32_t)told[1];
    process->is_platform =
        (process->cs_flags & CS_PLATFORM_BINARY) != 0 || told[1] == VALIDATION_PLATFORM;

    const str signing_id = text_at(c, keys, STR("SigningId"));
    const str team_id = text_at(c, keys, STR("TeamId"));
    if (!str_eq(signing_id, STR("-")))
        process->signing_id = signing_id;
    if (!str_eq(team_id, STR("-")))
        process->team_id = team_id;
}

// Blanks are between variables and in their values. A word that looks like NAME=... begins one.
static void take_environment(struct decoding *c, str text)
{
    struct value variables[DECODE_LIST_MAX];
    size_t count = 0;
    size_t begin = 0;
    if (text.len == 0)
        return;
    for (size_t i = 1; i <= text.len; i++) {
        const bool is_end = i == text.len || (text.at[i - 1] == ' ' && is_variable(text, i));
        if (!is_end)
            continue;
        size_t end = i;
        while (end > begin && text.at[end - 1] == ' ')
            end--;
        if (count == DECODE_LIST_MAX) {
            c->is_list_cut = true;
            break;
        }
        if (end > begin)
            variables[count++] = value_of_text(str_to(str_from(text, begin), end - begin));
        begin = i;
    }
    decode_env_of(c, variables, count);
}

static bool is_variable(str text, size_t at)
{
    size_t i = at;
    for (; i < text.len; i++) {
        const char ch = text.at[i];
        const bool is_letter = (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_';
        if (!is_letter && !(i > at && ch >= '0' && ch <= '9'))
            break;
    }
    return i > at && i < text.len && text.at[i] == '=';
}

static const struct mapping context[] = {
    MAP_FACT("ContextImageFileName", AS_TEXT, process.executable),
    MAP_SLOT("ContextBaseFileName", AS_TEXT, PROCESS_NAME),
    MAP_SLOT("UserName", AS_TEXT, USER_NAME),
};

static bool take_actor(struct decoding *c, const struct decode_keys *keys, yyjson_val *entity)
{
    struct process_facts *process = &c->event->process;
    process->id.entity = decode_edr_entity(c, entity);
    if (!decode_map_keys(c, keys, context, COUNT_OF(context)))
        return false;
    return decode_edr_is_told(c, process) ||
           decode_refuse(c, DECODE_DROP_MISSING_KEY, "ContextProcessId", NULL);
}

static bool by_context(struct decoding *c, const struct decode_keys *keys)
{
    return take_actor(c, keys, CROWDSTRIKE_FIND(keys, "ContextProcessId"));
}

static const struct mapping ended[] = {
    MAP_FACT("RawProcessId", AS_INT, process.id.pid),
    MAP_FACT("RawProcessId_decimal", AS_INT, process.id.pid),
    MAP_SLOT("ExitCode", AS_INT, PROCESS_EXIT_CODE),
    MAP_SLOT("ExitCode_decimal", AS_INT, PROCESS_EXIT_CODE),
};

static bool process_ended(struct decoding *c, const struct decode_keys *keys)
{
    yyjson_val *target = CROWDSTRIKE_FIND(keys, "TargetProcessId");
    return decode_map_keys(c, keys, ended, COUNT_OF(ended)) &&
           take_actor(c, keys,
                      target != NULL ? target : CROWDSTRIKE_FIND(keys, "ContextProcessId"));
}

static bool thread_injected(struct decoding *c, const struct decode_keys *keys)
{
    struct process_facts *target = &c->event->target;
    target->id.entity = decode_edr_entity(c, CROWDSTRIKE_FIND(keys, "TargetProcessId"));
    target->present = target->id.entity.len > 0;
    return by_context(c, keys);
}

static bool image_loaded(struct decoding *c, const struct decode_keys *keys)
{
    yyjson_val *entity = CROWDSTRIKE_FIND(keys, "TargetProcessId");
    const str image = text_at(c, keys, STR("ImageFileName"));
    decode_set_library(c, image.len > 0 ? image : text_at(c, keys, STR("TargetImageFileName")));
    return take_actor(c, keys,
                      entity != NULL ? entity : CROWDSTRIKE_FIND(keys, "ContextProcessId"));
}

static const struct mapping file[] = {
    MAP_SLOT("Size", AS_INT, FILE_SIZE),
    MAP_SLOT("Size_decimal", AS_INT, FILE_SIZE),
    MAP_SLOT("SourceFileName", AS_TEXT, FILE_ORIGINAL_PATH),
};

static bool file_touched(struct decoding *c, const struct decode_keys *keys)
{
    const str path = text_at(c, keys, STR("TargetFileName"));
    decode_set_file(c, path.len > 0 ? path : text_at(c, keys, STR("TargetDirectoryName")));
    return decode_map_keys(c, keys, file, COUNT_OF(file)) && by_context(c, keys);
}

static const struct mapping connection[] = {
    MAP_SLOT("RemoteAddressIP4", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("RemoteAddressIP6", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("RemotePort", AS_INT, DESTINATION_PORT),
    MAP_SLOT("RemotePort_decimal", AS_INT, DESTINATION_PORT),
};

static bool connected(struct decoding *c, const struct decode_keys *keys)
{
    return decode_map_keys(c, keys, connection, COUNT_OF(connection)) && by_context(c, keys);
}

static const struct mapping indicator[] = {
    MAP_SLOT("PatternId", AS_TEXT, RULE_ID),      MAP_SLOT("PatternId_decimal", AS_TEXT, RULE_ID),
    MAP_SLOT("DetectName", AS_TEXT, RULE_NAME),   MAP_SLOT("DetectDescription", AS_TEXT, MESSAGE),
    MAP_SLOT("Severity", AS_INT, EVENT_SEVERITY),
};

// An indicator has no name but its number; what it means, the detection says.
static bool indicated(struct decoding *c, const struct decode_keys *keys)
{
    yyjson_val *target = CROWDSTRIKE_FIND(keys, "TargetProcessId");
    decode_set_text(c, FIELD_RULE_NAME, text_at(c, keys, STR("event_simpleName")));
    decode_command_line(c, text_at(c, keys, STR("CommandLine")));
    return decode_map_keys(c, keys, indicator, COUNT_OF(indicator)) &&
           take_actor(c, keys,
                      target != NULL ? target : CROWDSTRIKE_FIND(keys, "ContextProcessId"));
}
