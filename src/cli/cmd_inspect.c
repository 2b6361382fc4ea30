// pomona inspect: what Mach-O images link, claim and allow; makes the link inventory.

#include "cli/cli.h"
#include "macho/frameworks.h"
#include "macho/print.h"
#include "store/links.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX    128u  // Of directories below one that was named.
#define PATH_LEN_MAX 4096u

static const char help[] =
    "usage: pomona inspect [options] PATH...\n"
    "\n"
    "Tells of each Mach-O image, slice by slice: what it links and through which umbrella, "
    "whether\n"
    "that reaches CoreServices, Cocoa or Foundation, where it looks for libraries, who signed it\n"
    "and what the signature claims. A directory is walked; in it links are not followed and what\n"
    "is no Mach-O file is passed over.\n"
    "\n"
    "  --output FORM   table or ndjson, one object a slice (default: table on a terminal, else\n"
    "                  ndjson)\n"
    "  --save FILE     also keep the facts in FILE, the link inventory that\n"
    "                  `pomona detect --links FILE` reads; made where it is not there\n"
    "  --color WHEN    auto, always or never\n"
    "\n"
    "Nothing of a file is run, and little of it is read. Certificates are not verified: a team is\n"
    "what the image claims. Exit: 0 done, 2 usage or configuration error, 3 an input could not be\n"
    "read or is damaged, or the output failed (the other paths have been read).\n";

struct inspect {
    struct arena arena;  // Of one file; reset behind it.
    struct buf text;
    struct links *links;
    struct link_facts slices[LINKS_PATH_ROWS_MAX];  // Of one file.
    size_t slice_count;
    str save_path;
    bool as_table;
    bool in_colour;
    bool has_failed;
    bool has_walked;  // Some path was a directory: say what was passed over.
    size_t images;
    size_t files;
    size_t others;
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct inspect *in, char **paths, int count);
static void inspect_path(struct inspect *in, const char *path);
static void walk_directory(struct inspect *in, const char *path, unsigned depth);
static void inspect_entry(struct inspect *in, const char *path, unsigned depth);
static void inspect_file(struct inspect *in, const char *path, bool is_named);
static bool is_image(int fd);
static void read_image_file(struct inspect *in, const char *path, int fd);
static void tell_image(struct inspect *in, const struct macho_subject *subject,
                       const struct stat *st);
static struct link_facts facts_of(struct inspect *in, const struct macho_subject *subject,
                                  const struct stat *st);
static str real_path(struct arena *a, str path);
static str because_lines(struct arena *a, const struct macho_linkage *linkage);
static str framework_lines(struct arena *a, const struct macho_linkage *linkage);
static void add_line(struct buf *b, str line);
static str lines_taken(struct buf *b, struct arena *a);
static void fail_path(struct inspect *in, const char *path, const char *why);
static int finish(struct inspect *in);

enum {
    OPT_OUTPUT = 256,
    OPT_SAVE,
    OPT_COLOR,
};

int cmd_inspect(int argc, char **argv)
{
    static const struct option known[] = {
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "save", required_argument, NULL, OPT_SAVE },
        { "color", required_argument, NULL, OPT_COLOR },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "inspect",
        .help = help,
        .needs = "a file or a directory",
        .known = known,
    };
    struct inspect in = { .as_table = isatty(STDOUT_FILENO) == 1 };
    struct err err;
    bool helped;

    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &in.in_colour);
    buf_init(&in.text, MACHO_PRINT_MAX);
    const enum status status = cli_parse(&command, argc, argv, set_option, &in, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&in, argv + optind, argc - optind);
    buf_done(&in.text);
    arena_done(&in.arena);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct inspect *in = context;
    switch (option) {
    case OPT_OUTPUT:
        in->as_table = str_eq(value, STR("table"));
        if (!in->as_table && !str_eq(value, STR("ndjson")))
            return fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                        STR_ARG(value));
        return OK;
    case OPT_SAVE:
        in->save_path = value;
        return value.len > 0 ? OK : fail(err, ERR_CONFIG, "--save needs the name of a file");
    default:
        if (!cli_colour_of(value, STDOUT_FILENO, &in->in_colour))
            return fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                        STR_ARG(value));
        return OK;
    }
}

static int run(struct inspect *in, char **paths, int count)
{
    struct err err;
    if (in->save_path.len > 0) {
        const enum status status = links_open(in->save_path, LINKS_WRITE, &in->links, &err);
        if (status != OK)
            return cli_fail(status == ERR_IO ? EXIT_INPUT : EXIT_USAGE, "%.*s: %s",
                            STR_ARG(in->save_path), err.text);
    }
    for (int i = 0; i < count; i++)
        inspect_path(in, paths[i]);
    const int code = finish(in);
    links_close(in->links);
    return code;
}

static void inspect_path(struct inspect *in, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        fail_path(in, path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        walk_directory(in, path, 0);
    else
        inspect_file(in, path, true);
}

// In the order of names, so that two runs print the same.
static void walk_directory(struct inspect *in, const char *path, unsigned depth)
{
    struct dirent **entries = NULL;
    if (depth > DEPTH_MAX) {
        fail_path(in, path, "more directories inside one another than are walked");
        return;
    }
    in->has_walked = true;
    const int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        fail_path(in, path, strerror(errno));
        return;
    }
    const bool has_slash = str_ends_with(str_of(path), STR("/"));
    for (int i = 0; i < count; i++) {
        const str name = str_of(entries[i]->d_name);
        if (!str_eq(name, STR(".")) && !str_eq(name, STR(".."))) {
            char child[PATH_LEN_MAX];
            const int len = snprintf(child, sizeof child, "%s%s%s", path, has_slash ? "" : "/",
                                     entries[i]->d_name);
            if (len < 0 || (size_t)len >= sizeof child)
                fail_path(in, path, "a path in it is too long");
            else
                inspect_entry(in, child, depth);
        }
        free(entries[i]);
    }
    free(entries);
}

// Links are not followed: they would lead out of the tree, or around in it.
static void inspect_entry(struct inspect *in, const char *path, unsigned depth)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        fail_path(in, path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        walk_directory(in, path, depth + 1);
    else if (S_ISREG(st.st_mode))
        inspect_file(in, path, false);
    else
        in->others++;
}

static void inspect_file(struct inspect *in, const char *path, bool is_named)
{
    // A named pipe must not keep us waiting.
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (is_named ? 0 : O_NOFOLLOW));
    if (fd < 0) {
        fail_path(in, path, strerror(errno));
        return;
    }
    if (is_named || is_image(fd))
        read_image_file(in, path, fd);
    else
        in->others++;
    (void)close(fd);
}

static bool is_image(int fd)
{
    uint8_t head[MACHO_HEAD_BYTES];
    const ssize_t len = pread(fd, head, sizeof head, 0);
    return len > 0 && macho_is_image((bytes){ .at = head, .len = (size_t)len });
}

static void read_image_file(struct inspect *in, const char *path, int fd)
{
    size_t api_count;
    const str *apis = macho_default_api_frameworks(&api_count);
    struct macho_source source;
    struct macho_file file;
    struct stat st;
    struct err err;

    arena_reset(&in->arena);
    if (fstat(fd, &st) != 0) {
        fail_path(in, path, strerror(errno));
        return;
    }
    if (macho_source_of_fd(&fd, &source, &err) != OK ||
        macho_read(&source, &in->arena, &file, &err) != OK) {
        fail_path(in, path, err.text);
        return;
    }
    in->files++;
    in->slice_count = 0;
    bool is_damaged = false;
    for (size_t i = 0; i < file.image_count; i++) {
        struct macho_imports imports;
        struct macho_linkage linkage;
        const struct macho_subject subject = {
            .path = str_of(path), .file = &file, .index = i, .linkage = &linkage
        };
        macho_read_imports(&source, &file.images[i], &in->arena, &imports);
        macho_native_api(&source, &file.images[i], &imports, subject.path, apis, api_count,
                         &in->arena, &linkage);
        tell_image(in, &subject, &st);
        is_damaged = is_damaged || !file.images[i].links_complete;
    }
    if (in->links != NULL &&
        links_put(in->links, STR_EMPTY, in->slices, in->slice_count, &err) != OK)
        fail_path(in, path, err.text);
    if (is_damaged)
        fail_path(in, path, "damaged: not all of its load commands could be read");
}

static void tell_image(struct inspect *in, const struct macho_subject *subject,
                       const struct stat *st)
{
    in->images++;
    buf_reset(&in->text);
    if (in->as_table)
        macho_print_page(&in->text, subject, in->in_colour, &in->arena);
    else
        macho_print_json(&in->text, subject, &in->arena);
    if (!in->as_table)
        buf_add_char(&in->text, '\n');
    if (in->text.failed)
        fail_path(in, subject->path.at, "more to tell than fits in 64 MiB");
    else
        (void)fwrite(in->text.at, 1, in->text.len, stdout);
    if (in->links != NULL && in->slice_count < LINKS_PATH_ROWS_MAX)
        in->slices[in->slice_count++] = facts_of(in, subject, st);
}

static struct link_facts facts_of(struct inspect *in, const struct macho_subject *subject,
                                  const struct stat *st)
{
    const struct macho_image *image = &subject->file->images[subject->index];
    const struct macho_linkage *linkage = subject->linkage;
    const struct macho_claims *claims = &image->signature.claims;
    struct link_facts facts = {
        .path = real_path(&in->arena, subject->path),
        .slice = (uint32_t)subject->index,
        .size = subject->file->size,
        .mtime_ns = (int64_t)st->st_mtime * 1000000000,
        .arch = image->arch,
        .file_type = macho_file_type_name(image->file_type),
        .signature = macho_signature_state_name(image->signature.state),
        .native_api = macho_native_api_name(linkage->verdict),
        .because = because_lines(&in->arena, linkage),
        .frameworks = framework_lines(&in->arena, linkage),
        .entitlements = image->signature.entitlements,
        .jit_declared = claims->allow_jit || claims->allow_unsigned_executable_memory ||
                        claims->disable_executable_page_protection,
        .get_task_allow = claims->get_task_allow,
        .disable_library_validation = claims->disable_library_validation,
        .allow_dyld_environment = claims->allow_dyld_environment,
    };
    if (image->signature.best != NULL) {
        facts.cdhash = image->signature.best->cdhash;
        facts.identifier = image->signature.best->identifier;
        facts.team_id = image->signature.best->team_id;
        facts.flags = image->signature.best->flags;
    }
    return facts;
}

// As telemetry names it: from the root, and without links on the way.
static str real_path(struct arena *a, str path)
{
    char *real = realpath(path.at, NULL);
    const str kept = real != NULL ? arena_str(a, str_of(real)) : path;
    free(real);
    return kept;
}

static str because_lines(struct arena *a, const struct macho_linkage *linkage)
{
    struct buf b;
    buf_init(&b, MACHO_PRINT_MAX);
    for (size_t i = 0; i < linkage->because.count; i++)
        add_line(&b, linkage->because.at[i]);
    return lines_taken(&b, a);
}

static str framework_lines(struct arena *a, const struct macho_linkage *linkage)
{
    struct buf b;
    buf_init(&b, MACHO_PRINT_MAX);
    for (size_t i = 0; i < linkage->framework_count; i++)
        add_line(&b, linkage->frameworks[i].name);
    return lines_taken(&b, a);
}

// An install name may hold a line end; it must not make two names of one.
static void add_line(struct buf *b, str line)
{
    if (b->len > 0)
        buf_add_char(b, '\n');
    for (size_t i = 0; i < line.len; i++)
        buf_add_char(b, line.at[i] == '\n' ? ' ' : line.at[i]);
}

static str lines_taken(struct buf *b, struct arena *a)
{
    const str kept = arena_str(a, buf_str(b));
    buf_done(b);
    return kept;
}

static void fail_path(struct inspect *in, const char *path, const char *why)
{
    struct buf b;
    in->has_failed = true;
    buf_init(&b, MACHO_PRINT_MAX);
    macho_print_text(&b, str_of(path));
    (void)cli_fail(EXIT_INPUT, "%.*s: %s", STR_ARG(buf_str(&b)), why);
    buf_done(&b);
}

static int finish(struct inspect *in)
{
    struct err err;
    if (in->links != NULL && links_commit(in->links, &err) != OK) {
        in->has_failed = true;
        (void)cli_fail(EXIT_INPUT, "%.*s: %s", STR_ARG(in->save_path), err.text);
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return cli_fail(EXIT_INPUT, "the output failed: %s", strerror(errno));
    if (in->has_walked)
        (void)fprintf(stderr, "pomona: %zu images in %zu files; %zu other files passed over\n",
                      in->images, in->files, in->others);
    return in->has_failed ? EXIT_INPUT : EXIT_DONE;
}
