// From a leaf to an anchor.

#include "macho/chain.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define RSA_BITS_MAX      8192
#define EXPONENT_BITS_MAX 64
#define GROUP_NAME_MAX    32u
#define OBJECT_TEXT_MAX   128
#define APPLE_EXTENSIONS  "1.2.840.113635.100.6."
#define APPLE_SIGNS_CODE  "1.2.840.113635.100.4.1"  // Purposes of Apple's own: signing of code.

static int tolerate_apple(int is_good, X509_STORE_CTX *context);
static bool knows_critical(X509 *certificate);
static bool may(X509 *leaf, enum chain_use use);
static bool has_apple_purpose(X509 *leaf);
static str object_text(const ASN1_OBJECT *object, char *text);

enum status chain_lead(X509 *leaf, STACK_OF(X509) * others, const struct macho_anchors *anchors,
                       enum chain_use use, int64_t at, const char *who, struct err *err)
{
    enum status status = OK;
    if (!may(leaf, use))
        return fail(err, ERR_FORMAT, "%s is not for signing %s", who,
                    use == CHAIN_SIGNS_CODE ? "code" : "timestamps");
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context == NULL || X509_STORE_CTX_init(context, anchors->store, leaf, others) != 1)
        memory_out(sizeof context);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_VERIFY_PARAM_set_depth(param, MACHO_CHAIN_MAX);
    (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_verify_cb(context, tolerate_apple);
    if (X509_verify_cert(context) != 1)
        status = fail(err, ERR_FORMAT, "%s: %s", who,
                      X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    X509_STORE_CTX_free(context);
    return status;
}

static int tolerate_apple(int is_good, X509_STORE_CTX *context)
{
    if (is_good == 1 ||
        X509_STORE_CTX_get_error(context) != X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION)
        return is_good;
    if (!knows_critical(X509_STORE_CTX_get_current_cert(context)))
        return 0;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static bool knows_critical(X509 *certificate)
{
    char text[OBJECT_TEXT_MAX];
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(certificate, i);
        if (X509_EXTENSION_get_critical(extension) && X509_supported_extension(extension) != 1 &&
            !str_starts_with(object_text(X509_EXTENSION_get_object(extension), text),
                             STR(APPLE_EXTENSIONS)))
            return false;
    }
    return true;
}

static bool may(X509 *leaf, enum chain_use use)
{
    const uint32_t purposes = X509_get_extended_key_usage(leaf);
    if (purposes == UINT32_MAX)  // It does not say: for anything.
        return false;
    if (use == CHAIN_SIGNS_TIME)
        return (purposes & XKU_TIMESTAMP) != 0;
    return (purposes & XKU_CODE_SIGN) != 0 || has_apple_purpose(leaf);
}

static bool has_apple_purpose(X509 *leaf)
{
    char text[OBJECT_TEXT_MAX];
    bool has = false;
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
        const str purpose = object_text(sk_ASN1_OBJECT_value(usage, i), text);
        has = has || str_eq(purpose, STR(APPLE_SIGNS_CODE)) ||
              str_starts_with(purpose, STR(APPLE_SIGNS_CODE "."));
    }
    EXTENDED_KEY_USAGE_free(usage);
    return has;
}

// Its numbers; empty where they are more than fit.
static str object_text(const ASN1_OBJECT *object, char *text)
{
    const int len = OBJ_obj2txt(text, OBJECT_TEXT_MAX, object, 1);
    return len <= 0 || len >= OBJECT_TEXT_MAX ? STR_EMPTY : (str){ .at = text, .len = (size_t)len };
}

enum status chain_check_keys(const STACK_OF(X509) * certificates, struct err *err)
{
    for (int i = 0; i < sk_X509_num(certificates); i++)
        if (!chain_is_key_bounded(X509_get0_pubkey(sk_X509_value(certificates, i))))
            return fail(err, ERR_LIMIT,
                        "certificate %d has a key of a kind or size that is not read", i + 1);
    return OK;
}

bool chain_is_key_bounded(const EVP_PKEY *key)
{
    static const str groups[] = { STR_INIT("prime256v1"), STR_INIT("secp384r1"),
                                  STR_INIT("secp521r1") };
    char name[GROUP_NAME_MAX] = "";
    size_t len = 0;
    BIGNUM *exponent = NULL;
    if (key == NULL)
        return false;
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        const bool is_small = EVP_PKEY_get_bits(key) <= RSA_BITS_MAX &&
                              EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                              BN_num_bits(exponent) <= EXPONENT_BITS_MAX;
        BN_free(exponent);
        return is_small;
    }
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, name, sizeof name, &len) != 1)
        return false;
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        if (str_eq(str_of(name), groups[i]))
            return true;
    return false;
}
