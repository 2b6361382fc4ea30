// XML is left to libplist. Binary lists are not: libplist unfolds an object each time it is
// referred to, so a small file can make a huge tree. Only the outermost dictionary is looked at
// here, and in it one key.
//
//   "bplist00", objects, table of their offsets, trailer of 32 octets

#include "macho/bundle_info.h"

#include "base/buf.h"
#include "base/reader.h"
#include "macho/property_list.h"

#define KEY            "CFBundleExecutable"
#define CONTAINERS_MAX 4096u  // Of the XML. Document types take a few dictionaries each.
#define NAME_MAX_BYTES 1024u
#define BINARY_MAGIC   "bplist0"
#define TRAILER_BYTES  32u
#define MARKER_INTEGER 0x1u
#define MARKER_ASCII   0x5u
#define MARKER_UTF16   0x6u
#define MARKER_DICT    0xdu
#define COUNT_FOLLOWS  0xfu

struct binary {
    bytes in;
    uint8_t offset_size;
    uint8_t reference_size;
    uint64_t count;
    uint64_t top;
    uint64_t table;
};

static enum status executable_of_xml(bytes in, struct arena *a, str *out, struct err *err);
static enum status executable_of_binary(bytes in, struct arena *a, str *out, struct err *err);
static bool read_trailer(struct binary *list);
static bool find_value(const struct binary *list, uint64_t *out);
static struct reader object_at(const struct binary *list, uint64_t index);
static uint64_t take_number(struct reader *r, size_t size);
static uint8_t take_marker(struct reader *r, uint64_t *count);
static bool take_text(struct reader *r, struct arena *a, str *out);
static str text_of_utf16(bytes in, struct arena *a);
static void add_utf8(struct buf *b, uint32_t c);

enum status bundle_info_executable(bytes in, struct arena *a, str *out, struct err *err)
{
    if (str_starts_with(str_of_bytes(in), STR(BINARY_MAGIC)))
        return executable_of_binary(in, a, out, err);
    return executable_of_xml(in, a, out, err);
}

static enum status executable_of_xml(bytes in, struct arena *a, str *out, struct err *err)
{
    plist_t root = NULL;
    uint64_t len = 0;
    const enum status status =
        property_list_read(in, "contents of Info.plist", CONTAINERS_MAX, &root, err);
    if (status != OK)
        return status;
    const plist_t value = plist_dict_get_item(root, KEY);
    const char *text = value == NULL ? NULL : plist_get_string_ptr(value, &len);
    *out = text == NULL ? STR_EMPTY : arena_str(a, (str){ .at = text, .len = (size_t)len });
    plist_free(root);
    return OK;
}

static enum status executable_of_binary(bytes in, struct arena *a, str *out, struct err *err)
{
    struct binary list = { .in = in };
    uint64_t value;
    if (!read_trailer(&list))
        return fail(err, ERR_FORMAT, "Info.plist of %zu octets is damaged", in.len);
    *out = STR_EMPTY;
    if (!find_value(&list, &value))
        return OK;
    struct reader r = object_at(&list, value);
    if (!take_text(&r, a, out))
        return fail(err, ERR_FORMAT, "name of the executable in Info.plist is damaged");
    return OK;
}

static bool read_trailer(struct binary *list)
{
    if (list->in.len < TRAILER_BYTES)
        return false;
    struct reader r = reader_of(list->in);
    (void)reader_take(&r, list->in.len - TRAILER_BYTES + 6);
    list->offset_size = reader_u8(&r);
    list->reference_size = reader_u8(&r);
    list->count = reader_u64be(&r);
    list->top = reader_u64be(&r);
    list->table = reader_u64be(&r);
    return list->offset_size >= 1 && list->offset_size <= 8 && list->reference_size >= 1 &&
           list->reference_size <= 8 && list->table <= list->in.len &&
           list->count <= (list->in.len - list->table) / list->offset_size;
}

// The object that the key's value is. A dictionary has its keys first and then their values.
static bool find_value(const struct binary *list, uint64_t *out)
{
    uint64_t count = 0;
    struct reader keys = object_at(list, list->top);
    if (take_marker(&keys, &count) != MARKER_DICT || count > list->in.len)
        return false;
    struct reader values = keys;
    (void)reader_take(&values, (size_t)count * list->reference_size);
    for (uint64_t i = 0; i < count && !values.failed; i++) {
        const uint64_t key = take_number(&keys, list->reference_size);
        const uint64_t value = take_number(&values, list->reference_size);
        struct reader r = object_at(list, key);
        uint64_t len = 0;
        if (take_marker(&r, &len) != MARKER_ASCII || len != sizeof KEY - 1 || values.failed)
            continue;
        if (!str_eq(str_of_bytes(reader_take(&r, (size_t)len)), STR(KEY)))
            continue;
        *out = value;
        return true;
    }
    return false;
}

// A reader that has failed where there is no such object.
static struct reader object_at(const struct binary *list, uint64_t index)
{
    struct reader r = reader_of(list->in);
    if (index >= list->count) {
        r.failed = true;
        return r;
    }
    // Inside the table, by the check of the trailer.
    r.pos = (size_t)(list->table + index * list->offset_size);
    const uint64_t offset = take_number(&r, list->offset_size);
    r.failed = r.failed || offset >= list->table;
    r.pos = r.failed ? 0 : (size_t)offset;
    return r;
}

static uint64_t take_number(struct reader *r, size_t size)
{
    uint64_t n = 0;
    const bytes in = reader_take(r, size);
    for (size_t i = 0; i < in.len; i++)
        n = n << 8 | in.at[i];
    return n;
}

// Its upper half; the lower one is a count, or says that the count follows as an object.
static uint8_t take_marker(struct reader *r, uint64_t *count)
{
    const uint8_t marker = reader_u8(r);
    *count = marker & 0xfu;
    if (*count == COUNT_FOLLOWS) {
        const uint8_t number = reader_u8(r);
        const unsigned power = number & 0xfu;
        if (number >> 4 != MARKER_INTEGER || power > 3)
            r->failed = true;
        else
            *count = take_number(r, (size_t)1 << power);
    }
    return r->failed ? 0 : (uint8_t)(marker >> 4);
}

static bool take_text(struct reader *r, struct arena *a, str *out)
{
    uint64_t count = 0;
    const uint8_t kind = take_marker(r, &count);
    if (count > NAME_MAX_BYTES || (kind != MARKER_ASCII && kind != MARKER_UTF16))
        return false;
    const bytes in = reader_take(r, (size_t)count * (kind == MARKER_UTF16 ? 2 : 1));
    if (r->failed)
        return false;
    *out = kind == MARKER_UTF16 ? text_of_utf16(in, a) : arena_str(a, str_of_bytes(in));
    return true;
}

static str text_of_utf16(bytes in, struct arena *a)
{
    struct reader r = reader_of(in);
    struct buf b;
    buf_init(&b, 4 * in.len + 1);
    while (r.pos < in.len && !r.failed) {
        uint32_t c = reader_u16be(&r);
        // A pair of surrogates is one character; a lone one is none, and fits no name of a file.
        if (c >= 0xd800 && c < 0xdc00 && in.len - r.pos >= 2)
            c = 0x10000 + ((c - 0xd800) << 10 | ((uint32_t)reader_u16be(&r) - 0xdc00) % 0x400);
        add_utf8(&b, c);
    }
    const str text = arena_str(a, buf_str(&b));
    buf_done(&b);
    return text;
}

static void add_utf8(struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_add_char(b, (char)c);
        return;
    }
    if (c < 0x800) {
        buf_add_char(b, (char)(0xc0 | c >> 6));
    } else if (c < 0x10000) {
        buf_add_char(b, (char)(0xe0 | c >> 12));
        buf_add_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
    } else {
        buf_add_char(b, (char)(0xf0 | c >> 18));
        buf_add_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
        buf_add_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
    }
    buf_add_char(b, (char)(0x80 | (c & 0x3f)));
}
