#include "attack/bundle.h"

#include "base/buf.h"
#include "macho/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK     65536u
#define TEXT_MAX  16u  // "objects" is shorter; of a longer text only that it is longer matters.
#define DEPTH_MAX 1024u

enum where {
    BEFORE,   // The outermost object.
    TOP,      // Among its members.
    OBJECTS,  // Between the elements of "objects".
    BEHIND,   // The outermost object.
};

// What may come next among the members, or the elements.
enum expected {
    FIRST,  // One, or the end.
    NEXT,   // One: a comma stands before.
    COLON,
    VALUE,
    WORD,   // More of a number, of true, false or null.
    COMMA,  // Or the end.
};

enum member {
    OTHER_MEMBER,
    TYPE_MEMBER,
    OBJECTS_MEMBER,
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
    enum expected expected;
    enum member member;
    bool had_objects;
    bool is_bundle;           // "type" says so.
    unsigned depth;           // Within a value: of the brackets that are open.
    char closing[DEPTH_MAX];  // What closes each, of a value that is passed over.
    bool in_string;
    bool is_escaped;
    char text[TEXT_MAX];  // The last string among the members of the outermost object.
    size_t text_len;
    struct buf object;
};

static bool fill(struct bundle *b, enum status *status, struct err *err);
static enum status step(struct bundle *b, char c, bool *begins, struct err *err);
static enum status step_element(struct bundle *b, char c, bool *begins, struct err *err);
static enum status step_member(struct bundle *b, char c, struct err *err);
static enum status step_value(struct bundle *b, char c, struct err *err);
static void begin_string(struct bundle *b);
static enum status step_list(struct bundle *b, struct err *err);
static enum status step_within(struct bundle *b, char c, struct err *err);
static enum status open_bracket(struct bundle *b, char c, struct err *err);
static void step_string(struct bundle *b, char c);
static void end_string(struct bundle *b);
static enum status misplaced(const struct bundle *b, struct err *err);
static bool is_space(char c);
static bool is_word(char c);
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
    if (!b->is_bundle)
        return fail(err, ERR_FORMAT, "no STIX bundle: its \"type\" is not \"bundle\"");
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
    switch (b->where) {
    case BEFORE:
        if (c == '{')
            b->where = TOP;
        else if (!is_space(c))
            return fail(err, ERR_FORMAT, "line %" PRIu64 ": no STIX bundle: no object begins here",
                        b->line);
        return OK;
    case TOP:
        return b->in_string || b->depth > 0 ? step_within(b, c, err) : step_member(b, c, err);
    case OBJECTS:
        return is_space(c) ? OK : step_element(b, c, begins, err);
    default:
        return is_space(c) ? OK
                           : fail(err, ERR_FORMAT,
                                  "line %" PRIu64 ": something stands behind the bundle", b->line);
    }
}

static enum status step_element(struct bundle *b, char c, bool *begins, struct err *err)
{
    if (c == ']' && b->expected != NEXT) {
        b->where = TOP;
        b->expected = COMMA;
    } else if (c == ',' && b->expected == COMMA) {
        b->expected = NEXT;
    } else if (c == '{' && b->expected != COMMA) {
        b->expected = COMMA;
        *begins = true;
    } else if (b->expected == COMMA || c == ',' || c == ']') {
        return misplaced(b, err);
    } else {
        return fail(err, ERR_FORMAT, "line %" PRIu64 ": an element of \"objects\" is no object",
                    b->line);
    }
    return OK;
}

// Between values, and at the beginning of each.
static enum status step_member(struct bundle *b, char c, struct err *err)
{
    if (b->expected == WORD && is_word(c))
        return OK;
    if (b->expected == WORD)
        b->expected = COMMA;
    if (is_space(c))
        return OK;
    if (b->expected == VALUE)
        return step_value(b, c, err);
    const bool is_first = b->expected == FIRST;
    if (c == '"' && (is_first || b->expected == NEXT))
        begin_string(b);
    else if (c == ':' && b->expected == COLON)
        b->expected = VALUE;
    else if (c == ',' && b->expected == COMMA)
        b->expected = NEXT;
    else if (c == '}' && (is_first || b->expected == COMMA))
        b->where = BEHIND;
    else
        return misplaced(b, err);
    return OK;
}

// Values of other members are passed over by their brackets and quotes.
static enum status step_value(struct bundle *b, char c, struct err *err)
{
    if (c == '[' && b->member == OBJECTS_MEMBER)
        return step_list(b, err);
    if (c == '[' || c == '{')
        return open_bracket(b, c, err);
    if (c == '"')
        begin_string(b);
    else if (is_word(c))
        b->expected = WORD;
    else
        return misplaced(b, err);
    return OK;
}

static void begin_string(struct bundle *b)
{
    b->in_string = true;
    b->text_len = 0;
}

static enum status step_list(struct bundle *b, struct err *err)
{
    if (b->had_objects)
        return fail(err, ERR_FORMAT, "line %" PRIu64 ": a second \"objects\"", b->line);
    b->had_objects = true;
    b->where = OBJECTS;
    b->expected = FIRST;
    return OK;
}

// In a string, or in a value that is passed over.
static enum status step_within(struct bundle *b, char c, struct err *err)
{
    if (b->in_string)
        step_string(b, c);
    else if (c == '"')
        b->in_string = true;
    else if (c == '{' || c == '[')
        return open_bracket(b, c, err);
    else if (c == '}' || c == ']') {
        if (b->closing[--b->depth] != c)
            return misplaced(b, err);
        b->expected = COMMA;
    }
    return OK;
}

static enum status open_bracket(struct bundle *b, char c, struct err *err)
{
    if (b->depth == DEPTH_MAX)
        return fail(err, ERR_LIMIT, "line %" PRIu64 ": more than %u brackets in one another",
                    b->line, DEPTH_MAX);
    b->closing[b->depth++] = c == '{' ? '}' : ']';
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
        if (b->depth == 0)
            end_string(b);
        return;
    }
    if (b->depth == 0 && b->text_len < sizeof b->text)
        b->text[b->text_len++] = c;
}

// Of a member: its key, or its value.
static void end_string(struct bundle *b)
{
    const str text = { .at = b->text, .len = b->text_len };
    if (b->expected == VALUE) {
        if (b->member == TYPE_MEMBER)
            b->is_bundle = str_eq(text, STR("bundle"));
        b->expected = COMMA;
        return;
    }
    b->member = OTHER_MEMBER;
    if (str_eq(text, STR("objects")))
        b->member = OBJECTS_MEMBER;
    else if (str_eq(text, STR("type")))
        b->member = TYPE_MEMBER;
    b->expected = COLON;
}

static enum status misplaced(const struct bundle *b, struct err *err)
{
    return fail(err, ERR_FORMAT,
                "line %" PRIu64 ": no JSON: a comma, a colon, a quote or a bracket is out of place",
                b->line);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Of a number, of true, false or null.
static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '-' || c == '+' ||
           c == '.';
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
