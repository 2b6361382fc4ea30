#include "assets/import_internal.h"

#include "assets/normal.h"

#include <inttypes.h>
#include <stdlib.h>

static enum status choose_format(const struct inventory_record *first, struct columns *c,
                                 bool is_told, struct err *err);
static enum status check_names(const struct columns *c, const struct inventory_record *record,
                               struct err *err);
static void note_columns(const struct columns *c, const struct inventory_record *record,
                         bool *seen);
static enum status check_columns(const struct import *i, const struct columns *c, const bool *seen,
                                 struct err *err);
static void note_unread(struct import *i, const struct columns *c,
                        const struct inventory_record *record);
static void add_row(struct import *i, const struct import_row *row);

struct import *import_new(void)
{
    return memory_zeroed(1, sizeof(struct import));
}

void import_free(struct import *i)
{
    if (i == NULL)
        return;
    free(i->rows);
    free(i->known);
    arena_done(&i->arena);
    free(i);
}

enum status import_read(struct import *i, str text, struct columns *c, bool is_told,
                        struct err *err)
{
    struct inventory *inventory = inventory_new(text);
    struct inventory_record record;
    bool seen[COLUMN_COUNT] = { false };
    enum status status;
    while ((status = inventory_next(inventory, &record, err)) == OK) {
        struct import_row row;
        if (i->count == 0)
            status = choose_format(&record, c, is_told, err);
        if (status == OK && i->count == IMPORT_ROWS_MAX)
            status = fail(err, ERR_LIMIT, "%" PRIu64 ": more than %u rows", record.line,
                          IMPORT_ROWS_MAX);
        if (status == OK)
            status = check_names(c, &record, err);
        if (status != OK)
            break;
        if (i->count == 0)
            note_unread(i, c, &record);
        note_columns(c, &record, seen);
        import_read_row(i, c, &record, &row);
        add_row(i, &row);
    }
    inventory_free(inventory);
    return status == END ? check_columns(i, c, seen, err) : status;
}

static enum status choose_format(const struct inventory_record *first, struct columns *c,
                                 bool is_told, struct err *err)
{
    if (is_told)
        return OK;
    const enum status status = columns_recognise(first, &c->format, err);
    if (status != OK)
        err_prefix(err, "%" PRIu64, first->line);
    return status;
}

static void note_unread(struct import *i, const struct columns *c,
                        const struct inventory_record *record)
{
    for (size_t at = 0; at < record->count; at++) {
        if (columns_reads(c, record->names[at]))
            continue;
        if (i->unread_count < IMPORT_UNREAD_MAX)
            i->unread[i->unread_count] = arena_str(&i->arena, record->names[at]);
        i->unread_count++;
    }
}

static enum status check_names(const struct columns *c, const struct inventory_record *record,
                               struct err *err)
{
    str name;
    if (!columns_contradict(c, record, &name))
        return OK;
    return fail(err, ERR_FORMAT,
                "%" PRIu64 ": two columns are called \"%.*s\" and say different things; rename one",
                record->line, STR_ARG(str_to(name, 100)));
}

// Of CSV every record has the columns of the first; of JSON any may have one.
static void note_columns(const struct columns *c, const struct inventory_record *record, bool *seen)
{
    for (unsigned column = 0; column < COLUMN_COUNT; column++)
        seen[column] = seen[column] || columns_has(c, record, (enum column)column);
}

static enum status check_columns(const struct import *i, const struct columns *c, const bool *seen,
                                 struct err *err)
{
    if (i->count == 0)
        return fail(err, ERR_FORMAT, "1: there are no rows");
    for (unsigned column = 0; column < COLUMN_COUNT; column++)
        if (c->mapped[column].len > 0 && !seen[column])
            return fail(err, ERR_CONFIG, "1: there is no column \"%.*s\", which --map names",
                        STR_ARG(str_to(c->mapped[column], 100)));
    if (seen[COLUMN_SERIAL] || seen[COLUMN_HARDWARE_UUID] || seen[COLUMN_HOST_NAME])
        return OK;
    return fail(
        err, ERR_CONFIG,
        "1: no column for a serial number, hardware UUID or host name is known; name one with "
        "--map serial=COLUMN, or say with --format what wrote it");
}

static void add_row(struct import *i, const struct import_row *row)
{
    if (i->count == i->capacity) {
        i->capacity = i->capacity == 0 ? 256 : i->capacity * 2;
        i->rows = memory_resize(i->rows, i->capacity * sizeof *i->rows);
    }
    i->rows[i->count++] = *row;
}

void import_known(struct import *i, const struct asset_row *asset)
{
    if (i->known_count == i->known_capacity) {
        i->known_capacity = i->known_capacity == 0 ? 256 : i->known_capacity * 2;
        i->known = memory_resize(i->known, i->known_capacity * sizeof *i->known);
    }
    struct asset_row *kept = &i->known[i->known_count++];
    *kept = *asset;
    str *const texts[] = { &kept->id,       &kept->serial, &kept->hardware_uuid, &kept->host_name,
                           &kept->owner,    &kept->team,   &kept->role,          &kept->os_version,
                           &kept->os_build, &kept->source };
    for (size_t t = 0; t < COUNT_OF(texts); t++)
        *texts[t] = arena_str(&i->arena, *texts[t]);
    kept->host_id = STR_EMPTY;
}

size_t import_count(const struct import *i)
{
    return i->count;
}

const struct import_row *import_at(const struct import *i, size_t index)
{
    return &i->rows[index];
}

size_t import_unread(const struct import *i, const str **names)
{
    *names = i->unread;
    return i->unread_count;
}

size_t import_count_of(const struct import *i, enum import_fate fate)
{
    size_t count = 0;
    for (size_t r = 0; r < i->count; r++)
        count += i->rows[r].fate == fate ? 1 : 0;
    return count;
}

str import_fate_name(enum import_fate fate)
{
    static const str names[IMPORT_FATES] = {
        [IMPORT_NEW] = STR_INIT("new"),           [IMPORT_CHANGED] = STR_INIT("changed"),
        [IMPORT_SAME] = STR_INIT("same"),         [IMPORT_DUPLICATE] = STR_INIT("duplicate"),
        [IMPORT_CONFLICT] = STR_INIT("conflict"), [IMPORT_NAMELESS] = STR_INIT("nameless"),
        [IMPORT_OTHER] = STR_INIT("other"),
    };
    return names[fate];
}
