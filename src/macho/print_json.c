// One image as one JSON object. A key that is there is never renamed; more may follow.

#include "macho/print.h"

static void add_key(struct buf *b, const char *key);
static void add_text(struct buf *b, const char *key, str text);
static void add_text_or_null(struct buf *b, const char *key, str text);
static void add_bool(struct buf *b, const char *key, bool value);
static void add_texts(struct buf *b, const char *key, struct macho_text_list list);
static void add_uuid(struct buf *b, const struct macho_image *image);
static void add_builds(struct buf *b, const struct macho_image *image, struct arena *a);
static void add_version(struct buf *b, const char *key, uint32_t version, struct arena *a);
static void add_links(struct buf *b, const struct macho_image *image, struct arena *a);
static void add_linkage(struct buf *b, const struct macho_linkage *linkage);
static void add_imports(struct buf *b, const struct macho_imports *imports, bool with_all);
static void add_signature(struct buf *b, const struct macho_signature *signature,
                          const struct macho_report *report);
static void add_seals(struct buf *b, const struct macho_seals *seals);
static void add_injection(struct buf *b, const struct macho_injection *injection);
static void add_worst(struct buf *b, const struct macho_verdicts *worst);
static void add_directories(struct buf *b, const struct macho_signature *signature);
static void add_flags(struct buf *b, uint32_t flags);
static void add_errors(struct buf *b, const struct macho_image *image);

void macho_print_json(struct buf *b, const struct macho_subject *subject, struct arena *a)
{
    macho_print_path(b, subject->path);
    macho_print_object(b, subject, a);
}

void macho_print_path(struct buf *b, str path)
{
    buf_add(b, STR("{\"path\":\""));
    buf_add_json(b, path);
    buf_add(b, STR("\","));
}

void macho_print_object(struct buf *b, const struct macho_subject *subject, struct arena *a)
{
    static const char *const fats[] = {
        [MACHO_THIN] = "null", [MACHO_FAT] = "\"fat\"", [MACHO_FAT64] = "\"fat64\""
    };
    const struct macho_file *file = subject->file;
    const struct macho_image *image = &file->images[subject->index];
    const struct macho_report *report = subject->report;

    buf_printf(b, "\"size\":%llu,\"slice\":%zu,\"slices\":%zu,\"fat\":%s",
               (unsigned long long)file->size, subject->index, file->image_count, fats[file->fat]);
    add_bool(b, "hidden", image->is_hidden);
    add_text_or_null(b, "arch", image->arch);
    add_text_or_null(b, "file_type", macho_file_type_name(image->file_type));
    add_uuid(b, image);
    add_builds(b, image, a);
    add_text_or_null(b, "install_name", image->install_name);
    add_bool(b, "encrypted", image->is_encrypted);
    add_links(b, image, a);
    add_bool(b, "implies_libsystem", image->implies_libsystem);
    add_texts(b, "rpaths", image->rpaths);
    add_texts(b, "environment", image->environment);
    add_linkage(b, &report->linkage);
    add_imports(b, &report->imports, subject->with_imports);
    add_signature(b, &image->signature, report);
    add_injection(b, &report->injection);
    add_worst(b, subject->worst);
    add_errors(b, image);
    buf_add_char(b, '}');
}

// A comma before every key but the first of an object.
static void add_key(struct buf *b, const char *key)
{
    const str so_far = buf_str(b);
    const bool is_first = so_far.len > 0 && so_far.at[so_far.len - 1] == '{';
    buf_add(b, is_first ? STR("\"") : STR(",\""));
    buf_add(b, str_of(key));
    buf_add(b, STR("\":"));
}

static void add_text(struct buf *b, const char *key, str text)
{
    add_key(b, key);
    buf_add_char(b, '"');
    buf_add_json(b, text);
    buf_add_char(b, '"');
}

static void add_text_or_null(struct buf *b, const char *key, str text)
{
    if (text.len > 0) {
        add_text(b, key, text);
    } else {
        add_key(b, key);
        buf_add(b, STR("null"));
    }
}

static void add_bool(struct buf *b, const char *key, bool value)
{
    add_key(b, key);
    buf_add(b, value ? STR("true") : STR("false"));
}

static void add_texts(struct buf *b, const char *key, struct macho_text_list list)
{
    add_key(b, key);
    buf_add_char(b, '[');
    for (size_t i = 0; i < list.count; i++) {
        buf_add(b, i > 0 ? STR(",\"") : STR("\""));
        buf_add_json(b, list.at[i]);
        buf_add_char(b, '"');
    }
    buf_add_char(b, ']');
}

static void add_uuid(struct buf *b, const struct macho_image *image)
{
    static const char digits[] = "0123456789ABCDEF";
    add_key(b, "uuid");
    if (!image->has_uuid) {
        buf_add(b, STR("null"));
        return;
    }
    char text[2 * sizeof image->uuid];
    for (size_t i = 0; i < sizeof image->uuid; i++) {
        text[2 * i] = digits[image->uuid[i] >> 4];
        text[2 * i + 1] = digits[image->uuid[i] & 0xf];
    }
    buf_add_char(b, '"');
    buf_add(b, (str){ .at = text, .len = sizeof text });
    buf_add_char(b, '"');
}

// The first platform stands by itself; an image for several also lists them all.
static void add_builds(struct buf *b, const struct macho_image *image, struct arena *a)
{
    const struct macho_build none = { .platform = 0 };
    const struct macho_build *first = image->build_count > 0 ? &image->builds[0] : &none;

    add_text_or_null(b, "platform", macho_platform_name(first->platform));
    add_version(b, "min_os", first->min_os, a);
    add_version(b, "sdk", first->sdk, a);
    if (image->build_count < 2)
        return;
    add_key(b, "builds");
    for (size_t i = 0; i < image->build_count; i++) {
        buf_add(b, i > 0 ? STR(",{") : STR("[{"));
        add_text_or_null(b, "platform", macho_platform_name(image->builds[i].platform));
        add_version(b, "min_os", image->builds[i].min_os, a);
        add_version(b, "sdk", image->builds[i].sdk, a);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

static void add_version(struct buf *b, const char *key, uint32_t version, struct arena *a)
{
    add_text_or_null(b, key, version == 0 ? STR_EMPTY : macho_version_text(version, a));
}

static void add_links(struct buf *b, const struct macho_image *image, struct arena *a)
{
    add_key(b, "links");
    buf_add_char(b, '[');
    for (size_t i = 0; i < image->link_count; i++) {
        const struct macho_link *link = &image->links[i];
        buf_add(b, i > 0 ? STR(",{") : STR("{"));
        add_text(b, "kind", macho_link_kind_name(link->kind));
        add_text(b, "name", link->name);
        add_text(b, "current_version", macho_version_text(link->current_version, a));
        add_text(b, "compatibility_version", macho_version_text(link->compatibility_version, a));
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

static void add_linkage(struct buf *b, const struct macho_linkage *linkage)
{
    add_key(b, "frameworks");
    buf_add_char(b, '{');
    for (size_t i = 0; i < linkage->framework_count; i++) {
        buf_add(b, i > 0 ? STR(",\"") : STR("\""));
        buf_add_json(b, linkage->frameworks[i].name);
        buf_add(b, STR("\":\""));
        buf_add_json(b, linkage->frameworks[i].how);
        buf_add_char(b, '"');
    }
    buf_add_char(b, '}');
    add_key(b, "native_api");
    buf_add_char(b, '{');
    add_text(b, "verdict", macho_native_api_name(linkage->verdict));
    add_texts(b, "because", linkage->because);
    buf_add_char(b, '}');
}

static void add_imports(struct buf *b, const struct macho_imports *imports, bool with_all)
{
    add_key(b, "imports");
    buf_printf(b, "{\"count\":%zu", imports->count);
    add_texts(b, "watched", imports->watched);
    if (with_all)
        add_texts(b, "all", imports->all);
    add_bool(b, "complete", imports->is_complete);
    buf_add_char(b, '}');
}

static void add_signature(struct buf *b, const struct macho_signature *signature,
                          const struct macho_report *report)
{
    static const struct macho_code_directory none;
    const struct macho_code_directory *best = signature->best != NULL ? signature->best : &none;
    const struct macho_signers *signers = &report->signers;
    // New systems read the DER, and there are images that have nothing else.
    const str entitlements =
        signature->entitlements.len > 0 ? signature->entitlements : signature->der_entitlements;

    add_key(b, "signature");
    buf_add_char(b, '{');
    add_text(b, "state", macho_signature_state_name(signature->state));
    add_text_or_null(b, "identifier", best->identifier);
    add_text_or_null(b, "team_id", best->team_id);
    add_flags(b, best->flags);
    add_text_or_null(b, "cdhash", best->cdhash);
    add_directories(b, signature);
    add_key(b, "entitlements");
    buf_add(b, entitlements.len > 0 ? entitlements : STR("null"));
    add_bool(b, "der_entitlements", signature->has_der_entitlements);
    add_key(b, "entitlements_der");
    buf_add(b, signature->der_entitlements.len > 0 &&
                       !str_eq(signature->der_entitlements, entitlements)
                   ? signature->der_entitlements
                   : STR("null"));
    add_texts(b, "entitlements_differ", signature->entitlements_differ);
    add_bool(b, "entitlements_unread", signature->entitlements_unread);
    add_bool(b, "requirements", signature->has_requirements);
    add_bool(b, "ticket", signature->has_ticket || report->seals.has_stapled_ticket);
    add_texts(b, "signers", signers->names);
    add_text_or_null(b, "signing_time", signers->signing_time);
    add_text(b, "chain", macho_chain_name(signers->chain));
    add_text_or_null(b, "chain_why", signers->why);
    add_seals(b, &report->seals);
    buf_add_char(b, '}');
}

static void add_seals(struct buf *b, const struct macho_seals *seals)
{
    add_key(b, "seals");
    buf_add_char(b, '{');
    add_text(b, "pages", macho_seal_name(seals->pages));
    add_text(b, "info", macho_seal_name(seals->info));
    add_text(b, "requirements", macho_seal_name(seals->requirements));
    add_text(b, "resources", macho_seal_name(seals->resources));
    add_text(b, "entitlements", macho_seal_name(seals->entitlements));
    add_text(b, "der_entitlements", macho_seal_name(seals->der_entitlements));
    add_key(b, "page_count");
    buf_printf(b, "%zu", seals->page_count);
    add_key(b, "pages_broken");
    buf_printf(b, "%zu", seals->pages_broken);
    buf_add_char(b, '}');
}

static void add_injection(struct buf *b, const struct macho_injection *injection)
{
    add_key(b, "injection");
    buf_add_char(b, '{');
    add_text(b, "verdict", macho_injection_name(injection->verdict));
    add_texts(b, "reasons", injection->reasons);
    add_key(b, "candidates");
    buf_add_char(b, '[');
    for (size_t i = 0; i < injection->candidate_count; i++) {
        const struct macho_candidate *candidate = &injection->candidates[i];
        buf_add(b, i > 0 ? STR(",{") : STR("{"));
        add_text(b, "kind", macho_candidate_name(candidate->kind));
        add_text(b, "link", candidate->link);
        add_text(b, "path", candidate->path);
        add_bool(b, "writable", candidate->is_writable);
        buf_add_char(b, '}');
    }
    buf_add(b, STR("]}"));
}

static void add_worst(struct buf *b, const struct macho_verdicts *worst)
{
    add_key(b, "file");
    buf_add_char(b, '{');
    add_text(b, "signature", macho_signature_state_name(worst->signature));
    add_text(b, "injection", macho_injection_name(worst->injection));
    add_text(b, "native_api", macho_native_api_name(worst->native_api));
    buf_add_char(b, '}');
}

static void add_directories(struct buf *b, const struct macho_signature *signature)
{
    add_key(b, "code_directories");
    buf_add_char(b, '[');
    for (size_t i = 0; i < signature->directory_count; i++) {
        const struct macho_code_directory *directory = &signature->directories[i];
        buf_add(b, i > 0 ? STR(",{") : STR("{"));
        add_text(b, "hash_type", macho_hash_name(directory->hash));
        add_text(b, "cdhash", directory->cdhash);
        add_flags(b, directory->flags);
        add_text(b, "identifier", directory->identifier);
        add_text_or_null(b, "team_id", directory->team_id);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

static void add_flags(struct buf *b, uint32_t flags)
{
    bool is_first = true;
    add_key(b, "flags");
    buf_add_char(b, '[');
    for (unsigned shift = 0; shift < 32; shift++) {
        const uint32_t bit = flags & (uint32_t)1 << shift;
        if (bit == 0)
            continue;
        const str name = macho_flag_name(bit);
        buf_add(b, is_first ? STR("\"") : STR(",\""));
        if (name.len > 0)
            buf_add(b, name);
        else
            buf_printf(b, "0x%x", (unsigned)bit);
        buf_add_char(b, '"');
        is_first = false;
    }
    buf_add_char(b, ']');
}

static void add_errors(struct buf *b, const struct macho_image *image)
{
    add_key(b, "errors");
    buf_add_char(b, '[');
    for (size_t i = 0; i < image->error_count; i++) {
        const struct macho_error *error = &image->errors[i];
        buf_add(b, i > 0 ? STR(",{") : STR("{"));
        add_key(b, "index");
        if (error->index < 0)
            buf_add(b, STR("null"));
        else
            buf_printf(b, "%lld", (long long)error->index);
        add_text(b, "reason", error->reason);
        buf_add_char(b, '}');
    }
    if (image->errors_untold > 0)
        buf_printf(b, ",{\"index\":null,\"reason\":\"%zu more errors\"}", image->errors_untold);
    buf_add_char(b, ']');
}
