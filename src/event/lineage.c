#include "event/lineage.h"

#include "base/arena.h"

#include <stdlib.h>

#define WORD_BITS 64u
#define ROWS      3u

enum row {
    ROW_OWN,
    ROW_PARENT,
    ROW_ABOVE
};

static bool has(const struct lineage *l, enum row row, uint32_t condition)
{
    if (condition / WORD_BITS >= l->words)
        return false;
    return (l->bits[row * l->words + condition / WORD_BITS] >> condition % WORD_BITS & 1) != 0;
}

void lineage_init(struct lineage *l, uint32_t count)
{
    l->words = (count + WORD_BITS - 1) / WORD_BITS;
    l->bits = l->words == 0 ? NULL : memory_zeroed((size_t)l->words * ROWS, sizeof *l->bits);
}

void lineage_done(struct lineage *l)
{
    free(l->bits);
    *l = (struct lineage){ 0 };
}

bool lineage_has_met(const struct lineage *l, uint32_t condition)
{
    return has(l, ROW_OWN, condition);
}

bool lineage_parent_has_met(const struct lineage *l, uint32_t condition)
{
    return has(l, ROW_PARENT, condition);
}

bool lineage_ancestor_has_met(const struct lineage *l, uint32_t condition)
{
    return has(l, ROW_ABOVE, condition);
}

void lineage_meet(struct lineage *l, uint32_t condition)
{
    if (condition / WORD_BITS < l->words)
        l->bits[condition / WORD_BITS] |= UINT64_C(1) << condition % WORD_BITS;
}

void lineage_inherit(struct lineage *l, const struct lineage *parent)
{
    for (uint32_t i = 0; i < l->words && i < parent->words; i++) {
        const uint64_t own = parent->bits[i];
        l->bits[ROW_PARENT * l->words + i] = own;
        l->bits[ROW_ABOVE * l->words + i] |= own | parent->bits[ROW_ABOVE * parent->words + i];
    }
}

void lineage_go_on(struct lineage *l, const struct lineage *old)
{
    lineage_inherit(l, old);
    for (uint32_t i = 0; i < l->words && i < old->words; i++)
        l->bits[ROW_PARENT * l->words + i] = old->bits[ROW_PARENT * old->words + i];
}

void lineage_replace(struct lineage *l)
{
    for (uint32_t i = 0; i < l->words; i++) {
        l->bits[ROW_ABOVE * l->words + i] |= l->bits[i];
        l->bits[i] = 0;
    }
}
