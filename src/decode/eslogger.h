// The parts of the eslogger dialect, for each other.

#ifndef DECODE_ESLOGGER_H
#define DECODE_ESLOGGER_H

#include "decode/dialect.h"

// What "event" may hold. `decode` is NULL for what is known and nothing to us.
struct eslogger_kind {
    str name;
    enum action action;
    bool (*decode)(struct decoding *c, yyjson_val *body);
};

// By the key inside "event"; NULL where there is none.
const struct eslogger_kind *decode_eslogger_kind(str name);

// A process object. `where` is its place in the record, a literal. False (refused) where it has
// no audit token that says which process it is.
bool decode_eslogger_process(struct decoding *c, yyjson_val *val, const char *where,
                             struct process_facts *out);

// A file object's path; empty where there is none.
str decode_eslogger_path(struct decoding *c, yyjson_val *file);

// The members that any event's body may have; NULL where it has none. One body is walked once,
// whatever the event, and the members of others are simply absent.
struct eslogger_body {
    yyjson_val *address;
    yyjson_val *args;
    yyjson_val *child;
    yyjson_val *cwd;
    yyjson_val *destination;
    yyjson_val *entitlements;
    yyjson_val *env;
    yyjson_val *executable_path;
    yyjson_val *file;
    yyjson_val *flags;
    yyjson_val *max_protection;
    yyjson_val *modified;
    yyjson_val *protection;
    yyjson_val *sig;
    yyjson_val *size;
    yyjson_val *source;
    yyjson_val *stat;
    yyjson_val *target;
    yyjson_val *thread_state;
    yyjson_val *type;
};

// False (refused) where it is no object.
bool decode_eslogger_body(struct decoding *c, yyjson_val *object, struct eslogger_body *out);

// The slots that say which file; none for an empty path. The path is set whatever the projection.
void decode_eslogger_set_file(struct decoding *c, str path);

// eslogger_file.c: the bodies of events about files.
bool decode_eslogger_open(struct decoding *c, yyjson_val *object);
bool decode_eslogger_close(struct decoding *c, yyjson_val *object);
bool decode_eslogger_create(struct decoding *c, yyjson_val *object);
bool decode_eslogger_rename(struct decoding *c, yyjson_val *object);
bool decode_eslogger_file_target(struct decoding *c, yyjson_val *object);
bool decode_eslogger_launch_item(struct decoding *c, yyjson_val *object);
bool decode_eslogger_override(struct decoding *c, yyjson_val *object);

#endif
