#include "score/exception_propose.h"

#include "score/exception_fixture.h"

#include <stdlib.h>

static const struct exception_wish wish = {
    .owner = STR_INIT("ann@example.org"),
    .reason = STR_INIT("The choir's \"plug-in\".\n# and: no comment"),
    .now_ns = NOON_NS,
};

struct made {
    struct arena arena;
    struct buf text;
    struct exceptions *read;
};

static int set_up(void **state)
{
    struct made *m = memory_zeroed(1, sizeof *m);
    buf_init(&m->text, 1024u * 1024u);
    *state = m;
    return 0;
}

static int tear_down(void **state)
{
    struct made *m = *state;
    exceptions_free(m->read);
    buf_done(&m->text);
    arena_done(&m->arena);
    free(m);
    return 0;
}

static void make(struct sample *s)
{
    begin(s, 2);
    memcpy(s->finding.id, "4188ee26aaaabbbbccccddddeeeeffff", 33);
}

static const struct exception *propose(struct made *m, const struct sample *s)
{
    struct err err = { .text = "" };
    if (exception_propose(&s->finding, &wish, &m->arena, &m->text, &err) != OK)
        fail_msg("%s", err.text);
    m->read = load_good(cstr_of(&m->arena, buf_str(&m->text)));
    assert_int_equal(exceptions_count(m->read), 1);
    return exceptions_at(m->read, 0);
}

static void assert_refused(struct made *m, const struct sample *s, const char *sentence)
{
    struct err err = { .text = "" };
    assert_int_equal(exception_propose(&s->finding, &wish, &m->arena, &m->text, &err), ERR_CONFIG);
    assert_string_equal(err.text, sentence);
    assert_int_equal(m->text.len, 0);
}

static void assert_text(str text, const char *expected)
{
    if (!str_eq(text, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(text), expected);
}

static void exception_propose__names_who_took_part(void **state)
{
    struct made *m = *state;
    struct sample s;
    make(&s);
    add_library(&s, 1);
    add_target(&s, 1);
    const struct exception *x = propose(m, &s);
    assert_text(x->id, "P-4188ee26aaaa");
    assert_int_equal(x->rule_count, 1);
    assert_text(x->rules[0], "S09");
    assert_text(x->who.signer, "PRL0XMPL88/com.example.parlo");
    assert_false(x->who.is_prefix);
    assert_text(x->library.signer, "KWT0XMPL77/com.example.kwartet.plug");
    assert_text(x->target.signer, "KRX0XMPL55/com.example.koor");
    assert_false(x->any_library);
    assert_false(x->critical);
    assert_int_equal(x->host_count, 1);
    assert_text(x->hosts[0], "A1B2C3D4-0000-4000-8000-000000000007");
    assert_text(x->owner, "ann@example.org");
    assert_text(x->reason, "The choir's \"plug-in\".\n# and: no comment");
    assert_text(x->created, "2026-10-26");
    assert_text(x->expires, "2027-01-24");
}

// What nobody vouches for is that code.
static void exception_propose__names_code_by_its_hash(void **state)
{
    struct made *m = *state;
    struct sample s;
    make(&s);
    for (size_t i = 0; i < 2; i++) {
        show(&s, i, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(false));
        show(&s, i, FIELD_PROCESS_SIGNATURE_EXISTS, value_of_bool(false));
    }
    show_text(&s, 1, FIELD_PROCESS_HASH_CDHASH, CDHASH_2);
    const struct exception *x = propose(m, &s);
    assert_int_equal(x->who.signer.len, 0);
    assert_int_equal(x->who.cdhash_count, 2);
    assert_text(x->who.cdhashes[0], CDHASH);
    assert_text(x->who.cdhashes[1], CDHASH_2);
}

// An exception has no word for two signers: the code of each is narrower than either.
static void exception_propose__names_several_by_their_code(void **state)
{
    struct made *m = *state;
    struct sample s;
    make(&s);
    show_text(&s, 1, FIELD_PROCESS_TEAM_ID, "KWT0XMPL77");
    show_text(&s, 1, FIELD_PROCESS_HASH_CDHASH, CDHASH_2);
    const struct exception *x = propose(m, &s);
    assert_int_equal(x->who.signer.len, 0);
    assert_int_equal(x->who.cdhash_count, 2);
}

static void exception_propose__says_what_it_does_not_allow(void **state)
{
    struct made *m = *state;
    struct sample s;
    make(&s);
    s.rule.level = LEVEL_CRITICAL;
    s.finding.level = LEVEL_CRITICAL;
    s.finding.host_id = STR_EMPTY;
    s.finding.host_name = STR_EMPTY;
    show(&s, 0, FIELD_PROCESS_CS_PLATFORM, value_of_bool(true));
    show(&s, 1, FIELD_PROCESS_CS_PLATFORM, value_of_bool(true));
    show(&s, 1, FIELD_TARGET_PID, value_of_int(7));
    const struct exception *x = propose(m, &s);
    assert_false(x->critical);
    assert_int_equal(x->host_count, 0);
    const char *text = cstr_of(&m->arena, buf_str(&m->text));
    assert_non_null(strstr(text, "\n# The finding is critical: "));
    assert_non_null(strstr(text, "\n# Who acts is a part of macOS"));
    assert_non_null(strstr(text, "\n# The finding names no Mac: "));
    assert_non_null(strstr(text, "\n# Whoever is acted upon: "));
}

// Another rule of the same act is named where the same people completed it.
static void exception_propose__names_rules_of_the_same_act(void **state)
{
    struct made *m = *state;
    struct sample s;
    struct sample same;
    struct sample other;
    make(&s);
    make(&same);
    make(&other);
    same.rule.id = STR("S10");
    other.rule.id = STR("S11\n- id: x");
    show_text(&other, 0, FIELD_PROCESS_TEAM_ID, "KWT0XMPL77");
    const struct finding *const also[] = { &same.finding, &other.finding, &same.finding };
    s.finding.also = also;
    s.finding.also_count = COUNT_OF(also);
    const struct exception *x = propose(m, &s);
    assert_int_equal(x->rule_count, 2);
    assert_text(x->rules[1], "S10");
    const char *text = cstr_of(&m->arena, buf_str(&m->text));
    assert_non_null(strstr(text, "\n# Not covered, of the same act: \"S11\\n- id: x\".\n"));
}

static void exception_propose__refuses_what_it_cannot_name(void **state)
{
    struct made *m = *state;
    struct sample s;
    make(&s);
    show_text(&s, 1, FIELD_PROCESS_TEAM_ID, "KWT0XMPL77");
    show_text(&s, 1, FIELD_PROCESS_HASH_CDHASH, "");
    assert_refused(m, &s,
                   "its steps have more than one process that acts, and in step 2 the code is not "
                   "known");
    make(&s);
    show(&s, 1, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(false));
    assert_refused(m, &s,
                   "of the process that acts in step 2 neither a signer that holds nor the code "
                   "is known");
    make(&s);
    add_library(&s, 0);
    show_text(&s, 0, FIELD_DLL_SIGNER, "unknown");
    assert_refused(m, &s,
                   "of the library in step 1 neither a signer that holds nor the code is known");
    make(&s);
    for (size_t i = 0; i < 2; i++)
        show_text(&s, i, FIELD_PROCESS_TEAM_ID, "short");
    assert_refused(m, &s,
                   "what could be proposed would be refused: proposal:5:11: a team is ten capital "
                   "letters and digits, and has no star: not \"short\"");
    make(&s);
    s.finding.step_count = 0;
    assert_refused(m, &s, "it has no step");
}

// Texts of any length and with any octets: they are cut, or refused in a sentence.
static void exception_propose__is_readable_whatever_the_texts(void **state)
{
    struct made *m = *state;
    struct sample s;
    struct err err = { .text = "" };
    char *text = memory_new(9000);
    make(&s);
    for (int octet = 1; octet < 256; octet++) {
        memset(text, octet, 9000);
        text[0] = 'a';
        const struct exception_wish odd = { .owner = { .at = text, .len = 9000 },
                                            .reason = { .at = text, .len = 9000 },
                                            .now_ns = NOON_NS };
        buf_reset(&m->text);
        const enum status status = exception_propose(&s.finding, &odd, &m->arena, &m->text, &err);
        if (status != OK && status != ERR_CONFIG)
            fail_msg("%d: %s", octet, err.text);
        // Thousands of brackets are more than a file of exceptions may have, quoted or not.
        if (octet >= ' ' && octet < 127 && octet != '[' && octet != '{' && status != OK)
            fail_msg("%d: %s", octet, err.text);
        arena_reset(&m->arena);
    }
    free(text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(exception_propose__names_who_took_part),
        CASE(exception_propose__names_code_by_its_hash),
        CASE(exception_propose__names_several_by_their_code),
        CASE(exception_propose__says_what_it_does_not_allow),
        CASE(exception_propose__names_rules_of_the_same_act),
        CASE(exception_propose__refuses_what_it_cannot_name),
        CASE(exception_propose__is_readable_whatever_the_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
