// The lists of a slice, for the public library (include/pomona/macho.h): what is past their ends is
// empty.

#include "inspect/public.h"

PUBLIC_SAME(POMONA_MACHO_LINK_LOAD, MACHO_LINK_LOAD);
PUBLIC_SAME(POMONA_MACHO_LINK_WEAK, MACHO_LINK_WEAK);
PUBLIC_SAME(POMONA_MACHO_LINK_REEXPORT, MACHO_LINK_REEXPORT);
PUBLIC_SAME(POMONA_MACHO_LINK_UPWARD, MACHO_LINK_UPWARD);
PUBLIC_SAME(POMONA_MACHO_LINK_LAZY, MACHO_LINK_LAZY);
PUBLIC_SAME(POMONA_MACHO_LINK_DELAYED, MACHO_LINK_DELAYED);
PUBLIC_SAME(POMONA_MACHO_HASH_SHA1, MACHO_HASH_SHA1);
PUBLIC_SAME(POMONA_MACHO_HASH_SHA256, MACHO_HASH_SHA256);
PUBLIC_SAME(POMONA_MACHO_HASH_SHA256_TRUNCATED, MACHO_HASH_SHA256_TRUNCATED);
PUBLIC_SAME(POMONA_MACHO_HASH_SHA384, MACHO_HASH_SHA384);
PUBLIC_SAME(POMONA_MACHO_CANDIDATE_RPATH, MACHO_CANDIDATE_RPATH);
PUBLIC_SAME(POMONA_MACHO_CANDIDATE_MISSING, MACHO_CANDIDATE_MISSING);
PUBLIC_SAME(POMONA_MACHO_CANDIDATE_WEAK, MACHO_CANDIDATE_WEAK);
PUBLIC_SAME(POMONA_MACHO_CANDIDATE_RELATIVE, MACHO_CANDIDATE_RELATIVE);
PUBLIC_SAME(POMONA_MACHO_CANDIDATE_WRITABLE, MACHO_CANDIDATE_WRITABLE);

static const struct macho_text_list *texts_of(const struct pomona_macho_slice *s,
                                              enum pomona_macho_list which);

size_t pomona_macho_count_of(const struct pomona_macho_slice *s, enum pomona_macho_list which)
{
    if (s == NULL)
        return 0;
    switch (which) {
    case POMONA_MACHO_LIST_BUILDS:
        return s->image->build_count;
    case POMONA_MACHO_LIST_LINKS:
        return s->image->link_count;
    case POMONA_MACHO_LIST_FRAMEWORKS:
        return s->report->linkage.framework_count;
    case POMONA_MACHO_LIST_CODE_DIRECTORIES:
        return s->image->signature.directory_count;
    case POMONA_MACHO_LIST_CANDIDATES:
        return s->report->injection.candidate_count;
    case POMONA_MACHO_LIST_ERRORS:
        return s->image->error_count;
    default:
        return texts_of(s, which)->count;
    }
}

// An empty one where it is none of text.
static const struct macho_text_list *texts_of(const struct pomona_macho_slice *s,
                                              enum pomona_macho_list which)
{
    static const struct macho_text_list none;
    switch (which) {
    case POMONA_MACHO_LIST_RPATHS:
        return &s->image->rpaths;
    case POMONA_MACHO_LIST_ENVIRONMENT:
        return &s->image->environment;
    case POMONA_MACHO_LIST_NATIVE_API_BECAUSE:
        return &s->report->linkage.because;
    case POMONA_MACHO_LIST_IMPORTS:
        return &s->report->imports.all;
    case POMONA_MACHO_LIST_WATCHED_IMPORTS:
        return &s->report->imports.watched;
    case POMONA_MACHO_LIST_ENTITLEMENTS_DIFFER:
        return &s->image->signature.entitlements_differ;
    case POMONA_MACHO_LIST_SIGNERS:
        return &s->report->signers.names;
    case POMONA_MACHO_LIST_INJECTION_REASONS:
        return &s->report->injection.reasons;
    default:
        return &none;
    }
}

static bool is_there(const struct pomona_macho_slice *s, enum pomona_macho_list which, size_t index)
{
    return index < pomona_macho_count_of(s, which);
}

struct pomona_str pomona_macho_item_at(const struct pomona_macho_slice *s,
                                       enum pomona_macho_list which, size_t index)
{
    const bool is_text = s != NULL && index < texts_of(s, which)->count;
    return public_str(is_text ? texts_of(s, which)->at[index] : STR_EMPTY);
}

struct pomona_macho_build pomona_macho_build_at(const struct pomona_macho_slice *s, size_t index)
{
    if (!is_there(s, POMONA_MACHO_LIST_BUILDS, index))
        return (struct pomona_macho_build){ .platform = 0 };
    const struct macho_build *build = &s->image->builds[index];
    return (struct pomona_macho_build){ build->platform, build->min_os, build->sdk };
}

struct pomona_macho_link pomona_macho_link_at(const struct pomona_macho_slice *s, size_t index)
{
    static const struct macho_link none;
    const struct macho_link *link =
        is_there(s, POMONA_MACHO_LIST_LINKS, index) ? &s->image->links[index] : &none;
    return (struct pomona_macho_link){
        .kind = (enum pomona_macho_link_kind)link->kind,
        .name = public_str(link->name),
        .current_version = link->current_version,
        .compatibility_version = link->compatibility_version,
    };
}

struct pomona_macho_framework pomona_macho_framework_at(const struct pomona_macho_slice *s,
                                                        size_t index)
{
    static const struct macho_framework none;
    const struct macho_framework *framework = is_there(s, POMONA_MACHO_LIST_FRAMEWORKS, index)
                                                  ? &s->report->linkage.frameworks[index]
                                                  : &none;
    return (struct pomona_macho_framework){ .name = public_str(framework->name),
                                            .how = public_str(framework->how) };
}

struct pomona_macho_code_directory pomona_macho_code_directory_at(
    const struct pomona_macho_slice *s, size_t index)
{
    static const struct macho_code_directory none;
    const struct macho_code_directory *directory =
        is_there(s, POMONA_MACHO_LIST_CODE_DIRECTORIES, index)
            ? &s->image->signature.directories[index]
            : &none;
    return (struct pomona_macho_code_directory){
        .hash = (enum pomona_macho_hash)directory->hash,
        .slot = directory->slot,
        .version = directory->version,
        .flags = directory->flags,
        .exec_segment_flags = directory->exec_segment_flags,
        .code_limit = directory->code_limit,
        .identifier = public_str(directory->identifier),
        .team_id = public_str(directory->team_id),
        .cdhash = public_str(directory->cdhash),
    };
}

struct pomona_macho_candidate pomona_macho_candidate_at(const struct pomona_macho_slice *s,
                                                        size_t index)
{
    static const struct macho_candidate none;
    const struct macho_candidate *candidate = is_there(s, POMONA_MACHO_LIST_CANDIDATES, index)
                                                  ? &s->report->injection.candidates[index]
                                                  : &none;
    return (struct pomona_macho_candidate){
        .kind = (enum pomona_macho_candidate_kind)candidate->kind,
        .link = public_str(candidate->link),
        .path = public_str(candidate->path),
        .is_writable = candidate->is_writable,
    };
}

struct pomona_macho_damage pomona_macho_error_at(const struct pomona_macho_slice *s, size_t index)
{
    static const struct macho_error none = { .index = -1 };
    const struct macho_error *error =
        is_there(s, POMONA_MACHO_LIST_ERRORS, index) ? &s->image->errors[index] : &none;
    return (struct pomona_macho_damage){ .command = error->index,
                                         .reason = public_str(error->reason) };
}
