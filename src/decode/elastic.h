// The parts of the elastic dialect, for each other.
//
// The same document comes in two forms: as objects in one another ({"process":{"pid":1}}), and with
// every path as one key ({"process.pid":1}); and in mixtures of the two. So it is read in two steps.
// The first finds the values of all paths that are looked for, in whatever form they stand, and puts
// them into a struct elastic_record. The second makes an event of that, and knows nothing of forms.

#ifndef DECODE_ELASTIC_H
#define DECODE_ELASTIC_H

#include "decode/dialect.h"

// Members of the objects, by name: MEMBER(name, prefix, at). The lists are also what makes the table
// of dotted paths, whence `prefix`, the path of the object, and `at`, its place in struct
// elastic_record; others pass nothing for them. Names of two letters stand on their own.
#define ELASTIC_SIGNATURE(MEMBER, prefix, at) \
    MEMBER(exists, prefix, at)                \
    MEMBER(trusted, prefix, at)               \
    MEMBER(valid, prefix, at)                 \
    MEMBER(subject_name, prefix, at)          \
    MEMBER(signing_id, prefix, at)            \
    MEMBER(team_id, prefix, at)               \
    MEMBER(flags, prefix, at)

#define ELASTIC_PROCESS(MEMBER, prefix, at) \
    MEMBER(pid, prefix, at)                 \
    MEMBER(entity_id, prefix, at)           \
    MEMBER(executable, prefix, at)          \
    MEMBER(name, prefix, at)                \
    MEMBER(args, prefix, at)                \
    MEMBER(args_count, prefix, at)          \
    MEMBER(command_line, prefix, at)        \
    MEMBER(working_directory, prefix, at)   \
    MEMBER(env_vars, prefix, at)            \
    MEMBER(start, prefix, at)               \
    MEMBER(exit_code, prefix, at)

#define ELASTIC_HASH(MEMBER, prefix, at) \
    MEMBER(sha256, prefix, at)           \
    MEMBER(cdhash, prefix, at)

#define ELASTIC_EVENT(MEMBER, prefix, at) \
    MEMBER(kind, prefix, at)              \
    MEMBER(category, prefix, at)          \
    MEMBER(type, prefix, at)              \
    MEMBER(action, prefix, at)            \
    MEMBER(code, prefix, at)              \
    MEMBER(dataset, prefix, at)           \
    MEMBER(severity, prefix, at)          \
    MEMBER(risk_score, prefix, at)        \
    MEMBER(sequence, prefix, at)

#define ELASTIC_OS(MEMBER, prefix, at) \
    MEMBER(type, prefix, at)           \
    MEMBER(family, prefix, at)         \
    MEMBER(platform, prefix, at)       \
    MEMBER(name, prefix, at)

// What an alert of Kibana's detection engine says of its rule, besides a copy of the event.
#define ELASTIC_SIGNAL(MEMBER, prefix, at) \
    MEMBER(reason, prefix, at)             \
    MEMBER(original_time, prefix, at)      \
    MEMBER(risk_score, prefix, at)

#define ELASTIC_API(MEMBER, prefix, at) \
    MEMBER(address, prefix, at)         \
    MEMBER(size, prefix, at)            \
    MEMBER(protection, prefix, at)

#define ELASTIC_VALUE(name, prefix, at) yyjson_val *name;

// Values are NULL where there are none.
struct elastic_signature {
    ELASTIC_SIGNATURE(ELASTIC_VALUE, , )
};

struct elastic_process {
    ELASTIC_PROCESS(ELASTIC_VALUE, , )
    ELASTIC_HASH(ELASTIC_VALUE, , )
    struct elastic_signature signature;
};

struct elastic_identity {
    yyjson_val *pid;
    yyjson_val *entity_id;
};

struct elastic_record {
    yyjson_val *timestamp;
    yyjson_val *message;
    struct {
        ELASTIC_EVENT(ELASTIC_VALUE, , )
    } event;
    struct {
        yyjson_val *id;
    } agent;
    struct {
        yyjson_val *id;
        yyjson_val *name;
        yyjson_val *hostname;
    } host;
    struct {
        ELASTIC_OS(ELASTIC_VALUE, , )
    } os;
    struct {
        yyjson_val *id;
        yyjson_val *name;
    } user, rule;
    struct {
        ELASTIC_SIGNAL(ELASTIC_VALUE, , )
        yyjson_val *name;
        yyjson_val *id;
    } signal;
    struct {
        yyjson_val *path;
        yyjson_val *size;
        yyjson_val *original_path;
        yyjson_val *header_bytes;
    } file;
    struct {
        yyjson_val *path;
        yyjson_val *cdhash;
        yyjson_val *age;
        struct elastic_signature signature;
    } dll;
    struct {
        yyjson_val *ip;
        yyjson_val *port;
        yyjson_val *domain;
    } destination;
    struct {
        yyjson_val *direction;
    } network;
    struct {
        yyjson_val *path;        // Of the launch item,
        yyjson_val *executable;  // and what it starts.
    } persistence;
    struct {
        yyjson_val *name;
        ELASTIC_API(ELASTIC_VALUE, , )
    } api;
    struct elastic_process process;
    struct elastic_process parent;
    struct elastic_process target;
    yyjson_val *age;  // Of the process's executable.
    struct elastic_identity effective;
    struct elastic_identity effective_parent;
};

// elastic_find.c. The document in a hit of Elasticsearch, for which `room` is, or what was given.
// `is_flat`: its keys are paths and its values lists.
const struct json_index *decode_elastic_document(const struct json_index *record,
                                                 struct json_index *room, bool *is_flat);
void decode_elastic_find(const struct json_index *document, bool is_flat,
                         struct elastic_record *out);

// elastic_kind.c. False (refused) where the document is no event, or none that is looked for.
bool decode_elastic_action(struct decoding *c, const struct elastic_record *r, enum action *out);

// elastic_process.c. False (refused) where it does not say which process.
bool decode_elastic_processes(struct decoding *c, const struct elastic_record *r);
void decode_elastic_library(struct decoding *c, const struct elastic_record *r);

// A text into its slot, where anybody ever wants it: most of a record nobody does.
void decode_elastic_take(struct decoding *c, enum field field, yyjson_val *val);
// elastic_value.c. A value, or the only one of a list; what has another type is left out and noted.
yyjson_val *decode_elastic_one(yyjson_val *val);
str decode_elastic_text(struct decoding *c, yyjson_val *val);
// From 0 to `max`, also as text; -1 where it is none.
int64_t decode_elastic_number(struct decoding *c, yyjson_val *val, int64_t max);
// False as well where it is none.
bool decode_elastic_is(struct decoding *c, yyjson_val *val);
bool decode_elastic_time(struct decoding *c, yyjson_val *val, int64_t *out_ns);
// How many seconds old a file was at the event, with decimals; when it was created, or 0. A file that
// is stamped in the future has a negative age.
int64_t decode_elastic_born(struct decoding *c, yyjson_val *age);
// What a file is by its first octets, in hex; empty where they do not say.
str decode_elastic_macho_type(struct decoding *c, yyjson_val *header_bytes);
// A walk over the texts of a list, or the one text:
//     for (struct json_elements e = decode_elastic_each(val); json_take_element(&e);)
struct json_elements decode_elastic_each(yyjson_val *val);

#endif
