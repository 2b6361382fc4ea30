// A CMS signature is over one code directory. The hashes of all of them are in two signed attributes
// of Apple's: a property list { cdhashes: [ 20 octets each ] }, and values SEQUENCE { OBJECT kind of
// hash, OCTET STRING hash }, one for each directory. As SecStaticCode::verifySignature() does it, one
// that is there must name all directories, and none that is not there. Where there is neither, nobody
// signed the directories behind the first.

#include "macho/cover.h"

#include "macho/ber.h"
#include "macho/property_list.h"

#define CDHASH_BYTES   20u
#define CDHASH_BASE64  28u
#define LISTED_MAX     16u  // Hashes in the property list; there are as many as directories.
#define CONTAINERS_MAX 8u

// The property list as Core Foundation writes it: nearly all are so, and need not be parsed.
#define LIST_HEAD                                             \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"            \
    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" " \
    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"   \
    "<plist version=\"1.0\">\n<dict>\n\t<key>cdhashes</key>\n\t<array>\n"
#define LIST_ITEM     "\t\t<data>\n\t\t"
#define LIST_ITEM_END "\n\t\t</data>\n"
#define LIST_END      "\t</array>\n</dict>\n</plist>\n"

// Which directories an attribute names.
struct cover {
    const struct macho_signature *signature;
    bool has[MACHO_CODE_DIRECTORIES_MAX];
    bool has_other;
};

static enum status check_message(struct macho_reading *reading, const struct cms_view *view,
                                 struct err *err);
static bytes message_digest_of(const struct cms_view *view);
static const struct macho_code_directory *primary_of(const struct macho_signature *signature);
static enum status check_list(struct macho_reading *reading, bytes values, struct err *err);
static bool is_plain_list(const struct macho_signature *signature, str text);
static bool take_text(str *rest, str expected);
static bool add_listed(plist_t root, struct cover *cover);
static enum status check_hashes(struct macho_reading *reading, bytes values, struct err *err);
static void add_hash(struct cover *cover, bytes hash, bool is_cut);
static enum status check_whole(const struct cover *cover, struct err *err);
static enum status fail_uncovered(const struct macho_code_directory *directory, struct err *err);

enum status cover_check(struct macho_reading *reading, const struct cms_view *view, struct err *err)
{
    const struct macho_signature *signature = &reading->image->signature;
    const struct cms_attribute *listed = &view->known[CMS_LISTED_DIRECTORIES];
    const struct cms_attribute *hashed = &view->known[CMS_HASHED_DIRECTORIES];
    enum status status = OK;
    // Without attributes the signature itself is over the directory, and nothing else tells.
    if (view->attributes.len > 0 || primary_of(signature) == NULL)
        status = check_message(reading, view, err);
    // Two of a kind are no attribute, as for Apple: which would count?
    if (status == OK && listed->count == 1)
        status = check_list(reading, listed->values, err);
    if (status == OK && hashed->count == 1)
        status = check_hashes(reading, hashed->values, err);
    if (status != OK || listed->count == 1 || hashed->count == 1)
        return status;
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].slot != 0)
            return fail_uncovered(&signature->directories[i], err);
    return OK;
}

static enum status check_message(struct macho_reading *reading, const struct cms_view *view,
                                 struct err *err)
{
    const EVP_MD *kind = digest_kind_of_object(view->hash_kind);
    const bytes told = message_digest_of(view);
    uint8_t value[EVP_MAX_MD_SIZE] = { 0 };
    if (primary_of(&reading->image->signature) == NULL)
        return fail(err, ERR_FORMAT, "there is no code directory in slot 0");
    if (kind == NULL || told.len == 0 || told.len != (size_t)EVP_MD_get_size(kind))
        return fail(err, ERR_FORMAT, "CMS signature has no hash of the code directory");
    const enum status status = cover_hash(reading, kind, value, err);
    if (status == OK && memcmp(told.at, value, told.len) != 0)
        return fail(err, ERR_FORMAT, "the code directory is not the one that was signed");
    return status;
}

// Empty where there is none, or more than one.
static bytes message_digest_of(const struct cms_view *view)
{
    const struct cms_attribute *attribute = &view->known[CMS_MESSAGE_DIGEST];
    struct reader values = reader_of(attribute->values);
    const bytes told = ber_expect(&values, BER_OCTETS).content;
    return attribute->count == 1 && values.pos == values.in.len ? told : (bytes){ .len = 0 };
}

static const struct macho_code_directory *primary_of(const struct macho_signature *signature)
{
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].slot == 0)
            return &signature->directories[i];
    return NULL;
}

// It may be large: it is hashed in pieces, and only where its own hash is of another kind.
enum status cover_hash(struct macho_reading *reading, const EVP_MD *kind, uint8_t *out,
                       struct err *err)
{
    const struct macho_code_directory *primary = primary_of(&reading->image->signature);
    struct digest digest;
    if (primary == NULL)
        return fail(err, ERR_FORMAT, "there is no code directory in slot 0");
    if (digest_kind_of(primary->hash) == kind) {
        memcpy(out, primary->digest, (size_t)EVP_MD_get_size(kind));
        return OK;
    }
    digest_init(&digest);
    const bool is_done = digest_begin(&digest, kind) &&
                         digest_add_extent(&digest, reading, primary->extent) &&
                         digest_end(&digest, out);
    digest_done(&digest);
    return is_done ? OK : fail(err, ERR_IO, "the code directory could not be read");
}

static enum status check_list(struct macho_reading *reading, bytes values, struct err *err)
{
    struct cover cover = { .signature = &reading->image->signature };
    struct reader r = reader_of(values);
    const bytes text = ber_expect(&r, BER_OCTETS).content;
    plist_t root = NULL;
    if (r.failed)
        return fail(err, ERR_FORMAT, "the list of code directories is damaged");
    if (is_plain_list(cover.signature, str_of_bytes(text)))
        return OK;
    if (property_list_read(text, "hashes of code directories", CONTAINERS_MAX, &root, err) != OK)
        return ERR_FORMAT;
    const bool is_good = add_listed(plist_dict_get_item(root, "cdhashes"), &cover);
    plist_free(root);
    return is_good ? check_whole(&cover, err)
                   : fail(err, ERR_FORMAT, "the list of code directories is damaged");
}

// Whether it is the list that codesign(1) writes for these directories.
static bool is_plain_list(const struct macho_signature *signature, str text)
{
    bool is_plain = take_text(&text, STR(LIST_HEAD));
    for (size_t i = 0; i < signature->directory_count && is_plain; i++) {
        uint8_t base64[CDHASH_BASE64 + 1];
        (void)EVP_EncodeBlock(base64, signature->directories[i].digest, CDHASH_BYTES);
        is_plain = take_text(&text, STR(LIST_ITEM)) &&
                   take_text(&text, (str){ .at = (char *)base64, .len = CDHASH_BASE64 }) &&
                   take_text(&text, STR(LIST_ITEM_END));
    }
    return is_plain && str_eq(text, STR(LIST_END));
}

static bool take_text(str *rest, str expected)
{
    if (!str_starts_with(*rest, expected))
        return false;
    *rest = str_from(*rest, expected.len);
    return true;
}

static bool add_listed(plist_t root, struct cover *cover)
{
    if (root == NULL || plist_get_node_type(root) != PLIST_ARRAY ||
        plist_array_get_size(root) > LISTED_MAX)
        return false;
    for (uint32_t i = 0; i < plist_array_get_size(root); i++) {
        const plist_t item = plist_array_get_item(root, i);
        uint64_t len = 0;
        const char *at = plist_get_data_ptr(item, &len);
        if (plist_get_node_type(item) != PLIST_DATA || at == NULL || len != CDHASH_BYTES)
            return false;
        add_hash(cover, (bytes){ .at = (const uint8_t *)at, .len = CDHASH_BYTES }, true);
    }
    return true;
}

static enum status check_hashes(struct macho_reading *reading, bytes values, struct err *err)
{
    struct cover cover = { .signature = &reading->image->signature };
    struct reader r = reader_of(values);
    for (unsigned number = 1; !ber_at_end(&r); number++) {
        struct reader inner = reader_of(ber_expect(&r, BER_SEQUENCE).content);
        (void)ber_expect(&inner, BER_OBJECT);
        const bytes hash = ber_expect(&inner, BER_OCTETS).content;
        if (r.failed || inner.failed)
            return fail(err, ERR_FORMAT, "hash %u of a code directory is damaged", number);
        add_hash(&cover, hash, false);
    }
    return check_whole(&cover, err);
}

static void add_hash(struct cover *cover, bytes hash, bool is_cut)
{
    bool is_there = false;
    for (size_t i = 0; i < cover->signature->directory_count; i++) {
        const struct macho_code_directory *directory = &cover->signature->directories[i];
        const size_t whole = (size_t)EVP_MD_get_size(digest_kind_of(directory->hash));
        if (hash.len != (is_cut ? CDHASH_BYTES : whole) ||
            memcmp(hash.at, directory->digest, hash.len) != 0)
            continue;
        cover->has[i] = true;
        is_there = true;
    }
    cover->has_other = cover->has_other || !is_there;
}

static enum status check_whole(const struct cover *cover, struct err *err)
{
    for (size_t i = 0; i < cover->signature->directory_count; i++)
        if (!cover->has[i])
            return fail_uncovered(&cover->signature->directories[i], err);
    // Taking one away would leave a weaker one to be believed.
    return cover->has_other ? fail(err, ERR_FORMAT, "a code directory that was signed is not there")
                            : OK;
}

static enum status fail_uncovered(const struct macho_code_directory *directory, struct err *err)
{
    return fail(err, ERR_FORMAT, "the code directory of %.*s was not signed",
                STR_ARG(macho_hash_name(directory->hash)));
}
