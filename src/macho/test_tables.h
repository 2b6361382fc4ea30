// Images with tables behind their load commands, for the tests of what is read from them.

#ifndef MACHO_TEST_TABLES_H
#define MACHO_TEST_TABLES_H

#include "macho/imports.h"
#include "macho/test_image.h"

#include <stdlib.h>

#define TEST_ARM64   0x0100000cu
#define TEST_EXECUTE 2u

// An image that is read, with what it was read from.
struct test_read {
    bytes in;
    struct macho_source source;
    struct macho_file file;
    struct macho_image *image;  // The first.
    struct macho_imports imports;
};

static inline bool test_open(struct test_read *read, bytes in, struct arena *a)
{
    struct err err;
    *read = (struct test_read){ .in = in };
    read->source = macho_source_of_bytes(&read->in);
    if (macho_read(&read->source, a, &read->file, &err) != OK)
        return false;
    read->image = &read->file.images[0];
    macho_read_imports(&read->source, read->image, a, &read->imports);
    return true;
}

// Numbers at the place of what `at` was when the command was written.
static inline void test_patch(struct test_image *t, size_t at, uint64_t value)
{
    test_put(t, at, value, 4, t->is_big_endian);
}

// The place of the number `index` of a command that is to be written next.
static inline size_t test_number_at(const struct test_image *t, size_t index)
{
    return t->len + 8 + 4 * index;
}

static inline uint32_t test_here(const struct test_image *t)
{
    return (uint32_t)(t->len - t->base);
}

static inline void test_word(struct test_image *t, uint64_t value)
{
    const size_t size = t->is_64 ? 8 : 4;
    test_put(t, t->len, value, size, t->is_big_endian);
    t->len += size;
}

static inline void test_name16(struct test_image *t, const char *name)
{
    test_octets(t, name, strlen(name));
    test_zeros(t, 16 - strlen(name));
}

struct test_section {
    const char *segment;
    const char *name;
    uint32_t flags;
    uint32_t offset;
    uint64_t size;
};

// A segment without octets of its own and sections with theirs.
static inline void test_segment(struct test_image *t, const char *name, uint32_t flags,
                                const struct test_section *sections, uint32_t count)
{
    const size_t begin = t->len;
    t->count++;
    test_u32(t, t->is_64 ? 0x19 : 0x1);
    test_u32(t, 0);
    test_name16(t, name);
    for (size_t i = 0; i < 4; i++)
        test_word(t, 0);
    test_zeros(t, 8);
    test_u32(t, count);
    test_u32(t, flags);
    for (size_t i = 0; i < count; i++) {
        test_name16(t, sections[i].name);
        test_name16(t, sections[i].segment);
        test_word(t, 0);
        test_word(t, sections[i].size);
        test_u32(t, sections[i].offset);
        test_zeros(t, 12);
        test_u32(t, sections[i].flags);
        test_zeros(t, t->is_64 ? 12 : 8);
    }
    test_patch(t, begin + 4, t->len - begin);
}

#endif
