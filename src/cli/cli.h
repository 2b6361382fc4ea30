// The commands: one line here, one line in main.c, one file cmd_<verb>.c.

#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"

// What the program says when it ends; documented in `pomona help` and README.
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FINDINGS = 1,  // Only where --fail-on asked for it.
    EXIT_USAGE = 2,     // Usage, configuration or rule error.
    EXIT_INPUT = 3,     // Input or output failed.
};

// argv[0] is the verb.
int cmd_detect(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_rules(int argc, char **argv);

// "pomona: sentence" on stderr; returns the code, so that failing is one statement.
int cli_fail(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The code for a status that is not OK.
enum exit_code cli_exit_of(enum status status);

// "auto", "always", "never": whether to colour what goes to the stream. False where `choice` is
// none of these. Honours NO_COLOR.
bool cli_colour_of(str choice, int fd, bool *out);
// Columns of the terminal at `fd`, 0 where it is none.
unsigned cli_width_of(int fd);

// The rules that came with the program: installed beside it, or in the tree it was built in.
// Empty where there are none.
str cli_default_rules(struct arena *a);

#endif
