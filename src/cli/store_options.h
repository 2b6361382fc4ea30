// The options of every command that uses the store: which one, who acts, and why.

#ifndef CLI_STORE_OPTIONS_H
#define CLI_STORE_OPTIONS_H

#include "cli/cli.h"
#include "store/store.h"

struct store_options {
    str name;  // Empty: $POMONA_STORE.
    struct store_act act;
};

enum {
    STORE_OPT_STORE = 512,
    STORE_OPT_AS,
    STORE_OPT_WHY,
};

// clang-format off
#define STORE_OPTIONS                                      \
    { "store", required_argument, NULL, STORE_OPT_STORE }, \
    { "as", required_argument, NULL, STORE_OPT_AS },       \
    { "why", required_argument, NULL, STORE_OPT_WHY }
// clang-format on

#define STORE_HELP                                                                               \
    "  --store NAME     the store: a file, or postgresql://HOST/NAME (default: $POMONA_STORE)\n" \
    "  --as WHO         who acts, for the audit log (default: the user of this session)\n"       \
    "  --why TEXT       why, for the audit log\n"

// Whether the option is one of them, and has been taken.
bool store_options_take(struct store_options *o, int option, str value);
// Whether a store was named at all, here or in the environment.
bool store_options_has(const struct store_options *o);
// Fills in the name where it was not given. EXIT_DONE, or says that there is none and returns the code.
int store_options_find(struct store_options *o);
// Fills in who acts and when, where it was not given.
MUST_CHECK enum status store_options_fill(struct store_options *o, struct err *err);
// Takes the time anew: for who waited for a person in between.
MUST_CHECK enum status store_options_now(struct store_options *o, struct err *err);
// For who acts over and over: NULL where the time is that of $SOURCE_DATE_EPOCH.
store_clock *store_options_clock(void);
// Fills in what was not given and opens. The time is the clock's, or $SOURCE_DATE_EPOCH where that is set,
// as for reproducible builds. EXIT_DONE, or says why not and returns the code.
int store_options_open(struct store_options *o, enum db_mode mode, struct db **out);

#endif
