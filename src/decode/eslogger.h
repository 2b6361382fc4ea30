// The parts of the eslogger dialect, for each other.

#ifndef DECODE_ESLOGGER_H
#define DECODE_ESLOGGER_H

#include "decode/dialect.h"

// What "event" may hold. `decode` is NULL for what is known and nothing to us.
struct eslogger_kind {
    str name;
    enum action action;
    bool (*decode)(struct decoding *c, const struct json_index *body);
};

// By the key inside "event"; NULL where there is none.
const struct eslogger_kind *decode_eslogger_kind(str name);

// What is a sensor's own of those that write records of eslogger's shape.
struct eslogger_shape {
    yyjson_val *global_number;  // Of all records; may be NULL.
    enum numbering numbering;
    // What eslogger's kinds do not have, by the key inside "event". May be NULL.
    const struct eslogger_kind *(*own_kind)(str name);
};

bool decode_eslogger_record(struct decoding *c, const struct json_index *record,
                            const struct eslogger_shape *shape);

// Its parts, for records that have only some of them.
void decode_eslogger_numbers(struct decoding *c, const struct json_index *record,
                             const struct eslogger_shape *shape);
bool decode_eslogger_time(struct decoding *c, yyjson_val *time);
// The process object that the event's process was made of: the target of an exec, the child of a
// fork, otherwise "process". NULL where there is none.
yyjson_val *decode_eslogger_subject(struct decoding *c, const struct json_index *record);

// A process object. `where` is its place in the record, a literal. False (refused) where it has
// no audit token that says which process it is.
bool decode_eslogger_process(struct decoding *c, yyjson_val *val, const char *where,
                             struct process_facts *out);

// When a file object's file was created; 0 where it does not say.
int64_t decode_eslogger_born(yyjson_val *file);
// A file object's path; empty where there is none.
str decode_eslogger_path(struct decoding *c, yyjson_val *file);

// eslogger_file.c: the bodies of events about files.
bool decode_eslogger_open(struct decoding *c, const struct json_index *body);
bool decode_eslogger_close(struct decoding *c, const struct json_index *body);
bool decode_eslogger_create(struct decoding *c, const struct json_index *body);
bool decode_eslogger_rename(struct decoding *c, const struct json_index *body);
bool decode_eslogger_file_target(struct decoding *c, const struct json_index *body);
bool decode_eslogger_launch_item(struct decoding *c, const struct json_index *body);
bool decode_eslogger_override(struct decoding *c, const struct json_index *body);

#endif
