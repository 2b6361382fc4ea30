// pomona baseline export and import: a line for what it is, one for each entry in the order of their
// keys, and one with the SHA-256 of all octets before it. The same entries make the same octets.

#include "cli/baseline_exchange.h"

#include "cli/baseline_options.h"
#include "decode/json.h"
#include "macho/digest.h"
#include "sink/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FORM_VERSION  1
#define ENTRY_MAX     (64u * 1024u)
#define FILE_MAX      (INT64_C(1) << 31)
#define HEX_LEN       64u
#define HASH_LINE_LEN (sizeof "{\"sha256\":\"\"}\n" - 1 + HEX_LEN)

// The members of an entry, in the order in which they are written.
struct member {
    str name;
    enum {
        MEMBER_TEXT,
        MEMBER_NUMBER,
        MEMBER_FLAG,
        MEMBER_STATE
    } kind;
    size_t offset;  // In struct baseline_row.
};
#define IN(member) offsetof(struct baseline_row, member)
static const struct member members[] = {
    { STR_INIT("behaviour"), MEMBER_TEXT, IN(evidence.behaviour) },
    { STR_INIT("actor"), MEMBER_TEXT, IN(evidence.actor) },
    { STR_INIT("object"), MEMBER_TEXT, IN(evidence.object) },
    { STR_INIT("actor_signing_id"), MEMBER_TEXT, IN(evidence.actor_signing_id) },
    { STR_INIT("actor_path"), MEMBER_TEXT, IN(evidence.actor_path) },
    { STR_INIT("object_signing_id"), MEMBER_TEXT, IN(evidence.object_signing_id) },
    { STR_INIT("object_path"), MEMBER_TEXT, IN(evidence.object_path) },
    { STR_INIT("state"), MEMBER_STATE, IN(state) },
    { STR_INIT("owner"), MEMBER_TEXT, IN(owner) },
    { STR_INIT("reason"), MEMBER_TEXT, IN(reason) },
    { STR_INIT("promoted_s"), MEMBER_NUMBER, IN(promoted_s) },
    { STR_INIT("expires_s"), MEMBER_NUMBER, IN(expires_s) },
    { STR_INIT("allows_critical"), MEMBER_FLAG, IN(allows_critical) },
    { STR_INIT("events"), MEMBER_NUMBER, IN(evidence.events) },
    { STR_INIT("first_ns"), MEMBER_NUMBER, IN(evidence.first_ns) },
    { STR_INIT("last_ns"), MEMBER_NUMBER, IN(evidence.last_ns) },
    { STR_INIT("hosts"), MEMBER_NUMBER, IN(host_count) },
    { STR_INIT("days"), MEMBER_NUMBER, IN(day_count) },
    { STR_INIT("noisiest"), MEMBER_NUMBER, IN(noisiest) },
    { STR_INIT("rules"), MEMBER_TEXT, IN(evidence.rules) },
    { STR_INIT("critical"), MEMBER_FLAG, IN(evidence.is_critical) },
};

struct output {
    FILE *stream;
    struct digest digest;
    struct buf line;
    uint64_t entries;
    uint64_t left_out;  // Their names are not as they were: who reads them would make another key.
};

static enum status write_all(struct output *out, struct db *db,
                             const struct baseline_filter *filter, struct err *err);
static void add_entry(struct buf *b, const struct baseline_row *row);
static bool is_of_its_names(const struct baseline_row *row);
static enum status put_line(struct output *out, struct err *err);
static void hex_of(const uint8_t *octets, char out[HEX_LEN + 1]);
static enum status read_file(const char *name, struct arena *arena, str *out, struct err *err);
static enum status check_hash(str text, str *lines, struct err *err);
static enum status import_all(const struct baseline_options *o, struct db *db, str text, str lines,
                              uint64_t counts[2], struct err *err);
static enum status import_lines(const struct baseline_options *o, struct db *db, str lines,
                                uint64_t counts[2], struct err *err);
static enum status read_entry(str line, struct arena *arena, struct baseline_row *out,
                              struct err *err);
static bool read_member(const struct member *member, yyjson_val *val, struct arena *arena,
                        struct baseline_row *out);
static bool is_sound(const struct baseline_row *row);
static bool is_countable(const struct baseline_row *row);

int baseline_export(struct baseline_options *o, const char *name)
{
    struct db *db = NULL;
    struct err err;
    if (!o->all && !o->filter.has_state) {
        o->filter.has_state = true;
        o->filter.state = BASELINE_EXPECTED;
    }
    int code = store_options_open(&o->store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    const bool is_stdout = str_eq(str_of(name), STR("-"));
    struct output out = { .stream = is_stdout ? stdout : fopen(name, "w") };
    if (out.stream == NULL) {
        code = cli_fail(EXIT_INPUT, "%s: %s", name, strerror(errno));
    } else {
        buf_init(&out.line, ENTRY_MAX);
        digest_init(&out.digest);
        enum status status = write_all(&out, db, &o->filter, &err);
        digest_done(&out.digest);
        buf_done(&out.line);
        if (!is_stdout && fclose(out.stream) != 0 && status == OK)
            status = fail(&err, ERR_IO, "%s", strerror(errno));
        if (status != OK)
            code = cli_fail(cli_exit_of(status), "%s: %s", name, err.text);
        else
            (void)fprintf(stderr,
                          "exported %" PRIu64 " entries; %" PRIu64
                          " left out, whose names cannot be written as they are\n",
                          out.entries, out.left_out);
    }
    db_close(db);
    return code;
}

static enum status write_all(struct output *out, struct db *db,
                             const struct baseline_filter *filter, struct err *err)
{
    struct baseline_rows *rows = NULL;
    struct baseline_row row;
    struct arena arena = { 0 };
    uint8_t hash[EVP_MAX_MD_SIZE];
    char hex[HEX_LEN + 1];
    if (!digest_begin(&out->digest, EVP_sha256()))
        return fail(err, ERR_IO, "SHA-256 is not to be had");
    buf_printf(&out->line, "{\"pomona_baseline\":%d}\n", FORM_VERSION);
    enum status status = put_line(out, err);
    if (status == OK)
        status = baseline_rows_open(db, filter, true, &rows, err);
    while (status == OK && (status = baseline_rows_next(rows, &arena, &row, err)) == OK) {
        if (is_of_its_names(&row)) {
            add_entry(&out->line, &row);
            status = put_line(out, err);
            out->entries++;
        } else {
            out->left_out++;
        }
        buf_reset(&out->line);
        arena_reset(&arena);
    }
    baseline_rows_close(rows);
    arena_done(&arena);
    if (status != END)
        return status;
    if (!digest_end(&out->digest, hash))
        return fail(err, ERR_IO, "SHA-256 is not to be had");
    hex_of(hash, hex);
    (void)fprintf(out->stream, "{\"sha256\":\"%s\"}\n", hex);
    return ferror(out->stream) == 0 ? OK : fail(err, ERR_IO, "%s", strerror(errno));
}

static enum status put_line(struct output *out, struct err *err)
{
    const str line = buf_str(&out->line);
    const bool is_put = !out->line.failed && digest_add(&out->digest, bytes_of_str(line)) &&
                        fwrite(line.at, 1, line.len, out->stream) == line.len;
    buf_reset(&out->line);
    return is_put ? OK : fail(err, ERR_IO, "cannot be written: %s", strerror(errno));
}

static void add_entry(struct buf *b, const struct baseline_row *row)
{
    sink_json_open(b, STR_EMPTY, '{');
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const char *at = (const char *)row + members[i].offset;
        str text;
        int64_t number;
        bool flag;
        switch (members[i].kind) {
        case MEMBER_TEXT:
            memcpy(&text, at, sizeof text);
            sink_json_text(b, members[i].name, text);
            break;
        case MEMBER_NUMBER:
            memcpy(&number, at, sizeof number);
            sink_json_int(b, members[i].name, number);
            break;
        case MEMBER_FLAG:
            memcpy(&flag, at, sizeof flag);
            sink_json_bool(b, members[i].name, flag);
            break;
        default:
            sink_json_text(b, members[i].name, baseline_state_name(row->state));
        }
    }
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

// The store keeps names as text, and not longer than it takes: what was more than that has become another name.
static bool is_of_its_names(const struct baseline_row *row)
{
    const struct baseline_evidence *e = &row->evidence;
    uint8_t key[BASELINE_KEY_BYTES];
    baseline_key_of(e->actor, e->behaviour, e->object, key);
    return memcmp(key, row->key, sizeof key) == 0;
}

static void hex_of(const uint8_t *octets, char out[HEX_LEN + 1])
{
    for (size_t i = 0; i < HEX_LEN / 2; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

int baseline_import(struct baseline_options *o, const char *name)
{
    struct db *db = NULL;
    struct err err;
    str text = STR_EMPTY;
    str lines = STR_EMPTY;
    uint64_t counts[2] = { 0 };  // Taken, and left as they are here.
    enum status status = read_file(name, &o->arena, &text, &err);
    if (status == OK)
        status = check_hash(text, &lines, &err);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s: %s", name, err.text);
    const int code = store_options_open(&o->store, DB_CREATE, &db);
    if (code != EXIT_DONE)
        return code;
    status = db_begin(db, &err);
    if (status == OK)
        status = db_end(db, import_all(o, db, text, lines, counts, &err), &err);
    db_close(db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    (void)fprintf(stderr,
                  "imported %" PRIu64 " entries; %" PRIu64
                  " left as they are here: refused, or matched by a critical rule\n",
                  counts[0], counts[1]);
    return EXIT_DONE;
}

static enum status read_file(const char *name, struct arena *arena, str *out, struct err *err)
{
    struct stat st;
    if (stat(name, &st) != 0)
        return fail(err, ERR_IO, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(err, ERR_CONFIG, "is not a regular file");
    if (st.st_size > FILE_MAX)
        return fail(err, ERR_LIMIT, "has %" PRId64 " octets; at most %" PRId64 " are read",
                    (int64_t)st.st_size, FILE_MAX);
    FILE *stream = fopen(name, "r");
    if (stream == NULL)
        return fail(err, ERR_IO, "%s", strerror(errno));
    char *at = arena_alloc(arena, (size_t)st.st_size + 1);
    *out = (str){ .at = at, .len = fread(at, 1, (size_t)st.st_size, stream) };
    const bool is_read = ferror(stream) == 0;
    (void)fclose(stream);
    return is_read ? OK : fail(err, ERR_IO, "cannot be read");
}

static enum status check_hash(str text, str *lines, struct err *err)
{
    struct digest digest;
    uint8_t hash[EVP_MAX_MD_SIZE];
    char hex[HEX_LEN + 1] = "";
    char line[HASH_LINE_LEN + 1];
    if (!str_starts_with(text, STR("{\"pomona_baseline\":")) || text.len < HASH_LINE_LEN)
        return fail(err, ERR_FORMAT, "not an exported baseline");
    *lines = str_to(text, text.len - HASH_LINE_LEN);
    digest_init(&digest);
    if (digest_begin(&digest, EVP_sha256()) && digest_add(&digest, bytes_of_str(*lines)) &&
        digest_end(&digest, hash))
        hex_of(hash, hex);
    digest_done(&digest);
    (void)snprintf(line, sizeof line, "{\"sha256\":\"%s\"}\n", hex);
    if (!str_eq(str_from(text, lines->len), str_of(line)))
        return fail(err, ERR_FORMAT, "its hash is not that of what it holds; nothing was imported");
    if (!str_starts_with(*lines, STR("{\"pomona_baseline\":1}\n")))
        return fail(err, ERR_FORMAT, "exported by a newer pomona");
    return OK;
}

// The hash says what was imported.
static enum status import_all(const struct baseline_options *o, struct db *db, str text, str lines,
                              uint64_t counts[2], struct err *err)
{
    const str hash = str_to(str_from(text, lines.len + sizeof "{\"sha256\":\"" - 1), HEX_LEN);
    const enum status status = import_lines(o, db, lines, counts, err);
    return status == OK
               ? baseline_store_end_import(db, &o->store.act, hash, counts[0], counts[1], err)
               : status;
}

static enum status import_lines(const struct baseline_options *o, struct db *db, str lines,
                                uint64_t counts[2], struct err *err)
{
    struct arena arena = { 0 };
    enum status status = OK;
    uint64_t number = 1;
    str line;
    (void)str_take_until(&lines, '\n', &line);
    while (status == OK && str_take_until(&lines, '\n', &line)) {
        struct baseline_row row;
        number++;
        status = read_entry(line, &arena, &row, err);
        if (status == OK)
            status = baseline_store_import(db, &o->store.act, &row, err);
        counts[status == END]++;
        if (status == END)
            status = OK;
        else if (status != OK)
            err_prefix(err, "line %" PRIu64, number);
        arena_reset(&arena);
    }
    arena_done(&arena);
    return status;
}

static enum status read_entry(str line, struct arena *arena, struct baseline_row *out,
                              struct err *err)
{
    yyjson_doc *doc = line.len > ENTRY_MAX ? NULL : yyjson_read(line.at, line.len, 0);
    if (doc == NULL)
        return fail(err, ERR_FORMAT, "not an entry of a baseline");
    struct json_members m = json_members_of(yyjson_doc_get_root(doc));
    bool is_read = true;
    size_t i = 0;
    *out = (struct baseline_row){ .host_count = 0 };
    for (; is_read && i < COUNT_OF(members) && json_take_member(&m); i++)
        is_read = str_eq(m.key, members[i].name) && read_member(&members[i], m.val, arena, out);
    yyjson_doc_free(doc);
    return is_read && i == COUNT_OF(members) && m.left == 0 && is_sound(out)
               ? OK
               : fail(err, ERR_FORMAT, "not an entry of a baseline");
}

static bool read_member(const struct member *member, yyjson_val *val, struct arena *arena,
                        struct baseline_row *out)
{
    char *at = (char *)out + member->offset;
    if (member->kind == MEMBER_STATE)
        return yyjson_is_str(val) && baseline_state_of(json_str(val), &out->state);
    if (member->kind == MEMBER_FLAG) {
        const bool flag = yyjson_get_bool(val);
        memcpy(at, &flag, sizeof flag);
        return yyjson_is_bool(val);
    }
    if (member->kind == MEMBER_NUMBER) {
        const int64_t number = yyjson_get_sint(val);
        memcpy(at, &number, sizeof number);
        return yyjson_is_int(val) && yyjson_is_sint(val) == (number < 0);
    }
    if (!yyjson_is_str(val))
        return false;
    const str text = arena_str(arena, json_str(val));
    memcpy(at, &text, sizeof text);
    return text.len <= BASELINE_TEXT_MAX * 4;
}

static bool is_sound(const struct baseline_row *row)
{
    const bool is_expected = row->state == BASELINE_EXPECTED;
    return row->evidence.behaviour.len > 0 && row->evidence.actor.len > 0 && row->expires_s >= 0 &&
           row->expires_s <= UINT32_MAX && row->promoted_s >= 0 && row->promoted_s <= UINT32_MAX &&
           (!is_expected || (row->owner.len > 0 && row->reason.len > 0 && row->expires_s > 0)) &&
           (is_expected || !row->allows_critical) && is_countable(row);
}

// Numbers come from a file, and JSON has negative ones.
static bool is_countable(const struct baseline_row *row)
{
    const struct baseline_evidence *e = &row->evidence;
    return e->events <= INT64_MAX && row->host_count <= INT64_MAX && row->day_count <= INT64_MAX &&
           row->noisiest <= INT64_MAX && e->first_ns >= 0 && e->first_ns <= e->last_ns;
}

enum status baseline_exchange_add(struct buf *out, const struct baseline_row *rows, size_t count,
                                  struct err *err)
{
    struct buf text;
    struct digest digest;
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    char hex[HEX_LEN + 1];
    enum status status = OK;
    buf_init(&text, ENTRY_MAX * (count + 1));
    buf_printf(&text, "{\"pomona_baseline\":%d}\n", FORM_VERSION);
    for (size_t i = 0; status == OK && i < count; i++) {
        if (!is_of_its_names(&rows[i]))
            status = fail(err, ERR_CONFIG, "a name in it is no UTF-8");
        else
            add_entry(&text, &rows[i]);
    }
    digest_init(&digest);
    if (status == OK &&
        (text.failed || !digest_begin(&digest, EVP_sha256()) ||
         !digest_add(&digest, bytes_of_str(buf_str(&text))) || !digest_end(&digest, hash)))
        status = fail(err, ERR_CONFIG, "it would be too long");
    digest_done(&digest);
    if (status == OK) {
        hex_of(hash, hex);
        buf_add(out, buf_str(&text));
        buf_printf(out, "{\"sha256\":\"%s\"}\n", hex);
    }
    buf_done(&text);
    return status;
}
