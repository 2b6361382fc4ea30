#include "cli/review_list.h"

#include "base/arena.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdlib.h>

#define LINE_MAX_OCTETS 4096u
#define HOST_SHOWN_MAX  64u  // Octets; a longer one is cut.
#define RULE_SHOWN_MAX  64u
#define TITLE_SHOWN_MAX 160u
#define BY_SHOWN_MAX    64u

struct review_row {
    char id[33];
    int64_t time_ns;
    enum level level;
    uint32_t score;
    enum verdict verdict;
    char *text;  // Of what follows.
    str host;
    str rule;
    str title;
    str by;
};

struct wanted {
    const struct review_list *list;
    str id;
};

static struct review_row *row_of(struct review_list *list, str id);
static bool is_id(const void *context, uint32_t value);
static void keep_texts(struct review_row *row, const struct finding *f);
static str keep_text(char **at, str text, size_t max);
static int compare(const void *a, const void *b);
static void add_row(struct buf *b, const struct review_row *row);

void review_list_done(struct review_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->rows[i].text);
    free(list->rows);
    map_done(&list->by_id);
    *list = (struct review_list){ 0 };
}

void review_list_keep(struct review_list *list, const struct finding *finding)
{
    struct review_row *row = row_of(list, str_of(finding->id));
    if (row == NULL) {
        list->left_out++;
        return;
    }
    row->time_ns = finding->time_ns;
    row->level = finding->level;
    row->score = finding->score;
    row->verdict = finding->verdict;
    keep_texts(row, finding);
}

// NULL where it is a new one, and there is no room.
static struct review_row *row_of(struct review_list *list, str id)
{
    const struct wanted wanted = { list, id };
    const uint64_t hash = str_hash(id, 0);
    const uint32_t found = map_find(&list->by_id, hash, is_id, &wanted);
    if (found != MAP_NONE)
        return &list->rows[found];
    if (list->count == REVIEW_LIST_MAX)
        return NULL;
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
        list->rows = memory_resize(list->rows, list->capacity * sizeof *list->rows);
    }
    map_add(&list->by_id, hash, (uint32_t)list->count);
    struct review_row *row = &list->rows[list->count++];
    *row = (struct review_row){ 0 };
    memcpy(row->id, id.at, id.len < sizeof row->id ? id.len : sizeof row->id - 1);
    return row;
}

static bool is_id(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    return str_eq(str_of(wanted->list->rows[value].id), wanted->id);
}

// In place of those of an earlier one.
static void keep_texts(struct review_row *row, const struct finding *f)
{
    free(row->text);
    row->text = memory_new(HOST_SHOWN_MAX + RULE_SHOWN_MAX + TITLE_SHOWN_MAX + BY_SHOWN_MAX);
    char *at = row->text;
    row->host = keep_text(&at, f->host_name.len > 0 ? f->host_name : f->host_id, HOST_SHOWN_MAX);
    row->rule = keep_text(&at, f->rule->id, RULE_SHOWN_MAX);
    row->title = keep_text(&at, f->rule->title, TITLE_SHOWN_MAX);
    row->by = keep_text(&at, f->verdict_by, BY_SHOWN_MAX);
}

static str keep_text(char **at, str text, size_t max)
{
    const str kept = { .at = *at, .len = text.len < max ? text.len : max };
    if (kept.len > 0)
        memcpy(*at, text.at, kept.len);
    *at += kept.len;
    return kept;
}

void review_list_print(struct review_list *list, FILE *stream)
{
    struct buf b;
    buf_init(&b, LINE_MAX_OCTETS);
    if (list->count > 0)
        qsort(list->rows, list->count, sizeof *list->rows, compare);
    for (size_t i = 0; i < list->count; i++) {
        buf_reset(&b);
        add_row(&b, &list->rows[i]);
        (void)fwrite(b.at, 1, b.len, stream);
    }
    buf_done(&b);
}

static int compare(const void *a, const void *b)
{
    const struct review_row *x = a;
    const struct review_row *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return str_cmp(str_of(x->id), str_of(y->id));
}

static void add_row(struct buf *b, const struct review_row *row)
{
    const str level = level_name(row->level);
    sink_add_time(b, row->time_ns, ' ', 3);
    buf_printf(b, "  %-13.*s %3" PRIu32 "  ", STR_ARG(level), row->score);
    sink_add_escaped(b, row->host);
    buf_add(b, STR("  "));
    sink_add_escaped(b, row->rule);
    buf_add(b, STR("  "));
    sink_add_escaped(b, row->title);
    if (row->verdict != VERDICT_NEW) {
        const str verdict = verdict_name(row->verdict);
        buf_printf(b, " (%.*s%s", STR_ARG(verdict), row->by.len > 0 ? " by " : "");
        sink_add_escaped(b, row->by);
        buf_add_char(b, ')');
    }
    buf_printf(b, "  %s\n", row->id);
}
