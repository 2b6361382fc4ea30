#include "macho/cms_view.h"

#include "base/date.h"
#include "macho/ber.h"

// 1.2.840.113549.1.7.2 and 1.2.840.113549.1.9.5 (RFC 5652).
static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
static const uint8_t signing_time[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05 };

struct signer {
    bytes issuer;
    bytes serial;
};

static bool read_certificates(bytes set, struct cms_view *view);
static struct cms_certificate read_certificate(struct ber value, struct reader *outer);
static struct signer read_signer(struct reader *r, struct cms_view *view);
static void read_signing_time(bytes attributes, struct cms_view *view, struct reader *outer);
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
        !is_same(kind.content, (bytes){ .at = signed_data, .len = sizeof signed_data }))
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
    while (view.leaf < view.count &&
           !(is_same(view.certificates[view.leaf].issuer, signer.issuer) &&
             is_same(view.certificates[view.leaf].serial, signer.serial)))
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

// SEQUENCE { INTEGER version, SEQUENCE { Name issuer, INTEGER serial }, SEQUENCE digest,
// [0] signed attributes, … }. Apple's tools name the certificate so, and not by its key.
static struct signer read_signer(struct reader *r, struct cms_view *view)
{
    struct signer signer = { .issuer = { .len = 0 } };
    struct reader one = reader_of(ber_expect(r, BER_SEQUENCE).content);
    (void)ber_expect(&one, BER_INTEGER);
    struct reader name = reader_of(ber_expect(&one, BER_SEQUENCE).content);
    signer.issuer = ber_expect(&name, BER_SEQUENCE).whole;
    signer.serial = ber_expect(&name, BER_INTEGER).content;
    (void)ber_expect(&one, BER_SEQUENCE);
    if (ber_peek(&one) == BER_CONTEXT(0))
        view->attributes = ber_take(&one).content;
    read_signing_time(view->attributes, view, &one);
    r->failed = r->failed || one.failed || name.failed;
    return signer;
}

static void read_signing_time(bytes attributes, struct cms_view *view, struct reader *outer)
{
    struct reader r = reader_of(attributes);
    while (!ber_at_end(&r)) {
        struct reader attribute = reader_of(ber_expect(&r, BER_SEQUENCE).content);
        const struct ber kind = ber_expect(&attribute, BER_OBJECT);
        struct reader values = reader_of(ber_expect(&attribute, BER_SET).content);
        if (is_same(kind.content, (bytes){ .at = signing_time, .len = sizeof signing_time }))
            view->has_signing_time = read_time(ber_take(&values), &view->signing_time);
        r.failed = r.failed || attribute.failed;
    }
    outer->failed = outer->failed || r.failed;
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
