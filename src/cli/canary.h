// Canaries: harmless acts that no Mac does by itself, so that records of them prove that a signal arrives.
//
// A canary is one process, `pomona canary act NONCE`, with the nonce in its arguments and in the variable
// POMONA_CANARY. Whatever it does is known by its process's entity. docs/CANARY.md lists the acts.

#ifndef CLI_CANARY_H
#define CLI_CANARY_H

#include "cli/run_options.h"
#include "cli/store_options.h"
#include "store/canaries.h"

#define CANARY_VARIABLE  "POMONA_CANARY"
#define CANARY_NONCE_HEX 32u

bool canary_is_nonce(str text);

struct canary_emit {
    struct store_options
        *store;   // Where it is kept that it was emitted; not at all without a name.
    str nonce;    // Empty: chosen.
    str library;  // Empty: the program's own.
    str host;     // What this Mac is called; empty: its host name.
};
// Starts a canary and waits for it.
int canary_emit(const struct canary_emit *e);
// What the canary's process does; returns its exit code, which says what could not be done.
int canary_act(str nonce, str library);

struct canary_expect {
    struct run_options *run;
    struct store_options *store;  // Where it is kept what came back; not at all without a name.
    str nonce;
    bool is_table;
    bool is_strict;  // EXIT_FINDINGS where something did not come back.
};
// Reads the telemetry and tells which signals came back.
int canary_expect(const struct canary_expect *e);

#define CANARY_ENTITY_MAX 512u

// The first record of a signal that a process made.
struct canary_record {
    int64_t at_ns;
    uint64_t number;
    const char *numbering;  // Whose number it is.
};

// One process whose arguments hold the nonce.
struct canary_seen {
    uint32_t host;
    uint32_t sensor;
    uint32_t signals;  // SIGNAL_BIT() of each that came back.
    struct canary_record records[SIGNAL_COUNT];
    char entity[CANARY_ENTITY_MAX];
    size_t entity_len;
};

// What was found in the telemetry.
struct canary_found {
    const struct canary_expect *expect;
    struct canary_seen *seen;
    size_t count;
    size_t capacity;
    uint64_t left_out;
    bool is_missing;  // Something did not come back.
};
// Which record it is, for people: in the arena.
str canary_evidence(const struct canary_expect *e, const struct canary_record *record,
                    struct arena *arena);
// Into the store, in one transaction with an entry of the audit log. EXIT_DONE, or says why not.
int canary_keep(struct db *db, const struct canary_found *found, const struct pipeline *p);
// That one was emitted, likewise.
int canary_keep_emitted(struct db *db, const struct canary_emit *e, uint32_t acts);

#endif
