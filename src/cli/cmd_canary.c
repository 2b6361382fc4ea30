// pomona canary: harmless acts, and which of them the telemetry shows.

#include "cli/canary.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] =
    "usage: pomona canary emit [--nonce HEX] [--library FILE] [--store NAME] [--host NAME]\n"
    "       pomona canary expect [options] NONCE FILE...|-\n"
    "\n"
    "emit     on a Mac whose sensor is to be proved: starts one process, with a nonce in its\n"
    "         arguments and environment, which writes and removes a file of its own, maps the\n"
    "         program's own library and makes a page of its own read-only. Prints the nonce\n"
    "expect   reads telemetry as detect does, and tells of each Mac on which the canary ran which\n"
    "         signals came back: those are proved\n"
    "\n"
    "With --store both are kept, and `pomona coverage --store NAME` says which signals of which\n"
    "asset are proved, and which canaries did not come back (docs/CANARY.md).\n"
    "\n"
    "  --nonce HEX      emit: 32 hexadecimal digits (default: chosen)\n"
    "  --library FILE   emit: the library to map (default: the program's own)\n"
    "  --strict         expect: exit 1 where a signal did not come back\n"
    "  --output FORM    expect: table or ndjson (default: table on a terminal, else ndjson)\n"
    // clang-format off
    RUN_HELP RUN_HELP_LIMITS
    // clang-format on
    "\n"
    "What is kept (emit: --host NAME is what this Mac is called, by default its host "
    "name):\n" STORE_HELP "\n"
    "Exit: 0 done, 1 with --strict, 2 usage, 3 an act could not be made, or an input or the "
    "output\n"
    "failed.\n";

struct canary {
    struct run_options run;
    struct store_options store;
    struct canary_expect expect;
    str nonce;
    str library;
};

enum {
    OPT_NONCE = RUN_OPT_OTHER,
    OPT_LIBRARY,
    OPT_STRICT,
    OPT_OUTPUT,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct canary *c, char **arguments, int count);

int cmd_canary(int argc, char **argv)
{
    static const struct option known[] = {
        RUN_OPTIONS,
        STORE_OPTIONS,
        { "nonce", required_argument, NULL, OPT_NONCE },
        { "library", required_argument, NULL, OPT_LIBRARY },
        { "strict", no_argument, NULL, OPT_STRICT },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "canary", .help = help, .needs = "emit or expect", .known = known
    };
    struct canary c = { .expect = { .is_table = isatty(STDOUT_FILENO) == 1 } };
    struct err err;
    bool helped;

    run_options_init(&c.run);
    c.expect.run = &c.run;
    c.expect.store = &c.store;
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&c, argv + optind, argc - optind);
    run_options_done(&c.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct canary *c = context;
    switch (option) {
    case OPT_NONCE:
        c->nonce = value;
        return canary_is_nonce(value)
                   ? OK
                   : fail(err, ERR_CONFIG, "--nonce takes %u hexadecimal digits, not \"%.*s\"",
                          CANARY_NONCE_HEX, STR_ARG(value));
    case OPT_LIBRARY:
        c->library = value;
        return OK;
    case OPT_STRICT:
        c->expect.is_strict = true;
        return OK;
    case OPT_OUTPUT:
        c->expect.is_table = str_eq(value, STR("table"));
        return c->expect.is_table || str_eq(value, STR("ndjson"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                          STR_ARG(value));
    default:
        if (store_options_take(&c->store, option, value))
            return OK;
        return run_options_set(&c->run, option, value, err);
    }
}

static int run(struct canary *c, char **arguments, int count)
{
    const str verb = str_of(arguments[0]);
    const str nonce = count > 1 ? str_of(arguments[1]) : STR_EMPTY;
    const struct canary_emit emit = { .store = &c->store,
                                      .nonce = c->nonce,
                                      .library = c->library,
                                      .host = c->run.pipeline.source.host };
    if (str_eq(verb, STR("emit")) && count == 1)
        return canary_emit(&emit);
    if (str_eq(verb, STR("emit")))
        return cli_fail(EXIT_USAGE, "canary emit takes no argument; the nonce is --nonce HEX");
    const bool is_act = str_eq(verb, STR("act"));  // What emit starts: not for people.
    if (!is_act && !str_eq(verb, STR("expect")))
        return cli_fail(EXIT_USAGE, "canary takes emit or expect; see `pomona canary --help`");
    if (!canary_is_nonce(nonce))
        return cli_fail(EXIT_USAGE,
                        "canary %s needs a nonce of %u hexadecimal digits, which "
                        "`pomona canary emit` prints",
                        arguments[0], CANARY_NONCE_HEX);
    if (is_act)
        return canary_act(nonce, count > 2 ? str_of(arguments[2]) : STR_EMPTY);
    if (count < 3)
        return cli_fail(EXIT_USAGE, "canary expect needs a file, or - for standard input");
    run_options_take_paths(&c->run, arguments + 2, count - 2);
    c->expect.nonce = nonce;
    return canary_expect(&c->expect);
}
