// Whatever a bundle is, each object that is taken out of it lies in it, in order, and begins and ends with
// its brackets.

#include "attack/bundle.h"

#include "attack/object.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *stream = tmpfile();
    if (stream == NULL || (size > 0 && fwrite(data, 1, size, stream) != size))
        abort();
    rewind(stream);
    struct bundle *b = bundle_new(stream);
    struct arena arena = { 0 };
    struct attack_object o;
    struct err err;
    str raw;
    uint64_t line;
    size_t at = 0;
    while (bundle_next(b, &raw, &line, &err) == OK) {
        const str rest = { .at = (const char *)data + at, .len = size - at };
        const size_t found = str_find(rest, raw);
        if (raw.len < 2 || raw.at[0] != '{' || (found == rest.len) || line == 0)
            abort();
        at += found + raw.len;
        if (attack_read(raw, &arena, &o, &err) == OK && (o.stix_id.len == 0 || o.type.len == 0))
            abort();
        arena_reset(&arena);
    }
    arena_done(&arena);
    bundle_free(b);
    (void)fclose(stream);
    return 0;
}
