#include "base/utf8.h"
#include "sink/fixture.h"
#include "sink/page.h"
#include "sink/sink.h"
#include "sink/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define GOLDEN   "tests/golden/"
#define TEXT_MAX (256u * 1024u)

// What the sink writes of a batch; to be freed.
static char *written_of(const struct batch *batch, const struct sink_options *options, size_t *len)
{
    struct err err;
    FILE *stream = tmpfile();
    assert_non_null(stream);

    struct sink *sink = NULL;
    assert_int_equal(sink_new(options, stream, &sink, &err), OK);
    assert_int_equal(sink_write(sink, batch, &err), OK);
    sink_free(sink);

    char *text = memory_new(TEXT_MAX);
    rewind(stream);
    *len = fread(text, 1, TEXT_MAX, stream);
    assert_true(*len > 0 && *len < TEXT_MAX);
    (void)fclose(stream);
    return text;
}

// The same of the fixture's findings.
static char *written(const struct sink_options *options, size_t *len)
{
    struct batch batch;
    batch_init(&batch);
    fixture_fill(&batch);
    char *text = written_of(&batch, options, len);
    batch_done(&batch);
    return text;
}

// POMONA_BLESS=1 rewrites the file; the diff is what gets reviewed.
static void compare(const char *path, const struct sink_options *options)
{
    size_t len;
    char *text = written(options, &len);

    if (getenv("POMONA_BLESS") != NULL) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(text, 1, len, out), len);
        assert_int_equal(fclose(out), 0);
    }
    char *golden = memory_new(TEXT_MAX);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        fail_msg("%s cannot be opened", path);
    const size_t golden_len = fread(golden, 1, TEXT_MAX, in);
    (void)fclose(in);
    if (golden_len != len || memcmp(golden, text, len) != 0)
        fail_msg("%s differs from what is written now; POMONA_BLESS=1 rewrites it", path);
    free(golden);
    free(text);
}

static void sink_write__writes_what_the_golden_files_say(void **state)
{
    (void)state;
    compare(GOLDEN "findings.ndjson", &(struct sink_options){ .form = SINK_NDJSON });
    compare(GOLDEN "findings.ocsf.ndjson", &(struct sink_options){ .form = SINK_OCSF });
    compare(GOLDEN "findings.ecs.ndjson", &(struct sink_options){ .form = SINK_ECS });
    compare(GOLDEN "findings.table.txt", &(struct sink_options){ .form = SINK_TABLE });
    compare(GOLDEN "findings.table-100.txt",
            &(struct sink_options){ .form = SINK_TABLE, .width = 100 });
    compare(GOLDEN "findings.table-colour.txt",
            &(struct sink_options){ .form = SINK_TABLE, .width = 60, .colour = true });
}

// --- A checker of JSON (RFC 8259), just strict enough to be believed. NULL: not JSON, or an
// object that has a key twice.

#define KEYS_MAX 512

static const char *after_value(const char *at, const char *end, int depth);

static const char *after_text(const char *at, const char *end)
{
    if (at == end || *at++ != '"')
        return NULL;
    while (at < end && *at != '"') {
        const size_t len = utf8_len((str){ .at = at, .len = (size_t)(end - at) });
        if (len == 0 || (unsigned char)*at < 0x20)
            return NULL;
        if (*at != '\\') {
            at += len;
            continue;
        }
        if (end - at < 2 || strchr("\"\\/bfnrtu", at[1]) == NULL || at[1] == '\0')
            return NULL;
        const size_t digits = at[1] == 'u' ? 4 : 0;
        if ((size_t)(end - at) < 2 + digits ||
            (digits > 0 && strspn(at + 2, "0123456789abcdefABCDEF") < 4))
            return NULL;
        at += 2 + digits;
    }
    return at < end ? at + 1 : NULL;
}

// The keys of the objects that are open, the innermost one's last.
struct keys {
    str at[KEYS_MAX];
    size_t count;
};
static struct keys keys;

static const char *after_key(const char *at, const char *end, size_t first)
{
    const char *colon = after_text(at, end);
    if (colon == NULL || colon == end || *colon != ':')
        return NULL;
    const str key = { .at = at, .len = (size_t)(colon - at) };
    for (size_t i = first; i < keys.count; i++)
        if (str_eq(keys.at[i], key))
            return NULL;
    assert_true(keys.count < KEYS_MAX);
    keys.at[keys.count++] = key;
    return colon + 1;
}

static const char *after_members(const char *at, const char *end, bool is_object, int depth)
{
    const char close = is_object ? '}' : ']';
    const size_t first = keys.count;
    if (at < end && *at == close)
        return at + 1;
    while (at != NULL && at < end) {
        if (is_object)
            at = after_key(at, end, first);
        const size_t own = keys.count;
        at = at == NULL ? NULL : after_value(at, end, depth);
        keys.count = own;
        if (at == NULL || at == end)
            return NULL;
        if (*at == close)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
    return NULL;
}

static const char *after_value(const char *at, const char *end, int depth)
{
    static const str words[] = { STR_INIT("true"), STR_INIT("false"), STR_INIT("null") };
    const str rest = { .at = at, .len = (size_t)(end - at) };

    if (depth > 32 || rest.len == 0)
        return NULL;
    if (*at == '{' || *at == '[')
        return after_members(at + 1, end, *at == '{', depth + 1);
    if (*at == '"')
        return after_text(at, end);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_starts_with(rest, words[i]))
            return at + words[i].len;
    char *number_end;
    (void)strtod(at, &number_end);
    return number_end == at || *at == '+' ? NULL : number_end;
}

static bool is_json(str text)
{
    keys.count = 0;
    return after_value(text.at, text.at + text.len, 0) == text.at + text.len;
}

static void is_json__refuses_what_is_none(void **state)
{
    (void)state;
    static const str good[] = { STR_INIT("{}"), STR_INIT("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]}}") };
    static const str bad[] = { STR_INIT("{\"a\":1,\"a\":2}"),
                               STR_INIT("{\"a\":{\"b\":1,\"b\":{}}}"), STR_INIT("{\"a\":1,}"),
                               STR_INIT("[\"\x01\"]"), STR_INIT("[\"\xff\"]") };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(is_json(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(is_json(bad[i]));
}

static bool is_for_people(enum sink_form form)
{
    return form == SINK_TABLE;
}

static void sink_write__writes_one_json_object_a_line(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        size_t len;
        size_t lines = 0;
        if (is_for_people(form))
            continue;
        char *text = written(&(struct sink_options){ .form = form }, &len);
        str rest = { .at = text, .len = len };
        for (str line; str_take_until(&rest, '\n', &line); lines++) {
            assert_true(line.len > 0 && line.at[0] == '{');
            if (!is_json(line))
                fail_msg("form %d, line %zu is not JSON: %.*s", form, lines + 1, STR_ARG(line));
        }
        assert_int_equal(lines, 4);
        free(text);
    }
}

// A value of each type, lists as lists, for every field there is.
static void fill_every_field(struct finding_field fields[static FIELD_COUNT])
{
    static const struct value texts[] = { TEXT("one"), TEXT(HOSTILE) };
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        fields[i].field = (enum field)i;
        switch (field_type_of((enum field)i)) {
        case FIELD_TYPE_INT:
            fields[i].value = value_of_int((int64_t)i);
            break;
        case FIELD_TYPE_BOOL:
            fields[i].value = value_of_bool(i % 2 == 0);
            break;
        case FIELD_TYPE_TEXT:
            fields[i].value = value_of_text(STR(HOSTILE));
            break;
        case FIELD_TYPE_TEXTS:
            fields[i].value = value_of_list(texts, COUNT_OF(texts));
            break;
        }
    }
}

// Whatever a step shows, no key comes twice and no text gets out of its quotes.
static void sink_write__keeps_to_json_with_every_field(void **state)
{
    (void)state;
    struct finding_field fields[FIELD_COUNT];
    fill_every_field(fields);
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        if (is_for_people(form))
            continue;
        for (size_t action = 0; action < ACTION_COUNT; action++) {
            const struct finding_step step = { .action = (enum action)action,
                                               .categories = CATEGORY_ANY,
                                               .fields = fields,
                                               .field_count = FIELD_COUNT };
            struct batch batch;
            size_t len;
            batch_init(&batch);
            *batch_add_finding(&batch) = (struct finding){
                .rule = &hostile_rule, .host_name = STR(HOSTILE), .steps = &step, .step_count = 1
            };
            char *text = written_of(&batch, &(struct sink_options){ .form = form }, &len);
            if (text[len - 1] != '\n' || !is_json((str){ .at = text, .len = len - 1 }))
                fail_msg("form %d, action %zu: %.*s", form, action, (int)len, text);
            free(text);
            batch_done(&batch);
        }
    }
}

// Every finding says what could not be seen when it was raised, whatever its form.
static void sink_write__tells_what_was_not_seen(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        size_t len;
        char *text = written(&(struct sink_options){ .form = form }, &len);
        for (size_t i = 0; i < COUNT_OF(hostile_unseen); i++)
            if (!str_contains((str){ .at = text, .len = len }, hostile_unseen[i]))
                fail_msg("form %d does not say: %.*s", form, STR_ARG(hostile_unseen[i]));
        free(text);
    }
}

// Hostile text cannot move the cursor, colour, or begin a line of its own.
static void sink_write__table_has_no_control_characters(void **state)
{
    (void)state;
    const unsigned widths[] = { 0, 1, 80 };
    for (size_t w = 0; w < COUNT_OF(widths); w++) {
        size_t len;
        char *text =
            written(&(struct sink_options){ .form = SINK_TABLE, .width = widths[w] }, &len);
        str rest = { .at = text, .len = len };
        for (size_t taken; rest.len > 0; rest = str_from(rest, taken)) {
            taken = utf8_len(rest);
            assert_true(taken > 0);
            const uint32_t c = utf8_code_point(rest);
            assert_true(c == '\n' ||
                        (c >= 0x20 && c != 0x7f && (c < 0x80 || c > 0x9f) && c != 0x202e));
        }
        assert_false(str_contains((str){ .at = text, .len = len }, STR("\n{\"id\"")));
        free(text);
    }
}

static size_t characters_of(str s)
{
    size_t count = 0;
    for (; s.len > 0; s = str_from(s, utf8_len(s)))
        count++;
    return count;
}

static void sink_write__table_keeps_to_the_width(void **state)
{
    (void)state;
    for (unsigned width = 1; width <= 200; width += 7) {
        const size_t most = width < SINK_COLUMNS_MIN ? SINK_COLUMNS_MIN : width;
        size_t len;
        char *text = written(&(struct sink_options){ .form = SINK_TABLE, .width = width }, &len);
        str rest = { .at = text, .len = len };
        for (str line; str_take_until(&rest, '\n', &line);)
            if (characters_of(line) > most)
                fail_msg("width %u: %.*s", width, STR_ARG(line));
        free(text);
    }
}

static void sink_add_escaped__leaves_nothing_that_acts(void **state)
{
    (void)state;
    static const struct {
        str in;
        str out;
    } cases[] = {
        { STR_INIT("/bin/zsh"), STR_INIT("/bin/zsh") },
        { STR_INIT("caf\xc3\xa9 \xe7\xbd\x91"), STR_INIT("caf\xc3\xa9 \xe7\xbd\x91") },
        { STR_INIT("\x1b[2J"), STR_INIT("\\x1b[2J") },
        { STR_INIT("a\nb\tc\r"), STR_INIT("a\\nb\\tc\\x0d") },
        { STR_INIT("\0\x7f"), STR_INIT("\\x00\\x7f") },
        { STR_INIT("\xc2\x9b"), STR_INIT("\\u{9b}") },
        { STR_INIT("\xe2\x80\xaegnp"), STR_INIT("\\u{202e}gnp") },
        { STR_INIT("\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf"),
          STR_INIT("\\u{2066}\\u{200b}\\u{feff}") },
        { STR_INIT("\xf3\xa0\x81\x81"), STR_INIT("\\u{e0041}") },
        { STR_INIT("\xff\xc0\x80"), STR_INIT("\\xff\\xc0\\x80") },
        { STR_INIT("C:\\x1b"), STR_INIT("C:\\\\x1b") },
        { STR_INIT(""), STR_INIT("") },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, TEXT_MAX);
        sink_add_escaped(&out, cases[i].in);
        const str got = buf_str(&out);
        if (!str_eq(got, cases[i].out))
            fail_msg("case %zu: %.*s", i, STR_ARG(got));
        buf_done(&out);
    }
}

// Of every action, with every field told and with none.
static void sink_add_summary__says_something_of_every_action(void **state)
{
    (void)state;
    struct finding_field fields[FIELD_COUNT];
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const enum field_type type = field_type_of((enum field)i);
        fields[i].field = (enum field)i;
        fields[i].value = type == FIELD_TYPE_INT    ? value_of_int(5)
                          : type == FIELD_TYPE_BOOL ? value_of_bool(true)
                                                    : value_of_text(STR("value"));
    }
    for (size_t a = 0; a < ACTION_COUNT; a++) {
        const struct finding_step full = { .action = (enum action)a,
                                           .fields = fields,
                                           .field_count = FIELD_COUNT };
        const struct finding_step empty = { .action = (enum action)a };
        struct buf out;
        buf_init(&out, TEXT_MAX);
        sink_add_summary(&out, &full);
        const str said = buf_str(&out);
        // A field that a template names and that does not exist would be "(not told)".
        if (said.len == 0 || str_contains(said, STR("(not told)")) ||
            str_contains(said, STR("{")) || str_contains(said, STR("[")))
            fail_msg("%s: %.*s", action_traits[a].name.at, STR_ARG(said));
        // Every action has a sentence of its own, not only its name.
        assert_false(str_eq(said, action_traits[a].name));
        buf_reset(&out);
        sink_add_summary(&out, &empty);
        assert_true(out.len > 0);
        buf_done(&out);
    }
}

static void sink_form_of__knows_its_forms(void **state)
{
    (void)state;
    enum sink_form form = SINK_TABLE;
    assert_true(sink_form_of(STR("table"), &form) && form == SINK_TABLE);
    assert_true(sink_form_of(STR("ndjson"), &form) && form == SINK_NDJSON);
    assert_true(sink_form_of(STR("ocsf"), &form) && form == SINK_OCSF);
    assert_true(sink_form_of(STR("ecs"), &form) && form == SINK_ECS);
    assert_false(sink_form_of(STR("xml"), &form));
    assert_int_equal(form, SINK_ECS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sink_write__writes_what_the_golden_files_say),
        cmocka_unit_test(is_json__refuses_what_is_none),
        cmocka_unit_test(sink_write__writes_one_json_object_a_line),
        cmocka_unit_test(sink_write__keeps_to_json_with_every_field),
        cmocka_unit_test(sink_write__tells_what_was_not_seen),
        cmocka_unit_test(sink_write__table_has_no_control_characters),
        cmocka_unit_test(sink_write__table_keeps_to_the_width),
        cmocka_unit_test(sink_add_escaped__leaves_nothing_that_acts),
        cmocka_unit_test(sink_add_summary__says_something_of_every_action),
        cmocka_unit_test(sink_form_of__knows_its_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
