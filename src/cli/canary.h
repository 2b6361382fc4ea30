// Canaries: harmless acts that no Mac does by itself, so that records of them prove that a signal arrives.
//
// A canary is one process, `pomona canary act NONCE`, with the nonce in its arguments and in the variable
// POMONA_CANARY. Whatever it does is known by its process's entity. docs/CANARY.md lists the acts.

#ifndef CLI_CANARY_H
#define CLI_CANARY_H

#include "cli/run_options.h"

#define CANARY_VARIABLE  "POMONA_CANARY"
#define CANARY_NONCE_HEX 32u

// The signals that a canary proves. Some are facts of its exec.
#define CANARY_SIGNALS                                                                         \
    (SIGNAL_BIT(SIGNAL_EXEC) | SIGNAL_BIT(SIGNAL_ARGUMENTS) | SIGNAL_BIT(SIGNAL_ENVIRONMENT) | \
     SIGNAL_BIT(SIGNAL_PARENT) | SIGNAL_BIT(SIGNAL_CDHASH) | SIGNAL_BIT(SIGNAL_EXIT) |         \
     SIGNAL_BIT(SIGNAL_FILE) | SIGNAL_BIT(SIGNAL_LIBRARY_LOAD) |                               \
     SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION))

bool canary_is_nonce(str text);

// Starts a canary and waits for it. An empty nonce is chosen; an empty library is the program's own.
int canary_emit(str nonce, str library);
// What the canary's process does; returns its exit code.
int canary_act(str nonce, str library);

struct canary_expect {
    struct run_options *run;
    str nonce;
    bool is_table;
    bool is_strict;  // EXIT_FINDINGS where something did not come back.
};
// Reads the telemetry and tells which signals came back.
int canary_expect(const struct canary_expect *e);

#endif
