#include "evidence/key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct evidence_key {
    EVP_PKEY *pkey;
    uint8_t octets[EVIDENCE_PUBLIC_BYTES];
};

static enum status read_file(str path, enum evidence_key_part part, struct arena *arena, str *out,
                             struct err *err);
static enum status read_all(int fd, struct arena *arena, str *out, struct err *err);
static int refuse_password(char *buffer, int size, int is_writing, void *context);
static enum status take(EVP_PKEY *pkey, struct evidence_key **out, struct err *err);
static enum status write_file(str path, mode_t mode, str text, struct err *err);
static str text_of(BIO *bio);

enum status evidence_key_make(struct evidence_key **out, struct err *err)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, NULL);
    const bool is_made = context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
                         EVP_PKEY_keygen(context, &pkey) == 1;
    EVP_PKEY_CTX_free(context);
    return is_made ? take(pkey, out, err) : fail(err, ERR_IO, "libcrypto makes no Ed25519 key");
}

enum status evidence_key_read(str path, enum evidence_key_part part, struct evidence_key **out,
                              struct err *err)
{
    struct arena arena = { 0 };
    str text = STR_EMPTY;
    enum status status = read_file(path, part, &arena, &text, err);
    BIO *bio = status == OK ? BIO_new_mem_buf(text.at, (int)text.len) : NULL;
    if (status == OK) {
        EVP_PKEY *pkey = NULL;
        if (bio != NULL && part == EVIDENCE_KEY_PRIVATE)
            pkey = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
        else if (bio != NULL)
            pkey = PEM_read_bio_PUBKEY(bio, NULL, refuse_password, NULL);
        status = pkey != NULL && EVP_PKEY_id(pkey) == EVP_PKEY_ED25519
                     ? take(pkey, out, err)
                     : fail(err, ERR_FORMAT,
                            "is no %s Ed25519 key in PEM; `pomona evidence keygen` makes one",
                            part == EVIDENCE_KEY_PRIVATE ? "private" : "public");
        if (status != OK)
            EVP_PKEY_free(pkey);
    }
    BIO_free(bio);
    if (text.len > 0)
        OPENSSL_cleanse((void *)(uintptr_t)text.at, text.len);
    arena_done(&arena);
    if (status != OK)
        err_prefix(err, "%.*s", STR_ARG(path));
    return status;
}

static enum status read_file(str path, enum evidence_key_part part, struct arena *arena, str *out,
                             struct err *err)
{
    struct stat st;
    const char *name = cstr_of(arena, path);
    const int fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(err, ERR_IO, "%s", name == NULL ? "no path" : strerror(errno));
    enum status status = OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        status = fail(err, ERR_IO, "is no regular file");
    else if (part == EVIDENCE_KEY_PRIVATE && (st.st_mode & 077) != 0)
        status = fail(err, ERR_CONFIG,
                      "others than its owner may use this private key; `chmod 600` ends that");
    else
        status = read_all(fd, arena, out, err);
    (void)close(fd);
    return status;
}

static enum status read_all(int fd, struct arena *arena, str *out, struct err *err)
{
    char *text = arena_alloc(arena, EVIDENCE_KEY_FILE_MAX + 1);
    size_t len = 0;
    while (len <= EVIDENCE_KEY_FILE_MAX) {
        const ssize_t got = read(fd, text + len, EVIDENCE_KEY_FILE_MAX + 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(err, ERR_IO, "%s", strerror(errno));
        if (got == 0)
            break;
        len += (size_t)got;
    }
    if (len > EVIDENCE_KEY_FILE_MAX)
        return fail(err, ERR_LIMIT, "a key has at most %u octets", EVIDENCE_KEY_FILE_MAX);
    *out = (str){ .at = text, .len = len };
    return OK;
}

// libcrypto would ask on the terminal.
static int refuse_password(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}

// Owns the key where it succeeds.
static enum status take(EVP_PKEY *pkey, struct evidence_key **out, struct err *err)
{
    struct evidence_key *key = memory_zeroed(1, sizeof *key);
    size_t len = sizeof key->octets;
    if (EVP_PKEY_get_raw_public_key(pkey, key->octets, &len) != 1 || len != sizeof key->octets) {
        free(key);
        return fail(err, ERR_FORMAT, "the key has no public part");
    }
    key->pkey = pkey;
    *out = key;
    return OK;
}

enum status evidence_key_write(const struct evidence_key *key, str path, struct err *err)
{
    struct arena arena = { 0 };
    str text = STR_EMPTY;
    BIO *bio = BIO_new(BIO_s_mem());
    const str beside = arena_printf(&arena, "%.*s.pub", STR_ARG(path));
    enum status status = OK;
    if (bio == NULL ||
        PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1)
        status = fail(err, ERR_IO, "libcrypto does not write the key");
    if (status == OK)
        status = evidence_key_public_pem(key, &arena, &text, err);
    // The public one first: without it the other would be of no use, and could not be made again.
    if (status == OK)
        status = write_file(beside, 0644, text, err);
    if (status == OK) {
        status = write_file(path, 0600, text_of(bio), err);
        if (status != OK)
            (void)unlink(beside.at);
    }
    BIO_free(bio);
    arena_done(&arena);
    return status;
}

static enum status write_file(str path, mode_t mode, str text, struct err *err)
{
    struct arena arena = { 0 };
    const char *name = cstr_of(&arena, path);
    const int fd = name == NULL ? -1 : open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    enum status status = OK;
    if (fd < 0)
        status = fail(err, errno == EEXIST ? ERR_CONFIG : ERR_IO, "%.*s: %s", STR_ARG(path),
                      name == NULL      ? "no path"
                      : errno == EEXIST ? "is there already, and a key is never overwritten"
                                        : strerror(errno));
    else if (write(fd, text.at, text.len) != (ssize_t)text.len || fsync(fd) != 0) {
        status = fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
        (void)unlink(name);
    }
    if (fd >= 0)
        (void)close(fd);
    arena_done(&arena);
    return status;
}

void evidence_key_free(struct evidence_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

void evidence_fingerprint_of(const uint8_t key[EVIDENCE_PUBLIC_BYTES],
                             char out[EVIDENCE_FINGERPRINT_SIZE])
{
    evidence_sha256((bytes){ .at = key, .len = EVIDENCE_PUBLIC_BYTES }, out);
}

const uint8_t *evidence_key_public(const struct evidence_key *key)
{
    return key->octets;
}

enum status evidence_key_public_pem(const struct evidence_key *key, struct arena *arena, str *out,
                                    struct err *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const bool is_made = bio != NULL && PEM_write_bio_PUBKEY(bio, key->pkey) == 1;
    if (is_made)
        *out = arena_str(arena, text_of(bio));
    BIO_free(bio);
    return is_made ? OK : fail(err, ERR_IO, "libcrypto does not write the public key");
}

static str text_of(BIO *bio)
{
    char *at = NULL;
    const long len = BIO_get_mem_data(bio, &at);
    return len <= 0 ? STR_EMPTY : (str){ .at = at, .len = (size_t)len };
}

enum status evidence_sign(const struct evidence_key *key, bytes what,
                          uint8_t out[EVIDENCE_SIGNATURE_BYTES], struct err *err)
{
    size_t len = EVIDENCE_SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool is_made = context != NULL &&
                         EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                         EVP_DigestSign(context, out, &len, what.at, what.len) == 1 &&
                         len == EVIDENCE_SIGNATURE_BYTES;
    EVP_MD_CTX_free(context);
    return is_made ? OK : fail(err, ERR_IO, "libcrypto does not sign with this key");
}

bool evidence_is_signed(const struct evidence_key *key, bytes what,
                        const uint8_t signature[EVIDENCE_SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool holds =
        context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
        EVP_DigestVerify(context, signature, EVIDENCE_SIGNATURE_BYTES, what.at, what.len) == 1;
    EVP_MD_CTX_free(context);
    return holds;
}

void evidence_hex(const uint8_t *at, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[at[i] >> 4];
        out[2 * i + 1] = digits[at[i] & 15];
    }
    out[2 * len] = '\0';
}

void evidence_sha256(bytes what, char out[EVIDENCE_FINGERPRINT_SIZE])
{
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    // It has no way to fail but memory.
    if (EVP_Digest(what.at, what.len, hash, NULL, EVP_sha256(), NULL) != 1)
        memory_out(what.len);
    evidence_hex(hash, EVIDENCE_SHA256_BYTES, out);
}
