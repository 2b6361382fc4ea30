#include "cli/attack_show.h"

#include "attack/object.h"
#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX (64u * 1024u * 1024u)

// Objects that are about one analytic: found by going through those of a type.
struct showing {
    struct buf text;
    struct arena arena;
    bool is_raw;
    size_t count;
    bool is_damaged;
    // What is looked for among the others.
    const struct attack_object *analytic;
    str strategy;  // Its STIX id.
    const str *companions;
    size_t companion_count;
};

struct lookup {
    struct showing *showing;
    const char *heading;
};

static int find_snapshot(struct db *db, str release, struct arena *arena,
                         struct attack_snapshot *out);
static void show_row(void *context, const struct attack_row *row);
static void add_object(struct buf *b, const struct attack_object *o);
static int show_around(struct db *db, int64_t snapshot, struct showing *s);
static void see_strategy(void *context, const struct attack_row *row);
static void see_relationship(void *context, const struct attack_row *row);
static void see_found(void *context, const struct attack_row *row);
static void see_change(void *context, const struct attack_row *row, bool is_new, bool is_gone,
                       str was);

int attack_show(struct db *db, str release, str id, bool is_raw)
{
    struct showing s = { .is_raw = is_raw };
    struct attack_snapshot snapshot;
    struct err err;
    int code = find_snapshot(db, release, &s.arena, &snapshot);
    buf_init(&s.text, TEXT_MAX);
    if (code == EXIT_DONE && attack_find(db, snapshot.id, id, show_row, &s, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    if (code == EXIT_DONE && s.count == 0)
        code = cli_fail(EXIT_USAGE, "release %.*s has no object \"%.*s\"",
                        STR_ARG(snapshot.release), STR_ARG(id));
    if (code == EXIT_DONE && s.analytic != NULL && !is_raw)
        code = show_around(db, snapshot.id, &s);
    if (code == EXIT_DONE && !is_raw)
        buf_printf(&s.text, "\nof release %.*s, imported from ", STR_ARG(snapshot.release));
    if (code == EXIT_DONE && !is_raw) {
        buf_add_printable(&s.text, snapshot.source);
        buf_add_char(&s.text, '\n');
    }
    if (code == EXIT_DONE)
        (void)fwrite(s.text.at, 1, s.text.len, stdout);
    buf_done(&s.text);
    arena_done(&s.arena);
    return code;
}

static int find_snapshot(struct db *db, str release, struct arena *arena,
                         struct attack_snapshot *out)
{
    struct err err;
    const enum status status = attack_snapshot_find(db, release, arena, out, &err);
    if (status == END)
        return release.len > 0
                   ? cli_fail(EXIT_USAGE, "release %.*s was not imported", STR_ARG(release))
                   : cli_fail(EXIT_USAGE, "nothing was imported; `pomona attack import` does");
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

static void show_row(void *context, const struct attack_row *row)
{
    struct showing *s = context;
    struct err err;
    struct attack_object *o = arena_alloc(&s->arena, sizeof *o);
    if (s->is_raw) {
        if (s->count++ == 0)
            buf_add(&s->text, row->raw);
        return;
    }
    if (attack_read(row->raw, &s->arena, o, &err) != OK)
        return;
    s->count++;
    add_object(&s->text, o);
    buf_add(&s->text, STR("sha256       "));
    for (size_t i = 0; i < sizeof row->sha256; i++)
        buf_printf(&s->text, "%02x", row->sha256[i]);
    buf_add_char(&s->text, '\n');
    if (str_eq(o->type, STR("x-mitre-analytic")))
        s->analytic = o;
}

static void add_line(struct buf *b, const char *what, str text)
{
    if (text.len == 0)
        return;
    buf_printf(b, "%-12s ", what);
    buf_add_printable(b, text);
    buf_add_char(b, '\n');
}

static void add_object(struct buf *b, const struct attack_object *o)
{
    buf_add_printable(b, o->attack_id);
    buf_add(b, STR("  "));
    buf_add_printable(b, o->name);
    buf_add(b, STR("\n\n"));
    add_line(b, "type", o->type);
    add_line(b, "id", o->stix_id);
    add_line(b, "version", o->version);
    add_line(b, "modified", o->modified);
    add_line(b, "state", attack_state_name(o->state));
    for (size_t i = 0; i < o->platform_count; i++)
        add_line(b, i == 0 ? "platforms" : "", o->platforms[i]);
    for (size_t i = 0; i < o->log_source_count; i++) {
        buf_printf(b, "%-12s ", i == 0 ? "log sources" : "");
        buf_add_printable(b, o->log_sources[i].name);
        buf_add(b, STR(": "));
        buf_add_printable(b, o->log_sources[i].channel);
        buf_add_char(b, '\n');
    }
    for (size_t i = 0; i < o->mutable_count; i++) {
        buf_printf(b, "%-12s ", i == 0 ? "mutable" : "");
        buf_add_printable(b, o->mutables[i].field);
        buf_add(b, STR(": "));
        buf_add_printable(b, o->mutables[i].description);
        buf_add_char(b, '\n');
    }
    for (size_t i = 0; i < o->reference_count; i++) {
        buf_printf(b, "%-12s ", i == 0 ? "references" : "");
        buf_add_printable(b, o->references[i].source);
        buf_add_char(b, ' ');
        buf_add_printable(b, o->references[i].url);
        buf_add_char(b, '\n');
    }
    add_line(b, "\ndescription", o->description);
}

// The strategy that names the analytic, what the strategy detects, and its other analytics.
static int show_around(struct db *db, int64_t snapshot, struct showing *s)
{
    struct err err;
    struct lookup companions = { .showing = s, .heading = "companion" };
    enum status status =
        attack_of_type(db, snapshot, STR("x-mitre-detection-strategy"), see_strategy, s, &err);
    if (status == OK && s->strategy.len > 0)
        status = attack_of_type(db, snapshot, STR("relationship"), see_relationship, s, &err);
    const size_t techniques = s->companion_count;
    for (size_t i = 0; status == OK && i < techniques; i++) {
        if (str_eq(s->companions[i], s->analytic->stix_id))
            continue;
        companions.heading =
            str_starts_with(s->companions[i], STR("attack-pattern")) ? "detects" : "companion";
        status = attack_find(db, snapshot, s->companions[i], see_found, &companions, &err);
    }
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

static void see_strategy(void *context, const struct attack_row *row)
{
    struct showing *s = context;
    struct attack_object o;
    struct err err;
    if (attack_read(row->raw, &s->arena, &o, &err) != OK)
        return;
    for (size_t i = 0; i < o.analytic_count; i++) {
        if (!str_eq(o.analytics[i], s->analytic->stix_id))
            continue;
        s->strategy = o.stix_id;
        s->companions = o.analytics;
        s->companion_count = o.analytic_count;
        buf_add(&s->text, STR("strategy     "));
        buf_add_printable(&s->text, o.attack_id);
        buf_add(&s->text, STR("  "));
        buf_add_printable(&s->text, o.name);
        buf_add_char(&s->text, '\n');
    }
}

// A relationship's name is its type, what it comes from and what it leads to.
static void see_relationship(void *context, const struct attack_row *row)
{
    struct showing *s = context;
    const str wanted = arena_printf(&s->arena, "detects %.*s ", STR_ARG(s->strategy));
    if (!str_starts_with(row->name, wanted))
        return;
    str *more = arena_alloc(&s->arena, (s->companion_count + 1) * sizeof *more);
    if (s->companion_count > 0)
        memcpy(more, s->companions, s->companion_count * sizeof *more);
    more[s->companion_count++] = arena_str(&s->arena, str_from(row->name, wanted.len));
    s->companions = more;
}

static void see_found(void *context, const struct attack_row *row)
{
    const struct lookup *l = context;
    struct buf *b = &l->showing->text;
    buf_printf(b, "%-12s ", l->heading);
    buf_add_printable(b, row->attack_id);
    buf_add(b, STR("  "));
    buf_add_printable(b, row->name);
    buf_add_char(b, '\n');
}

int attack_show_diff(struct db *db, str from, str to)
{
    struct arena arena = { 0 };
    struct attack_snapshot older;
    struct attack_snapshot newer;
    struct err err;
    struct buf text;
    int code = find_snapshot(db, to, &arena, &newer);
    if (code == EXIT_DONE && from.len > 0) {
        code = find_snapshot(db, from, &arena, &older);
    } else if (code == EXIT_DONE) {
        const enum status status = attack_snapshot_before(db, newer.id, &arena, &older, &err);
        if (status != OK)
            code =
                cli_fail(status == END ? EXIT_USAGE : cli_exit_of(status), "%s",
                         status == END ? "one release was imported; a second is needed to compare"
                                       : err.text);
    }
    buf_init(&text, TEXT_MAX);
    if (code == EXIT_DONE && attack_diff(db, older.id, newer.id, see_change, &text, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    if (code == EXIT_DONE)
        (void)fwrite(buf_str(&text).at == NULL ? "" : text.at, 1, text.len, stdout);
    buf_done(&text);
    arena_done(&arena);
    return code;
}

static void see_change(void *context, const struct attack_row *row, bool is_new, bool is_gone,
                       str was)
{
    struct buf *b = context;
    const char *what = "changed";
    if (is_new)
        what = "added";
    else if (is_gone)
        what = "gone";
    else if (row->state == ATTACK_REVOKED)
        what = "revoked";
    else if (row->state == ATTACK_DEPRECATED)
        what = "deprecated";
    buf_printf(b, "%-10s  ", what);
    buf_add_printable(b, row->attack_id.len > 0 ? row->attack_id : row->stix_id);
    buf_add(b, STR("  "));
    buf_add_printable(b, row->name);
    buf_add(b, STR("  version "));
    if (!is_new && !is_gone && !str_eq(was, row->version)) {
        buf_add_printable(b, was);
        buf_add(b, STR(" to "));
    }
    buf_add_printable(b, row->version);
    // What the rules here are made from: AN1467, its strategy and its technique.
    if (str_eq(row->attack_id, STR("AN1467")) || str_eq(row->attack_id, STR("DET0529")) ||
        str_eq(row->attack_id, STR("T1106")))
        buf_add(b, STR("  (what the rules are made from: read it again)"));
    buf_add_char(b, '\n');
}
