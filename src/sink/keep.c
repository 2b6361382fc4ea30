#include "sink/keep.h"

#include "sink/summary.h"
#include "store/findings.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define GATHER_NS     5000000
#define GATHER_ROUNDS 20

// Rows that go into one transaction, with all their texts.
struct tray {
    struct arena arena;
    struct finding_row *rows;
    size_t count;
    size_t bytes;
    uint64_t batches;  // How many, from the first, are in it or were before.
};

// The lock is for all but `putting`, which is the thread's own while it puts.
struct keeper {
    struct db *store;
    struct store_act act;
    store_clock *clock;  // NULL: the time of the act.
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct tray filling;
    struct tray putting;
    uint64_t kept;  // Batches.
    bool is_putting;
    bool is_hurried;  // Somebody waits until all is kept.
    bool is_over;
    enum status status;  // Of the transactions: none follows one that failed.
    struct err err;
};

static void dispose(struct keeper *k);
static void add_row(struct tray *tray, const struct finding *f, str record);
static bool is_full(const struct tray *tray);
static bool has_work(const struct keeper *k);
static void note_kept(struct keeper *k, uint64_t batches);
static void *keep(void *argument);
static void gather(struct keeper *k);
static void put_tray(struct keeper *k);
static enum status status_of(const struct keeper *k, struct err *err);

enum status keeper_new(struct db *store, const struct store_act *act, store_clock *clock,
                       struct keeper **out, struct err *err)
{
    // A run of days does not end because somebody imports, or gives back room, for a while.
    const enum status status = db_set_patience(store, DB_PATIENCE_MS, err);
    if (status != OK)
        return status;
    struct keeper *k = memory_zeroed(1, sizeof *k);
    *k = (struct keeper){ .store = store, .act = *act, .clock = clock, .status = OK };
    k->filling.rows = memory_zeroed(KEEPER_ROWS_MAX, sizeof *k->filling.rows);
    k->putting.rows = memory_zeroed(KEEPER_ROWS_MAX, sizeof *k->putting.rows);
    (void)pthread_mutex_init(&k->lock, NULL);
    (void)pthread_cond_init(&k->changed, NULL);
    if (pthread_create(&k->thread, NULL, keep, k) != 0) {
        dispose(k);
        return fail(err, ERR_LIMIT, "findings cannot be kept in the store: no thread can be had");
    }
    *out = k;
    return OK;
}

void keeper_free(struct keeper *k)
{
    if (k == NULL)
        return;
    (void)pthread_mutex_lock(&k->lock);
    k->is_over = true;
    (void)pthread_cond_broadcast(&k->changed);
    (void)pthread_mutex_unlock(&k->lock);
    (void)pthread_join(k->thread, NULL);
    dispose(k);
}

static void dispose(struct keeper *k)
{
    (void)pthread_cond_destroy(&k->changed);
    (void)pthread_mutex_destroy(&k->lock);
    arena_done(&k->filling.arena);
    arena_done(&k->putting.arena);
    free(k->filling.rows);
    free(k->putting.rows);
    free(k);
}

enum status keeper_add(struct keeper *k, const struct finding *f, str record, struct err *err)
{
    (void)pthread_mutex_lock(&k->lock);
    while (k->status == OK && is_full(&k->filling))
        (void)pthread_cond_wait(&k->changed, &k->lock);
    const enum status status = status_of(k, err);
    if (status == OK)
        add_row(&k->filling, f, record);
    if (k->filling.count == 1)
        (void)pthread_cond_broadcast(&k->changed);
    (void)pthread_mutex_unlock(&k->lock);
    return status;
}

enum status keeper_end_batch(struct keeper *k, uint64_t number, struct err *err)
{
    (void)pthread_mutex_lock(&k->lock);
    k->filling.batches = number + 1;
    if (!has_work(k))
        note_kept(k, k->filling.batches);
    const enum status status = status_of(k, err);
    (void)pthread_mutex_unlock(&k->lock);
    return status;
}

static void add_row(struct tray *tray, const struct finding *f, str record)
{
    struct arena *arena = &tray->arena;
    const struct finding_step *last = sink_last_step(f);
    struct value executable = { .type = VALUE_MISSING };
    if (last != NULL)
        executable = finding_step_value(last, FIELD_PROCESS_EXECUTABLE);
    const str executable_text = executable.type == VALUE_TEXT ? value_str(executable) : STR_EMPTY;
    tray->rows[tray->count++] = (struct finding_row){
        .id = arena_str(arena, str_of(f->id)),
        .rule = arena_str(arena, f->rule->id),
        .rule_version = f->rule->version,
        .title = arena_str(arena, f->rule->title),
        .level = (int64_t)f->level,
        .score = f->score,
        .confidence = f->confidence,
        .time_ns = f->time_ns,
        .host_id = arena_str(arena, db_printable(arena, f->host_id)),
        .host_name = arena_str(arena, db_printable(arena, f->host_name)),
        .executable = arena_str(arena, db_printable(arena, executable_text)),
        .verdict = (int64_t)f->verdict,
        .verdict_by = arena_str(arena, f->verdict_by),
        .revision = f->revision,
        .repeats = f->repeats > INT64_MAX ? INT64_MAX : (int64_t)f->repeats,
        .record = arena_str(arena, record),
    };
    tray->bytes += record.len;
}

static bool is_full(const struct tray *tray)
{
    return tray->count == KEEPER_ROWS_MAX || tray->bytes >= KEEPER_BYTES_MAX;
}

static bool has_work(const struct keeper *k)
{
    return k->filling.count > 0 || k->is_putting;
}

static void note_kept(struct keeper *k, uint64_t batches)
{
    if (k->status == OK && batches > k->kept)
        k->kept = batches;
}

static enum status status_of(const struct keeper *k, struct err *err)
{
    if (k->status != OK)
        *err = k->err;
    return k->status;
}

enum status keeper_flush(struct keeper *k, struct err *err)
{
    (void)pthread_mutex_lock(&k->lock);
    k->is_hurried = true;
    while (k->status == OK && has_work(k))
        (void)pthread_cond_wait(&k->changed, &k->lock);
    k->is_hurried = false;
    const enum status status = status_of(k, err);
    (void)pthread_mutex_unlock(&k->lock);
    return status;
}

uint64_t keeper_kept(struct keeper *k)
{
    (void)pthread_mutex_lock(&k->lock);
    const uint64_t kept = k->kept;
    (void)pthread_mutex_unlock(&k->lock);
    return kept;
}

static void *keep(void *argument)
{
    struct keeper *k = argument;
    (void)pthread_mutex_lock(&k->lock);
    for (;;) {
        while (k->filling.count == 0 && !k->is_over)
            (void)pthread_cond_wait(&k->changed, &k->lock);
        gather(k);
        if (k->filling.count == 0 || k->status != OK)
            break;
        const struct tray tray = k->putting;
        k->putting = k->filling;
        k->filling = tray;
        k->filling.batches = k->putting.batches;
        put_tray(k);
    }
    (void)pthread_mutex_unlock(&k->lock);
    return NULL;
}

// What comes soon goes into the same transaction: each costs a write to the disk that is waited for, and pages
// that were written by the one before. Sleeping does not depend on a clock that can be set.
static void gather(struct keeper *k)
{
    static const struct timespec pause = { .tv_nsec = GATHER_NS };
    for (int i = 0; i < GATHER_ROUNDS && !k->is_over && !k->is_hurried && !is_full(&k->filling);
         i++) {
        (void)pthread_mutex_unlock(&k->lock);
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&k->lock);
    }
}

// With the lock let go while it is in the database.
static void put_tray(struct keeper *k)
{
    struct err err;
    k->is_putting = true;
    (void)pthread_cond_broadcast(&k->changed);
    (void)pthread_mutex_unlock(&k->lock);
    if (k->clock != NULL)
        k->act.now_ns = k->clock();
    const enum status status =
        findings_keep(k->store, &k->act, k->putting.rows, k->putting.count, &err);
    arena_reset(&k->putting.arena);
    k->putting.count = 0;
    k->putting.bytes = 0;
    (void)pthread_mutex_lock(&k->lock);
    k->is_putting = false;
    if (status != OK) {
        err_prefix(&err, "findings cannot be kept in the store");
        k->status = status;
        k->err = err;
    }
    note_kept(k, has_work(k) ? k->putting.batches : k->filling.batches);
    (void)pthread_cond_broadcast(&k->changed);
}
