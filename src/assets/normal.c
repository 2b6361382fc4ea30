#include "assets/normal.h"

#include "base/utf8.h"
#include "decode/dialect.h"

#define UUID_DIGITS 32u
#define UUID_LEN    36u
#define NS_PER_S    INT64_C(1000000000)
#define NS_PER_MS   INT64_C(1000000)
#define SECONDS_MAX UINT64_C(9000000000)  // More is milliseconds.
#define CRITICAL    4u

static bool is_one_of(str text, const str *words, size_t count);
static bool is_nothing(str text);
static bool is_shown(str text);
static char upper(char c);
static bool is_digit_hex(char c);
static bool is_alike(str text);

// What stands where nothing is known.
static const str nothings[] = {
    STR_INIT("n/a"),
    STR_INIT("na"),
    STR_INIT("none"),
    STR_INIT("null"),
    STR_INIT("nil"),
    STR_INIT("-"),
    STR_INIT("--"),
    STR_INIT("unknown"),
    STR_INIT("not collected"),
    STR_INIT("not_collected"),
    STR_INIT("not available"),
    STR_INIT("not_available"),
    STR_INIT("not reported"),
    STR_INIT("not specified"),
    STR_INIT("not applicable"),
    STR_INIT("not_applicable"),
    STR_INIT("(null)"),
    STR_INIT("---"),
};

bool normal_serial(str text, struct arena *arena, str *out)
{
    static const str never_given[] = {
        STR_INIT("0"),
        STR_INIT("to be filled by o.e.m."),
        STR_INIT("default string"),
        STR_INIT("system serial number"),
    };
    char kept[NORMAL_SERIAL_MAX];
    size_t len = 0;
    *out = STR_EMPTY;
    if (is_nothing(text) || is_one_of(text, never_given, COUNT_OF(never_given)))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        const char c = upper(text.at[i]);
        if (c == ' ')
            continue;
        const bool is_part = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                             c == '_' || c == '.' || c == '/' || c == '+';
        if (!is_part || len == sizeof kept)
            return false;
        kept[len++] = c;
    }
    const str all = { .at = kept, .len = len };
    if (!is_alike(all))
        *out = arena_str(arena, all);
    return true;
}

bool normal_uuid(str text, struct arena *arena, str *out)
{
    char kept[UUID_LEN];
    char digits[UUID_DIGITS];
    size_t count = 0;
    size_t len = 0;
    *out = STR_EMPTY;
    if (is_nothing(text))
        return true;
    if (text.len > 2 && text.at[0] == '{' && text.at[text.len - 1] == '}')
        text = str_to(str_from(text, 1), text.len - 2);
    for (size_t i = 0; i < text.len; i++) {
        const char c = upper(text.at[i]);
        if (c == '-' && text.len == UUID_LEN && (i == 8 || i == 13 || i == 18 || i == 23))
            continue;
        if (!is_digit_hex(c) || count == sizeof digits)
            return false;
        digits[count++] = c;
    }
    if (count != UUID_DIGITS)
        return false;
    if (is_alike((str){ .at = digits, .len = count }))
        return true;  // All zeros, or all ones: nobody's.
    for (size_t i = 0; i < count; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            kept[len++] = '-';
        kept[len++] = digits[i];
    }
    *out = arena_str(arena, (str){ .at = kept, .len = len });
    return true;
}

bool normal_host(str text, struct arena *arena, str *out)
{
    *out = STR_EMPTY;
    if (text.len > 0 && text.at[text.len - 1] == '.')
        text.len--;
    if (is_nothing(text) || str_eq_nocase(text, STR("localhost")))
        return true;
    if (text.len > NORMAL_NAME_MAX || !is_shown(text))
        return false;
    *out = arena_str(arena, text);
    return true;
}

str normal_lower(str text, struct arena *arena)
{
    char *lower = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        lower[i] =
            text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] - 'A' + 'a') : text.at[i];
    return (str){ .at = lower, .len = text.len };
}

bool normal_text(str text, struct arena *arena, str *out)
{
    *out = STR_EMPTY;
    if (is_nothing(text))
        return true;
    if (text.len > NORMAL_TEXT_MAX)
        return false;
    *out = arena_str(arena, text);
    return true;
}

bool normal_yes(str text, int64_t *out)
{
    static const str yes[] = {
        STR_INIT("yes"),
        STR_INIT("y"),
        STR_INIT("true"),
        STR_INIT("1"),
        STR_INIT("on"),
        STR_INIT("enabled"),
        STR_INIT("managed"),
        STR_INIT("encrypted"),
        STR_INIT("granted"),
        STR_INIT("allowed"),
        STR_INIT("active"),
        STR_INIT("boot_encrypted"),
        STR_INIT("all_encrypted"),
        STR_INIT("boot partitions encrypted"),
        STR_INIT("mdm"),
        STR_INIT("all partitions encrypted"),
        STR_INIT("intune"),
        STR_INIT("intuneclient"),
        STR_INIT("eas,mdm"),
        STR_INIT("easmdm"),
        STR_INIT("enrolled"),
    };
    static const str no[] = {
        STR_INIT("no"),           STR_INIT("n"),
        STR_INIT("false"),        STR_INIT("0"),
        STR_INIT("off"),          STR_INIT("disabled"),
        STR_INIT("unmanaged"),    STR_INIT("not managed"),
        STR_INIT("unencrypted"),  STR_INIT("not encrypted"),
        STR_INIT("denied"),       STR_INIT("not_encrypted"),
        STR_INIT("inactive"),     STR_INIT("no partitions encrypted"),
        STR_INIT("decrypted"),    STR_INIT("mde"),
        STR_INIT("not enrolled"), STR_INIT("unenrolled"),
    };
    *out = -1;
    // Fleet says "On (manual)" and "On (automatic)".
    const size_t bracket = str_find(text, STR(" ("));
    if (is_one_of(str_to(text, bracket), yes, COUNT_OF(yes)))
        *out = 1;
    else if (is_one_of(str_to(text, bracket), no, COUNT_OF(no)))
        *out = 0;
    return *out >= 0 || is_nothing(text);
}

bool normal_criticality(str text, int64_t *out)
{
    static const str words[] = { STR_INIT("low"), STR_INIT("medium"), STR_INIT("high"),
                                 STR_INIT("critical") };
    uint64_t number;
    *out = 0;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq_nocase(text, words[i]))
            *out = (int64_t)i + 1;
    if (*out == 0 && str_to_u64(text, &number) && number <= CRITICAL) {
        *out = (int64_t)number;
        return true;
    }
    return *out > 0 || is_nothing(text);
}

bool normal_os(str text, struct arena *arena, str *version, str *build)
{
    static const str systems[] = { STR_INIT("macOS "), STR_INIT("Mac OS X "), STR_INIT("OS X "),
                                   STR_INIT("Mac OS ") };
    *version = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(systems); i++)
        if (str_eq_nocase(str_to(text, systems[i].len), systems[i]))
            text = str_from(text, systems[i].len);
    if (is_nothing(text))
        return true;
    const size_t bracket = str_find(text, STR(" ("));
    if (bracket < text.len && text.at[text.len - 1] == ')') {
        const str within = str_from(str_to(text, text.len - 1), bracket + 2);
        *build = arena_str(arena, within);
        text = str_to(text, bracket);
    }
    if (text.len > NORMAL_SERIAL_MAX || build->len > NORMAL_SERIAL_MAX || !is_shown(text))
        return false;
    *version = arena_str(arena, text);
    return true;
}

bool normal_time(str text, int64_t *out_ns)
{
    char day[] = "0000-00-00T00:00:00";
    uint64_t number;
    *out_ns = 0;
    if (is_nothing(text))
        return true;
    if (str_to_u64(text, &number) && number <= SECONDS_MAX) {
        *out_ns = (int64_t)number * NS_PER_S;
        return true;
    }
    if (str_to_u64(text, &number) && number <= SECONDS_MAX * 1000) {
        *out_ns = (int64_t)number * NS_PER_MS;
        return true;
    }
    // The web says "…:09.811 +00:00" with a blank.
    char whole[NORMAL_SERIAL_MAX];
    const size_t blank = str_find_char(str_from(text, 11), ' ');
    if (text.len > 12 && text.len <= sizeof whole && blank + 11 < text.len) {
        memcpy(whole, text.at, blank + 11);
        memcpy(whole + blank + 11, text.at + blank + 12, text.len - blank - 12);
        text = (str){ .at = whole, .len = text.len - 1 };
    }
    if (text.len == 10) {
        memcpy(day, text.at, text.len);
        text = str_of(day);
    }
    return decode_time_loose(text, out_ns);
}

bool normal_is_mac(str text)
{
    static const str macs[] = { STR_INIT("mac"),    STR_INIT("macos"), STR_INIT("darwin"),
                                STR_INIT("macmdm"), STR_INIT("os x"),  STR_INIT("mac os x") };
    return is_nothing(text) || is_one_of(text, macs, COUNT_OF(macs));
}

static bool is_one_of(str text, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(text, words[i]))
            return true;
    return false;
}

static bool is_nothing(str text)
{
    return text.len == 0 || is_one_of(text, nothings, COUNT_OF(nothings));
}

// Whether all of it can be seen where it is printed.
static bool is_shown(str text)
{
    for (size_t i = 0; i < text.len;) {
        const str rest = str_from(text, i);
        const size_t len = utf8_len(rest);
        if (len == 0 || !utf8_is_shown(utf8_code_point(rest)))
            return false;
        i += len;
    }
    return true;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_digit_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

// One character again and again: a stand-in, and no number that was given to one Mac.
static bool is_alike(str text)
{
    for (size_t i = 1; i < text.len; i++)
        if (text.at[i] != text.at[0])
            return false;
    return true;
}
