#include "base/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static size_t nesting_of(str text);

enum status document_read(str path, const struct document_kind *kind, struct arena *arena,
                          struct document *d, struct err *err)
{
    str text = STR_EMPTY;
    const enum status status = document_text(path, kind, arena, &text, err);
    return status == OK ? document_parse(path, text, arena, d, err) : status;
}

enum status document_parse(str path, str text, struct arena *arena, struct document *d,
                           struct err *err)
{
    *d = (struct document){ .path = path, .text = text, .arena = arena, .err = err };
    if (nesting_of(text) > DOCUMENT_NESTING_MAX)
        return fail(err, ERR_LIMIT, "%.*s: more than %u brackets inside one another", STR_ARG(path),
                    DOCUMENT_NESTING_MAX);

    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0)
        memory_out(sizeof parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.len == 0 ? "" : text.at),
                                 text.len);
    const bool loaded = yaml_parser_load(&parser, &d->yaml) == 1;
    const yaml_mark_t mark = parser.problem_mark;
    const char *problem = parser.problem == NULL ? "cannot be read as YAML" : parser.problem;
    enum status result = OK;
    if (!loaded)
        result = fail(err, ERR_CONFIG, "%.*s:%zu:%zu: %s", STR_ARG(path), mark.line + 1,
                      mark.column + 1, problem);
    yaml_parser_delete(&parser);
    if (result == OK && yaml_document_get_root_node(&d->yaml) == NULL) {
        document_done(d);
        return fail(err, ERR_CONFIG, "%.*s:1:1: the file is empty", STR_ARG(path));
    }
    return result;
}

void document_done(struct document *d)
{
    yaml_document_delete(&d->yaml);
}

// How many brackets are open at once, at most. Roughly: those in texts count as well.
static size_t nesting_of(str text)
{
    size_t open = 0;
    size_t most = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '[' || text.at[i] == '{')
            open++;
        else if ((text.at[i] == ']' || text.at[i] == '}') && open > 0)
            open--;
        most = open > most ? open : most;
    }
    return most;
}

str document_scalar(const yaml_node_t *node)
{
    return (str){ .at = (const char *)node->data.scalar.value, .len = node->data.scalar.length };
}

enum status document_texts(struct document *d, const yaml_node_t *node, const str **out,
                           size_t *count)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return document_refuse(d, node, "a list of texts belongs here", STR_EMPTY);
    const size_t len = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (len > DOCUMENT_ITEMS_MAX)
        return document_refuse(d, node, "the list has more than 16384 items", STR_EMPTY);
    str *texts = arena_zalloc(d->arena, (len + 1) * sizeof *texts);
    for (size_t i = 0; i < len; i++) {
        const yaml_node_t *item =
            yaml_document_get_node(&d->yaml, node->data.sequence.items.start[i]);
        if (item->type != YAML_SCALAR_NODE)
            return document_refuse(d, item, "a list has texts only", STR_EMPTY);
        texts[i] = arena_str(d->arena, document_scalar(item));
    }
    *out = texts;
    *count = len;
    return OK;
}

enum status document_text(str path, const struct document_kind *kind, struct arena *arena, str *out,
                          struct err *err)
{
    struct stat st;
    const char *name = cstr_of(arena, path);
    if (name != NULL && stat(name, &st) == 0 && !S_ISREG(st.st_mode))
        return fail(err, ERR_IO, "%.*s: is not a regular file", STR_ARG(path));
    FILE *f = name == NULL ? NULL : fopen(name, "rb");
    if (f == NULL)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    char *text = memory_new(kind->bytes_max + 1);
    const size_t len = fread(text, 1, kind->bytes_max + 1, f);
    const bool failed = ferror(f) != 0;
    (void)fclose(f);
    *out = arena_str(arena, (str){ .at = text, .len = len });
    free(text);
    if (failed)
        return fail(err, ERR_IO, "%.*s: cannot be read", STR_ARG(path));
    if (len > kind->bytes_max)
        return fail(err, ERR_LIMIT, "%.*s: %s has at most %zu octets", STR_ARG(path), kind->name,
                    kind->bytes_max);
    return OK;
}

enum status document_refuse(struct document *d, const yaml_node_t *node, const char *what, str name)
{
    const char *quote = name.len == 0 ? "" : "\"";
    const str shown = str_to(name, 80);
    return fail(d->err, ERR_CONFIG, "%.*s:%zu:%zu: %s%s%s%.*s%s", STR_ARG(d->path),
                node->start_mark.line + 1, node->start_mark.column + 1, what,
                name.len == 0 ? "" : " ", quote, STR_ARG(shown), quote);
}
