// What the tests of this directory share: rules given as queries, and events fed by hand.

#ifndef MATCH_FIXTURE_H
#define MATCH_FIXTURE_H

#include "match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE_SECOND_NS 1000000000LL

struct fixture {
    char directory[64];
    struct rules *rules;
    struct hosts hosts;
    struct matcher *matcher;
    struct batch batch;
    uint64_t sequence;
    struct event event;  // The one that is made ready, and its slots.
    struct value slots[FIELD_COUNT];
};

static inline void fixture_write(const char *directory, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void fixture_remove(const char *directory, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    (void)unlink(path);
}

// Every query is a rule of its own, in this order; `options` may be NULL.
static inline void fixture_load(struct fixture *f, const char *const *queries, size_t count,
                                const struct match_options *options)
{
    static const struct match_options none = { 0 };
    char name[32];
    size_t problems;
    struct err err;
    *f = (struct fixture){ .directory = "/tmp/pomona-match-XXXXXX" };
    assert_non_null(mkdtemp(f->directory));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "r%04zu.eql", i);
        fixture_write(f->directory, name, queries[i]);
    }
    const str paths[] = { str_of(f->directory) };
    const enum status status = rules_load(paths, 1, NULL, &f->rules, &err);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "r%04zu.eql", i);
        fixture_remove(f->directory, name);
    }
    (void)rmdir(f->directory);
    if (status != OK)
        fail_msg("%s", err.text);
    const struct rule_problem *problem = rules_problems(f->rules, &problems);
    for (size_t i = 0; i < problems; i++)
        if (!problem[i].is_warning)
            fail_msg("%.*s", STR_ARG(problem[i].text));
    hosts_init(&f->hosts);
    batch_init(&f->batch);
    f->matcher = matcher_new(f->rules, &f->hosts, options == NULL ? &none : options);
}

static inline void fixture_load_one(struct fixture *f, const char *query)
{
    fixture_load(f, &query, 1, NULL);
}

static inline void fixture_unload(struct fixture *f)
{
    matcher_free(f->matcher);
    rules_free(f->rules);
    batch_done(&f->batch);
    hosts_done(&f->hosts);
}

// Makes an event ready: only what it did is set. The caller adds to it and feeds it.
static inline void fixture_next(struct fixture *f, enum action action, int64_t time_ns)
{
    memset(f->slots, 0, sizeof f->slots);
    f->event = (struct event){ .action = action,
                               .categories = action_traits[action].categories,
                               .time_ns = time_ns,
                               .sequence = f->sequence++,
                               .has_sequence = true,
                               .slots = f->slots,
                               .slot_count = FIELD_COUNT };
    f->event.host = hosts_keep(&f->hosts, STR("mac-1"), STR_EMPTY);
    f->slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[action].name);
    f->slots[FIELD_EVENT_TYPE] = value_of_text(action_traits[action].type);
}

static inline void fixture_set(struct fixture *f, enum field field, const char *text)
{
    f->slots[field] = value_of_text(str_of(text));
}

// How many findings it completes; they stay in the batch until the next event.
static inline size_t fixture_feed(struct fixture *f)
{
    batch_reset(&f->batch);
    match(f->matcher, &f->event, &f->batch);
    return f->batch.finding_count;
}

// An event of a process, whose entity may be NULL.
static inline size_t fixture_go(struct fixture *f, enum action action, const char *entity,
                                int64_t second)
{
    fixture_next(f, action, second * FIXTURE_SECOND_NS);
    if (entity != NULL)
        fixture_set(f, FIELD_PROCESS_ENTITY_ID, entity);
    return fixture_feed(f);
}

// "e" and the number.
static inline const char *fixture_entity(int number, char buffer[16])
{
    (void)snprintf(buffer, 16, "e%d", number);
    return buffer;
}

// Events of one action at the same time, each of a process of its own, that complete nothing.
static inline void fixture_go_many(struct fixture *f, enum action action, int from, int count,
                                   int64_t second)
{
    char entity[16];
    for (int i = 0; i < count; i++)
        assert_int_equal(fixture_go(f, action, fixture_entity(from + i, entity), second), 0);
}

static inline size_t fixture_go_on(struct fixture *f, const char *host, enum action action,
                                   const char *entity, int64_t second)
{
    fixture_next(f, action, second * FIXTURE_SECOND_NS);
    fixture_set(f, FIELD_PROCESS_ENTITY_ID, entity);
    f->event.host = hosts_keep(&f->hosts, str_of(host), STR_EMPTY);
    return fixture_feed(f);
}

// There are no more events: how many findings that completes.
static inline size_t fixture_end(struct fixture *f)
{
    batch_reset(&f->batch);
    matcher_end(f->matcher, &f->batch);
    return f->batch.finding_count;
}

static inline struct sequence_counts fixture_total(const struct fixture *f)
{
    return matcher_counts(f->matcher).partials;
}

static inline const struct sequence_counts *fixture_of_rule(const struct fixture *f, size_t rule)
{
    return matcher_rule_counts(f->matcher, rule);
}

#endif
