#include "assets/columns.h"

// What a name of a column means, in the order in which they count.
struct known_column {
    enum column_format format;
    enum column column;
    str name;
};

// Names that only one product has: where a record has both (or the one), it is of that.
struct telling {
    enum column_format format;
    str names[2];
};

static const struct telling tellings[] = {
    { FORMAT_JAMF, { STR_INIT("Computer Name"), STR_INIT("Serial Number") } },
    { FORMAT_JAMF, { STR_INIT("Computer Name"), STR_INIT("JSS Computer ID") } },
    { FORMAT_JAMF, { STR_INIT("general.name"), STR_INIT("general.remoteManagement.managed") } },
    { FORMAT_JAMF, { STR_INIT("general.name"), STR_INIT("hardware.serialNumber") } },
    { FORMAT_JAMF, { STR_INIT("udid"), STR_INIT("report_date_utc") } },
    { FORMAT_INTUNE, { STR_INIT("Primary user UPN") } },
    { FORMAT_INTUNE, { STR_INIT("Azure AD Device ID") } },
    { FORMAT_INTUNE, { STR_INIT("azureADDeviceId") } },
    { FORMAT_INTUNE, { STR_INIT("deviceName"), STR_INIT("managementAgent") } },
    { FORMAT_KANDJI, { STR_INIT("Blueprint") } },
    { FORMAT_KANDJI, { STR_INIT("blueprint_name") } },
    { FORMAT_KANDJI, { STR_INIT("blueprint_id") } },
    { FORMAT_KANDJI, { STR_INIT("general.blueprint_name") } },
    { FORMAT_MOSYLE, { STR_INIT("deviceudid") } },
    { FORMAT_MOSYLE, { STR_INIT("date_last_beat"), STR_INIT("serial_number") } },
    { FORMAT_FLEET, { STR_INIT("hardware_serial") } },
};

static const struct known_column known[] = {
    { FORMAT_OWN, COLUMN_SERIAL, STR_INIT("serial_number") },
    { FORMAT_OWN, COLUMN_HARDWARE_UUID, STR_INIT("uuid") },
    { FORMAT_OWN, COLUMN_HARDWARE_UUID, STR_INIT("udid") },
    { FORMAT_OWN, COLUMN_HOST_NAME, STR_INIT("hostname") },
    { FORMAT_OWN, COLUMN_HOST_NAME, STR_INIT("name") },

    { FORMAT_JAMF, COLUMN_SERIAL, STR_INIT("Serial Number") },
    { FORMAT_JAMF, COLUMN_SERIAL, STR_INIT("hardware.serialNumber") },
    { FORMAT_JAMF, COLUMN_HARDWARE_UUID, STR_INIT("UDID") },
    { FORMAT_JAMF, COLUMN_HOST_NAME, STR_INIT("Computer Name") },
    { FORMAT_JAMF, COLUMN_HOST_NAME, STR_INIT("general.name") },
    { FORMAT_JAMF, COLUMN_HOST_NAME, STR_INIT("name") },
    { FORMAT_JAMF, COLUMN_OWNER, STR_INIT("Email Address") },
    { FORMAT_JAMF, COLUMN_OWNER, STR_INIT("Username") },
    { FORMAT_JAMF, COLUMN_OWNER, STR_INIT("Full Name") },
    { FORMAT_JAMF, COLUMN_OWNER, STR_INIT("userAndLocation.email") },
    { FORMAT_JAMF, COLUMN_OWNER, STR_INIT("userAndLocation.username") },
    { FORMAT_JAMF, COLUMN_OWNER, STR_INIT("userAndLocation.realname") },
    { FORMAT_JAMF, COLUMN_TEAM, STR_INIT("Department") },
    { FORMAT_JAMF, COLUMN_MANAGED, STR_INIT("Managed") },
    { FORMAT_JAMF, COLUMN_MANAGED, STR_INIT("general.remoteManagement.managed") },
    { FORMAT_JAMF, COLUMN_SIP, STR_INIT("System Integrity Protection") },
    { FORMAT_JAMF, COLUMN_SIP, STR_INIT("security.sipStatus") },
    { FORMAT_JAMF, COLUMN_FILEVAULT, STR_INIT("FileVault 2 Status") },
    { FORMAT_JAMF, COLUMN_FILEVAULT, STR_INIT("FileVault Status") },
    { FORMAT_JAMF, COLUMN_FILEVAULT, STR_INIT("FileVault 2 Partition Encryption State") },
    { FORMAT_JAMF, COLUMN_FILEVAULT, STR_INIT("operatingSystem.fileVault2Status") },
    { FORMAT_JAMF, COLUMN_FILEVAULT,
      STR_INIT("diskEncryption.bootPartitionEncryptionDetails.partitionFileVault2State") },
    { FORMAT_JAMF, COLUMN_OS_VERSION, STR_INIT("Operating System Version") },
    { FORMAT_JAMF, COLUMN_OS_VERSION, STR_INIT("Operating System") },
    { FORMAT_JAMF, COLUMN_OS_VERSION, STR_INIT("operatingSystem.version") },
    { FORMAT_JAMF, COLUMN_OS_BUILD, STR_INIT("Operating System Build") },
    { FORMAT_JAMF, COLUMN_OS_BUILD, STR_INIT("operatingSystem.build") },
    { FORMAT_JAMF, COLUMN_LAST_CHECKIN, STR_INIT("Last Check-in") },
    { FORMAT_JAMF, COLUMN_LAST_CHECKIN, STR_INIT("general.lastContactTime") },
    { FORMAT_JAMF, COLUMN_LAST_CHECKIN, STR_INIT("report_date_utc") },
    { FORMAT_JAMF, COLUMN_PLATFORM, STR_INIT("general.platform") },

    { FORMAT_INTUNE, COLUMN_SERIAL, STR_INIT("Serial number") },
    { FORMAT_INTUNE, COLUMN_SERIAL, STR_INIT("serialNumber") },
    { FORMAT_INTUNE, COLUMN_HOST_NAME, STR_INIT("Device name") },
    { FORMAT_INTUNE, COLUMN_HOST_NAME, STR_INIT("deviceName") },
    { FORMAT_INTUNE, COLUMN_OWNER, STR_INIT("Primary user UPN") },
    { FORMAT_INTUNE, COLUMN_OWNER, STR_INIT("Primary user email address") },
    { FORMAT_INTUNE, COLUMN_OWNER, STR_INIT("Primary user display name") },
    { FORMAT_INTUNE, COLUMN_OWNER, STR_INIT("userPrincipalName") },
    { FORMAT_INTUNE, COLUMN_OWNER, STR_INIT("emailAddress") },
    { FORMAT_INTUNE, COLUMN_TEAM, STR_INIT("Category") },
    { FORMAT_INTUNE, COLUMN_TEAM, STR_INIT("deviceCategoryDisplayName") },
    { FORMAT_INTUNE, COLUMN_MANAGED, STR_INIT("Managed by") },
    { FORMAT_INTUNE, COLUMN_MANAGED, STR_INIT("managementAgent") },
    { FORMAT_INTUNE, COLUMN_FILEVAULT, STR_INIT("Encrypted") },
    { FORMAT_INTUNE, COLUMN_FILEVAULT, STR_INIT("isEncrypted") },
    { FORMAT_INTUNE, COLUMN_OS_VERSION, STR_INIT("OS version") },
    { FORMAT_INTUNE, COLUMN_OS_VERSION, STR_INIT("osVersion") },
    { FORMAT_INTUNE, COLUMN_LAST_CHECKIN, STR_INIT("Last check-in") },
    { FORMAT_INTUNE, COLUMN_LAST_CHECKIN, STR_INIT("lastSyncDateTime") },
    { FORMAT_INTUNE, COLUMN_PLATFORM, STR_INIT("OS") },
    { FORMAT_INTUNE, COLUMN_PLATFORM, STR_INIT("operatingSystem") },

    { FORMAT_KANDJI, COLUMN_SERIAL, STR_INIT("Serial number") },
    { FORMAT_KANDJI, COLUMN_SERIAL, STR_INIT("hardware_overview.serial_number") },
    { FORMAT_KANDJI, COLUMN_HARDWARE_UUID, STR_INIT("hardware_overview.udid") },
    { FORMAT_KANDJI, COLUMN_HARDWARE_UUID, STR_INIT("udid") },
    { FORMAT_KANDJI, COLUMN_HOST_NAME, STR_INIT("Device name") },
    { FORMAT_KANDJI, COLUMN_HOST_NAME, STR_INIT("general.device_name") },
    { FORMAT_KANDJI, COLUMN_OWNER, STR_INIT("user.email") },
    { FORMAT_KANDJI, COLUMN_OWNER, STR_INIT("User email") },
    { FORMAT_KANDJI, COLUMN_OWNER, STR_INIT("user.name") },
    { FORMAT_KANDJI, COLUMN_OWNER, STR_INIT("general.assigned_user.email") },
    { FORMAT_KANDJI, COLUMN_OWNER, STR_INIT("User") },
    { FORMAT_KANDJI, COLUMN_TEAM, STR_INIT("Blueprint name") },
    { FORMAT_KANDJI, COLUMN_TEAM, STR_INIT("Blueprint") },
    { FORMAT_KANDJI, COLUMN_TEAM, STR_INIT("general.blueprint_name") },
    { FORMAT_KANDJI, COLUMN_MANAGED, STR_INIT("mdm_enabled") },
    { FORMAT_KANDJI, COLUMN_MANAGED, STR_INIT("mdm.mdm_enabled") },
    { FORMAT_KANDJI, COLUMN_FILEVAULT, STR_INIT("filevault.filevault_enabled") },
    { FORMAT_KANDJI, COLUMN_FILEVAULT, STR_INIT("filevault_enabled") },
    { FORMAT_KANDJI, COLUMN_OS_VERSION, STR_INIT("OS version") },
    { FORMAT_KANDJI, COLUMN_OS_VERSION, STR_INIT("general.system_version") },
    { FORMAT_KANDJI, COLUMN_LAST_CHECKIN, STR_INIT("Last check in") },
    { FORMAT_KANDJI, COLUMN_LAST_CHECKIN, STR_INIT("kandji_agent.last_check_in") },
    { FORMAT_KANDJI, COLUMN_PLATFORM, STR_INIT("general.platform") },

    { FORMAT_MOSYLE, COLUMN_SERIAL, STR_INIT("serial_number") },
    { FORMAT_MOSYLE, COLUMN_HARDWARE_UUID, STR_INIT("deviceudid") },
    { FORMAT_MOSYLE, COLUMN_HOST_NAME, STR_INIT("HostName") },
    { FORMAT_MOSYLE, COLUMN_HOST_NAME, STR_INIT("LocalHostName") },
    { FORMAT_MOSYLE, COLUMN_HOST_NAME, STR_INIT("device_name") },
    { FORMAT_MOSYLE, COLUMN_OWNER, STR_INIT("useremail") },
    { FORMAT_MOSYLE, COLUMN_OWNER, STR_INIT("userid") },
    { FORMAT_MOSYLE, COLUMN_OWNER, STR_INIT("username") },
    { FORMAT_MOSYLE, COLUMN_MANAGED, STR_INIT("ManagementStatus") },
    { FORMAT_MOSYLE, COLUMN_SIP, STR_INIT("SystemIntegrityProtectionEnabled") },
    { FORMAT_MOSYLE, COLUMN_FILEVAULT, STR_INIT("FDE_Enabled") },
    { FORMAT_MOSYLE, COLUMN_OS_VERSION, STR_INIT("osversion") },
    { FORMAT_MOSYLE, COLUMN_OS_BUILD, STR_INIT("BuildVersion") },
    { FORMAT_MOSYLE, COLUMN_LAST_CHECKIN, STR_INIT("date_last_beat") },
    { FORMAT_MOSYLE, COLUMN_PLATFORM, STR_INIT("os") },

    { FORMAT_FLEET, COLUMN_SERIAL, STR_INIT("hardware_serial") },
    { FORMAT_FLEET, COLUMN_HARDWARE_UUID, STR_INIT("uuid") },
    { FORMAT_FLEET, COLUMN_HOST_NAME, STR_INIT("hostname") },
    { FORMAT_FLEET, COLUMN_HOST_NAME, STR_INIT("computer_name") },
    { FORMAT_FLEET, COLUMN_OWNER, STR_INIT("device_mapping") },
    { FORMAT_FLEET, COLUMN_TEAM, STR_INIT("team_name") },
    { FORMAT_FLEET, COLUMN_MANAGED, STR_INIT("mdm.enrollment_status") },
    { FORMAT_FLEET, COLUMN_FILEVAULT, STR_INIT("disk_encryption_enabled") },
    { FORMAT_FLEET, COLUMN_OS_VERSION, STR_INIT("os_version") },
    { FORMAT_FLEET, COLUMN_OS_BUILD, STR_INIT("build") },
    { FORMAT_FLEET, COLUMN_LAST_CHECKIN, STR_INIT("seen_time") },
    { FORMAT_FLEET, COLUMN_PLATFORM, STR_INIT("platform") },
};

static const str own_names[COLUMN_COUNT] = {
    [COLUMN_SERIAL] = STR_INIT("serial"),
    [COLUMN_HARDWARE_UUID] = STR_INIT("hardware_uuid"),
    [COLUMN_HOST_NAME] = STR_INIT("host_name"),
    [COLUMN_HOST_ID] = STR_INIT("host_id"),
    [COLUMN_OWNER] = STR_INIT("owner"),
    [COLUMN_TEAM] = STR_INIT("team"),
    [COLUMN_ROLE] = STR_INIT("role"),
    [COLUMN_CRITICALITY] = STR_INIT("criticality"),
    [COLUMN_IN_SCOPE] = STR_INIT("in_scope"),
    [COLUMN_MANAGED] = STR_INIT("managed"),
    [COLUMN_SENSOR_EXPECTED] = STR_INIT("sensor_expected"),
    [COLUMN_FULL_DISK_ACCESS] = STR_INIT("full_disk_access"),
    [COLUMN_PPPC] = STR_INIT("pppc"),
    [COLUMN_SIP] = STR_INIT("sip"),
    [COLUMN_FILEVAULT] = STR_INIT("filevault"),
    [COLUMN_OS_VERSION] = STR_INIT("os_version"),
    [COLUMN_OS_BUILD] = STR_INIT("os_build"),
    [COLUMN_LAST_CHECKIN] = STR_INIT("last_checkin"),
    [COLUMN_RETIRED] = STR_INIT("retired"),
    [COLUMN_PLATFORM] = STR_INIT("platform"),
};

static const str format_names[FORMAT_COUNT] = {
    [FORMAT_OWN] = STR_INIT("own"),       [FORMAT_JAMF] = STR_INIT("jamf"),
    [FORMAT_INTUNE] = STR_INIT("intune"), [FORMAT_KANDJI] = STR_INIT("kandji"),
    [FORMAT_MOSYLE] = STR_INIT("mosyle"), [FORMAT_FLEET] = STR_INIT("fleet"),
};

static bool is_twice(const struct inventory_record *record, str name);
static const str *find(const struct inventory_record *record, str name);
static bool is_same_name(str one, str other);
static char folded(char c);
static bool is_of(const struct inventory_record *record, const struct telling *telling);
static str trimmed(str text);

str column_name(enum column column)
{
    return own_names[column];
}

str column_format_name(enum column_format format)
{
    return format_names[format];
}

bool column_format_of(str name, enum column_format *out)
{
    for (unsigned i = 0; i < FORMAT_COUNT; i++) {
        if (!str_eq(name, format_names[i]))
            continue;
        *out = (enum column_format)i;
        return true;
    }
    return false;
}

enum status columns_map(struct columns *c, str text, struct err *err)
{
    const size_t equals = str_find_char(text, '=');
    const str field = str_to(text, equals);
    const str name = str_from(text, equals + 1);
    if (equals == text.len || trimmed(name).len == 0)
        return fail(err, ERR_CONFIG, "--map takes field=Column, like serial=\"Serial Number\"");
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (!is_same_name(field, own_names[i]))
            continue;
        c->mapped[i] = trimmed(name);
        return OK;
    }
    return fail(err, ERR_CONFIG, "--map knows no field \"%.*s\"; see `pomona assets --help`",
                STR_ARG(str_to(field, 100)));
}

enum status columns_recognise(const struct inventory_record *record, enum column_format *out,
                              struct err *err)
{
    enum column_format found = FORMAT_OWN;
    for (size_t i = 0; i < COUNT_OF(tellings); i++) {
        if (tellings[i].format == found || !is_of(record, &tellings[i]))
            continue;
        if (found != FORMAT_OWN)
            return fail(err, ERR_CONFIG,
                        "its columns are those of %.*s and of %.*s; say which with --format",
                        STR_ARG(format_names[found]), STR_ARG(format_names[tellings[i].format]));
        found = tellings[i].format;
    }
    *out = found;
    return OK;
}

static bool is_of(const struct inventory_record *record, const struct telling *telling)
{
    return find(record, telling->names[0]) != NULL &&
           (telling->names[1].len == 0 || find(record, telling->names[1]) != NULL);
}

bool columns_has(const struct columns *c, const struct inventory_record *record, enum column column)
{
    if (c->mapped[column].len > 0)
        return find(record, c->mapped[column]) != NULL;
    bool has = find(record, own_names[column]) != NULL;
    for (size_t i = 0; i < COUNT_OF(known) && !has; i++)
        has = known[i].format == c->format && known[i].column == column &&
              find(record, known[i].name) != NULL;
    return has;
}

str columns_value(const struct columns *c, const struct inventory_record *record,
                  enum column column)
{
    const str *value = NULL;
    if (c->mapped[column].len > 0) {
        value = find(record, c->mapped[column]);
        return value == NULL ? STR_EMPTY : trimmed(*value);
    }
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (known[i].format != c->format || known[i].column != column)
            continue;
        value = find(record, known[i].name);
        if (value != NULL && trimmed(*value).len > 0)
            return trimmed(*value);
    }
    value = find(record, own_names[column]);
    return value == NULL ? STR_EMPTY : trimmed(*value);
}

bool columns_reads(const struct columns *c, str name)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (is_same_name(name, c->mapped[i].len > 0 ? c->mapped[i] : own_names[i]))
            return true;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i].format == c->format && c->mapped[known[i].column].len == 0 &&
            is_same_name(name, known[i].name))
            return true;
    return false;
}

bool columns_contradict(const struct columns *c, const struct inventory_record *record, str *name)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        *name = c->mapped[i].len > 0 ? c->mapped[i] : own_names[i];
        if (is_twice(record, *name))
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        *name = known[i].name;
        if (known[i].format == c->format && c->mapped[known[i].column].len == 0 &&
            is_twice(record, *name))
            return true;
    }
    return false;
}

static bool is_twice(const struct inventory_record *record, str name)
{
    const str *first = NULL;
    for (size_t i = 0; i < record->count; i++) {
        if (!is_same_name(record->names[i], name))
            continue;
        if (first != NULL && !str_eq(trimmed(*first), trimmed(record->values[i])))
            return true;
        first = &record->values[i];
    }
    return false;
}

static const str *find(const struct inventory_record *record, str name)
{
    for (size_t i = 0; i < record->count; i++)
        if (is_same_name(record->names[i], name))
            return &record->values[i];
    return NULL;
}

static bool is_same_name(str one, str other)
{
    if (one.len != other.len)
        return false;
    for (size_t i = 0; i < one.len; i++)
        if (folded(one.at[i]) != folded(other.at[i]))
            return false;
    return true;
}

static char folded(char c)
{
    if (c == ' ' || c == '-')
        return '_';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static str trimmed(str text)
{
    static const str formulas = STR_INIT("=+-@");
    static const str blanks = STR_INIT(" \t\r\n");
    while (text.len > 0 && str_find_char(blanks, text.at[0]) < blanks.len)
        text = str_from(text, 1);
    while (text.len > 0 && str_find_char(blanks, text.at[text.len - 1]) < blanks.len)
        text.len--;
    // As our own CSV has it, and spreadsheets do: not of the text (base/buf.h).
    if (text.len > 1 && text.at[0] == '\'' && str_find_char(formulas, text.at[1]) < formulas.len)
        text = str_from(text, 1);
    return text;
}
