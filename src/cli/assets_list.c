#include "cli/assets_list.h"

#include "base/buf.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE_OCTETS_MAX (1024u * 1024u)
#define SHOWN_MAX       60u

struct listing {
    struct buf text;
    enum assets_form form;
    size_t count;
};

// A yes-or-no number, or a number that has words.
struct listed_number {
    str name;
    int64_t value;
};

static void print(void *context, const struct asset_row *asset);
static void add_line(struct buf *b, const struct asset_row *asset);
static void add_shown(struct buf *b, str text, size_t columns);
static void add_json(struct buf *b, const struct asset_row *asset);
static void add_json_answer(struct buf *b, str name, int64_t value);
static void print_csv_names(void);
static void add_csv(struct buf *b, const struct asset_row *asset);
static void add_cell(struct buf *b, str text);
static void add_answer(struct buf *b, int64_t value);
static int done(struct listing *l, enum status status, const struct err *err);

int assets_list(struct db *db, str role, enum assets_form form)
{
    struct listing l = { .form = form };
    struct err err;
    buf_init(&l.text, LINE_OCTETS_MAX);
    const enum status status = assets_each(db, role, print, &l, &err);
    if (status == OK && l.count == 0 && form == ASSETS_CSV)
        print_csv_names();
    return done(&l, status, &err);
}

int assets_show(struct db *db, str name, enum assets_form form)
{
    struct listing l = { .form = form };
    struct err err;
    buf_init(&l.text, LINE_OCTETS_MAX);
    const enum status status = assets_find(db, name, print, &l, &err);
    if (status == OK && l.count == 0) {
        buf_done(&l.text);
        return cli_fail(EXIT_USAGE, "no asset is called \"%.*s\"", STR_ARG(str_to(name, 200)));
    }
    return done(&l, status, &err);
}

static int done(struct listing *l, enum status status, const struct err *err)
{
    buf_done(&l->text);
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err->text);
}

static void print(void *context, const struct asset_row *asset)
{
    struct listing *l = context;
    struct buf *b = &l->text;
    buf_reset(b);
    if (l->count++ == 0 && l->form == ASSETS_CSV)
        print_csv_names();
    if (l->form == ASSETS_TABLE)
        add_line(b, asset);
    else if (l->form == ASSETS_NDJSON)
        add_json(b, asset);
    else
        add_csv(b, asset);
    (void)fwrite(b->at, 1, b->len, stdout);
}

static void add_line(struct buf *b, const struct asset_row *asset)
{
    add_shown(b, asset->id, 14);
    add_shown(b, asset->host_name, 24);
    add_shown(b, asset->role, 10);
    add_shown(b, assets_criticality(asset->criticality), 8);
    add_shown(b, asset->os_version, 7);
    add_shown(b, asset->team, 14);
    sink_add_escaped(b, str_to(asset->owner, SHOWN_MAX));
    if (asset->managed == 0)
        buf_add(b, STR("  not managed"));
    if (asset->full_disk_access == 0)
        buf_add(b, STR("  no Full Disk Access"));
    if (asset->sip == 0)
        buf_add(b, STR("  no SIP"));
    if (asset->is_retired)
        buf_add(b, STR("  retired"));
    buf_add_char(b, '\n');
}

static void add_shown(struct buf *b, str text, size_t columns)
{
    const size_t from = b->len;
    sink_add_escaped(b, str_to(text, SHOWN_MAX));
    do
        buf_add_char(b, ' ');
    while (b->len < from + columns && !b->failed);
    buf_add_char(b, ' ');
}

static void add_json(struct buf *b, const struct asset_row *asset)
{
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), asset->id);
    sink_json_text(b, STR("serial"), asset->serial);
    sink_json_text(b, STR("hardware_uuid"), asset->hardware_uuid);
    sink_json_text(b, STR("host_name"), asset->host_name);
    sink_json_text(b, STR("owner"), asset->owner);
    sink_json_text(b, STR("team"), asset->team);
    sink_json_text(b, STR("role"), asset->role);
    sink_json_text(b, STR("criticality"), assets_criticality(asset->criticality));
    add_json_answer(b, STR("in_scope"), asset->in_scope);
    add_json_answer(b, STR("managed"), asset->managed);
    add_json_answer(b, STR("sensor_expected"), asset->sensor_expected);
    add_json_answer(b, STR("full_disk_access"), asset->full_disk_access);
    add_json_answer(b, STR("pppc"), asset->pppc);
    add_json_answer(b, STR("sip"), asset->sip);
    add_json_answer(b, STR("filevault"), asset->filevault);
    sink_json_text(b, STR("os_version"), asset->os_version);
    sink_json_text(b, STR("os_build"), asset->os_build);
    sink_json_text(b, STR("source"), asset->source);
    if (asset->last_checkin_ns > 0)
        sink_json_time(b, STR("last_checkin"), asset->last_checkin_ns);
    sink_json_time(b, STR("imported"), asset->imported_ns);
    add_json_answer(b, STR("retired"), asset->is_retired ? 1 : 0);
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

static void add_json_answer(struct buf *b, str name, int64_t value)
{
    if (value >= 0)
        sink_json_bool(b, name, value == 1);
}

static void print_csv_names(void)
{
    (void)fputs("serial,hardware_uuid,host_name,owner,team,role,criticality,in_scope,managed,"
                "sensor_expected,full_disk_access,pppc,sip,filevault,os_version,os_build,"
                "last_checkin,retired\r\n",
                stdout);
}

static void add_csv(struct buf *b, const struct asset_row *asset)
{
    const str texts[] = { asset->serial,
                          asset->hardware_uuid,
                          asset->host_name,
                          asset->owner,
                          asset->team,
                          asset->role,
                          assets_criticality(asset->criticality) };
    const int64_t answers[] = { asset->in_scope,         asset->managed, asset->sensor_expected,
                                asset->full_disk_access, asset->pppc,    asset->sip,
                                asset->filevault };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        add_cell(b, texts[i]);
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        add_answer(b, answers[i]);
    add_cell(b, asset->os_version);
    add_cell(b, asset->os_build);
    if (asset->last_checkin_ns > 0)
        sink_add_time(b, asset->last_checkin_ns, 'T', 9);
    buf_add(b, asset->is_retired ? STR(",yes\r\n") : STR(",no\r\n"));
}

static void add_cell(struct buf *b, str text)
{
    buf_add_cell(b, text, false);
    buf_add_char(b, ',');
}

static void add_answer(struct buf *b, int64_t value)
{
    add_cell(b, value < 0 ? STR_EMPTY : value == 1 ? STR("yes") : STR("no"));
}
