#include "match/recall.h"

#include <stdlib.h>

#define WORD_BITS     64u
#define WAYS          4u      // Places in which a value may be remembered.
#define TRIAL_LOOKUPS 512u    // After so many it is seen whether values repeat,
#define REST_LOOKUPS  65536u  // and if not, the column is left out for so many.
#define FOUND_MAX     256u  // Questions that a text may lead to; of more, the field is not looked at.

// What is remembered of a value: `len` and `text` of a text, `number` of others, and the stages
// that it leaves, which follow all values of the column.
struct remembered {
    uint64_t hash;  // 0: nothing.
    uint32_t len;
    char text[RECALL_TEXT_MAX];
};

struct recall_column {
    struct remembered *values;  // NULL until the first is met.
    uint64_t *left;
    uint32_t lookups;
    uint32_t misses;
    uint32_t rest;  // Look-ups for which it is still left out.
};

struct recall {
    const struct dispatch *dispatch;
    struct recall_column *columns;
    uint64_t *left;
    uint64_t *keyed;
};

static const uint64_t *stages_left(struct recall *r, uint32_t column, const struct event *event,
                                   struct eql_scratch *scratch);
static const uint64_t *stages_keyed(struct recall *r, uint32_t column, const struct event *event,
                                    struct eql_scratch *scratch);
static bool meet(const uint64_t *a, const uint64_t *b, uint32_t words);
static bool rests(struct recall_column *memory);
static const uint64_t *learn(struct recall *r, uint32_t column, uint32_t place,
                             struct eql_scratch *scratch);

struct recall *recall_new(const struct dispatch *d)
{
    struct recall *r = memory_zeroed(1, sizeof *r);
    r->dispatch = d;
    r->columns = memory_zeroed(d->column_count + 1, sizeof *r->columns);
    r->left = memory_zeroed(d->words + 1, sizeof *r->left);
    r->keyed = memory_zeroed(d->words + 1, sizeof *r->keyed);
    return r;
}

void recall_free(struct recall *r)
{
    if (r == NULL)
        return;
    for (uint32_t i = 0; i < r->dispatch->column_count; i++) {
        free(r->columns[i].values);
        free(r->columns[i].left);
    }
    free(r->columns);
    free(r->left);
    free(r->keyed);
    free(r);
}

void recall_begin(struct recall *r, const struct event *event, struct eql_scratch *scratch,
                  struct recall_cursor *cursor)
{
    const struct dispatch *d = r->dispatch;
    *cursor = (struct recall_cursor){ .dispatch = d, .left = r->left };
    for (uint32_t word = 0; word < d->words; word++)
        r->left[word] = UINT64_MAX;
    if (d->count % WORD_BITS != 0)
        r->left[d->words - 1] >>= WORD_BITS - d->count % WORD_BITS;
    for (uint32_t i = 0; i < d->column_count; i++) {
        if (!meet(r->left, d->columns[i].touched, d->words))
            continue;
        const uint64_t *left = stages_left(r, i, event, scratch);
        for (uint32_t word = 0; left != NULL && word < d->words; word++)
            r->left[word] &= left[word];
    }
}

static bool meet(const uint64_t *a, const uint64_t *b, uint32_t words)
{
    uint64_t any = 0;
    for (uint32_t word = 0; word < words; word++)
        any |= a[word] & b[word];
    return any != 0;
}

bool recall_next(struct recall_cursor *cursor, struct rule_stage *out)
{
    const struct dispatch *d = cursor->dispatch;
    while (cursor->word < d->words && cursor->left[cursor->word] == 0)
        cursor->word++;
    if (cursor->word >= d->words)
        return false;
    uint64_t *word = &cursor->left[cursor->word];
    *out = d->stages[cursor->word * WORD_BITS + (uint32_t)__builtin_ctzll(*word)];
    *word &= *word - 1;
    return true;
}

static const struct value *one_value(const struct event *event, enum field field)
{
    const struct value *v = &event->slots[field];
    return v->type == VALUE_LIST || (v->type == VALUE_TEXT && v->len > RECALL_TEXT_MAX) ? NULL : v;
}

static bool is_value(const struct remembered *r, uint64_t hash, str text)
{
    return r->hash == hash && r->len == text.len && memcmp(r->text, text.at, text.len) == 0;
}

// Those of the action's stages that the event's value leaves; NULL where it is not known.
static const uint64_t *stages_left(struct recall *r, uint32_t column, const struct event *event,
                                   struct eql_scratch *scratch)
{
    struct recall_column *memory = &r->columns[column];
    const struct value *v = one_value(event, r->dispatch->columns[column].field);
    if (v == NULL || rests(memory))
        return stages_keyed(r, column, event, scratch);
    if (memory->values == NULL) {
        memory->values = memory_zeroed(RECALL_VALUES_MAX, sizeof *memory->values);
        memory->left =
            memory_zeroed((size_t)RECALL_VALUES_MAX * r->dispatch->words, sizeof *memory->left);
    }
    const uint64_t number = v->type == VALUE_BOOL ? v->boolean : (uint64_t)v->integer;
    const str text = v->type == VALUE_TEXT      ? value_str(*v)
                     : v->type == VALUE_MISSING ? STR("")
                                                : (str){ (const char *)&number, sizeof number };
    const uint64_t hash = str_hash(text, v->type) | 1;
    const uint32_t place = (uint32_t)(hash >> 32) % (RECALL_VALUES_MAX / WAYS) * WAYS;
    for (uint32_t way = 0; way < WAYS; way++)
        if (is_value(&memory->values[place + way], hash, text))
            return &memory->left[(size_t)(place + way) * r->dispatch->words];
    const uint32_t taken = place + memory->misses++ % WAYS;
    struct remembered *kept = &memory->values[taken];
    kept->hash = hash;
    kept->len = (uint32_t)text.len;
    memcpy(kept->text, text.at, text.len);
    return learn(r, column, taken, scratch);
}

// As the letters of the value, or of the values, tell.
static const uint64_t *stages_keyed(struct recall *r, uint32_t column, const struct event *event,
                                    struct eql_scratch *scratch)
{
    const struct dispatch_column *asked = &r->dispatch->columns[column];
    const struct value *v = &event->slots[asked->field];
    uint32_t numbers[FOUND_MAX];
    struct literals_found found = { .at = numbers, .max = FOUND_MAX };
    if (asked->literals == NULL)
        return NULL;
    if (v->type == VALUE_TEXT)
        literals_find(asked->literals, value_str(*v), &found);
    for (uint32_t i = 0; v->type == VALUE_LIST && i < v->len; i++)
        if (v->list[i].type == VALUE_TEXT)
            literals_find(asked->literals, value_str(v->list[i]), &found);
    if (found.overflowed)
        return NULL;
    memcpy(r->keyed, asked->unkeyed, r->dispatch->words * sizeof *r->keyed);
    for (uint32_t i = 0; i < found.count; i++) {
        const struct dispatch_question *key = &asked->keys[found.at[i]];
        if (eql_holds(scratch, key->condition, NULL))
            for (uint32_t word = 0; word < r->dispatch->words; word++)
                r->keyed[word] |= key->stages[word];
    }
    return r->keyed;
}

// A column whose values do not repeat costs more than it saves.
static bool rests(struct recall_column *memory)
{
    if (memory->rest > 0) {
        memory->rest--;
        return true;
    }
    if (++memory->lookups < TRIAL_LOOKUPS)
        return false;
    if (memory->misses > TRIAL_LOOKUPS / 8)
        memory->rest = REST_LOOKUPS;
    memory->lookups = memory->misses = 0;
    return false;
}

static const uint64_t *learn(struct recall *r, uint32_t column, uint32_t place,
                             struct eql_scratch *scratch)
{
    const struct dispatch_column *asked = &r->dispatch->columns[column];
    const uint32_t words = r->dispatch->words;
    uint64_t *left = &r->columns[column].left[(size_t)place * words];
    for (uint32_t word = 0; word < words; word++)
        left[word] = UINT64_MAX;
    for (uint32_t i = 0; i < asked->count; i++) {
        if (eql_holds(scratch, asked->questions[i].condition, NULL))
            continue;
        for (uint32_t word = 0; word < words; word++)
            left[word] &= ~asked->questions[i].stages[word];
    }
    return left;
}
