// Fuzz target of macho_read_signature() and macho_read_seals(): any octets as the code signature of
// a small image. What is told of it lies inside it.

#include "macho/sealed.h"

#include <stdlib.h>

#define HEADER_BYTES 48u  // A header, and LC_CODE_SIGNATURE for all that follows.
#define INPUT_MAX    65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_extent(const struct macho_image *image, struct macho_extent extent);
static void check_directory(const struct macho_image *image,
                            const struct macho_code_directory *directory);
static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len,
                           struct err *err);
static void check(bool holds);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t octets[HEADER_BYTES + INPUT_MAX] = {
        [0] = 0xcf, [1] = 0xfa, [2] = 0xed, [3] = 0xfe,  [4] = 0x0c, [7] = 0x01,
        [12] = 2,   [16] = 1,   [20] = 16,  [32] = 0x1d, [36] = 16,  [40] = HEADER_BYTES,
    };
    struct arena arena = { 0 };
    struct macho_file file;
    struct macho_seals seals;
    struct err err;
    if (size > INPUT_MAX)
        return 0;
    for (size_t i = 0; i < 4; i++)
        octets[44 + i] = (uint8_t)(size >> (8 * i));
    if (size > 0)
        memcpy(octets + HEADER_BYTES, data, size);
    bytes in = { .at = octets, .len = HEADER_BYTES + size };
    const struct macho_source source = { .read = read_at, .context = &in, .size = in.len };

    check(macho_read(&source, &arena, &file, &err) == OK && file.image_count == 1);
    struct macho_image *image = &file.images[0];
    const struct macho_signature *signature = &image->signature;
    check(signature->state != MACHO_UNSIGNED);
    check(signature->directory_count <= MACHO_CODE_DIRECTORIES_MAX);
    check((signature->best == NULL) == (signature->directory_count == 0));
    check_extent(image, signature->requirements);
    check_extent(image, signature->xml);
    check_extent(image, signature->der);
    check_extent(image, signature->cms);
    check_extent(image, signature->ticket);
    for (size_t i = 0; i < signature->directory_count; i++)
        check_directory(image, &signature->directories[i]);

    macho_read_seals(&source, image, STR("x"), NULL, true, &arena, &seals);
    check(seals.pages_broken == 0 || seals.first_broken < image->size);
    // Whatever is broken is an error, and the signature is invalid with it.
    check(seals.pages != MACHO_SEAL_BROKEN ||
          (signature->state == MACHO_SIGNATURE_INVALID && image->error_count > 0));
    arena_done(&arena);
    return 0;
}

static void check_directory(const struct macho_image *image,
                            const struct macho_code_directory *directory)
{
    check_extent(image, directory->extent);
    check(directory->cdhash.len == 40 && directory->hash != MACHO_HASH_NONE);
    check((uint64_t)directory->special_count * directory->hash_size <= directory->hash_offset);
    check(directory->hash_offset + (uint64_t)directory->code_count * directory->hash_size <=
          directory->extent.size);
    check(directory->identifier.len < directory->extent.size);
}

static void check_extent(const struct macho_image *image, struct macho_extent extent)
{
    check(extent.size == 0 ||
          (extent.offset <= image->size && extent.size <= image->size - extent.offset));
}

static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const bytes *in = context;
    (void)err;
    // Nothing past the end is ever asked for.
    check(offset <= in->len && len <= in->len - offset);
    memcpy(to, in->at + offset, len);
    return OK;
}

static void check(bool holds)
{
    if (!holds)
        abort();
}
