// Defender's events: which there are, and what each puts into the slots.
//
// A process is known by its pid and the time of its creation; on a Mac "ProcessUniqueId" is 0. An exec
// in place is told as the creation of a process of the same pid at another time. So a row of
// "ProcessCreated" is one of two things:
//   ProcessId is InitiatingProcessId: an exec; the initiating process is the image before, and the
//     initiating process's parent is the parent.
//   They differ: the initiating process is the parent.
// Where InitiatingProcessParentId is the same pid again, the image before was itself one of several
// of that pid, and nobody says who the parent is.

#include "decode/defender.h"

static bool created(struct decoding *c, const struct decode_keys *row);
static bool on_process(struct decoding *c, const struct decode_keys *row);
static bool image_loaded(struct decoding *c, const struct decode_keys *row);
static bool file_touched(struct decoding *c, const struct decode_keys *row);
static bool connected(struct decoding *c, const struct decode_keys *row);
static bool detected(struct decoding *c, const struct decode_keys *row);

static bool take_initiating(struct decoding *c, const struct decode_keys *row);
static bool take_named_process(struct decoding *c, const struct decode_keys *row);
static void take_signature(struct decoding *c, const struct decode_keys *row,
                           struct process_facts *process);
static void take_posix(struct decoding *c, const struct decode_keys *row, bool is_created);
static void finish_actor(struct decoding *c, const struct decode_keys *row);
static bool need_actor(struct decoding *c);
static str text_at(struct decoding *c, const struct decode_keys *row, str name);
static str as_spelled(str path, str line);

#define KIND(key, identifier, decoder)              \
    {                                               \
        STR_INIT(key), ACTION_##identifier, decoder \
    }
#define NOTHING_TO_US(key)                \
    {                                     \
        STR_INIT(key), ACTION_COUNT, NULL \
    }

// Searched in order: the frequent first.
static const struct defender_kind kinds[] = {
    KIND("ProcessCreated", EXEC, created),
    KIND("FileCreated", CREATION, file_touched),
    KIND("FileModified", MODIFICATION, file_touched),
    KIND("FileRenamed", RENAME, file_touched),
    KIND("FileDeleted", DELETION, file_touched),
    KIND("ConnectionSuccess", CONNECT, connected),
    KIND("ConnectionRequest", CONNECT, connected),
    KIND("ConnectionAttempt", CONNECT, connected),
    KIND("ConnectionFailed", CONNECT, connected),
    KIND("ConnectionFound", CONNECT, connected),
    KIND("ConnectionAcknowledged", CONNECT, connected),
    KIND("InboundConnectionAccepted", ACCEPT, connected),
    KIND("ImageLoaded", LOAD, image_loaded),
    KIND("OpenProcessApiCall", PROCESS_OPEN, on_process),
    KIND("OpenProcess", PROCESS_OPEN, on_process),
    KIND("CreateRemoteThreadApiCall", REMOTE_THREAD, on_process),
    KIND("PTraceDetected", TRACE, on_process),
    KIND("PlistPropertyModified", MODIFICATION, file_touched),
    KIND("SensitiveFileRead", OPEN, file_touched),
    KIND("AntivirusDetection", ALERT, detected),
    KIND("AntivirusReport", ALERT, detected),
    KIND("TamperingAttempt", ALERT, detected),
    NOTHING_TO_US("AuditPolicyModification"),
    NOTHING_TO_US("BitLockerAuditCompleted"),
    NOTHING_TO_US("BluetoothPolicyTriggered"),
    NOTHING_TO_US("BrowserLaunchedToOpenUrl"),
    NOTHING_TO_US("ClrUnbackedModuleLoaded"),
    NOTHING_TO_US("CredentialsBackup"),
    NOTHING_TO_US("DirectoryServiceObjectCreated"),
    NOTHING_TO_US("DirectoryServiceObjectModified"),
    NOTHING_TO_US("DnsQueryResponse"),
    NOTHING_TO_US("DpapiAccessed"),
    NOTHING_TO_US("DriverLoad"),
    NOTHING_TO_US("FileTimestampModificationEvent"),
    NOTHING_TO_US("GetAsyncKeyStateApiCall"),
    NOTHING_TO_US("GetClipboardData"),
    NOTHING_TO_US("InboundConnectionAttempt"),
    NOTHING_TO_US("LdapSearch"),
    NOTHING_TO_US("ListeningConnectionCreated"),
    NOTHING_TO_US("MemoryRemoteProtect"),
    NOTHING_TO_US("NamedPipeEvent"),
    NOTHING_TO_US("NetworkProtectionUserBypassEvent"),
    NOTHING_TO_US("NetworkShareObjectAccessChecked"),
    NOTHING_TO_US("NetworkShareObjectAdded"),
    NOTHING_TO_US("NetworkShareObjectDeleted"),
    NOTHING_TO_US("NetworkShareObjectModified"),
    NOTHING_TO_US("OtherAlertRelatedActivity"),
    NOTHING_TO_US("PasswordChangeAttempt"),
    NOTHING_TO_US("PowerShellCommand"),
    NOTHING_TO_US("PrintJobBlocked"),
    NOTHING_TO_US("ProcessCreatedUsingWmiQuery"),
    NOTHING_TO_US("ProcessPrimaryTokenModified"),
    NOTHING_TO_US("QueueUserApcRemoteApiCall"),
    NOTHING_TO_US("ReadProcessMemoryApiCall"),
    NOTHING_TO_US("RemoteDesktopConnection"),
    NOTHING_TO_US("RemoteWmiOperation"),
    NOTHING_TO_US("SafeDocFileScan"),
    NOTHING_TO_US("ScreenshotTaken"),
    NOTHING_TO_US("ScriptContent"),
    NOTHING_TO_US("SecurityLogCleared"),
    NOTHING_TO_US("ServiceInstalled"),
    NOTHING_TO_US("SetThreadContextRemoteApiCall"),
    NOTHING_TO_US("ShellLinkCreateFileEvent"),
    NOTHING_TO_US("UntrustedWifiConnection"),
    NOTHING_TO_US("WmiBindEventFilterToConsumer"),
    NOTHING_TO_US("WriteToLsassProcessMemory"),
};

// Families of actions of Windows, of its policies, and of logons and inventories.
static const str nothing_to_us[] = {
    STR_INIT("AccountChecked"),
    STR_INIT("Antivirus"),
    STR_INIT("AppControl"),
    STR_INIT("AppGuard"),
    STR_INIT("AppLocker"),
    STR_INIT("Asr"),
    STR_INIT("ControlFlow"),
    STR_INIT("Controlled"),
    STR_INIT("DeviceBoot"),
    STR_INIT("Dlp"),
    STR_INIT("ExploitGuard"),
    STR_INIT("Firewall"),
    STR_INIT("Logon"),
    STR_INIT("Nt"),
    STR_INIT("Pnp"),
    STR_INIT("Registry"),
    STR_INIT("Removable"),
    STR_INIT("ScheduledTask"),
    STR_INIT("SecurityGroup"),
    STR_INIT("SmartScreen"),
    STR_INIT("Usb"),
    STR_INIT("UserAccount"),
};

const struct defender_kind *decode_defender_kind(str name)
{
    static const struct defender_kind nothing = NOTHING_TO_US("");
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, name))
            return &kinds[i];
    for (size_t i = 0; i < COUNT_OF(nothing_to_us); i++)
        if (str_starts_with(name, nothing_to_us[i]))
            return &nothing;
    // Of the network: HttpConnectionInspected, IcmpConnectionInspected, ...
    return str_ends_with(name, STR("Inspected")) ? &nothing : NULL;
}

static str text_at(struct decoding *c, const struct decode_keys *row, str name)
{
    yyjson_val *val = decode_find(row, name);
    c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val);
    return decode_text(c, val);
}

static const struct mapping initiating[] = {
    MAP_FACT("InitiatingProcessId", AS_INT, process.id.pid),
    MAP_FACT("InitiatingProcessCreationTime", AS_TIME, process.id.start_ns),
    MAP_FACT("InitiatingProcessParentId", AS_INT, process.parent.pid),
    MAP_FACT("InitiatingProcessParentCreationTime", AS_TIME, process.parent.start_ns),
    MAP_FACT("InitiatingProcessFolderPath", AS_TEXT, process.executable),
};

// Who acted, and what is told of its image.
static bool take_initiating(struct decoding *c, const struct decode_keys *row)
{
    struct process_facts *process = &c->event->process;
    if (!decode_map_keys(c, row, initiating, COUNT_OF(initiating)))
        return false;
    (void)decode_edr_is_told(c, process);
    if (process->parent.pid < 0 || process->parent.pid == process->id.pid)
        process->parent = PROCESS_ID_NONE;
    const str path =
        decode_edr_path(c, process->executable, text_at(c, row, STR("InitiatingProcessFileName")));
    process->executable = as_spelled(path, text_at(c, row, STR("InitiatingProcessCommandLine")));
    take_signature(c, row, process);
    return true;
}

// Paths of initiating processes come in small letters; where the command line begins with the same
// path, it has the capitals.
static str as_spelled(str path, str line)
{
    const bool is_quoted = line.len > 0 && line.at[0] == '"';
    const str rest = str_from(line, is_quoted);
    const str same = str_to(rest, path.len);
    const bool is_whole = rest.len == path.len ||
                          (rest.len > path.len && rest.at[path.len] == (is_quoted ? '"' : ' '));
    return is_whole && str_eq_nocase(same, path) ? same : path;
}

// "Valid" and "OsVendor": signed by Apple. That makes it a part of macOS only where nothing else can
// be. What the company's name holds on a Mac is the team; "(APPLE)" is none.
static void take_signature(struct decoding *c, const struct decode_keys *row,
                           struct process_facts *process)
{
    const str status = text_at(c, row, STR("InitiatingProcessSignatureStatus"));
    const str signer = text_at(c, row, STR("InitiatingProcessSignerType"));
    const str company = text_at(c, row, STR("InitiatingProcessVersionInfoCompanyName"));
    const bool is_valid = str_eq(status, STR("Valid"));
    if (decode_edr_is_team(company))
        process->team_id = company;
    process->cs_told =
        is_valid || str_eq(status, STR("Invalid")) || str_eq(status, STR("Unsigned"));
    if (is_valid)
        process->cs_flags = CS_SIGNED | CS_VALID;
    else if (str_eq(status, STR("Invalid")))
        process->cs_flags = CS_SIGNED;
    process->is_platform =
        is_valid && str_eq(signer, STR("OsVendor")) && decode_edr_is_of_system(process->executable);
}

static const struct mapping named[] = {
    MAP_FACT("ProcessId", AS_INT, process.id.pid),
    MAP_FACT("ProcessCreationTime", AS_TIME, process.id.start_ns),
    MAP_FACT("FolderPath", AS_TEXT, process.executable),
};

// The process that the row is about, into `process`.
static bool take_named_process(struct decoding *c, const struct decode_keys *row)
{
    struct process_facts *process = &c->event->process;
    if (!decode_map_keys(c, row, named, COUNT_OF(named)))
        return false;
    process->executable = decode_edr_path(c, process->executable, text_at(c, row, STR("FileName")));
    const str company = text_at(c, row, STR("ProcessVersionInfoCompanyName"));
    if (decode_edr_is_team(company))
        process->team_id = company;
    return decode_edr_is_told(c, process) ||
           decode_refuse(c, DECODE_DROP_MISSING_KEY, "ProcessId", NULL);
}

static bool created(struct decoding *c, const struct decode_keys *row)
{
    struct event *event = c->event;
    if (!take_initiating(c, row))
        return false;
    const struct process_facts before = event->process;
    event->process = event_nobody;
    if (!take_named_process(c, row))
        return false;

    str parent = before.executable;
    if (before.present && before.id.pid == event->process.id.pid) {
        event->previous = before;
        event->process.parent = before.parent;
        parent = before.parent.pid < 0 ? STR_EMPTY
                                       : text_at(c, row, STR("InitiatingProcessParentFileName"));
        decode_set_text(c, FIELD_PARENT_NAME, parent);
    } else {
        event->process.parent = before.id;
        decode_edr_set_parent(c, parent);
    }
    take_posix(c, row, true);
    decode_set_text(c, FIELD_USER_NAME, text_at(c, row, STR("AccountName")));
    decode_edr_set_sha256(c, text_at(c, row, STR("SHA256")));
    decode_command_line(c, text_at(c, row, STR("ProcessCommandLine")));
    return true;
}

static const struct mapping posix_created[] = {
    MAP_FACT("ProcessPosixEffectiveUser.PosixUserId", AS_INT, process.euid),
    MAP_SLOT("ProcessCurrentWorkingDirectory", AS_TEXT, PROCESS_WORKING_DIRECTORY),
};
static const struct mapping posix_initiating[] = {
    MAP_FACT("InitiatingProcessPosixEffectiveUser.PosixUserId", AS_INT, process.euid),
    MAP_SLOT("InitiatingProcessCurrentWorkingDirectory", AS_TEXT, PROCESS_WORKING_DIRECTORY),
};

static void take_posix(struct decoding *c, const struct decode_keys *row, bool is_created)
{
    char pool[EDR_POOL_SIZE];
    yyjson_val *more = decode_defender_json(c, row, STR("AdditionalFields"), pool);
    if (is_created)
        (void)decode_map(c, more, posix_created, COUNT_OF(posix_created));
    else
        (void)decode_map(c, more, posix_initiating, COUNT_OF(posix_initiating));
    (void)decode_edr_is_told(c, &c->event->process);
}

// The rest of what is told of the initiating process, where the event is its own.
static void finish_actor(struct decoding *c, const struct decode_keys *row)
{
    take_posix(c, row, false);
    if (c->event->process.parent.pid >= 0)
        decode_set_text(c, FIELD_PARENT_NAME,
                        text_at(c, row, STR("InitiatingProcessParentFileName")));
    decode_set_text(c, FIELD_USER_NAME, text_at(c, row, STR("InitiatingProcessAccountName")));
    decode_edr_set_sha256(c, text_at(c, row, STR("InitiatingProcessSHA256")));
    decode_command_line(c, text_at(c, row, STR("InitiatingProcessCommandLine")));
}

static bool need_actor(struct decoding *c)
{
    return c->event->process.present ||
           decode_refuse(c, DECODE_DROP_MISSING_KEY, "InitiatingProcessId", NULL);
}

// The row's own process is whom it was done to.
static bool on_process(struct decoding *c, const struct decode_keys *row)
{
    if (!take_named_process(c, row))
        return false;
    c->event->target = c->event->process;
    c->event->process = event_nobody;
    if (!take_initiating(c, row) || !need_actor(c))
        return false;
    finish_actor(c, row);
    return true;
}

static bool image_loaded(struct decoding *c, const struct decode_keys *row)
{
    const str folder = text_at(c, row, STR("FolderPath"));
    decode_set_library(c, decode_edr_path(c, folder, text_at(c, row, STR("FileName"))));
    if (!take_initiating(c, row) || !need_actor(c))
        return false;
    finish_actor(c, row);
    return true;
}

static const struct mapping file[] = {
    MAP_SLOT("FileSize", AS_INT, FILE_SIZE),
};

static bool file_touched(struct decoding *c, const struct decode_keys *row)
{
    const str folder = text_at(c, row, STR("FolderPath"));
    const str before = text_at(c, row, STR("PreviousFolderPath"));
    decode_set_file(c, decode_edr_path(c, folder, text_at(c, row, STR("FileName"))));
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH,
                    decode_edr_path(c, before, text_at(c, row, STR("PreviousFileName"))));
    if (!decode_map_keys(c, row, file, COUNT_OF(file)) || !take_initiating(c, row) ||
        !need_actor(c))
        return false;
    finish_actor(c, row);
    return true;
}

static const struct mapping connection[] = {
    MAP_SLOT("RemoteIP", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("RemotePort", AS_INT, DESTINATION_PORT),
    MAP_SLOT("RemoteUrl", AS_TEXT, DESTINATION_DOMAIN),
};

static bool connected(struct decoding *c, const struct decode_keys *row)
{
    if (!decode_map_keys(c, row, connection, COUNT_OF(connection)) || !take_initiating(c, row) ||
        !need_actor(c))
        return false;
    finish_actor(c, row);
    return true;
}

static const struct mapping threat[] = {
    MAP_SLOT("ThreatName", AS_TEXT, RULE_NAME),
    MAP_SLOT("Description", AS_TEXT, MESSAGE),
};

// The antivirus names what it found in a file; the process is who touched it.
static bool detected(struct decoding *c, const struct decode_keys *row)
{
    char pool[EDR_POOL_SIZE];
    decode_set_text(c, FIELD_RULE_NAME, text_at(c, row, STR("ActionType")));
    yyjson_val *more = decode_defender_json(c, row, STR("AdditionalFields"), pool);
    return decode_map(c, more, threat, COUNT_OF(threat)) && file_touched(c, row);
}
