// pomona inspect --diff A B: what changed between two inventories, or two files.

#include "cli/cli.h"
#include "cli/inspect_run.h"

#include "inspect/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES (64u * 1024)

struct comparing {
    struct inspect_arguments *in;
    struct buf line;
    size_t changes;
    bool has_failed;  // A file was compared as far as it could be read.
};

// The slices of one file, copied.
struct side {
    struct inspect_arguments *in;
    struct link_facts facts[LINKS_PATH_ROWS_MAX];
    size_t count;
    bool has_failed;
};

static enum status is_inventory(str path, struct arena *a, bool *out, struct err *err);
static enum status compare_inventories(struct comparing *c, struct err *err);
static enum status compare_files(struct comparing *c, struct err *err);
static enum status read_side(struct inspect_arguments *in, str *path, struct side *out,
                             struct err *err);
static void keep_file(void *context, const struct inspect_file *file);
static void ignore_progress(void *context, const struct inspect_counts *counts, double done,
                            str path);
static enum status tell(void *context, const struct diff_change *change, struct err *err);

int inspect_run_diff(struct inspect_arguments *in)
{
    struct comparing c = { .in = in };
    struct err err;
    bool is_first = false;
    bool is_second = false;

    enum status status = is_inventory(in->paths[0], &in->arena, &is_first, &err);
    if (status == OK)
        status = is_inventory(in->paths[1], &in->arena, &is_second, &err);
    if (status == OK && is_first != is_second)
        status = fail(&err, ERR_CONFIG,
                      "%.*s is an inventory and %.*s is none: --diff needs two of "
                      "a kind",
                      STR_ARG(in->paths[is_first ? 0 : 1]), STR_ARG(in->paths[is_first ? 1 : 0]));
    buf_init(&c.line, LINE_MAX_BYTES);
    if (status == OK)
        status = is_first ? compare_inventories(&c, &err) : compare_files(&c, &err);
    buf_done(&c.line);
    if (status != OK)
        return cli_fail(status == ERR_CONFIG ? EXIT_USAGE : EXIT_INPUT, "%s", err.text);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return cli_fail(EXIT_INPUT, "the output failed: %s", strerror(errno));
    cli_say(arena_printf(&in->arena, "pomona: %zu change%s", c.changes, c.changes == 1 ? "" : "s"));
    return c.has_failed ? EXIT_INPUT : EXIT_DONE;
}

// By its first octets, as SQLite's own documentation of its file format gives them.
static enum status is_inventory(str path, struct arena *a, bool *out, struct err *err)
{
    static const char magic[16] = "SQLite format 3";
    char head[sizeof magic];
    *out = db_is_url(path);
    if (*out)
        return OK;
    const int fd = open(arena_str(a, path).at, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    const ssize_t len = read(fd, head, sizeof head);
    const int reason = errno;
    (void)close(fd);
    if (len < 0)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(reason));
    *out = len == (ssize_t)sizeof head && memcmp(head, magic, sizeof magic) == 0;
    return OK;
}

static enum status compare_inventories(struct comparing *c, struct err *err)
{
    struct links *sides[2] = { NULL, NULL };
    enum status status = OK;
    for (size_t i = 0; i < COUNT_OF(sides) && status == OK; i++)
        status = links_open(c->in->paths[i], LINKS_READ, &sides[i], err);
    if (status == OK)
        status = diff_inventories(sides[0], sides[1], tell, c, err);
    links_close(sides[0]);
    links_close(sides[1]);
    return status;
}

static enum status compare_files(struct comparing *c, struct err *err)
{
    struct side *sides = arena_zalloc(&c->in->arena, 2 * sizeof *sides);
    enum status status = read_side(c->in, &c->in->paths[0], &sides[0], err);
    if (status == OK)
        status = read_side(c->in, &c->in->paths[1], &sides[1], err);
    c->has_failed = sides[0].has_failed || sides[1].has_failed;
    if (status == OK)
        status = diff_files(sides[0].facts, sides[0].count, sides[1].facts, sides[1].count, tell, c,
                            err);
    return status;
}

static enum status read_side(struct inspect_arguments *in, str *path, struct side *out,
                             struct err *err)
{
    const struct inspect_ear ear = { .file = keep_file,
                                     .progress = ignore_progress,
                                     .context = out };
    out->in = in;
    const enum status status = inspect_read_one(in, path, &ear, err);
    if (status != OK)
        return status;
    return out->count > 0 ? OK : fail(err, ERR_IO, "%.*s: nothing to compare", STR_ARG(*path));
}

static void keep_file(void *context, const struct inspect_file *file)
{
    struct side *side = context;
    if (file->why.len > 0) {
        side->has_failed = true;
        (void)cli_fail(EXIT_INPUT, "%.*s: %.*s", STR_ARG(file->path), STR_ARG(file->why));
    }
    for (size_t i = 0; i < file->told_count && side->count < LINKS_PATH_ROWS_MAX; i++) {
        struct arena *a = &side->in->arena;
        const struct link_facts *from = &file->told[i].facts;
        // What is compared: the object has the rest.
        side->facts[side->count++] = (struct link_facts){
            .path = arena_str(a, file->path),
            .slice = from->slice,
            .arch = arena_str(a, from->arch),
            .object = arena_str(a, from->object),
        };
    }
}

static void ignore_progress(void *context, const struct inspect_counts *counts, double done,
                            str path)
{
    (void)context;
    (void)counts;
    (void)done;
    (void)path;
}

static enum status tell(void *context, const struct diff_change *change, struct err *err)
{
    struct comparing *c = context;
    c->changes++;
    buf_reset(&c->line);
    if (c->in->as_table)
        diff_print_line(&c->line, change);
    else
        diff_print_json(&c->line, change);
    buf_add_char(&c->line, '\n');
    if (c->line.failed)
        return fail(err, ERR_LIMIT, "%.*s: a change that fills more than %u octets",
                    STR_ARG(change->path), LINE_MAX_BYTES);
    (void)fwrite(c->line.at, 1, c->line.len, stdout);
    return OK;
}
