// An enricher and events for it, for the tests of this directory.

#ifndef ENRICH_FIXTURE_H
#define ENRICH_FIXTURE_H

#include "enrich/enrich.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND_NS 1000000000LL
#define CDHASH    "AB34567890123456789012345678901234567890"

struct bench {
    struct projection projection;
    struct hosts hosts;
    struct batch batch;
    struct enricher *enricher;
    struct event event;
    struct value slots[FIELD_COUNT];
    int64_t time_ns;
};

static const str apis[] = { STR_INIT("Foundation") };
static const str interpreters[] = { STR_INIT("python*") };
static const str debuggers[] = { STR_INIT("com.apple.debugserver") };
static const str dev_tools[] = { STR_INIT("com.apple.dt.*") };
static const str test_users[] = { STR_INIT("777") };

static const struct enrich_options plain = {
    .lists = { .of = { [ENRICH_LIST_API_FRAMEWORKS] = { apis, 1 },
                       [ENRICH_LIST_INTERPRETERS] = { interpreters, 1 },
                       [ENRICH_LIST_DEBUGGERS] = { debuggers, 1 },
                       [ENRICH_LIST_DEVELOPER_TOOLS] = { dev_tools, 1 },
                       [ENRICH_LIST_TEST_USERS] = { test_users, 1 } } },
    .processes_max = 100,
};

static inline void open_bench(struct bench *b, const struct enrich_options *options)
{
    struct err err;
    *b = (struct bench){ .time_ns = 1000 * SECOND_NS };
    hosts_init(&b->hosts);
    batch_init(&b->batch);
    projection_want_all(&b->projection);
    projection_compile(&b->projection);
    assert_int_equal(hosts_keep(&b->hosts, STR("mac-1"), STR("one")), 0);
    if (enricher_new(options, &b->projection, &b->hosts, &b->enricher, &err) != OK)
        fail_msg("%s", err.text);
}

static inline void close_bench(struct bench *b)
{
    enricher_free(b->enricher);
    batch_done(&b->batch);
    hosts_done(&b->hosts);
}

static inline struct process_facts facts_of(int64_t pid, int64_t version, const char *path)
{
    return (struct process_facts){
        .present = true,
        .cs_told = true,
        .cs_flags = CS_VALID | CS_SIGNED | CS_ADHOC,
        .id = { .pid = pid, .pidversion = version },
        .parent = { .pid = 1, .pidversion = 1 },
        .responsible = { .pid = pid, .pidversion = version },
        .euid = 501,
        .executable = str_of(path),
        .signing_id = STR("program"),
        .cdhash = STR(CDHASH),
    };
}

// The next event, a second after the last; the caller adds to it.
static inline struct event *next(struct bench *b, enum action action, struct process_facts facts)
{
    memset(b->slots, 0, sizeof b->slots);
    b->time_ns += SECOND_NS;
    b->event = (struct event){
        .time_ns = b->time_ns,
        .action = action,
        .categories = action_traits[action].categories,
        .process = facts,
        .slot_count = FIELD_COUNT,
        .slots = b->slots,
    };
    return &b->event;
}

static inline void go(struct bench *b)
{
    enrich(b->enricher, &b->event, &b->batch);
}

static inline void run_fork(struct bench *b, struct process_facts parent,
                            struct process_facts child)
{
    child.parent = parent.id;
    next(b, ACTION_FORK, child)->previous = parent;
    go(b);
}

static inline void run_exec(struct bench *b, struct process_facts old, struct process_facts new)
{
    next(b, ACTION_EXEC, new)->previous = old;
    go(b);
}

static inline void assert_text(const struct bench *b, enum field field, const char *text)
{
    const struct value slot = b->slots[field];
    const str name = field_name(field);
    if (slot.type != VALUE_TEXT || !str_eq(value_str(slot), str_of(text)))
        fail_msg("%.*s is \"%.*s\" (type %u), expected \"%s\"", STR_ARG(name),
                 slot.type == VALUE_TEXT ? (int)slot.len : 0,
                 slot.type == VALUE_TEXT ? slot.text : "", slot.type, text);
}

static inline void assert_flag(const struct bench *b, enum field field, bool flag)
{
    assert_int_equal(b->slots[field].type, VALUE_BOOL);
    assert_int_equal(b->slots[field].boolean, flag);
}

#endif
