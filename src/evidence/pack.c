#include "evidence/pack.h"

#include "decode/json.h"
#include "sink/json.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define FORMAT    "pomona-evidence-pack"
#define VERSION   1
#define LEADING   3u
#define SEAL_SKIP "\x5e\x2a\x4d\x18"  // A skippable frame of zstd, and the size of what is in it.
#define SEAL_SIZE "\x68\x00\x00\x00"
#define SEAL_NAME "POMSEAL1"
#define SEAL_LEAD SEAL_SKIP SEAL_SIZE

_Static_assert(EVIDENCE_SEAL_BYTES - 8 == 0x68, "the size in the frame");

struct verifying {
    const struct evidence_key *key;
    struct arena *arena;
    struct evidence_archive *archive;
    struct evidence_verified *out;
    yyjson_doc *manifest;
    struct json_elements expected;
    str last;  // The name of the member before.
};

static int by_name(const void *a, const void *b);
static enum status check_members(const struct evidence_member *members, size_t count,
                                 struct err *err);
static void add_manifest(struct buf *b, const struct evidence_about *about,
                         const struct evidence_member *members, size_t count,
                         const struct evidence_key *key);
static enum status check_seal(bytes pack, const struct evidence_key *key, bytes *sealed,
                              struct err *err);
static enum status check_all(struct verifying *v, struct err *err);
static enum status take_leading(struct verifying *v, const char *name, size_t max, str *out,
                                struct err *err);
static enum status read_manifest(struct verifying *v, str text, struct err *err);
static enum status check_member(struct verifying *v, str name, struct err *err);
static enum status hash_member(struct verifying *v, uint64_t *size,
                               char out[EVIDENCE_FINGERPRINT_SIZE], struct err *err);
static str text_in(yyjson_val *object, const char *key);
static uint64_t number_in(yyjson_val *object, const char *key);

enum status evidence_pack_write(const struct evidence_about *about,
                                const struct evidence_member *members, size_t count,
                                const struct evidence_key *key, struct buf *out, struct err *err)
{
    if (count > EVIDENCE_MEMBERS_MAX - LEADING)
        return fail(err, ERR_LIMIT, "%zu members; a pack has at most %u", count,
                    EVIDENCE_MEMBERS_MAX - LEADING);
    struct arena arena = { 0 };
    struct evidence_verified verified;
    struct buf manifest;
    uint8_t signature[EVIDENCE_SIGNATURE_BYTES];
    struct evidence_member *all = memory_zeroed(count + LEADING, sizeof *all);
    buf_init(&manifest, EVIDENCE_MANIFEST_MAX);
    if (count > 0)
        memcpy(all + LEADING, members, count * sizeof *all);
    qsort(all + LEADING, count, sizeof *all, by_name);
    all[0].name = STR("manifest.json");
    all[1].name = STR("manifest.sig");
    all[2].name = STR("public-key.pem");
    enum status status = check_members(all + LEADING, count, err);
    if (status == OK) {
        add_manifest(&manifest, about, all + LEADING, count, key);
        all[0].content = buf_str(&manifest);
        all[1].content = (str){ .at = (const char *)signature, .len = sizeof signature };
        if (manifest.failed)
            status = fail(err, ERR_LIMIT, "the manifest is too large");
    }
    if (status == OK)
        status = evidence_sign(key, bytes_of_str(all[0].content), signature, err);
    if (status == OK)
        status = evidence_key_public_pem(key, &arena, &all[2].content, err);
    if (status == OK)
        status = evidence_archive_write(all, count + LEADING, about->end_s, out, err);
    if (status == OK)
        status = evidence_pack_seal(key, out, err);
    // What others would refuse is not given to them.
    if (status == OK)
        status = evidence_pack_verify(bytes_of_str(buf_str(out)), key, &arena, &verified, err);
    free(all);
    buf_done(&manifest);
    arena_done(&arena);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct evidence_member *left = a;
    const struct evidence_member *right = b;
    return str_cmp(left->name, right->name);
}

static enum status check_members(const struct evidence_member *members, size_t count,
                                 struct err *err)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && str_eq(members[i].name, members[i - 1].name))
            return fail(err, ERR_CONFIG, "two members have the name %.*s",
                        STR_ARG(members[i].name));
        total += members[i].content.len;
        if (members[i].content.len > EVIDENCE_MEMBER_MAX || total > EVIDENCE_TOTAL_MAX)
            return fail(err, ERR_LIMIT,
                        "%.*s makes the pack too large; a shorter period makes a smaller one",
                        STR_ARG(members[i].name));
    }
    return OK;
}

static void add_manifest(struct buf *b, const struct evidence_about *about,
                         const struct evidence_member *members, size_t count,
                         const struct evidence_key *key)
{
    char hex[EVIDENCE_FINGERPRINT_SIZE];
    evidence_fingerprint_of(evidence_key_public(key), hex);
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("format"), STR(FORMAT));
    sink_json_int(b, STR("version"), VERSION);
    sink_json_text(b, STR("program"), about->program);
    sink_json_text(b, STR("from"), about->from);
    sink_json_text(b, STR("to"), about->to);
    sink_json_text(b, STR("key"), str_of(hex));
    sink_json_int(b, STR("audit_entries"), about->audit_count);
    sink_json_text(b, STR("audit_head"), about->audit_head);
    sink_json_open(b, STR("members"), '[');
    for (size_t i = 0; i < count; i++) {
        evidence_sha256(bytes_of_str(members[i].content), hex);
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("name"), members[i].name);
        sink_json_int(b, STR("size"), (int64_t)members[i].content.len);
        sink_json_text(b, STR("sha256"), str_of(hex));
        sink_json_close(b, '}');
    }
    sink_json_close(b, ']');
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

enum status evidence_pack_seal(const struct evidence_key *key, struct buf *out, struct err *err)
{
    uint8_t signature[EVIDENCE_SIGNATURE_BYTES];
    const enum status status = evidence_sign(key, bytes_of_str(buf_str(out)), signature, err);
    if (status != OK)
        return status;
    buf_add(out, STR(SEAL_LEAD));
    buf_add(out, STR(SEAL_NAME));
    buf_add(out,
            (str){ .at = (const char *)evidence_key_public(key), .len = EVIDENCE_PUBLIC_BYTES });
    buf_add(out, (str){ .at = (const char *)signature, .len = sizeof signature });
    return out->failed ? fail(err, ERR_LIMIT, "a pack has at most %u octets", EVIDENCE_PACK_MAX)
                       : OK;
}

enum status evidence_pack_verify(bytes pack, const struct evidence_key *key, struct arena *arena,
                                 struct evidence_verified *out, struct err *err)
{
    struct evidence_verified verified = { 0 };
    struct verifying v = { .key = key, .arena = arena, .out = &verified };
    bytes sealed = { 0 };
    enum status status = check_seal(pack, key, &sealed, err);
    if (status == OK)
        status = evidence_archive_open(sealed, &v.archive, err);
    if (status == OK)
        status = check_all(&v, err);
    evidence_archive_close(v.archive);
    yyjson_doc_free(v.manifest);
    if (status == OK)
        *out = verified;
    return status;
}

// Nothing of the pack is read before every octet of it is known to be the signer's.
static enum status check_seal(bytes pack, const struct evidence_key *key, bytes *sealed,
                              struct err *err)
{
    if (pack.len <= EVIDENCE_SEAL_BYTES)
        return fail(err, ERR_FORMAT, "is no evidence pack, or was cut off");
    const size_t len = pack.len - EVIDENCE_SEAL_BYTES;
    const str lead = STR(SEAL_LEAD SEAL_NAME);
    const uint8_t *seal = pack.at + len;
    const uint8_t *signer = seal + lead.len;
    if (memcmp(seal, lead.at, lead.len) != 0)
        return fail(err, ERR_FORMAT,
                    "does not end with a seal: it is no evidence pack, was cut off, or has octets "
                    "behind its end");
    if (memcmp(signer, evidence_key_public(key), EVIDENCE_PUBLIC_BYTES) != 0) {
        char theirs[EVIDENCE_FINGERPRINT_SIZE];
        char ours[EVIDENCE_FINGERPRINT_SIZE];
        evidence_fingerprint_of(signer, theirs);
        evidence_fingerprint_of(evidence_key_public(key), ours);
        return fail(err, ERR_CONFIG, "was sealed with another key (%s) than the given one (%s)",
                    theirs, ours);
    }
    *sealed = (bytes){ .at = pack.at, .len = len };
    return evidence_is_signed(key, *sealed, signer + EVIDENCE_PUBLIC_BYTES)
               ? OK
               : fail(err, ERR_FORMAT, "was changed after it was sealed");
}

static enum status check_all(struct verifying *v, struct err *err)
{
    str manifest = STR_EMPTY;
    str signature = STR_EMPTY;
    str pem = STR_EMPTY;
    str own_pem = STR_EMPTY;
    str name = STR_EMPTY;
    enum status status = take_leading(v, "manifest.json", EVIDENCE_MANIFEST_MAX, &manifest, err);
    if (status == OK)
        status = take_leading(v, "manifest.sig", EVIDENCE_SIGNATURE_BYTES, &signature, err);
    if (status == OK)
        status = take_leading(v, "public-key.pem", EVIDENCE_KEY_FILE_MAX, &pem, err);
    if (status == OK)
        status = evidence_key_public_pem(v->key, v->arena, &own_pem, err);
    if (status != OK)
        return status;
    if (signature.len != EVIDENCE_SIGNATURE_BYTES ||
        !evidence_is_signed(v->key, bytes_of_str(manifest), (const uint8_t *)signature.at))
        return fail(err, ERR_FORMAT, "the signature of manifest.json does not hold");
    if (!str_eq(pem, own_pem))
        return fail(err, ERR_FORMAT, "public-key.pem is not the key that signed");
    status = read_manifest(v, manifest, err);
    while (status == OK && (status = evidence_archive_next(v->archive, &name, err)) == OK)
        status = check_member(v, name, err);
    if (status == END && json_take_element(&v->expected))
        return fail(err, ERR_FORMAT, "%.*s is missing", STR_ARG(text_in(v->expected.val, "name")));
    return status == END ? OK : status;
}

static enum status take_leading(struct verifying *v, const char *name, size_t max, str *out,
                                struct err *err)
{
    str found = STR_EMPTY;
    bytes piece;
    struct buf b;
    enum status status = evidence_archive_next(v->archive, &found, err);
    if (status == END || (status == OK && !str_eq(found, str_of(name))))
        return fail(err, ERR_FORMAT, "%s is not where it belongs", name);
    buf_init(&b, max);
    while (status == OK && (status = evidence_archive_read(v->archive, &piece, err)) == OK)
        buf_add(&b, str_of_bytes(piece));
    if (status == END)
        status = b.failed ? fail(err, ERR_LIMIT, "%s has more than %zu octets", name, max) : OK;
    if (status == OK)
        *out = arena_str(v->arena, buf_str(&b));
    buf_done(&b);
    return status;
}

static enum status read_manifest(struct verifying *v, str text, struct err *err)
{
    v->manifest = yyjson_read(text.at, text.len, YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(v->manifest);
    yyjson_val *members = yyjson_obj_get(root, "members");
    if (!yyjson_is_arr(members) || !str_eq(text_in(root, "format"), STR(FORMAT)))
        return fail(err, ERR_FORMAT, "manifest.json is none");
    if (number_in(root, "version") != VERSION)
        return fail(err, ERR_FORMAT,
                    "the pack is of version %" PRIu64 ", and this program reads %d",
                    number_in(root, "version"), VERSION);
    v->out->about = (struct evidence_about){
        .from = arena_str(v->arena, text_in(root, "from")),
        .to = arena_str(v->arena, text_in(root, "to")),
        .program = arena_str(v->arena, text_in(root, "program")),
        .audit_count = (int64_t)number_in(root, "audit_entries"),
        .audit_head = arena_str(v->arena, text_in(root, "audit_head")),
    };
    v->expected = json_elements_of(members);
    return OK;
}

static enum status check_member(struct verifying *v, str name, struct err *err)
{
    char hash[EVIDENCE_FINGERPRINT_SIZE];
    uint64_t size = 0;
    // The name is gone with the next read.
    const str kept = arena_str(v->arena, name);
    if (!json_take_element(&v->expected))
        return fail(err, ERR_FORMAT, "%.*s is in no manifest", STR_ARG(kept));
    const str expected = text_in(v->expected.val, "name");
    if (!str_eq(kept, expected))
        return fail(err, ERR_FORMAT, "%.*s stands where %.*s should", STR_ARG(kept),
                    STR_ARG(expected));
    if (v->last.len > 0 && str_cmp(v->last, kept) >= 0)
        return fail(err, ERR_FORMAT, "%.*s is not in the order of names", STR_ARG(kept));
    v->last = kept;
    const enum status status = hash_member(v, &size, hash, err);
    if (status != OK)
        return status;
    if (size != number_in(v->expected.val, "size") ||
        !str_eq(str_of(hash), text_in(v->expected.val, "sha256")))
        return fail(err, ERR_FORMAT, "%.*s is not what manifest.json says", STR_ARG(kept));
    v->out->members++;
    v->out->octets += size;
    return OK;
}

static enum status hash_member(struct verifying *v, uint64_t *size,
                               char out[EVIDENCE_FINGERPRINT_SIZE], struct err *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    bytes piece;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum status status = OK;
    bool works = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    while (works && (status = evidence_archive_read(v->archive, &piece, err)) == OK) {
        works = EVP_DigestUpdate(context, piece.at, piece.len) == 1;
        *size += piece.len;
    }
    works = works && EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!works)
        return fail(err, ERR_IO, "libcrypto has no SHA-256");
    evidence_hex(hash, EVIDENCE_SHA256_BYTES, out);
    return status == END ? OK : status;
}

static str text_in(yyjson_val *object, const char *key)
{
    yyjson_val *val = yyjson_obj_get(object, key);
    return yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
}

// What is no whole number is none that anything has.
static uint64_t number_in(yyjson_val *object, const char *key)
{
    yyjson_val *val = yyjson_obj_get(object, key);
    return yyjson_is_uint(val) ? yyjson_get_uint(val) : UINT64_MAX;
}
