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
    uint32_t confidence;
    enum verdict verdict;
    int64_t time_ns;
};

struct act {
    uint64_t keys[GROUP_KEYS_MAX];  // Of the id, then of Mac, process and kind of verdict.
    uint32_t key_count;
    struct told_rule rules[GROUP_RULES_MAX];
    uint32_t rule_count;
    uint32_t revision;
    bool is_counted;   // Among what was told, by
    enum level level;  // the gravest so far.
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
    uint32_t max;
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
static bool tell(struct grouper *g, struct batch *batch, struct finding **cluster, size_t count,
                 const struct keys *keys);
static void count_level(struct grouper *g, struct act *act, const struct finding *f);
static bool adds_nothing(const struct act *act, struct finding **cluster, size_t count);
static struct act *find_act(struct grouper *g, const struct keys *keys, const struct finding *f);
static bool is_open(const struct act *act, int64_t now_ns);
static void lapse(struct grouper *g, uint32_t index);
static void forget(struct grouper *g, uint32_t index);
static struct act *add_act(struct grouper *g, const struct finding *f);
static void name_others(struct finding *f, struct finding **others, size_t count,
                        const struct act *act, struct arena *arena);
static const struct finding *brief_of(const struct told_rule *told, struct arena *arena);
static void add_other(const struct finding **also, struct finding *f, const struct finding *other);
static bool names_rule(const struct finding *const *also, size_t count,
                       const struct rule_facts *rule);
static void raise_to(struct finding *f, const struct told_rule *told, struct arena *arena);
static void remember(struct grouper *g, struct act *act, struct finding **cluster, size_t count,
                     const struct keys *keys);
static void note_rule(struct act *act, const struct finding *f);
static void add_act_key(struct grouper *g, uint32_t index, uint64_t key, int64_t now_ns);
static bool any(const void *context, uint32_t value);

struct grouper *grouper_new(void)
{
    return grouper_new_within((struct group_limits){ GROUPS_MAX, REPEATS_MAX });
}

struct grouper *grouper_new_within(struct group_limits limits)
{
    struct grouper *g = memory_zeroed(1, sizeof *g);
    g->max = limits.groups_max;
    repeats_init(&g->repeats, limits.repeats_max);
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
        if (findings[i]->repeats > 0)
            repeats_take_name(&g->repeats, findings[i]);
        const size_t taken = take_cluster(findings + i, count - i, &keys);
        if (tell(g, batch, findings + i, taken, &keys))
            findings[told++] = findings[i];  // What stood there was taken before.
        i += taken;
    }
    batch->finding_count = from + told;
    g->counts.repeats_evicted = g->repeats.evicted;
}

// Notes it. What one that is told once more has to do with is only the first.
static bool is_repeat(struct grouper *g, struct finding *f)
{
    const uint64_t hash = repeats_hash(f);
    struct repeat *repeat = repeats_find(&g->repeats, f, hash);
    if (repeat == NULL) {
        repeats_add(&g->repeats, f, hash);
        return false;
    }
    f->repeats = ++repeat->count;
    const bool is_told = is_told_again(f->repeats);
    g->counts.repeats_told += is_told;
    g->counts.repeats += !is_told;
    return !is_told;
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

// What is new, and what is expected or excepted, never meet. Seeds that are close to each other let
// short texts that are alike have one hash: therefore what is no text has a hash of its own first.
static uint64_t hash_of(const struct finding *f, struct value entity, enum role role)
{
    const uint32_t kind[] = { f->host, role, f->verdict != VERDICT_NEW };
    const uint64_t seed = str_hash((str){ .at = (const char *)kind, .len = sizeof kind }, 0);
    return str_hash(value_str(entity), seed);
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

// False where it is not to be told.
static bool tell(struct grouper *g, struct batch *batch, struct finding **cluster, size_t count,
                 const struct keys *keys)
{
    struct finding *f = cluster[0];
    struct act *act = find_act(g, keys, f);
    if (act != NULL && adds_nothing(act, cluster, count)) {
        g->counts.joined += count;
        remember(g, act, cluster, count, keys);
        return false;
    }
    g->counts.joined += count - 1;
    if (act == NULL) {
        act = add_act(g, f);
        g->counts.told += f->repeats == 0;
        act->is_counted = f->repeats == 0;
        act->level = f->level;
        g->counts.by_level[f->level] += act->is_counted;
    } else {
        memcpy(f->id, act->id, sizeof f->id);
        act->revision++;
        g->counts.joined += f->repeats == 0;
    }
    f->revision = act->revision;
    g->counts.revisions += f->revision > 0;
    remember(g, act, cluster, count, keys);
    name_others(f, cluster + 1, count - 1, act, &batch->arena);  // May raise what it is worth.
    count_level(g, act, f);
    return true;
}

// An act counts by the gravest that was told of it.
static void count_level(struct grouper *g, struct act *act, const struct finding *f)
{
    if (!act->is_counted || f->level <= act->level)
        return;
    g->counts.by_level[act->level]--;
    g->counts.by_level[f->level]++;
    act->level = f->level;
}

// Low ones of rules that were told of the act, for as much.
static bool adds_nothing(const struct act *act, struct finding **cluster, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct finding *f = cluster[i];
        uint32_t place = 0;
        while (place < act->rule_count && act->rules[place].rule != f->rule)
            place++;
        if (f->repeats > 0 || f->level > LEVEL_LOW || place == act->rule_count ||
            act->rules[place].score < f->score)
            return false;
    }
    return true;
}

// One that is told again is of its act for as long as that is remembered.
static struct act *find_act(struct grouper *g, const struct keys *keys, const struct finding *f)
{
    for (uint32_t i = 0; i < keys->sought.count; i++) {
        const uint32_t index = map_find(&g->by_key, keys->sought.at[i], any, NULL);
        if (index == MAP_NONE)
            continue;
        if (f->repeats > 0 || is_open(&g->acts[index], f->time_ns))
            return &g->acts[index];
        lapse(g, index);
    }
    return NULL;
}

// Both are times of events, and may be anything.
static bool is_open(const struct act *act, int64_t now_ns)
{
    const uint64_t since = now_ns >= act->last_ns ? (uint64_t)now_ns - (uint64_t)act->last_ns
                                                  : (uint64_t)act->last_ns - (uint64_t)now_ns;
    return since <= (uint64_t)GROUP_OPEN_NS;
}

// Only its id leads to it any more, for repeats of what was told.
static void lapse(struct grouper *g, uint32_t index)
{
    struct act *act = &g->acts[index];
    for (; act->key_count > 1; act->key_count--)
        (void)map_remove(&g->by_key, act->keys[act->key_count - 1], index);
}

static void forget(struct grouper *g, uint32_t index)
{
    lapse(g, index);
    (void)map_remove(&g->by_key, g->acts[index].keys[0], index);
    g->counts.groups_evicted++;
}

static struct act *add_act(struct grouper *g, const struct finding *f)
{
    uint32_t index = g->count;
    if (g->acts == NULL || (g->count == g->capacity && g->count < g->max)) {
        g->capacity = g->capacity == 0 ? 64 : g->capacity * 2;
        g->acts = memory_resize(g->acts, g->capacity * sizeof *g->acts);
    }
    if (g->count == g->max) {
        index = g->oldest;
        g->oldest = (g->oldest + 1) % g->max;
        forget(g, index);
    } else {
        g->count++;
    }
    struct act *act = &g->acts[index];
    // A repeat has a revision already, in case its act was forgotten.
    *act = (struct act){ .last_ns = f->time_ns, .revision = f->revision };
    memcpy(act->id, f->id, sizeof act->id);
    act->keys[act->key_count++] = hash_of_id(act->id);
    map_add(&g->by_key, act->keys[0], index);
    return act;
}

// Rules told before are named with what they were worth. What is told is never less grave than what
// was.
static void name_others(struct finding *f, struct finding **others, size_t count,
                        const struct act *act, struct arena *arena)
{
    const struct finding **also = arena_alloc(arena, (count + act->rule_count) * sizeof *also);
    f->also = also;
    for (size_t i = 0; i < count; i++)
        add_other(also, f, others[i]);
    for (uint32_t i = 0; i < act->rule_count; i++) {
        const struct told_rule *told = &act->rules[i];
        if (told->score > f->score)
            raise_to(f, told, arena);
        if (told->rule != f->rule && !names_rule(also, f->also_count, told->rule))
            add_other(also, f, brief_of(told, arena));
    }
}

static const struct finding *brief_of(const struct told_rule *told, struct arena *arena)
{
    struct finding *brief = arena_alloc(arena, sizeof *brief);
    *brief = (struct finding){ .rule = told->rule,
                               .level = told->level,
                               .score = told->score,
                               .confidence = told->confidence,
                               .time_ns = told->time_ns,
                               .verdict = told->verdict };
    return brief;
}

static void add_other(const struct finding **also, struct finding *f, const struct finding *other)
{
    size_t place = f->also_count++;
    for (; place > 0 && is_graver(other, also[place - 1]); place--)
        also[place] = also[place - 1];
    also[place] = other;
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
    f->level = told->level > f->level ? told->level : f->level;
}

static void remember(struct grouper *g, struct act *act, struct finding **cluster, size_t count,
                     const struct keys *keys)
{
    const uint32_t index = (uint32_t)(act - g->acts);
    for (size_t i = 0; i < count; i++) {
        const struct finding *f = cluster[i];
        if (f->time_ns > act->last_ns)
            act->last_ns = f->time_ns;
        repeats_name(&g->repeats, f, act->id, act->revision);
        note_rule(act, f);
    }
    for (uint32_t i = 0; i < keys->known.count; i++)
        add_act_key(g, index, keys->known.at[i], cluster[0]->time_ns);
}

// Where there is no room, the gravest stay: what is told later is never less grave.
static void note_rule(struct act *act, const struct finding *f)
{
    uint32_t place = 0;
    uint32_t least = 0;
    for (; place < act->rule_count && act->rules[place].rule != f->rule; place++)
        if (act->rules[place].score < act->rules[least].score)
            least = place;
    if (place == GROUP_RULES_MAX)
        place = least;
    if (place < act->rule_count && act->rules[place].score >= f->score)
        return;
    act->rules[place] = (struct told_rule){ .rule = f->rule,
                                            .level = f->level,
                                            .score = f->score,
                                            .confidence = f->confidence,
                                            .verdict = f->verdict,
                                            .time_ns = f->time_ns };
    act->rule_count += place == act->rule_count;
}

// What leads to an act that is open leads there still.
static void add_act_key(struct grouper *g, uint32_t index, uint64_t key, int64_t now_ns)
{
    struct act *act = &g->acts[index];
    const uint32_t other = map_find(&g->by_key, key, any, NULL);
    if (act->key_count == GROUP_KEYS_MAX || other == index)
        return;
    if (other != MAP_NONE) {
        if (is_open(&g->acts[other], now_ns))
            return;
        lapse(g, other);
    }
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
