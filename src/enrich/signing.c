#include "enrich/signing.h"

struct flag_name {
    uint32_t bit;
    str name;
};

// <kern/cs_blobs.h>
static const struct flag_name flag_names[] = {
    { CS_VALID, STR_INIT("valid") },
    { CS_ADHOC, STR_INIT("adhoc") },
    { CS_GET_TASK_ALLOW, STR_INIT("get_task_allow") },
    { 0x00000008u, STR_INIT("installer") },
    { CS_FORCED_LV, STR_INIT("forced_lv") },
    { 0x00000020u, STR_INIT("invalid_allowed") },
    { CS_HARD, STR_INIT("hard") },
    { CS_KILL, STR_INIT("kill") },
    { 0x00000400u, STR_INIT("check_expiration") },
    { CS_RESTRICT, STR_INIT("restrict") },
    { 0x00001000u, STR_INIT("enforcement") },
    { CS_REQUIRE_LV, STR_INIT("require_lv") },
    { 0x00004000u, STR_INIT("entitlements_validated") },
    { 0x00008000u, STR_INIT("nvram_unrestricted") },
    { CS_RUNTIME, STR_INIT("runtime") },
    { CS_LINKER_SIGNED, STR_INIT("linker_signed") },
    { 0x00100000u, STR_INIT("exec_set_hard") },
    { 0x00200000u, STR_INIT("exec_set_kill") },
    { 0x00400000u, STR_INIT("exec_set_enforcement") },
    { 0x00800000u, STR_INIT("exec_inherit_sip") },
    { 0x01000000u, STR_INIT("killed") },
    { 0x02000000u, STR_INIT("no_untrusted_helpers") },
    { CS_PLATFORM_BINARY, STR_INIT("platform_binary") },
    { 0x08000000u, STR_INIT("platform_path") },
    { CS_DEBUGGED, STR_INIT("debugged") },
    { CS_SIGNED, STR_INIT("signed") },
    { 0x40000000u, STR_INIT("dev_code") },
    { 0x80000000u, STR_INIT("datavault_controller") },
};

static bool is_build(str cdhash, const struct process_facts *facts);
static bool is_signer(str entry, const struct process_facts *facts);

bool signing_is_trusted(uint32_t cs_flags, bool is_platform, str team_id)
{
    if (is_platform)
        return true;
    const uint32_t wanted = CS_VALID | CS_SIGNED;
    return (cs_flags & (wanted | CS_ADHOC)) == wanted && team_id.len > 0;
}

size_t signing_flag_names(uint32_t cs_flags, struct value out[SIGNING_FLAGS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(flag_names); i++)
        if ((cs_flags & flag_names[i].bit) != 0)
            out[count++] = value_of_text(flag_names[i].name);
    return count;
}

bool signing_is_listed(const str *list, size_t count, const struct process_facts *facts)
{
    const bool is_trusted = signing_is_trusted(facts->cs_flags, facts->is_platform, facts->team_id);
    for (size_t i = 0; i < count; i++)
        if (str_starts_with(list[i], STR("cdhash:"))
                ? is_build(str_from(list[i], sizeof "cdhash:" - 1), facts)
                : is_trusted && is_signer(list[i], facts))
            return true;
    return false;
}

// A sensor that tells no flags tells a cdhash all the same.
static bool is_build(str cdhash, const struct process_facts *facts)
{
    return cdhash.len > 0 && str_eq_nocase(cdhash, facts->cdhash) &&
           (!facts->cs_told || (facts->cs_flags & CS_VALID) != 0);
}

static bool is_signer(str entry, const struct process_facts *facts)
{
    if (facts->signing_id.len == 0)
        return false;
    const size_t slash = str_find_char(entry, '/');
    if (slash == entry.len)
        return facts->is_platform && signing_name_fits(facts->signing_id, entry);
    const str team = str_to(entry, slash);
    const bool is_team =
        facts->team_id.len > 0 && (str_eq(team, STR("*")) || str_eq(team, facts->team_id));
    return is_team && signing_name_fits(facts->signing_id, str_from(entry, slash + 1));
}

bool signing_name_fits(str name, str pattern)
{
    if (pattern.len > 0 && pattern.at[pattern.len - 1] == '*')
        return str_starts_with(name, str_to(pattern, pattern.len - 1));
    return str_eq(name, pattern);
}
