// Dotted names in JSON: "process.name" is found in {"process":{"name":…}}, in {"process.name":…},
// and in any mixture of both.
//
// A list on the way or at the end stands for its elements. Nulls are nothing. Where an object has
// a key twice, the first counts.

#ifndef QUERY_PATH_H
#define QUERY_PATH_H

#include "base/str.h"
#include "decode/json.h"

#define PATH_PARTS_MAX 64u  // Of one dotted name.

// What was found: never lists, never nulls. By value; a zeroed one is empty.
struct path_found {
    yyjson_val **at;
    size_t count;
    size_t capacity;
};

void path_found_done(struct path_found *f);

// Whether it has no more than PATH_PARTS_MAX parts.
bool path_is_sound(str path);

// Replaces what `out` has by what stands at `path` in `val`, in the order of the text; for an empty
// path by `val` itself. Recurses as deep as `val` is nested, which the caller has bounded.
void path_find(yyjson_val *val, str path, struct path_found *out);

#endif
