// Whatever a pack is, nothing is believed that was not signed, names stay below where they are unpacked, and no more
// comes out than was promised. The first octet says how much of the way in is open already:
//
//     a   the rest is an archive, read as such
//     m   a manifest, rightly signed, over two members
//     s   a pack, rightly sealed
//     …   a pack as it is

#include "evidence/pack.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct evidence_key *key;
static FILE *file;

static void begin(void)
{
    struct err err;
    if (key != NULL)
        return;
    file = tmpfile();
    if (file == NULL || evidence_key_make(&key, &err) != OK)
        abort();
}

static int fill(bytes content)
{
    struct err err;
    const int fd = fileno(file);
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 ||
        evidence_put(fd, content, &err) != OK)
        abort();
    return fd;
}

static void read_archive(bytes content)
{
    struct evidence_archive *a;
    struct err err;
    str name;
    bytes piece;
    uint64_t total = 0;
    size_t count = 0;
    if (evidence_archive_open(fill(content), content.len, NULL, &a, &err) != OK)
        return;
    enum status status = OK;
    while (status == OK && evidence_archive_next(a, &name, &err) == OK) {
        if (!evidence_name_is_safe(name) || ++count > EVIDENCE_MEMBERS_MAX)
            abort();
        while ((status = evidence_archive_read(a, &piece, &err)) == OK)
            total += piece.len;
        status = status == END ? OK : status;
    }
    if (total > EVIDENCE_RATIO_FREE + (content.len + 1) * EVIDENCE_RATIO_MAX)
        abort();
    evidence_archive_close(a);
}

static enum status verify(int fd, struct evidence_verified *out)
{
    struct arena arena = { 0 };
    struct err err;
    const enum status status = evidence_pack_verify(fd, key, &arena, out, &err);
    if (status != OK && err.text[0] == '\0')
        abort();
    arena_done(&arena);
    return status;
}

static void read_sealed(bytes content)
{
    struct evidence_verified out;
    struct digest digest;
    struct err err;
    uint8_t hash[EVP_MAX_MD_SIZE];
    digest_init(&digest);
    if (!digest_begin(&digest, EVP_sha512()) || !digest_add(&digest, content) ||
        !digest_end(&digest, hash))
        abort();
    digest_done(&digest);
    const int fd = fill(content);
    if (evidence_seal_put(key, fd, hash, &err) != OK)
        abort();
    // Nobody can have signed its manifest.
    if (verify(fd, &out) == OK)
        abort();
}

static void read_manifest(str manifest)
{
    static const char *const contents[] = { "a\n", "" };
    struct evidence_members *m;
    struct evidence_verified out;
    struct arena arena = { 0 };
    struct err err;
    str pem;
    uint8_t signature[EVIDENCE_SIGNATURE_BYTES];
    if (evidence_members_open(STR("/tmp/x"), &m, &err) != OK ||
        evidence_key_public_pem(key, &arena, &pem, &err) != OK ||
        evidence_sign(key, bytes_of_str(manifest), signature, &err) != OK ||
        evidence_members_add(m, STR("manifest.json"), manifest, &err) != OK ||
        evidence_members_add(m, STR("manifest.sig"),
                             (str){ .at = (const char *)signature, .len = sizeof signature },
                             &err) != OK ||
        evidence_members_add(m, STR("public-key.pem"), pem, &err) != OK ||
        evidence_members_add(m, STR("a"), str_of(contents[0]), &err) != OK ||
        evidence_members_add(m, STR("b"), str_of(contents[1]), &err) != OK)
        abort();
    const int fd = fill((bytes){ .at = NULL, .len = 0 });
    if (evidence_pack_put(m, 0, 0, key, fd, &err) != OK)
        abort();
    if (verify(fd, &out) == OK && (out.members != 2 || out.octets != 2))
        abort();
    evidence_members_free(m);
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evidence_verified out;
    begin();
    if (size == 0)
        return 0;
    const bytes rest = { .at = data + 1, .len = size - 1 };
    if (data[0] == 'a')
        read_archive(rest);
    else if (data[0] == 'm')
        read_manifest(str_of_bytes(rest));
    else if (data[0] == 's')
        read_sealed(rest);
    else if (verify(fill((bytes){ .at = data, .len = size }), &out) == OK)
        abort();
    return 0;
}
