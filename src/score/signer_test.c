#include "score/signer.h"

#include "score/fixture.h"

#define ROLE_FIELDS_MAX 8u

static struct arena arena;

static int done(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// clang-format off
#define TEXT(literal) { .text = (literal), .len = sizeof(literal) - 1, .type = VALUE_TEXT }
#define TRUE          { .boolean = true, .type = VALUE_BOOL }
#define FALSE         { .boolean = false, .type = VALUE_BOOL }
// clang-format on

static const struct {
    const char *name;
    enum signer_role role;
    struct finding_field fields[ROLE_FIELDS_MAX];
    size_t count;
    const char *expected;
} identities[] = {
    { "part of macOS",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_CS_PLATFORM, TRUE }, { FIELD_PROCESS_SIGNING_ID, TEXT("com.apple.ls") } },
      2,
      "platform:com.apple.ls" },
    { "part of macOS without an id",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_CS_PLATFORM, TRUE } },
      1,
      "" },
    { "team",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_SIGNATURE_TRUSTED, TRUE },
        { FIELD_PROCESS_SIGNING_ID, TEXT("org.a") },
        { FIELD_PROCESS_TEAM_ID, TEXT("TEAM000001") } },
      3,
      "TEAM000001/org.a" },
    { "team that would be another part",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_SIGNATURE_TRUSTED, TRUE },
        { FIELD_PROCESS_SIGNING_ID, TEXT("b") },
        { FIELD_PROCESS_TEAM_ID, TEXT("TEAM/a") } },
      3,
      "" },
    { "team whose signature does not hold",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_SIGNATURE_TRUSTED, FALSE },
        { FIELD_PROCESS_SIGNATURE_EXISTS, TRUE },
        { FIELD_PROCESS_SIGNATURE_TOLD, TRUE },
        { FIELD_PROCESS_SIGNING_ID, TEXT("org.a") },
        { FIELD_PROCESS_TEAM_ID, TEXT("TEAM000001") },
        { FIELD_PROCESS_HASH_CDHASH, TEXT(CDHASH_A) } },
      6,
      "" },
    { "ad hoc",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_CS_ADHOC, TRUE },
        { FIELD_PROCESS_SIGNATURE_TOLD, TRUE },
        { FIELD_PROCESS_SIGNING_ID, TEXT("org.a") },
        { FIELD_PROCESS_HASH_CDHASH, TEXT("0123456789ABCDEF0123456789abcdef01234567") } },
      4,
      "cdhash:" CDHASH_A },
    { "unsigned",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_SIGNATURE_EXISTS, FALSE },
        { FIELD_PROCESS_SIGNATURE_TOLD, TRUE },
        { FIELD_PROCESS_HASH_CDHASH, TEXT(CDHASH_A) } },
      3,
      "cdhash:" CDHASH_A },
    { "unsigned without a hash",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_SIGNATURE_EXISTS, FALSE }, { FIELD_PROCESS_SIGNATURE_TOLD, TRUE } },
      2,
      "" },
    { "a hash of zeros",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_CS_ADHOC, TRUE },
        { FIELD_PROCESS_SIGNATURE_TOLD, TRUE },
        { FIELD_PROCESS_HASH_CDHASH, TEXT("0000000000000000000000000000000000000000") } },
      3,
      "" },
    { "a hash that is none",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_CS_ADHOC, TRUE },
        { FIELD_PROCESS_SIGNATURE_TOLD, TRUE },
        { FIELD_PROCESS_HASH_CDHASH, TEXT("0123456789abcdef0123456789abcdef0123456/") } },
      3,
      "" },
    { "the sensor does not tell",
      SIGNER_PROCESS,
      { { FIELD_PROCESS_SIGNATURE_EXISTS, FALSE },
        { FIELD_PROCESS_SIGNATURE_TOLD, FALSE },
        { FIELD_PROCESS_HASH_CDHASH, TEXT(CDHASH_A) } },
      3,
      "" },
    { "library of a team",
      SIGNER_LIBRARY,
      { { FIELD_DLL_SIGNER, TEXT("foreign") },
        { FIELD_DLL_SIGNING_ID, TEXT("lib") },
        { FIELD_DLL_TEAM_ID, TEXT("TEAM000002") } },
      3,
      "TEAM000002/lib" },
    { "library of nobody",
      SIGNER_LIBRARY,
      { { FIELD_DLL_SIGNER, TEXT("adhoc") },
        { FIELD_DLL_SIGNING_ID, TEXT("lib") },
        { FIELD_DLL_TEAM_ID, TEXT("TEAM000002") },
        { FIELD_DLL_HASH_CDHASH, TEXT(CDHASH_B) } },
      4,
      "cdhash:" CDHASH_B },
    { "library of a signer that is not known",
      SIGNER_LIBRARY,
      { { FIELD_DLL_SIGNER, TEXT("unknown") }, { FIELD_DLL_HASH_CDHASH, TEXT(CDHASH_B) } },
      2,
      "" },
    { "sealed library without an id",
      SIGNER_LIBRARY,
      { { FIELD_DLL_SIGNER, TEXT("platform") }, { FIELD_DLL_PATH, TEXT("/usr/lib/a") } },
      2,
      "" },
    { "parent",
      SIGNER_PARENT,
      { { FIELD_PARENT_SIGNATURE_TRUSTED, TRUE },
        { FIELD_PARENT_SIGNING_ID, TEXT("org.p") },
        { FIELD_PARENT_TEAM_ID, TEXT("TEAM000001") } },
      3,
      "TEAM000001/org.p" },
    { "parent that nobody has signed",
      SIGNER_PARENT,
      { { FIELD_PARENT_SIGNATURE_TRUSTED, FALSE }, { FIELD_PARENT_SIGNING_ID, TEXT("org.p") } },
      2,
      "" },
    { "target that nobody has signed",
      SIGNER_TARGET,
      { { FIELD_TARGET_SIGNATURE_TRUSTED, FALSE }, { FIELD_TARGET_HASH_CDHASH, TEXT(CDHASH_B) } },
      2,
      "cdhash:" CDHASH_B },
    { "target of which nothing is known",
      SIGNER_TARGET,
      { { FIELD_TARGET_HASH_CDHASH, TEXT(CDHASH_B) } },
      1,
      "" },
};

static void signer_identity__is_what_nobody_else_can_take_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(identities); i++) {
        const struct finding_step step = { .fields = identities[i].fields,
                                           .field_count = identities[i].count };
        const str told = signer_identity(signer_facts_of_step(&step), identities[i].role, &arena);
        if (!str_eq(told, str_of(identities[i].expected)))
            fail_msg("%s: \"%.*s\", expected \"%s\"", identities[i].name, STR_ARG(told),
                     identities[i].expected);
    }
}

static void signer_identity__is_the_same_of_an_event(void **state)
{
    struct value slots[FIELD_COUNT] = { 0 };
    const struct event event = { .slots = slots, .slot_count = FIELD_COUNT };
    (void)state;
    slots[FIELD_PROCESS_SIGNATURE_TRUSTED] = value_of_bool(true);
    slots[FIELD_PROCESS_SIGNING_ID] = value_of_text(STR("org.a"));
    slots[FIELD_PROCESS_TEAM_ID] = value_of_text(STR("TEAM000001"));
    const str told = signer_identity(signer_facts_of_event(&event), SIGNER_PROCESS, &arena);
    assert_true(str_eq(told, STR("TEAM000001/org.a")));
}

static void signer_identity__refuses_more_than_max(void **state)
{
    char id[SIGNER_ID_MAX + 1];
    struct value slots[FIELD_COUNT] = { 0 };
    const struct event event = { .slots = slots, .slot_count = FIELD_COUNT };
    (void)state;
    memset(id, 'x', sizeof id);
    slots[FIELD_PROCESS_CS_PLATFORM] = value_of_bool(true);
    for (size_t more = 0; more < 2; more++) {
        slots[FIELD_PROCESS_SIGNING_ID] =
            value_of_text((str){ .at = id, .len = SIGNER_ID_MAX + more });
        const str told = signer_identity(signer_facts_of_event(&event), SIGNER_PROCESS, &arena);
        assert_int_equal(told.len, more == 0 ? SIGNER_ID_MAX + 9 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signer_identity__is_what_nobody_else_can_take_on),
        cmocka_unit_test(signer_identity__is_the_same_of_an_event),
        cmocka_unit_test(signer_identity__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
