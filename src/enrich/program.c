#include "enrich/program.h"

#include "base/arena.h"
#include "enrich/owners.h"
#include "enrich/signing.h"

#include <stdlib.h>

#define COUNT_MIN 64u

struct wanted {
    const struct programs *programs;
    const struct process_facts *facts;  // Cut, and in lower case where that is kept.
};

static const struct {
    enum enrich_list list;
    enum program_role role;
} roles[] = {
    { ENRICH_LIST_DEBUGGERS, ROLE_DEBUGGER },
    { ENRICH_LIST_PLUGIN_HOSTS, ROLE_PLUGIN_HOST },
    { ENRICH_LIST_INSTALLERS, ROLE_INSTALLER },
    { ENRICH_LIST_UPDATERS, ROLE_UPDATER },
    { ENRICH_LIST_DEVELOPER_TOOLS, ROLE_DEVELOPER_TOOL },
    { ENRICH_LIST_PACKAGE_MANAGERS, ROLE_PACKAGE_MANAGER },
    { ENRICH_LIST_TEST_TOOLS, ROLE_TEST_TOOL },
};

static struct process_facts as_kept(const struct process_facts *facts, char *lower);
static uint64_t hash_of(const struct process_facts *facts);
static bool is_same(const void *context, uint32_t value);
static struct program *add(struct programs *p, const struct process_facts *facts, uint64_t hash);
static uint8_t roles_of(const struct enrich_lists *lists, const struct process_facts *facts);
static bool is_interpreter(const struct enrich_lists *lists, str name);
static uint32_t take_place(struct programs *p);
static str copy(char **at, str text);

void programs_init(struct programs *p, const struct enrich_lists *lists)
{
    *p = (struct programs){ .lists = lists };
}

void programs_done(struct programs *p)
{
    map_done(&p->by_content);
    free(p->at);
    free(p->free);
    *p = (struct programs){ 0 };
}

struct program *programs_keep(struct programs *p, const struct process_facts *facts)
{
    char lower[PROGRAM_NAME_MAX];
    const struct process_facts kept = as_kept(facts, lower);
    const uint64_t hash = hash_of(&kept);
    const struct wanted wanted = { .programs = p, .facts = &kept };
    const uint32_t known = map_find(&p->by_content, hash, is_same, &wanted);
    struct program *program = known != MAP_NONE ? p->at[known] : add(p, &kept, hash);
    program->references++;
    return program;
}

void program_release(struct program *program)
{
    struct programs *p = program->owner;
    if (--program->references > 0)
        return;
    (void)map_remove(&p->by_content, program->hash, program->index);
    p->at[program->index] = NULL;
    p->free[p->free_count++] = program->index;
    free(program);
}

static struct process_facts as_kept(const struct process_facts *facts, char *lower)
{
    struct process_facts kept = *facts;
    kept.executable = str_to(facts->executable, PROGRAM_PATH_MAX);
    kept.signing_id = str_to(facts->signing_id, PROGRAM_NAME_MAX);
    kept.team_id = str_to(facts->team_id, PROGRAM_NAME_MAX);
    const str cdhash = str_to(facts->cdhash, PROGRAM_NAME_MAX);
    for (size_t i = 0; i < cdhash.len; i++) {
        const char c = cdhash.at[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    kept.cdhash = (str){ .at = lower, .len = cdhash.len };
    return kept;
}

// One text's hash is the next one's seed, so that "ab","c" and "a","bc" are two.
static uint64_t hash_of(const struct process_facts *facts)
{
    const uint64_t flags = (uint64_t)facts->cs_flags << 2 | (uint64_t)facts->cs_told << 1 |
                           (uint64_t)facts->is_platform;
    uint64_t hash = str_hash(facts->executable, flags);
    hash = str_hash(facts->signing_id, hash);
    hash = str_hash(facts->team_id, hash);
    return str_hash(facts->cdhash, hash);
}

static bool is_same(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    const struct program *p = wanted->programs->at[value];
    const struct process_facts *facts = wanted->facts;
    return p->cs_flags == facts->cs_flags && p->cs_told == facts->cs_told &&
           p->is_platform == facts->is_platform && str_eq(p->executable, facts->executable) &&
           str_eq(p->signing_id, facts->signing_id) && str_eq(p->team_id, facts->team_id) &&
           str_eq(p->cdhash, facts->cdhash);
}

static struct program *add(struct programs *p, const struct process_facts *facts, uint64_t hash)
{
    struct program *program =
        memory_new(sizeof *program + facts->executable.len + facts->signing_id.len +
                   facts->team_id.len + facts->cdhash.len);
    char *at = (char *)(program + 1);
    *program = (struct program){
        .owner = p,
        .index = take_place(p),
        .hash = hash,
        .cs_flags = facts->cs_flags,
        .cs_told = facts->cs_told,
        .is_platform = facts->is_platform,
        .is_trusted = signing_is_trusted(facts->cs_flags, facts->is_platform, facts->team_id),
        .roles = roles_of(p->lists, facts),
        .path_class = path_class_of(facts->executable),
        .application_len = (uint16_t)owners_application_of(facts->executable).len,
    };
    program->executable = copy(&at, facts->executable);
    program->signing_id = copy(&at, facts->signing_id);
    program->team_id = copy(&at, facts->team_id);
    program->cdhash = copy(&at, facts->cdhash);
    program->name = str_base_name(program->executable);
    program->is_interpreter = is_interpreter(p->lists, program->name);
    p->at[program->index] = program;
    map_add(&p->by_content, hash, program->index);
    return program;
}

static uint8_t roles_of(const struct enrich_lists *lists, const struct process_facts *facts)
{
    uint8_t bits = 0;
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        const struct enrich_texts list = lists->of[roles[i].list];
        if (signing_is_listed(list.at, list.count, facts))
            bits |= (uint8_t)roles[i].role;
    }
    return bits;
}

static bool is_interpreter(const struct enrich_lists *lists, str name)
{
    const struct enrich_texts list = lists->of[ENRICH_LIST_INTERPRETERS];
    for (size_t i = 0; i < list.count; i++)
        if (signing_name_fits(name, list.at[i]))
            return true;
    return false;
}

static uint32_t take_place(struct programs *p)
{
    if (p->free_count > 0)
        return p->free[--p->free_count];
    if (p->count == p->capacity) {
        p->capacity = p->capacity == 0 ? COUNT_MIN : p->capacity * 2;
        p->at = memory_resize(p->at, p->capacity * sizeof(struct program *));
        p->free = memory_resize(p->free, p->capacity * sizeof *p->free);
    }
    return p->count++;
}

static str copy(char **at, str text)
{
    const str out = { .at = *at, .len = text.len };
    if (text.len > 0)
        memcpy(*at, text.at, text.len);
    *at += text.len;
    return out;
}
