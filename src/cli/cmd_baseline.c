// pomona baseline: learn what is normal here, and say of what was learned that it is expected.

#include "base/date.h"
#include "cli/baseline_options.h"

#include <stdio.h>
#include <unistd.h>

#define EXPIRES_DAYS_MAX 366
#define DAY_S            86400
#define DAY_NS           (DAY_S * INT64_C(1000000000))

const char baseline_help[] =
    "usage: pomona baseline learn [options] FILE...|-\n"
    "       pomona baseline review [filters]\n"
    "       pomona baseline promote --owner WHO --reason WHY --expires DATE ID...\n"
    "       pomona baseline promote --owner WHO --reason WHY --expires DATE --all [filters]\n"
    "       pomona baseline refuse ID...\n"
    "       pomona baseline list [--state STATE] [filters]\n"
    "       pomona baseline export [--all] FILE|-\n"
    "       pomona baseline import FILE\n"
    "\n"
    "The baseline is in the store: --store NAME, or $POMONA_STORE.\n"
    "\n"
    "learn    counts who (by signature) does what, on which hosts and days, and which rules\n"
    "         spoke of it. What is learned is a proposal; it changes no finding\n"
    "review   prints proposals, the most widespread first, with the evidence and with what\n"
    "         speaks against them\n"
    "promote  makes proposals expected until a day: findings of which every behaviour is\n"
    "         expected get the verdict \"expected\" from `pomona detect --store NAME`\n"
    "refuse   takes entries back, or proposals off the list\n"
    "list     prints entries of any state\n"
    "export   writes what is expected, with a hash; --all: every entry\n"
    "import   reads that again; where the hash is another, nothing of it\n"
    "\n" STORE_HELP "  --min-hosts N      only what was seen on so many hosts\n"
    "  --min-days N       only what was seen on so many days\n"
    "  --signer TEXT      only where the actor or the object has it in its identity\n"
    "  --behaviour NAME   only this behaviour; docs/BASELINE.md lists them\n"
    "  --state STATE      proposal, expected or refused\n"
    "  --output FORM      table or ndjson (default: table on a terminal, else ndjson)\n"
    "  --owner WHO        who answers for it\n"
    "  --reason WHY       why it is normal here\n"
    "  --expires DATE     YYYY-MM-DD, its last day (UTC), at most 366 days from now\n"
    "  --all              every proposal that passes the filters, that no rule matched and that\n"
    "                     has no warning that somebody should look at: a twin, a slow drip, one\n"
    "                     noisy host. With export: every entry\n"
    "  --critical         also what a rule of level critical matched, and for such findings, too\n"
    "  --force            also what was seen on one host, or on fewer than 3 days\n"
    "\n"
    "`pomona baseline learn --help` says what learning takes. Exit: 0 done, 2 usage, or something\n"
    "was refused (then nothing has changed), 3 the store or a file failed.\n";

enum {
    OPT_MIN_HOSTS = 256,
    OPT_MIN_DAYS,
    OPT_SIGNER,
    OPT_BEHAVIOUR,
    OPT_STATE,
    OPT_OUTPUT,
    OPT_OWNER,
    OPT_REASON,
    OPT_EXPIRES,
    OPT_ALL,
    OPT_CRITICAL,
    OPT_FORCE,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status set_count(str value, const char *name, uint64_t *out, struct err *err);
static enum status set_text(str value, const char *name, str *out, struct err *err);
static enum status set_expires(struct baseline_options *o, str value, struct err *err);
static int run(struct baseline_options *o, str verb, char **arguments, int count);
static int run_promote(struct baseline_options *o, char **ids, int count);

int cmd_baseline(int argc, char **argv)
{
    static const struct option known[] = {
        STORE_OPTIONS,
        { "min-hosts", required_argument, NULL, OPT_MIN_HOSTS },
        { "min-days", required_argument, NULL, OPT_MIN_DAYS },
        { "signer", required_argument, NULL, OPT_SIGNER },
        { "behaviour", required_argument, NULL, OPT_BEHAVIOUR },
        { "state", required_argument, NULL, OPT_STATE },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "owner", required_argument, NULL, OPT_OWNER },
        { "reason", required_argument, NULL, OPT_REASON },
        { "expires", required_argument, NULL, OPT_EXPIRES },
        { "all", no_argument, NULL, OPT_ALL },
        { "critical", no_argument, NULL, OPT_CRITICAL },
        { "force", no_argument, NULL, OPT_FORCE },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "baseline",
        .help = baseline_help,
        .needs = "learn, review, promote, refuse, list, export or import",
        .known = known,
    };
    if (argc > 1 && str_eq(str_of(argv[1]), STR("learn")))
        return baseline_learn(argc - 1, argv + 1);
    struct baseline_options o = { .is_table = isatty(STDOUT_FILENO) == 1 };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &o, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&o, str_of(argv[optind]), argv + optind + 1, argc - optind - 1);
    arena_done(&o.arena);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct baseline_options *o = context;
    if (store_options_take(&o->store, option, value))
        return OK;
    o->has_filter |= option >= OPT_MIN_HOSTS && option <= OPT_BEHAVIOUR;
    switch (option) {
    case OPT_MIN_HOSTS:
        return set_count(value, "--min-hosts", &o->filter.min_hosts, err);
    case OPT_MIN_DAYS:
        return set_count(value, "--min-days", &o->filter.min_days, err);
    case OPT_SIGNER:
        return set_text(value, "--signer", &o->filter.signer, err);
    case OPT_BEHAVIOUR:
        return set_text(value, "--behaviour", &o->filter.behaviour, err);
    case OPT_STATE:
        o->filter.has_state = true;
        return baseline_state_of(value, &o->filter.state)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--state takes proposal, expected or refused, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_OUTPUT:
        o->is_table = str_eq(value, STR("table"));
        return o->is_table || str_eq(value, STR("ndjson"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_OWNER:
        return set_text(value, "--owner", &o->promotion.owner, err);
    case OPT_REASON:
        return set_text(value, "--reason", &o->promotion.reason, err);
    case OPT_EXPIRES:
        return set_expires(o, value, err);
    case OPT_CRITICAL:
        o->consent.critical = true;
        o->promotion.allows_critical = true;
        return OK;
    case OPT_FORCE:
        o->consent.force = true;
        return OK;
    default:
        o->all = true;
        return OK;
    }
}

static enum status set_count(str value, const char *name, uint64_t *out, struct err *err)
{
    return str_to_u64(value, out) && *out <= UINT32_MAX
               ? OK
               : fail(err, ERR_CONFIG, "%s takes a number, not \"%.*s\"", name, STR_ARG(value));
}

static enum status set_text(str value, const char *name, str *out, struct err *err)
{
    if (value.len == 0 || value.len > BASELINE_TEXT_MAX)
        return fail(err, ERR_CONFIG, "%s takes 1 to %u octets", name, BASELINE_TEXT_MAX);
    *out = value;
    return OK;
}

static enum status set_expires(struct baseline_options *o, str value, struct err *err)
{
    uint64_t year;
    uint64_t month;
    uint64_t day;
    const bool is_date =
        value.len == 10 && value.at[4] == '-' && value.at[7] == '-' &&
        str_to_u64(str_to(value, 4), &year) && str_to_u64(str_to(str_from(value, 5), 2), &month) &&
        str_to_u64(str_from(value, 8), &day) && date_exists((int)year, (int)month, (int)day);
    if (!is_date)
        return fail(err, ERR_CONFIG, "--expires takes a day as YYYY-MM-DD, not \"%.*s\"",
                    STR_ARG(value));
    o->expires_day = date_days_since_1970((int)year, (int)month, (int)day);
    return OK;
}

static int run(struct baseline_options *o, str verb, char **arguments, int count)
{
    const bool is_file = str_eq(verb, STR("export")) || str_eq(verb, STR("import"));
    if (str_eq(verb, STR("promote")))
        return run_promote(o, arguments, count);
    if (str_eq(verb, STR("refuse")))
        return count > 0 ? baseline_refuse(o, arguments, count)
                         : cli_fail(EXIT_USAGE, "refuse needs the id of an entry");
    if (is_file && count != 1)
        return cli_fail(EXIT_USAGE, "%.*s needs the name of one file", STR_ARG(verb));
    if (str_eq(verb, STR("export")))
        return baseline_export(o, arguments[0]);
    if (str_eq(verb, STR("import")))
        return baseline_import(o, arguments[0]);
    const bool is_review = str_eq(verb, STR("review"));
    if (!is_review && !str_eq(verb, STR("list")))
        return cli_fail(EXIT_USAGE, "baseline knows no \"%.*s\"; see `pomona baseline --help`",
                        STR_ARG(verb));
    if (count > 0)
        return cli_fail(EXIT_USAGE, "%.*s takes options only, not \"%s\"", STR_ARG(verb),
                        arguments[0]);
    return baseline_print(o, is_review);
}

static int run_promote(struct baseline_options *o, char **ids, int count)
{
    struct baseline_promotion *p = &o->promotion;
    struct err err;
    if (p->owner.len == 0 || p->reason.len == 0 || o->expires_day == 0)
        return cli_fail(EXIT_USAGE, "promote needs --owner, --reason and --expires");
    if (o->all == (count > 0))
        return cli_fail(EXIT_USAGE, "promote needs the ids of entries, or --all");
    if (o->has_filter && !o->all)
        return cli_fail(EXIT_USAGE, "filters go with --all, not with ids");
    if (store_options_now(&o->store, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    const int64_t left = o->expires_day - o->store.act.now_ns / DAY_NS;
    if (left < 0 || left > EXPIRES_DAYS_MAX)
        return cli_fail(EXIT_USAGE, "--expires takes a day from today to %d days from now",
                        EXPIRES_DAYS_MAX);
    p->expires_s = (o->expires_day + 1) * DAY_S;  // The day counts whole.
    return baseline_promote(o, ids, count);
}
