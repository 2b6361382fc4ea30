// The keys of the desk.

#include "review/desk_internal.h"

#include <stdio.h>

#define HELP_MAX 65536u

static enum desk_wish open_finding(struct desk *d);
static enum desk_wish next_finding(struct desk *d);
static enum desk_wish previous_finding(struct desk *d);
static enum desk_wish step(struct desk *d, int64_t by);
static enum desk_wish filter_by(struct desk *d);
static enum desk_wish search(struct desk *d);
static enum desk_wish assign(struct desk *d);
static enum desk_wish close_it(struct desk *d);
static enum desk_wish reopen(struct desk *d);
static enum desk_wish note(struct desk *d);
static enum desk_wish propose(struct desk *d);
static enum desk_wish mark(struct desk *d);
static enum desk_wish read_again(struct desk *d);
static enum desk_wish back(struct desk *d);
static enum desk_wish quit(struct desk *d);
static enum desk_wish go_down(struct desk *d);
static enum desk_wish go_up(struct desk *d);
static enum desk_wish page_down(struct desk *d);
static enum desk_wish page_up(struct desk *d);
static enum desk_wish go_first(struct desk *d);
static enum desk_wish go_last(struct desk *d);
static enum desk_wish move(struct desk *d, int64_t by);
static bool set_target(struct desk *d);
static void unmark(struct desk *d, size_t index);

// In the order in which the help tells them. What scrolls a text is the view's own.
const struct desk_binding desk_bindings[] = {
    { 'q', "q", "quit", "ends it; of a finding or this help: back", quit, true, false },
    { 'q', NULL, "back", NULL, back, false, true },
    { KEY_OF_ENTER, "Enter", "show", "shows the finding", open_finding, true, false },
    { KEY_OF_RIGHT, NULL, NULL, NULL, open_finding, true, false },
    { 'j', "j, Down", NULL, "down", go_down, true, false },
    { KEY_OF_DOWN, NULL, NULL, NULL, go_down, true, false },
    { 'k', "k, Up", NULL, "up", go_up, true, false },
    { KEY_OF_UP, NULL, NULL, NULL, go_up, true, false },
    { KEY_OF_PAGE_DOWN, "PgDn, ^F", NULL, "a page down", page_down, true, false },
    { KEY_OF_CONTROL('F'), NULL, NULL, NULL, page_down, true, false },
    { KEY_OF_PAGE_UP, "PgUp, ^B", NULL, "a page up", page_up, true, false },
    { KEY_OF_CONTROL('B'), NULL, NULL, NULL, page_up, true, false },
    { 'g', "g, Home", NULL, "to the first", go_first, true, false },
    { KEY_OF_HOME, NULL, NULL, NULL, go_first, true, false },
    { 'G', "G, End", NULL, "to the last", go_last, true, false },
    { KEY_OF_END, NULL, NULL, NULL, go_last, true, false },
    { 'J', "J", "next", "shows the next finding", next_finding, false, true },
    { 'K', "K", "previous", "shows the one before", previous_finding, false, true },
    { '/', "/", "search", "changes the filter, as words (see below)", search, true, false },
    { 'f', "f", "filter", "filters by one thing: state, level, rule, host, mine", filter_by, true,
      false },
    { ' ', "Space", "mark", "marks the finding, for a and c; again takes the mark off", mark, true,
      false },
    { 'a', "a", "assign", "assigns to you what is marked, or this one", assign, true, true },
    { 'c', "c", "close", "closes what is marked, or this one", close_it, true, true },
    { 'n', "n", "note", "adds a note, in $VISUAL or $EDITOR", note, true, true },
    { 'r', "r", "reopen", "takes the close-out back", reopen, true, true },
    { 'p', "p", "propose", "an exception or a baseline entry for what was benign, into a file",
      propose, true, true },
    { 'R', "R", NULL, "reads the list or the finding again", read_again, true, true },
    { '?', "?", NULL, "these keys", desk_help, true, true },
    { KEY_OF_ESCAPE, NULL, NULL, NULL, back, false, true },
    { KEY_OF_LEFT, NULL, NULL, NULL, back, false, true },
};
const size_t desk_binding_count = COUNT_OF(desk_bindings);

// False, and said, where the list is empty. What is shown is known better than the list knows it.
static bool set_target(struct desk *d)
{
    if (d->mode == DESK_FINDING)
        return true;
    const struct finding_row *row = queue_chosen(&d->queue);
    if (row == NULL) {
        desk_say(d, "there is no finding to do that with");
        return false;
    }
    d->target = desk_target_of(row);
    return true;
}

static enum desk_wish open_finding(struct desk *d)
{
    const struct finding_row *row = queue_chosen(&d->queue);
    d->keeps_place = false;
    if (row == NULL)
        return DESK_WAITS;
    d->target = desk_target_of(row);
    return DESK_OPEN;
}

static enum desk_wish next_finding(struct desk *d)
{
    return step(d, 1);
}

static enum desk_wish previous_finding(struct desk *d)
{
    return step(d, -1);
}

// Rows that have to be loaded for it come first.
static enum desk_wish step(struct desk *d, int64_t by)
{
    const size_t before = d->queue.chosen;
    const enum queue_load lacking = queue_move(&d->queue, by, desk_height(d));
    d->waits_to_show = lacking != QUEUE_LOAD_NONE && d->queue.chosen == before;
    return d->waits_to_show ? desk_load(d, lacking) : desk_show_other(d);
}

enum desk_wish desk_show_other(struct desk *d)
{
    const struct finding_row *row = queue_chosen(&d->queue);
    if (row != NULL && !str_eq(row->id, str_of(d->target.id)))
        return open_finding(d);
    desk_say(d, "there is no other in that direction");
    return DESK_WAITS;
}

static enum desk_wish search(struct desk *d)
{
    return desk_ask(d, DESK_ASKS_FILTER);
}

static enum desk_wish filter_by(struct desk *d)
{
    return desk_ask(d, DESK_ASKS_FILTER_BY);
}

static enum desk_wish assign(struct desk *d)
{
    return set_target(d) ? DESK_ASSIGN : DESK_WAITS;
}

static enum desk_wish close_it(struct desk *d)
{
    if (!set_target(d))
        return DESK_WAITS;
    if (desk_has_marks(d) || d->target.status != FINDING_CLOSED)
        return desk_ask(d, DESK_ASKS_DISPOSITION);
    desk_say(d, "it is closed already; r reopens it");
    return DESK_WAITS;
}

static enum desk_wish reopen(struct desk *d)
{
    return set_target(d) ? DESK_REOPEN : DESK_WAITS;
}

static enum desk_wish note(struct desk *d)
{
    return set_target(d) ? DESK_NOTE : DESK_WAITS;
}

static enum desk_wish propose(struct desk *d)
{
    if (!set_target(d))
        return DESK_WAITS;
    if (d->target.status == FINDING_CLOSED && close_out_is_benign(d->target.disposition))
        return desk_ask(d, DESK_ASKS_PROPOSAL);
    desk_say(d, "close it as benign-expected or benign-unexpected first; then it can be proposed");
    return DESK_WAITS;
}

static enum desk_wish mark(struct desk *d)
{
    const struct finding_row *row = queue_chosen(&d->queue);
    if (!set_target(d))
        return DESK_WAITS;
    for (size_t i = 0; i < d->mark_count; i++) {
        if (!str_eq(str_of(d->marks[i].id), row->id))
            continue;
        unmark(d, i);
        return move(d, 1);
    }
    if (d->mark_count == DESK_MARKS_MAX) {
        desk_say(d, "at most %u findings can be marked", DESK_MARKS_MAX);
        return DESK_WAITS;
    }
    d->marks[d->mark_count++] = desk_target_of(row);
    return move(d, 1);
}

static void unmark(struct desk *d, size_t index)
{
    d->marks[index] = d->marks[--d->mark_count];
}

static enum desk_wish read_again(struct desk *d)
{
    d->keeps_place = true;
    return d->mode == DESK_FINDING ? DESK_OPEN : desk_load(d, QUEUE_LOAD_AGAIN);
}

enum desk_wish desk_help(struct desk *d)
{
    struct buf b;
    buf_init(&b, HELP_MAX);
    buf_add(&b, STR("# Keys\n"));
    for (size_t i = 0; i < desk_binding_count; i++)
        if (desk_bindings[i].what != NULL)
            buf_printf(&b, "  %-10s %s\n", desk_bindings[i].shown, desk_bindings[i].what);
    buf_add(&b,
            STR("\n# A finding\n"
                "  j, k, Up, Down, PgUp, PgDn, Space, g and G scroll; q, Esc and Left go back.\n"
                "\n# A filter\n"
                "  Words with blanks between; what is none of these is searched for in title,\n"
                "  rule, host, program and id:\n"
                "  state:unclosed|open|assigned|closed|all  level:LEVEL (and above)\n"
                "  rule:ID  host:NAME  assignee:WHO (or me)  since:2026-11-01\n"
                "  A value with blanks stands in \"double quotes\".\n"
                "\n# A line that is asked for\n"
                "  Enter takes it, Esc gives up; ^U and ^W erase, Left and Right move.\n"));
    view_set(&d->help, buf_str(&b), d->columns, d->mode == DESK_HELP);
    buf_done(&b);
    if (d->mode != DESK_HELP)
        d->mode_before = d->mode;
    d->mode = DESK_HELP;
    return DESK_WAITS;
}

// What was decided meanwhile changes what stands in the list.
static enum desk_wish back(struct desk *d)
{
    d->mode = DESK_LIST;
    return desk_load(d, QUEUE_LOAD_AGAIN);
}

static enum desk_wish quit(struct desk *d)
{
    (void)d;
    return DESK_QUIT;
}

static enum desk_wish go_down(struct desk *d)
{
    return move(d, 1);
}

static enum desk_wish go_up(struct desk *d)
{
    return move(d, -1);
}

static enum desk_wish page_down(struct desk *d)
{
    return move(d, desk_height(d));
}

static enum desk_wish page_up(struct desk *d)
{
    return move(d, -(int64_t)desk_height(d));
}

static enum desk_wish go_first(struct desk *d)
{
    return d->queue.is_begin ? move(d, -(int64_t)d->queue.chosen) : desk_load(d, QUEUE_LOAD_FIRST);
}

static enum desk_wish go_last(struct desk *d)
{
    return d->queue.is_end ? move(d, (int64_t)d->queue.count) : desk_load(d, QUEUE_LOAD_LAST);
}

static enum desk_wish move(struct desk *d, int64_t by)
{
    return desk_load(d, queue_move(&d->queue, by, desk_height(d)));
}
