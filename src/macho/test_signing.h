// A small authority for the tests: a root, an intermediate, leaves for code and for timestamps, and
// CMS signatures as codesign(1) makes them. Keys are made when the test runs; P-256 costs nothing.

#ifndef MACHO_TEST_SIGNING_H
#define MACHO_TEST_SIGNING_H

#include "macho/test_signed.h"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#define TEST_SIGNED_AT     "210601120000Z"  // Within all certificates.
#define TEST_TEAM          "TEAM123456"
#define TEST_CDHASHES      "1.2.840.113635.100.9.1"
#define TEST_CDHASHES_2    "1.2.840.113635.100.9.2"
#define TEST_APPLE_CODE    "1.2.840.113635.100.6.1.13"
#define TEST_CODE_SIGNING  "critical,codeSigning"
#define TEST_TIME_STAMPING "critical,timeStamping"

struct test_holder {
    EVP_PKEY *key;
    X509 *certificate;
};

// What is asked of a certificate; NULL: not there.
struct test_wish {
    const char *name;
    const char *unit;
    const char *second_unit;
    const char *organization;
    const char *constraints;
    const char *key_usage;
    const char *purpose;
    const char *private_extension;  // Critical, of this kind.
    const char *from;               // "20200101000000Z" where NULL,
    const char *to;                 // and "20300101000000Z".
};

static inline void test_must(bool holds)
{
    if (!holds)
        abort();
}

static inline void test_extension(X509 *to, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    if (value == NULL)
        return;
    X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    test_must(extension != NULL && X509_add_ext(to, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static inline void test_private_extension(X509 *to, const char *kind)
{
    if (kind == NULL)
        return;
    ASN1_OBJECT *object = OBJ_txt2obj(kind, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    test_must(ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\x00", 2) == 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    test_must(X509_add_ext(to, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static inline void test_name(X509_NAME *name, const char *field, const char *text)
{
    if (text != NULL)
        test_must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const uint8_t *)text, -1,
                                             -1, 0) == 1);
}

// Issued by itself where `issuer` is NULL. `key` may be NULL: a new one on P-256.
static inline struct test_holder test_issue(const struct test_holder *issuer, struct test_wish wish,
                                            EVP_PKEY *key)
{
    static long serial;
    struct test_holder holder = { .key = key != NULL ? key : EVP_EC_gen("P-256"),
                                  .certificate = X509_new() };
    X509 *certificate = holder.certificate;
    const struct test_holder *by = issuer != NULL ? issuer : &holder;
    test_must(holder.key != NULL && X509_set_version(certificate, 2) == 1);
    test_must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial) == 1);
    test_name(X509_get_subject_name(certificate), "CN", wish.name);
    test_name(X509_get_subject_name(certificate), "OU", wish.unit);
    test_name(X509_get_subject_name(certificate), "OU", wish.second_unit);
    test_name(X509_get_subject_name(certificate), "O", wish.organization);
    test_must(X509_set_issuer_name(certificate, X509_get_subject_name(by->certificate)) == 1);
    test_must(ASN1_TIME_set_string(X509_getm_notBefore(certificate),
                                   wish.from != NULL ? wish.from : "20200101000000Z") == 1);
    test_must(ASN1_TIME_set_string(X509_getm_notAfter(certificate),
                                   wish.to != NULL ? wish.to : "20300101000000Z") == 1);
    test_must(X509_set_pubkey(certificate, holder.key) == 1);
    test_extension(certificate, by->certificate, NID_basic_constraints, wish.constraints);
    test_extension(certificate, by->certificate, NID_key_usage, wish.key_usage);
    test_extension(certificate, by->certificate, NID_ext_key_usage, wish.purpose);
    test_private_extension(certificate, wish.private_extension);
    test_must(X509_sign(certificate, by->key, EVP_sha256()) > 0);
    return holder;
}

static inline void test_holder_done(struct test_holder *holder)
{
    X509_free(holder->certificate);
    EVP_PKEY_free(holder->key);
    *holder = (struct test_holder){ .key = NULL };
}

static inline void test_write_pem(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "w");
    test_must(file != NULL && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0);
}

// A signature under way: signed attributes may be added until it ends.
struct test_cms {
    CMS_ContentInfo *cms;
    CMS_SignerInfo *signer;
};

static inline struct test_cms test_cms_begin(const struct test_holder *leaf, X509 *const *others,
                                             size_t count, const char *at)
{
    const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL | CMS_NOSMIMECAP;
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; i < count; i++)
        test_must(sk_X509_push(stack, others[i]) > 0);
    struct test_cms c = { .cms = CMS_sign(NULL, NULL, stack, NULL, flags) };
    test_must(c.cms != NULL);
    c.signer = CMS_add1_signer(c.cms, leaf->certificate, leaf->key, EVP_sha256(), flags);
    test_must(c.signer != NULL);
    if (at != NULL)
        test_must(CMS_signed_add1_attr_by_NID(c.signer, NID_pkcs9_signingTime, V_ASN1_UTCTIME, at,
                                              (int)strlen(at)) == 1);
    sk_X509_free(stack);
    return c;
}

// The property list of the hashes of the directories, cut to 20 octets.
static inline void test_cms_list(struct test_cms *c, const struct test_blob *const *directories,
                                 const uint8_t *types, size_t count)
{
    char text[1024];
    size_t len = (size_t)snprintf(text, sizeof text,
                                  "<plist version=\"1.0\"><dict><key>cdhashes</key><array>");
    for (size_t i = 0; i < count; i++) {
        uint8_t digest[20];
        uint8_t base64[64];
        test_digest(types[i], (bytes){ .at = directories[i]->at, .len = directories[i]->len },
                    digest, sizeof digest);
        (void)EVP_EncodeBlock(base64, digest, sizeof digest);
        len += (size_t)snprintf(text + len, sizeof text - len, "<data>%s</data>", (char *)base64);
    }
    len += (size_t)snprintf(text + len, sizeof text - len, "</array></dict></plist>");
    test_must(CMS_signed_add1_attr_by_txt(c->signer, TEST_CDHASHES, V_ASN1_OCTET_STRING, text,
                                          (int)len) == 1);
}

// A value of the other attribute: SEQUENCE { OBJECT kind of hash, OCTET STRING }.
static inline void test_cms_hash(struct test_cms *c, const struct test_blob *directory,
                                 uint8_t type)
{
    uint8_t sha1[31] = { 0x30, 29, 0x06, 5, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x04, 20 };
    uint8_t sha256[47] = { 0x30, 45,   0x06, 9,    0x60, 0x86, 0x48, 0x01,
                           0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 32 };
    const bytes in = { .at = directory->at, .len = directory->len };
    uint8_t *value = type == 1 ? sha1 : sha256;
    const size_t len = type == 1 ? sizeof sha1 : sizeof sha256;
    const size_t head = type == 1 ? 11 : 15;
    test_digest(type, in, value + head, len - head);
    ASN1_OBJECT *kind = OBJ_txt2obj(TEST_CDHASHES_2, 1);
    const int at = CMS_signed_get_attr_by_OBJ(c->signer, kind, -1);
    ASN1_OBJECT_free(kind);
    test_must(at >= 0 ? X509_ATTRIBUTE_set1_data(CMS_signed_get_attr(c->signer, at),
                                                 V_ASN1_SEQUENCE, value, (int)len) == 1
                      : CMS_signed_add1_attr_by_txt(c->signer, TEST_CDHASHES_2, V_ASN1_SEQUENCE,
                                                    value, (int)len) == 1);
}

static inline void test_cms_sign(struct test_cms *c, const struct test_blob *directory)
{
    BIO *content = BIO_new_mem_buf(directory->at, (int)directory->len);
    test_must(CMS_final(c->cms, content, NULL, CMS_BINARY | CMS_DETACHED) == 1);
    BIO_free(content);
}

// A timestamp over the signature, as an attribute that is not signed.
static inline void test_cms_stamp(struct test_cms *c, const struct test_holder *authority,
                                  X509 *issuer, const char *at, const char *of)
{
    const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(c->signer);
    uint8_t digest[32];
    const bytes in = of != NULL ? (bytes){ .at = (const uint8_t *)of, .len = strlen(of) }
                                : (bytes){ .at = ASN1_STRING_get0_data(signature),
                                           .len = (size_t)ASN1_STRING_length(signature) };
    test_digest(2, in, digest, sizeof digest);
    TS_TST_INFO *content = TS_TST_INFO_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_GENERALIZEDTIME *time = ASN1_GENERALIZEDTIME_new();
    X509_ALGOR_set_md(algorithm, EVP_sha256());
    test_must(ASN1_GENERALIZEDTIME_set_string(time, at) == 1 && ASN1_INTEGER_set(serial, 1) == 1);
    test_must(TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
              TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof digest) == 1);
    test_must(TS_TST_INFO_set_version(content, 1) == 1 &&
              TS_TST_INFO_set_policy_id(content, policy) == 1 &&
              TS_TST_INFO_set_msg_imprint(content, imprint) == 1 &&
              TS_TST_INFO_set_serial(content, serial) == 1 &&
              TS_TST_INFO_set_time(content, time) == 1);
    uint8_t *octets = NULL;
    const int len = i2d_TS_TST_INFO(content, &octets);
    test_must(len > 0);
    STACK_OF(X509) *stack = sk_X509_new_null();
    test_must(sk_X509_push(stack, issuer) > 0);
    BIO *bio = BIO_new_mem_buf(octets, len);
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
    CMS_ContentInfo *token = CMS_sign(authority->certificate, authority->key, stack, NULL, flags);
    test_must(token != NULL &&
              CMS_set1_eContentType(token, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1);
    test_must(CMS_final(token, bio, NULL, CMS_BINARY) == 1);
    uint8_t *der = NULL;
    const int der_len = i2d_CMS_ContentInfo(token, &der);
    test_must(der_len > 0 &&
              CMS_unsigned_add1_attr_by_NID(c->signer, NID_id_smime_aa_timeStampToken,
                                            V_ASN1_SEQUENCE, der, der_len) == 1);
    OPENSSL_free(der);
    OPENSSL_free(octets);
    CMS_ContentInfo_free(token);
    BIO_free(bio);
    sk_X509_free(stack);
    ASN1_GENERALIZEDTIME_free(time);
    ASN1_INTEGER_free(serial);
    ASN1_OBJECT_free(policy);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_TST_INFO_free(content);
}

// Into the image, whose last blob it becomes.
static inline void test_cms_end(struct test_cms *c, struct test_signed *s)
{
    uint8_t *der = NULL;
    const int len = i2d_CMS_ContentInfo(c->cms, &der);
    test_must(len > 0);
    (void)test_signed_blob(s, 0x10000, 0xfade0b01, der, (size_t)len);
    test_signed_end(s);
    OPENSSL_free(der);
    CMS_ContentInfo_free(c->cms);
}

#endif
