// Builds small images for the tests, octet by octet, with no tool but this.

#ifndef MACHO_TEST_IMAGE_H
#define MACHO_TEST_IMAGE_H

#include "macho/macho.h"

#include <assert.h>

#define TEST_IMAGE_MAX 24576u

struct test_image {
    uint8_t at[TEST_IMAGE_MAX];
    size_t len;
    size_t base;  // Where the image begins, behind a fat header.
    bool is_64;
    bool is_big_endian;
    uint32_t count;
};

static inline void test_put(struct test_image *t, size_t at, uint64_t value, size_t size,
                            bool is_big_endian)
{
    assert(at + size <= sizeof t->at);
    for (size_t i = 0; i < size; i++)
        t->at[at + (is_big_endian ? size - 1 - i : i)] = (uint8_t)(value >> (8 * i));
}

static inline void test_u32(struct test_image *t, uint32_t value)
{
    test_put(t, t->len, value, 4, t->is_big_endian);
    t->len += 4;
}

static inline void test_u32be(struct test_image *t, uint32_t value)
{
    test_put(t, t->len, value, 4, true);
    t->len += 4;
}

static inline void test_octets(struct test_image *t, const void *octets, size_t len)
{
    assert(t->len + len <= sizeof t->at);
    memcpy(t->at + t->len, octets, len);
    t->len += len;
}

static inline void test_zeros(struct test_image *t, size_t len)
{
    assert(t->len + len <= sizeof t->at);
    memset(t->at + t->len, 0, len);
    t->len += len;
}

static inline void test_begin(struct test_image *t, uint32_t cpu_type, uint32_t file_type)
{
    t->base = t->len;
    t->count = 0;
    test_u32(t, t->is_64 ? 0xfeedfacf : 0xfeedface);
    test_u32(t, cpu_type);
    test_u32(t, cpu_type == 0x01000007 ? 0x80000003 : 0);
    test_u32(t, file_type);
    test_zeros(t, t->is_64 ? 16 : 12);
}

// Writes the count and the size of the commands that were added; what follows is no command.
static inline void test_end_commands(struct test_image *t)
{
    const size_t start = t->base + (t->is_64 ? 32 : 28);
    test_put(t, t->base + 16, t->count, 4, t->is_big_endian);
    test_put(t, t->base + 20, t->len - start, 4, t->is_big_endian);
}

// A command of numbers, and after them a string, if not NULL, padded to eight octets.
static inline void test_command(struct test_image *t, uint32_t command, const uint32_t *numbers,
                                size_t count, const char *text)
{
    const size_t text_len = text == NULL ? 0 : (strlen(text) + 8) / 8 * 8;
    t->count++;
    test_u32(t, command);
    test_u32(t, (uint32_t)(8 + 4 * count + text_len));
    for (size_t i = 0; i < count; i++)
        test_u32(t, numbers[i]);
    if (text != NULL) {
        test_octets(t, text, strlen(text));
        test_zeros(t, text_len - strlen(text));
    }
}

static inline void test_dylib(struct test_image *t, uint32_t command, const char *name)
{
    test_command(t, command, (uint32_t[]){ 24, 2, 0x00010203, 0x00010000 }, 4, name);
}

// LC_CODE_SIGNATURE for `size` octets that will stand at `offset` of the image.
static inline void test_signature_command(struct test_image *t, uint32_t offset, uint32_t size)
{
    test_command(t, 0x1d, (uint32_t[]){ offset, size }, 2, NULL);
}

struct test_directory {
    uint32_t flags;
    uint8_t hash_type;
    uint8_t hash_size;
    const char *identifier;
    const char *team_id;
};

// A code directory of version 0x20400 without hashes.
static inline void test_code_directory(struct test_image *t, struct test_directory d)
{
    const uint32_t identifier_len = (uint32_t)strlen(d.identifier) + 1;
    const uint32_t team_len = d.team_id == NULL ? 0 : (uint32_t)strlen(d.team_id) + 1;
    const uint32_t len = 88 + identifier_len + team_len;
    test_u32be(t, 0xfade0c02);
    test_u32be(t, len);
    test_u32be(t, 0x20400);
    test_u32be(t, d.flags);
    test_u32be(t, len);  // Where the hashes would begin.
    test_u32be(t, 88);
    test_zeros(t, 12);
    test_octets(t, (const uint8_t[]){ d.hash_size, d.hash_type, 0, 12 }, 4);
    test_zeros(t, 8);
    test_u32be(t, team_len > 0 ? 88 + identifier_len : 0);
    test_zeros(t, 36);
    test_octets(t, d.identifier, identifier_len);
    if (d.team_id != NULL)
        test_octets(t, d.team_id, team_len);
}

static inline bytes test_bytes(const struct test_image *t)
{
    return (bytes){ .at = t->at, .len = t->len };
}

#endif
