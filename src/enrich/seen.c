#include "enrich/seen.h"

#include "base/arena.h"

#include <stdlib.h>

#define CAPACITY_MIN 64u

static struct seen_cell *cell_of(const struct seen_table *t, uint64_t key);
static void add_to(struct seen_table *t, uint64_t key, uint64_t number);
static void grow(struct seen_table *t);

void seen_init(struct seen *s, uint32_t max)
{
    *s = (struct seen){ .max = max < 2 ? 1 : max / 2 };
}

void seen_done(struct seen *s)
{
    free(s->young.cells);
    free(s->old.cells);
    *s = (struct seen){ .max = s->max };
}

uint64_t seen_key(uint32_t host, uint8_t kind, str text)
{
    const uint64_t key = str_hash(text, (uint64_t)host << 8 | kind);
    return key == 0 ? 1 : key;
}

uint64_t *seen_find(struct seen *s, uint64_t key)
{
    struct seen_cell *cell = cell_of(&s->young, key);
    if (cell != NULL && cell->key == key)
        return &cell->number;
    cell = cell_of(&s->old, key);
    if (cell == NULL || cell->key != key)
        return NULL;
    const uint64_t number = cell->number;
    s->moved++;
    seen_add(s, key, number);
    return &cell_of(&s->young, key)->number;
}

void seen_add(struct seen *s, uint64_t key, uint64_t number)
{
    if (s->young.count >= s->max) {
        const struct seen_table emptied = s->old;
        s->evicted += s->old.count - s->moved;
        s->moved = 0;
        s->old = s->young;
        s->young = emptied;
        s->young.count = 0;
        if (emptied.capacity > 0)
            memset(emptied.cells, 0, emptied.capacity * sizeof *emptied.cells);
    }
    add_to(&s->young, key, number);
}

// Where the key is, or where it would be; NULL where the table has no cells.
static struct seen_cell *cell_of(const struct seen_table *t, uint64_t key)
{
    if (t->capacity == 0)
        return NULL;
    uint32_t at = (uint32_t)key & (t->capacity - 1);
    while (t->cells[at].key != 0 && t->cells[at].key != key)
        at = (at + 1) & (t->capacity - 1);
    return &t->cells[at];
}

static void add_to(struct seen_table *t, uint64_t key, uint64_t number)
{
    if ((uint64_t)(t->count + 1) * 4 > (uint64_t)t->capacity * 3)
        grow(t);
    *cell_of(t, key) = (struct seen_cell){ .key = key, .number = number };
    t->count++;
}

static void grow(struct seen_table *t)
{
    const struct seen_table old = *t;
    t->capacity = old.capacity == 0 ? CAPACITY_MIN : old.capacity * 2;
    t->cells = memory_zeroed(t->capacity, sizeof *t->cells);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.cells[i].key != 0)
            *cell_of(t, old.cells[i].key) = old.cells[i];
    free(old.cells);
}
