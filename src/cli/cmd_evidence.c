// pomona evidence: does the log of all changes hold.

#include "cli/store_options.h"
#include "store/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: pomona evidence verify --store NAME [--head HASH]\n"
    "\n"
    "verify   walks the audit log of the store, in which each entry holds the hash of the one\n"
    "         before: tells the first entry that was changed, removed or moved. Prints the head,\n"
    "         the hash of the last entry: who keeps it elsewhere can tell later that nothing was\n"
    "         taken off the end\n"
    "\n"
    "  --head HASH      a head that was printed before: its entry must still be there\n" STORE_HELP
    "\n"
    "Exit: 0 the log holds, 2 usage, 3 it does not, or the store cannot be read.\n";

struct evidence {
    struct store_options store;
    str head;  // Empty: none.
    bool has_head;
};

enum {
    OPT_HEAD = 256,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int verify(struct evidence *e);
static void look(void *context, const struct audit_entry *entry);
static void hex_of(const uint8_t hash[AUDIT_HASH_BYTES], char out[2 * AUDIT_HASH_BYTES + 1]);

int cmd_evidence(int argc, char **argv)
{
    static const struct option known[] = {
        STORE_OPTIONS,
        { "head", required_argument, NULL, OPT_HEAD },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "evidence", .help = help, .needs = "verify", .known = known
    };
    struct evidence e = { .has_head = false };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &e, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped && (argc - optind != 1 || !str_eq(str_of(argv[optind]), STR("verify"))))
        code = cli_fail(EXIT_USAGE, "evidence takes verify and no file; see `pomona evidence "
                                    "--help`");
    else if (!helped)
        code = verify(&e);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        code = cli_fail(EXIT_INPUT, "the output cannot be written: %s", strerror(errno));
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct evidence *e = context;
    if (store_options_take(&e->store, option, value))
        return OK;
    e->head = value;
    return value.len == (size_t)2 * AUDIT_HASH_BYTES
               ? OK
               : fail(err, ERR_CONFIG, "--head takes %u hexadecimal digits, not \"%.*s\"",
                      2 * AUDIT_HASH_BYTES, STR_ARG(value));
}

static int verify(struct evidence *e)
{
    struct db *db = NULL;
    struct err err;
    struct audit_report report;
    char head[2 * AUDIT_HASH_BYTES + 1];
    int code = store_options_open(&e->store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    enum status status = audit_verify(db, &report, &err);
    if (status == OK && e->head.len > 0)
        status = audit_list(db, look, e, &err);
    db_close(db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%.*s: %s", STR_ARG(e->store.name), err.text);
    if (report.clock_set_back > 0)
        (void)cli_fail(EXIT_DONE,
                       "%" PRId64 " entries are of a time before the one before them: a clock was "
                       "put back",
                       report.clock_set_back);
    if (report.bad_seq != 0)
        return cli_fail(EXIT_INPUT, "the audit log does not hold: entry %" PRId64 ": %s",
                        report.bad_seq, report.why);
    if (e->head.len > 0 && !e->has_head)
        return cli_fail(EXIT_INPUT, "the audit log does not hold: the entry of the head that was "
                                    "given is gone");
    hex_of(report.head, head);
    (void)printf("%" PRId64 " entries hold, head %s\n", report.count, head);
    return EXIT_DONE;
}

static void look(void *context, const struct audit_entry *entry)
{
    struct evidence *e = context;
    char hash[2 * AUDIT_HASH_BYTES + 1];
    hex_of(entry->hash, hash);
    e->has_head |= str_eq_nocase(str_of(hash), e->head);
}

static void hex_of(const uint8_t hash[AUDIT_HASH_BYTES], char out[2 * AUDIT_HASH_BYTES + 1])
{
    for (size_t i = 0; i < AUDIT_HASH_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}
