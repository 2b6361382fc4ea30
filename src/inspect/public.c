// What the public library (include/pomona/macho.h) tells of a slice: views of what was read.

#include "inspect/public.h"

#include "macho/print.h"

#include <stdlib.h>

PUBLIC_SAME(POMONA_MACHO_FAT_64, MACHO_FAT64);
PUBLIC_SAME(POMONA_MACHO_SIGNATURE_UNSIGNED, MACHO_UNSIGNED);
PUBLIC_SAME(POMONA_MACHO_SIGNATURE_ADHOC, MACHO_SIGNED_ADHOC);
PUBLIC_SAME(POMONA_MACHO_SIGNATURE_LINKER, MACHO_SIGNED_BY_LINKER);
PUBLIC_SAME(POMONA_MACHO_SIGNATURE_SIGNED, MACHO_SIGNED);
PUBLIC_SAME(POMONA_MACHO_SIGNATURE_INVALID, MACHO_SIGNATURE_INVALID);
PUBLIC_SAME(POMONA_MACHO_INJECTION_CLOSED, MACHO_INJECTION_CLOSED);
PUBLIC_SAME(POMONA_MACHO_INJECTION_OPEN, MACHO_INJECTION_OPEN);
PUBLIC_SAME(POMONA_MACHO_NATIVE_API_YES, MACHO_NATIVE_API_YES);
PUBLIC_SAME(POMONA_MACHO_NATIVE_API_NO, MACHO_NATIVE_API_NO);
PUBLIC_SAME(POMONA_MACHO_NATIVE_API_BRIDGE, MACHO_NATIVE_API_BRIDGE);
PUBLIC_SAME(POMONA_MACHO_NATIVE_API_STRING, MACHO_NATIVE_API_STRING);
PUBLIC_SAME(POMONA_MACHO_NATIVE_API_UNKNOWN, MACHO_NATIVE_API_UNKNOWN);
PUBLIC_SAME(POMONA_MACHO_CHAIN_CLAIMED, MACHO_CHAIN_CLAIMED);
PUBLIC_SAME(POMONA_MACHO_CHAIN_VERIFIED, MACHO_CHAIN_VERIFIED);
PUBLIC_SAME(POMONA_MACHO_SEAL_HOLDS, MACHO_SEAL_HOLDS);
PUBLIC_SAME(POMONA_MACHO_SEAL_BROKEN, MACHO_SEAL_BROKEN);
PUBLIC_SAME(POMONA_MACHO_SEAL_MISSING, MACHO_SEAL_MISSING);
PUBLIC_SAME(POMONA_MACHO_SEAL_NOT_READ, MACHO_SEAL_NOT_READ);
PUBLIC_SAME(POMONA_MACHO_PART_RESOURCES, MACHO_BUNDLE_RESOURCES);
PUBLIC_SAME(POMONA_MACHO_PART_TICKET, MACHO_BUNDLE_TICKET);
PUBLIC_SAME(POMONA_MACHO_HEAD_BYTES, MACHO_HEAD_BYTES);

static bool image_mark(const struct macho_image *image, enum pomona_macho_mark which);
static bool claim_mark(const struct macho_claims *claims, enum pomona_macho_mark which);

// --- The file

uint64_t pomona_macho_size(const struct pomona_macho *file)
{
    return file == NULL ? 0 : file->file.size;
}

enum pomona_macho_fat pomona_macho_fat_of(const struct pomona_macho *file)
{
    return file == NULL ? POMONA_MACHO_FAT_NONE : (enum pomona_macho_fat)file->file.fat;
}

struct pomona_macho_verdicts pomona_macho_worst(const struct pomona_macho *file)
{
    // Whoever asks of nothing must not take it for harmless.
    static const struct macho_verdicts none = {
        .signature = MACHO_SIGNATURE_INVALID,
        .injection = MACHO_INJECTION_OPEN,
        .native_api = MACHO_NATIVE_API_UNKNOWN,
    };
    const struct macho_verdicts *worst = file == NULL ? &none : &file->worst;
    return (struct pomona_macho_verdicts){
        .signature = (enum pomona_macho_signature)worst->signature,
        .injection = (enum pomona_macho_injection)worst->injection,
        .native_api = (enum pomona_macho_native_api)worst->native_api,
    };
}

size_t pomona_macho_slice_count(const struct pomona_macho *file)
{
    return file == NULL ? 0 : file->file.image_count;
}

const struct pomona_macho_slice *pomona_macho_slice_at(const struct pomona_macho *file,
                                                       size_t index)
{
    return index < pomona_macho_slice_count(file) ? &file->slices[index] : NULL;
}

// --- A slice

struct pomona_macho_verdicts pomona_macho_verdicts_of(const struct pomona_macho_slice *s)
{
    if (s == NULL)
        return pomona_macho_worst(NULL);
    return (struct pomona_macho_verdicts){
        .signature = (enum pomona_macho_signature)s->image->signature.state,
        .injection = (enum pomona_macho_injection)s->report->injection.verdict,
        .native_api = (enum pomona_macho_native_api)s->report->linkage.verdict,
    };
}

struct pomona_str pomona_macho_text_of(const struct pomona_macho_slice *s,
                                       enum pomona_macho_text which)
{
    if (s == NULL)
        return public_str(STR_EMPTY);
    switch (which) {
    case POMONA_MACHO_TEXT_ARCH:
        return public_str(s->image->arch);
    case POMONA_MACHO_TEXT_FILE_TYPE:
        return public_str(macho_file_type_name(s->image->file_type));
    case POMONA_MACHO_TEXT_UUID:
        return public_str(str_of(s->uuid));
    case POMONA_MACHO_TEXT_INSTALL_NAME:
        return public_str(s->image->install_name);
    case POMONA_MACHO_TEXT_IDENTIFIER:
        return public_str(s->best->identifier);
    case POMONA_MACHO_TEXT_TEAM_ID:
        return public_str(s->best->team_id);
    case POMONA_MACHO_TEXT_CDHASH:
        return public_str(s->best->cdhash);
    case POMONA_MACHO_TEXT_ENTITLEMENTS_XML:
        return public_str(s->image->signature.entitlements);
    case POMONA_MACHO_TEXT_ENTITLEMENTS_DER:
        return public_str(s->image->signature.der_entitlements);
    case POMONA_MACHO_TEXT_CHAIN_WHY:
        return public_str(s->report->signers.why);
    case POMONA_MACHO_TEXT_LEAF_TEAM:
        return public_str(s->report->signers.leaf_team);
    case POMONA_MACHO_TEXT_SIGNING_TIME:
        return public_str(s->report->signers.signing_time);
    }
    return public_str(STR_EMPTY);
}

uint64_t pomona_macho_number_of(const struct pomona_macho_slice *s, enum pomona_macho_number which)
{
    if (s == NULL)
        return 0;
    switch (which) {
    case POMONA_MACHO_NUMBER_OFFSET:
        return s->image->offset;
    case POMONA_MACHO_NUMBER_SIZE:
        return s->image->size;
    case POMONA_MACHO_NUMBER_CPU_TYPE:
        return s->image->cpu_type;
    case POMONA_MACHO_NUMBER_CPU_SUBTYPE:
        return s->image->cpu_subtype;
    case POMONA_MACHO_NUMBER_FILE_TYPE:
        return s->image->file_type;
    case POMONA_MACHO_NUMBER_HEADER_FLAGS:
        return s->image->flags;
    case POMONA_MACHO_NUMBER_SIGNATURE_FLAGS:
        return s->best->flags;
    case POMONA_MACHO_NUMBER_PAGES:
        return s->report->seals.page_count;
    case POMONA_MACHO_NUMBER_PAGES_BROKEN:
        return s->report->seals.pages_broken;
    case POMONA_MACHO_NUMBER_FIRST_BROKEN:
        return s->report->seals.first_broken;
    case POMONA_MACHO_NUMBER_ERRORS_UNTOLD:
        return s->image->errors_untold;
    }
    return 0;
}

bool pomona_macho_mark_of(const struct pomona_macho_slice *s, enum pomona_macho_mark which)
{
    if (s == NULL)
        return false;
    const struct macho_signature *signature = &s->image->signature;
    switch (which) {
    case POMONA_MACHO_MARK_IMPORTS_COMPLETE:
        return s->report->imports.is_complete;
    case POMONA_MACHO_MARK_LOOKS_EXHAUSTED:
        return s->report->injection.looks_exhausted;
    case POMONA_MACHO_MARK_CMS:
        return signature->has_cms;
    case POMONA_MACHO_MARK_REQUIREMENTS:
        return signature->has_requirements;
    case POMONA_MACHO_MARK_DER_ENTITLEMENTS:
        return signature->has_der_entitlements;
    case POMONA_MACHO_MARK_TICKET:
        return signature->has_ticket || s->report->seals.has_stapled_ticket;
    case POMONA_MACHO_MARK_MAIN_OF_BUNDLE:
        return s->report->seals.is_main_of_bundle;
    default:
        return image_mark(s->image, which) || claim_mark(&signature->claims, which);
    }
}

static bool image_mark(const struct macho_image *image, enum pomona_macho_mark which)
{
    switch (which) {
    case POMONA_MACHO_MARK_HIDDEN:
        return image->is_hidden;
    case POMONA_MACHO_MARK_64:
        return image->is_64;
    case POMONA_MACHO_MARK_BIG_ENDIAN:
        return image->is_big_endian;
    case POMONA_MACHO_MARK_ENCRYPTED:
        return image->is_encrypted;
    case POMONA_MACHO_MARK_RESTRICT:
        return image->has_restrict;
    case POMONA_MACHO_MARK_IMPLIES_LIBSYSTEM:
        return image->implies_libsystem;
    case POMONA_MACHO_MARK_COMMANDS_COMPLETE:
        return image->commands_complete;
    case POMONA_MACHO_MARK_LINKS_COMPLETE:
        return image->links_complete;
    default:
        return false;
    }
}

static bool claim_mark(const struct macho_claims *claims, enum pomona_macho_mark which)
{
    switch (which) {
    case POMONA_MACHO_MARK_ALLOW_JIT:
        return claims->allow_jit;
    case POMONA_MACHO_MARK_ALLOW_UNSIGNED_EXECUTABLE_MEMORY:
        return claims->allow_unsigned_executable_memory;
    case POMONA_MACHO_MARK_DISABLE_EXECUTABLE_PAGE_PROTECTION:
        return claims->disable_executable_page_protection;
    case POMONA_MACHO_MARK_DISABLE_LIBRARY_VALIDATION:
        return claims->disable_library_validation;
    case POMONA_MACHO_MARK_ALLOW_DYLD_ENVIRONMENT_VARIABLES:
        return claims->allow_dyld_environment;
    case POMONA_MACHO_MARK_GET_TASK_ALLOW:
        return claims->get_task_allow;
    case POMONA_MACHO_MARK_DEBUGGER:
        return claims->debugger;
    default:
        return false;
    }
}

enum pomona_macho_chain pomona_macho_chain_of(const struct pomona_macho_slice *s)
{
    return s == NULL ? POMONA_MACHO_CHAIN_NONE : (enum pomona_macho_chain)s->report->signers.chain;
}

enum pomona_macho_seal pomona_macho_seal_of(const struct pomona_macho_slice *s,
                                            enum pomona_macho_sealed which)
{
    if (s == NULL)
        return POMONA_MACHO_SEAL_NONE;
    const struct macho_seals *seals = &s->report->seals;
    switch (which) {
    case POMONA_MACHO_SEALED_PAGES:
        return (enum pomona_macho_seal)seals->pages;
    case POMONA_MACHO_SEALED_INFO:
        return (enum pomona_macho_seal)seals->info;
    case POMONA_MACHO_SEALED_REQUIREMENTS:
        return (enum pomona_macho_seal)seals->requirements;
    case POMONA_MACHO_SEALED_RESOURCES:
        return (enum pomona_macho_seal)seals->resources;
    case POMONA_MACHO_SEALED_ENTITLEMENTS:
        return (enum pomona_macho_seal)seals->entitlements;
    case POMONA_MACHO_SEALED_DER_ENTITLEMENTS:
        return (enum pomona_macho_seal)seals->der_entitlements;
    }
    return POMONA_MACHO_SEAL_NONE;
}

char *pomona_macho_json(const struct pomona_macho_slice *s, bool with_imports, size_t *out_len)
{
    if (s == NULL)
        return NULL;
    const struct macho_subject subject = {
        .path = s->file->path,
        .file = &s->file->file,
        .index = s->index,
        .report = s->report,
        .worst = &s->file->worst,
        .with_imports = with_imports,
    };
    struct arena arena = { .chunk = NULL };
    struct buf b;
    buf_init(&b, MACHO_PRINT_MAX);
    macho_print_json(&b, &subject, &arena);
    arena_done(&arena);
    char *text = NULL;
    if (!b.failed) {
        text = memory_new(b.len + 1);
        memcpy(text, b.at, b.len);
        text[b.len] = '\0';
        if (out_len != NULL)
            *out_len = b.len;
    }
    buf_done(&b);
    return text;
}
