// Builds small signed images for the tests: a header and its command, filler up to the limit of the
// code, and a signature whose hashes are right until a test changes something.

#ifndef MACHO_TEST_SIGNED_H
#define MACHO_TEST_SIGNED_H

#include "macho/test_image.h"

#include <openssl/evp.h>

#define TEST_CODE_LIMIT    9000u  // Two pages of 4 KiB, and a part of a third.
#define TEST_PAGE_SHIFT    12u
#define TEST_SPECIAL_COUNT 7u
#define TEST_BLOBS_MAX     8u
#define TEST_BLOB_MAX      6900u

struct test_blob {
    uint32_t slot;
    size_t len;
    uint8_t at[TEST_BLOB_MAX];
};

struct test_signed {
    struct test_image t;
    struct test_blob blobs[TEST_BLOBS_MAX];
    size_t count;
    bytes info;       // What slot -1 is the hash of; empty: zeros.
    bytes resources;  // Slot -3
    uint32_t code_count;
    uint64_t code_limit;
};

static inline void test_signed_begin(struct test_signed *s)
{
    *s = (struct test_signed){ .t = { .is_64 = true },
                               .code_count = 3,
                               .code_limit = TEST_CODE_LIMIT };
    test_begin(&s->t, 0x0100000c, 2);
    test_signature_command(&s->t, TEST_CODE_LIMIT, TEST_IMAGE_MAX - TEST_CODE_LIMIT);
    test_end_commands(&s->t);
    for (; s->t.len < TEST_CODE_LIMIT; s->t.len++)
        s->t.at[s->t.len] = (uint8_t)(s->t.len * 7 % 251);
}

static inline struct test_blob *test_signed_blob(struct test_signed *s, uint32_t slot,
                                                 uint32_t magic, const void *octets, size_t len)
{
    struct test_blob *blob = &s->blobs[s->count++];
    assert(s->count <= TEST_BLOBS_MAX && len + 8 <= sizeof blob->at);
    blob->slot = slot;
    blob->len = len + 8;
    for (size_t i = 0; i < 4; i++) {
        blob->at[i] = (uint8_t)(magic >> (24 - 8 * i));
        blob->at[4 + i] = (uint8_t)(blob->len >> (24 - 8 * i));
    }
    if (len > 0)
        memcpy(blob->at + 8, octets, len);
    return blob;
}

static inline void test_digest(uint8_t type, bytes in, uint8_t *out, size_t size)
{
    uint8_t value[EVP_MAX_MD_SIZE];
    const EVP_MD *kind = type == 1 ? EVP_sha1() : type == 4 ? EVP_sha384() : EVP_sha256();
    const int is_done = EVP_Digest(in.at, in.len, value, NULL, kind, NULL);
    assert(is_done == 1);
    (void)is_done;
    memcpy(out, value, size);
}

// The special slots, counted back from `to`: hashes of what there is so far.
static inline void test_special_slots(const struct test_signed *s, struct test_directory d,
                                      uint8_t *to)
{
    memset(to - (size_t)TEST_SPECIAL_COUNT * d.hash_size, 0,
           (size_t)TEST_SPECIAL_COUNT * d.hash_size);
    for (size_t i = 0; i < s->count; i++)
        if (s->blobs[i].slot >= 1 && s->blobs[i].slot <= TEST_SPECIAL_COUNT)
            test_digest(d.hash_type, (bytes){ .at = s->blobs[i].at, .len = s->blobs[i].len },
                        to - (size_t)s->blobs[i].slot * d.hash_size, d.hash_size);
    if (s->info.len > 0)
        test_digest(d.hash_type, s->info, to - (size_t)1 * d.hash_size, d.hash_size);
    if (s->resources.len > 0)
        test_digest(d.hash_type, s->resources, to - (size_t)3 * d.hash_size, d.hash_size);
}

// A code directory over the image and the blobs as they are now.
static inline struct test_blob *test_signed_directory(struct test_signed *s, uint32_t slot,
                                                      struct test_directory d)
{
    static struct test_image head;
    const size_t specials = (size_t)TEST_SPECIAL_COUNT * d.hash_size;
    head.len = 0;
    test_code_directory(&head, d);
    struct test_blob *blob = test_signed_blob(s, slot, 0xfade0c02, head.at + 8, head.len - 8);
    const size_t hashes = blob->len + specials;
    test_special_slots(s, d, blob->at + hashes);
    for (uint32_t page = 0; page < s->code_count; page++) {
        const size_t from = (size_t)page << TEST_PAGE_SHIFT;
        const size_t rest = TEST_CODE_LIMIT > from ? TEST_CODE_LIMIT - from : 0;
        const bytes in = { .at = s->t.at + from, .len = rest < 4096 ? rest : 4096 };
        test_digest(d.hash_type, in, blob->at + hashes + (size_t)page * d.hash_size, d.hash_size);
    }
    blob->len = hashes + (size_t)s->code_count * d.hash_size;
    memcpy(head.at, blob->at, blob->len);
    test_put(&head, 4, blob->len, 4, true);
    test_put(&head, 16, hashes, 4, true);
    test_put(&head, 24, TEST_SPECIAL_COUNT, 4, true);
    test_put(&head, 28, s->code_count, 4, true);
    test_put(&head, 32, s->code_limit, 4, true);
    memcpy(blob->at, head.at, blob->len);
    return blob;
}

static inline void test_signed_end(struct test_signed *s)
{
    size_t offset = 12 + 8 * s->count;
    size_t total = offset;
    for (size_t i = 0; i < s->count; i++)
        total += s->blobs[i].len;
    test_u32be(&s->t, 0xfade0cc0);
    test_u32be(&s->t, (uint32_t)total);
    test_u32be(&s->t, (uint32_t)s->count);
    for (size_t i = 0; i < s->count; i++) {
        test_u32be(&s->t, s->blobs[i].slot);
        test_u32be(&s->t, (uint32_t)offset);
        offset += s->blobs[i].len;
    }
    for (size_t i = 0; i < s->count; i++)
        test_octets(&s->t, s->blobs[i].at, s->blobs[i].len);
    test_zeros(&s->t, TEST_IMAGE_MAX - s->t.len);
}

// Where a blob stands in the image, once that has ended.
static inline size_t test_signed_offset(const struct test_signed *s, size_t index)
{
    size_t offset = TEST_CODE_LIMIT + 12 + 8 * s->count;
    for (size_t i = 0; i < index; i++)
        offset += s->blobs[i].len;
    return offset;
}

#endif
