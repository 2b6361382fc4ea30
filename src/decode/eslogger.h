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

// A record of eslogger's shape, as other sensors write it too; the number of all its records may
// have another name with them.
bool decode_eslogger_record(struct decoding *c, const struct json_index *record,
                            yyjson_val *global_number);

// A process object. `where` is its place in the record, a literal. False (refused) where it has
// no audit token that says which process it is.
bool decode_eslogger_process(struct decoding *c, yyjson_val *val, const char *where,
                             struct process_facts *out);

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
