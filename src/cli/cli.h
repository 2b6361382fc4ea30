// The commands: one line here, one line in main.c, one file cmd_<verb>.c.

#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"

#include <getopt.h>
#include <signal.h>

// What the program says when it ends; documented in `pomona help` and README.
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FINDINGS = 1,  // Only where --fail-on asked for it.
    EXIT_USAGE = 2,     // Usage, configuration or rule error.
    EXIT_INPUT = 3,     // Input or output failed.
};

// argv[0] is the verb.
int cmd_assets(int argc, char **argv);
int cmd_attack(int argc, char **argv);
int cmd_baseline(int argc, char **argv);
int cmd_canary(int argc, char **argv);
int cmd_coverage(int argc, char **argv);
int cmd_detect(int argc, char **argv);
int cmd_evidence(int argc, char **argv);
int cmd_exceptions(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_query(int argc, char **argv);
int cmd_review(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_store(int argc, char **argv);
int cmd_tap(int argc, char **argv);
int cmd_validate(int argc, char **argv);

// "pomona: sentence" on stderr; returns the code, so that failing is one statement.
int cli_fail(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));
// One line on stderr, with what would steer a terminal made visible: names and texts in it may
// come from anywhere.
void cli_say(str sentence);
// Ctrl-C and the like set what this points to, once; a second one ends the program.
volatile sig_atomic_t *cli_stop_on_signals(void);
// The same, and what is being written then is written whole: for who does not wait for input.
volatile sig_atomic_t *cli_stop_after_output(void);
// The code for a status that is not OK.
enum exit_code cli_exit_of(enum status status);

// The options of a command, and what it says of itself. `known` ends in zeros; --help and -h need
// not be in it. At least one argument must follow the options where `needs` says what.
struct cli_command {
    const char *verb;
    const char *help;
    const char *needs;  // NULL: an argument may follow, or none.
    const struct option *known;
};

// Takes one option's value into `context`, the command's own struct.
typedef enum status cli_set_option(int option, str value, void *context, struct err *err);

// Reads the options; `optind` is then the first argument. `*helped`: the help was asked for and
// printed, and there is nothing more to do.
MUST_CHECK enum status cli_parse(const struct cli_command *command, int argc, char **argv,
                                 cli_set_option *set, void *context, bool *helped, struct err *err);

// "auto", "always", "never": whether to colour what goes to the stream. False where `choice` is
// none of these. Honours NO_COLOR.
bool cli_colour_of(str choice, int fd, bool *out);
// Columns of the terminal at `fd`, 0 where it is none.
unsigned cli_width_of(int fd);

// The rules that came with the program: installed beside it, or in the tree it was built in.
// Empty where there are none.
str cli_default_rules(struct arena *a);

#endif
