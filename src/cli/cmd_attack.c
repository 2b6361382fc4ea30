// pomona attack: snapshots of ATT&CK's objects: imported, shown, compared.

#include "attack/bundle.h"
#include "attack/object.h"
#include "base/buf.h"
#include "cli/attack_show.h"
#include "cli/problems.h"
#include "store/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DETAIL_MAX 1024u

static const char help[] =
    "usage: pomona attack import --store NAME BUNDLE|-\n"
    "       pomona attack show --store NAME [--raw] [--release R] ID\n"
    "       pomona attack diff --store NAME [--rules PATH] [FROM TO]\n"
    "\n"
    "import   reads a STIX bundle of ATT&CK, of any size, and keeps every object as it is, octet\n"
    "         for octet, with its SHA-256, version and the release it is of\n"
    "show     prints what an object says: AN1467, DET0529, T1106, or a STIX id; of an analytic "
    "also\n"
    "         its strategy, techniques and the strategy's other analytics\n"
    "diff     tells what was added, changed, revoked, deprecated, restored or is gone between two\n"
    "         releases (default: the last import, and the one before of the same collection),\n"
    "         and which rules cite it\n"
    "\n"
    "  --raw            show: the object itself, octet for octet\n"
    "  --release R      show: as it was in this release (default: of the last import of each\n"
    "                   collection: Enterprise, Mobile, ICS)\n"
    "  --rules PATH     diff: the rules whose sources are looked at (default: those that came\n"
    "                   with the program)\n" STORE_HELP "\n"
    "Exit: 0 done, 2 usage, or there is no such object or release, 3 the bundle or the store\n"
    "cannot be read or written; nothing of a bundle that fails is kept.\n";

struct attack_command {
    struct store_options store;
    bool is_raw;
    str release;
    str rules;  // --rules
};

enum {
    OPT_RAW = 256,
    OPT_RELEASE,
    OPT_RULES,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct attack_command *c, str verb, char **arguments, int count);
static int diff(struct attack_command *c, struct db *db, str from, str to);
static int import(struct attack_command *c, const char *path);
static void tell_import(const struct attack_snapshot *snapshot);
static enum status import_all(struct attack_command *c, struct db *db, struct bundle *bundle,
                              str source, struct arena *kept, struct attack_snapshot *out,
                              struct err *err);
static enum status import_one(struct db *db, struct attack_snapshot *snapshot, str raw,
                              struct arena *arena, struct arena *kept, struct err *err);
static enum status note_import(struct attack_command *c, struct db *db,
                               const struct attack_snapshot *snapshot, struct err *err);

int cmd_attack(int argc, char **argv)
{
    static const struct option known[] = {
        STORE_OPTIONS,
        { "raw", no_argument, NULL, OPT_RAW },
        { "release", required_argument, NULL, OPT_RELEASE },
        { "rules", required_argument, NULL, OPT_RULES },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "attack", .help = help, .needs = "import, show or diff", .known = known
    };
    struct attack_command c = { .is_raw = false };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&c, str_of(argv[optind]), argv + optind + 1, argc - optind - 1);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct attack_command *c = context;
    (void)err;
    if (store_options_take(&c->store, option, value))
        return OK;
    if (option == OPT_RAW)
        c->is_raw = true;
    else if (option == OPT_RELEASE)
        c->release = value;
    else
        c->rules = value;
    return OK;
}

static int run(struct attack_command *c, str verb, char **arguments, int count)
{
    struct db *db = NULL;
    if (str_eq(verb, STR("import")))
        return count == 1 ? import(c, arguments[0])
                          : cli_fail(EXIT_USAGE, "attack import needs one bundle, or -");
    const bool is_show = str_eq(verb, STR("show"));
    if (!is_show && !str_eq(verb, STR("diff")))
        return cli_fail(EXIT_USAGE,
                        "attack takes import, show or diff; see `pomona attack --help`");
    if (is_show && count != 1)
        return cli_fail(EXIT_USAGE, "attack show needs one id, like AN1467");
    if (!is_show && count != 0 && count != 2)
        return cli_fail(EXIT_USAGE, "attack diff needs two releases, or none");
    int code = store_options_open(&c->store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    code = is_show ? attack_show(db, c->release, str_of(arguments[0]), c->is_raw)
                   : diff(c, db, count == 2 ? str_of(arguments[0]) : STR_EMPTY,
                          count == 2 ? str_of(arguments[1]) : STR_EMPTY);
    db_close(db);
    return code;
}

static int diff(struct attack_command *c, struct db *db, str from, str to)
{
    struct arena arena = { 0 };
    struct rules *rules = NULL;
    struct err err;
    int code = EXIT_DONE;
    const str path = c->rules.len > 0 ? c->rules : cli_default_rules(&arena);
    if (path.len > 0 && rules_load(&path, 1, NULL, &rules, &err) != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    if (code == EXIT_DONE) {
        if (rules != NULL)
            (void)problems_print(rules);
        code = attack_show_diff(db, from, to, rules);
    }
    rules_free(rules);
    arena_done(&arena);
    return code;
}

static int import(struct attack_command *c, const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct db *db = NULL;
    struct err err;
    struct attack_snapshot snapshot = { .id = 0 };
    struct arena kept = { 0 };
    FILE *stream = is_stdin ? stdin : fopen(path, "rb");
    if (stream == NULL)
        return cli_fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
    int code = store_options_open(&c->store, DB_CREATE, &db);
    if (code == EXIT_DONE) {
        struct bundle *bundle = bundle_new(stream);
        enum status status = db_begin(db, &err);
        if (status == OK)
            status = import_all(c, db, bundle, str_of(path), &kept, &snapshot, &err);
        if (status == END) {
            db_rollback(db);
            (void)puts("this bundle was imported before; nothing is new");
        } else if (db_end(db, status, &err) != OK) {
            code =
                cli_fail(status == ERR_CONFIG ? EXIT_USAGE : EXIT_INPUT, "%s: %s", path, err.text);
        } else {
            tell_import(&snapshot);
        }
        bundle_free(bundle);
    }
    arena_done(&kept);
    db_close(db);
    if (!is_stdin)
        (void)fclose(stream);
    return code;
}

static void tell_import(const struct attack_snapshot *snapshot)
{
    struct buf b;
    buf_init(&b, 4 * DETAIL_MAX);
    buf_printf(&b, "%" PRId64 " objects of release ", snapshot->objects);
    buf_add_printable(&b, snapshot->release.len > 0 ? str_to(snapshot->release, DETAIL_MAX / 2)
                                                    : STR("unknown"));
    buf_add_char(&b, '\n');
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
}

static enum status import_all(struct attack_command *c, struct db *db, struct bundle *bundle,
                              str source, struct arena *kept, struct attack_snapshot *out,
                              struct err *err)
{
    struct arena arena = { 0 };
    struct attack_snapshot snapshot = { .source = source, .imported_ns = c->store.act.now_ns };
    str raw;
    uint64_t line;
    enum status status = attack_begin(db, &snapshot.id, err);
    while (status == OK && (status = bundle_next(bundle, &raw, &line, err)) == OK) {
        status = import_one(db, &snapshot, raw, &arena, kept, err);
        if (status == ERR_FORMAT)
            err_prefix(err, "line %" PRIu64, line);
        arena_reset(&arena);
    }
    if (status == END)
        status = bundle_sha256(bundle, snapshot.sha256)
                     ? attack_finish(db, &snapshot, err)
                     : fail(err, ERR_IO, "libcrypto has no SHA-256");
    if (status == OK)
        status = note_import(c, db, &snapshot, err);
    *out = snapshot;
    arena_done(&arena);
    return status;
}

static enum status import_one(struct db *db, struct attack_snapshot *snapshot, str raw,
                              struct arena *arena, struct arena *kept, struct err *err)
{
    struct attack_object o;
    enum status status = attack_read(raw, arena, &o, err);
    if (status != OK)
        return status;
    if (str_eq(o.type, STR("x-mitre-collection")) && snapshot->collection.len == 0) {
        snapshot->collection = arena_str(kept, o.stix_id);
        snapshot->release = arena_str(kept, o.version);
    }
    const struct attack_row row = {
        .stix_id = o.stix_id,
        .type = o.type,
        .attack_id = o.attack_id,
        .name = o.name,
        .version = o.version,
        .modified = o.modified,
        .state = (int64_t)o.state,
        .raw = raw,
    };
    snapshot->objects++;
    return attack_put(db, snapshot->id, &row, err);
}

static enum status note_import(struct attack_command *c, struct db *db,
                               const struct attack_snapshot *snapshot, struct err *err)
{
    struct buf detail;
    buf_init(&detail, 64u * DETAIL_MAX);
    buf_add(&detail, STR("{\"release\":\""));
    buf_add_json(&detail, str_to(snapshot->release, DETAIL_MAX));
    buf_printf(&detail, "\",\"objects\":%" PRId64 ",\"sha256\":\"", snapshot->objects);
    for (size_t i = 0; i < sizeof snapshot->sha256; i++)
        buf_printf(&detail, "%02x", snapshot->sha256[i]);
    buf_add(&detail, STR("\"}"));
    const enum status status = audit_append(db, &c->store.act, STR("attack.import"),
                                            snapshot->source, buf_str(&detail), err);
    buf_done(&detail);
    return status;
}
