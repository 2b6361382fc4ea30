// What is lost where a sensor lacks a signal: the same scenarios again without it, beside the whole run.

#ifndef VALIDATE_LOST_H
#define VALIDATE_LOST_H

#include "validate/matrix.h"

struct lost_rule {
    str rule;
    uint32_t found;   // Attacks that were found with all signals,
    uint32_t lost;    // of those missed without,
    uint32_t weak;    // and those found with less: by another rule, later, or with less confidence.
    str weak_as;      // That other rule, of the first such attack; empty where it is the same.
    uint32_t raised;  // Near-misses that it now speaks in.
};

struct loss {
    uint32_t signals;   // That were left out.
    str name;           // Theirs, with commas between.
    uint64_t left_out;  // Events that did not come or had a fact taken.
    const struct lost_rule
        *rules;  // In the order of names; those that nothing happened to as well.
    size_t rule_count;
    uint32_t found;
    uint32_t lost;
    uint32_t weak;
    uint32_t raised;  // Findings that are falsely raised only now.
};

struct losses {
    struct loss *at;
    size_t count;
    bool is_each;  // Of every signal alone.
};

// `whole` and `without` are of the same scenarios in the same order. Lives in the arena.
void lost_compare(const struct judged *whole, const struct judged *without, size_t count,
                  uint32_t signals, struct arena *arena, struct loss *out);
// "memory protection, signature"
str lost_names(uint32_t signals, struct arena *arena);

#endif
