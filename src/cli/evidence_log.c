#include "cli/evidence_log.h"

#include "evidence/entry.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define ENTRY_MAX ((size_t)64 * 1024 * 1024)

struct printing {
    struct buf line;
    bool is_table;
};

static void print_entry(void *context, const struct audit_entry *e);
static void add_line(struct buf *b, const struct audit_entry *e);

int evidence_log_print(struct store_options *store, str form)
{
    struct printing p = { .is_table = form.len > 0 ? str_eq(form, STR("table"))
                                                   : isatty(STDOUT_FILENO) == 1 };
    struct db *db = NULL;
    struct err err;
    if (form.len > 0 && !p.is_table && !str_eq(form, STR("ndjson")))
        return cli_fail(EXIT_USAGE, "--output of the log takes table or ndjson, not \"%.*s\"",
                        STR_ARG(form));
    int code = store_options_open(store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    buf_init(&p.line, ENTRY_MAX);
    const enum status status = audit_list(db, print_entry, &p, &err);
    buf_done(&p.line);
    db_close(db);
    return status == OK ? EXIT_DONE
                        : cli_fail(cli_exit_of(status), "%.*s: %s", STR_ARG(store->name), err.text);
}

static void print_entry(void *context, const struct audit_entry *e)
{
    struct printing *p = context;
    buf_reset(&p->line);
    if (p->is_table)
        add_line(&p->line, e);
    else
        evidence_add_entry(&p->line, e);
    (void)fwrite(p->line.at, 1, p->line.len, stdout);
}

static void add_line(struct buf *b, const struct audit_entry *e)
{
    const str parts[] = { e->subject, e->why, e->detail };
    buf_printf(b, "%6" PRId64 "  ", e->seq);
    sink_add_time(b, e->at_ns, ' ', 3);
    buf_add(b, STR("  "));
    sink_add_escaped(b, e->who);
    buf_add(b, STR("  "));
    sink_add_escaped(b, e->action);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].len == 0)
            continue;
        buf_add(b, STR("  "));
        sink_add_escaped(b, parts[i]);
    }
    buf_add_char(b, '\n');
}
