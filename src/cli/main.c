// pomona: tells when code runs inside a Mac process that did not come with that process's own
// signed binary. The commands are listed here; each is a file of its own.

#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *verb;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    { "detect", cmd_detect, "run the rules over telemetry (the main job)" },
    { "assets", cmd_assets, "import and list the Macs that you own" },
    { "attack", cmd_attack, "import, show or compare ATT&CK objects" },
    { "baseline", cmd_baseline, "learn what is normal here, review and promote it" },
    { "canary", cmd_canary, "do harmless acts, and prove the signals that come back" },
    { "coverage", cmd_coverage, "what the telemetry of each Mac shows, and for which rules" },
    { "evidence", cmd_evidence,
      "signed packs for auditors; read and check the log of all changes" },
    { "exceptions", cmd_exceptions, "check and list what is known already, and count its hits" },
    { "inspect", cmd_inspect,
      "what Mach-O images link, claim and allow; builds the link inventory" },
    { "query", cmd_query, "run one EQL query over any NDJSON" },
    { "review", cmd_review, "work the queue of findings, or list those of a run" },
    { "rules", cmd_rules, "list, check or explain rules" },
    { "store", cmd_store, "check, copy, migrate or tidy up the store" },
    { "tap", cmd_tap, "print events as they pass, for building rules" },
    { "validate", cmd_validate,
      "replay labelled scenarios: what is found, missed, falsely raised" },
};

static void print_help(FILE *stream);
static int run(int argc, char **argv);
static int run_unknown(const char *verb);

int main(int argc, char **argv)
{
    // A reader of our output that has gone away is an error like others, not a death.
    (void)signal(SIGPIPE, SIG_IGN);

    const int code = run(argc, argv);
    const bool is_written = fflush(stdout) == 0 && ferror(stdout) == 0;
    // Who writes findings as they come has said so already.
    return is_written || code == EXIT_INPUT
               ? code
               : cli_fail(EXIT_INPUT, "the output cannot be written: %s", strerror(errno));
}

static int run(int argc, char **argv)
{
    const str verb = argc > 1 ? str_of(argv[1]) : STR("--help");
    if (str_eq(verb, STR("--help")) || str_eq(verb, STR("-h")) || str_eq(verb, STR("help"))) {
        print_help(argc > 1 ? stdout : stderr);
        return argc > 1 ? EXIT_DONE : EXIT_USAGE;
    }
    if (str_eq(verb, STR("--version")) || str_eq(verb, STR("version"))) {
        (void)puts("pomona " POMONA_VERSION);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_eq(verb, str_of(commands[i].verb)))
            return commands[i].run(argc - 1, argv + 1);
    return run_unknown(argv[1]);
}

static void print_help(FILE *stream)
{
    (void)fputs("Pomona tells when code runs inside a Mac process that did not come with that\n"
                "process's own signed binary (MITRE ATT&CK analytic AN1467).\n\n"
                "usage: pomona COMMAND [options]\n\n",
                stream);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        (void)fprintf(stream, "  %-10s %s\n", commands[i].verb, commands[i].summary);
    (void)fputs("\n`pomona COMMAND --help` says more. Exit codes: 0 done, 1 findings at or above\n"
                "--fail-on, 2 usage, configuration or rule error, 3 input or output failed.\n",
                stream);
}

static int run_unknown(const char *verb)
{
    const str name = str_of(verb);
    const char *nearest = NULL;
    size_t best = 3;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const size_t distance = str_distance(name, str_of(commands[i].verb), best);
        if (distance < best) {
            best = distance;
            nearest = commands[i].verb;
        }
    }
    if (nearest != NULL)
        return cli_fail(EXIT_USAGE, "no command \"%s\"; did you mean \"%s\"?", verb, nearest);
    return cli_fail(EXIT_USAGE, "no command \"%s\"; `pomona help` lists them", verb);
}
