// Makes docs/FIELDS.md of src/event/fields.def and the table of actions.
//
//     fields FILE                    compares; exit 1 where FILE has fallen behind
//     POMONA_BLESS=1 fields FILE     rewrites FILE

#include "base/arena.h"
#include "base/buf.h"
#include "event/event.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCUMENT_MAX (1024u * 1024u)

static void add_document(struct buf *b);
static void add_fields(struct buf *b);
static void add_actions(struct buf *b);
static void add_categories(struct buf *b, uint32_t categories);
static str object_of(str name);
static int compare(const char *path, str document);
static int rewrite(const char *path, str document);

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: fields FILE\n");
        return 2;
    }
    struct buf document;
    buf_init(&document, DOCUMENT_MAX);
    add_document(&document);
    const int code = getenv("POMONA_BLESS") == NULL ? compare(argv[1], buf_str(&document))
                                                    : rewrite(argv[1], buf_str(&document));
    buf_done(&document);
    return code;
}

static void add_document(struct buf *b)
{
    buf_add(b, STR("# Fields\n\n"
                   "Made of `src/event/fields.def` by `make bless`; do not edit.\n\n"
                   "Names are those of the Elastic Common Schema, or of Elastic Endpoint where ECS "
                   "has none.\n"
                   "Fields marked (Pomona) are our own. A field said to be always set has a value "
                   "in every\n"
                   "event in which its object occurs, so that `!=` means what it says; any other "
                   "field may be\n"
                   "missing, and `missing != x` is true.\n\n"
                   "Types: TEXT, TEXTS (several texts), INT (64 bits, signed), BOOL.\n\n"
                   "## Fields of an event\n"));
    add_fields(b);
    add_actions(b);
}

static void add_fields(struct buf *b)
{
    static const str types[] = {
        [FIELD_TYPE_TEXT] = STR_INIT("TEXT"),
        [FIELD_TYPE_TEXTS] = STR_INIT("TEXTS"),
        [FIELD_TYPE_INT] = STR_INIT("INT"),
        [FIELD_TYPE_BOOL] = STR_INIT("BOOL"),
    };
    str object = STR_EMPTY;

    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const enum field field = (enum field)i;
        const str name = field_name(field);
        const str meaning = field_meaning(field);
        if (!str_eq(object_of(name), object)) {
            object = object_of(name);
            buf_printf(b, "\n### %.*s\n\n| Field | Type | Meaning |\n|---|---|---|\n",
                       STR_ARG(object));
        }
        const str type = types[field_type_of(field)];
        buf_printf(b, "| `%.*s` | %.*s | %.*s |\n", STR_ARG(name), STR_ARG(type), STR_ARG(meaning));
    }
}

// What a field says something of: `process`, or `process.parent`, which is another process.
static str object_of(str name)
{
    static const str parts[] = { STR_INIT("process.parent."), STR_INIT("process.macho."),
                                 STR_INIT("process.Ext.api.") };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (str_starts_with(name, parts[i]))
            return str_to(name, parts[i].len - 1);
    return str_to(name, str_find_char(name, '.'));
}

static void add_actions(struct buf *b)
{
    buf_add(b, STR("\n## Actions\n\n"
                   "What `event.action` can be, and what follows from it.\n\n"
                   "| `event.action` | `event.category` | `event.type` | Signal that shows it |\n"
                   "|---|---|---|---|\n"));
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        const struct action_traits *a = &action_traits[i];
        buf_printf(b, "| `%.*s` | ", STR_ARG(a->name));
        add_categories(b, a->categories);
        buf_printf(b, " | %.*s | %.*s |\n", STR_ARG(a->type), STR_ARG(a->signal));
    }
}

static void add_categories(struct buf *b, uint32_t categories)
{
    const char *separator = "";
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories & (1u << i)) == 0)
            continue;
        const str name = category_name(1u << i);
        buf_printf(b, "%s%.*s", separator, STR_ARG(name));
        separator = ", ";
    }
}

static int compare(const char *path, str document)
{
    char *stored = memory_new(DOCUMENT_MAX);
    FILE *file = fopen(path, "rb");
    const size_t len = file == NULL ? 0 : fread(stored, 1, DOCUMENT_MAX, file);
    const bool same = str_eq((str){ .at = stored, .len = len }, document);

    if (file != NULL)
        (void)fclose(file);
    free(stored);
    if (!same)
        (void)fprintf(stderr,
                      "%s is not what src/event/fields.def says; `make bless` rewrites it\n", path);
    return same ? 0 : 1;
}

static int rewrite(const char *path, str document)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        return 3;
    }
    const bool wrote = fwrite(document.at, 1, document.len, file) == document.len;
    if (fclose(file) != 0 || !wrote) {
        perror(path);
        return 3;
    }
    return 0;
}
