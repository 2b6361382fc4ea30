// Which messages of the log are events: what code signing refused, and what the loader says.

#include "decode/unified_log.h"

struct log_row;

static bool is_kernel_like(str message);
static bool may_be_of(const struct log_row *row, str message);
static void fill(struct decoding *c, enum action action, uint32_t what,
                 const struct log_captures *captures);
static void fill_library(struct decoding *c, const struct log_captures *captures);
static bool take_memory_image(struct decoding *c, str message);
static void take_loader_line(struct decoding *c, str message, struct log_captures *captures);
static bool find_refused(str message, struct log_captures *captures);
static bool match_within(str message, str front, str pattern, struct log_captures *captures);

// What the path in a message is of.
enum log_path {
    OF_NOTHING,
    OF_FILE,
    OF_LIBRARY,
    OF_PROCESS,  // Its executable.
};

struct log_row {
    uint32_t writers;
    str pattern;
    enum action action;  // ACTION_COUNT: known, and nothing to us.
    enum log_path of;
};

#define ROW(writer, pattern, identifier, what)                          \
    {                                                                   \
        LOG_##writer, STR_INIT(pattern), ACTION_##identifier, OF_##what \
    }
#define NO_EVENT(writer, pattern)                                 \
    {                                                             \
        LOG_##writer, STR_INIT(pattern), ACTION_COUNT, OF_NOTHING \
    }

#define INVALID_PAGE "CODE SIGNING: cs_invalid_page(%*): p=%p[%n] final status %*, "
#define REJECTING    "CODE SIGNING: process %p[%n]: rejecting invalid page at "
#define REJECTING_LV "Library Validation failed: Rejecting '%f' "
#define TEAMS                                                                    \
    "(Team ID: %t, platform: %y) for process '%q' (Team ID: %T, platform: %Y), " \
    "reason: %r"
#define DENY_MMAP "[deny-mmap] "
#define KILLING   "AMFI: hook..execve() killing "
#define ASP       "ASP: Security policy would not allow process: "
#define GK        "Terminating process due to Gatekeeper rejection"

// The first that matches counts.
static const struct log_row rows[] = {
    ROW(KERNEL, REJECTING_LV TEAMS, LOAD_DENIED, LIBRARY),
    ROW(KERNEL, "AMFI: " REJECTING_LV TEAMS, LOAD_DENIED, LIBRARY),
    ROW(KERNEL, REJECTING_LV "%*for process '%q'", LOAD_DENIED, LIBRARY),
    // Before macOS 10.14, in three lines, of which one tells that it was refused.
    NO_EVENT(KERNEL, "AMFI:%n(pid %p) - " DENY_MMAP "mapped file has team identifier "),
    NO_EVENT(KERNEL, "AMFI:%n(pid %p) - " DENY_MMAP "process has "),
    ROW(KERNEL, "AMFI:%n(pid %p) - " DENY_MMAP "mapped file %r: %f", LOAD_DENIED, LIBRARY),
    ROW(KERNEL, "AMFI:%n(pid %p) - " DENY_MMAP "%r", LOAD_DENIED, NOTHING),
    NO_EVENT(KERNEL, DENY_MMAP "mapped file has team identifier "),
    NO_EVENT(KERNEL, DENY_MMAP "process has "),
    ROW(KERNEL, DENY_MMAP "mapped file %r: %f", LOAD_DENIED, LIBRARY),
    ROW(KERNEL, DENY_MMAP "%r", LOAD_DENIED, NOTHING),

    ROW(KERNEL, INVALID_PAGE "denying page sending SIGKILL", CS_KILLED, NOTHING),
    ROW(KERNEL, INVALID_PAGE "denying page", SIGNATURE_DENIED, NOTHING),
    ROW(KERNEL, INVALID_PAGE "allow", CS_INVALIDATED, NOTHING),
    ROW(KERNEL, REJECTING "%*in file \"%f\" (cs_mtime", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, REJECTING "%*in file \"%f\"", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, REJECTING, SIGNATURE_DENIED, NOTHING),
    ROW(KERNEL, "CODE SIGNING: %p[%n] %*can't have both write and exec at the same time",
        MAP_DENIED, NOTHING),
    ROW(KERNEL, "CODE SIGNING: %p[%n] %*curprot cannot be write+execute", MAP_DENIED, NOTHING),
    ROW(KERNEL, "CODE SIGNING: %p[%n] %*code signing monitor", MAP_DENIED, NOTHING),

    ROW(KERNEL, KILLING "pid %p: %r", SIGNATURE_DENIED, NOTHING),
    ROW(KERNEL, KILLING "%n (pid %p): %r", SIGNATURE_DENIED, NOTHING),
    ROW(KERNEL, KILLING "%n: %r", SIGNATURE_DENIED, NOTHING),
    // The next line says what came of it.
    NO_EVENT(KERNEL, "AMFI: '%f' has no CMS blob"),
    NO_EVENT(KERNEL, "AMFI: '%f' is adhoc signed"),
    ROW(KERNEL, "AMFI: '%f': Unrecoverable CT signature issue", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, "AMFI: '%f': unsuitable CT policy", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, "AMFI: code signature validation failed", SIGNATURE_DENIED, NOTHING),
    ROW(KERNEL, "AMFI: When validating %f:\n%r", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, "AMFI: When validating %f: %r", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, "AMFI: When validating %f:", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, "AMFI: Code has restricted entitlements, but the validation of its code signature",
        SIGNATURE_DENIED, NOTHING),
    ROW(KERNEL, "mac_vnode_check_signature: %f: code signature validation failed", SIGNATURE_DENIED,
        FILE),
    ROW(KERNEL, "proc %p: load code signature error %* for file \"%f\"", SIGNATURE_DENIED, FILE),
    ROW(KERNEL, ASP "%p, %f", SIGNATURE_DENIED, PROCESS),
    ROW(KERNEL, ASP "%f", SIGNATURE_DENIED, FILE),

    ROW(AMFID, "%f signature not valid: %r", SIGNATURE_DENIED, FILE),
    ROW(AMFID, "%f not valid: %r", SIGNATURE_DENIED, FILE),
    ROW(SYSPOLICYD, GK ": %p, %f", SIGNATURE_DENIED, PROCESS),
    ROW(SYSPOLICYD, GK, SIGNATURE_DENIED, NOTHING),
};

bool decode_log_message(struct decoding *c, str message, uint32_t writer,
                        struct log_captures *captures)
{
    const str front = str_to(message, LOG_MESSAGE_MAX);
    const uint32_t trusted = writer & (LOG_KERNEL | LOG_AMFID | LOG_SYSPOLICYD);
    if ((writer & LOG_DYLD) != 0) {
        take_loader_line(c, front, captures);
        return true;
    }
    if (trusted == 0)
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);

    for (size_t i = 0; i < COUNT_OF(rows) && is_kernel_like(front); i++) {
        if ((rows[i].writers & writer) == 0 || !may_be_of(&rows[i], front) ||
            !decode_log_match(rows[i].pattern, front, captures))
            continue;
        if (rows[i].action == ACTION_COUNT)
            return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
        fill(c, rows[i].action, rows[i].of, captures);
        return true;
    }
    *captures = LOG_NOTHING;
    return take_memory_image(c, front) ||
           decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
}

// The first octet of some row. Most lines go no further.
static bool is_kernel_like(str message)
{
    static const char firsts[] = "LAC[mp/T<";
    return message.len > 0 && memchr(firsts, message.at[0], sizeof firsts - 1) != NULL;
}

// amfid's lines begin with a path, or with what hides it; others may begin with anything.
static bool may_be_of(const struct log_row *row, str message)
{
    return row->writers != LOG_AMFID || message.at[0] == '/' || message.at[0] == '<';
}

static void fill(struct decoding *c, enum action action, uint32_t what,
                 const struct log_captures *captures)
{
    c->event->action = action;
    if (what == OF_LIBRARY)
        fill_library(c, captures);
    if (what == OF_FILE || what == OF_PROCESS) {
        decode_set_file(c, captures->path);
        if (captures->path.len == 0)
            decode_set_text(c, FIELD_FILE_NAME, captures->file);
    }
    if (what == OF_PROCESS && captures->pid >= 0)
        c->event->process.executable = captures->path;
}

// Of a file with a team its signature was found good, or the kernel would know of no team.
static void fill_library(struct decoding *c, const struct log_captures *captures)
{
    const bool is_unsigned = str_contains(captures->reason, STR("completely unsigned"));
    const bool is_signed = captures->is_platform || captures->team_id.len > 0;
    decode_set_library(c, captures->path);
    decode_set_text(c, FIELD_DLL_TEAM_ID, captures->team_id);
    c->event->library = (struct library_facts){
        .told = is_signed || is_unsigned,
        .is_signed = is_signed,
        .is_platform = captures->is_platform,
    };
}

// dyld's old way to load from memory writes a file of this name first; a line that names one tells
// that it was used.
static bool take_memory_image(struct decoding *c, str message)
{
    const str mark = STR("NSCreateObjectFileImageFromMemory-");
    size_t begin = str_find(message, mark);
    size_t end = begin;
    if (begin == message.len)
        return false;
    while (begin > 0 && strchr(" \t\n'\"(<,", message.at[begin - 1]) == NULL)
        begin--;
    while (end < message.len && strchr(" \t\n'\")>,:;", message.at[end]) == NULL)
        end++;
    const str path = str_to(str_from(message, begin), end - begin);
    c->event->action = ACTION_LOADER_LOG;
    if (path.at[0] == '/')
        decode_set_library(c, path);
    else
        decode_set_text(c, FIELD_DLL_NAME, path);
    return true;
}

static void take_loader_line(struct decoding *c, str message, struct log_captures *captures)
{
    const str missing = STR("Library not loaded: ");
    const str inserted = STR("could not load inserted library '");
    struct log_captures own = LOG_NOTHING;
    struct log_captures library = LOG_NOTHING;
    const bool is_refused = find_refused(message, &library);
    if (decode_log_match(STR("dyld[%p]"), message, &own))
        captures->pid = own.pid;

    if (library.path.len == 0 &&
        !match_within(message, missing, STR("Library not loaded: %f\n"), &library) &&
        !match_within(message, missing, STR("Library not loaded: %f"), &library))
        (void)match_within(message, inserted, STR("could not load inserted library '%f' "),
                           &library);
    c->event->action = is_refused ? ACTION_LOAD_DENIED : ACTION_LOADER_LOG;
    decode_set_library(c, library.path);
    if (library.path.len == 0)
        decode_set_text(c, FIELD_DLL_NAME, str_base_name(library.file));
}

// Whether a signature, or the policy for them, was what the library failed at.
static bool find_refused(str message, struct log_captures *captures)
{
    static const struct {
        str front;
        str pattern;
    } forms[] = {
        { STR_INIT("code signature in <"),
          STR_INIT("code signature in <%*> '%f' not valid for use in process") },
        { STR_INIT("code signature in ("),
          STR_INIT("code signature in (%f) not valid for use in process") },
        { STR_INIT("code signature invalid"), STR_INIT("code signature invalid") },
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (match_within(message, forms[i].front, forms[i].pattern, captures))
            return true;
    return str_contains(message, STR("library load disallowed by system policy")) ||
           str_contains(message, STR("library load denied by system policy"));
}

// `pattern` where `front`, its beginning, stands first.
static bool match_within(str message, str front, str pattern, struct log_captures *captures)
{
    return decode_log_match(pattern, str_from(message, str_find(message, front)), captures);
}
