// A CMS signature is over one code directory. The hashes of all of them are in two signed attributes
// of Apple's: a property list { cdhashes: [ 20 octets each ] }, and values SEQUENCE { OBJECT kind of
// hash, OCTET STRING hash }, one for each directory.

#include "macho/ber.h"
#include "macho/chain.h"
#include "macho/digest.h"
#include "macho/property_list.h"

#define LISTED         "1.2.840.113635.100.9.1"
#define HASHES         "1.2.840.113635.100.9.2"
#define CDHASH_BYTES   20u
#define COVER_MAX      16u  // Values of either attribute; there are as many as directories.
#define CONTAINERS_MAX 8u

// What the attributes name: hashes, whole or cut to 20 octets.
struct cover {
    bytes hashes[2 * COVER_MAX];
    size_t count;
};

static enum status take_list(CMS_SignerInfo *signer, struct arena *a, struct cover *cover,
                             struct err *err);
static enum status take_hashes(CMS_SignerInfo *signer, struct cover *cover, struct err *err);
static X509_ATTRIBUTE *attribute_of(CMS_SignerInfo *signer, const char *kind);
static bool add_listed(plist_t root, struct arena *a, struct cover *cover);
static bool is_hash_of(bytes hash, const struct macho_code_directory *directory);

enum status chain_check_directories(struct macho_reading *reading, CMS_SignerInfo *signer,
                                    struct err *err)
{
    const struct macho_signature *signature = &reading->image->signature;
    struct cover cover = { .count = 0 };
    bool is_there[2 * COVER_MAX] = { false };
    enum status status = take_list(signer, reading->arena, &cover, err);
    if (status == OK)
        status = take_hashes(signer, &cover, err);
    if (status != OK)
        return status;
    for (size_t d = 0; d < signature->directory_count; d++) {
        const struct macho_code_directory *directory = &signature->directories[d];
        bool is_covered = directory->slot == 0;  // By the message itself.
        for (size_t i = 0; i < cover.count; i++)
            if (is_hash_of(cover.hashes[i], directory)) {
                is_there[i] = true;
                is_covered = true;
            }
        if (!is_covered)
            return fail(err, ERR_FORMAT, "the code directory of %.*s was not signed",
                        STR_ARG(macho_hash_name(directory->hash)));
    }
    for (size_t i = 0; i < cover.count; i++)
        if (!is_there[i])
            return fail(err, ERR_FORMAT, "a code directory that was signed is not there");
    return OK;
}

static bool is_hash_of(bytes hash, const struct macho_code_directory *directory)
{
    const size_t whole = (size_t)EVP_MD_get_size(digest_kind_of(directory->hash));
    return (hash.len == CDHASH_BYTES || hash.len == whole) &&
           memcmp(hash.at, directory->digest, hash.len) == 0;
}

static enum status take_list(CMS_SignerInfo *signer, struct arena *a, struct cover *cover,
                             struct err *err)
{
    X509_ATTRIBUTE *attribute = attribute_of(signer, LISTED);
    plist_t root = NULL;
    if (attribute == NULL)
        return OK;
    const ASN1_STRING *text = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_OCTET_STRING, NULL);
    if (text == NULL)
        return fail(err, ERR_FORMAT, "the list of code directories is damaged");
    const enum status status = property_list_read(
        (bytes){ .at = ASN1_STRING_get0_data(text), .len = (size_t)ASN1_STRING_length(text) },
        "hashes of code directories", CONTAINERS_MAX, &root, err);
    if (status != OK)
        return status;
    const bool is_good = add_listed(plist_dict_get_item(root, "cdhashes"), a, cover);
    plist_free(root);
    return is_good ? OK : fail(err, ERR_FORMAT, "the list of code directories is damaged");
}

static bool add_listed(plist_t root, struct arena *a, struct cover *cover)
{
    if (root == NULL || plist_get_node_type(root) != PLIST_ARRAY ||
        plist_array_get_size(root) > COVER_MAX)
        return false;
    for (uint32_t i = 0; i < plist_array_get_size(root); i++) {
        const plist_t item = plist_array_get_item(root, i);
        uint64_t len = 0;
        const char *at = plist_get_data_ptr(item, &len);
        if (plist_get_node_type(item) != PLIST_DATA || at == NULL || len != CDHASH_BYTES)
            return false;
        const str kept = arena_str(a, (str){ .at = at, .len = (size_t)len });
        cover->hashes[cover->count++] = bytes_of_str(kept);
    }
    return true;
}

static enum status take_hashes(CMS_SignerInfo *signer, struct cover *cover, struct err *err)
{
    X509_ATTRIBUTE *attribute = attribute_of(signer, HASHES);
    const int count = attribute == NULL ? 0 : X509_ATTRIBUTE_count(attribute);
    if (count > (int)COVER_MAX)
        return fail(err, ERR_LIMIT, "%d hashes of code directories; at most %u are read", count,
                    COVER_MAX);
    for (int i = 0; i < count; i++) {
        const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(attribute, i, V_ASN1_SEQUENCE, NULL);
        if (value == NULL)
            return fail(err, ERR_FORMAT, "hash %d of a code directory is damaged", i + 1);
        struct reader r = reader_of((bytes){ .at = ASN1_STRING_get0_data(value),
                                             .len = (size_t)ASN1_STRING_length(value) });
        struct reader inner = reader_of(ber_expect(&r, BER_SEQUENCE).content);
        (void)ber_expect(&inner, BER_OBJECT);
        const struct ber hash = ber_expect(&inner, BER_OCTETS);
        if (r.failed || inner.failed)
            return fail(err, ERR_FORMAT, "hash %d of a code directory is damaged", i + 1);
        cover->hashes[cover->count++] = hash.content;
    }
    return OK;
}

// NULL where there is none. Two of a kind are no attribute either: which would count?
static X509_ATTRIBUTE *attribute_of(CMS_SignerInfo *signer, const char *kind)
{
    ASN1_OBJECT *object = OBJ_txt2obj(kind, 1);
    if (object == NULL)
        memory_out(sizeof object);
    const int index = CMS_signed_get_attr_by_OBJ(signer, object, -1);
    const int second = CMS_signed_get_attr_by_OBJ(signer, object, index);
    ASN1_OBJECT_free(object);
    return index < 0 || second >= 0 ? NULL : CMS_signed_get_attr(signer, index);
}
