// Fuzz target of macho_read_bytes(): any file is read, judged and printed, and what is told of it
// lies inside it.

#include "macho/macho.h"

#include "macho/frameworks.h"
#include "macho/print.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_file(const struct macho_source *source, struct macho_file *file, struct arena *a);
static void check_image(const struct macho_subject *subject, struct arena *a);
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
    if (is_read)
        check_file(&source, &file, &arena);
    arena_done(&arena);
    return 0;
}

static void check_file(const struct macho_source *source, struct macho_file *file, struct arena *a)
{
    struct macho_report_options options = { .path = STR("/x"), .with_pages = true };
    options.api_frameworks = macho_default_api_frameworks(&options.api_framework_count);
    const struct macho_report *reports = macho_report_on(source, file, &options, a);
    const struct macho_verdicts worst = macho_worst_of(file, reports);
    for (size_t i = 0; i < file->image_count; i++)
        check_image(&(struct macho_subject){ .path = options.path,
                                             .file = file,
                                             .index = i,
                                             .report = &reports[i],
                                             .worst = &worst,
                                             .with_imports = true },
                    a);
}

static void check_image(const struct macho_subject *subject, struct arena *a)
{
    const struct macho_file *file = subject->file;
    const struct macho_image *image = &file->images[subject->index];
    const struct macho_imports *imports = &subject->report->imports;
    size_t sum = 0;
    struct buf b;

    check(image->size == 0 ||
          (image->offset <= file->size && image->size <= file->size - image->offset));
    for (size_t i = 0; i < image->link_count; i++)
        sum += sum_of(image->links[i].name);
    for (size_t i = 0; i < image->rpaths.count; i++)
        sum += sum_of(image->rpaths.at[i]);
    check(sum <= (size_t)UINT8_MAX * (file->size + MACHO_LAZY_LINKS_MAX * MACHO_PATH_MAX));
    for (size_t i = 0; i < imports->watched.count; i++)
        check(sum_of(imports->watched.at[i]) > 0 && macho_is_watched(imports->watched.at[i]));
    check(imports->watched.count <= imports->count);
    for (size_t i = 0; i < image->signature.directory_count; i++)
        check(image->signature.directories[i].cdhash.len == 40);

    // Only an image whose links were all read may be judged not to have one.
    check(subject->report->linkage.verdict != MACHO_NATIVE_API_NO || image->links_complete);
    buf_init(&b, MACHO_PRINT_MAX);
    macho_print_json(&b, subject, a);
    for (size_t i = 0; i < b.len; i++)
        check((unsigned char)b.at[i] >= 0x20);
    buf_reset(&b);
    macho_print_page(&b, subject, false, a);
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
