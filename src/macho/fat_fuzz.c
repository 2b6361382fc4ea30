// Fuzz target of the fat header: any octets stand before three sound images. What is told of the
// slices lies in the file, none overlaps another, and at most one is hidden, the last.

#include "macho/macho.h"

#include "macho/test_image.h"

#include <stdlib.h>

#define HEADER_MAX 2080u  // 64 slices of the wider kind, and one more.
#define IMAGE_AT   4096u
#define IMAGES     3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_slices(const struct macho_file *file);
static void check(bool holds);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct test_image t;
    struct arena arena = { 0 };
    struct macho_file file;
    struct err err;

    memset(&t, 0, sizeof t);
    memcpy(t.at, data, size < HEADER_MAX ? size : HEADER_MAX);
    t.is_64 = true;
    for (unsigned i = 0; i < IMAGES; i++) {
        t.len = IMAGE_AT * (i + 1);
        test_begin(&t, i == 0 ? 0x01000007 : 0x0100000c, 2);
        test_dylib(&t, 0xc, "/usr/lib/libSystem.B.dylib");
        test_end_commands(&t);
    }
    if (macho_read_bytes(test_bytes(&t), &arena, &file, &err) == OK)
        check_slices(&file);
    else
        check(err.text[0] != '\0');
    arena_done(&arena);
    return 0;
}

static void check_slices(const struct macho_file *file)
{
    check(file->image_count > 0 && file->image_count <= MACHO_SLICES_MAX + 1);
    for (size_t i = 0; i < file->image_count; i++) {
        const struct macho_image *image = &file->images[i];
        check(image->arch.len > 0);
        check(!image->is_hidden || i + 1 == file->image_count);
        check(image->size == 0 ||
              (image->offset < file->size && image->size <= file->size - image->offset));
        // One that overlaps another is told, and not read.
        for (size_t k = 0; k < i && image->links_complete; k++) {
            const struct macho_image *other = &file->images[k];
            check(image->offset >= other->offset + other->size ||
                  other->offset >= image->offset + image->size);
        }
    }
}

static void check(bool holds)
{
    if (!holds)
        abort();
}
