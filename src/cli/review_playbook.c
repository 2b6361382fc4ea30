#include "cli/review_playbook.h"

#include "base/document.h"

#define DIRECTORY STR("playbooks/")
#define ENDING    STR(".md")

static const struct document_kind kind = { "a playbook", REVIEW_PLAYBOOK_MAX };

// One word: no slash, and no dot but that of the ending.
bool review_playbook_is_file(str playbook)
{
    if (!str_starts_with(playbook, DIRECTORY) || !str_ends_with(playbook, ENDING) ||
        playbook.len <= DIRECTORY.len + ENDING.len)
        return false;
    const str name = str_from(playbook, DIRECTORY.len);
    for (size_t i = 0; i < name.len - ENDING.len; i++) {
        const char c = name.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}

enum status review_playbook_read(str rules, str playbook, struct arena *arena, str *out,
                                 struct err *err)
{
    if (!review_playbook_is_file(playbook))
        return fail(err, ERR_CONFIG, "the finding names no playbook of these rules");
    if (rules.len == 0)
        return fail(err, ERR_CONFIG, "no rules beside the program; name some with --rules PATH");
    const str path = arena_printf(arena, "%.*s/%.*s", STR_ARG(rules), STR_ARG(playbook));
    return document_text(path, &kind, arena, out, err);
}
