#include "attack/bundle.h"

#include "base/buf.h"
#include "macho/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK     65536u
#define KEY_MAX   16u  // "objects" is shorter; of a longer key only that it is longer matters.
#define DEPTH_MAX 1024u

enum where {
    BEFORE,   // The outermost object.
    TOP,      // Between its members, outside of any value that matters.
    OBJECTS,  // Between the elements of "objects".
    BEHIND,   // The outermost object.
};

struct bundle {
    FILE *stream;
    struct digest digest;
    bool has_digest;
    uint8_t chunk[CHUNK];
    size_t at;
    size_t len;
    uint64_t line;
    enum where where;
    bool had_objects;
    unsigned depth;  // Within a value: of the brackets that are open.
    bool in_string;
    bool is_escaped;
    char key[KEY_MAX];  // The last string at the level of the outermost object.
    size_t key_len;
    bool is_key;  // A colon followed it.
    struct buf object;
};

static bool fill(struct bundle *b, enum status *status, struct err *err);
static enum status step(struct bundle *b, char c, bool *begins, struct err *err);
static enum status step_top(struct bundle *b, char c, struct err *err);
static void step_string(struct bundle *b, char c);
static enum status take_object(struct bundle *b, enum status *end, struct err *err);
static bool take_octet(struct bundle *b, char c);
static enum status cut_short(const struct bundle *b, struct err *err);

struct bundle *bundle_new(FILE *stream)
{
    struct bundle *b = memory_zeroed(1, sizeof *b);
    b->stream = stream;
    b->line = 1;
    digest_init(&b->digest);
    b->has_digest = digest_begin(&b->digest, EVP_sha256());
    buf_init(&b->object, BUNDLE_OBJECT_MAX);
    return b;
}

void bundle_free(struct bundle *b)
{
    if (b == NULL)
        return;
    digest_done(&b->digest);
    buf_done(&b->object);
    free(b);
}

bool bundle_sha256(struct bundle *b, uint8_t out[BUNDLE_SHA256_BYTES])
{
    uint8_t whole[EVP_MAX_MD_SIZE] = { 0 };
    const bool is_made = b->has_digest && digest_end(&b->digest, whole);
    memcpy(out, whole, BUNDLE_SHA256_BYTES);
    b->has_digest = false;
    return is_made;
}

enum status bundle_next(struct bundle *b, str *raw, uint64_t *line, struct err *err)
{
    enum status status = OK;
    while (status == OK && fill(b, &status, err)) {
        bool begins = false;
        status = step(b, (char)b->chunk[b->at], &begins, err);
        if (status == OK && begins) {
            *line = b->line;
            enum status end = OK;
            status = take_object(b, &end, err);
            *raw = buf_str(&b->object);
            return status == OK ? end : status;
        }
        b->line += b->chunk[b->at] == '\n';
        b->at++;
    }
    if (status != OK)
        return status;
    if (b->where != BEHIND)
        return cut_short(b, err);
    return b->had_objects ? END
                          : fail(err, ERR_FORMAT, "no STIX bundle: it has no list \"objects\"");
}

// False at the end, and where `*status` is not OK.
static bool fill(struct bundle *b, enum status *status, struct err *err)
{
    if (b->at < b->len)
        return true;
    b->at = 0;
    b->len = fread(b->chunk, 1, sizeof b->chunk, b->stream);
    if (b->len == 0 && ferror(b->stream) != 0)
        *status = fail(err, ERR_IO, "cannot be read: %s", strerror(errno));
    b->has_digest =
        b->has_digest && digest_add(&b->digest, (bytes){ .at = b->chunk, .len = b->len });
    return b->len > 0;
}

static enum status step(struct bundle *b, char c, bool *begins, struct err *err)
{
    const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    switch (b->where) {
    case BEFORE:
        if (c == '{')
            b->where = TOP;
        else if (!is_space)
            return fail(err, ERR_FORMAT, "line %" PRIu64 ": no STIX bundle: no object begins here",
                        b->line);
        return OK;
    case TOP:
        return step_top(b, c, err);
    case OBJECTS:
        *begins = c == '{';
        if (c == ']')
            b->where = TOP;
        else if (!is_space && c != ',' && c != '{')
            return fail(err, ERR_FORMAT, "line %" PRIu64 ": an element of \"objects\" is no object",
                        b->line);
        return OK;
    default:
        return is_space ? OK
                        : fail(err, ERR_FORMAT,
                               "line %" PRIu64 ": something stands behind the bundle", b->line);
    }
}

// Values of other members are passed over by their brackets and quotes.
static enum status step_top(struct bundle *b, char c, struct err *err)
{
    if (b->in_string) {
        step_string(b, c);
    } else if (c == '"') {
        b->in_string = true;
        b->key_len = 0;
        b->is_key = false;
    } else if (c == ':' && b->depth == 0) {
        b->is_key = b->key_len == strlen("objects") && memcmp(b->key, "objects", b->key_len) == 0;
    } else if (c == '[' && b->depth == 0 && b->is_key) {
        if (b->had_objects)
            return fail(err, ERR_FORMAT, "line %" PRIu64 ": a second \"objects\"", b->line);
        b->had_objects = true;
        b->is_key = false;
        b->where = OBJECTS;
    } else if (c == '{' || c == '[') {
        if (b->depth++ == DEPTH_MAX)
            return fail(err, ERR_LIMIT, "line %" PRIu64 ": more than %u brackets in one another",
                        b->line, DEPTH_MAX);
    } else if (c == '}' && b->depth == 0) {
        b->where = BEHIND;
    } else if (c == '}' || c == ']') {
        if (b->depth-- == 0)
            return fail(err, ERR_FORMAT, "line %" PRIu64 ": a bracket too many", b->line);
    }
    return OK;
}

static void step_string(struct bundle *b, char c)
{
    if (b->is_escaped) {
        b->is_escaped = false;
    } else if (c == '\\') {
        b->is_escaped = true;
    } else if (c == '"') {
        b->in_string = false;
        return;
    }
    if (b->depth == 0 && b->key_len < sizeof b->key)
        b->key[b->key_len++] = c;
}

// From its bracket to the one that closes it; a chunk's part at a time.
static enum status take_object(struct bundle *b, enum status *end, struct err *err)
{
    const uint64_t began = b->line;
    bool is_whole = false;
    buf_reset(&b->object);
    b->depth = 0;
    while (!is_whole && fill(b, end, err)) {
        const size_t from = b->at;
        while (!is_whole && b->at < b->len)
            is_whole = take_octet(b, (char)b->chunk[b->at++]);
        buf_add(&b->object, (str){ .at = (const char *)b->chunk + from, .len = b->at - from });
        if (b->object.failed)
            return fail(err, ERR_LIMIT,
                        "line %" PRIu64 ": an object of more than %u octets begins here", began,
                        BUNDLE_OBJECT_MAX);
    }
    if (is_whole || *end != OK)
        return OK;
    return cut_short(b, err);
}

// True with the last octet of the object.
static bool take_octet(struct bundle *b, char c)
{
    b->line += c == '\n';
    if (b->in_string) {
        const bool closes = c == '"' && !b->is_escaped;
        b->is_escaped = c == '\\' && !b->is_escaped;
        b->in_string = !closes;
        return false;
    }
    if (c == '"')
        b->in_string = true;
    else if (c == '{' || c == '[')
        b->depth++;
    else if ((c == '}' || c == ']') && --b->depth == 0)
        return true;
    return false;
}

static enum status cut_short(const struct bundle *b, struct err *err)
{
    return fail(err, ERR_FORMAT, "line %" PRIu64 ": ends in the middle of the bundle", b->line);
}
