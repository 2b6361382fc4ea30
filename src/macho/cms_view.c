#include "macho/cms_view.h"

#include "base/date.h"
#include "macho/ber.h"

#define KEY_IDENTIFIER "\x55\x1d\x0e"                          // 2.5.29.14 (RFC 5280)
#define SIGNED_DATA    "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  // 1.2.840.113549.1.7.2 (RFC 5652)

// 1.2.840.113549.1.9.5 and .4 (RFC 5652), 1.2.840.113635.100.9.1 and .2.
static const str attribute_kinds[CMS_ATTRIBUTES] = {
    [CMS_SIGNING_TIME] = STR_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"),
    [CMS_MESSAGE_DIGEST] = STR_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"),
    [CMS_LISTED_DIRECTORIES] = STR_INIT("\x2a\x86\x48\x86\xf7\x63\x64\x09\x01"),
    [CMS_HASHED_DIRECTORIES] = STR_INIT("\x2a\x86\x48\x86\xf7\x63\x64\x09\x02"),
};

// How the signer's certificate is named.
struct signer {
    bytes issuer;
    bytes serial;
    bytes key;  // Of length 0: by issuer and serial.
};

static bool read_certificates(bytes set, struct cms_view *view);
static struct cms_certificate read_certificate(struct ber value, struct reader *outer);
static struct signer read_signer(struct reader *r, struct cms_view *view);
static bytes read_algorithm(struct reader *r);
static void read_attributes(struct cms_view *view, struct reader *outer);
static void read_signing_time(struct cms_view *view);
static bool is_of_signer(const struct cms_certificate *certificate, const struct signer *signer);
static bytes key_identifier_of(const struct cms_certificate *certificate);
static bool read_time(struct ber time, int64_t *out);
static int two_digits(const uint8_t *at);
static bool is_same(bytes a, bytes b);

// ContentInfo { OBJECT, [0] { SignedData { INTEGER version, SET digests, SEQUENCE content,
// [0] certificates, [1] lists of revoked ones, SET signers } } }
enum status cms_view_of(bytes in, struct cms_view *out, struct err *err)
{
    struct cms_view view = { .count = 0 };
    struct reader outer = reader_of(in);
    struct reader content = reader_of(ber_expect(&outer, BER_SEQUENCE).content);
    const struct ber kind = ber_expect(&content, BER_OBJECT);
    struct reader wrapped = reader_of(ber_expect(&content, BER_CONTEXT(0)).content);
    struct reader r = reader_of(ber_expect(&wrapped, BER_SEQUENCE).content);
    if (outer.failed || content.failed || wrapped.failed ||
        !str_eq(str_of_bytes(kind.content), STR(SIGNED_DATA)))
        return fail(err, ERR_FORMAT, "CMS signature of %zu octets is not signed data", in.len);

    (void)ber_expect(&r, BER_INTEGER);
    (void)ber_expect(&r, BER_SET);
    (void)ber_expect(&r, BER_SEQUENCE);
    if (ber_peek(&r) == BER_CONTEXT(0) && !read_certificates(ber_take(&r).content, &view)) {
        if (view.count == MACHO_CERTIFICATES_MAX)
            return fail(err, ERR_LIMIT, "more than %u certificates in the CMS signature",
                        MACHO_CERTIFICATES_MAX);
        r.failed = true;
    }
    if (ber_peek(&r) == BER_CONTEXT(1))
        (void)ber_take(&r);
    struct reader signers = reader_of(ber_expect(&r, BER_SET).content);
    const struct signer signer = read_signer(&signers, &view);
    if (r.failed || signers.failed)
        return fail(err, ERR_FORMAT, "CMS signature of %zu octets is damaged", in.len);
    if (!ber_at_end(&signers))
        return fail(err, ERR_FORMAT, "CMS signature has more than one signer");
    view.leaf = 0;
    while (view.leaf < view.count && !is_of_signer(&view.certificates[view.leaf], &signer))
        view.leaf++;
    *out = view;
    return OK;
}

// False where one is damaged or there are too many.
static bool read_certificates(bytes set, struct cms_view *view)
{
    struct reader r = reader_of(set);
    while (!ber_at_end(&r)) {
        const struct ber value = ber_take(&r);
        if (value.tag != BER_SEQUENCE)
            continue;  // Kinds of certificates that nobody uses.
        if (view->count == MACHO_CERTIFICATES_MAX)
            return false;
        const struct cms_certificate certificate = read_certificate(value, &r);
        if (r.failed)
            return false;
        view->certificates[view->count++] = certificate;
    }
    return !r.failed;
}

// SEQUENCE { SEQUENCE { [0] version, INTEGER serial, SEQUENCE algorithm, Name issuer, SEQUENCE
// validity, Name subject, … }, … } (RFC 5280).
static struct cms_certificate read_certificate(struct ber value, struct reader *outer)
{
    struct cms_certificate certificate = { .whole = value.whole };
    struct reader whole = reader_of(value.content);
    struct reader r = reader_of(ber_expect(&whole, BER_SEQUENCE).content);
    if (ber_peek(&r) == BER_CONTEXT(0))
        (void)ber_take(&r);
    certificate.serial = ber_expect(&r, BER_INTEGER).content;
    (void)ber_expect(&r, BER_SEQUENCE);
    certificate.issuer = ber_expect(&r, BER_SEQUENCE).whole;
    (void)ber_expect(&r, BER_SEQUENCE);
    certificate.subject = ber_expect(&r, BER_SEQUENCE).whole;
    outer->failed = outer->failed || whole.failed || r.failed;
    return certificate;
}

// SEQUENCE { INTEGER version, SEQUENCE { Name issuer, INTEGER serial } or [0] key identifier,
// SEQUENCE hash, [0] signed attributes, SEQUENCE algorithm, OCTETS signature, … }. Apple's tools
// name the certificate by issuer and serial.
static struct signer read_signer(struct reader *r, struct cms_view *view)
{
    struct signer signer = { .issuer = { .len = 0 } };
    struct reader one = reader_of(ber_expect(r, BER_SEQUENCE).content);
    (void)ber_expect(&one, BER_INTEGER);
    if (ber_peek(&one) == BER_CONTEXT_OCTETS(0)) {
        signer.key = ber_take(&one).content;
        one.failed = one.failed || signer.key.len == 0;
    } else {
        struct reader name = reader_of(ber_expect(&one, BER_SEQUENCE).content);
        signer.issuer = ber_expect(&name, BER_SEQUENCE).whole;
        signer.serial = ber_expect(&name, BER_INTEGER).content;
        one.failed = one.failed || name.failed;
    }
    view->hash_kind = read_algorithm(&one);
    if (ber_peek(&one) == BER_CONTEXT(0))
        view->attributes = ber_take(&one).content;
    read_attributes(view, &one);
    view->algorithm = read_algorithm(&one);
    view->signature = ber_expect(&one, BER_OCTETS).content;
    r->failed = r->failed || one.failed;
    return signer;
}

// SEQUENCE { OBJECT, parameters }
static bytes read_algorithm(struct reader *r)
{
    struct reader inner = reader_of(ber_expect(r, BER_SEQUENCE).content);
    const bytes object = ber_expect(&inner, BER_OBJECT).content;
    r->failed = r->failed || inner.failed;
    return object;
}

static void read_attributes(struct cms_view *view, struct reader *outer)
{
    struct reader r = reader_of(view->attributes);
    while (!ber_at_end(&r)) {
        struct reader attribute = reader_of(ber_expect(&r, BER_SEQUENCE).content);
        const str kind = str_of_bytes(ber_expect(&attribute, BER_OBJECT).content);
        const bytes values = ber_expect(&attribute, BER_SET).content;
        r.failed = r.failed || attribute.failed;
        for (size_t i = 0; i < CMS_ATTRIBUTES; i++)
            if (str_eq(kind, attribute_kinds[i])) {
                view->known[i].values = values;
                view->known[i].count++;
            }
    }
    read_signing_time(view);
    outer->failed = outer->failed || r.failed;
}

static void read_signing_time(struct cms_view *view)
{
    struct reader values = reader_of(view->known[CMS_SIGNING_TIME].values);
    view->has_signing_time = read_time(ber_take(&values), &view->signing_time);
}

static bool is_of_signer(const struct cms_certificate *certificate, const struct signer *signer)
{
    if (signer->key.len > 0)
        return is_same(key_identifier_of(certificate), signer->key);
    return is_same(certificate->issuer, signer->issuer) &&
           is_same(certificate->serial, signer->serial);
}

// Behind the subject: SEQUENCE key, [1] and [2] that nobody uses, [3] { SEQUENCE { SEQUENCE { OBJECT,
// BOOLEAN or nothing, OCTETS }, … } }; in these octets are OCTETS again. Empty where it has none.
static bytes key_identifier_of(const struct cms_certificate *certificate)
{
    struct reader whole = reader_of(certificate->whole);
    struct reader outer = reader_of(ber_take(&whole).content);
    struct reader r = reader_of(ber_take(&outer).content);
    while (!ber_at_end(&r) && ber_peek(&r) != BER_CONTEXT(3))
        (void)ber_take(&r);
    struct reader list = reader_of(ber_take(&r).content);
    struct reader extensions = reader_of(ber_take(&list).content);
    while (!ber_at_end(&extensions)) {
        struct reader extension = reader_of(ber_take(&extensions).content);
        const str kind = str_of_bytes(ber_take(&extension).content);
        if (ber_peek(&extension) == BER_BOOLEAN)
            (void)ber_take(&extension);
        struct reader value = reader_of(ber_expect(&extension, BER_OCTETS).content);
        if (str_eq(kind, STR(KEY_IDENTIFIER)))
            return ber_expect(&value, BER_OCTETS).content;
    }
    return (bytes){ .len = 0 };
}

// YYMMDDHHMMSSZ, of the years from 1950 to 2049, or YYYYMMDDHHMMSSZ.
static bool read_time(struct ber time, int64_t *out)
{
    const bool is_short = time.tag == BER_UTC_TIME;
    const size_t year_len = is_short ? 2 : 4;
    const bytes text = time.content;
    if ((!is_short && time.tag != BER_GENERALIZED_TIME) || text.len != year_len + 11 ||
        text.at[text.len - 1] != 'Z')
        return false;
    int parts[7];
    for (size_t i = 0; i < (text.len - 1) / 2; i++) {
        parts[i] = two_digits(text.at + 2 * i);
        if (parts[i] < 0)
            return false;
    }
    const int *rest = parts + year_len / 2;
    const int year =
        is_short ? parts[0] + (parts[0] < 50 ? 2000 : 1900) : parts[0] * 100 + parts[1];
    if (!date_exists(year, rest[0], rest[1]) || rest[2] > 23 || rest[3] > 59 || rest[4] > 60)
        return false;
    *out = date_days_since_1970(year, rest[0], rest[1]) * 86400 + rest[2] * 3600 + rest[3] * 60 +
           rest[4];
    return true;
}

static int two_digits(const uint8_t *at)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return -1;
    return (at[0] - '0') * 10 + (at[1] - '0');
}

static bool is_same(bytes a, bytes b)
{
    return str_eq(str_of_bytes(a), str_of_bytes(b));
}
