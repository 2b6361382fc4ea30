// pomona evidence: does the log of all changes hold, and packs of what an auditor asks for.

#include "cli/evidence_log.h"
#include "cli/evidence_pack.h"
#include "store/audit.h"

#include <inttypes.h>
#include <stdio.h>

static const char help[] =
    "usage: pomona evidence keygen --key FILE\n"
    "       pomona evidence export --store NAME --period FROM..TO --key FILE --output PACK\n"
    "                              [options]\n"
    "       pomona evidence dettect data-sources|techniques --store NAME [--period FROM..TO]\n"
    "                              [--rules PATH] [--retention DAYS]\n"
    "       pomona evidence log --store NAME [--output FORM]\n"
    "       pomona evidence verify PACK --public-key FILE\n"
    "       pomona evidence verify --store NAME [--head HASH]\n"
    "       pomona evidence verify --store NAME --against PACK --public-key FILE\n"
    "\n"
    "keygen   makes an Ed25519 key in FILE, and its public part in FILE.pub\n"
    "export   writes a signed pack: findings of the period and what was decided of them, the\n"
    "         audit log, assets, coverage, rules, ATT&CK's objects, DeTT&CT's scores, and in "
    "plain\n"
    "         words what it claims, what not, and what is not in it\n"
    "dettect  prints one of DeTT&CT's administration files, measured from what the store has of\n"
    "         coverage; a pack has both in dettect/\n"
    "log      prints the store's audit log: each change with who made it, when, and why\n"
    "verify   of a pack: whether every octet of it is as it was signed. Of a store: walks its\n"
    "         audit log, in which each entry holds the hash of the one before: tells the first\n"
    "         entry that was changed, removed or moved. Prints the head, the hash of the last\n"
    "         entry: who keeps it elsewhere can tell later that nothing was taken off the end\n"
    "\n"
    "  --against PACK   the log's head as the pack has it: its entry must still be in its place\n"
    "  --attach FILE    goes into the pack as attachments/NAME; may be given again\n"
    "  --baseline NAME  another store, whose baseline the pack has (default: this store's own)\n"
    "  --config FILE    goes into the pack as configuration/NAME, with its hash in\n"
    "                   configuration.json: of sensors, of the site; may be given again\n"
    "  --exceptions NAME  a YAML file or another store, whose exceptions the pack has (default:\n"
    "                   this store's own)\n"
    "  --head HASH      a head that was printed before: its entry must still be there\n"
    "  --key FILE       the private key; nobody but its owner may be able to read it\n"
    "  --output PACK    export: the file of the pack, which must not be there yet\n"
    "  --output FORM    log: table or ndjson (default: table on a terminal, else ndjson)\n"
    "  --period FROM..TO  two days like 2026-01-01..2026-03-31, both of them in it; UTC\n"
    "  --public-key FILE  of the key that should have signed, from whom you trust\n"
    "  --retention DAYS   for how long telemetry should be at hand, for DeTT&CT's score\n"
    "                   (default 90)\n"
    "  --rules PATH     the rules (default: those that came with the program)\n"
    "  --scenarios DIR  validates the rules with these scenarios; the pack has the results and "
    "the\n"
    "                   hash of each file that was read\n" STORE_HELP "\n"
    "Exit: 0 done, or all holds; 2 usage, or another key; 3 it does not hold, or cannot be read.\n";

static const char verified[] =
    "proved: the pack is, octet for octet, what the owner of this key signed, and each member is\n"
    "the one that its manifest names\n"
    "not proved: that what it says is so, when it was signed, and that nothing was left out of "
    "it;\n"
    "claim.md in it says what it claims and what it does not\n";

struct evidence {
    struct evidence_pack_options pack;
    str head;  // Empty: none.
    str against;
    int64_t head_seq;  // 0: any.
    bool has_head;
};

enum {
    OPT_HEAD = 256,
    OPT_AGAINST,
    OPT_ATTACH,
    OPT_KEY,
    OPT_OUTPUT,
    OPT_PERIOD,
    OPT_PUBLIC_KEY,
    OPT_RULES,
    OPT_EXCEPTIONS,
    OPT_BASELINE,
    OPT_SCENARIOS,
    OPT_RETENTION,
    OPT_CONFIG,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status take_head(struct evidence *e, str value, struct err *err);
static enum status take_file(str *files, size_t *count, const char *option, str value,
                             struct err *err);
static int run(struct evidence *e, str verb, int count, char **arguments);
static int verify_pack(struct evidence *e, str path);
static int verify_store(struct evidence *e);
static int verify_log(struct evidence *e, struct arena *arena);
static void look(void *context, const struct audit_entry *entry);

int cmd_evidence(int argc, char **argv)
{
    static const struct option known[] = {
        STORE_OPTIONS,
        { "against", required_argument, NULL, OPT_AGAINST },
        { "attach", required_argument, NULL, OPT_ATTACH },
        { "baseline", required_argument, NULL, OPT_BASELINE },
        { "config", required_argument, NULL, OPT_CONFIG },
        { "exceptions", required_argument, NULL, OPT_EXCEPTIONS },
        { "head", required_argument, NULL, OPT_HEAD },
        { "key", required_argument, NULL, OPT_KEY },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "period", required_argument, NULL, OPT_PERIOD },
        { "public-key", required_argument, NULL, OPT_PUBLIC_KEY },
        { "retention", required_argument, NULL, OPT_RETENTION },
        { "rules", required_argument, NULL, OPT_RULES },
        { "scenarios", required_argument, NULL, OPT_SCENARIOS },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = { .verb = "evidence",
                                                .help = help,
                                                .needs = "keygen, export, dettect, log or verify",
                                                .known = known };
    struct evidence e = { .has_head = false };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &e, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&e, str_of(argv[optind]), argc - optind - 1, argv + optind + 1);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct evidence *e = context;
    str *const texts[] = {
        [OPT_AGAINST - OPT_HEAD] = &e->against,
        [OPT_KEY - OPT_HEAD] = &e->pack.key,
        [OPT_OUTPUT - OPT_HEAD] = &e->pack.output,
        [OPT_PERIOD - OPT_HEAD] = &e->pack.period,
        [OPT_PUBLIC_KEY - OPT_HEAD] = &e->pack.public_key,
        [OPT_RULES - OPT_HEAD] = &e->pack.rules,
        [OPT_EXCEPTIONS - OPT_HEAD] = &e->pack.exceptions,
        [OPT_BASELINE - OPT_HEAD] = &e->pack.baseline,
        [OPT_SCENARIOS - OPT_HEAD] = &e->pack.scenarios,
        [OPT_RETENTION - OPT_HEAD] = &e->pack.retention,
    };
    if (store_options_take(&e->pack.store, option, value))
        return OK;
    if (option == OPT_HEAD)
        return take_head(e, value, err);
    if (option == OPT_ATTACH)
        return take_file(e->pack.attachments, &e->pack.attachment_count, "--attach", value, err);
    if (option == OPT_CONFIG)
        return take_file(e->pack.configs, &e->pack.config_count, "--config", value, err);
    *texts[option - OPT_HEAD] = value;
    return OK;
}

static enum status take_head(struct evidence *e, str value, struct err *err)
{
    e->head = value;
    return value.len == (size_t)2 * AUDIT_HASH_BYTES
               ? OK
               : fail(err, ERR_CONFIG, "--head takes %u hexadecimal digits, not \"%.*s\"",
                      2 * AUDIT_HASH_BYTES, STR_ARG(value));
}

static enum status take_file(str *files, size_t *count, const char *option, str value,
                             struct err *err)
{
    if (*count == EVIDENCE_FILES_MAX)
        return fail(err, ERR_CONFIG, "%s is given %u times at most", option, EVIDENCE_FILES_MAX);
    files[(*count)++] = value;
    return OK;
}

static int run(struct evidence *e, str verb, int count, char **arguments)
{
    const bool is_verify = str_eq(verb, STR("verify"));
    if (is_verify && count == 1)
        return verify_pack(e, str_of(arguments[0]));
    if (count == 0 && is_verify)
        return verify_store(e);
    if (count == 0 && str_eq(verb, STR("keygen")))
        return evidence_pack_keygen(&e->pack);
    if (count == 0 && str_eq(verb, STR("export")))
        return evidence_pack_export(&e->pack);
    if (count == 1 && str_eq(verb, STR("dettect")))
        return evidence_dettect_print(&e->pack, str_of(arguments[0]));
    if (count == 0 && str_eq(verb, STR("log")))
        return evidence_log_print(&e->pack.store, e->pack.output);
    return cli_fail(EXIT_USAGE,
                    "evidence takes keygen, export, dettect data-sources|techniques, log, "
                    "verify PACK, or verify --store NAME; see `pomona evidence --help`");
}

static int verify_pack(struct evidence *e, str path)
{
    struct arena arena = { 0 };
    struct evidence_verified v = { 0 };
    int code = EXIT_DONE;
    if (e->against.len > 0 || e->head.len > 0 || e->pack.store.name.len > 0)
        code = cli_fail(EXIT_USAGE, "verify takes a pack or a store; to hold one to the other: "
                                    "--store NAME --against PACK");
    else
        code = evidence_pack_check(&e->pack, path, &arena, &v);
    if (code == EXIT_DONE) {
        struct buf b;
        buf_init(&b, EVIDENCE_KEY_FILE_MAX);
        buf_printf(&b,
                   "%zu members hold, %.*s to %.*s, by %.*s; audit log: %" PRId64
                   " entries, head %.*s\n",
                   v.members, STR_ARG(v.about.from), STR_ARG(v.about.to), STR_ARG(v.about.program),
                   v.about.audit_count, STR_ARG(v.about.audit_head));
        struct buf shown;
        buf_init(&shown, 4 * EVIDENCE_KEY_FILE_MAX);
        buf_add_printable(&shown, buf_str(&b));
        (void)fwrite(shown.at, 1, shown.len, stdout);
        (void)fputs(verified, stdout);
        buf_done(&shown);
        buf_done(&b);
    }
    arena_done(&arena);
    return code;
}

static int verify_store(struct evidence *e)
{
    struct arena arena = { 0 };
    struct evidence_verified v = { 0 };
    int code = EXIT_DONE;
    if (e->against.len > 0 && e->head.len > 0)
        code = cli_fail(EXIT_USAGE, "--against and --head both give a head: leave one out");
    else if (e->against.len > 0)
        code = evidence_pack_check(&e->pack, e->against, &arena, &v);
    // Of an empty log there is nothing that could have gone.
    if (code == EXIT_DONE && v.about.audit_count > 0) {
        e->head = v.about.audit_head;
        e->head_seq = v.about.audit_count;
    }
    if (code == EXIT_DONE)
        code = verify_log(e, &arena);
    arena_done(&arena);
    return code;
}

static int verify_log(struct evidence *e, struct arena *arena)
{
    uint64_t astray = 0;
    str first = STR_EMPTY;
    struct db *db = NULL;
    struct err err;
    struct audit_report report;
    char head[2 * AUDIT_HASH_BYTES + 1];
    int code = store_options_open(&e->pack.store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    enum status status = audit_verify(db, &report, &err);
    if (status == OK && e->head.len > 0)
        status = audit_list(db, look, e, &err);
    if (status == OK && report.bad_seq == 0)
        status = audit_decisions(db, arena, &astray, &first, &err);
    db_close(db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%.*s: %s", STR_ARG(e->pack.store.name), err.text);
    if (report.clock_set_back > 0)
        (void)cli_fail(EXIT_DONE,
                       "%" PRId64 " entries are over a minute older than the one before them: a "
                       "clock was put back",
                       report.clock_set_back);
    if (report.bad_seq != 0)
        return cli_fail(EXIT_INPUT, "the audit log does not hold: entry %" PRId64 ": %s",
                        report.bad_seq, report.why);
    if (e->head.len > 0 && !e->has_head)
        return cli_fail(EXIT_INPUT, "the audit log does not hold: the entry of the head that was "
                                    "given is gone");
    if (astray > 0)
        return cli_fail(EXIT_INPUT,
                        "the audit log holds, but what was decided of %" PRIu64
                        " findings is not what it says; the first is %.*s",
                        astray, STR_ARG(first));
    evidence_hex(report.head, AUDIT_HASH_BYTES, head);
    (void)printf("%" PRId64 " entries hold, head %s\n", report.count, head);
    return EXIT_DONE;
}

static void look(void *context, const struct audit_entry *entry)
{
    struct evidence *e = context;
    char hash[2 * AUDIT_HASH_BYTES + 1];
    evidence_hex(entry->hash, AUDIT_HASH_BYTES, hash);
    e->has_head |=
        (e->head_seq == 0 || e->head_seq == entry->seq) && str_eq_nocase(str_of(hash), e->head);
}
