// Signals: the kinds of visibility that the analytic needs. Some are events of a kind (a signal of
// action_traits), the others are facts that events carry, or that follow from them.
//
// A set of signals is a word of bits, so that what a rule needs and what a host shows are compared
// without a loop.

#ifndef EVENT_SIGNAL_H
#define EVENT_SIGNAL_H

#include "event/event.h"

// SIGNAL(identifier, name, kind, meaning); facts stand last.
#define SIGNALS(SIGNAL)                                                                        \
    SIGNAL(EXEC, "exec", SIGNAL_STEADY, "programs that are started")                           \
    SIGNAL(LINEAGE, "lineage", SIGNAL_STEADY, "forks: which process came of which")            \
    SIGNAL(EXIT, "exit", SIGNAL_STEADY, "processes that end")                                  \
    SIGNAL(SIGNAL, "signal", SIGNAL_RARE, "signals that one process sends another")            \
    SIGNAL(TASK_PORT, "task port", SIGNAL_RARE, "a process takes hold of another's task")      \
    SIGNAL(PROCESS_CHECK, "process check", SIGNAL_RARE, "a process asks of another")           \
    SIGNAL(REMOTE_THREAD, "remote thread", SIGNAL_RARE, "threads made in another process")     \
    SIGNAL(TRACE, "trace", SIGNAL_RARE, "a process attaches to another as its debugger")       \
    SIGNAL(SUSPEND, "suspend", SIGNAL_RARE, "a process stops or resumes another")              \
    SIGNAL(CS_INVALIDATION, "code-signature invalidation", SIGNAL_RARE,                        \
           "the kernel no longer holds a process's code for that which was signed")            \
    SIGNAL(IDENTITY, "identity", SIGNAL_RARE, "a process changes its user")                    \
    SIGNAL(LIBRARY_LOAD, "library load", SIGNAL_STEADY,                                        \
           "files mapped executable, outside of the shared cache")                             \
    SIGNAL(MEMORY_MAP, "memory map", SIGNAL_STEADY, "other mappings of files")                 \
    SIGNAL(MEMORY_PROTECTION, "memory protection", SIGNAL_STEADY,                              \
           "changes of memory protection by mprotect")                                         \
    SIGNAL(FILE, "file", SIGNAL_STEADY, "files created, written, closed, renamed or removed")  \
    SIGNAL(PERSISTENCE, "persistence", SIGNAL_RARE, "items that will be started by launchd")   \
    SIGNAL(XPC, "xpc", SIGNAL_RARE, "connections to services of other processes")              \
    SIGNAL(POLICY, "policy", SIGNAL_RARE, "what a user or a database allows: Gatekeeper, TCC") \
    SIGNAL(NETWORK, "network", SIGNAL_RARE, "connections to other machines")                   \
    SIGNAL(CODE_SIGNING_LOG, "code-signing log", SIGNAL_RARE,                                  \
           "the system's own log lines of code that it refused")                               \
    SIGNAL(ALERT, "alert", SIGNAL_RARE, "what a sensor itself thought worth telling")          \
    SIGNAL(LINKAGE, "linkage", SIGNAL_FACT, "which frameworks a program links")                \
    SIGNAL(LIBRARY_IDENTITY, "library identity", SIGNAL_FACT, "who signed a mapped library")   \
    SIGNAL(PARENT, "parent", SIGNAL_FACT, "who started a program")                             \
    SIGNAL(CDHASH, "cdhash", SIGNAL_FACT, "the hash of a program's code directory")            \
    SIGNAL(ARGUMENTS, "arguments", SIGNAL_FACT, "what a program was started with")             \
    SIGNAL(ENVIRONMENT, "environment", SIGNAL_FACT, "the variables that a program was given")  \
    SIGNAL(SIGNATURE, "signature", SIGNAL_FACT, "who signed a program")

enum signal {
#define SIGNAL(identifier, name, kind, meaning) SIGNAL_##identifier,
    SIGNALS(SIGNAL)
#undef SIGNAL
    SIGNAL_COUNT
};

enum signal_kind {
    SIGNAL_STEADY,  // Events that every Mac in use makes all day.
    SIGNAL_RARE,    // Events that a Mac may do without for days.
    SIGNAL_FACT,    // No events: a fact of exec (LIBRARY_IDENTITY: of load).
};

struct signal_traits {
    str name;
    str meaning;
    enum signal_kind kind;
};
extern const struct signal_traits signal_traits[SIGNAL_COUNT];

// By name; SIGNAL_COUNT where there is none.
enum signal signal_of(str name);
// The nearest name, or empty.
str signal_nearest(str name);
// What events of the action are a signal of.
enum signal signal_of_action(enum action action);
// The fact that the field says; SIGNAL_COUNT where it is none of the list.
enum signal signal_of_field(enum field field);

#define SIGNAL_BIT(signal) (UINT32_C(1) << (signal))
_Static_assert(SIGNAL_COUNT <= 32, "a set of signals is a word");

// What one stage of a rule needs: events of any one of some signals, and facts.
struct signal_need {
    uint32_t any_of;
    uint32_t facts;
    // A stage that must not be met, or that ends a sequence: the rule is completed without it, but
    // may be so wrongly.
    bool is_guard;
};

#endif
