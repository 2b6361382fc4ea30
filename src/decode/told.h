// All that an event tells, as one text: so that a test can say what has to come of a record, and nothing
// more may. And records with ' for ", which C and people read more easily.

#ifndef DECODE_TOLD_H
#define DECODE_TOLD_H

#include "decode/dialects.h"
#include "decode/fixture.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"

#define TOLD_MAX (1u << 20)

struct told_case {
    const char *record;
    const char *told;
};

struct drop_case {
    const char *record;
    enum decode_drop reason;
};

static inline const char *told_quoted(struct arena *arena, const char *record)
{
    char *text = arena_alloc(arena, strlen(record) + 1);
    memcpy(text, record, strlen(record) + 1);
    for (char *at = text; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    return text;
}

// pid@start#entity of what is told.
static inline void told_id(struct buf *b, const char *name, const struct process_id *id)
{
    if (id->pid < 0 && id->entity.len == 0)
        return;
    buf_printf(b, " %s=", name);
    if (id->pid >= 0)
        buf_printf(b, "%" PRId64, id->pid);
    if (id->start_ns != 0)
        buf_printf(b, "@%" PRId64, id->start_ns);
    if (id->entity.len > 0)
        buf_printf(b, "#%.*s", STR_ARG(id->entity));
}

static inline void told_text(struct buf *b, const char *name, str text)
{
    if (text.len > 0)
        buf_printf(b, " %s=%.*s", name, STR_ARG(text));
}

static inline void told_process(struct buf *b, const char *name, const struct process_facts *p)
{
    if (!p->present) {
        assert_int_equal(p->id.pid, -1);
        return;
    }
    buf_printf(b, "\n%s:", name);
    told_id(b, "id", &p->id);
    told_id(b, "parent", &p->parent);
    told_text(b, "exe", p->executable);
    if (p->euid >= 0)
        buf_printf(b, " euid=%" PRId64, p->euid);
    if (p->cs_told)
        buf_printf(b, " cs=%x", p->cs_flags);
    else
        assert_int_equal(p->cs_flags, 0);
    if (p->cs_validation_category > 0)
        buf_printf(b, " category=%d", p->cs_validation_category);
    told_text(b, "signing", p->signing_id);
    told_text(b, "team", p->team_id);
    if (p->is_platform)
        buf_add(b, STR(" platform"));
}

static inline void told_value(struct buf *b, struct value v)
{
    switch ((enum value_type)v.type) {
    case VALUE_TEXT:
        buf_add(b, value_str(v));
        break;
    case VALUE_INT:
        buf_printf(b, "%" PRId64, v.integer);
        break;
    case VALUE_BOOL:
        buf_add(b, v.boolean ? STR("true") : STR("false"));
        break;
    case VALUE_LIST:
        for (size_t i = 0; i < v.len; i++) {
            buf_add(b, i == 0 ? STR("[") : STR(","));
            told_value(b, v.list[i]);
        }
        buf_add(b, STR("]"));
        break;
    case VALUE_MISSING:
    case VALUE_FLOAT:
        break;
    }
}

// First the action, the time and the host; then each process on a line, and each slot that is set.
static inline void told_event(struct buf *b, const struct event *event)
{
    buf_printf(b, "%.*s %" PRId64, STR_ARG(action_traits[event->action].name), event->time_ns);
    if (event->host_told.kind != HOST_NOT_TOLD)
        buf_printf(b, " %.*s/%.*s", STR_ARG(event->host_told.id), STR_ARG(event->host_told.name));
    told_process(b, "process", &event->process);
    told_process(b, "previous", &event->previous);
    told_process(b, "target", &event->target);
    if (event->executable_born_ns != 0)
        buf_printf(b, "\nborn=%" PRId64, event->executable_born_ns);
    if (event->library.born_ns != 0)
        buf_printf(b, "\ndll born=%" PRId64, event->library.born_ns);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (event->slots[i].type == VALUE_MISSING || i == FIELD_EVENT_CATEGORY ||
            i == FIELD_EVENT_ACTION || i == FIELD_EVENT_TYPE || i == FIELD_EVENT_MODULE ||
            i == FIELD_TIMESTAMP || i == FIELD_PROCESS_ARGS || i == FIELD_PROCESS_ARGS_COUNT ||
            i == FIELD_FILE_NAME || i == FIELD_FILE_DIRECTORY || i == FIELD_FILE_EXTENSION ||
            i == FIELD_DLL_NAME)
            continue;
        buf_printf(b, "\n%.*s=", STR_ARG(field_name((enum field)i)));
        told_value(b, event->slots[i]);
    }
}

static inline void assert_told(const struct event *event, const char *expected)
{
    struct buf b;
    buf_init(&b, TOLD_MAX);
    assert_non_null(event);
    told_event(&b, event);
    buf_add_char(&b, '\0');
    assert_string_equal(buf_str(&b).at, expected);
    buf_done(&b);
}

static inline void assert_each_told(const struct told_case *cases, size_t count)
{
    struct fixture f;
    struct arena arena = { 0 };
    open_fixture(&f);
    for (size_t i = 0; i < count; i++)
        assert_told(decode_line(&f, told_quoted(&arena, cases[i].record)), cases[i].told);
    arena_done(&arena);
    close_fixture(&f);
}

static inline void assert_each_dropped(const char *dialect, const struct drop_case *cases,
                                       size_t count)
{
    struct fixture f;
    struct arena arena = { 0 };
    open_fixture(&f);
    for (size_t i = 0; i < count; i++) {
        const uint64_t before = decoder_counts(f.decoder)->dropped[cases[i].reason];
        const struct event *event = decode_line(&f, told_quoted(&arena, cases[i].record));
        if (event != NULL || decoder_counts(f.decoder)->dropped[cases[i].reason] != before + 1)
            fail_msg("not dropped so: %s", cases[i].record);
    }
    assert_int_equal(decoder_counts(f.decoder)->by_dialect[dialects_find(str_of(dialect))].in,
                     count);
    arena_done(&arena);
    close_fixture(&f);
}

static inline bool told_is_of(const struct dialect *dialect, const char *record)
{
    struct json_index members;
    yyjson_doc *doc = yyjson_read(record, strlen(record), 0);
    assert_non_null(doc);
    json_index_of(yyjson_doc_get_root(doc), &members);
    const bool is_of = dialect->recognises != NULL && dialect->recognises(&members);
    yyjson_doc_free(doc);
    return is_of;
}

// The record is the dialect's and no other's, but that `other` may take it for its own as well.
static inline void assert_recognised(const char *dialect, const char *other, const char *record)
{
    struct arena arena = { 0 };
    const char *text = told_quoted(&arena, record);
    for (size_t i = 0; i < dialects_count(); i++) {
        const bool is_own = str_eq(dialects_name(i), str_of(dialect));
        if (!str_eq(dialects_name(i), str_of(other)) &&
            told_is_of(decode_dialect(i), text) != is_own)
            fail_msg("%.*s and %s", STR_ARG(dialects_name(i)), record);
    }
    arena_done(&arena);
}

// Every front part of the record is a counted drop.
static inline void assert_each_truncation_dropped(const char *record)
{
    struct fixture f;
    struct arena arena = { 0 };
    const str text = str_of(told_quoted(&arena, record));
    open_fixture(&f);
    for (size_t len = 0; len < text.len; len++)
        assert_null(decode_record_of(&f, str_to(text, len)));
    assert_int_equal(dropped_in_all(&f), text.len);
    arena_done(&arena);
    close_fixture(&f);
}

// What the records of a file outside the tree come to, one after another. False where there is none.
static inline bool told_real_records(const char *path, const char *const *expected, size_t count)
{
    static char text[256 * 1024];
    struct fixture f;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: %s\n", path);
        return false;
    }
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(&f);
    size_t i = 0;
    for (str line = STR_EMPTY; str_take_until(&rest, '\n', &line);)
        if (line.len > 0 && i++ < count)
            assert_told(decode_record_of(&f, line), expected[i - 1]);
    assert_int_equal(i, count);
    assert_int_equal(dropped_in_all(&f), 0);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
    return true;
}

#endif
