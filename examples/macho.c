// Prints what a Mach-O file links, who signed it and whether code of others gets in: what most
// programs want of include/pomona/macho.h.
//
//     cc macho.c $(pkg-config --cflags --libs pomona) -o macho
//     ./macho /Applications/Safari.app/Contents/MacOS/Safari
//
// With a file of root certificates behind it, signatures are verified against these.

#include <pomona/macho.h>

#include <stdio.h>

static void print_slice(const struct pomona_macho_slice *slice);
static void print_links(const struct pomona_macho_slice *slice);
static void print_signature(const struct pomona_macho_slice *slice);
static void print_flags(const struct pomona_macho_slice *slice);
static void print_injection(const struct pomona_macho_slice *slice);
static void print_errors(const struct pomona_macho_slice *slice);
static void print_text(struct pomona_str text);

int main(int argc, char **argv)
{
    struct pomona_macho_options options = { .size = sizeof options };
    struct pomona_macho_anchors *anchors = NULL;
    struct pomona_macho *file;
    struct pomona_macho_error error;

    if (argc != 2 && argc != 3) {
        (void)fprintf(stderr, "usage: %s FILE [ROOTS]\n", argv[0]);
        return 2;
    }
    if (argc == 3 && !pomona_macho_anchors_open(argv[2], &anchors, &error)) {
        (void)fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    options.anchors = anchors;
    // The bundle around the file is read too, and libraries are looked up where dyld would.
    options.disk = "/";
    const bool is_read = pomona_macho_read_path(argv[1], &options, &file, &error);
    pomona_macho_anchors_close(anchors);
    if (!is_read) {
        (void)fprintf(stderr, "%s: %s\n", argv[1], error.text);
        return 1;
    }
    // Which slice a Mac takes depends on the Mac: all of them count.
    for (size_t i = 0; i < pomona_macho_slice_count(file); i++)
        print_slice(pomona_macho_slice_at(file, i));
    (void)printf("the worst of all: injection %s\n",
                 pomona_macho_injection_name(pomona_macho_worst(file).injection));
    pomona_macho_free(file);
    return 0;
}

static void print_slice(const struct pomona_macho_slice *slice)
{
    print_text(pomona_macho_text_of(slice, POMONA_MACHO_TEXT_ARCH));
    (void)printf(" ");
    print_text(pomona_macho_text_of(slice, POMONA_MACHO_TEXT_FILE_TYPE));
    if (pomona_macho_mark_of(slice, POMONA_MACHO_MARK_HIDDEN))
        (void)printf(", hidden");
    (void)printf("\n");
    print_links(slice);
    print_signature(slice);
    print_injection(slice);
    print_errors(slice);
}

static void print_links(const struct pomona_macho_slice *slice)
{
    char version[POMONA_MACHO_VERSION_BYTES];
    const size_t count = pomona_macho_count_of(slice, POMONA_MACHO_LIST_LINKS);
    for (size_t i = 0; i < count; i++) {
        const struct pomona_macho_link link = pomona_macho_link_at(slice, i);
        (void)printf("  links, %s: ", pomona_macho_link_kind_name(link.kind));
        print_text(link.name);
        (void)printf(" %s\n", pomona_macho_version_text(link.current_version, version));
    }
}

static void print_signature(const struct pomona_macho_slice *slice)
{
    const struct pomona_str identifier = pomona_macho_text_of(slice, POMONA_MACHO_TEXT_IDENTIFIER);
    const bool is_verified = pomona_macho_chain_of(slice) == POMONA_MACHO_CHAIN_VERIFIED;
    (void)printf("  signature: %s",
                 pomona_macho_signature_name(pomona_macho_verdicts_of(slice).signature));
    if (identifier.len > 0) {
        (void)printf(" as ");
        print_text(identifier);
    }
    print_flags(slice);
    (void)printf("\n");
    if (pomona_macho_count_of(slice, POMONA_MACHO_LIST_SIGNERS) == 0)
        return;
    (void)printf("  signer, %s: ", is_verified ? "verified" : "by its own word");
    print_text(pomona_macho_item_at(slice, POMONA_MACHO_LIST_SIGNERS, 0));
    (void)printf("\n");
}

static void print_flags(const struct pomona_macho_slice *slice)
{
    const uint64_t flags = pomona_macho_number_of(slice, POMONA_MACHO_NUMBER_SIGNATURE_FLAGS);
    for (unsigned shift = 0; shift < 32; shift++) {
        const uint32_t bit = (uint32_t)1 << shift;
        if ((flags & bit) != 0)
            (void)printf(" +%s", pomona_macho_flag_name(bit));
    }
}

static void print_injection(const struct pomona_macho_slice *slice)
{
    const size_t count = pomona_macho_count_of(slice, POMONA_MACHO_LIST_INJECTION_REASONS);
    (void)printf("  injection: %s\n",
                 pomona_macho_injection_name(pomona_macho_verdicts_of(slice).injection));
    for (size_t i = 0; i < count; i++) {
        (void)printf("    ");
        print_text(pomona_macho_item_at(slice, POMONA_MACHO_LIST_INJECTION_REASONS, i));
        (void)printf("\n");
    }
}

static void print_errors(const struct pomona_macho_slice *slice)
{
    const size_t count = pomona_macho_count_of(slice, POMONA_MACHO_LIST_ERRORS);
    for (size_t i = 0; i < count; i++) {
        (void)printf("  wrong: ");
        print_text(pomona_macho_error_at(slice, i).reason);
        (void)printf("\n");
    }
}

// A file may put any octet but NUL into its names: a terminal is shown only the harmless ones.
static void print_text(struct pomona_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        if (c >= 0x20 && c < 0x7f)
            (void)putchar(c);
        else
            (void)printf("\\x%02x", c);
    }
}
