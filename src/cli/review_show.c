#include "cli/review_show.h"

#include "cli/cli.h"
#include "cli/review_playbook.h"
#include "cli/review_read.h"
#include "sink/form.h"
#include "sink/page.h"

#include <stdlib.h>

static bool note_id(struct review_show *s, str id);
static int fail_of_many(const struct review_show *s);
static int print_playbook(const struct review_show *s, str playbook, struct arena *arena,
                          FILE *stream);
static void print_finding(const struct review_show *s, const struct finding *f, FILE *stream);

void review_show_done(struct review_show *s)
{
    free(s->record);
    *s = (struct review_show){ 0 };
}

bool review_show_is_id(str wanted)
{
    for (size_t i = 0; i < wanted.len; i++)
        if (strchr("0123456789abcdefABCDEF", wanted.at[i]) == NULL)
            return false;
    return wanted.len > 0 && wanted.len <= REVIEW_ID_LEN;
}

void review_show_keep(struct review_show *s, const struct finding *finding, str record)
{
    const str id = str_of(finding->id);
    if (!str_eq_nocase(str_to(id, s->wanted.len), s->wanted) || !note_id(s, id))
        return;
    s->record = memory_resize(s->record, record.len + 1);
    memcpy(s->record, record.at, record.len);
    s->record_len = record.len;
}

// Whether it is the first.
static bool note_id(struct review_show *s, str id)
{
    for (size_t i = 0; i < s->id_count; i++)
        if (str_eq(str_of(s->ids[i]), id))
            return i == 0;
    if (s->id_count == REVIEW_IDS_MAX) {
        s->has_more = true;
        return false;
    }
    memcpy(s->ids[s->id_count], id.at, id.len);
    return s->id_count++ == 0;
}

int review_show_print(const struct review_show *s, FILE *stream)
{
    struct arena arena = { 0 };
    struct finding *finding;
    struct err err;
    int code = EXIT_DONE;
    if (s->id_count == 0)
        return cli_fail(EXIT_USAGE, "there is no finding whose id begins with \"%.*s\"",
                        STR_ARG(s->wanted));
    if (s->id_count > 1)
        return fail_of_many(s);
    const str record = { .at = s->record, .len = s->record_len };
    if (review_read(record, &arena, &finding, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    if (code == EXIT_DONE && !s->is_playbook_only)
        print_finding(s, finding, stream);
    if (code == EXIT_DONE &&
        (s->is_playbook_only || review_playbook_is_file(finding->rule->playbook)))
        code = print_playbook(s, finding->rule->playbook, &arena, stream);
    arena_done(&arena);
    return code;
}

static int fail_of_many(const struct review_show *s)
{
    char text[REVIEW_IDS_MAX * (REVIEW_ID_LEN + 2) + 1];
    size_t len = 0;
    for (size_t i = 0; i < s->id_count; i++)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? ", " : "", s->ids[i]);
    return cli_fail(EXIT_USAGE, "several ids begin with \"%.*s\": %s%s", STR_ARG(s->wanted), text,
                    s->has_more ? " and others" : "");
}

// As `pomona detect` prints it.
static void print_finding(const struct review_show *s, const struct finding *f, FILE *stream)
{
    struct buf b;
    buf_init(&b, SINK_FINDING_MAX);
    sink_add_table(&b, f, s->options);
    (void)fwrite(b.at, 1, b.len, stream);
    buf_done(&b);
}

static int print_playbook(const struct review_show *s, str playbook, struct arena *arena,
                          FILE *stream)
{
    str text;
    struct err err;
    if (review_playbook_read(s->rules, playbook, arena, &text, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    struct buf b;
    buf_init(&b, 8 * REVIEW_PLAYBOOK_MAX);
    buf_add_printable(&b, text);
    if (!str_ends_with(text, STR("\n")))
        buf_add_char(&b, '\n');
    (void)fwrite(b.at, 1, b.len, stream);
    buf_done(&b);
    return EXIT_DONE;
}
