#include "decode/damage.h"
#include "decode/elastic_fixture.h"
#include "decode/fixture.h"

#include "base/buf.h"
#include "decode/json.h"

#include <stdio.h>

// The same document in every form in which it may come makes the same event.

#define FORM_MAX (1u << 16)

enum form {
    DOTTED,         // {"process.pid":1}
    DOTTED_WITHIN,  // {"process":{"parent.pid":1}}
    DOTTED_ABOVE,   // {"process.parent":{"pid":1}}
    FIELDS,         // {"fields":{"process.pid":[1]}}
    SOURCE,         // {"_index":"","_source":{"process":{"pid":1}}}
    SOURCE_DOTTED,  // {"_source":{"process.pid":1}}
    LISTS,          // {"process":{"pid":[1]}}
    FORM_COUNT
};

struct writer {
    struct buf out;
    enum form form;
    bool is_first;
};

static void add_value(struct writer *w, yyjson_val *val)
{
    size_t len;
    const bool is_listed =
        (w->form == FIELDS || w->form == LISTS) && !yyjson_is_arr(val) && !yyjson_is_obj(val);
    char *text = yyjson_val_write(val, YYJSON_WRITE_NOFLAG, &len);
    assert_non_null(text);
    buf_add(&w->out, is_listed ? STR("[") : STR_EMPTY);
    buf_add(&w->out, (str){ .at = text, .len = len });
    buf_add(&w->out, is_listed ? STR("]") : STR_EMPTY);
    free(text);
}

static void add_key(struct writer *w, const char *path)
{
    buf_add(&w->out, w->is_first ? STR("\"") : STR(",\""));
    buf_add(&w->out, str_of(path));
    buf_add(&w->out, STR("\":"));
    w->is_first = false;
}

// `path` is of the object since the last brace; `depth` since the first.
static void add_members(struct writer *w, yyjson_val *object, const char *path, unsigned depth)
{
    struct json_members m = json_members_of(object);
    while (json_take_member(&m)) {
        char at[256];
        const int len =
            snprintf(at, sizeof at, "%s%s%.*s", path, path[0] == '\0' ? "" : ".", STR_ARG(m.key));
        assert_true(len > 0 && (size_t)len < sizeof at);
        const bool is_object = yyjson_is_obj(m.val) && yyjson_obj_size(m.val) > 0;
        const bool is_nested = w->form == SOURCE || w->form == LISTS ||
                               (w->form == DOTTED_WITHIN && depth == 0) ||
                               (w->form == DOTTED_ABOVE && depth == 1);
        if (!is_object) {
            add_key(w, at);
            add_value(w, m.val);
        } else if (is_nested) {
            add_key(w, at);
            buf_add_char(&w->out, '{');
            w->is_first = true;
            add_members(w, m.val, "", depth + 1);
            buf_add_char(&w->out, '}');
            w->is_first = false;
        } else {
            add_members(w, m.val, at, depth + 1);
        }
    }
}

// Borrowed from the buffer.
static str written(struct writer *w, const char *record)
{
    yyjson_doc *doc = yyjson_read(record, strlen(record), YYJSON_READ_NOFLAG);
    assert_non_null(doc);
    const bool is_hit = w->form == SOURCE || w->form == SOURCE_DOTTED;
    buf_add(&w->out, is_hit ? STR("{\"_index\":\".ds-logs\",\"_id\":\"1\",\"_source\":{")
                     : w->form == FIELDS ? STR("{\"_id\":\"1\",\"fields\":{")
                                         : STR("{"));
    w->is_first = true;
    add_members(w, yyjson_doc_get_root(doc), "", 0);
    buf_add(&w->out, is_hit || w->form == FIELDS ? STR("}}") : STR("}"));
    yyjson_doc_free(doc);
    assert_false(w->out.failed);
    return buf_str(&w->out);
}

static void assert_same_id(struct process_id a, struct process_id b)
{
    assert_int_equal(a.pid, b.pid);
    assert_int_equal(a.start_ns, b.start_ns);
    assert_true(str_eq(a.entity, b.entity));
}

static void assert_same_process(const struct process_facts *a, const struct process_facts *b)
{
    assert_int_equal(a->present, b->present);
    assert_int_equal(a->is_platform, b->is_platform);
    assert_int_equal(a->cs_told, b->cs_told);
    assert_int_equal(a->cs_flags, b->cs_flags);
    assert_int_equal(a->euid, b->euid);
    assert_same_id(a->id, b->id);
    assert_same_id(a->parent, b->parent);
    assert_same_id(a->responsible, b->responsible);
    assert_true(str_eq(a->executable, b->executable));
    assert_true(str_eq(a->signing_id, b->signing_id));
    assert_true(str_eq(a->team_id, b->team_id));
    assert_true(str_eq(a->cdhash, b->cdhash));
}

static void assert_same_value(struct value a, struct value b, enum field field)
{
    if (a.type != b.type)
        fail_msg("%.*s differs", STR_ARG(field_name(field)));
    if (a.type == VALUE_TEXT)
        assert_true(str_eq(value_str(a), value_str(b)));
    if (a.type == VALUE_INT)
        assert_int_equal(a.integer, b.integer);
    if (a.type == VALUE_BOOL)
        assert_int_equal(a.boolean, b.boolean);
    if (a.type != VALUE_LIST)
        return;
    assert_int_equal(a.len, b.len);
    for (size_t i = 0; i < a.len; i++)
        assert_same_value(a.list[i], b.list[i], field);
}

static void assert_same_event(const struct event *a, const struct event *b)
{
    assert_int_equal(a->action, b->action);
    assert_int_equal(a->time_ns, b->time_ns);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->host_told.kind, b->host_told.kind);
    assert_true(str_eq(a->host_told.id, b->host_told.id));
    assert_true(str_eq(a->host_told.name, b->host_told.name));
    assert_memory_equal(&a->library, &b->library, sizeof a->library);
    assert_same_process(&a->process, &b->process);
    assert_same_process(&a->previous, &b->previous);
    assert_same_process(&a->target, &b->target);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        assert_same_value(a->slots[i], b->slots[i], (enum field)i);
}

static void decode__makes_the_same_of_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(elastic_samples); i++)
        for (unsigned form = 0; form < FORM_COUNT; form++) {
            struct fixture f;
            struct fixture g;
            struct writer w = { .form = (enum form)form };
            buf_init(&w.out, FORM_MAX);
            open_fixture(&f);
            open_fixture(&g);
            const struct event *nested = decode_line(&f, elastic_samples[i].record);
            const str text = written(&w, elastic_samples[i].record);
            const struct event *other = decode_record_of(&g, text);
            if (nested == NULL || other == NULL)
                fail_msg("form %u: no event of %.*s", form, STR_ARG(text));
            assert_same_event(nested, other);
            assert_int_equal(decoder_counts(g.decoder)->odd_values, 0);
            close_fixture(&f);
            close_fixture(&g);
            buf_done(&w.out);
        }
}

static void decode_damaged(struct fixture *f, str record, const char *path, const char *how)
{
    (void)path;
    (void)how;
    (void)decode_record_of(f, record);  // Which checks that none is lost.
}

static void decode__survives_damage_in_every_form(void **state)
{
    (void)state;
    for (unsigned form = 0; form < FORM_COUNT; form++) {
        struct fixture f;
        struct writer w = { .form = (enum form)form };
        buf_init(&w.out, FORM_MAX);
        open_fixture(&f);
        (void)written(&w, EXEC);
        buf_add_char(&w.out, '\0');
        assert_false(w.out.failed);
        damage_each(&f, w.out.at, decode_damaged);
        assert_true(decoder_counts(f.decoder)->out > 200);
        close_fixture(&f);
        buf_done(&w.out);
    }
}

// More than is looked into, and more than there is room for.
static void decode__passes_over_paths_of_nobody(void **state)
{
    struct fixture f;
    struct buf out;
    (void)state;
    open_fixture(&f);
    buf_init(&out, FORM_MAX);
    buf_add(&out, STR("{" TIME ",\"ecs.version\":\"8.0.0\",\"event.action\":\"exec\",\""));
    for (unsigned i = 0; i < 1000; i++)
        buf_add(&out, STR("process."));
    buf_add(&out, STR("pid\":1,\"a\":"));
    for (unsigned i = 0; i < 1000; i++)
        buf_add(&out, STR("{\"b\":"));
    buf_add(&out, STR("1"));
    for (unsigned i = 0; i < 1000; i++)
        buf_add_char(&out, '}');
    buf_add(&out, STR(",\"process.pid\":7,\"process.pid\":8,\"process\":{\"pid\":9}}"));
    assert_false(out.failed);
    const struct event *event = decode_record_of(&f, buf_str(&out));
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 7);
    buf_done(&out);
    close_fixture(&f);
}

// Keys of two letters stand before a blank where the writer puts one.
static void decode__takes_any_blanks(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f,
        "{ " TIME " , \"ecs\" : { \"version\" : \"8\" } , \"event\" : { \"action\" : \"exec\" } ,"
        " \"host\" : { \"id\" : \"i\" , \"name\" : \"n\" , \"os\" : { \"type\" : \"macos\" } } ,"
        " \"process\" : { \"pid\" : 7 } , \"user\" : { \"id\"\t:\n501 } }");
    assert_non_null(event);
    assert_str(event->host_told.id, "i");
    assert_int_equal(event->process.euid, 501);
    assert_null(decode_line(
        &f,
        "{ " TIME " , \"ecs\" : { \"version\" : \"8\" } , \"event\" : { \"action\" : \"exec\" } ,"
        " \"host\" : { \"os\" : { \"type\" : \"linux\" } } , \"process\" : { \"pid\" : 7 } }"));
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__makes_the_same_of_every_form),
        cmocka_unit_test(decode__survives_damage_in_every_form),
        cmocka_unit_test(decode__passes_over_paths_of_nobody),
        cmocka_unit_test(decode__takes_any_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
