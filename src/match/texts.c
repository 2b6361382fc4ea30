#include "match/texts.h"

#include "base/arena.h"

#include <stdlib.h>

#define COUNT_MIN 64u

struct wanted_text {
    const struct texts *texts;
    str text;
};

static bool is_same(const void *context, uint32_t value);
static uint32_t take_place(struct texts *t);

void texts_done(struct texts *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        free(t->at[i].at);
    free(t->at);
    free(t->free);
    map_done(&t->by_text);
    *t = (struct texts){ 0 };
}

uint32_t texts_keep(struct texts *t, str text)
{
    const uint64_t hash = str_hash(text, 0);
    const struct wanted_text wanted = { .texts = t, .text = text };
    const uint32_t known = map_find(&t->by_text, hash, is_same, &wanted);
    if (known != MAP_NONE) {
        t->at[known].references++;
        return known;
    }
    const uint32_t number = take_place(t);
    char *at = memory_new(text.len + 1);
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    t->at[number] =
        (struct text){ .at = at, .hash = hash, .len = (uint32_t)text.len, .references = 1 };
    map_add(&t->by_text, hash, number);
    return number;
}

static bool is_same(const void *context, uint32_t value)
{
    const struct wanted_text *wanted = context;
    return str_eq(texts_at(wanted->texts, value), wanted->text);
}

static uint32_t take_place(struct texts *t)
{
    if (t->free_count > 0)
        return t->free[--t->free_count];
    if (t->count == t->capacity) {
        t->capacity = t->capacity == 0 ? COUNT_MIN : t->capacity * 2;
        t->at = memory_resize(t->at, t->capacity * sizeof *t->at);
        t->free = memory_resize(t->free, t->capacity * sizeof *t->free);
    }
    return t->count++;
}

void texts_release(struct texts *t, uint32_t number)
{
    struct text *text = &t->at[number];
    if (--text->references > 0)
        return;
    (void)map_remove(&t->by_text, text->hash, number);
    free(text->at);
    *text = (struct text){ 0 };
    t->free[t->free_count++] = number;
}
