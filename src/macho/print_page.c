// One image as a page: a heading, then one fact a line behind its name.

#include "base/utf8.h"
#include "macho/print.h"

#define BOLD   "\033[1m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define DIM    "\033[2m"
#define PLAIN  "\033[0m"

struct page {
    struct buf *b;
    struct arena *arena;
    bool in_colour;
};

static void add_heading(const struct page *page, const struct macho_subject *subject);
static void add_paint(const struct page *page, const char *colour);
static void add_name(const struct page *page, const char *name);
static void add_native_api(const struct page *page, const struct macho_linkage *linkage);
static void add_frameworks(const struct page *page, const struct macho_linkage *linkage);
static void add_links(const struct page *page, const struct macho_image *image);
static void add_list(const struct page *page, const char *name, struct macho_text_list list);
static void add_signature(const struct page *page, const struct macho_signature *signature);
static void add_directory(const struct page *page, const struct macho_code_directory *directory);
static void add_errors(const struct page *page, const struct macho_image *image);
static bool is_harmless(uint32_t code_point);

void macho_print_page(struct buf *b, const struct macho_subject *subject, bool in_colour,
                      struct arena *a)
{
    const struct page page = { .b = b, .arena = a, .in_colour = in_colour };
    const struct macho_image *image = &subject->file->images[subject->index];

    add_heading(&page, subject);
    add_native_api(&page, subject->linkage);
    add_frameworks(&page, subject->linkage);
    add_links(&page, image);
    add_list(&page, "rpaths", image->rpaths);
    add_list(&page, "environment", image->environment);
    add_signature(&page, &image->signature);
    add_errors(&page, image);
    buf_add_char(b, '\n');
}

static void add_heading(const struct page *page, const struct macho_subject *subject)
{
    struct buf *b = page->b;
    const struct macho_image *image = &subject->file->images[subject->index];
    const str type = macho_file_type_name(image->file_type);

    add_paint(page, BOLD);
    macho_print_text(b, subject->path);
    add_paint(page, PLAIN);
    if (subject->file->fat != MACHO_THIN)
        buf_printf(b, "  slice %zu of %zu%s", subject->index + 1, subject->file->image_count,
                   image->is_hidden ? ", hidden" : "");
    buf_add_char(b, '\n');

    add_name(page, "image");
    buf_printf(b, "%.*s %.*s", STR_ARG(image->arch),
               STR_ARG(type.len > 0 ? type : STR("of no known type")));
    for (size_t i = 0; i < image->build_count; i++) {
        const struct macho_build *build = &image->builds[i];
        const str platform = macho_platform_name(build->platform);
        buf_printf(b, ", %.*s %.*s", STR_ARG(platform.len > 0 ? platform : STR("unknown platform")),
                   STR_ARG(macho_version_text(build->min_os, page->arena)));
        if (build->sdk != 0)
            buf_printf(b, " (sdk %.*s)", STR_ARG(macho_version_text(build->sdk, page->arena)));
    }
    buf_add(b, image->is_encrypted ? STR(", encrypted\n") : STR("\n"));
    if (image->has_uuid) {
        add_name(page, "uuid");
        for (size_t i = 0; i < sizeof image->uuid; i++)
            buf_printf(b, "%s%02X", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                       image->uuid[i]);
        buf_add_char(b, '\n');
    }
}

static void add_paint(const struct page *page, const char *colour)
{
    if (page->in_colour)
        buf_add(page->b, str_of(colour));
}

static void add_name(const struct page *page, const char *name)
{
    add_paint(page, DIM);
    buf_printf(page->b, "  %-13s", name);
    add_paint(page, PLAIN);
}

static void add_native_api(const struct page *page, const struct macho_linkage *linkage)
{
    static const char *const colours[] = {
        [MACHO_NATIVE_API_YES] = GREEN,
        [MACHO_NATIVE_API_NO] = PLAIN,
        [MACHO_NATIVE_API_BRIDGE] = GREEN,
        [MACHO_NATIVE_API_UNKNOWN] = YELLOW,
    };
    add_name(page, "native API");
    add_paint(page, colours[linkage->verdict]);
    buf_add(page->b, macho_native_api_name(linkage->verdict));
    add_paint(page, PLAIN);
    for (size_t i = 0; i < linkage->because.count; i++) {
        buf_add(page->b, i == 0 ? STR(": ") : STR("; "));
        macho_print_text(page->b, linkage->because.at[i]);
    }
    buf_add_char(page->b, '\n');
}

static void add_frameworks(const struct page *page, const struct macho_linkage *linkage)
{
    size_t re_exported = 0;
    for (size_t i = 0; i < linkage->framework_count; i++)
        re_exported += str_starts_with(linkage->frameworks[i].how, STR("through "));
    if (re_exported == 0)
        return;
    add_name(page, "re-exported");
    const char *separator = "";
    for (size_t i = 0; i < linkage->framework_count; i++) {
        if (!str_starts_with(linkage->frameworks[i].how, STR("through ")))
            continue;
        buf_printf(page->b, "%s", separator);
        macho_print_text(page->b, linkage->frameworks[i].name);
        separator = ", ";
    }
    buf_add_char(page->b, '\n');
}

static void add_links(const struct page *page, const struct macho_image *image)
{
    struct buf *b = page->b;
    for (size_t i = 0; i < image->link_count; i++) {
        const struct macho_link *link = &image->links[i];
        add_name(page, i == 0 ? "links" : "");
        buf_printf(b, "%-8.*s ", STR_ARG(macho_link_kind_name(link->kind)));
        macho_print_text(b, link->name);
        buf_printf(b, " %.*s\n", STR_ARG(macho_version_text(link->current_version, page->arena)));
    }
    if (image->link_count == 0) {
        add_name(page, "links");
        buf_add(b,
                image->implies_libsystem ? STR("none, which implies libSystem\n") : STR("none\n"));
    }
}

static void add_list(const struct page *page, const char *name, struct macho_text_list list)
{
    for (size_t i = 0; i < list.count; i++) {
        add_name(page, i == 0 ? name : "");
        macho_print_text(page->b, list.at[i]);
        buf_add_char(page->b, '\n');
    }
}

static void add_signature(const struct page *page, const struct macho_signature *signature)
{
    struct buf *b = page->b;
    const bool is_bad =
        signature->state == MACHO_UNSIGNED || signature->state == MACHO_SIGNATURE_INVALID;

    add_name(page, "signature");
    add_paint(page, is_bad ? RED : PLAIN);
    buf_add(b, macho_signature_state_name(signature->state));
    add_paint(page, PLAIN);
    if (signature->has_cms)
        buf_add(b, STR(", certificates not verified"));
    if (signature->has_ticket)
        buf_add(b, STR(", notarisation ticket"));
    buf_add_char(b, '\n');
    for (size_t i = 0; i < signature->directory_count; i++)
        add_directory(page, &signature->directories[i]);
    if (signature->entitlements.len > 0 || signature->has_der_entitlements) {
        add_name(page, "entitlements");
        if (signature->entitlements.len > 0)
            macho_print_text(b, signature->entitlements);
        buf_add(b, signature->has_der_entitlements ? STR(" (XML and DER)\n") : STR("\n"));
    }
}

static void add_directory(const struct page *page, const struct macho_code_directory *directory)
{
    struct buf *b = page->b;
    add_name(page, "");
    macho_print_text(b, directory->identifier);
    if (directory->team_id.len > 0) {
        buf_add(b, STR(", team "));
        macho_print_text(b, directory->team_id);
    }
    if (directory->flags != 0) {
        buf_add(b, STR(", flags "));
        macho_print_flags(b, directory->flags);
    }
    buf_printf(b, ", cdhash %.*s (%.*s)\n", STR_ARG(directory->cdhash),
               STR_ARG(macho_hash_name(directory->hash)));
}

void macho_print_flags(struct buf *b, uint32_t flags)
{
    const char *separator = "";
    for (unsigned shift = 0; shift < 32; shift++) {
        const uint32_t bit = flags & (uint32_t)1 << shift;
        if (bit == 0)
            continue;
        const str name = macho_flag_name(bit);
        if (name.len > 0)
            buf_printf(b, "%s%.*s", separator, STR_ARG(name));
        else
            buf_printf(b, "%s0x%x", separator, (unsigned)bit);
        separator = ", ";
    }
}

static void add_errors(const struct page *page, const struct macho_image *image)
{
    struct buf *b = page->b;
    for (size_t i = 0; i < image->error_count; i++) {
        add_name(page, i == 0 ? "errors" : "");
        add_paint(page, RED);
        if (image->errors[i].index >= 0)
            buf_printf(b, "command %lld: ", (long long)image->errors[i].index);
        macho_print_text(b, image->errors[i].reason);
        add_paint(page, PLAIN);
        buf_add_char(b, '\n');
    }
    if (image->errors_untold > 0) {
        add_name(page, "");
        buf_printf(b, "%zu more errors\n", image->errors_untold);
    }
}

void macho_print_text(struct buf *b, str text)
{
    while (text.len > 0) {
        const size_t len = utf8_len(text);
        if (len == 0)
            buf_printf(b, "\\x%02x", (unsigned)(unsigned char)text.at[0]);
        else if (is_harmless(utf8_code_point(text)))
            buf_add(b, str_to(text, len));
        else
            buf_printf(b, "\\u{%x}", (unsigned)utf8_code_point(text));
        text = str_from(text, len == 0 ? 1 : len);
    }
}

static bool is_harmless(uint32_t code_point)
{
    const bool is_control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
    const bool is_line = code_point == 0x2028 || code_point == 0x2029;
    const bool is_bidirectional = code_point == 0x61c || code_point == 0x200e ||
                                  code_point == 0x200f ||
                                  (code_point >= 0x202a && code_point <= 0x202e) ||
                                  (code_point >= 0x2066 && code_point <= 0x2069);
    return !is_control && !is_line && !is_bidirectional;
}
