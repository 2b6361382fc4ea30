// libcrypto takes twenty microseconds to decode and print a name, and a chain has four. Nearly all
// names are plain: attributes that everybody uses, in text in which nothing is escaped. Those are
// read here; libcrypto has the last word on all others.

#include "macho/subject.h"

#include "base/reader.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#define TAG_OBJECT      0x06u
#define TAG_UTF8        0x0cu
#define TAG_PRINTABLE   0x13u
#define TAG_IA5         0x16u
#define TAG_SEQUENCE    0x30u
#define TAG_SET         0x31u
#define LENGTH_SHORT    0x80u  // Below it, it is the length,
#define LENGTH_ONE      0x81u  // with it, one octet of length follows.
#define PARTS_MAX       16u
#define ORGANIZATION    "O"
#define UNIT            "OU"
#define NAME_USER_BYTES "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"

// X.520, and RFC 4519 for the last.
static const struct {
    str object;
    str name;
} attributes[] = {
    { STR_INIT("\x55\x04\x03"), STR_INIT("CN") },
    { STR_INIT("\x55\x04\x06"), STR_INIT("C") },
    { STR_INIT("\x55\x04\x07"), STR_INIT("L") },
    { STR_INIT("\x55\x04\x08"), STR_INIT("ST") },
    { STR_INIT("\x55\x04\x0a"), STR_INIT(ORGANIZATION) },
    { STR_INIT("\x55\x04\x0b"), STR_INIT(UNIT) },
    { STR_INIT(NAME_USER_BYTES), STR_INIT("UID") },
};

struct plain {
    struct {
        str name;
        str value;
    } parts[PARTS_MAX];
    size_t count;
};

static bool read_plain(bytes name, struct plain *out);
static bool read_part(struct reader *r, struct plain *out);
static bytes take(struct reader *r, uint8_t tag);
static bool is_plain(str value);
static X509_NAME *name_of(bytes encoded);
static str text_of_any(bytes encoded, struct arena *a);
static size_t count_of_any(bytes encoded, int nid, struct arena *a, str *out_first);

str subject_text(bytes name, struct arena *a)
{
    struct plain plain;
    if (!read_plain(name, &plain))
        return text_of_any(name, a);
    // A name and its value are in `name`; between them and between parts stand three or two more.
    char *const text = arena_alloc(a, name.len + 5 * plain.count + 1);
    size_t len = 0;
    for (size_t i = 0; i < plain.count; i++) {
        const str pieces[] = { i > 0 ? STR(", ") : STR_EMPTY, plain.parts[i].name, STR(" = "),
                               plain.parts[i].value };
        for (size_t p = 0; p < COUNT_OF(pieces); p++) {
            if (pieces[p].len > 0)
                memcpy(text + len, pieces[p].at, pieces[p].len);
            len += pieces[p].len;
        }
    }
    text[len] = '\0';
    return (str){ .at = text, .len = len };
}

str subject_unit(bytes name, struct arena *a)
{
    str unit;
    (void)subject_count(name, SUBJECT_UNIT, a, &unit);
    return unit;
}

size_t subject_count(bytes name, enum subject_part part, struct arena *a, str *out_first)
{
    static const struct {
        str name;
        int nid;
    } parts[] = {
        [SUBJECT_ORGANIZATION] = { STR_INIT(ORGANIZATION), NID_organizationName },
        [SUBJECT_UNIT] = { STR_INIT(UNIT), NID_organizationalUnitName },
    };
    struct plain plain;
    size_t count = 0;
    *out_first = STR_EMPTY;
    if (!read_plain(name, &plain))
        return count_of_any(name, parts[part].nid, a, out_first);
    for (size_t i = 0; i < plain.count; i++)
        if (str_eq(plain.parts[i].name, parts[part].name) && count++ == 0)
            *out_first = arena_str(a, plain.parts[i].value);
    return count;
}

// SEQUENCE { SET { SEQUENCE { OBJECT, text } }, … } (RFC 5280). False where libcrypto must be asked.
static bool read_plain(bytes name, struct plain *out)
{
    struct reader whole = reader_of(name);
    struct reader r = reader_of(take(&whole, TAG_SEQUENCE));
    out->count = 0;
    while (!whole.failed && r.pos < r.in.len)
        if (!read_part(&r, out))
            return false;
    return !whole.failed && whole.pos == name.len && out->count > 0;
}

static bool read_part(struct reader *r, struct plain *out)
{
    struct reader set = reader_of(take(r, TAG_SET));
    struct reader part = reader_of(take(&set, TAG_SEQUENCE));
    const str object = str_of_bytes(take(&part, TAG_OBJECT));
    const uint8_t tag = part.pos < part.in.len ? part.in.at[part.pos] : 0;
    const str value = str_of_bytes(take(&part, tag));
    if (r->failed || set.failed || part.failed || set.pos < set.in.len || part.pos < part.in.len ||
        out->count == PARTS_MAX || !is_plain(value) ||
        (tag != TAG_UTF8 && tag != TAG_PRINTABLE && tag != TAG_IA5))
        return false;
    for (size_t i = 0; i < COUNT_OF(attributes); i++)
        if (str_eq(attributes[i].object, object)) {
            out->parts[out->count].name = attributes[i].name;
            out->parts[out->count++].value = value;
            return true;
        }
    return false;
}

// The content of a value with this tag, and with a length as DER writes it.
static bytes take(struct reader *r, uint8_t tag)
{
    if (reader_u8(r) != tag)
        r->failed = true;
    size_t len = reader_u8(r);
    if (len == LENGTH_ONE) {
        len = reader_u8(r);
        r->failed = r->failed || len < LENGTH_SHORT;
    } else if (len >= LENGTH_SHORT) {
        r->failed = true;
    }
    return reader_take(r, len);
}

// Whether it stands as it is: no octet that RFC 2253 escapes or quotes.
static bool is_plain(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        const char c = value.at[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_mark = c == '(' || c == ')' || c == '.' || c == '-' || c == ':' || c == '/' ||
                             c == '_' || c == '@' || c == '\'';
        if (!is_letter && !(c >= '0' && c <= '9') && !is_mark && c != ' ')
            return false;
    }
    return value.len > 0 && value.at[0] != ' ' && value.at[value.len - 1] != ' ';
}

static X509_NAME *name_of(bytes encoded)
{
    const uint8_t *at = encoded.at;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)encoded.len);
    ERR_clear_error();
    return name;
}

static str text_of_any(bytes encoded, struct arena *a)
{
    char *text = NULL;
    X509_NAME *name = name_of(encoded);
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL)
        memory_out(encoded.len);
    str out = STR_EMPTY;
    if (name != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE) >= 0) {
        const long len = BIO_get_mem_data(bio, &text);
        out = arena_str(a, (str){ .at = text, .len = (size_t)len });
    }
    BIO_free(bio);
    X509_NAME_free(name);
    ERR_clear_error();
    return out;
}

static size_t count_of_any(bytes encoded, int nid, struct arena *a, str *out_first)
{
    X509_NAME *name = name_of(encoded);
    size_t count = 0;
    int at = name == NULL ? -1 : X509_NAME_get_index_by_NID(name, nid, -1);
    for (; at >= 0; at = X509_NAME_get_index_by_NID(name, nid, at)) {
        unsigned char *text = NULL;
        if (count++ > 0)
            continue;
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, at);
        const int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
        if (len >= 0)
            *out_first = arena_str(a, (str){ .at = (const char *)text, .len = (size_t)len });
        OPENSSL_free(text);
    }
    X509_NAME_free(name);
    ERR_clear_error();
    return count;
}
