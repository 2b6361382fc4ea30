// pomona store: is the store whole, a copy of it, an older one brought up to date, and its room given
// back.

#include "cli/store_options.h"
#include "store/upkeep.h"

#include <inttypes.h>
#include <stdio.h>

#define NS_PER_DAY INT64_C(86400000000000)
#define DAYS_MAX   36500

static const char help[] =
    "usage: pomona store check|migrate|vacuum [options]\n"
    "       pomona store backup [options] FILE\n"
    "\n"
    "check    reads all of the store and says what is wrong with it\n"
    "backup   writes a whole copy to a new file, also while others write to the store\n"
    "migrate  makes the store, or brings it up to date with this program\n"
    "vacuum   gives back the room of what is gone; with --keep forgets old findings first\n"
    "\n"
    "  --keep DAYS      vacuum: findings that were closed longer ago are forgotten, with their\n"
    "                   notes, and canaries that were emitted longer ago\n"
    "  --keep-size SIZE vacuum: then findings are forgotten, those first that were closed longest\n"
    "                   ago, until the store takes no more: octets, or with K, M, G or T behind\n"
    "                   it. What is open is never forgotten\n" STORE_HELP "\n"
    "Exit: 0 done, 2 usage, 3 the store cannot be read or written, check found something wrong, "
    "or\n"
    "the size cannot be reached.\n";

enum {
    OPT_KEEP = 256,
    OPT_KEEP_SIZE,
};

struct store_command {
    struct store_options store;
    int64_t keep_days;    // -1: all.
    uint64_t keep_bytes;  // 0: however much.
};

static enum status set_option(int option, str value, void *context, struct err *err);
static bool read_size(str text, uint64_t *out);
static int run(struct store_command *c, str verb, str file);
static int run_check(const struct store_command *c, struct db *db);
static void note_check(const struct store_command *c, struct db *db);
static int run_vacuum(const struct store_command *c, struct db *db);
static int failed(const struct store_command *c, enum status status, const struct err *err);

int cmd_store(int argc, char **argv)
{
    static const struct option known[] = {
        STORE_OPTIONS,
        { "keep", required_argument, NULL, OPT_KEEP },
        { "keep-size", required_argument, NULL, OPT_KEEP_SIZE },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "store", .help = help, .needs = "check, backup, migrate or vacuum", .known = known
    };
    struct store_command c = { .keep_days = -1 };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        const str verb = str_of(argv[optind]);
        const bool wants_file = str_eq(verb, STR("backup"));
        if (argc - optind != (wants_file ? 2 : 1))
            code = cli_fail(EXIT_USAGE, wants_file ? "store backup needs one file"
                                                   : "store takes check, backup, migrate or vacuum "
                                                     "and no file; the store is --store NAME");
        else
            code = run(&c, verb, wants_file ? str_of(argv[optind + 1]) : STR_EMPTY);
    }
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct store_command *c = context;
    if (store_options_take(&c->store, option, value))
        return OK;
    if (option == OPT_KEEP_SIZE)
        return read_size(value, &c->keep_bytes)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--keep-size takes a number of octets, or with K, M, G or T behind it, "
                          "like 2G, not \"%.*s\"",
                          STR_ARG(value));
    return str_to_i64(value, &c->keep_days) && c->keep_days >= 1 && c->keep_days <= DAYS_MAX
               ? OK
               : fail(err, ERR_CONFIG, "--keep takes a number of days, 1 to %d, not \"%.*s\"",
                      DAYS_MAX, STR_ARG(value));
}

static bool read_size(str text, uint64_t *out)
{
    static const str units = STR_INIT("KMGT");
    const size_t unit = text.len == 0 ? units.len : str_find_char(units, text.at[text.len - 1]);
    const unsigned shift = unit < units.len ? 10 * ((unsigned)unit + 1) : 0;
    uint64_t count = 0;
    if (!str_to_u64(str_to(text, text.len - (shift > 0 ? 1 : 0)), &count) || count == 0 ||
        count > (uint64_t)INT64_MAX >> shift)
        return false;
    *out = count << shift;
    return true;
}

static int run(struct store_command *c, str verb, str file)
{
    static const struct {
        str verb;
        enum db_mode mode;
    } verbs[] = {
        { STR_INIT("check"), DB_READ },
        { STR_INIT("backup"), DB_READ },
        { STR_INIT("migrate"), DB_CREATE },
        { STR_INIT("vacuum"), DB_CHANGE },
    };
    size_t which = 0;
    while (which < COUNT_OF(verbs) && !str_eq(verbs[which].verb, verb))
        which++;
    if (which == COUNT_OF(verbs))
        return cli_fail(EXIT_USAGE, "store takes check, backup, migrate or vacuum; see `pomona "
                                    "store --help`");
    struct db *db = NULL;
    struct err err;
    int code = store_options_open(&c->store, verbs[which].mode, &db);
    if (code != EXIT_DONE)
        return code;
    if (str_eq(verb, STR("check"))) {
        code = run_check(c, db);
    } else if (str_eq(verb, STR("backup"))) {
        const enum status status = upkeep_backup(db, file, &err);
        code = status == OK ? EXIT_DONE : failed(c, status, &err);
    } else if (str_eq(verb, STR("migrate"))) {
        (void)printf("version %d, which is this program's\n", store_version());
    } else {
        code = run_vacuum(c, db);
    }
    db_close(db);
    return code;
}

static void print_problem(void *context, str problem)
{
    (void)context;
    cli_say(problem);
}

// Of one that is too large to be looked at by who opens it to write, so that nobody is told to look again. A copy, which
// nobody has written to, is left as it is.
static void note_check(const struct store_command *c, struct db *db)
{
    struct db *own = NULL;
    struct err ignored;
    bool is_live = false;
    uint64_t size = 0;
    enum status status = upkeep_size(db, &size, &ignored);
    if (status == OK)
        status = upkeep_is_live(db, &is_live, &ignored);
    if (status != OK || !is_live || size <= UPKEEP_LOOK_OCTETS)
        return;
    status = store_open(c->store.name, DB_CHANGE, &own, &ignored);
    if (status == OK)
        status = upkeep_looked(own, c->store.act.now_ns, &ignored);
    (void)status;  // Who may only read it is not asked to.
    db_close(own);
}

static int run_check(const struct store_command *c, struct db *db)
{
    struct err err;
    size_t problems = 0;
    const enum status status = upkeep_check(db, print_problem, NULL, &problems, &err);
    if (status != OK)
        return cli_fail(EXIT_INPUT, "%s", err.text);
    if (problems > 0)
        return cli_fail(EXIT_INPUT, "the store is damaged; keep it, and go on with the last copy "
                                    "(`pomona store backup`)");
    note_check(c, db);
    if (db_kind(db) == DB_SQLITE)
        (void)printf("whole, version %d\n", store_version());
    else
        (void)printf("version %d; its pages are the server's to check (pg_amcheck)\n",
                     store_version());
    return EXIT_DONE;
}

static int run_vacuum(const struct store_command *c, struct db *db)
{
    struct err err;
    enum status status = OK;
    struct upkeep_forgotten by_age = { 0 };
    struct upkeep_forgotten by_size = { 0 };
    uint64_t left = 0;
    if (c->keep_days >= 0)
        status = upkeep_forget(db, &c->store.act, c->store.act.now_ns - c->keep_days * NS_PER_DAY,
                               &by_age, &err);
    if (status == OK)
        status = upkeep_vacuum(db, &err);
    if (status == OK && c->keep_bytes > 0)
        status = upkeep_forget_to_size(db, &c->store.act, c->keep_bytes, &by_size, &left, &err);
    if (status != OK)
        return failed(c, status, &err);
    (void)printf("%" PRIu64 " findings forgotten\n", by_age.findings + by_size.findings);
    if (by_age.canaries > 0)
        (void)printf("%" PRIu64 " canaries forgotten\n", by_age.canaries);
    if (c->keep_bytes > 0 && left > c->keep_bytes)
        return cli_fail(EXIT_INPUT,
                        "the store takes %" PRIu64 " octets, more than %" PRIu64
                        ": what is left are "
                        "open findings, which are never forgotten, and what is no finding",
                        left, c->keep_bytes);
    return EXIT_DONE;
}

static int failed(const struct store_command *c, enum status status, const struct err *err)
{
    return cli_fail(cli_exit_of(status), "%.*s: %s", STR_ARG(c->store.name), err->text);
}
