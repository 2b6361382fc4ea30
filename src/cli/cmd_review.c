// pomona review: findings of a run, one line each, or one of them whole and what to do about it.

#include "cli/cli.h"
#include "cli/review_list.h"
#include "cli/review_read.h"
#include "cli/review_show.h"
#include "query/records.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct review {
    struct arena arena;
    struct sink_options sink;
    struct review_list list;
    struct review_show show;
    bool is_show;
    str *paths;
    size_t path_count;
    uint64_t damaged;  // Records that are no findings.
    char example[ERR_TEXT_MAX];
};

static const char help[] =
    "usage: pomona review list FILE...|-\n"
    "       pomona review show [--playbook-only] [--rules PATH] ID FILE...|-\n"
    "\n"
    "FILE has findings as `pomona detect --output ndjson` writes them; plain, gzip or zstd; - is\n"
    "standard input. Where a finding was told again, the last one counts.\n"
    "\n"
    "list     prints one line a finding, the gravest first\n"
    "show     prints the finding whose id is or begins with ID, whole, and its playbook\n"
    "\n"
    "  --playbook-only  the playbook alone\n"
    "  --rules PATH     the directory with the rules and their playbooks (default: those that\n"
    "                   came with the program)\n"
    "  --color WHEN     auto, always or never\n"
    "\n"
    "Exit: 0 done, 2 usage, or there is no such finding, or several, or no playbook, 3 an input "
    "or\n"
    "the output failed.\n";

enum {
    OPT_PLAYBOOK = 256,
    OPT_RULES,
    OPT_COLOR,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct review *r, char **arguments, int count);
static int read_all(struct review *r);
static void note_damage(struct review *r, const struct records_item *item, const struct err *err);
static int report(const struct review *r, struct records *records);

int cmd_review(int argc, char **argv)
{
    static const struct option known[] = {
        { "playbook-only", no_argument, NULL, OPT_PLAYBOOK },
        { "rules", required_argument, NULL, OPT_RULES },
        { "color", required_argument, NULL, OPT_COLOR },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "review", .help = help, .needs = "list or show", .known = known
    };
    struct review r = { .sink = { .form = SINK_TABLE, .width = cli_width_of(STDOUT_FILENO) } };
    struct err err;
    bool helped;
    r.show.options = &r.sink;
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &r.sink.colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &r, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&r, argv + optind, argc - optind);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        code = cli_fail(EXIT_INPUT, "the output cannot be written: %s", strerror(errno));
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
    default:
        return cli_colour_of(value, STDOUT_FILENO, &r->sink.colour)
                   ? OK
                   : fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                          STR_ARG(value));
    }
}

static int run(struct review *r, char **arguments, int count)
{
    const str verb = str_of(arguments[0]);
    r->is_show = str_eq(verb, STR("show"));
    if (!r->is_show && !str_eq(verb, STR("list")))
        return cli_fail(EXIT_USAGE, "review takes list or show; see `pomona review --help`");
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
    if (r->show.rules.len == 0)
        r->show.rules = cli_default_rules(&r->arena);
    const int code = read_all(r);
    if (r->is_show) {
        const int shown = review_show_print(&r->show, stdout);
        return code == EXIT_DONE ? shown : code;
    }
    review_list_print(&r->list, stdout);
    return code;
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
