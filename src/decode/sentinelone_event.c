// SentinelOne's words, which all its shapes share: events, systems, signatures.

#include "decode/sentinelone.h"

#define NAME_MAX_LEN 48u

static str field_of_publisher(str publisher, str name);

#define KIND(key, identifier, what)                            \
    {                                                          \
        STR_INIT(key), ACTION_##identifier, SENTINELONE_##what \
    }
#define NOTHING_TO_US(key)                               \
    {                                                    \
        STR_INIT(key), ACTION_COUNT, SENTINELONE_NOTHING \
    }

// Searched in order: the frequent first. Two names: Cloud Funnel 2, and Cloud Funnel 1 where it has
// another.
static const struct sentinelone_kind kinds[] = {
    KIND("processcreation", EXEC, CREATED),
    KIND("filecreation", CREATION, FILE),
    KIND("filemodification", MODIFICATION, FILE),
    KIND("filedeletion", DELETION, FILE),
    KIND("filerename", RENAME, FILE),
    KIND("ipconnect", CONNECT, NETWORK),
    KIND("tcpv4", CONNECT, NETWORK),
    KIND("tcpv6", CONNECT, NETWORK),
    KIND("processexit", END, ENDED),
    KIND("processtermination", END, ENDED),
    KIND("moduleload", LOAD, LIBRARY),
    KIND("openremoteprocesshandle", PROCESS_OPEN, ON_TARGET),
    KIND("openprocess", PROCESS_OPEN, ON_TARGET),
    KIND("duplicateprocesshandle", PROCESS_OPEN, ON_TARGET),
    KIND("duplicateremoteprocesshandle", PROCESS_OPEN, ON_TARGET),
    KIND("duplicateprocess", PROCESS_OPEN, ON_TARGET),
    KIND("remotethreadcreation", REMOTE_THREAD, ON_TARGET),
    KIND("remotethread", REMOTE_THREAD, ON_TARGET),
    KIND("createremotethread", REMOTE_THREAD, ON_TARGET),
    KIND("behavioralindicators", ALERT, INDICATOR),
    KIND("threatintelligenceindicators", ALERT, INDICATOR),
    KIND("preexecutiondetection", ALERT, INDICATOR),
    NOTHING_TO_US("commandscript"),
    NOTHING_TO_US("driverload"),
    NOTHING_TO_US("duplicatethread"),
    NOTHING_TO_US("duplicatethreadhandle"),
    NOTHING_TO_US("filescan"),
    NOTHING_TO_US("groupcreation"),
    NOTHING_TO_US("iplisten"),
    NOTHING_TO_US("login"),
    NOTHING_TO_US("logout"),
    NOTHING_TO_US("notreported"),
    NOTHING_TO_US("processmodification"),
    NOTHING_TO_US("remoteprocesstermination"),
    NOTHING_TO_US("script"),
    NOTHING_TO_US("scripts"),
    NOTHING_TO_US("tcpv4listen"),
    NOTHING_TO_US("tcpv6listen"),
    NOTHING_TO_US("windowseventlogcreation"),
};

// Names, pages, tasks and registries; the last six are requests by their method.
static const str nothing_to_us[] = {
    STR_INIT("dns"),  STR_INIT("http"),    STR_INIT("reg"),     STR_INIT("sched"),
    STR_INIT("task"), STR_INIT("url"),     STR_INIT("get"),     STR_INIT("post"),
    STR_INIT("put"),  STR_INIT("connect"), STR_INIT("options"), STR_INIT("head"),
};

const struct sentinelone_kind *decode_sentinelone_kind(str name)
{
    static const struct sentinelone_kind nothing = NOTHING_TO_US("");
    char plain[NAME_MAX_LEN];
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        const char ch = name.at[i];
        const bool is_capital = ch >= 'A' && ch <= 'Z';
        if (!is_capital && !(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9'))
            continue;
        if (len == sizeof plain)
            return NULL;
        plain[len++] = is_capital ? (char)(ch - 'A' + 'a') : ch;
    }
    const str word = { .at = plain, .len = len };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, word))
            return &kinds[i];
    for (size_t i = 0; i < COUNT_OF(nothing_to_us); i++)
        if (str_starts_with(word, nothing_to_us[i]))
            return &nothing;
    return NULL;
}

const struct sentinelone_kind *decode_sentinelone_find(struct decoding *c, yyjson_val *val)
{
    if (!yyjson_is_str(val)) {
        const bool is_there = val != NULL && !yyjson_is_null(val);
        (void)decode_refuse(c, is_there ? DECODE_DROP_WRONG_TYPE : DECODE_DROP_MISSING_KEY, "event",
                            "type");
        return NULL;
    }
    const struct sentinelone_kind *kind = decode_sentinelone_kind(json_str(val));
    if (kind != NULL && kind->form != SENTINELONE_NOTHING)
        return kind;
    if (kind == NULL)
        c->unknown_event = json_str(val);
    (void)decode_refuse(c, kind == NULL ? DECODE_DROP_UNKNOWN_EVENT : DECODE_DROP_NOT_NEEDED,
                        "event", "type");
    return NULL;
}

bool decode_sentinelone_is_mac(struct decoding *c, str system)
{
    const bool is_mac = system.len == 0 || str_eq_nocase(system, STR("osx")) ||
                        str_eq_nocase(str_to(system, 3), STR("mac"));
    return is_mac || decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system", NULL);
}

// What the publisher's parts mean is published nowhere. "Apple" stands on what Apple signed itself
// ("DevID" on what developers sign), which is a part of macOS where nothing else can be. "Subject"
// has the team as its unit.
void decode_sentinelone_sign(struct process_facts *process, str is_signed, str verified,
                             str publisher)
{
    const bool has_signature = str_eq_nocase(is_signed, STR("signed"));
    const bool is_valid = has_signature && str_eq_nocase(verified, STR("verified"));
    process->cs_told = has_signature || str_eq_nocase(is_signed, STR("unsigned"));
    process->cs_flags = (has_signature ? CS_SIGNED : 0) | (is_valid ? CS_VALID : 0);
    process->signing_id = field_of_publisher(publisher, STR("ID="));
    const str team = field_of_publisher(publisher, STR("Subject=OU:"));
    if (decode_edr_is_team(team))
        process->team_id = team;
    process->is_platform = is_valid &&
                           str_eq(field_of_publisher(publisher, STR("Type=")), STR("Apple")) &&
                           decode_edr_is_of_system(process->executable);
}

// Of "<Type=DevID/ID=org.invented.tool/Subject=OU:ABCDE12345>". Empty where there is none.
static str field_of_publisher(str publisher, str name)
{
    if (publisher.len < 2 || publisher.at[0] != '<' || publisher.at[publisher.len - 1] != '>')
        return STR_EMPTY;
    str rest = { .at = publisher.at + 1, .len = publisher.len - 2 };
    for (str part; str_take_until(&rest, '/', &part);)
        if (str_starts_with(part, name))
            return str_from(part, name.len);
    return STR_EMPTY;
}
