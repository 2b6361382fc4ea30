// Runs a query over a handful of events: the whole of include/pomona/eql.h in one small program.
//
//     cc eql.c $(pkg-config --cflags --libs pomona) -o eql
//     ./eql 'sequence by process.pid [process where process.name == "curl"] [file where true]'
//
// Each match is printed as the lines of its events, with the values that joined them.

#include <pomona/eql.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 16

// What an event is to this program; the library never looks into it.
struct entry {
    int64_t second;
    const char *category;
    const char *process;
    int64_t pid;
    const char *path;  // NULL where there is none: the field is missing then.
};

static void print_error(const char *text, const struct pomona_eql_error *error);
static void run(const struct pomona_eql *query, struct entry *entries, size_t count);
static struct pomona_eql_value value_of(const struct entry *entry, struct pomona_str field);
static void print_matches(struct pomona_eql_run *r);
static void print_key(struct pomona_eql_value key);

static struct pomona_str text_of(const char *text)
{
    return (struct pomona_str){ .at = text, .len = strlen(text) };
}

static bool is_same(struct pomona_str a, struct pomona_str b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

int main(int argc, char **argv)
{
    struct entry entries[] = {
        { 0, "process", "curl", 501, NULL },
        { 1, "file", "curl", 501, "/tmp/a.dylib" },
        { 2, "process", "Safari", 502, NULL },
        { 3, "file", "Safari", 502, "/Users/ana/page.html" },
        { 9, "file", "curl", 501, "/tmp/b.txt" },
    };
    // What names may stand in a query; any other is refused, and the nearest of these suggested.
    const struct pomona_eql_field fields[] = {
        { text_of("process.name"), POMONA_EQL_TEXT },
        { text_of("process.pid"), POMONA_EQL_NUMBER },
        { text_of("file.path"), POMONA_EQL_TEXT },
    };
    const struct pomona_str categories[] = { text_of("process"), text_of("file") };
    const struct pomona_eql_schema schema = { fields, 3, categories, 2 };

    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s QUERY\n", argv[0]);
        return 2;
    }
    struct pomona_eql *query;
    struct pomona_eql_error error;
    if (!pomona_eql_compile(argv[1], strlen(argv[1]), &schema, &query, &error)) {
        print_error(argv[1], &error);
        return 2;
    }
    run(query, entries, sizeof entries / sizeof entries[0]);
    pomona_eql_free(query);
    return 0;
}

static void run(const struct pomona_eql *query, struct entry *entries, size_t count)
{
    // The query says which fields it wants, and in which order; with our schema they are few.
    const size_t field_count = pomona_eql_field_count(query);
    struct pomona_eql_value values[FIELDS_MAX];
    if (field_count > FIELDS_MAX)
        abort();

    struct pomona_eql_run *r = pomona_eql_run_new(query, NULL);
    bool wants_more = true;
    for (size_t i = 0; i < count && wants_more; i++) {
        for (size_t f = 0; f < field_count; f++)
            values[f] = value_of(&entries[i], pomona_eql_field_name(query, f));
        const struct pomona_str category = text_of(entries[i].category);
        const struct pomona_eql_event event = {
            .time_ns = entries[i].second * 1000000000,
            .categories = &category,
            .category_count = 1,
            .values = values,
            .own = &entries[i],  // Outlives the run, so nothing needs to be kept.
        };
        wants_more = pomona_eql_feed(r, &event);
        print_matches(r);
    }
    pomona_eql_end(r);
    print_matches(r);
    pomona_eql_run_free(r);
}

// The query's line, what is wrong underlined, and the sentence.
static void print_error(const char *text, const struct pomona_eql_error *error)
{
    for (uint32_t line = 1; line < error->line; line++)
        text += strcspn(text, "\n") + 1;
    (void)fprintf(stderr, "%.*s\n%*s", (int)strcspn(text, "\n"), text, (int)error->column, "^");
    for (uint32_t i = 1; i < error->length; i++)
        (void)fputc('~', stderr);
    (void)fprintf(stderr, "\nline %" PRIu32 ", column %" PRIu32 ": %s\n", error->line,
                  error->column, error->text);
}

static struct pomona_eql_value value_of(const struct entry *entry, struct pomona_str field)
{
    struct pomona_eql_value value = { .type = POMONA_EQL_MISSING };
    if (is_same(field, text_of("process.pid"))) {
        value.type = POMONA_EQL_INTEGER;
        value.integer = entry->pid;
        return value;
    }
    const char *text = is_same(field, text_of("process.name")) ? entry->process : entry->path;
    if (text != NULL) {
        value.type = POMONA_EQL_STRING;
        value.len = (uint32_t)strlen(text);
        value.string = text;
    }
    return value;
}

static void print_matches(struct pomona_eql_run *r)
{
    const struct pomona_eql_match *match;
    while ((match = pomona_eql_next(r)) != NULL) {
        (void)printf("match");
        for (size_t i = 0; i < match->join_key_count; i++)
            print_key(match->join_keys[i]);
        (void)printf("\n");
        for (size_t i = 0; i < match->event_count; i++) {
            const struct entry *entry = match->events[i];
            if (entry == NULL)
                (void)printf("  (nothing)\n");
            else
                (void)printf("  %" PRId64 " s  %s  %s  %s\n", entry->second, entry->category,
                             entry->process, entry->path == NULL ? "-" : entry->path);
        }
    }
}

static void print_key(struct pomona_eql_value key)
{
    if (key.type == POMONA_EQL_INTEGER)
        (void)printf(" %" PRId64, key.integer);
    else if (key.type == POMONA_EQL_STRING)
        (void)printf(" %.*s", (int)key.len, key.string);
    else
        (void)printf(" (missing)");
}
