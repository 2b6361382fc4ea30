#include "cli/review_screen.h"

#include "cli/review_editor.h"
#include "cli/review_text.h"
#include "review/desk.h"
#include "terminal/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define FIELDS_MAX   (4u * FINDINGS_NOTE_MAX * 6u)
#define PROPOSAL_MAX (16u * 1024u * 1024u)
#define FILE_MODE    0666
#define NARROWEST_TABLE \
    60u  // Columns below which a table's own margins leave nothing for its text.

// The store and the desk, and between them whoever fulfils the wishes of the one by the other.
struct work {
    struct review_store *review;
    struct db *db;
    struct desk *desk;
    struct arena arena;  // Of one wish.
    struct frame frame;
};

// What is done to one finding, which is as somebody saw it.
typedef enum status act_on(struct work *w, const struct finding_row *row, struct err *err);

static void work(struct work *w);
static void draw(struct work *w);
static enum desk_wish fulfil(struct work *w, enum desk_wish wish);
static enum desk_wish load(struct work *w);
static enum desk_wish open_finding(struct work *w);
static enum desk_wish add_note(struct work *w);
static enum desk_wish propose(struct work *w);
static enum status write_new(const char *name, str text, struct err *err);
static enum desk_wish act_on_all(struct work *w, act_on *act, const char *done);
static enum status act_on_one(struct work *w, const struct desk_target *target, act_on *act,
                              struct err *err);
static act_on assign, close_out, reopen;
static enum status find(struct work *w, const struct desk_target *target, struct finding_row *out,
                        struct err *err);

int review_screen_run(struct review_store *r)
{
    struct work w = { .review = r };
    struct filter filter;
    struct err err;
    if (!review_editor_is_there())
        return cli_fail(
            EXIT_USAGE,
            "review needs list, show, assign, note, close, reopen or stats; without one "
            "it shows the queue, on a terminal");
    int code = store_options_open(&r->store, DB_CHANGE, &w.db);
    if (code == EXIT_DONE && screen_open(r->show->options->colour, &err) != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    if (code == EXIT_DONE) {
        w.desk = memory_zeroed(1, sizeof *w.desk);
        filter_of(&r->filter, &filter);
        desk_init(w.desk, &filter, r->store.act.who, r->store.name);
        w.frame.is_ascii = !screen_is_unicode();
        work(&w);
        screen_close();
        desk_done(w.desk);
    }
    free(w.desk);
    frame_done(&w.frame);
    arena_done(&w.arena);
    db_close(w.db);
    if (code == EXIT_DONE && screen_signal() != 0) {
        (void)signal(screen_signal(), SIG_DFL);
        (void)raise(screen_signal());
    }
    return code;
}

static void work(struct work *w)
{
    while (screen_signal() == 0) {
        unsigned rows;
        unsigned columns;
        screen_size(&rows, &columns);
        enum desk_wish wish = desk_resize(w->desk, rows, columns);
        while (wish != DESK_WAITS)
            wish = fulfil(w, wish);
        draw(w);
        wish = desk_press(w->desk, screen_key());
        while (wish != DESK_WAITS && wish != DESK_QUIT)
            wish = fulfil(w, wish);
        if (wish == DESK_QUIT)
            return;
    }
}

static void draw(struct work *w)
{
    desk_draw(w->desk, &w->frame);
    screen_draw(&w->frame);
}

static enum desk_wish fulfil(struct work *w, enum desk_wish wish)
{
    struct err err;
    arena_reset(&w->arena);
    // Others may have decided something since the key before: the log must not go back in time.
    if (store_options_now(&w->review->store, &err) == OK)
        w->desk->now_ns = w->review->store.act.now_ns;
    switch (wish) {
    case DESK_LOAD:
        return load(w);
    case DESK_OPEN:
        return open_finding(w);
    case DESK_NOTE:
        return add_note(w);
    case DESK_ASSIGN:
        return act_on_all(w, assign, "assigned to you");
    case DESK_CLOSE:
        return act_on_all(w, close_out, "closed");
    case DESK_REOPEN:
        return act_on_all(w, reopen, "reopened");
    case DESK_PROPOSE:
        return propose(w);
    default:
        return DESK_WAITS;
    }
}

static enum desk_wish load(struct work *w)
{
    struct findings_filter ask = filter_ask(&w->desk->filter);
    const bool is_slow = ask.text.len > 0 && w->desk->said[0] == '\0';
    struct err err;
    if (is_slow) {
        desk_say(w->desk, "searching");
        draw(w);
        desk_say(w->desk, "%s", "");
    }
    queue_begin(&w->desk->queue, w->desk->load, &ask);
    const enum status status = findings_list(w->db, &ask, queue_take, &w->desk->queue, &err);
    if (status != OK)
        desk_say(w->desk, "%s", err.text);
    return desk_loaded(w->desk, status == OK);
}

// Lines of a table have no room on a narrow terminal: they are wrapped as they come there.
static enum desk_wish open_finding(struct work *w)
{
    const unsigned columns = w->desk->columns;
    const bool is_wide = columns >= NARROWEST_TABLE && !w->frame.is_ascii;
    struct finding_row row;
    struct err err;
    struct buf text;
    buf_init(&text, REVIEW_TEXT_MAX);
    enum status status = find(w, &w->desk->target, &row, &err);
    if (status == OK)
        status = review_text_add(&text, w->db, &row, w->review->show->rules, is_wide ? columns : 0,
                                 &err);
    if (status == OK)
        desk_show(w->desk, &row, buf_str(&text));
    else
        desk_say(w->desk, "%s", err.text);
    buf_done(&text);
    return status == OK ? DESK_WAITS : desk_hide(w->desk);
}

static enum desk_wish add_note(struct work *w)
{
    struct review_editor editor = { .path = "" };
    struct finding_row row;
    struct err err;
    str text = STR_EMPTY;
    screen_leave();
    enum status status = review_editor_write(&editor, FINDINGS_NOTE_MAX, &w->arena, &text, &err);
    screen_return();
    if (status == OK && text.len == 0)
        status = fail(&err, ERR_CONFIG, "nothing was written, and no note was added");
    if (status == OK)
        status = store_options_now(&w->review->store, &err);
    if (status == OK)
        status = find(w, &w->desk->target, &row, &err);
    if (status == OK)
        status = findings_note(w->db, &w->review->store.act, row.id, text, &err);
    if (status != OK && editor.path[0] != '\0' && text.len > 0) {
        desk_say(w->desk, "%.200s; what was written is in %.200s", err.text, editor.path);
        return DESK_WAITS;
    }
    review_editor_done(&editor);
    desk_say(w->desk, "%s", status == OK ? "the note was added" : err.text);
    return status == OK ? desk_decided(w->desk) : DESK_WAITS;
}

static enum desk_wish propose(struct work *w)
{
    const enum review_proposal kind =
        w->desk->proposes_baseline ? REVIEW_BASELINE : REVIEW_EXCEPTION;
    struct finding_row row;
    struct err err;
    struct buf text;
    str fields = STR_EMPTY;
    str remark;
    buf_init(&text, PROPOSAL_MAX);
    enum status status = find(w, &w->desk->target, &row, &err);
    if (status == OK)
        status = findings_close_out(w->db, row.id, &w->arena, &fields, &err);
    if (status == END)
        status = fail(&err, ERR_CONFIG, "finding %.*s was reopened meanwhile", STR_ARG(row.id));
    if (status == OK)
        status = review_propose(kind, &row, review_propose_cause(fields, &w->arena),
                                &w->review->store.act, &w->arena, &text, &remark, &err);
    if (status == OK)
        status = write_new(w->desk->file, buf_str(&text), &err);
    if (status == OK)
        desk_say(w->desk, "%.200s holds it%s%.*s", w->desk->file, remark.len > 0 ? "; " : "",
                 STR_ARG(remark));
    else
        desk_say(w->desk, "%s", err.text);
    buf_done(&text);
    return DESK_WAITS;
}

// Nothing that is there is written over.
static enum status write_new(const char *name, str text, struct err *err)
{
    const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return fail(err, ERR_IO, "%.200s: %s", name, strerror(errno));
    size_t at = 0;
    while (at < text.len) {
        const ssize_t written = write(fd, text.at + at, text.len - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    const bool is_written = at == text.len;
    const int why = errno;
    if (close(fd) == 0 && is_written)
        return OK;
    (void)unlink(name);
    return fail(err, ERR_IO, "%.200s: %s", name, strerror(why));
}

static enum desk_wish act_on_all(struct work *w, act_on *act, const char *done)
{
    const size_t count = desk_target_count(w->desk);
    size_t changed = 0;
    struct err err;
    struct err first = { .text = "" };
    for (size_t i = 0; i < count; i++) {
        if (act_on_one(w, desk_target(w->desk, i), act, &err) == OK)
            changed++;
        else if (first.text[0] == '\0')
            first = err;
    }
    if (count == 1)
        desk_say(w->desk, "%.12s: %.480s", desk_target(w->desk, 0)->id,
                 changed == 1 ? done : first.text);
    else if (changed == count)
        desk_say(w->desk, "%zu findings: %s", changed, done);
    else
        desk_say(w->desk, "%zu of %zu findings: %s; of the others the first: %.400s", changed,
                 count, done, first.text);
    return desk_decided(w->desk);
}

static enum status act_on_one(struct work *w, const struct desk_target *target, act_on *act,
                              struct err *err)
{
    struct finding_row row;
    arena_reset(&w->arena);
    const enum status status = find(w, target, &row, err);
    if (status != OK)
        return status;
    if (!desk_target_holds(target, &row))
        return fail(err, ERR_CONFIG, "somebody else changed it meanwhile; look at it again");
    return act(w, &row, err);
}

static enum status assign(struct work *w, const struct finding_row *row, struct err *err)
{
    return findings_assign(w->db, &w->review->store.act, row->id, w->review->store.act.who, err);
}

static enum status close_out(struct work *w, const struct finding_row *row, struct err *err)
{
    struct buf fields;
    buf_init(&fields, FIELDS_MAX);
    close_out_add(&fields, &w->desk->close_out);
    const enum status status =
        findings_close(w->db, &w->review->store.act, row->id, w->desk->close_out.disposition,
                       buf_str(&fields), err);
    buf_done(&fields);
    return status;
}

static enum status reopen(struct work *w, const struct finding_row *row, struct err *err)
{
    return findings_reopen(w->db, &w->review->store.act, row->id, err);
}

// As it is now.
static enum status find(struct work *w, const struct desk_target *target, struct finding_row *out,
                        struct err *err)
{
    const enum status status = findings_find(w->db, str_of(target->id), &w->arena, out, err);
    return status == END ? fail(err, ERR_CONFIG, "it is no longer in the store") : status;
}
