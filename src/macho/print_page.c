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
static void add_imports(const struct page *page, const struct macho_subject *subject);
static void add_signature(const struct page *page, const struct macho_signature *signature,
                          const struct macho_report *report);
static void add_entitlements(const struct page *page, const struct macho_signature *signature);
static void add_signers(const struct page *page, const struct macho_signers *signers);
static str common_name_of(str subject);
static void add_seals(const struct page *page, const struct macho_seals *seals);
static void add_injection(const struct page *page, const struct macho_injection *injection);
static void add_worst(const struct page *page, const struct macho_subject *subject);
static void add_directory(const struct page *page, const struct macho_code_directory *directory);
static void add_errors(const struct page *page, const struct macho_image *image);

void macho_print_page(struct buf *b, const struct macho_subject *subject, bool in_colour,
                      struct arena *a)
{
    const struct page page = { .b = b, .arena = a, .in_colour = in_colour };
    const struct macho_image *image = &subject->file->images[subject->index];

    add_heading(&page, subject);
    add_native_api(&page, &subject->report->linkage);
    add_frameworks(&page, &subject->report->linkage);
    add_links(&page, image);
    add_list(&page, "rpaths", image->rpaths);
    add_list(&page, "environment", image->environment);
    add_imports(&page, subject);
    add_signature(&page, &image->signature, subject->report);
    add_injection(&page, &subject->report->injection);
    if (subject->file->image_count > 1)
        add_worst(&page, subject);
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
        [MACHO_NATIVE_API_YES] = GREEN,      [MACHO_NATIVE_API_NO] = PLAIN,
        [MACHO_NATIVE_API_BRIDGE] = GREEN,   [MACHO_NATIVE_API_STRING] = GREEN,
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

// Those that are watched, by what they are watched for.
static void add_imports(const struct page *page, const struct macho_subject *subject)
{
    struct buf *b = page->b;
    const struct macho_imports *imports = &subject->report->imports;

    add_name(page, "imports");
    buf_printf(b, "%zu symbol%s%s\n", imports->count, imports->count == 1 ? "" : "s",
               imports->is_complete ? "" : ", and perhaps more: not all could be read");
    for (size_t first = 0; first < imports->watched.count; first++) {
        const str family = macho_watch_family(imports->watched.at[first]);
        bool is_told = false;
        for (size_t i = 0; i < first; i++)
            is_told = is_told || str_eq(macho_watch_family(imports->watched.at[i]), family);
        if (is_told)
            continue;
        add_name(page, "");
        buf_printf(b, "%.*s:", STR_ARG(family));
        for (size_t i = first; i < imports->watched.count; i++) {
            if (!str_eq(macho_watch_family(imports->watched.at[i]), family))
                continue;
            buf_add_char(b, ' ');
            macho_print_text(b, imports->watched.at[i]);
        }
        buf_add_char(b, '\n');
    }
    if (subject->with_imports)
        add_list(page, "all imports", imports->all);
}

static void add_signature(const struct page *page, const struct macho_signature *signature,
                          const struct macho_report *report)
{
    struct buf *b = page->b;
    const bool is_bad =
        signature->state == MACHO_UNSIGNED || signature->state == MACHO_SIGNATURE_INVALID;

    add_name(page, "signature");
    add_paint(page, is_bad ? RED : PLAIN);
    buf_add(b, macho_signature_state_name(signature->state));
    add_paint(page, PLAIN);
    if (signature->has_ticket || report->seals.has_stapled_ticket)
        buf_add(b, STR(", notarisation ticket"));
    buf_add_char(b, '\n');
    for (size_t i = 0; i < signature->directory_count; i++)
        add_directory(page, &signature->directories[i]);
    add_signers(page, &report->signers);
    add_entitlements(page, signature);
    add_seals(page, &report->seals);
}

static void add_entitlements(const struct page *page, const struct macho_signature *signature)
{
    struct buf *b = page->b;
    const bool has_xml = signature->entitlements.len > 0;
    if (!has_xml && !signature->has_der_entitlements)
        return;
    add_name(page, "entitlements");
    macho_print_text(b, has_xml ? signature->entitlements : signature->der_entitlements);
    const bool is_other = has_xml && signature->der_entitlements.len > 0 &&
                          !str_eq(signature->entitlements, signature->der_entitlements);
    if (signature->has_der_entitlements && !is_other)
        buf_add(b, has_xml ? STR(" (XML and DER)") : STR(" (DER)"));
    buf_add_char(b, '\n');
    if (!is_other)
        return;
    add_name(page, "of the DER");
    macho_print_text(b, signature->der_entitlements);
    buf_add_char(b, '\n');
}

// Leaf first. Who is not verified only claims to be.
static void add_signers(const struct page *page, const struct macho_signers *signers)
{
    struct buf *b = page->b;
    for (size_t i = 0; i < signers->names.count; i++) {
        add_name(page, i == 0 ? "signed by" : "");
        macho_print_text(b, common_name_of(signers->names.at[i]));
        buf_add_char(b, '\n');
    }
    if (signers->chain == MACHO_CHAIN_NONE)
        return;
    const bool is_verified = signers->chain == MACHO_CHAIN_VERIFIED;
    add_name(page, "chain");
    add_paint(page, is_verified ? GREEN : YELLOW);
    buf_add(b, is_verified ? STR("verified") : STR("claimed"));
    add_paint(page, PLAIN);
    if (!is_verified) {
        buf_add(b, STR(": "));
        macho_print_text(b, signers->why.len > 0 ? signers->why
                                                 : STR("no anchors to verify it against"));
    }
    if (signers->signing_time.len > 0) {
        buf_add(b, STR(", signed at "));
        macho_print_text(b, signers->signing_time);
    }
    buf_add_char(b, '\n');
}

// "UID = X, CN = Developer ID Application: Y (X), OU = X, …" is known by its CN.
static str common_name_of(str subject)
{
    const str start = STR("CN = ");
    const size_t at = str_find(subject, start);
    if (at == subject.len)
        return subject;
    const str rest = str_from(subject, at + start.len);
    size_t end = rest.len;
    static const char *const next[] = { ", OU = ", ", O = ", ", C = ", ", UID = ", ", L = " };
    for (size_t i = 0; i < COUNT_OF(next); i++) {
        const size_t found = str_find(rest, str_of(next[i]));
        end = found < end ? found : end;
    }
    return str_to(rest, end);
}

static void add_seals(const struct page *page, const struct macho_seals *seals)
{
    struct buf *b = page->b;
    const struct {
        const char *name;
        enum macho_seal seal;
    } told[] = {
        { "pages", seals->pages },
        { "Info.plist", seals->info },
        { "requirements", seals->requirements },
        { "resources", seals->resources },
        { "entitlements", seals->entitlements },
        { "DER entitlements", seals->der_entitlements },
    };
    const char *separator = "";
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        if (told[i].seal == MACHO_SEAL_NONE)
            continue;
        if (*separator == '\0')
            add_name(page, "seals");
        const bool is_bad = told[i].seal == MACHO_SEAL_BROKEN || told[i].seal == MACHO_SEAL_MISSING;
        buf_printf(b, "%s%s ", separator, told[i].name);
        add_paint(page, is_bad ? RED : PLAIN);
        buf_add(b, told[i].seal == MACHO_SEAL_NOT_READ ? STR("not checked")
                                                       : macho_seal_name(told[i].seal));
        add_paint(page, PLAIN);
        separator = ", ";
    }
    if (*separator != '\0')
        buf_add_char(b, '\n');
}

static void add_injection(const struct page *page, const struct macho_injection *injection)
{
    static const char *const colours[] = {
        [MACHO_INJECTION_CLOSED] = GREEN,
        [MACHO_INJECTION_LIMITED] = YELLOW,
        [MACHO_INJECTION_OPEN] = RED,
    };
    struct buf *b = page->b;
    add_name(page, "injection");
    add_paint(page, colours[injection->verdict]);
    buf_add(b, macho_injection_name(injection->verdict));
    add_paint(page, PLAIN);
    buf_add_char(b, '\n');
    add_list(page, "  because", injection->reasons);
    for (size_t i = 0; i < injection->candidate_count; i++) {
        const struct macho_candidate *candidate = &injection->candidates[i];
        add_name(page, i == 0 ? "  places" : "");
        buf_printf(b, "%-8.*s ", STR_ARG(macho_candidate_name(candidate->kind)));
        macho_print_text(b, candidate->path);
        buf_add(b,
                candidate->is_writable ? STR(" (others than root may write there)\n") : STR("\n"));
    }
}

static void add_worst(const struct page *page, const struct macho_subject *subject)
{
    const struct macho_verdicts *worst = subject->worst;
    add_name(page, "file");
    buf_printf(page->b,
               "the worst of its %zu slices: signature %.*s, injection %.*s, native API %.*s\n",
               subject->file->image_count, STR_ARG(macho_signature_state_name(worst->signature)),
               STR_ARG(macho_injection_name(worst->injection)),
               STR_ARG(macho_native_api_name(worst->native_api)));
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
        else if (utf8_is_shown(utf8_code_point(text)))
            buf_add(b, str_to(text, len));
        else
            buf_printf(b, "\\u{%x}", (unsigned)utf8_code_point(text));
        text = str_from(text, len == 0 ? 1 : len);
    }
}
