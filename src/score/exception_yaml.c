// An exception as text: the keys in the order of docs/EXCEPTIONS.md, every text quoted, those that say
// nothing left out.

#include "score/exception.h"

#include "base/utf8.h"

#include <inttypes.h>

#define KEY   "  "
#define INNER "    "

static void add_step(struct buf *b, const struct exception *x);
static void add_who(struct buf *b, const char *indent, const struct exception_who *who);
static void add_text(struct buf *b, const char *indent, const char *key, str text);
static void add_list(struct buf *b, const char *indent, const char *key, const str *texts,
                     size_t count);
static void add_quoted(struct buf *b, str text, str behind);

void exception_add_yaml(struct buf *b, const struct exception *x)
{
    static const str every[] = { STR_INIT("*") };
    buf_add(b, STR("- id: "));
    add_quoted(b, x->id, STR_EMPTY);
    buf_add_char(b, '\n');
    add_list(b, KEY, "rules", x->rule_count == 0 ? every : x->rules,
             x->rule_count == 0 ? 1 : x->rule_count);
    add_who(b, KEY, &x->who);
    add_step(b, x);
    if (x->has_library) {
        buf_add(b, STR(KEY "library:\n"));
        add_who(b, INNER, &x->library);
    }
    if (x->has_target) {
        buf_add(b, STR(KEY "target:\n"));
        add_who(b, INNER, &x->target);
    }
    if (x->any_library)
        buf_add(b, STR(KEY "any_library: true\n"));
    if (x->critical)
        buf_add(b, STR(KEY "critical: true\n"));
    add_list(b, KEY, "hosts", x->hosts, x->host_count);
    add_list(b, KEY, "contexts", x->contexts, x->context_count);
    add_text(b, KEY, "owner", x->owner);
    add_text(b, KEY, "reason", x->reason);
    add_text(b, KEY, "created", x->created);
    add_text(b, KEY, "expires", x->expires);
}

static void add_step(struct buf *b, const struct exception *x)
{
    const str name = exception_step_name(x->step);
    if (x->step == EXCEPTION_NUMBER)
        buf_printf(b, KEY "step: %" PRIu32 "\n", x->step_number);
    else
        buf_printf(b, KEY "step: %.*s\n", STR_ARG(name));
}

static void add_who(struct buf *b, const char *indent, const struct exception_who *who)
{
    if (who->signer.len > 0) {
        buf_printf(b, "%ssigner: ", indent);
        add_quoted(b, who->signer, who->is_prefix ? STR("*") : STR_EMPTY);
        buf_add_char(b, '\n');
    }
    add_list(b, indent, "cdhash", who->cdhashes, who->cdhash_count);
    add_text(b, indent, "path", who->path);
}

static void add_text(struct buf *b, const char *indent, const char *key, str text)
{
    if (text.len == 0)
        return;
    buf_printf(b, "%s%s: ", indent, key);
    add_quoted(b, text, STR_EMPTY);
    buf_add_char(b, '\n');
}

static void add_list(struct buf *b, const char *indent, const char *key, const str *texts,
                     size_t count)
{
    if (count == 0)
        return;
    buf_printf(b, "%s%s: [", indent, key);
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i == 0 ? STR_EMPTY : STR(", "));
        add_quoted(b, texts[i], STR_EMPTY);
    }
    buf_add(b, STR("]\n"));
}

// Double quotes of YAML, which names characters by number in its own way.
static void add_quoted(struct buf *b, str text, str behind)
{
    buf_add_char(b, '"');
    for (size_t len; text.len > 0; text = str_from(text, len)) {
        const bool is_sound = utf8_len(text) > 0;
        const uint32_t c = is_sound ? utf8_code_point(text) : 0xfffd;
        len = is_sound ? utf8_len(text) : 1;
        if (c == '"' || c == '\\')
            buf_add_char(b, '\\');
        if (c == '\n')
            buf_add(b, STR("\\n"));
        else if (is_sound && utf8_is_shown(c))
            buf_add(b, str_to(text, len));
        else
            buf_printf(b, "\\U%08" PRIX32, c);
    }
    buf_add(b, behind);
    buf_add_char(b, '"');
}
