// pomona inspect: what images link, import, claim and allow.

#include "cli/cli.h"
#include "cli/inspect_run.h"

#include "platform/platform.h"

#include <stdlib.h>
#include <unistd.h>

#define TIMEOUT_S_DEFAULT 30u
#define TIMEOUT_S_MAX     86400u

static const char help[] =
    "usage: pomona inspect [options] PATH...\n"
    "       pomona inspect --merge --save NAME STORE...\n"
    "       pomona inspect --diff A B\n"
    "\n"
    "Tells what Mach-O images link, import, claim and allow, slice by slice: frameworks and\n"
    "whether native APIs are reached, watched imports, signature, entitlements, and how code of\n"
    "others could get in. A directory is walked; in it links are not followed, and what is no\n"
    "Mach-O file is passed over.\n"
    "\n"
    "  --output FORM     table or ndjson, one object a slice (default: table on a terminal, else\n"
    "                    ndjson)\n"
    "  --imports         all imported names, not only those that are watched\n"
    "  --verify          hash every page, and compare with the code directory; verify the "
    "signature\n"
    "                    by its own certificate\n"
    "  --anchors FILE    root certificates (PEM or DER) that signers are verified against; "
    "without,\n"
    "                    whatever they say is called a claim\n"
    "  --root DIR        read DIR as if it were /: a copied disk. Paths are then the Mac's own\n"
    "                    (default PATH: /)\n"
    "  --api-frameworks NAME,...\n"
    "                    what counts as native API (default: CoreServices, Cocoa, Foundation)\n"
    "\n"
    "  --save NAME       also keep the facts in the store of that name, a file or\n"
    "                    postgresql://HOST/NAME, made where it is not there: its link inventory,\n"
    "                    which `pomona detect --links NAME` reads. Files that did not change "
    "since\n"
    "                    are told from it and not read again\n"
    "  --as WHO          who keeps them, for the audit log (default: the user of this session)\n"
    "  --why TEXT        why, for the audit log\n"
    "  --host NAME       whose images they are (default: this machine's name)\n"
    "  --reread          read also what did not change\n"
    "  --merge           PATHs are stores: put their inventories, of other hosts for example, "
    "into\n"
    "                    that of --save. Of one host the newer look at a path stands, in whatever\n"
    "                    order they come\n"
    "  --diff            tell what changed between the inventories of two stores, or two files\n"
    "\n"
    "  --jobs N          files read at a time (default: one for each processor)\n"
    "  --timeout SECONDS for one file (default 30)\n"
    "  --no-sandbox      read in this process, one file after the other: for debugging\n"
    "  --no-progress     no bar on a terminal\n"
    "  --color WHEN      auto, always or never\n"
    "\n"
    "Nothing of a file is run, and little of it is read, by processes that can open nothing. "
    "Ctrl-C\n"
    "ends the walk; what was read until then is told and kept. Exit:\n"
    "0 done, 2 usage or configuration error, 3 an input could not be read or is damaged, or the\n"
    "output failed, or it was stopped (the other paths have been read).\n";

enum {
    OPT_OUTPUT = 256,
    OPT_IMPORTS,
    OPT_VERIFY,
    OPT_ANCHORS,
    OPT_ROOT,
    OPT_APIS,
    OPT_SAVE,
    OPT_HOST,
    OPT_REREAD,
    OPT_MERGE,
    OPT_DIFF,
    OPT_JOBS,
    OPT_TIMEOUT,
    OPT_NO_SANDBOX,
    OPT_NO_PROGRESS,
    OPT_COLOR,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status set_flag(int option, struct inspect_arguments *in);
static enum status take_count(str value, const char *name, uint64_t max, unsigned *out,
                              struct err *err);
static enum status take_apis(struct inspect_arguments *in, str value, struct err *err);
static int run(struct inspect_arguments *in, char **paths, int count);
static enum status check(const struct inspect_arguments *in, struct err *err);

int cmd_inspect(int argc, char **argv)
{
    static const struct option known[] = {
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "imports", no_argument, NULL, OPT_IMPORTS },
        { "verify", no_argument, NULL, OPT_VERIFY },
        { "anchors", required_argument, NULL, OPT_ANCHORS },
        { "root", required_argument, NULL, OPT_ROOT },
        { "api-frameworks", required_argument, NULL, OPT_APIS },
        { "save", required_argument, NULL, OPT_SAVE },
        { "as", required_argument, NULL, STORE_OPT_AS },
        { "why", required_argument, NULL, STORE_OPT_WHY },
        { "host", required_argument, NULL, OPT_HOST },
        { "reread", no_argument, NULL, OPT_REREAD },
        { "merge", no_argument, NULL, OPT_MERGE },
        { "diff", no_argument, NULL, OPT_DIFF },
        { "jobs", required_argument, NULL, OPT_JOBS },
        { "timeout", required_argument, NULL, OPT_TIMEOUT },
        { "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
        { "no-progress", no_argument, NULL, OPT_NO_PROGRESS },
        { "color", required_argument, NULL, OPT_COLOR },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = { .verb = "inspect", .help = help, .known = known };
    struct inspect_arguments in = {
        .as_table = isatty(STDOUT_FILENO) == 1,
        .with_progress = true,
        .jobs = platform_processors(),
        .timeout_s = TIMEOUT_S_DEFAULT,
    };
    struct err err;
    bool helped;

    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &in.in_colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &in, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&in, argv + optind, argc - optind);
    arena_done(&in.arena);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct inspect_arguments *in = context;
    switch (option) {
    case OPT_OUTPUT:
        in->as_table = str_eq(value, STR("table"));
        if (!in->as_table && !str_eq(value, STR("ndjson")))
            return fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                        STR_ARG(value));
        return OK;
    case OPT_ANCHORS:
        in->anchors_path = value;
        return value.len > 0 ? OK : fail(err, ERR_CONFIG, "--anchors needs the name of a file");
    case OPT_ROOT:
        in->root = value;
        return value.len > 0 ? OK : fail(err, ERR_CONFIG, "--root needs a directory");
    case OPT_APIS:
        return take_apis(in, value, err);
    case OPT_SAVE:
        in->store.name = value;
        return value.len > 0 ? OK : fail(err, ERR_CONFIG, "--save needs the name of a store");
    case STORE_OPT_AS:
    case STORE_OPT_WHY:
        (void)store_options_take(&in->store, option, value);
        return OK;
    case OPT_HOST:
        in->host = value;
        return value.len > 0 && value.len <= LINKS_HOST_MAX
                   ? OK
                   : fail(err, ERR_CONFIG, "--host needs a name of 1 to %u octets", LINKS_HOST_MAX);
    case OPT_JOBS:
        return take_count(value, "--jobs", WORKERS_MAX, &in->jobs, err);
    case OPT_TIMEOUT:
        return take_count(value, "--timeout", TIMEOUT_S_MAX, &in->timeout_s, err);
    case OPT_COLOR:
        if (!cli_colour_of(value, STDOUT_FILENO, &in->in_colour))
            return fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                        STR_ARG(value));
        return OK;
    default:
        return set_flag(option, in);
    }
}

static enum status set_flag(int option, struct inspect_arguments *in)
{
    in->with_imports = in->with_imports || option == OPT_IMPORTS;
    in->with_pages = in->with_pages || option == OPT_VERIFY;
    in->reads_again = in->reads_again || option == OPT_REREAD;
    in->merges = in->merges || option == OPT_MERGE;
    in->compares = in->compares || option == OPT_DIFF;
    in->is_bare = in->is_bare || option == OPT_NO_SANDBOX;
    in->with_progress = in->with_progress && option != OPT_NO_PROGRESS;
    return OK;
}

static enum status take_count(str value, const char *name, uint64_t max, unsigned *out,
                              struct err *err)
{
    uint64_t count;
    if (!str_to_u64(value, &count) || count == 0 || count > max)
        return fail(err, ERR_CONFIG, "%s takes a number from 1 to %llu, not \"%.*s\"", name,
                    (unsigned long long)max, STR_ARG(value));
    *out = (unsigned)count;
    return OK;
}

static enum status take_apis(struct inspect_arguments *in, str value, struct err *err)
{
    str name;
    in->api_framework_count = 0;
    while (str_take_until(&value, ',', &name)) {
        // A path, or a directory's name, means the framework in it.
        name = str_base_name(str_to(name, str_find(name, STR(".framework"))));
        if (name.len == 0)
            continue;
        if (in->api_framework_count == INSPECT_APIS_MAX)
            return fail(err, ERR_CONFIG, "--api-frameworks takes at most %u names",
                        INSPECT_APIS_MAX);
        in->api_frameworks[in->api_framework_count++] = name;
    }
    return in->api_framework_count > 0
               ? OK
               : fail(err, ERR_CONFIG, "--api-frameworks needs names of frameworks");
}

static int run(struct inspect_arguments *in, char **paths, int count)
{
    struct err err;
    in->path_count = (size_t)count;
    in->paths = arena_alloc(&in->arena, (in->path_count + 1) * sizeof *in->paths);
    for (size_t i = 0; i < in->path_count; i++)
        in->paths[i] = str_of(paths[i]);
    if (in->path_count == 0 && in->root.len > 0 && !in->merges && !in->compares)
        in->paths[in->path_count++] = STR("/");
    if (check(in, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    if (in->compares)
        return inspect_run_diff(in);
    return in->merges ? inspect_run_merge(in) : inspect_run_images(in);
}

static enum status check(const struct inspect_arguments *in, struct err *err)
{
    if (in->merges && in->compares)
        return fail(err, ERR_CONFIG, "--merge and --diff are two different things");
    if (in->compares && in->path_count != 2)
        return fail(err, ERR_CONFIG, "--diff needs two inventories or two files, not %zu",
                    in->path_count);
    if (in->merges && in->store.name.len == 0)
        return fail(err, ERR_CONFIG, "--merge needs --save: the inventory that takes the others");
    if (in->path_count == 0)
        return fail(err, ERR_CONFIG, "inspect needs %s",
                    in->merges ? "inventories to merge" : "a file or a directory");
    if (in->store.name.len > 0 && in->api_framework_count > 0)
        return fail(err, ERR_CONFIG,
                    "--save keeps what all will ask, so it goes without --api-frameworks");
    if (in->store.name.len > 0 && in->root.len > 0 && in->host.len == 0)
        return fail(err, ERR_CONFIG,
                    "--save of a --root needs --host: the disk is not that of this machine");
    return OK;
}
