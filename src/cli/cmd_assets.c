// pomona assets: the Macs that the organisation owns, out of the inventories that it has.

#include "assets/import.h"
#include "base/buf.h"
#include "cli/assets_list.h"
#include "store/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK      (64u * 1024u)
#define DETAIL_MAX 4096u

static const char help[] =
    "usage: pomona assets import --store NAME [options] FILE|-\n"
    "       pomona assets list --store NAME [--role ROLE] [--output FORM]\n"
    "       pomona assets show --store NAME [--output FORM] HOST\n"
    "\n"
    "FILE is an inventory of Macs in CSV, or in JSON: one list, objects one behind the other, or\n"
    "what an API answers.\n"
    "\n"
    "import   takes all rows of which it is clear which Mac they are; the others are shown, one\n"
    "         line each, and are not taken. What a row does not tell stays as it was\n"
    "list     prints the assets\n"
    "show     prints the asset that telemetry calls so: by serial number, hardware UUID, host id "
    "or\n"
    "         host name, with or without its domain\n"
    "\n"
    "  --format FORMAT  import: jamf, intune, kandji, mosyle, fleet or own (default: told by the\n"
    "                   names of the columns)\n"
    "  --map FIELD=COL  import: the column of a field; may be given for each. Fields: serial,\n"
    "                   hardware_uuid, host_name, host_id, owner, team, role, criticality,\n"
    "                   in_scope, managed, sensor_expected, full_disk_access, pppc, sip, "
    "filevault,\n"
    "                   os_version, os_build, last_checkin, retired, platform\n"
    "  --dry-run        import: show what would become of each row, and change nothing; where "
    "there\n"
    "                   is no store, as if it were empty\n"
    "  --role ROLE      list: the assets of this role only\n"
    "  --output FORM    list, show: table, ndjson or csv (default: table on a terminal, else "
    "ndjson)\n" STORE_HELP "\n"
    "Exit: 0 done, 2 usage, or no asset is called so, 3 some rows were not taken, or the file or "
    "the\n"
    "store cannot be read or written; nothing of a file that is damaged is kept.\n";

struct assets_command {
    struct store_options store;
    struct columns columns;
    bool has_format;
    bool is_dry;
    bool has_form;
    enum assets_form form;
    str role;
};

enum {
    OPT_FORMAT = 256,
    OPT_MAP,
    OPT_DRY_RUN,
    OPT_ROLE,
    OPT_OUTPUT,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status set_form(struct assets_command *c, str value, struct err *err);
static int run(struct assets_command *c, str verb, char **arguments, int count);
static int run_import(struct assets_command *c, const char *path);
static int import_text(struct assets_command *c, const char *path, str text);
static enum status read_text(const char *path, struct buf *out, struct err *err);
static enum status read_stream(FILE *stream, struct buf *out, struct err *err);
static bool is_store_there(const struct assets_command *c);
static enum status import_all(struct assets_command *c, struct db *db, str path,
                              struct import *import, struct err *err);
static void take_known(void *context, const struct asset_row *asset);
static enum status write_all(struct assets_command *c, struct db *db, str path,
                             const struct import *import, struct err *err);
static enum status note_import(struct assets_command *c, struct db *db, str path,
                               const struct import *import, struct err *err);
static void say_rows(const struct assets_command *c, const char *path, const struct import *import);
static void say_unread(const char *path, const struct import *import);
static void say_row(const char *path, const struct import_row *row, const char *what, str why);
static void print_counts(const struct assets_command *c, const struct import *import);
static bool is_taken(const struct import_row *row);

int cmd_assets(int argc, char **argv)
{
    static const struct option known[] = {
        STORE_OPTIONS,
        { "format", required_argument, NULL, OPT_FORMAT },
        { "map", required_argument, NULL, OPT_MAP },
        { "dry-run", no_argument, NULL, OPT_DRY_RUN },
        { "role", required_argument, NULL, OPT_ROLE },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "assets", .help = help, .needs = "import, list or show", .known = known
    };
    struct assets_command c = { .has_format = false };
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
    struct assets_command *c = context;
    if (store_options_take(&c->store, option, value))
        return OK;
    switch (option) {
    case OPT_FORMAT:
        c->has_format = true;
        return column_format_of(value, &c->columns.format)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--format takes jamf, intune, kandji, mosyle, fleet or own, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_MAP:
        return columns_map(&c->columns, value, err);
    case OPT_DRY_RUN:
        c->is_dry = true;
        return OK;
    case OPT_ROLE:
        c->role = value;
        return OK;
    default:
        return set_form(c, value, err);
    }
}

static enum status set_form(struct assets_command *c, str value, struct err *err)
{
    static const str forms[] = { [ASSETS_TABLE] = STR_INIT("table"),
                                 [ASSETS_NDJSON] = STR_INIT("ndjson"),
                                 [ASSETS_CSV] = STR_INIT("csv") };
    for (unsigned i = 0; i < COUNT_OF(forms); i++) {
        if (!str_eq(value, forms[i]))
            continue;
        c->form = (enum assets_form)i;
        c->has_form = true;
        return OK;
    }
    return fail(err, ERR_CONFIG, "--output takes table, ndjson or csv, not \"%.*s\"",
                STR_ARG(value));
}

static int run(struct assets_command *c, str verb, char **arguments, int count)
{
    struct db *db = NULL;
    const bool is_show = str_eq(verb, STR("show"));
    if (str_eq(verb, STR("import")))
        return count == 1 ? run_import(c, arguments[0])
                          : cli_fail(EXIT_USAGE, "assets import needs one file, or -");
    if (!is_show && !str_eq(verb, STR("list")))
        return cli_fail(EXIT_USAGE,
                        "assets takes import, list or show; see `pomona assets --help`");
    if (count != (is_show ? 1 : 0))
        return cli_fail(EXIT_USAGE, is_show ? "assets show needs the name of one host"
                                            : "assets list takes no file");
    if (!c->has_form)
        c->form = isatty(STDOUT_FILENO) == 1 ? ASSETS_TABLE : ASSETS_NDJSON;
    int code = store_options_open(&c->store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    code = is_show ? assets_show(db, str_of(arguments[0]), c->form)
                   : assets_list(db, c->role, c->form);
    db_close(db);
    return code;
}

static int run_import(struct assets_command *c, const char *path)
{
    struct buf text;
    struct err err;
    buf_init(&text, INVENTORY_TEXT_MAX);
    const enum status status = read_text(path, &text, &err);
    const int code = status == OK ? import_text(c, path, buf_str(&text))
                                  : cli_fail(EXIT_INPUT, "%s: %s", path, err.text);
    buf_done(&text);
    return code;
}

static enum status read_text(const char *path, struct buf *out, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, out, err);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return fail(err, ERR_IO, "%s", strerror(errno));
    const enum status status = read_stream(stream, out, err);
    (void)fclose(stream);
    return status;
}

static enum status read_stream(FILE *stream, struct buf *out, struct err *err)
{
    char *chunk = memory_new(CHUNK);
    size_t len;
    while (!out->failed && (len = fread(chunk, 1, CHUNK, stream)) > 0)
        buf_add(out, (str){ .at = chunk, .len = len });
    const int problem = ferror(stream) != 0 ? errno : 0;
    free(chunk);
    if (problem != 0)
        return fail(err, ERR_IO, "%s", strerror(problem));
    return out->failed ? fail(err, ERR_LIMIT, "it is larger than %u MiB",
                              INVENTORY_TEXT_MAX / (1024u * 1024u))
                       : OK;
}

// The whole file is understood before the store is touched.
static int import_text(struct assets_command *c, const char *path, str text)
{
    struct import *import = import_new();
    struct db *db = NULL;
    struct err err;
    int code = EXIT_DONE;
    enum status status = import_read(import, text, &c->columns, c->has_format, &err);
    if (status != OK)
        code = cli_fail(cli_exit_of(status), "%s:%s", path, err.text);
    else if (!c->is_dry || is_store_there(c))
        code = store_options_open(&c->store, c->is_dry ? DB_READ : DB_CREATE, &db);
    if (code == EXIT_DONE) {
        status = import_all(c, db, str_of(path), import, &err);
        if (status != OK)
            code = cli_fail(EXIT_INPUT, "%s", err.text);
    }
    if (code == EXIT_DONE) {
        say_unread(path, import);
        say_rows(c, path, import);
        print_counts(c, import);
        if (import_count_of(import, IMPORT_CONFLICT) + import_count_of(import, IMPORT_NAMELESS) > 0)
            code = EXIT_INPUT;
    }
    db_close(db);
    import_free(import);
    return code;
}

// A dry run makes no store; what is not there has no assets.
static bool is_store_there(const struct assets_command *c)
{
    struct arena arena = { 0 };
    const str name = c->store.name.len > 0 ? c->store.name : str_of(getenv("POMONA_STORE"));
    const char *path = cstr_of(&arena, name);
    const bool is_there = store_options_has(&c->store) &&
                          (db_is_url(name) || path == NULL || access(path, F_OK) == 0);
    arena_done(&arena);
    return is_there;
}

static enum status import_all(struct assets_command *c, struct db *db, str path,
                              struct import *import, struct err *err)
{
    struct arena arena = { 0 };
    const str format = column_format_name(c->columns.format);
    const str source = arena_printf(&arena, "%.*s (%.*s)", STR_ARG(path), STR_ARG(format));
    enum status status = db != NULL && !c->is_dry ? db_begin(db, err) : OK;
    const bool is_begun = db != NULL && !c->is_dry && status == OK;
    if (status == OK && db != NULL)
        status = assets_each(db, STR_EMPTY, take_known, import, err);
    if (status == OK) {
        import_plan(import, source, c->store.act.now_ns);
        if (is_begun)
            status = write_all(c, db, path, import, err);
    }
    if (is_begun)
        status = db_end(db, status, err);
    arena_done(&arena);
    return status;
}

static void take_known(void *context, const struct asset_row *asset)
{
    import_known(context, asset);
}

static enum status write_all(struct assets_command *c, struct db *db, str path,
                             const struct import *import, struct err *err)
{
    enum status status = OK;
    for (size_t i = 0; i < import_count(import) && status == OK; i++)
        if (is_taken(import_at(import, i)))
            status = assets_put(db, &import_at(import, i)->asset, err);
    return status == OK ? note_import(c, db, path, import, err) : status;
}

static bool is_taken(const struct import_row *row)
{
    return row->fate == IMPORT_NEW || row->fate == IMPORT_CHANGED || row->fate == IMPORT_SAME;
}

static enum status note_import(struct assets_command *c, struct db *db, str path,
                               const struct import *import, struct err *err)
{
    struct buf detail;
    buf_init(&detail, DETAIL_MAX);
    buf_printf(&detail, "{\"format\":\"%.*s\"", STR_ARG(column_format_name(c->columns.format)));
    for (unsigned fate = 0; fate < IMPORT_FATES; fate++)
        buf_printf(&detail, ",\"%.*s\":%zu", STR_ARG(import_fate_name((enum import_fate)fate)),
                   import_count_of(import, (enum import_fate)fate));
    buf_add_char(&detail, '}');
    const enum status status =
        audit_append(db, &c->store.act, STR("assets.import"), path, buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

static void say_rows(const struct assets_command *c, const char *path, const struct import *import)
{
    for (size_t i = 0; i < import_count(import); i++) {
        const struct import_row *row = import_at(import, i);
        if (row->fate == IMPORT_CONFLICT || row->fate == IMPORT_NAMELESS)
            say_row(path, row, "not taken", row->reason);
        else if (row->fate == IMPORT_DUPLICATE)
            say_row(path, row, "duplicate", row->reason);
        else if (row->remark.len > 0 && is_taken(row))
            say_row(path, row, "not told", row->remark);
        if (c->is_dry && is_taken(row) && row->fate != IMPORT_SAME)
            say_row(path, row, row->fate == IMPORT_NEW ? "new" : "changed", row->asset.id);
    }
}

// A column under a name that nobody knows would be lost without a word.
static void say_unread(const char *path, const struct import *import)
{
    const str *names;
    const size_t count = import_unread(import, &names);
    const size_t shown = count < IMPORT_UNREAD_MAX ? count : IMPORT_UNREAD_MAX;
    struct buf b;
    if (count == 0)
        return;
    buf_init(&b, CHUNK);
    buf_printf(&b, "%s: not read: ", path);
    for (size_t i = 0; i < shown; i++)
        buf_printf(&b, "%s\"%.*s\"", i == 0 ? "" : ", ", STR_ARG(str_to(names[i], 100)));
    if (count > shown)
        buf_printf(&b, " and %zu more", count - shown);
    buf_printf(&b, "; --map FIELD=COLUMN says what a column is");
    cli_say(buf_str(&b));
    buf_done(&b);
}

static void say_row(const char *path, const struct import_row *row, const char *what, str why)
{
    struct buf b;
    buf_init(&b, CHUNK);
    buf_printf(&b, "%s:%" PRIu64 ": ", path, row->line);
    if (row->number > 0)
        buf_printf(&b, "record %" PRIu64 ": ", row->number);
    buf_printf(&b, "%s: %.*s", what, STR_ARG(why));
    cli_say(buf_str(&b));
    buf_done(&b);
}

static void print_counts(const struct assets_command *c, const struct import *import)
{
    (void)printf("%.*s: %zu new, %zu changed, %zu as they were",
                 STR_ARG(column_format_name(c->columns.format)),
                 import_count_of(import, IMPORT_NEW), import_count_of(import, IMPORT_CHANGED),
                 import_count_of(import, IMPORT_SAME));
    (void)printf("; %zu twice, %zu in conflict, %zu without a name, %zu no Mac%s\n",
                 import_count_of(import, IMPORT_DUPLICATE),
                 import_count_of(import, IMPORT_CONFLICT), import_count_of(import, IMPORT_NAMELESS),
                 import_count_of(import, IMPORT_OTHER), c->is_dry ? " (nothing was written)" : "");
}
