#include "evidence/pack.h"

#include "decode/json.h"
#include "sink/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT    "pomona-evidence-pack"
#define VERSION   1
#define LEADING   3u
#define SHOWN_MAX 128u  // Octets of what verify prints of a manifest.

struct verifying {
    const struct evidence_key *key;
    struct arena *arena;
    struct evidence_archive *archive;
    struct digest digest;  // Of one member after the other.
    struct evidence_verified *out;
    yyjson_doc *manifest;
    struct json_elements expected;
    str last;  // The name of the member before.
};

static enum status add_leading(const struct evidence_about *about, struct evidence_members *members,
                               const struct evidence_key *key, struct err *err);
static void add_manifest(struct buf *b, const struct evidence_about *about,
                         const struct evidence_members *members, const struct evidence_key *key);
static enum status write_file(const struct evidence_members *members, size_t first, int64_t time_s,
                              const struct evidence_key *key, const char *target, struct err *err);
static enum status finish(int fd, const struct evidence_key *key, const char *made,
                          const char *target, struct err *err);
static enum status publish(const char *made, const char *target, struct err *err);
static enum status check_all(struct verifying *v, struct err *err);
static enum status take_leading(struct verifying *v, const char *name, size_t max, str *out,
                                struct err *err);
static enum status read_manifest(struct verifying *v, str text, struct err *err);
static enum status check_member(struct verifying *v, str name, struct err *err);
static enum status hash_member(struct verifying *v, uint64_t *size,
                               char out[EVIDENCE_FINGERPRINT_SIZE], struct err *err);
static enum status check_still(struct verifying *v, struct digest *read,
                               const struct evidence_sealed *sealed, struct err *err);
static str text_in(yyjson_val *object, const char *key);
static uint64_t number_in(yyjson_val *object, const char *key);

enum status evidence_pack_write(const struct evidence_about *about,
                                struct evidence_members *members, const struct evidence_key *key,
                                str path, struct err *err)
{
    const size_t count = evidence_members_count(members);
    struct arena arena = { 0 };
    struct stat st;
    const char *target = cstr_of(&arena, path);
    enum status status = OK;
    if (target == NULL)
        status = fail(err, ERR_CONFIG, "a path has no NUL in it");
    else if (count > EVIDENCE_MEMBERS_MAX - LEADING)
        status = fail(err, ERR_LIMIT, "%zu members; a pack has at most %u", count,
                      EVIDENCE_MEMBERS_MAX - LEADING);
    else if (lstat(target, &st) == 0)
        status = fail(err, ERR_CONFIG, "%s: is there already", target);
    if (status == OK)
        status = add_leading(about, members, key, err);
    if (status == OK)
        status = write_file(members, count, about->end_s, key, target, err);
    arena_done(&arena);
    return status;
}

static enum status add_leading(const struct evidence_about *about, struct evidence_members *members,
                               const struct evidence_key *key, struct err *err)
{
    struct arena arena = { 0 };
    struct buf manifest;
    str pem = STR_EMPTY;
    uint8_t signature[EVIDENCE_SIGNATURE_BYTES];
    buf_init(&manifest, EVIDENCE_MANIFEST_MAX);
    enum status status = evidence_members_sort(members, err);
    if (status == OK) {
        add_manifest(&manifest, about, members, key);
        if (manifest.failed)
            status = fail(err, ERR_LIMIT, "the manifest is too large");
    }
    if (status == OK)
        status = evidence_sign(key, bytes_of_str(buf_str(&manifest)), signature, err);
    if (status == OK)
        status = evidence_key_public_pem(key, &arena, &pem, err);
    if (status == OK)
        status = evidence_members_add(members, STR("manifest.json"), buf_str(&manifest), err);
    if (status == OK)
        status = evidence_members_add(
            members, STR("manifest.sig"),
            (str){ .at = (const char *)signature, .len = sizeof signature }, err);
    if (status == OK)
        status = evidence_members_add(members, STR("public-key.pem"), pem, err);
    buf_done(&manifest);
    arena_done(&arena);
    return status;
}

static void add_manifest(struct buf *b, const struct evidence_about *about,
                         const struct evidence_members *members, const struct evidence_key *key)
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
    for (size_t i = 0; i < evidence_members_count(members); i++) {
        const struct evidence_member *member = evidence_members_at(members, i);
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("name"), member->name);
        sink_json_int(b, STR("size"), (int64_t)member->size);
        sink_json_text(b, STR("sha256"), str_of(member->sha256));
        sink_json_close(b, '}');
    }
    sink_json_close(b, ']');
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

// Under another name first, so that whoever finds the pack finds all of it.
static enum status write_file(const struct evidence_members *members, size_t first, int64_t time_s,
                              const struct evidence_key *key, const char *target, struct err *err)
{
    struct arena arena = { 0 };
    const char *made = NULL;
    int fd = -1;
    enum status status = evidence_make_beside(str_of(target), &arena, &made, &fd, err);
    if (status == OK) {
        status = evidence_pack_put(members, first, time_s, key, fd, err);
        if (status == OK)
            status = finish(fd, key, made, target, err);
        (void)close(fd);
        if (status != OK)
            err_prefix(err, "%s", target);
        // What was published has another name by now.
        (void)unlink(made);
    }
    arena_done(&arena);
    return status;
}

enum status evidence_pack_put(const struct evidence_members *members, size_t first, int64_t time_s,
                              const struct evidence_key *key, int fd, struct err *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    struct digest digest;
    digest_init(&digest);
    enum status status = digest_begin(&digest, EVP_sha512())
                             ? evidence_archive_write(members, first, time_s, fd, &digest, err)
                             : fail(err, ERR_IO, "libcrypto has no SHA-512");
    if (status == OK && !digest_end(&digest, hash))
        status = fail(err, ERR_IO, "libcrypto has no SHA-512");
    digest_done(&digest);
    return status == OK ? evidence_seal_put(key, fd, hash, err) : status;
}

// What others would refuse is not given to them.
static enum status finish(int fd, const struct evidence_key *key, const char *made,
                          const char *target, struct err *err)
{
    struct arena arena = { 0 };
    struct evidence_verified verified;
    enum status status = evidence_pack_verify(fd, key, &arena, &verified, err);
    arena_done(&arena);
    if (status == OK && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
        status = fail(err, ERR_IO, "%s", strerror(errno));
    return status == OK ? publish(made, target, err) : status;
}

// A second name is never put over a file; where the file system has no second names, nobody else may be
// making one in the moment between the two calls.
static enum status publish(const char *made, const char *target, struct err *err)
{
    struct stat st;
    if (link(made, target) == 0)
        return OK;
    if (errno == EEXIST || lstat(target, &st) == 0)
        return fail(err, ERR_CONFIG, "is there already");
    return rename(made, target) == 0 ? OK : fail(err, ERR_IO, "%s", strerror(errno));
}

enum status evidence_pack_verify(int fd, const struct evidence_key *key, struct arena *arena,
                                 struct evidence_verified *out, struct err *err)
{
    struct evidence_verified verified = { 0 };
    struct verifying v = { .key = key, .arena = arena, .out = &verified };
    struct evidence_sealed sealed;
    struct digest read;
    enum status status = evidence_seal_check(fd, key, &sealed, err);
    if (status != OK)
        return status;
    digest_init(&v.digest);
    digest_init(&read);
    status = digest_begin(&read, EVP_sha512()) ? OK : fail(err, ERR_IO, "libcrypto has no SHA-512");
    if (status == OK)
        status = evidence_archive_open(fd, sealed.len, &read, &v.archive, err);
    if (status == OK)
        status = check_all(&v, err);
    if (status == OK)
        status = check_still(&v, &read, &sealed, err);
    evidence_archive_close(v.archive);
    yyjson_doc_free(v.manifest);
    digest_done(&read);
    digest_done(&v.digest);
    if (status == OK)
        *out = verified;
    return status;
}

// That what was unpacked is what was sealed: the file may be written to while it is read.
static enum status check_still(struct verifying *v, struct digest *read,
                               const struct evidence_sealed *sealed, struct err *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    const enum status status = evidence_archive_drain(v->archive, err);
    if (status != OK)
        return status;
    if (!digest_end(read, hash))
        return fail(err, ERR_IO, "libcrypto has no SHA-512");
    return memcmp(hash, sealed->digest, EVIDENCE_SHA512_BYTES) == 0
               ? OK
               : fail(err, ERR_FORMAT, "was changed while it was read");
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
    static const char *const shown[] = { "from", "to", "program", "audit_head" };
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (text_in(root, shown[i]).len > SHOWN_MAX)
            return fail(err, ERR_FORMAT, "manifest.json is none: its \"%s\" is too long", shown[i]);
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
    enum status status = OK;
    bool works = digest_begin(&v->digest, EVP_sha256());
    while (works && (status = evidence_archive_read(v->archive, &piece, err)) == OK) {
        works = digest_add(&v->digest, piece);
        *size += piece.len;
    }
    if (works && status != END)
        return status;
    if (!works || !digest_end(&v->digest, hash))
        return fail(err, ERR_IO, "libcrypto has no SHA-256");
    evidence_hex(hash, EVIDENCE_SHA256_BYTES, out);
    return OK;
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
