#include "base/map.h"

#include "base/arena.h"

#include <stdlib.h>

#define CAPACITY_MIN 64u

static void resize(struct map *m, uint32_t capacity);
static void put(struct map *m, uint64_t hash, uint32_t value);

void map_done(struct map *m)
{
    free(m->cells);
    *m = (struct map){ 0 };
}

void map_reset(struct map *m)
{
    for (uint32_t i = 0; i < m->capacity; i++)
        m->cells[i].value = MAP_NONE;
    m->count = 0;
}

uint32_t map_find(const struct map *m, uint64_t hash, map_same *same, const void *context)
{
    if (m->capacity == 0)
        return MAP_NONE;
    const uint32_t mask = m->capacity - 1;
    for (uint32_t i = (uint32_t)hash & mask; m->cells[i].value != MAP_NONE; i = (i + 1) & mask)
        if (m->cells[i].hash == hash && same(context, m->cells[i].value))
            return m->cells[i].value;
    return MAP_NONE;
}

void map_add(struct map *m, uint64_t hash, uint32_t value)
{
    if ((uint64_t)(m->count + 1) * 4 > (uint64_t)m->capacity * 3)
        resize(m, m->capacity == 0 ? CAPACITY_MIN : m->capacity * 2);
    put(m, hash, value);
    m->count++;
}

void map_reserve(struct map *m, uint32_t count)
{
    uint32_t capacity = m->capacity == 0 ? CAPACITY_MIN : m->capacity;
    while ((uint64_t)count * 4 > (uint64_t)capacity * 3)
        capacity *= 2;
    if (capacity > m->capacity)
        resize(m, capacity);
}

static void resize(struct map *m, uint32_t capacity)
{
    const struct map old = *m;
    m->capacity = capacity;
    m->cells = memory_new(map_bytes(m));
    for (uint32_t i = 0; i < m->capacity; i++)
        m->cells[i].value = MAP_NONE;
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.cells[i].value != MAP_NONE)
            put(m, old.cells[i].hash, old.cells[i].value);
    free(old.cells);
}

static void put(struct map *m, uint64_t hash, uint32_t value)
{
    const uint32_t mask = m->capacity - 1;
    uint32_t i = (uint32_t)hash & mask;
    while (m->cells[i].value != MAP_NONE)
        i = (i + 1) & mask;
    m->cells[i] = (struct map_cell){ .hash = hash, .value = value };
}

bool map_remove(struct map *m, uint64_t hash, uint32_t value)
{
    if (m->capacity == 0)
        return false;
    const uint32_t mask = m->capacity - 1;
    uint32_t hole = (uint32_t)hash & mask;
    while (m->cells[hole].value != MAP_NONE &&
           (m->cells[hole].hash != hash || m->cells[hole].value != value))
        hole = (hole + 1) & mask;
    if (m->cells[hole].value == MAP_NONE)
        return false;

    // Each later cell of the run moves into the hole unless that would put it before its home.
    for (uint32_t i = (hole + 1) & mask; m->cells[i].value != MAP_NONE; i = (i + 1) & mask) {
        const uint32_t home = (uint32_t)m->cells[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->cells[hole] = m->cells[i];
            hole = i;
        }
    }
    m->cells[hole].value = MAP_NONE;
    m->count--;
    return true;
}
