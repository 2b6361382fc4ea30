// What the signature allows is judged here; what the disk allows, in hijack.c. Flags and
// entitlements mean what Apple's documentation of the hardened runtime says of them, and what
// dyld asks AMFI for (DyldProcessConfig.cpp).

#include "macho/injection.h"

#include "macho/hijack.h"
#include "macho/places.h"

// <mach-o/loader.h>, <kern/cs_blobs.h>
#define MH_EXECUTE    2u
#define MH_DYLIB      6u
#define MH_BUNDLE     8u
#define MH_KEXT       11u
#define CS_FORCED_LV  0x10u
#define CS_RESTRICT   0x800u
#define CS_REQUIRE_LV 0x2000u
#define CS_RUNTIME    0x10000u

#define REASONS_MAX   16u

struct judging {
    const struct macho_image *image;
    struct macho_injection *out;
    struct arena *arena;
    bool is_hardened;
    bool validates_libraries;
};

static void judge_program(struct judging *j);
static void judge_signature(struct judging *j);
static void judge_entitlements(struct judging *j);
static void judge_environment(struct judging *j);
static void judge_other(struct judging *j);
static void judge_candidates(struct judging *j);
static bool is_sealed_program(const struct macho_image *image, const struct macho_signers *signers,
                              str path);
static bool names_apple(const struct macho_signers *signers);
static void add_reason(struct judging *j, enum macho_injection_verdict verdict, str reason);

void macho_judge_injection(const struct macho_image *image, const struct macho_signers *signers,
                           str path, const struct macho_disk *disk, struct arena *a,
                           struct macho_injection *out)
{
    const struct macho_signature *signature = &image->signature;
    const uint32_t flags = signature->best != NULL ? signature->best->flags : 0;
    struct macho_injection injection = { .verdict = MACHO_INJECTION_CLOSED };
    struct judging j = {
        .image = image,
        .out = &injection,
        .arena = a,
        .is_hardened = (flags & CS_RUNTIME) != 0,
    };
    j.validates_libraries = (flags & (CS_REQUIRE_LV | CS_FORCED_LV)) != 0 ||
                            (j.is_hardened && !signature->claims.disable_library_validation);
    injection.reasons.at = arena_alloc(a, REASONS_MAX * sizeof *injection.reasons.at);

    if (image->file_type == MH_EXECUTE && is_sealed_program(image, signers, path)) {
        add_reason(&j, MACHO_INJECTION_CLOSED,
                   STR("a part of macOS, where nobody else may write or set DYLD variables"));
    } else if (image->file_type == MH_EXECUTE) {
        judge_program(&j);
    } else {
        judge_other(&j);
    }
    macho_find_candidates(image, path, disk, a, &injection);
    judge_candidates(&j);
    if (injection.reasons.count == 0)
        add_reason(&j, MACHO_INJECTION_CLOSED,
                   STR("hardened runtime with library validation, and no exceptions"));
    *out = injection;
}

// The kernel takes it for Apple's only if it is in its trust cache, as all that lies there is.
static bool is_sealed_program(const struct macho_image *image, const struct macho_signers *signers,
                              str path)
{
    const struct macho_code_directory *best = image->signature.best;
    return image->signature.state == MACHO_SIGNED && best != NULL && best->team_id.len == 0 &&
           str_starts_with(best->identifier, STR("com.apple.")) && macho_is_sealed_path(path) &&
           names_apple(signers);
}

// Anyone may write that name into a certificate; but a disk may also be a copy, in which anything
// lies below /bin, and there the identifier alone is worth nothing.
static bool names_apple(const struct macho_signers *signers)
{
    if (signers == NULL)
        return false;
    if (signers->chain == MACHO_CHAIN_VERIFIED)
        return true;
    for (size_t i = 0; i < signers->names.count; i++)
        if (str_contains(signers->names.at[i], STR("CN = Apple Root CA")))
            return true;
    return false;
}

static void judge_program(struct judging *j)
{
    judge_signature(j);
    judge_entitlements(j);
    judge_environment(j);
}

static void judge_signature(struct judging *j)
{
    const struct macho_signature *signature = &j->image->signature;
    const bool is_restricted =
        j->image->has_restrict ||
        (signature->best != NULL && (signature->best->flags & CS_RESTRICT) != 0);

    if (!j->image->commands_complete)
        add_reason(j, MACHO_INJECTION_OPEN, STR("damaged: not all load commands could be read"));
    if (signature->state == MACHO_UNSIGNED)
        add_reason(j, MACHO_INJECTION_OPEN,
                   j->image->has_restrict
                       ? STR("unsigned: nothing keeps code of others out but __RESTRICT, which "
                             "anyone can take away")
                       : STR("unsigned: nothing keeps code of others out"));
    else if (signature->state == MACHO_SIGNATURE_INVALID)
        add_reason(j, MACHO_INJECTION_OPEN, STR("the signature is invalid"));
    else if (!j->is_hardened && !j->validates_libraries && is_restricted)
        add_reason(j, MACHO_INJECTION_LIMITED,
                   STR("not hardened, but restricted (__RESTRICT or its flag): DYLD variables are "
                       "ignored"));
    else if (!j->is_hardened && j->validates_libraries)
        add_reason(j, MACHO_INJECTION_LIMITED,
                   STR("not hardened, but libraries are validated: only those of its team and "
                       "Apple's get in"));
    else if (!j->is_hardened)
        add_reason(j, MACHO_INJECTION_OPEN,
                   STR("not hardened: DYLD variables and libraries of anyone are taken"));
}

static void judge_entitlements(struct judging *j)
{
    const struct macho_claims *claims = &j->image->signature.claims;
    const struct {
        bool is_claimed;
        enum macho_injection_verdict verdict;
        str reason;
    } claimed[] = {
        { j->image->signature.entitlements_unread, MACHO_INJECTION_OPEN,
          STR("entitlements could not be read: they may allow anything") },
        { claims->get_task_allow, MACHO_INJECTION_OPEN,
          STR("get-task-allow: any process of the user may take its task port") },
        { claims->allow_dyld_environment && !j->validates_libraries, MACHO_INJECTION_OPEN,
          STR("allow-dyld-environment-variables, and libraries are not validated") },
        { claims->allow_dyld_environment && j->validates_libraries, MACHO_INJECTION_LIMITED,
          STR("allow-dyld-environment-variables: libraries of its team and Apple's can be put "
              "before its own") },
        { claims->disable_library_validation, MACHO_INJECTION_LIMITED,
          STR("disable-library-validation: it loads libraries of any signer") },
        { claims->allow_jit, MACHO_INJECTION_LIMITED,
          STR("allow-jit: it may write code and run it") },
        { claims->allow_unsigned_executable_memory, MACHO_INJECTION_LIMITED,
          STR("allow-unsigned-executable-memory: memory may be writable and executable") },
        { claims->disable_executable_page_protection, MACHO_INJECTION_LIMITED,
          STR("disable-executable-page-protection: its own code may be changed") },
        { claims->debugger, MACHO_INJECTION_LIMITED,
          STR("cs.debugger: it may take the task port of others") },
    };
    for (size_t i = 0; i < COUNT_OF(claimed); i++)
        if (claimed[i].is_claimed)
            add_reason(j, claimed[i].verdict, claimed[i].reason);
}

// dyld takes any DYLD_ variable from there, also DYLD_INSERT_LIBRARIES.
static void judge_environment(struct judging *j)
{
    const struct macho_text_list *environment = &j->image->environment;
    if (environment->count > 0)
        add_reason(j, MACHO_INJECTION_LIMITED,
                   arena_printf(j->arena, "sets %.*s for itself (LC_DYLD_ENVIRONMENT)",
                                STR_ARG(environment->at[0])));
}

static void judge_other(struct judging *j)
{
    const uint32_t type = j->image->file_type;
    if (!j->image->commands_complete)
        add_reason(j, MACHO_INJECTION_OPEN, STR("damaged: not all load commands could be read"));
    if (type == MH_DYLIB || type == MH_BUNDLE)
        add_reason(j, MACHO_INJECTION_LIMITED,
                   STR("a library: what the process that loads it allows, decides"));
    else if (type == MH_KEXT)
        add_reason(j, MACHO_INJECTION_LIMITED,
                   STR("a kernel extension: the kernel decides, not dyld"));
    else if (j->image->commands_complete)
        add_reason(j, MACHO_INJECTION_CLOSED, STR("not loaded by dyld"));
}

// One reason for all of a kind: the candidates are told one by one beside it.
static void judge_candidates(struct judging *j)
{
    static const str words[] = {
        [MACHO_CANDIDATE_RPATH] = STR_INIT("found in a later rpath only"),
        [MACHO_CANDIDATE_MISSING] = STR_INIT("found nowhere"),
        [MACHO_CANDIDATE_WEAK] = STR_INIT("weak and found nowhere"),
        [MACHO_CANDIDATE_RELATIVE] = STR_INIT("looked for below the working directory"),
        [MACHO_CANDIDATE_WRITABLE] = STR_INIT("there, where others than root may write"),
    };
    const struct macho_injection *out = j->out;
    for (size_t kind = 0; kind < COUNT_OF(words); kind++) {
        const struct macho_candidate *first = NULL;
        size_t count = 0;
        bool is_writable = false;
        for (size_t i = 0; i < out->candidate_count; i++) {
            if (out->candidates[i].kind != (enum macho_candidate_kind)kind)
                continue;
            first = first == NULL ? &out->candidates[i] : first;
            is_writable = is_writable || out->candidates[i].is_writable;
            count++;
        }
        if (first == NULL)
            continue;
        // Library validation asks who signed it, wherever it lies.
        const bool is_open = is_writable && !j->validates_libraries;
        const str others =
            count > 1 ? arena_printf(j->arena, ", and %zu more", count - 1) : STR_EMPTY;
        add_reason(j, is_open ? MACHO_INJECTION_OPEN : MACHO_INJECTION_LIMITED,
                   arena_printf(j->arena, "%.*s is %.*s%.*s%s", STR_ARG(first->link),
                                STR_ARG(words[kind]), STR_ARG(others),
                                is_writable ? "; others than root may write there" : ""));
    }
    if (out->looks_exhausted)
        add_reason(j, MACHO_INJECTION_LIMITED,
                   arena_printf(j->arena, "more than %u places to look at: not all were",
                                MACHO_LOOKS_MAX));
}

static void add_reason(struct judging *j, enum macho_injection_verdict verdict, str reason)
{
    struct macho_injection *out = j->out;
    if (verdict > out->verdict)
        out->verdict = verdict;
    if (out->reasons.count < REASONS_MAX)  // There are fewer; this keeps it so.
        out->reasons.at[out->reasons.count++] = reason;
}

str macho_injection_name(enum macho_injection_verdict verdict)
{
    static const str names[] = {
        [MACHO_INJECTION_CLOSED] = STR_INIT("closed"),
        [MACHO_INJECTION_LIMITED] = STR_INIT("limited"),
        [MACHO_INJECTION_OPEN] = STR_INIT("open"),
    };
    return names[verdict];
}

str macho_candidate_name(enum macho_candidate_kind kind)
{
    static const str names[] = {
        [MACHO_CANDIDATE_RPATH] = STR_INIT("rpath"),
        [MACHO_CANDIDATE_MISSING] = STR_INIT("missing"),
        [MACHO_CANDIDATE_WEAK] = STR_INIT("weak"),
        [MACHO_CANDIDATE_RELATIVE] = STR_INIT("relative"),
        [MACHO_CANDIDATE_WRITABLE] = STR_INIT("writable"),
    };
    return names[kind];
}
