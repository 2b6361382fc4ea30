// What the desk looks like.
//
//     pomona review  STORE  FILTER                      a bar
//       LEVL score  age rule   host   program …         headings, where there is room
//     * HIGH    80   3d S05    mac-1  zsh     …         the list, or a finding, or the help
//     what was said last, or what is asked              a line
//     Enter show  / search …                            keys

#include "review/desk_internal.h"

#include "event/finding.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE_MAX_OCTETS 16384u
#define CELL_MAX        16u
#define LABEL_MAX       64u
#define NS_PER_S        INT64_C(1000000000)
#define TITLE_LEAST     12u  // Columns without which a title says nothing.
#define HOST_SHARE      4u   // One in so many of what is left.
#define BRIEF_BELOW     60u  // Columns in which two rows do not have all dispositions in full.

// Columns, from left to right. Each takes its place where the terminal is that wide.
enum column {
    COLUMN_MARK,
    COLUMN_LEVEL,
    COLUMN_SCORE,
    COLUMN_AGE,
    COLUMN_STATE,
    COLUMN_RULE,
    COLUMN_HOST,
    COLUMN_PROGRAM,
    COLUMN_ASSIGNEE,
    COLUMN_TITLE,
    COLUMN_COUNT
};
static const struct {
    const char *heading;
    unsigned width;
    unsigned from;  // Columns of the terminal.
} columns[COLUMN_COUNT] = {
    [COLUMN_MARK] = { "", 1, 0 },         [COLUMN_LEVEL] = { "LEVL", 4, 0 },
    [COLUMN_SCORE] = { "SC", 3, 0 },      [COLUMN_AGE] = { "AGE", 4, 0 },
    [COLUMN_STATE] = { "STATE", 8, 66 },  [COLUMN_RULE] = { "RULE", 11, 0 },
    [COLUMN_HOST] = { "HOST", 10, 0 },    [COLUMN_PROGRAM] = { "PROCESS", 15, 54 },
    [COLUMN_ASSIGNEE] = { "WHO", 8, 76 }, [COLUMN_TITLE] = { "TITLE", 0, 96 },
};

static const struct {
    const char *brief;
    unsigned look;
} level_looks[LEVEL_COUNT] = {
    [LEVEL_INFORMATIONAL] = { "INFO", LOOK_DIM }, [LEVEL_LOW] = { "LOW", LOOK_CYAN },
    [LEVEL_MEDIUM] = { "MED", LOOK_YELLOW },      [LEVEL_HIGH] = { "HIGH", LOOK_RED },
    [LEVEL_CRITICAL] = { "CRIT", LOOK_RED },
};

static const char *const state_words[DISPOSITION_COUNT] = {
    [DISPOSITION_NONE] = "closed",
    [DISPOSITION_TRUE_POSITIVE] = "true",
    [DISPOSITION_BENIGN_EXPECTED] = "expected",
    [DISPOSITION_BENIGN_UNEXPECTED] = "unexp.",
    [DISPOSITION_FALSE_POSITIVE] = "false",
    [DISPOSITION_UNDETERMINED] = "undet.",
};

static void draw_bar(const struct desk *d, struct frame *f);
static void draw_headings(struct frame *f);
static void draw_list(const struct desk *d, struct frame *f);
static void draw_row(const struct desk *d, struct frame *f, unsigned at, size_t index);
static str cell_of(const struct desk *d, const struct finding_row *row, enum column column,
                   char room[CELL_MAX]);
static void add_age(char room[CELL_MAX], int64_t ns);
static unsigned place_of(const struct frame *f, enum column column, unsigned *at);
static void draw_bottom(const struct desk *d, struct frame *f);
static str put_words(struct frame *f, unsigned row, str text);
static unsigned draw_choices(const struct desk *d, struct frame *f, unsigned row);
static void draw_keys(const struct desk *d, struct frame *f, unsigned row, unsigned at);
static unsigned put_key(struct frame *f, unsigned row, unsigned at, const char *key,
                        const char *what);

void desk_draw(struct desk *d, struct frame *f)
{
    frame_reset(f, d->rows, d->columns);
    draw_bar(d, f);
    if (d->mode == DESK_LIST)
        draw_list(d, f);
    else
        view_draw(d->mode == DESK_HELP ? &d->help : &d->finding, f, desk_head(d), desk_height(d));
    draw_bottom(d, f);
}

static void draw_bar(const struct desk *d, struct frame *f)
{
    struct buf b;
    buf_init(&b, LINE_MAX_OCTETS);
    if (d->mode == DESK_HELP) {
        buf_add(&b, STR("pomona review  help"));
    } else if (d->mode == DESK_FINDING) {
        buf_printf(&b, "finding %s", d->target.id);
        if (d->finding.count > desk_height(d))
            buf_printf(&b, "  lines %zu-%zu of %zu", d->finding.top + 1,
                       d->finding.top + desk_height(d) < d->finding.count
                           ? d->finding.top + desk_height(d)
                           : d->finding.count,
                       d->finding.count);
    } else {
        buf_add(&b, STR("pomona review  "));
        if (d->mark_count > 0)
            buf_printf(&b, "%zu marked  ", d->mark_count);
        filter_add(&b, &d->filter);
        buf_printf(&b, "  %.*s", STR_ARG(d->store));
    }
    frame_put_row(f, 0, LOOK_REVERSE, buf_str(&b));
    buf_done(&b);
}

static void draw_list(const struct desk *d, struct frame *f)
{
    const struct queue *q = &d->queue;
    const unsigned head = desk_head(d);
    const unsigned height = desk_height(d);
    if (head > 1)
        draw_headings(f);
    for (unsigned i = 0; i < height && q->top + i < q->count; i++)
        draw_row(d, f, head + i, q->top + i);
    if (q->count == 0)
        frame_put_row(f, head, LOOK_PLAIN,
                      STR("  no finding is like that; f x shows those that are not closed"));
}

static void draw_headings(struct frame *f)
{
    unsigned at = 0;
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        const unsigned start = at;
        const unsigned width = place_of(f, (enum column)i, &at);
        if (width > 0)
            (void)frame_put(f, 1, start, width, LOOK_DIM, str_of(columns[i].heading));
    }
}

// How wide the column is, 0: there is no room for it. `*at` moves behind it. What is left goes to title and host, or
// where there is no title, to the host.
static unsigned place_of(const struct frame *f, enum column column, unsigned *at)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        if (f->columns >= columns[i].from && i != COLUMN_TITLE)
            taken += columns[i].width + 1;
    const unsigned left = f->columns > taken ? f->columns - taken : 0;
    const bool has_title = f->columns >= columns[COLUMN_TITLE].from && left >= TITLE_LEAST;
    const unsigned to_host = !has_title ? left : left > 2 * TITLE_LEAST ? left / HOST_SHARE : 0;
    unsigned width = f->columns >= columns[column].from ? columns[column].width : 0;
    if (column == COLUMN_TITLE)
        width = has_title ? left - to_host : 0;
    if (column == COLUMN_HOST)
        width += to_host;
    if (width > 0)
        *at += width + 1;
    return width;
}

static void draw_row(const struct desk *d, struct frame *f, unsigned at, size_t index)
{
    const struct finding_row *row = &d->queue.rows[index].row;
    const bool is_chosen = index == d->queue.chosen;
    const size_t level = row->level >= 0 && row->level < LEVEL_COUNT ? (size_t)row->level : 0;
    unsigned column = 0;
    if (is_chosen)
        frame_put_row(f, at, LOOK_REVERSE, STR_EMPTY);
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        char room[CELL_MAX];
        const unsigned start = column;
        const unsigned width = place_of(f, (enum column)i, &column);
        if (width == 0)
            continue;
        unsigned look = is_chosen ? LOOK_REVERSE : LOOK_PLAIN;
        if (i == COLUMN_LEVEL)
            look |= level_looks[level].look;
        else if (row->status == FINDING_CLOSED && !is_chosen)
            look |= LOOK_DIM;
        (void)frame_put(f, at, start, width, look, cell_of(d, row, (enum column)i, room));
    }
}

static str cell_of(const struct desk *d, const struct finding_row *row, enum column column,
                   char room[CELL_MAX])
{
    const size_t level = row->level >= 0 && row->level < LEVEL_COUNT ? (size_t)row->level : 0;
    switch (column) {
    case COLUMN_MARK:
        return desk_is_marked(d, row->id) ? STR("*") : STR_EMPTY;
    case COLUMN_LEVEL:
        return str_of(level_looks[level].brief);
    case COLUMN_SCORE:
        (void)snprintf(room, CELL_MAX, "%3" PRId64, row->score);
        return str_of(room);
    case COLUMN_AGE:
        add_age(room, d->now_ns - row->time_ns);
        return str_of(room);
    case COLUMN_STATE:
        return row->status == FINDING_CLOSED ? str_of(state_words[row->disposition])
                                             : finding_status_name(row->status);
    case COLUMN_RULE:
        return row->rule;
    case COLUMN_HOST:
        return row->host_name.len > 0 ? row->host_name : row->host_id;
    case COLUMN_PROGRAM:
        return str_base_name(row->executable);
    case COLUMN_ASSIGNEE:
        return row->assignee;
    default:
        return row->title;
    }
}

// In the largest unit of which there are two at least. What is told to come is now.
static void add_age(char room[CELL_MAX], int64_t ns)
{
    static const struct {
        int64_t seconds;
        char letter;
    } units[] = { { 86400 * 365, 'y' }, { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
    const int64_t seconds = ns > 0 ? ns / NS_PER_S : 0;
    size_t i = 0;
    while (i + 1 < COUNT_OF(units) && seconds < 2 * units[i].seconds)
        i++;
    (void)snprintf(room, CELL_MAX, "%3" PRId64 "%c", seconds / units[i].seconds, units[i].letter);
}

static void draw_bottom(const struct desk *d, struct frame *f)
{
    const bool has_keys = desk_head(d) + desk_height(d) + 2 <= f->rows;
    const unsigned line = f->rows > 1 ? f->rows - (has_keys ? 2 : 1) : 0;
    str said = str_of(d->said);
    unsigned at = 0;
    if (f->rows < 2)
        return;
    if (desk_asks_line(d->question))
        prompt_draw(&d->prompt, str_of(desk_label(d)), f, line);
    else if (d->question != DESK_ASKS_NOTHING)
        at = draw_choices(d, f, line);
    else
        said = put_words(f, line, said);
    // What is wrong with a line stands below it, and so does the rest of a long sentence.
    if (has_keys && said.len > 0 &&
        (d->question == DESK_ASKS_NOTHING || desk_asks_line(d->question)))
        frame_put_row(f, line + 1, LOOK_BOLD, said);
    else if (has_keys)
        draw_keys(d, f, line + 1, at);
}

// As many words as fit; what is left.
static str put_words(struct frame *f, unsigned row, str text)
{
    size_t len = frame_cut(text, f->columns).len;
    const size_t blank = str_rfind_char(str_to(text, len), ' ');
    if (len < text.len && blank < len && blank > 0)
        len = blank + 1;
    frame_put_row(f, row, LOOK_BOLD, str_to(text, len));
    return str_from(text, len);
}

// No answer is hidden: those that do not fit go on in the row of the keys, and where that is not enough
// dispositions are those of the list. Returns where the row of the keys is free.
static unsigned draw_choices(const struct desk *d, struct frame *f, unsigned row)
{
    size_t count;
    const struct desk_choice *choices = desk_choices(d->question, &count);
    char label[LABEL_MAX];
    const size_t targets = desk_target_count(d);
    if (d->question == DESK_ASKS_DISPOSITION && targets > 1)
        (void)snprintf(label, sizeof label, "close %zu as", targets);
    else
        (void)snprintf(label, sizeof label, "%s", desk_label(d));
    unsigned at = frame_put(f, row, 0, f->columns, LOOK_BOLD, str_of(label)) + 2;
    const bool is_brief = d->question == DESK_ASKS_DISPOSITION && f->columns < BRIEF_BELOW;
    const unsigned first = row;
    for (size_t i = 0; i < count; i++) {
        const char key[] = { (char)choices[i].key, '\0' };
        const char *what = is_brief ? state_words[desk_disposition_of_choice[i]] : choices[i].what;
        const unsigned next = put_key(f, row, at, key, what);
        at = next == at && row == first && row + 1 < f->rows ? put_key(f, ++row, 0, key, what)
                                                             : next;
    }
    return row == first ? 0 : at;
}

static void draw_keys(const struct desk *d, struct frame *f, unsigned row, unsigned at)
{
    if (d->question != DESK_ASKS_NOTHING) {
        const bool is_line = desk_asks_line(d->question);
        if (is_line)
            at = put_key(f, row, at, "Enter", "takes it");
        (void)put_key(f, row, at, is_line ? "Esc" : "any other key", "gives up");
        return;
    }
    if (d->mode == DESK_HELP) {
        at = put_key(f, row, at, "q", "back");
        (void)put_key(f, row, at, "j k", "scroll");
        return;
    }
    // However narrow it is.
    at = put_key(f, row, at, "?", "help");
    for (size_t i = 0; i < desk_binding_count; i++) {
        const struct desk_binding *b = &desk_bindings[i];
        const bool is_here = d->mode == DESK_LIST ? b->is_of_list : b->is_of_finding;
        if (b->brief != NULL && is_here)
            at = put_key(f, row, at, b->shown == NULL ? "q" : b->shown, b->brief);
    }
}

// Whole or not at all.
static unsigned put_key(struct frame *f, unsigned row, unsigned at, const char *key,
                        const char *what)
{
    const unsigned key_width = frame_columns_of(str_of(key));
    const unsigned width = key_width + 1 + frame_columns_of(str_of(what));
    if (at + width > f->columns)
        return at;
    (void)frame_put(f, row, at, key_width, LOOK_BOLD, str_of(key));
    (void)frame_put(f, row, at + key_width + 1, f->columns, LOOK_PLAIN, str_of(what));
    return at + width + 2;
}
