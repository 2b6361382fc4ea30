// An event: one thing that happened, in Pomona's own vocabulary.
//
// It is a set of typed slots, one per field of fields.def (and more for ad-hoc queries), not
// a tree. A decoder fills the facts below (who, whom) and the slots of the record itself;
// enrich fills what follows from the process table, the image and the tables of rules/. Only
// slots that a projection names for the event's action are filled; the rest stay missing.
//
// Text in an event is borrowed from its batch, or from the process table, and lives until
// the next batch is read.

#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "event/lineage.h"
#include "event/value.h"

enum field {
#define FIELD(identifier, name, type, meaning) FIELD_##identifier,
#include "event/fields.def"
#undef FIELD
    FIELD_COUNT
};

enum field_type {
    FIELD_TYPE_TEXT,
    FIELD_TYPE_TEXTS,
    FIELD_TYPE_INT,
    FIELD_TYPE_BOOL
};

// By name; FIELD_COUNT where there is no such field.
enum field field_of(str name);
str field_name(enum field field);
enum field_type field_type_of(enum field field);
str field_meaning(enum field field);
// The field whose name is nearest to `name`, or FIELD_COUNT where none is near enough to suggest.
enum field field_nearest(str name);

// Categories are bits: an event may be of several (a file mapped executable is library and api).
enum category {
    CATEGORY_PROCESS = 1u << 0,
    CATEGORY_LIBRARY = 1u << 1,
    CATEGORY_API = 1u << 2,
    CATEGORY_FILE = 1u << 3,
    CATEGORY_NETWORK = 1u << 4,
    CATEGORY_CONFIGURATION = 1u << 5,
    CATEGORY_ALERT = 1u << 6,  // What a sensor itself thought worth telling somebody.
};
#define CATEGORY_COUNT 7u
#define CATEGORY_ANY   ((1u << CATEGORY_COUNT) - 1)

// The bit for a name; 0 where there is no such category. "any" is CATEGORY_ANY.
uint32_t category_of(str name);
str category_name(uint32_t bit);
// The nearest category's name, or empty.
str category_nearest(str name);

// ACTION(identifier, event.action, categories, event.type, signal)
// `signal` is the kind of visibility that coverage speaks of.
#define ACTIONS(ACTION)                                                                            \
    ACTION(EXEC, "exec", CATEGORY_PROCESS, "start", "exec")                                        \
    ACTION(FORK, "fork", CATEGORY_PROCESS, "start", "lineage")                                     \
    ACTION(END, "end", CATEGORY_PROCESS, "end", "exit")                                            \
    ACTION(SIGNAL, "signal", CATEGORY_PROCESS, "access", "signal")                                 \
    ACTION(PROCESS_OPEN, "process_open", CATEGORY_PROCESS, "access", "task port")                  \
    ACTION(PROC_CHECK, "proc_check", CATEGORY_PROCESS, "access", "process check")                  \
    ACTION(REMOTE_THREAD, "remote_thread", CATEGORY_PROCESS, "change", "remote thread")            \
    ACTION(TRACE, "trace", CATEGORY_PROCESS, "access", "trace")                                    \
    ACTION(SUSPEND, "suspend", CATEGORY_PROCESS, "change", "suspend")                              \
    ACTION(RESUME, "resume", CATEGORY_PROCESS, "change", "suspend")                                \
    ACTION(SHUTDOWN_SOCKETS, "shutdown_sockets", CATEGORY_PROCESS, "change", "suspend")            \
    ACTION(CS_INVALIDATED, "cs_invalidated", CATEGORY_PROCESS, "change",                           \
           "code-signature invalidation")                                                          \
    ACTION(SETUID, "setuid", CATEGORY_PROCESS, "change", "identity")                               \
    ACTION(LOAD, "load", CATEGORY_LIBRARY | CATEGORY_API, "start", "library load")                 \
    ACTION(MMAP, "mmap", CATEGORY_API, "info", "memory map")                                       \
    ACTION(MPROTECT, "mprotect", CATEGORY_API, "change", "memory protection")                      \
    ACTION(CREATION, "creation", CATEGORY_FILE, "creation", "file")                                \
    ACTION(MODIFICATION, "modification", CATEGORY_FILE, "change", "file")                          \
    ACTION(CLOSE, "close", CATEGORY_FILE, "info", "file")                                          \
    ACTION(OPEN, "open", CATEGORY_FILE, "access", "file")                                          \
    ACTION(WRITE, "write", CATEGORY_FILE, "change", "file")                                        \
    ACTION(RENAME, "rename", CATEGORY_FILE, "change", "file")                                      \
    ACTION(DELETION, "deletion", CATEGORY_FILE, "deletion", "file")                                \
    ACTION(LAUNCH_ITEM_ADD, "launch_item_add", CATEGORY_CONFIGURATION, "creation", "persistence")  \
    ACTION(XPC_CONNECT, "xpc_connect", CATEGORY_PROCESS, "access", "xpc")                          \
    ACTION(GATEKEEPER_OVERRIDE, "gatekeeper_override", CATEGORY_CONFIGURATION, "change", "policy") \
    ACTION(TCC_MODIFY, "tcc_modify", CATEGORY_CONFIGURATION, "change", "policy")                   \
    ACTION(CONNECT, "connection_attempted", CATEGORY_NETWORK, "start", "network")                  \
    ACTION(ACCEPT, "connection_accepted", CATEGORY_NETWORK, "start", "network")                    \
    ACTION(LOAD_DENIED, "load_denied", CATEGORY_LIBRARY, "denied", "code-signing log")             \
    ACTION(MAP_DENIED, "map_denied", CATEGORY_API, "denied", "code-signing log")                   \
    ACTION(SIGNATURE_DENIED, "signature_denied", CATEGORY_PROCESS, "denied", "code-signing log")   \
    ACTION(CS_KILLED, "cs_killed", CATEGORY_PROCESS, "denied", "code-signing log")                 \
    ACTION(LOADER_LOG, "loader_log", CATEGORY_LIBRARY, "info", "code-signing log")                 \
    ACTION(ALERT, "alert", CATEGORY_ALERT, "info", "alert")

enum action {
#define ACTION(identifier, name, categories, type, signal) ACTION_##identifier,
    ACTIONS(ACTION)
#undef ACTION
    ACTION_COUNT
};

struct action_traits {
    str name;
    str type;
    str signal;
    uint32_t categories;
};
extern const struct action_traits action_traits[ACTION_COUNT];
// By event.action; ACTION_COUNT where there is none.
enum action action_of(str name);

// Which life of which process, as a sensor names it: by a name of its own (entity), by the kernel's
// numbers (pid and pidversion), by pid and start, or by nothing but the pid.
struct process_id {
    int64_t pid;         // -1: not told.
    int64_t pidversion;  // -1: not told.
    int64_t start_ns;    // 0: not told.
    str entity;          // Empty: not told.
};
#define PROCESS_ID_NONE ((struct process_id){ .pid = -1, .pidversion = -1 })

// What a record says of one process. Empty text and -1 mean: not told.
struct process_facts {
    bool present;
    bool is_platform;
    bool is_es_client;
    bool path_truncated;
    bool cs_told;  // The sensor says what it knows of the signature; otherwise `cs_flags` is 0.
    uint32_t cs_flags;  // <kern/cs_blobs.h>
    int32_t cs_validation_category;
    struct process_id id;
    struct process_id parent;
    struct process_id responsible;
    int64_t euid;  // -1: not told.
    str executable;
    str signing_id;
    str team_id;
    str cdhash;  // As the record has it; compare without case.
};

// <kern/cs_blobs.h>
#define CS_VALID           0x00000001u
#define CS_ADHOC           0x00000002u
#define CS_GET_TASK_ALLOW  0x00000004u
#define CS_FORCED_LV       0x00000010u
#define CS_HARD            0x00000100u
#define CS_KILL            0x00000200u
#define CS_RESTRICT        0x00000800u
#define CS_REQUIRE_LV      0x00002000u
#define CS_RUNTIME         0x00010000u
#define CS_LINKER_SIGNED   0x00020000u
#define CS_PLATFORM_BINARY 0x04000000u
#define CS_DEBUGGED        0x10000000u
#define CS_SIGNED          0x20000000u

// Memory protection bits of mmap and mprotect, as Darwin has them.
#define PROTECTION_READ    1
#define PROTECTION_WRITE   2
#define PROTECTION_EXECUTE 4

// Nothing told. All facts of an event begin as this.
extern const struct process_facts event_nobody;

// What a record says of who signed the library that it names; its names are in slots.
struct library_facts {
    bool told;
    bool is_signed;  // And the signature is valid.
    bool is_adhoc;
    bool is_platform;
    int64_t born_ns;  // When its file was created; 0: not told. Told or not, whatever `told` says.
};

// Which Mac a record says that it is from, and what its id is worth.
enum host_kind {
    HOST_NOT_TOLD,
    HOST_BY_NAME,      // Nothing but a name.
    HOST_BY_SENSOR,    // A number that the sensor gave it.
    HOST_BY_HARDWARE,  // Its serial number or hardware UUID.
};
struct host_told {
    enum host_kind kind;
    str id;    // Empty with HOST_BY_NAME.
    str name;  // May be empty.
};

// What the numbers of a sensor's records promise.
enum numbering {
    NUMBERING_ORDER,  // Nothing but their order: records are left out as a rule.
    NUMBERING_TYPES,  // No number of a type is left out.
    NUMBERING_ALL,    // None at all.
};

struct event {
    int64_t time_ns;
    uint64_t sequence;       // The sensor's global number (global_seq_num); 0 where none.
    uint64_t type_sequence;  // Per event type (seq_num).
    uint32_t type_number;    // The sensor's number of the event type (event_type).
    bool has_sequence;
    bool has_type_sequence;
    enum numbering numbering;
    uint64_t
        lost;  // With ACTION_COUNT: so many records the sensor says that it lost, at least one.
    uint32_t sensor;     // Number of the dialect, which is one for each kind of sensor.
    enum action action;  // ACTION_COUNT: no event; the numbers of a record of which none was made.
    uint32_t categories;
    uint32_t host;     // Index in struct hosts; of the input until hosts_resolve().
    uint64_t arrival;  // Count of events before this one.
    struct host_told host_told;

    struct process_facts process;   // Who acted; for exec the new image, for fork the child.
    struct process_facts previous;  // exec: the image before; fork: the parent.
    struct process_facts target;    // Whom it was done to.
    struct library_facts library;
    int64_t executable_born_ns;  // When the file of process.executable was created; 0: not told.
    // exec: entitlements as the record has them (JSON text); empty where not told.
    bool entitlements_told;
    bool entitlements_jit;

    struct lineage *lineage;  // Of the process; NULL where nobody keeps it.

    size_t slot_count;
    struct value *slots;
};

#endif
