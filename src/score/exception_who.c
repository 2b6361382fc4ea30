// Whom an exception is about: by signature, by code, and never by place alone.

#include "score/exception_path.h"
#include "score/exception_reading.h"
#include "score/signer.h"

#include <stdlib.h>

#define TEAM_LEN 10u

static void read_signer(struct exception_reading *r, const yaml_node_t *node,
                        struct exception_who *who);
static bool is_team(str team);
static void read_cdhashes(struct exception_reading *r, const yaml_node_t *node,
                          struct exception_who *who);
static bool lower_cdhash(str text, char *out);
static int compare(const void *a, const void *b);
static void read_path(struct exception_reading *r, const yaml_node_t *node,
                      struct exception_who *who);

void exception_reading_who(struct exception_reading *r, const yaml_node_t *node,
                           struct exception_who *who)
{
    if (node->type != YAML_MAPPING_NODE) {
        (void)exception_reading_refuse(
            r, node, "signer, cdhash and path belong here, as in { signer: TEAM/SIGNING_ID }",
            STR_EMPTY);
        return;
    }
    bool is_named = false;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = exception_reading_node(r, pair->key);
        const str name = key->type == YAML_SCALAR_NODE ? document_scalar(key) : STR_EMPTY;
        if (!exception_reading_who_key(r, name, exception_reading_node(r, pair->value), who))
            (void)exception_reading_refuse(r, key, "a process or library has no key", name);
        is_named |= str_eq(name, STR("signer")) || str_eq(name, STR("cdhash"));
    }
    if (!is_named)
        exception_reading_refuse_nobody(r, node, who);
}

bool exception_reading_who_key(struct exception_reading *r, str key, const yaml_node_t *value,
                               struct exception_who *who)
{
    bool is_again;
    if (str_eq(key, STR("signer"))) {
        is_again = who->signer.len > 0;
        read_signer(r, value, who);
    } else if (str_eq(key, STR("cdhash"))) {
        is_again = who->cdhash_count > 0;
        read_cdhashes(r, value, who);
    } else if (str_eq(key, STR("path"))) {
        is_again = who->path.len > 0;
        read_path(r, value, who);
    } else {
        return false;
    }
    if (is_again)
        (void)exception_reading_refuse(r, value, "the key stands twice:", key);
    return true;
}

void exception_reading_refuse_nobody(struct exception_reading *r, const yaml_node_t *node,
                                     const struct exception_who *who)
{
    (void)exception_reading_refuse(
        r, node,
        who->path.len > 0
            ? "a path is anybody's to write: name the signer (TEAM/SIGNING_ID) or cdhash as well"
            : "nobody is named: a signer (TEAM/SIGNING_ID) or cdhash belongs here",
        STR_EMPTY);
}

static void read_signer(struct exception_reading *r, const yaml_node_t *node,
                        struct exception_who *who)
{
    str text;
    if (!exception_reading_text(r, node, SIGNER_MAX + 1, &text))
        return;
    const bool is_platform = str_starts_with(text, STR("platform:"));
    const size_t slash = str_find_char(text, '/');
    const str team = str_to(text, slash);
    const str id = str_from(text, is_platform ? STR("platform:").len : slash + 1);
    const size_t star = str_find_char(id, '*');
    who->is_prefix = star < id.len;
    who->signer = str_to(text, text.len - who->is_prefix);
    if (!is_platform && slash == text.len)
        (void)exception_reading_refuse(
            r, node,
            "a team or an identifier alone is not enough: a signer is TEAM/SIGNING_ID or "
            "platform:SIGNING_ID, not",
            text);
    else if (!is_platform && !is_team(team))
        (void)exception_reading_refuse(
            r, node, "a team is ten capital letters and digits, and has no star: not", team);
    else if (id.len == 0 || star + 1 < id.len)
        (void)exception_reading_refuse(
            r, node, "a signing identifier is whole, or ends in its only star: not", id);
    else if (is_platform && star == 0)
        (void)exception_reading_refuse(
            r, node, "that is all of macOS: name the identifier, or how it begins, behind",
            STR("platform:"));
}

static bool is_team(str team)
{
    for (size_t i = 0; i < team.len; i++) {
        const char c = team.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    return team.len == TEAM_LEN;
}

// In order, so that one is found among many.
static void read_cdhashes(struct exception_reading *r, const yaml_node_t *node,
                          struct exception_who *who)
{
    const str *texts;
    size_t count;
    if (!exception_reading_texts(r, node, EXCEPTION_CDHASHES_MAX, &texts, &count))
        return;
    str *hashes = arena_alloc(r->document.arena, count * sizeof *hashes);
    for (size_t i = 0; i < count; i++) {
        char *hex = arena_alloc(r->document.arena, EXCEPTION_CDHASH_HEX);
        if (!lower_cdhash(texts[i], hex)) {
            (void)exception_reading_refuse(
                r, node, "a cdhash is 40 hexadecimal digits, and not zeros: not", texts[i]);
            return;
        }
        hashes[i] = (str){ .at = hex, .len = EXCEPTION_CDHASH_HEX };
    }
    qsort(hashes, count, sizeof *hashes, compare);
    who->cdhashes = hashes;
    who->cdhash_count = count;
}

// Sensors write zeros for whatever has no code directory.
static bool lower_cdhash(str text, char *out)
{
    bool is_zero = true;
    if (text.len != EXCEPTION_CDHASH_HEX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        out[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        if (!((out[i] >= '0' && out[i] <= '9') || (out[i] >= 'a' && out[i] <= 'f')))
            return false;
        is_zero &= c == '0';
    }
    return !is_zero;
}

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static void read_path(struct exception_reading *r, const yaml_node_t *node,
                      struct exception_who *who)
{
    if (exception_reading_text(r, node, EXCEPTION_PATH_MAX, &who->path) && who->path.at[0] != '/')
        (void)exception_reading_refuse(r, node, "a path begins with a slash, not as", who->path);
}
