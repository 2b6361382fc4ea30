#include "inspect/kinds.h"

#include "macho/print.h"

enum shape {
    ALONE,   // The words are the sentence.
    WITH,    // What is new or gone follows the words.
    WAS_IS,  // "<words> was …, is …"
};

struct kind {
    const char *name;
    enum shape shape;
    const char *words;
};

static const struct kind kinds[DIFF_KIND_COUNT] = {
    [DIFF_HOST_ADDED] = { "host_added", WITH, "only the later inventory knows the host" },
    [DIFF_HOST_REMOVED] = { "host_removed", WITH, "only the earlier inventory knows the host" },
    [DIFF_ADDED] = { "added", ALONE, "is new" },
    [DIFF_HIDDEN_SLICE] = { "hidden_slice", ALONE,
                            "is new and hidden: the count of the fat header leaves it out" },
    [DIFF_REMOVED] = { "removed", ALONE, "is gone" },
    [DIFF_CHANGED_FILE_TYPE] = { "changed_file_type", WAS_IS, "the file type" },
    [DIFF_CHANGED_PLATFORM] = { "changed_platform", WAS_IS, "the platform" },
    [DIFF_CHANGED_MIN_OS] = { "changed_min_os", WAS_IS, "the least version of the system" },
    [DIFF_CHANGED_INSTALL_NAME] = { "changed_install_name", WAS_IS, "the install name" },
    [DIFF_CHANGED_ENCRYPTION] = { "changed_encryption", WAS_IS, "encrypted" },
    [DIFF_NEW_LINK] = { "new_link", WITH, "links" },
    [DIFF_LOST_LINK] = { "lost_link", WITH, "no longer links" },
    [DIFF_CHANGED_LINK] = { "changed_link", WAS_IS, "a link" },
    [DIFF_NEW_RPATH] = { "new_rpath", WITH, "looks for libraries in" },
    [DIFF_LOST_RPATH] = { "lost_rpath", WITH, "no longer looks for libraries in" },
    [DIFF_NEW_ENVIRONMENT] = { "new_environment", WITH, "sets for dyld" },
    [DIFF_LOST_ENVIRONMENT] = { "lost_environment", WITH, "no longer sets for dyld" },
    [DIFF_NEW_IMPORT] = { "new_import", WITH, "calls" },
    [DIFF_LOST_IMPORT] = { "lost_import", WITH, "no longer calls" },
    [DIFF_NATIVE_API_CHANGED] = { "native_api_changed", WAS_IS, "reaching the native interfaces" },
    [DIFF_LOST_SIGNATURE] = { "lost_signature", WAS_IS, "lost its signature, which" },
    [DIFF_GAINED_SIGNATURE] = { "gained_signature", WAS_IS, "gained a signature, which" },
    [DIFF_SIGNATURE_CHANGED] = { "signature_changed", WAS_IS, "the signature" },
    [DIFF_CHANGED_TEAM] = { "changed_team", WAS_IS, "the team" },
    [DIFF_CHANGED_IDENTIFIER] = { "changed_identifier", WAS_IS, "the signing identifier" },
    [DIFF_CHAIN_CHANGED] = { "chain_changed", WAS_IS, "the chain of certificates" },
    [DIFF_CHANGED_FLAGS] = { "changed_flags", WAS_IS, "the list of flags" },
    [DIFF_NEW_ENTITLEMENT] = { "new_entitlement", WITH, "claims" },
    [DIFF_LOST_ENTITLEMENT] = { "lost_entitlement", WITH, "no longer claims" },
    [DIFF_CHANGED_ENTITLEMENT] = { "changed_entitlement", WAS_IS, "an entitlement" },
    [DIFF_INJECTION_CHANGED] = { "injection_changed", WAS_IS, "the way in for code of others" },
    [DIFF_CHANGED_CDHASH] = { "changed_cdhash", WAS_IS, "the cdhash" },
    [DIFF_CHANGED_UUID] = { "changed_uuid", WAS_IS, "the uuid" },
    [DIFF_CHANGED_SIZE] = { "changed_size", WAS_IS, "nothing but the size of the file:" },
};

static void add_text_or_null(struct buf *b, const char *key, bool is_told, str text);
static str told_or_none(const str *text);

str diff_kind_name(enum diff_kind kind)
{
    return str_of(kinds[kind].name);
}

str kinds_sentence(enum diff_kind kind, const str *from, const str *to, struct arena *a)
{
    const struct kind *k = &kinds[kind];
    switch (k->shape) {
    case WITH:
        return arena_printf(a, "%s %.*s", k->words, STR_ARG(told_or_none(to != NULL ? to : from)));
    case WAS_IS:
        return arena_printf(a, "%s was %.*s, is %.*s", k->words, STR_ARG(told_or_none(from)),
                            STR_ARG(told_or_none(to)));
    default:
        return str_of(k->words);
    }
}

static str told_or_none(const str *text)
{
    return text != NULL && text->len > 0 ? *text : STR("none");
}

void diff_print_line(struct buf *b, const struct diff_change *change)
{
    if (change->path.len > 0) {
        if (change->host.len > 0) {
            macho_print_text(b, change->host);
            buf_add(b, STR(": "));
        }
        macho_print_text(b, change->path);
        buf_add(b, STR(" ("));
        macho_print_text(b, told_or_none(&change->arch));
        buf_add(b, STR("): "));
    }
    macho_print_text(b, change->says);
}

void diff_print_json(struct buf *b, const struct diff_change *change)
{
    const bool is_of_slice = change->path.len > 0;
    add_text_or_null(b, "{\"host\":", change->host.len > 0, change->host);
    add_text_or_null(b, ",\"path\":", is_of_slice, change->path);
    if (is_of_slice)
        buf_printf(b, ",\"slice\":%u", (unsigned)change->slice);
    else
        buf_add(b, STR(",\"slice\":null"));
    add_text_or_null(b, ",\"arch\":", change->arch.len > 0, change->arch);
    add_text_or_null(b, ",\"change\":", true, diff_kind_name(change->kind));
    add_text_or_null(b, ",\"from\":", change->has_from, change->from);
    add_text_or_null(b, ",\"to\":", change->has_to, change->to);
    add_text_or_null(b, ",\"says\":", true, change->says);
    buf_add_char(b, '}');
}

static void add_text_or_null(struct buf *b, const char *key, bool is_told, str text)
{
    buf_add(b, str_of(key));
    if (!is_told) {
        buf_add(b, STR("null"));
        return;
    }
    buf_add_char(b, '"');
    buf_add_json(b, text);
    buf_add_char(b, '"');
}
