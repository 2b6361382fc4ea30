// Fuzz target of pomona_macho_read_source(): an image in a bundle, and everything that may be
// asked of it. What is told is whole text, nothing is told past the end of a list, what was opened
// is closed, and reading it again tells the same.
//
// The input is two octets with the length of an Info.plist, low one first, that list, and the image.

#include "pomona/macho.h"

#include <stdlib.h>
#include <string.h>

#define LISTS (POMONA_MACHO_LIST_ERRORS + 1)
#define TEXTS (POMONA_MACHO_TEXT_SIGNING_TIME + 1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct octets {
    const uint8_t *at;
    size_t len;
};

struct input {
    struct octets image;
    struct octets info;
    size_t open;
};

static struct pomona_macho *read_input(struct input *in);
static bool give(void *context, uint64_t offset, void *to, size_t len);
static bool open_part(void *context, enum pomona_macho_part part, struct pomona_macho_source *out);
static void close_part(void *context, struct pomona_macho_source *part);
static void look(void *context, const struct pomona_str *paths, size_t count,
                 struct pomona_macho_place *out);
static void check_same(const struct pomona_macho *a, const struct pomona_macho *b);
static void check_slice(const struct pomona_macho_slice *s);
static void check_text(struct pomona_str text);
static void check(bool holds);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { .open = 0 };
    if (size < 2)
        return 0;
    const size_t wanted = data[0] | (size_t)data[1] << 8;
    in.info = (struct octets){ data + 2, wanted < size - 2 ? wanted : size - 2 };
    in.image = (struct octets){ data + 2 + in.info.len, size - 2 - in.info.len };

    struct pomona_macho *file = read_input(&in);
    struct pomona_macho *again = read_input(&in);
    check((file == NULL) == (again == NULL));
    for (size_t i = 0; i < pomona_macho_slice_count(file); i++)
        check_slice(pomona_macho_slice_at(file, i));
    check_same(file, again);
    pomona_macho_free(file);
    pomona_macho_free(again);
    return 0;
}

static struct pomona_macho *read_input(struct input *in)
{
    const struct pomona_macho_surroundings around = { .look = look,
                                                      .is_whole = true,
                                                      .open_part = open_part,
                                                      .close_part = close_part,
                                                      .context = in };
    const struct pomona_macho_options options = { .size = sizeof options,
                                                  .path = "/A.app/Contents/MacOS/tool",
                                                  .verify_pages = true,
                                                  .surroundings = &around };
    const struct pomona_macho_source source = { give, &in->image, in->image.len };
    struct pomona_macho *file = NULL;
    struct pomona_macho_error error = { .text = "" };
    const bool is_read = pomona_macho_read_source(&source, &options, &file, &error);
    check(is_read == (file != NULL) && is_read == (error.text[0] == '\0') && in->open == 0);
    return file;
}

static bool give(void *context, uint64_t offset, void *to, size_t len)
{
    const struct octets *octets = context;
    check(offset <= octets->len && len <= octets->len - offset);
    memcpy(to, octets->at + offset, len);
    return true;
}

static bool open_part(void *context, enum pomona_macho_part part, struct pomona_macho_source *out)
{
    struct input *in = context;
    check(in->open == 0);
    if (part != POMONA_MACHO_PART_INFO)
        return false;
    *out = (struct pomona_macho_source){ give, &in->info, in->info.len };
    in->open++;
    return true;
}

static void close_part(void *context, struct pomona_macho_source *part)
{
    struct input *in = context;
    check(part->context == &in->info && in->open == 1);
    in->open--;
}

// Of every kind of place some.
static void look(void *context, const struct pomona_str *paths, size_t count,
                 struct pomona_macho_place *out)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        check(paths[i].len > 0 && paths[i].at[0] == '/');
        out[i].is_known = paths[i].len % 7 != 0;
        out[i].is_there = out[i].is_known && paths[i].len % 3 == 0;
        out[i].is_writable = paths[i].len % 2 == 0;
    }
}

static void check_same(const struct pomona_macho *a, const struct pomona_macho *b)
{
    check(pomona_macho_slice_count(a) == pomona_macho_slice_count(b));
    for (size_t i = 0; i < pomona_macho_slice_count(a); i++) {
        char *first = pomona_macho_json(pomona_macho_slice_at(a, i), true, NULL);
        char *second = pomona_macho_json(pomona_macho_slice_at(b, i), true, NULL);
        check((first == NULL) == (second == NULL));
        check(first == NULL || strcmp(first, second) == 0);
        for (const char *at = first; at != NULL && *at != '\0'; at++)
            check((unsigned char)*at >= 0x20);
        free(first);
        free(second);
    }
}

static void check_slice(const struct pomona_macho_slice *s)
{
    for (unsigned i = 0; i < TEXTS; i++)
        check_text(pomona_macho_text_of(s, (enum pomona_macho_text)i));
    for (unsigned i = 0; i < LISTS; i++) {
        const enum pomona_macho_list list = (enum pomona_macho_list)i;
        const size_t count = pomona_macho_count_of(s, list);
        for (size_t item = 0; item < count; item++)
            check_text(pomona_macho_item_at(s, list, item));
        check(pomona_macho_item_at(s, list, count).len == 0);
    }
    for (size_t i = 0; i < pomona_macho_count_of(s, POMONA_MACHO_LIST_LINKS); i++)
        check_text(pomona_macho_link_at(s, i).name);
    for (size_t i = 0; i < pomona_macho_count_of(s, POMONA_MACHO_LIST_FRAMEWORKS); i++) {
        check_text(pomona_macho_framework_at(s, i).name);
        check_text(pomona_macho_framework_at(s, i).how);
    }
    for (size_t i = 0; i < pomona_macho_count_of(s, POMONA_MACHO_LIST_CODE_DIRECTORIES); i++) {
        const struct pomona_macho_code_directory d = pomona_macho_code_directory_at(s, i);
        check_text(d.identifier);
        check_text(d.team_id);
        check(d.cdhash.len == 40);
    }
    for (size_t i = 0; i < pomona_macho_count_of(s, POMONA_MACHO_LIST_CANDIDATES); i++) {
        check_text(pomona_macho_candidate_at(s, i).link);
        check(pomona_macho_candidate_at(s, i).path.len > 0);
    }
    for (size_t i = 0; i < pomona_macho_count_of(s, POMONA_MACHO_LIST_ERRORS); i++) {
        check(pomona_macho_error_at(s, i).reason.len > 0);
        check(pomona_macho_error_at(s, i).command >= -1);
    }
}

// Touches every octet, for the sanitizer to see.
static void check_text(struct pomona_str text)
{
    for (size_t i = 0; i < text.len; i++)
        check(text.at[i] != '\0');
}

static void check(bool holds)
{
    if (!holds)
        abort();
}
