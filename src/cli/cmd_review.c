// pomona review: findings of a run or of the store, one line each, or one of them whole and what to do
// about it; and what is decided of those in the store.

#include "cli/cli.h"
#include "cli/review_list.h"
#include "cli/review_read.h"
#include "cli/review_screen.h"
#include "cli/review_show.h"
#include "cli/review_store.h"
#include "query/records.h"
#include "review/filter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define LIST_DEFAULT 100u

struct review {
    struct arena arena;
    struct sink_options sink;
    struct review_list list;
    struct review_show show;
    struct review_store store;
    bool is_show;
    str *paths;
    size_t path_count;
    uint64_t damaged;  // Records that are no findings.
    char example[ERR_TEXT_MAX];
};

static const char help[] =
    "usage: pomona review list FILE...|-\n"
    "       pomona review show [--playbook-only] [--rules PATH] ID FILE...|-\n"
    "       pomona review list|stats --store NAME [options]\n"
    "       pomona review show|reopen --store NAME ID\n"
    "       pomona review assign --store NAME ID WHO\n"
    "       pomona review note --store NAME ID [TEXT]\n"
    "       pomona review close --store NAME --disposition KIND --cause TEXT [options] ID\n"
    "       pomona review --store NAME [options]\n"
    "\n"
    "FILE has findings as `pomona detect --output ndjson` writes them; plain, gzip or zstd; - is\n"
    "standard input. Where a finding was told again, the last one counts. The store is what\n"
    "`pomona detect --store` keeps. ID is a finding's, or how it begins.\n"
    "\n"
    "Without a verb, on a terminal, it is the queue of the store, worked by keys; ? shows them.\n"
    "\n"
    "list     prints one line a finding, the gravest first; of the store those not closed\n"
    "show     prints the finding whole, its playbook, and what was decided of it\n"
    "assign   says who looks at it\n"
    "note     adds a note; without TEXT, on a terminal, what is written in $VISUAL or $EDITOR\n"
    "close    says what it was, and why\n"
    "reopen   takes that back\n"
    "stats    by rule: how many, what they were, how precise it is, time until somebody looked\n"
    "\n"
    "  --playbook-only  show: the playbook alone\n"
    "  --rules PATH     the directory with the rules and their playbooks (default: those that\n"
    "                   came with the program)\n" STORE_HELP
    "  --level LEVEL    list, queue: this level and above\n"
    "  --rule ID        list, queue: of this rule\n"
    "  --host NAME      list, queue: of this Mac, by id or name\n"
    "  --assignee WHO   list, queue: that this person has\n"
    "  --status STATUS  list, queue: open, assigned, closed or all\n"
    "  --since TIME     list, queue: not before this date or time, in UTC: 2026-11-01,\n"
    "                   2026-11-01T08:00:00Z\n"
    "  --limit N        list: so many (default 100)\n"
    "  --after ID       list: what follows this one\n"
    "  --disposition KIND  close: true-positive, benign-expected, benign-unexpected,\n"
    "                   false-positive or undetermined\n"
    "  --cause TEXT     close: why it came to be; always\n"
    "  --scope TEXT     close: which Macs and which code; of a true positive\n"
    "  --containment TEXT  close: what was done about it; of a true positive\n"
    "  --hypothesis TEXT   close: what was thought at first\n"
    "  --propose[=KIND] close, show: of a finding that is closed as benign-expected or\n"
    "                   benign-unexpected, prints an exception that would have covered it\n"
    "                   (exception, the default), or entries for `pomona baseline import` "
    "(baseline)\n"
    "  --output FORM    list, stats of a store: table or ndjson (default: table on a terminal,\n"
    "                   else ndjson)\n"
    "  --color WHEN     auto, always or never\n"
    "\n"
    "Exit: 0 done, 2 usage, or there is no such finding, or several, or no playbook, 3 an input,\n"
    "the store or the output failed.\n";

enum {
    OPT_PLAYBOOK = 256,
    OPT_RULES,
    OPT_LEVEL,
    OPT_RULE,
    OPT_HOST,
    OPT_ASSIGNEE,
    OPT_STATUS,
    OPT_SINCE,
    OPT_LIMIT,
    OPT_AFTER,
    OPT_DISPOSITION,
    OPT_CAUSE,
    OPT_SCOPE,
    OPT_CONTAINMENT,
    OPT_HYPOTHESIS,
    OPT_PROPOSE,
    OPT_OUTPUT,
    OPT_COLOR,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status set_store_option(struct review_store *s, int option, str value, struct err *err);
static enum status set_proposal(struct review_store *s, str value, struct err *err);
static enum status set_limit(struct findings_filter *filter, str value, struct err *err);
static str *text_option(struct review_store *s, int option);
static int run(struct review *r, char **arguments, int count);
static bool is_of_store(const struct review *r, str verb, int count);
static int read_all(struct review *r);
static void note_damage(struct review *r, const struct records_item *item, const struct err *err);
static int report(const struct review *r, struct records *records);

int cmd_review(int argc, char **argv)
{
    static const struct option known[] = {
        { "playbook-only", no_argument, NULL, OPT_PLAYBOOK },
        { "rules", required_argument, NULL, OPT_RULES },
        STORE_OPTIONS,
        { "level", required_argument, NULL, OPT_LEVEL },
        { "rule", required_argument, NULL, OPT_RULE },
        { "host", required_argument, NULL, OPT_HOST },
        { "assignee", required_argument, NULL, OPT_ASSIGNEE },
        { "status", required_argument, NULL, OPT_STATUS },
        { "since", required_argument, NULL, OPT_SINCE },
        { "limit", required_argument, NULL, OPT_LIMIT },
        { "after", required_argument, NULL, OPT_AFTER },
        { "disposition", required_argument, NULL, OPT_DISPOSITION },
        { "cause", required_argument, NULL, OPT_CAUSE },
        { "scope", required_argument, NULL, OPT_SCOPE },
        { "containment", required_argument, NULL, OPT_CONTAINMENT },
        { "hypothesis", required_argument, NULL, OPT_HYPOTHESIS },
        { "propose", optional_argument, NULL, OPT_PROPOSE },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "color", required_argument, NULL, OPT_COLOR },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "review", .help = help, .needs = NULL, .known = known
    };
    struct review r = { .sink = { .form = SINK_TABLE, .width = cli_width_of(STDOUT_FILENO) } };
    struct err err;
    bool helped;
    r.show.options = &r.sink;
    r.store.show = &r.show;
    r.store.is_table = isatty(STDOUT_FILENO) == 1;
    r.store.filter.only_unclosed = true;
    r.store.filter.limit = LIST_DEFAULT;
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &r.sink.colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &r, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&r, argv + optind, argc - optind);
    free(r.paths);
    review_list_done(&r.list);
    review_show_done(&r.show);
    arena_done(&r.arena);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct review *r = context;
    switch (option) {
    case OPT_PLAYBOOK:
        r->show.is_playbook_only = true;
        return OK;
    case OPT_RULES:
        r->show.rules = value;
        return OK;
    case OPT_COLOR:
        return cli_colour_of(value, STDOUT_FILENO, &r->sink.colour)
                   ? OK
                   : fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                          STR_ARG(value));
    default:
        return set_store_option(&r->store, option, value, err);
    }
}

static enum status set_store_option(struct review_store *s, int option, str value, struct err *err)
{
    enum level level;
    if (store_options_take(&s->store, option, value))
        return OK;
    switch (option) {
    case OPT_LEVEL:
        if (!level_of(value, &level))
            return fail(err, ERR_CONFIG,
                        "--level takes informational, low, medium, high or critical, not \"%.*s\"",
                        STR_ARG(value));
        s->filter.least_level = (int64_t)level;
        return OK;
    case OPT_STATUS:
        return filter_status(&s->filter, value)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--status takes open, assigned, closed or all, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_SINCE:
        return filter_since(&s->filter, value)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--since takes a date or a time, like 2026-11-01 or "
                          "2026-11-01T08:00:00Z, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_PROPOSE:
        return set_proposal(s, value, err);
    case OPT_LIMIT:
        return set_limit(&s->filter, value, err);
    case OPT_DISPOSITION:
        return disposition_of(value, &s->close_out.disposition)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--disposition takes true-positive, benign-expected, benign-unexpected, "
                          "false-positive or undetermined, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_OUTPUT:
        s->is_table = str_eq(value, STR("table"));
        return s->is_table || str_eq(value, STR("ndjson"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                          STR_ARG(value));
    default:
        *text_option(s, option) = value;
        return OK;
    }
}

static enum status set_proposal(struct review_store *s, str value, struct err *err)
{
    const bool is_baseline = str_eq(value, STR("baseline"));
    s->proposal = is_baseline ? REVIEW_BASELINE : REVIEW_EXCEPTION;
    return is_baseline || value.len == 0 || str_eq(value, STR("exception"))
               ? OK
               : fail(err, ERR_CONFIG, "--propose takes exception or baseline, not \"%.*s\"",
                      STR_ARG(value));
}

static enum status set_limit(struct findings_filter *filter, str value, struct err *err)
{
    uint64_t limit;
    if (!str_to_u64(value, &limit) || limit == 0 || limit > FINDINGS_PAGE_MAX)
        return fail(err, ERR_CONFIG, "--limit takes a number from 1 to %u, not \"%.*s\"",
                    FINDINGS_PAGE_MAX, STR_ARG(value));
    filter->limit = (uint32_t)limit;
    return OK;
}

static str *text_option(struct review_store *s, int option)
{
    switch (option) {
    case OPT_RULE:
        return &s->filter.rule;
    case OPT_HOST:
        return &s->filter.host;
    case OPT_ASSIGNEE:
        return &s->filter.assignee;
    case OPT_AFTER:
        return &s->after;
    case OPT_CAUSE:
        return &s->close_out.cause;
    case OPT_SCOPE:
        return &s->close_out.scope;
    case OPT_CONTAINMENT:
        return &s->close_out.containment;
    default:
        return &s->close_out.hypothesis;
    }
}

static int run(struct review *r, char **arguments, int count)
{
    if (r->show.rules.len == 0)
        r->show.rules = cli_default_rules(&r->arena);
    if (count == 0)
        return review_screen_run(&r->store);
    const str verb = str_of(arguments[0]);
    r->is_show = str_eq(verb, STR("show"));
    if (is_of_store(r, verb, count))
        return review_store_run(&r->store, verb, arguments + 1, count - 1);
    const int first = r->is_show ? 2 : 1;
    if (count <= first)
        return cli_fail(EXIT_USAGE, r->is_show
                                        ? "review show needs an id, and a file or -"
                                        : "review list needs a file, or - for standard input");
    r->path_count = (size_t)(count - first);
    r->paths = memory_zeroed(r->path_count, sizeof *r->paths);
    for (int i = first; i < count; i++)
        r->paths[i - first] = str_of(arguments[i]);
    if (r->is_show) {
        r->show.wanted = str_of(arguments[1]);
        if (!review_show_is_id(r->show.wanted))
            return cli_fail(EXIT_USAGE, "an id is up to 32 hexadecimal digits, not \"%s\"",
                            arguments[1]);
    }
    const int code = read_all(r);
    if (r->is_show) {
        const int shown = review_show_print(&r->show, stdout);
        return code == EXIT_DONE ? shown : code;
    }
    review_list_print(&r->list, stdout);
    return code;
}

// Files are read where they are named. What is named by the environment only gives way to them.
static bool is_of_store(const struct review *r, str verb, int count)
{
    const bool reads_files = r->is_show || str_eq(verb, STR("list"));
    if (!reads_files || r->store.store.name.len > 0)
        return true;
    return store_options_has(&r->store.store) && count <= (r->is_show ? 2 : 1);
}

static int read_all(struct review *r)
{
    struct records *records = records_open(r->paths, r->path_count, NULL);
    struct arena arena = { 0 };
    struct records_item item;
    while (records_take(records, &item)) {
        struct finding *finding = NULL;
        struct err err;
        enum status status = OK;
        if (item.is_too_long)
            status = fail(&err, ERR_LIMIT, "longer than %u octets", RECORDS_LEN_MAX);
        if (status == OK)
            status = review_read(item.text, &arena, &finding, &err);
        if (status != OK)
            note_damage(r, &item, &err);
        else if (r->is_show)
            review_show_keep(&r->show, finding, item.text);
        else
            review_list_keep(&r->list, finding);
        arena_reset(&arena);
    }
    const int code = report(r, records);
    arena_done(&arena);
    records_close(records);
    return code;
}

static void note_damage(struct review *r, const struct records_item *item, const struct err *err)
{
    const str path = str_to(r->paths[item->input], ERR_TEXT_MAX / 2);
    if (r->damaged++ == 0)
        (void)snprintf(r->example, sizeof r->example, "%.*s:%" PRIu64 ": %.200s", STR_ARG(path),
                       item->line, err->text);
}

static int report(const struct review *r, struct records *records)
{
    size_t failed;
    const struct records_failure *failures = records_failures(records, &failed);
    for (size_t i = 0; i < failed; i++)
        (void)cli_fail(EXIT_INPUT, "%.*s: %s", STR_ARG(failures[i].path), failures[i].why);
    if (r->damaged > 0)
        (void)cli_fail(EXIT_DONE, "%" PRIu64 " %s, the first: %s", r->damaged,
                       r->damaged == 1 ? "record is no finding" : "records are no findings",
                       r->example);
    if (r->list.left_out > 0)
        (void)cli_fail(EXIT_DONE, "%" PRIu64 " findings are left out: a list has at most %u",
                       r->list.left_out, REVIEW_LIST_MAX);
    return failed > 0 ? EXIT_INPUT : EXIT_DONE;
}
