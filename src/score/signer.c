#include "score/signer.h"

#define CDHASH_HEX_MIN 40u
#define CDHASH_HEX_MAX 64u

// FIELD_COUNT: records do not tell it of such a one.
static const struct signer_fields {
    enum field signing_id;
    enum field team_id;
    enum field cdhash;
} fields_of[SIGNER_ROLE_COUNT] = {
    [SIGNER_PROCESS] = { FIELD_PROCESS_SIGNING_ID, FIELD_PROCESS_TEAM_ID,
                         FIELD_PROCESS_HASH_CDHASH },
    [SIGNER_PARENT] = { FIELD_PARENT_SIGNING_ID, FIELD_PARENT_TEAM_ID, FIELD_COUNT },
    [SIGNER_TARGET] = { FIELD_TARGET_SIGNING_ID, FIELD_TARGET_TEAM_ID, FIELD_TARGET_HASH_CDHASH },
    [SIGNER_LIBRARY] = { FIELD_DLL_SIGNING_ID, FIELD_DLL_TEAM_ID, FIELD_DLL_HASH_CDHASH },
};

enum standing {
    STANDING_UNKNOWN,
    STANDING_PLATFORM,
    STANDING_TEAM,
    STANDING_CODE,  // Nobody vouches for it: ad-hoc, unsigned.
};

static enum standing standing_of(struct signer_facts facts, enum signer_role role);
static enum standing standing_of_process(struct signer_facts facts);
static enum standing standing_of_library(struct signer_facts facts);
static enum standing standing_of_other(struct signer_facts facts, enum signer_role role,
                                       enum field is_platform, enum field is_trusted);
static bool is_team(str team_id);
static str identity_of_code(str cdhash, struct arena *arena);

str signer_identity(struct signer_facts facts, enum signer_role role, struct arena *arena)
{
    const struct signer_fields *fields = &fields_of[role];
    const str signing_id = signer_fact_text(facts, fields->signing_id);
    const str team_id = signer_fact_text(facts, fields->team_id);
    const bool has_id = signing_id.len > 0 && signing_id.len <= SIGNER_ID_MAX;
    switch (standing_of(facts, role)) {
    case STANDING_PLATFORM:
        return has_id ? arena_printf(arena, "platform:%.*s", STR_ARG(signing_id)) : STR_EMPTY;
    case STANDING_TEAM:
        return has_id && is_team(team_id)
                   ? arena_printf(arena, "%.*s/%.*s", STR_ARG(team_id), STR_ARG(signing_id))
                   : STR_EMPTY;
    case STANDING_CODE:
        return identity_of_code(signer_fact_text(facts, fields->cdhash), arena);
    default:
        return STR_EMPTY;
    }
}

void signer_want(struct projection *projection, enum action action, enum signer_role role)
{
    static const enum field more[SIGNER_ROLE_COUNT][5] = {
        [SIGNER_PROCESS] = { FIELD_PROCESS_CS_PLATFORM, FIELD_PROCESS_SIGNATURE_TRUSTED,
                             FIELD_PROCESS_SIGNATURE_TOLD, FIELD_PROCESS_CS_ADHOC,
                             FIELD_PROCESS_SIGNATURE_EXISTS },
        [SIGNER_PARENT] = { FIELD_PARENT_PLATFORM, FIELD_PARENT_SIGNATURE_TRUSTED, FIELD_COUNT,
                            FIELD_COUNT, FIELD_COUNT },
        [SIGNER_TARGET] = { FIELD_TARGET_PLATFORM, FIELD_TARGET_SIGNATURE_TRUSTED, FIELD_COUNT,
                            FIELD_COUNT, FIELD_COUNT },
        [SIGNER_LIBRARY] = { FIELD_DLL_SIGNER, FIELD_COUNT, FIELD_COUNT, FIELD_COUNT, FIELD_COUNT },
    };
    const struct signer_fields *fields = &fields_of[role];
    projection_want(projection, action, fields->signing_id);
    projection_want(projection, action, fields->team_id);
    if (fields->cdhash != FIELD_COUNT)
        projection_want(projection, action, fields->cdhash);
    for (size_t i = 0; i < COUNT_OF(more[role]) && more[role][i] != FIELD_COUNT; i++)
        projection_want(projection, action, more[role][i]);
}

static enum standing standing_of(struct signer_facts facts, enum signer_role role)
{
    switch (role) {
    case SIGNER_PROCESS:
        return standing_of_process(facts);
    case SIGNER_LIBRARY:
        return standing_of_library(facts);
    case SIGNER_PARENT:
        return standing_of_other(facts, role, FIELD_PARENT_PLATFORM,
                                 FIELD_PARENT_SIGNATURE_TRUSTED);
    default:
        return standing_of_other(facts, role, FIELD_TARGET_PLATFORM,
                                 FIELD_TARGET_SIGNATURE_TRUSTED);
    }
}

static enum standing standing_of_process(struct signer_facts facts)
{
    if (signer_fact_is(facts, FIELD_PROCESS_CS_PLATFORM, true))
        return STANDING_PLATFORM;
    if (signer_fact_is(facts, FIELD_PROCESS_SIGNATURE_TRUSTED, true))
        return STANDING_TEAM;
    const bool is_nobodys = signer_fact_is(facts, FIELD_PROCESS_CS_ADHOC, true) ||
                            signer_fact_is(facts, FIELD_PROCESS_SIGNATURE_EXISTS, false);
    return is_nobodys && signer_fact_is(facts, FIELD_PROCESS_SIGNATURE_TOLD, true)
               ? STANDING_CODE
               : STANDING_UNKNOWN;
}

static enum standing standing_of_library(struct signer_facts facts)
{
    const str signer = signer_fact_text(facts, FIELD_DLL_SIGNER);
    if (str_eq(signer, STR("platform")))
        return STANDING_PLATFORM;
    if (str_eq(signer, STR("same_team")) || str_eq(signer, STR("foreign")))
        return STANDING_TEAM;
    return str_eq(signer, STR("adhoc")) || str_eq(signer, STR("unsigned")) ? STANDING_CODE
                                                                           : STANDING_UNKNOWN;
}

// Of these no more is told. Code that is trusted by nobody is that code, whatever its signature says;
// a team whose signature does not hold is none.
static enum standing standing_of_other(struct signer_facts facts, enum signer_role role,
                                       enum field is_platform, enum field is_trusted)
{
    if (signer_fact_is(facts, is_platform, true))
        return STANDING_PLATFORM;
    if (signer_fact_is(facts, is_trusted, true))
        return STANDING_TEAM;
    const bool has_team = signer_fact_text(facts, fields_of[role].team_id).len > 0;
    return signer_fact_is(facts, is_trusted, false) && !has_team ? STANDING_CODE : STANDING_UNKNOWN;
}

// Letters and digits: nothing that could be taken for another part of an identity.
static bool is_team(str team_id)
{
    for (size_t i = 0; i < team_id.len; i++) {
        const char c = team_id.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return team_id.len > 0 && team_id.len <= SIGNER_TEAM_MAX;
}

static str identity_of_code(str cdhash, struct arena *arena)
{
    char hex[CDHASH_HEX_MAX];
    bool is_zero = true;
    if (cdhash.len < CDHASH_HEX_MIN || cdhash.len > CDHASH_HEX_MAX)
        return STR_EMPTY;
    for (size_t i = 0; i < cdhash.len; i++) {
        const char c = cdhash.at[i];
        hex[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        if (!((hex[i] >= '0' && hex[i] <= '9') || (hex[i] >= 'a' && hex[i] <= 'f')))
            return STR_EMPTY;
        is_zero &= c == '0';
    }
    // Sensors write zeros where there is no code directory.
    return is_zero ? STR_EMPTY : arena_printf(arena, "cdhash:%.*s", (int)cdhash.len, hex);
}

struct value signer_fact(struct signer_facts facts, enum field field)
{
    if (field == FIELD_COUNT)
        return (struct value){ .type = VALUE_MISSING };
    return facts.event != NULL ? facts.event->slots[field] : finding_step_value(facts.step, field);
}

str signer_fact_text(struct signer_facts facts, enum field field)
{
    const struct value v = signer_fact(facts, field);
    return v.type == VALUE_TEXT ? value_str(v) : STR_EMPTY;
}

bool signer_fact_is(struct signer_facts facts, enum field field, bool expected)
{
    const struct value v = signer_fact(facts, field);
    return v.type == VALUE_BOOL && v.boolean == expected;
}
