#include "cli/inspect_run.h"

#include "cli/cli.h"
#include "cli/progress.h"
#include "macho/print.h"
#include "platform/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define NAMES_MAX (64u * 1024)  // Octets of them all, in the audit log.

struct telling {
    const struct inspect_arguments *in;
    struct progress progress;
    struct buf line;
    struct arena arena;
    bool has_failed;
    int output_error;  // An errno; 0 while all could be written.
    volatile sig_atomic_t *stop;
};

// What the arguments name and has to be opened.
struct given {
    struct disk disk;
    struct macho_anchors *anchors;
};

static enum status open_inventory(struct inspect_arguments *in, struct links **out,
                                  struct err *err);
static str names_of(struct inspect_arguments *in);
static enum status open_disk(const struct inspect_arguments *in, struct arena *a, struct disk *out,
                             struct err *err);
static enum status open_given(struct inspect_arguments *in, struct given *out, struct err *err);
static int run_over(struct inspect_arguments *in, const struct given *given, struct links *links);
static struct inspect_options options_of(struct inspect_arguments *in, const struct given *given,
                                         struct links *links);
static void tell_file(void *context, const struct inspect_file *file);
static void tell_failed(struct telling *t, const struct inspect_file *file);
static void tell_slice(struct telling *t, const struct inspect_file *file, size_t index);
static void add_unchanged(struct buf *b, const struct inspect_file *file,
                          const struct link_facts *facts);
static void tell_progress(void *context, const struct inspect_counts *counts, double done,
                          str path);
static int finish(struct telling *t, const struct inspect_counts *counts, const char *missing);

int inspect_run_images(struct inspect_arguments *in)
{
    struct given given = { .anchors = NULL };
    struct links *links = NULL;
    struct err err;

    if (open_given(in, &given, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    enum status status = OK;
    if (in->store.name.len > 0)
        status = open_inventory(in, &links, &err);
    const int code = status == OK
                         ? run_over(in, &given, links)
                         : cli_fail(status == ERR_IO ? EXIT_INPUT : EXIT_USAGE, "%s", err.text);
    links_close(links);
    macho_anchors_close(given.anchors);
    return code;
}

static enum status open_given(struct inspect_arguments *in, struct given *out, struct err *err)
{
    const enum status status = open_disk(in, &in->arena, &out->disk, err);
    if (status != OK || in->anchors_path.len == 0)
        return status;
    return macho_anchors_open(in->anchors_path, &out->anchors, err);
}

enum status inspect_read_one(struct inspect_arguments *in, const str *path,
                             const struct inspect_ear *ear, struct err *err)
{
    struct given given = { .anchors = NULL };
    struct inspect_counts counts;
    const char *missing = "";
    enum status status = open_given(in, &given, err);
    if (status == OK) {
        struct inspect_options options = options_of(in, &given, NULL);
        options.paths = path;
        options.path_count = 1;
        status = inspect_run(&options, ear, &counts, &missing, err);
    }
    macho_anchors_close(given.anchors);
    return status;
}

static enum status open_disk(const struct inspect_arguments *in, struct arena *a, struct disk *out,
                             struct err *err)
{
    struct stat st;
    *out = (struct disk){ .root = STR_EMPTY, .is_whole = platform_is_mac() || in->root.len > 0 };
    if (in->root.len == 0)
        return OK;
    char *real = realpath(arena_str(a, in->root).at, NULL);
    const int reason = errno;
    out->root = arena_str(a, str_of(real));
    free(real);
    if (out->root.len == 0)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(in->root), strerror(reason));
    if (stat(out->root.at, &st) != 0 || !S_ISDIR(st.st_mode))
        return fail(err, ERR_CONFIG, "%.*s: --root needs a directory", STR_ARG(in->root));
    if (str_eq(out->root, STR("/")))
        out->root = STR_EMPTY;
    return OK;
}

// A run is numbered by the clock, whatever $SOURCE_DATE_EPOCH says: it is compared with those of other Macs.
static enum status open_inventory(struct inspect_arguments *in, struct links **out, struct err *err)
{
    enum status status = store_options_fill(&in->store, err);
    if (status == OK)
        status = links_open(in->store.name, LINKS_WRITE, out, err);
    if (status != OK)
        return status;
    if (in->host.len == 0)
        in->host = platform_host_name(&in->arena);
    if (in->merges)
        links_act_as(*out, &in->store.act, "inspect.merge", names_of(in));
    else
        links_act_as(*out, &in->store.act, "inspect.save", in->host);
    return links_begin_run(*out, time(NULL), err);
}

// Of the inventories that are merged, as they were given.
static str names_of(struct inspect_arguments *in)
{
    struct buf names;
    buf_init(&names, NAMES_MAX);
    for (size_t i = 0; i < in->path_count; i++) {
        buf_add(&names, i == 0 ? STR_EMPTY : STR(" "));
        buf_add(&names, store_shown(&in->arena, in->paths[i]));
    }
    const str all = arena_str(&in->arena, buf_str(&names));
    buf_done(&names);
    return all;
}

static int run_over(struct inspect_arguments *in, const struct given *given, struct links *links)
{
    const struct inspect_options options = options_of(in, given, links);
    struct telling t = { .in = in, .stop = cli_stop_after_output() };
    const struct inspect_ear ear = { .file = tell_file, .progress = tell_progress, .context = &t };
    struct inspect_counts counts = { .files = 0 };
    const char *missing = "";
    struct err err;

    buf_init(&t.line, 2 * TOLD_TEXT_MAX);
    progress_init(&t.progress, in->with_progress);
    enum status status = inspect_run(&options, &ear, &counts, &missing, &err);
    progress_wipe(&t.progress);
    if (status == OK && links != NULL)
        status = links_commit(links, &err);
    if (status != OK) {
        t.has_failed = true;
        (void)cli_fail(EXIT_INPUT, "%s", err.text);
    }
    const int code = finish(&t, &counts, missing);
    buf_done(&t.line);
    arena_done(&t.arena);
    return code;
}

static struct inspect_options options_of(struct inspect_arguments *in, const struct given *given,
                                         struct links *links)
{
    struct reader_options reader = {
        .api_frameworks = in->api_frameworks,
        .api_framework_count = in->api_framework_count,
        .anchors = given->anchors,
        .with_pages = in->with_pages,
        .with_imports = in->with_imports,
        .with_page = in->as_table && !in->compares,
        .in_colour = in->in_colour,
    };
    // What was kept says nothing of what is asked for now.
    const bool is_special =
        in->with_pages || in->with_imports || given->anchors != NULL || in->api_framework_count > 0;
    if (in->api_framework_count == 0)
        reader.api_frameworks = macho_default_api_frameworks(&reader.api_framework_count);
    return (struct inspect_options){
        .paths = in->paths,
        .path_count = in->path_count,
        .workers = { .reader = reader,
                     .disk = &given->disk,
                     .jobs = in->is_bare ? 0 : in->jobs,
                     .timeout_s = in->timeout_s },
        .links = links,
        .host = in->host,
        .reads_again = in->reads_again || is_special,
        .stop = cli_stop_after_output(),
    };
}

static void tell_file(void *context, const struct inspect_file *file)
{
    struct telling *t = context;
    progress_wipe(&t->progress);
    for (size_t i = 0; i < file->told_count; i++)
        tell_slice(t, file, i);
    if (file->why.len == 0)
        return;
    t->has_failed = true;
    if (!t->in->as_table && file->is_cut)
        tell_failed(t, file);
    buf_reset(&t->line);
    macho_print_text(&t->line, file->path);
    buf_add(&t->line, STR(": "));
    macho_print_text(&t->line, file->why);
    (void)cli_fail(EXIT_INPUT, "%.*s", STR_ARG(buf_str(&t->line)));
}

// Who reads objects must not lose the file.
static void tell_failed(struct telling *t, const struct inspect_file *file)
{
    buf_reset(&t->line);
    macho_print_path(&t->line, file->path);
    buf_add(&t->line, STR("\"slice\":null,\"errors\":[{\"index\":null,\"reason\":\""));
    buf_add_json(&t->line, file->why);
    buf_add(&t->line, STR("\"}]}\n"));
    (void)fwrite(t->line.at, 1, t->line.len, stdout);
}

static void tell_slice(struct telling *t, const struct inspect_file *file, size_t index)
{
    const struct told *told = &file->told[index];
    buf_reset(&t->line);
    if (!t->in->as_table) {
        macho_print_path(&t->line, file->path);
        buf_add(&t->line, told->shown.len > 0 ? told->shown : told->facts.object);
        buf_add_char(&t->line, '\n');
    } else if (file->is_unchanged) {
        add_unchanged(&t->line, file, &told->facts);
    } else {
        buf_add(&t->line, told->page);
    }
    if (fwrite(t->line.at, 1, t->line.len, stdout) == t->line.len || t->output_error != 0)
        return;
    t->output_error = errno;
    *t->stop = 1;  // Nobody listens any more.
}

// The inventory has no pages, and who reads them has read this one.
static void add_unchanged(struct buf *b, const struct inspect_file *file,
                          const struct link_facts *facts)
{
    macho_print_text(b, file->path);
    const struct {
        const char *before;
        str text;
    } parts[] = {
        { "  unchanged: ", facts->arch },       { " ", facts->file_type },
        { ", native API ", facts->native_api }, { ", signature ", facts->signature },
        { ", injection ", facts->injection },
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_add(b, str_of(parts[i].before));
        macho_print_text(b, parts[i].text);
    }
    buf_add_char(b, '\n');
}

static void tell_progress(void *context, const struct inspect_counts *counts, double done, str path)
{
    struct telling *t = context;
    if (!t->progress.is_shown)
        return;
    buf_reset(&t->line);
    buf_printf(&t->line, "%llu images in %llu files  ", (unsigned long long)counts->images,
               (unsigned long long)counts->files);
    macho_print_text(&t->line, path);
    progress_draw(&t->progress, done, buf_str(&t->line));
}

static int finish(struct telling *t, const struct inspect_counts *counts, const char *missing)
{
    if (t->output_error == 0 && (fflush(stdout) != 0 || ferror(stdout) != 0))
        t->output_error = errno;
    if (t->output_error != 0)
        return cli_fail(EXIT_INPUT, "the output failed: %s", strerror(t->output_error));
    if (missing[0] != '\0')
        cli_say(arena_printf(&t->arena, "pomona: %s", missing));
    if (counts->walked > 0 || counts->unchanged > 0 || counts->is_stopped) {
        str unchanged = STR_EMPTY;
        if (counts->unchanged > 0)
            unchanged = arena_printf(&t->arena, ", %llu of them unchanged and not read again",
                                     (unsigned long long)counts->unchanged);
        cli_say(arena_printf(
            &t->arena, "pomona: %llu image%s in %llu file%s%.*s; %llu other file%s passed over%s%s",
            (unsigned long long)counts->images, counts->images == 1 ? "" : "s",
            (unsigned long long)counts->files, counts->files == 1 ? "" : "s", STR_ARG(unchanged),
            (unsigned long long)counts->others, counts->others == 1 ? "" : "s",
            counts->failed == 0 ? ""
                                : arena_printf(&t->arena, "; %llu could not be read",
                                               (unsigned long long)counts->failed)
                                      .at,
            counts->is_stopped ? "; stopped before the end" : ""));
    }
    if (counts->has_passed_data)
        cli_say(STR("pomona: /System/Volumes/Data passed over: its files are found at their own "
                    "places"));
    if (counts->left > 0)
        cli_say(arena_printf(&t->arena, "pomona: %llu reader%s could not be ended",
                             (unsigned long long)counts->left, counts->left == 1 ? "" : "s"));
    return t->has_failed || counts->is_stopped ? EXIT_INPUT : EXIT_DONE;
}

int inspect_run_merge(struct inspect_arguments *in)
{
    struct links *links = NULL;
    struct err err;
    enum status status = open_inventory(in, &links, &err);
    if (status != OK)
        return cli_fail(status == ERR_IO ? EXIT_INPUT : EXIT_USAGE, "%s", err.text);
    int code = EXIT_DONE;
    for (size_t i = 0; i < in->path_count; i++) {
        status = links_merge(links, in->paths[i], &err);
        if (status != OK)
            code = cli_fail(EXIT_INPUT, "%s", err.text);
    }
    str *hosts = NULL;
    size_t host_count = 0;
    status = links_commit(links, &err);
    if (status == OK)
        status = links_hosts(links, &in->arena, &hosts, &host_count, &err);
    const str name = store_shown(&in->arena, in->store.name);
    if (status != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    else
        cli_say(arena_printf(&in->arena, "pomona: %.*s holds %zu host%s", STR_ARG(name), host_count,
                             host_count == 1 ? "" : "s"));
    links_close(links);
    return code;
}
