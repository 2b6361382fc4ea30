#include "macho/signers.h"

#include "macho/chain.h"
#include "macho/cover.h"
#include "macho/subject.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <time.h>

#define BLOB_HEADER_BYTES 8u
#define TEAM_LENGTH       10u

static enum status judge(struct macho_reading *reading, const struct macho_anchors *anchors,
                         bool checks_signature, struct macho_signers *out, struct err *err);
static enum status take_cms(struct macho_reading *reading, bytes *out, struct err *err);
static enum status check_claims(struct macho_reading *reading, const struct cms_view *view,
                                bool checks_signature, struct err *err);
static void tell_damage(struct macho_reading *reading, const char *text);
static void add_names(struct macho_reading *reading, const struct cms_view *view,
                      struct macho_signers *out);
static size_t find_issuer(const struct cms_view *view, size_t of, const bool *told);
static str time_text(int64_t seconds, struct arena *a);
static void check_team(struct macho_reading *reading, const struct cms_view *view);
static bool is_of_apple(const struct cms_certificate *certificate, struct arena *a);
static bool is_team(str unit);
static void check_unsigned_team(struct macho_reading *reading);

void macho_read_signers(const struct macho_source *source, struct macho_image *image,
                        const struct macho_anchors *anchors, bool checks_signature, struct arena *a,
                        struct macho_signers *out)
{
    struct macho_reading reading = { .source = source, .arena = a, .image = image, .command = -1 };
    struct err err = { .text = "" };

    *out = (struct macho_signers){ .chain = MACHO_CHAIN_NONE };
    if (!image->signature.has_cms) {
        check_unsigned_team(&reading);
        return;
    }
    out->chain = MACHO_CHAIN_CLAIMED;
    if (judge(&reading, anchors, checks_signature, out, &err) != OK)
        out->why = arena_str(a, str_of(err.text));
    else if (anchors != NULL)
        out->chain = MACHO_CHAIN_VERIFIED;
}

// OK where nothing that was asked speaks against it.
static enum status judge(struct macho_reading *reading, const struct macho_anchors *anchors,
                         bool checks_signature, struct macho_signers *out, struct err *err)
{
    struct cms_view view;
    bytes cms = { .len = 0 };
    enum status status = take_cms(reading, &cms, err);
    if (status != OK)
        return status;
    status = cms_view_of(cms, &view, err);
    if (status != OK) {
        tell_damage(reading, err->text);
        return status;
    }
    add_names(reading, &view, out);
    check_team(reading, &view);
    status = check_claims(reading, &view, checks_signature || anchors != NULL, err);
    if (status == ERR_FORMAT)
        tell_damage(reading, err->text);
    if (status == OK && anchors != NULL)
        status = chain_verify(cms, &view, anchors, err);
    return status;
}

static enum status take_cms(struct macho_reading *reading, bytes *out, struct err *err)
{
    const struct macho_extent blob = reading->image->signature.cms;
    const uint64_t len = blob.size - BLOB_HEADER_BYTES;  // There is more than the header.
    if (len > MACHO_CMS_BYTES_MAX)
        macho_add_error(reading, "CMS signature of %llu octets; at most %u are read",
                        (unsigned long long)len, MACHO_CMS_BYTES_MAX);
    else if (macho_take(reading, blob.offset + BLOB_HEADER_BYTES, (size_t)len, out))
        return OK;
    return fail(err, ERR_IO, "the CMS signature could not be read");
}

// ERR_FORMAT where the signature cannot be right, whoever made it. A Mac looks for the signer's
// certificate nowhere else either.
static enum status check_claims(struct macho_reading *reading, const struct cms_view *view,
                                bool checks_signature, struct err *err)
{
    if (view->leaf == view->count)
        return fail(err, ERR_FORMAT, "the signer's certificate is not in the CMS signature");
    const enum status status = cover_check(reading, view, err);
    return status == OK && checks_signature ? chain_check_signature(reading, view, err) : status;
}

// The kernel asks nobody about an ad-hoc signature, so what stands in its CMS does not matter.
static void tell_damage(struct macho_reading *reading, const char *text)
{
    struct macho_signature *signature = &reading->image->signature;
    macho_add_error(reading, "%s", text);
    if (signature->state == MACHO_SIGNED)
        signature->state = MACHO_SIGNATURE_INVALID;
}

static void add_names(struct macho_reading *reading, const struct cms_view *view,
                      struct macho_signers *out)
{
    struct arena *a = reading->arena;
    bool told[MACHO_CERTIFICATES_MAX] = { false };
    struct macho_text_list *names = &out->names;

    names->at = arena_alloc(a, (view->count + 1) * sizeof *names->at);
    for (size_t i = view->leaf; i < view->count; i = find_issuer(view, i, told)) {
        told[i] = true;
        names->at[names->count++] = subject_text(view->certificates[i].subject, a);
    }
    for (size_t i = 0; i < view->count; i++)
        if (!told[i])
            names->at[names->count++] = subject_text(view->certificates[i].subject, a);
    if (view->leaf < view->count)
        out->leaf_team = subject_unit(view->certificates[view->leaf].subject, a);
    if (view->has_signing_time)
        out->signing_time = time_text(view->signing_time, a);
}

// `count` where none of the others is.
static size_t find_issuer(const struct cms_view *view, size_t of, const bool *told)
{
    for (size_t i = 0; i < view->count; i++)
        if (!told[i] && str_eq(str_of_bytes(view->certificates[i].subject),
                               str_of_bytes(view->certificates[of].issuer)))
            return i;
    return view->count;
}

static str time_text(int64_t seconds, struct arena *a)
{
    const time_t time = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&time, &tm) == NULL)
        return STR_EMPTY;
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                        tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

// Whoever has a certificate can write any team into a code directory: only a certificate with that
// team as its one unit says that it is right.
static void check_team(struct macho_reading *reading, const struct cms_view *view)
{
    struct macho_signature *signature = &reading->image->signature;
    str unit;
    if (view->leaf == view->count)
        return;  // Told already.
    const struct cms_certificate *leaf = &view->certificates[view->leaf];
    const size_t units = subject_count(leaf->subject, SUBJECT_UNIT, reading->arena, &unit);
    if (!is_team(unit) && is_of_apple(leaf, reading->arena))
        return;
    for (size_t i = 0; i < signature->directory_count; i++) {
        const str claimed = signature->directories[i].team_id;
        if (claimed.len == 0 || (units == 1 && str_eq(claimed, unit)))
            continue;
        if (units == 1)
            macho_add_error(reading,
                            "the code directory claims the team %.*s, its signer is of %.*s",
                            STR_ARG(claimed), STR_ARG(unit));
        else
            macho_add_error(
                reading,
                "the code directory claims the team %.*s, its signer's certificate names %s",
                STR_ARG(claimed), units == 0 ? "none" : "several");
        signature->state = MACHO_SIGNATURE_INVALID;
    }
}

static bool is_of_apple(const struct cms_certificate *certificate, struct arena *a)
{
    const bytes names[] = { certificate->subject, certificate->issuer };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        str organization;
        if (subject_count(names[i], SUBJECT_ORGANIZATION, a, &organization) != 1 ||
            !str_eq(organization, STR("Apple Inc.")))
            return false;
    }
    return true;
}

static bool is_team(str unit)
{
    for (size_t i = 0; i < unit.len; i++)
        if (!((unit.at[i] >= 'A' && unit.at[i] <= 'Z') || (unit.at[i] >= '0' && unit.at[i] <= '9')))
            return false;
    return unit.len == TEAM_LENGTH;
}

static void check_unsigned_team(struct macho_reading *reading)
{
    const struct macho_signature *signature = &reading->image->signature;
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].team_id.len > 0) {
            macho_add_error(reading,
                            "the code directory claims the team %.*s, and nobody signed it",
                            STR_ARG(signature->directories[i].team_id));
            return;
        }
}

str macho_chain_name(enum macho_chain chain)
{
    static const str names[] = {
        [MACHO_CHAIN_NONE] = STR_INIT("none"),
        [MACHO_CHAIN_CLAIMED] = STR_INIT("claimed"),
        [MACHO_CHAIN_VERIFIED] = STR_INIT("verified"),
    };
    return names[chain];
}

void macho_signers_prepare(void)
{
    // The default provider and its implementations are loaded by the first that is asked for.
    static const char *const names[] = { "SHA1", "SHA256", "SHA384", "SHA512" };
    // Nothing is enciphered, and memory need not be given back by a process that ends.
    (void)OPENSSL_init_crypto(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT, NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        EVP_MD_free(EVP_MD_fetch(NULL, names[i], NULL));
    // The C library reads the machine's time zone when it is first asked for any time, also UTC.
    const time_t start = 0;
    struct tm tm;
    (void)gmtime_r(&start, &tm);
    ERR_clear_error();
}
