// The parts of the OCSF dialect, for each other.

#ifndef DECODE_OCSF_H
#define DECODE_OCSF_H

#include "decode/dialect.h"

// An activity of a class of which an event is made.
struct ocsf_kind {
    int64_t class_uid;
    int64_t activity;
    str activity_name;
    enum action action;
    bool (*decode)(struct decoding *c, const struct json_index *record);
};

// What a file object says of a program or a library. Empty text: not told.
struct ocsf_file {
    str path;
    str name;
    str cdhash;
    str sha256;
    str team_id;
    bool is_signature_told;
    bool is_valid;
    bool is_platform;
};

// ocsf_activity.c: by the two numbers, or, where `activity` is negative, by class and name; NULL
// where nothing is made of it.
const struct ocsf_kind *decode_ocsf_kind(int64_t class_uid, int64_t activity, str activity_name);

// ocsf_finding.c: the body of a finding that tells of something that happened.
bool decode_ocsf_finding(struct decoding *c, const struct json_index *record);

// ocsf_object.c: who acted (the event's process and the slots about it), and whom it was done to.
// `where` is the place in the record, a literal. False (refused) where it has neither pid nor uid.
bool decode_ocsf_process(struct decoding *c, yyjson_val *process, const char *where);
bool decode_ocsf_target(struct decoding *c, yyjson_val *process, const char *where);
// The facts alone, of the image before or the parent; nothing where nobody is told.
void decode_ocsf_previous(struct decoding *c, yyjson_val *process, struct process_facts *out);
struct process_id decode_ocsf_process_id(struct decoding *c, yyjson_val *process);
bool decode_ocsf_is_named(struct decoding *c, yyjson_val *process);
// Whether both are told, and are of one pid and, where both tell it, of one uid.
bool decode_ocsf_is_same(struct decoding *c, yyjson_val *a, yyjson_val *b);
// The user of an actor object, where its process has none.
void decode_ocsf_user(struct decoding *c, yyjson_val *user);
void decode_ocsf_file(struct decoding *c, yyjson_val *file, struct ocsf_file *out);
// The slots and facts of a library.
void decode_ocsf_module(struct decoding *c, yyjson_val *module);
// The other side of a connection.
void decode_ocsf_endpoint(struct decoding *c, yyjson_val *endpoint);

// Members that an event can do without: of another type, they are left out and counted.
str decode_ocsf_text(struct decoding *c, yyjson_val *object, const char *name);
yyjson_val *decode_ocsf_object(struct decoding *c, yyjson_val *object, const char *name);
// A number, or text that is one; -1 where it is none of 0 to `max`.
int64_t decode_ocsf_int(struct decoding *c, yyjson_val *val, int64_t max);
struct value decode_ocsf_address(struct decoding *c, yyjson_val *val);

#endif
