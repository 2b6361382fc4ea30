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
    str first;  // STIX id of the one whose octets are given.
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

static int find_snapshot(struct db *db, str release, str id, struct arena *arena,
                         struct attack_snapshot *out);
static void show_raw(struct showing *s, const struct attack_row *row);
static void add_place(struct buf *b, const struct attack_snapshot *snapshot);
static int print(struct showing *s, str id);
static void show_row(void *context, const struct attack_row *row);
static void add_object(struct buf *b, const struct attack_object *o);
static int show_around(struct db *db, int64_t snapshot, struct showing *s);
static void see_strategy(void *context, const struct attack_row *row);
static void see_relationship(void *context, const struct attack_row *row);
static void see_found(void *context, const struct attack_row *row);

int attack_show(struct db *db, str release, str id, bool is_raw)
{
    struct showing s = { .is_raw = is_raw };
    struct attack_snapshot snapshot;
    struct err err;
    int code = find_snapshot(db, release, id, &s.arena, &snapshot);
    buf_init(&s.text, TEXT_MAX);
    if (code == EXIT_DONE && attack_find(db, snapshot.id, id, show_row, &s, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    if (code == EXIT_DONE && s.analytic != NULL)
        code = show_around(db, snapshot.id, &s);
    if (code == EXIT_DONE && !is_raw)
        add_place(&s.text, &snapshot);
    if (code == EXIT_DONE)
        code = print(&s, id);
    buf_done(&s.text);
    arena_done(&s.arena);
    return code;
}

static void add_place(struct buf *b, const struct attack_snapshot *snapshot)
{
    buf_add(b, STR("\nof release "));
    buf_add_printable(b, snapshot->release.len > 0 ? snapshot->release : STR("unknown"));
    buf_add(b, STR(", imported from "));
    buf_add_printable(b, snapshot->source);
    buf_add_char(b, '\n');
}

static int print(struct showing *s, str id)
{
    if (s->is_damaged)
        return cli_fail(EXIT_INPUT,
                        "\"%.*s\" can no longer be read; `pomona store check` says more",
                        STR_ARG(id));
    if (s->text.failed)
        return cli_fail(EXIT_INPUT, "\"%.*s\" is too long to show; --raw gives it", STR_ARG(id));
    if (s->is_raw && s->count > 1)
        (void)cli_fail(EXIT_DONE, "%zu objects have the id \"%.*s\"; this is %.*s", s->count,
                       STR_ARG(id), STR_ARG(s->first));
    if (s->text.len > 0)
        (void)fwrite(s->text.at, 1, s->text.len, stdout);
    return EXIT_DONE;
}

static int find_snapshot(struct db *db, str release, str id, struct arena *arena,
                         struct attack_snapshot *out)
{
    struct err err;
    enum status status = attack_snapshot_find(db, release, arena, out, &err);
    if (status == END)
        return release.len > 0
                   ? cli_fail(EXIT_USAGE, "release %.*s was not imported", STR_ARG(release))
                   : cli_fail(EXIT_USAGE, "nothing was imported; `pomona attack import` does");
    const struct attack_snapshot newest = *out;
    if (status == OK)
        status = attack_snapshot_with(db, release, id, arena, out, &err);
    if (status == END)
        return cli_fail(EXIT_USAGE, "release %.*s has no object \"%.*s\"", STR_ARG(newest.release),
                        STR_ARG(id));
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

static void show_row(void *context, const struct attack_row *row)
{
    struct showing *s = context;
    struct err err;
    struct attack_object *o = arena_alloc(&s->arena, sizeof *o);
    if (s->is_raw) {
        show_raw(s, row);
        return;
    }
    if (attack_read(row->raw, &s->arena, o, &err) != OK) {
        s->is_damaged = true;
        return;
    }
    if (s->count++ > 0)
        buf_add_char(&s->text, '\n');
    add_object(&s->text, o);
    buf_add(&s->text, STR("sha256       "));
    for (size_t i = 0; i < sizeof row->sha256; i++)
        buf_printf(&s->text, "%02x", row->sha256[i]);
    buf_add_char(&s->text, '\n');
    if (str_eq(o->type, STR("x-mitre-analytic")))
        s->analytic = o;
}

// Where several have the id, the first: a current one, if there is any.
static void show_raw(struct showing *s, const struct attack_row *row)
{
    if (s->count++ > 0)
        return;
    buf_add(&s->text, row->raw);
    s->first = arena_str(&s->arena, row->stix_id);
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
    if (o->left_out > 0)
        buf_printf(b, "%-12s %" PRIu64 " elements of its lists; --raw has them\n", "left out",
                   o->left_out);
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
    if (row->state != ATTACK_CURRENT || !str_starts_with(row->name, wanted))
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
