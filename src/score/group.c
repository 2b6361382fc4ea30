#include "score/group.h"

#include "base/map.h"
#include "score/repeats.h"

#include <stdlib.h>

// What a process has to do with an act.
enum role {
    ROLE_ACTOR,
    ROLE_TARGET
};

// A rule that a group told of.
struct told_rule {
    const struct rule_facts *rule;
    enum level level;
    uint32_t score;
    int64_t time_ns;
};

struct act {
    uint64_t keys[GROUP_KEYS_MAX];  // Hashes of Mac, process and kind of verdict.
    uint32_t key_count;
    struct told_rule rules[GROUP_RULES_MAX];
    uint32_t rule_count;
    uint32_t revision;
    int64_t last_ns;
    char id[33];  // Of the first.
};

struct key_set {
    uint64_t at[GROUP_KEYS_MAX];
    uint32_t count;
};

struct grouper {
    struct map by_key;
    struct act *acts;
    uint32_t capacity;
    uint32_t count;
    uint32_t oldest;
    struct repeats repeats;
    struct group_counts counts;
};

// What one finding, or several, are known by, and what they are looked up by. They are not the same:
// two that act upon the same program have nothing else in common.
struct keys {
    struct key_set known;
    struct key_set sought;
};

static bool is_repeat(struct grouper *g, struct finding *f);
static bool is_told_again(uint64_t repeats);
static size_t take_cluster(struct finding **findings, size_t count, struct keys *keys);
static bool are_linked(const struct keys *a, const struct keys *b);
static bool is_graver(const struct finding *a, const struct finding *b);
static void keys_of(const struct finding *f, struct keys *out);
static void add_actor(struct keys *k, const struct finding *f, const struct finding_step *step);
static void add_target(struct keys *k, const struct finding *f, const struct finding_step *step);
static uint64_t hash_of(const struct finding *f, struct value entity, enum role role);
static void add_hash(struct key_set *k, uint64_t hash);
static void add_all(struct key_set *k, const struct key_set *from);
static uint64_t hash_of_id(const char *id);
static void tell(struct grouper *g, struct batch *batch, struct finding **cluster, size_t count,
                 const struct keys *keys);
static struct act *find_act(struct grouper *g, const struct keys *keys, const struct finding *f);
static void close_act(struct grouper *g, uint32_t index);
static struct act *add_act(struct grouper *g, const struct finding *f);
static void name_others(struct finding *f, struct finding **others, size_t count,
                        const struct act *before, struct arena *arena);
static bool names_rule(const struct finding *const *also, size_t count,
                       const struct rule_facts *rule);
static void raise_to(struct finding *f, const struct told_rule *told, struct arena *arena);
static void remember(struct grouper *g, struct act *act, struct finding **cluster, size_t count,
                     const struct keys *keys);
static void add_act_key(struct grouper *g, uint32_t index, uint64_t key);
static bool any(const void *context, uint32_t value);

struct grouper *grouper_new(void)
{
    struct grouper *g = memory_zeroed(1, sizeof *g);
    repeats_init(&g->repeats, REPEATS_MAX);
    return g;
}

void grouper_free(struct grouper *g)
{
    if (g == NULL)
        return;
    map_done(&g->by_key);
    free(g->acts);
    repeats_done(&g->repeats);
    free(g);
}

const struct group_counts *grouper_counts(const struct grouper *g)
{
    return &g->counts;
}

void group(struct grouper *g, struct batch *batch, size_t from)
{
    struct finding **findings = batch->findings + from;
    size_t count = 0;
    for (size_t i = from; i < batch->finding_count; i++)
        if (!is_repeat(g, batch->findings[i]))
            findings[count++] = batch->findings[i];

    size_t told = 0;
    for (size_t i = 0; i < count;) {
        struct keys keys;
        const size_t taken = take_cluster(findings + i, count - i, &keys);
        tell(g, batch, findings + i, taken, &keys);
        findings[told++] = findings[i];  // What stood there was taken before.
        i += taken;
    }
    batch->finding_count = from + told;
    g->counts.repeats_evicted = g->repeats.evicted;
}

// Notes it. One that is told once more takes the id of the first, and what it has to do with is
// only that.
static bool is_repeat(struct grouper *g, struct finding *f)
{
    const uint64_t hash = repeats_hash(f);
    struct repeat *repeat = repeats_find(&g->repeats, f, hash);
    if (repeat == NULL) {
        repeats_add(&g->repeats, f, hash);
        return false;
    }
    f->repeats = ++repeat->count;
    if (is_told_again(f->repeats)) {
        memcpy(f->id, repeat->id, sizeof f->id);
        return false;
    }
    g->counts.repeats++;
    return true;
}

// 10, 100, 1,000 …
static bool is_told_again(uint64_t repeats)
{
    if (repeats < 10)
        return false;
    while (repeats % 10 == 0)
        repeats /= 10;
    return repeats == 1;
}

// The first finding and those that are of one act with it move to the front, the gravest first.
// Returns how many they are.
static size_t take_cluster(struct finding **findings, size_t count, struct keys *keys)
{
    size_t taken = 1;
    keys_of(findings[0], keys);
    for (size_t i = 1; i < count && findings[0]->repeats == 0; i++) {
        struct finding *f = findings[i];
        struct keys own;
        keys_of(f, &own);
        if (f->repeats > 0 || f->host != findings[0]->host || f->time_ns != findings[0]->time_ns ||
            !are_linked(keys, &own))
            continue;
        size_t place = taken;
        while (place > 0 && is_graver(f, findings[place - 1]))
            place--;
        memmove(&findings[place + 1], &findings[place], (i - place) * sizeof(struct finding *));
        findings[place] = f;
        taken++;
        add_all(&keys->known, &own.known);
        add_all(&keys->sought, &own.sought);
        i = taken - 1;  // Those that were passed over may be linked by this one.
    }
    return taken;
}

static bool are_linked(const struct keys *a, const struct keys *b)
{
    for (uint32_t i = 0; i < a->known.count; i++)
        for (uint32_t k = 0; k < b->sought.count; k++)
            if (a->known.at[i] == b->sought.at[k])
                return true;
    return false;
}

// Not by the order in which rules were loaded.
static bool is_graver(const struct finding *a, const struct finding *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    const int order = str_cmp(a->rule->id, b->rule->id);
    return order != 0 ? order < 0 : strcmp(a->id, b->id) < 0;
}

static void keys_of(const struct finding *f, struct keys *out)
{
    *out = (struct keys){ 0 };
    if (f->repeats > 0) {
        add_hash(&out->sought, hash_of_id(f->id));
        return;
    }
    for (size_t i = f->step_count; i > 0; i--) {
        const struct finding_step *step = &f->steps[i - 1];
        const struct value is_platform = finding_step_value(step, FIELD_PROCESS_CS_PLATFORM);
        if (i == f->step_count || is_platform.type != VALUE_BOOL || !is_platform.boolean)
            add_actor(out, f, step);
        const struct value is_of_macos = finding_step_value(step, FIELD_TARGET_PLATFORM);
        if (is_of_macos.type != VALUE_BOOL || !is_of_macos.boolean)
            add_target(out, f, step);
    }
}

static void add_actor(struct keys *k, const struct finding *f, const struct finding_step *step)
{
    const struct value entity = finding_step_value(step, FIELD_PROCESS_ENTITY_ID);
    if (entity.type != VALUE_TEXT)
        return;
    add_hash(&k->known, hash_of(f, entity, ROLE_ACTOR));
    add_hash(&k->sought, hash_of(f, entity, ROLE_ACTOR));
    add_hash(&k->sought, hash_of(f, entity, ROLE_TARGET));
}

static void add_target(struct keys *k, const struct finding *f, const struct finding_step *step)
{
    const struct value entity = finding_step_value(step, FIELD_TARGET_ENTITY_ID);
    if (entity.type != VALUE_TEXT)
        return;
    add_hash(&k->known, hash_of(f, entity, ROLE_TARGET));
    add_hash(&k->sought, hash_of(f, entity, ROLE_ACTOR));
}

// What is new, and what is expected or excepted, never meet.
static uint64_t hash_of(const struct finding *f, struct value entity, enum role role)
{
    const uint64_t kind = (uint64_t)role * 2 + (f->verdict != VERDICT_NEW);
    return str_hash(value_str(entity), ((uint64_t)f->host << 8) + kind);
}

static void add_hash(struct key_set *k, uint64_t hash)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->at[i] == hash)
            return;
    if (k->count < GROUP_KEYS_MAX)
        k->at[k->count++] = hash;
}

static void add_all(struct key_set *k, const struct key_set *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        add_hash(k, from->at[i]);
}

static uint64_t hash_of_id(const char *id)
{
    return str_hash(str_of(id), UINT64_MAX);
}

static void tell(struct grouper *g, struct batch *batch, struct finding **cluster, size_t count,
                 const struct keys *keys)
{
    struct finding *f = cluster[0];
    struct act *act = find_act(g, keys, f);
    g->counts.joined += count - 1;
    if (act == NULL) {
        act = add_act(g, f);
        name_others(f, cluster + 1, count - 1, NULL, &batch->arena);
        g->counts.told += f->repeats == 0;
        g->counts.by_level[f->level] += f->repeats == 0;
    } else {
        memcpy(f->id, act->id, sizeof f->id);
        name_others(f, cluster + 1, count - 1, act, &batch->arena);
        act->revision++;
        g->counts.joined += f->repeats == 0;
    }
    f->revision = act->revision;
    g->counts.revisions += f->revision > 0;
    remember(g, act, cluster, count, keys);
}

// One that is told again is of its act for as long as that is remembered.
static struct act *find_act(struct grouper *g, const struct keys *keys, const struct finding *f)
{
    for (uint32_t i = 0; i < keys->sought.count; i++) {
        const uint32_t index = map_find(&g->by_key, keys->sought.at[i], any, NULL);
        if (index == MAP_NONE)
            continue;
        struct act *act = &g->acts[index];
        const uint64_t since = f->time_ns >= act->last_ns
                                   ? (uint64_t)f->time_ns - (uint64_t)act->last_ns
                                   : (uint64_t)act->last_ns - (uint64_t)f->time_ns;
        if (f->repeats > 0 || since <= (uint64_t)GROUP_OPEN_NS)
            return act;
        close_act(g, index);
    }
    return NULL;
}

// Nothing leads to it any more. Its place is used again when its turn comes.
static void close_act(struct grouper *g, uint32_t index)
{
    struct act *act = &g->acts[index];
    for (uint32_t i = 0; i < act->key_count; i++)
        (void)map_remove(&g->by_key, act->keys[i], index);
    act->key_count = 0;
}

static struct act *add_act(struct grouper *g, const struct finding *f)
{
    uint32_t index = g->count;
    if (g->count == GROUPS_MAX) {
        index = g->oldest;
        g->oldest = (g->oldest + 1) % GROUPS_MAX;
        g->counts.groups_evicted += g->acts[index].key_count > 0;
        close_act(g, index);
    } else {
        if (g->count == g->capacity) {
            g->capacity = g->capacity == 0 ? 64 : g->capacity * 2;
            g->acts = memory_resize(g->acts, g->capacity * sizeof *g->acts);
        }
        g->count++;
    }
    struct act *act = &g->acts[index];
    // Told again after its act was forgotten: then it is at least the first revision.
    *act = (struct act){ .last_ns = f->time_ns, .revision = f->repeats > 0 };
    memcpy(act->id, f->id, sizeof act->id);
    return act;
}

// Rules told before are named with what they were worth. What is told is never less grave than what
// was.
static void name_others(struct finding *f, struct finding **others, size_t count,
                        const struct act *before, struct arena *arena)
{
    const size_t room = count + (before == NULL ? 0 : before->rule_count);
    const struct finding **also = arena_alloc(arena, (room + 1) * sizeof *also);
    for (size_t i = 0; i < count; i++)
        also[f->also_count++] = others[i];
    for (uint32_t i = 0; before != NULL && i < before->rule_count; i++) {
        const struct told_rule *told = &before->rules[i];
        if (told->score > f->score)
            raise_to(f, told, arena);
        if (told->rule == f->rule || names_rule(also, f->also_count, told->rule))
            continue;
        struct finding *brief = arena_zalloc(arena, sizeof *brief);
        *brief = (struct finding){ .rule = told->rule,
                                   .level = told->level,
                                   .score = told->score,
                                   .time_ns = told->time_ns,
                                   .verdict = f->verdict };
        also[f->also_count++] = brief;
    }
    f->also = also;
}

static bool names_rule(const struct finding *const *also, size_t count,
                       const struct rule_facts *rule)
{
    for (size_t i = 0; i < count; i++)
        if (also[i]->rule == rule)
            return true;
    return false;
}

static void raise_to(struct finding *f, const struct told_rule *told, struct arena *arena)
{
    str *reasons = arena_alloc(arena, (f->reason_count + 1) * sizeof *reasons);
    for (size_t i = 0; i < f->reason_count; i++)
        reasons[i] = f->reasons[i];
    const str id = told->rule->id;
    reasons[f->reason_count++] =
        arena_printf(arena, "%u counts, of %.*s, which was told before", told->score, STR_ARG(id));
    f->reasons = reasons;
    f->score = told->score;
    f->level = told->level;
}

static void remember(struct grouper *g, struct act *act, struct finding **cluster, size_t count,
                     const struct keys *keys)
{
    const uint32_t index = (uint32_t)(act - g->acts);
    add_act_key(g, index, hash_of_id(act->id));
    for (uint32_t i = 0; i < keys->known.count; i++)
        add_act_key(g, index, keys->known.at[i]);
    for (size_t i = 0; i < count; i++) {
        const struct finding *f = cluster[i];
        if (f->time_ns > act->last_ns)
            act->last_ns = f->time_ns;
        repeats_name(&g->repeats, f, act->id);
        uint32_t place = 0;
        while (place < act->rule_count && act->rules[place].rule != f->rule)
            place++;
        if (place == GROUP_RULES_MAX ||
            (place < act->rule_count && act->rules[place].score >= f->score))
            continue;
        act->rules[place] = (struct told_rule){ f->rule, f->level, f->score, f->time_ns };
        act->rule_count += place == act->rule_count;
    }
}

static void add_act_key(struct grouper *g, uint32_t index, uint64_t key)
{
    struct act *act = &g->acts[index];
    if (act->key_count == GROUP_KEYS_MAX || map_find(&g->by_key, key, any, NULL) != MAP_NONE)
        return;
    act->keys[act->key_count++] = key;
    map_add(&g->by_key, key, index);
}

// All 64 bits agree: that is what a process is known by here.
static bool any(const void *context, uint32_t value)
{
    (void)context;
    (void)value;
    return true;
}
