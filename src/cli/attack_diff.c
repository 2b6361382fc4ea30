// pomona attack diff: what two releases of one collection differ in, and which of our rules cite what changed.

#include "attack/object.h"
#include "base/buf.h"
#include "cli/attack_show.h"

#include <stdio.h>

#define TEXT_MAX (64u * 1024u * 1024u)
// The strategy that every rule is of; rules name techniques and analytics themselves.
#define STRATEGY "DET0529"

struct diffing {
    struct buf text;
    const struct rules *rules;  // NULL where there are none.
    bool *is_touched;           // Of each rule.
};

static int find_two(struct db *db, str from, str to, struct arena *arena,
                    struct attack_snapshot two[2]);
static void add_heading(struct buf *b, const struct attack_snapshot two[2]);
static void see_change(void *context, const struct attack_change *change);
static const char *word_of(const struct attack_change *change);
static void add_what_differs(struct buf *b, const struct attack_change *change);
static void add_pair(struct buf *b, const char *what, str was, str is);
static void add_rules(struct diffing *d, const struct attack_row *row);
static bool is_source(const struct attack_row *row, const struct rule_facts *facts);
static bool has_text(const str *at, size_t count, str wanted);
static void add_count(struct diffing *d);

int attack_show_diff(struct db *db, str from, str to, const struct rules *rules)
{
    struct arena arena = { 0 };
    struct attack_snapshot two[2];
    struct err err;
    int code = find_two(db, from, to, &arena, two);
    struct diffing d = { .rules = rules };
    buf_init(&d.text, TEXT_MAX);
    if (rules != NULL)
        d.is_touched = arena_zalloc(&arena, (rules_count(rules) + 1) * sizeof *d.is_touched);
    if (code == EXIT_DONE)
        add_heading(&d.text, two);
    if (code == EXIT_DONE && attack_diff(db, two[0].id, two[1].id, see_change, &d, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    if (code == EXIT_DONE)
        add_count(&d);
    if (code == EXIT_DONE && d.text.failed)
        code = cli_fail(EXIT_INPUT, "more differs than can be printed");
    if (code == EXIT_DONE && d.text.len > 0)
        (void)fwrite(d.text.at, 1, d.text.len, stdout);
    buf_done(&d.text);
    arena_done(&arena);
    return code;
}

// Of one collection, since nothing of Enterprise is in Mobile.
static int find_two(struct db *db, str from, str to, struct arena *arena,
                    struct attack_snapshot two[2])
{
    const str wanted[] = { to, from };
    struct attack_snapshot any;
    struct err err;
    enum status status = attack_snapshot_pair(db, from, to, arena, two, &err);
    for (size_t i = 0; status == END && i < COUNT_OF(wanted); i++) {
        const enum status is_there = attack_snapshot_find(db, wanted[i], arena, &any, &err);
        if (is_there == END && wanted[i].len == 0)
            return cli_fail(EXIT_USAGE, "nothing was imported; `pomona attack import` does");
        if (is_there == END)
            return cli_fail(EXIT_USAGE, "release %.*s was not imported", STR_ARG(wanted[i]));
    }
    if (status == END)
        return cli_fail(EXIT_USAGE,
                        from.len > 0 ? "the two are not releases of the same collection"
                                     : "one release was imported; a second is needed to compare");
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

static void add_heading(struct buf *b, const struct attack_snapshot two[2])
{
    for (size_t i = 0; i < 2; i++) {
        buf_add(b, i == 0 ? STR("from ") : STR(" to "));
        buf_add_printable(b, two[i].release.len > 0 ? two[i].release : STR("unknown"));
        buf_add(b, STR(" ("));
        buf_add_printable(b, two[i].source);
        buf_add_char(b, ')');
    }
    buf_add(b, STR("\n\n"));
}

static void see_change(void *context, const struct attack_change *change)
{
    struct diffing *d = context;
    const struct attack_row *row = &change->row;
    buf_printf(&d->text, "%-10s  ", word_of(change));
    buf_add_printable(&d->text, row->attack_id.len > 0 ? row->attack_id : row->stix_id);
    buf_add(&d->text, STR("  "));
    buf_add_printable(&d->text, row->name);
    add_what_differs(&d->text, change);
    add_rules(d, row);
    buf_add_char(&d->text, '\n');
}

// What became of it, before what it says: a revoked object that only got another name is no news of that kind.
static const char *word_of(const struct attack_change *change)
{
    if (change->is_gone)
        return "gone";
    if (change->is_new)
        return "added";
    if (change->row.state == change->was_state)
        return "changed";
    if (change->row.state == ATTACK_REVOKED)
        return "revoked";
    return change->row.state == ATTACK_DEPRECATED ? "deprecated" : "restored";
}

static void add_what_differs(struct buf *b, const struct attack_change *change)
{
    const struct attack_row *row = &change->row;
    const bool is_in_both = !change->is_new && !change->is_gone;
    add_pair(b, "version", is_in_both ? change->was_version : row->version, row->version);
    if (is_in_both && !str_eq(change->was_modified, row->modified))
        add_pair(b, "modified", change->was_modified, row->modified);
    else if (is_in_both && str_eq(change->was_version, row->version) &&
             row->state == change->was_state)
        buf_add(b, STR("  same version and stamp, other octets"));
    if (!is_in_both && row->state != ATTACK_CURRENT) {
        buf_add(b, STR("  "));
        buf_add(b, attack_state_name((enum attack_state)row->state));
    }
}

static void add_pair(struct buf *b, const char *what, str was, str is)
{
    if (was.len == 0 && is.len == 0)
        return;
    buf_printf(b, "  %s ", what);
    if (!str_eq(was, is)) {
        buf_add_printable(b, was.len > 0 ? was : STR("none"));
        buf_add(b, STR(" to "));
    }
    buf_add_printable(b, is.len > 0 ? is : STR("none"));
}

static void add_rules(struct diffing *d, const struct attack_row *row)
{
    const size_t count = d->rules == NULL ? 0 : rules_count(d->rules);
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += is_source(row, rules_facts(d->rules, i));
    if (found == 0)
        return;
    const bool is_of_all = found == count;
    buf_add(&d->text, is_of_all ? STR("  (source of every rule)") : STR("  (source of"));
    for (size_t i = 0, told = 0; i < count; i++) {
        const struct rule_facts *facts = rules_facts(d->rules, i);
        if (!is_source(row, facts))
            continue;
        d->is_touched[i] = true;
        if (is_of_all)
            continue;
        buf_add(&d->text, told++ == 0 ? STR(" ") : STR(", "));
        buf_add_printable(&d->text, facts->id);
    }
    if (!is_of_all)
        buf_add_char(&d->text, ')');
}

// The type counts: old mitigations have the ids of techniques.
static bool is_source(const struct attack_row *row, const struct rule_facts *facts)
{
    if (str_eq(row->type, STR("attack-pattern")))
        return has_text(facts->techniques, facts->technique_count, row->attack_id);
    if (str_eq(row->type, STR("x-mitre-analytic")))
        return has_text(facts->analytics, facts->analytic_count, row->attack_id);
    return str_eq(row->type, STR("x-mitre-detection-strategy")) &&
           str_eq(row->attack_id, STR(STRATEGY));
}

static bool has_text(const str *at, size_t count, str wanted)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(at[i], wanted))
            return true;
    return false;
}

static void add_count(struct diffing *d)
{
    const size_t count = d->rules == NULL ? 0 : rules_count(d->rules);
    size_t touched = 0;
    for (size_t i = 0; i < count; i++)
        touched += d->is_touched[i];
    if (count > 0)
        buf_printf(&d->text, "\n%zu of %zu rules have a source that differs\n", touched, count);
    else
        buf_add(&d->text, STR("\nno rules beside the program; name some with --rules PATH\n"));
}
