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
    if (facts->signing_id.len == 0 ||
        !signing_is_trusted(facts->cs_flags, facts->is_platform, facts->team_id))
        return false;
    for (size_t i = 0; i < count; i++) {
        const size_t slash = str_find_char(list[i], '/');
        const bool has_team = slash < list[i].len;
        if (has_team ? !str_eq(str_to(list[i], slash), facts->team_id) : !facts->is_platform)
            continue;
        if (signing_name_fits(facts->signing_id, has_team ? str_from(list[i], slash + 1) : list[i]))
            return true;
    }
    return false;
}

bool signing_name_fits(str name, str pattern)
{
    if (pattern.len > 0 && pattern.at[pattern.len - 1] == '*')
        return str_starts_with(name, str_to(pattern, pattern.len - 1));
    return str_eq(name, pattern);
}
