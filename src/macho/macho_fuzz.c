// Fuzz target of macho_read_bytes(): any file is read, judged and printed, and what is told of it
// lies inside it.

#include "macho/macho.h"

#include "macho/frameworks.h"
#include "macho/print.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_image(const struct macho_source *source, const struct macho_file *file,
                        size_t index, struct arena *a);
static void check(bool holds);
static size_t sum_of(str text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct macho_file file;
    struct err err;
    bytes in = { .at = data, .len = size };

    const struct macho_source source = macho_source_of_bytes(&in);
    const bool is_read = macho_read(&source, &arena, &file, &err) == OK;
    // What cannot be an image by its first octets is never read as one.
    check(!is_read || macho_is_image(in));
    for (size_t i = 0; is_read && i < file.image_count; i++)
        check_image(&source, &file, i, &arena);
    arena_done(&arena);
    return 0;
}

static void check_image(const struct macho_source *source, const struct macho_file *file,
                        size_t index, struct arena *a)
{
    struct macho_image *image = &file->images[index];
    size_t sum = 0;
    size_t api_count;
    const str *apis = macho_default_api_frameworks(&api_count);
    struct macho_imports imports;
    struct macho_linkage linkage;
    struct buf b;

    check(image->size == 0 ||
          (image->offset <= file->size && image->size <= file->size - image->offset));
    for (size_t i = 0; i < image->link_count; i++)
        sum += sum_of(image->links[i].name);
    for (size_t i = 0; i < image->rpaths.count; i++)
        sum += sum_of(image->rpaths.at[i]);
    check(sum <= (size_t)UINT8_MAX * (file->size + MACHO_LAZY_LINKS_MAX * MACHO_PATH_MAX));
    for (size_t i = 0; i < image->signature.directory_count; i++)
        check(image->signature.directories[i].cdhash.len == 40);

    macho_read_imports(source, image, a, &imports);
    macho_native_api(source, image, &imports, STR_EMPTY, apis, api_count, a, &linkage);
    // Only an image whose links were all read may be judged not to have one.
    check(linkage.verdict != MACHO_NATIVE_API_NO || image->links_complete);
    buf_init(&b, MACHO_PRINT_MAX);
    const struct macho_subject subject = {
        .path = STR_EMPTY, .file = file, .index = index, .linkage = &linkage
    };
    macho_print_json(&b, &subject, a);
    for (size_t i = 0; i < b.len; i++)
        check((unsigned char)b.at[i] >= 0x20);
    buf_reset(&b);
    macho_print_page(&b, &subject, false, a);
    for (size_t i = 0; i < b.len; i++)
        check((unsigned char)b.at[i] >= 0x20 || b.at[i] == '\n');
    buf_done(&b);
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

// Touches every octet, for the sanitizer to see.
static size_t sum_of(str text)
{
    size_t sum = 0;
    for (size_t i = 0; i < text.len; i++) {
        check(text.at[i] != '\0');
        sum += (unsigned char)text.at[i];
    }
    return sum;
}
