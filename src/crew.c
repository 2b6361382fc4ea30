#include "crew.h"

#include <pthread.h>
#include <stdlib.h>

enum stage {
    STAGE_FREE,
    STAGE_READ,  // And not decoded yet.
    STAGE_DECODING,
    STAGE_DECODED,
};

// A place of the ring. Who works at it owns it; the lock is for `stage` alone.
struct place {
    struct batch batch;
    enum stage stage;
    enum status read;  // What the source said: OK, END, or why it broke.
};

struct crew {
    struct pipeline *pipeline;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct place *places;
    unsigned place_count;
    uint64_t
        next_read;  // Number of the batch that is read next; its place is that modulo the ring.
    uint64_t next_take;
    bool is_reading;
    bool is_taking;
    bool is_read;  // To the end, or it broke.
    bool is_over;  // Nothing is left, or it failed.
    enum status status;
    struct err err;  // Of the source, until its batch is taken; then of the crew.
};

struct hand {
    struct crew *crew;
    struct decoder *decoder;
    pthread_t thread;
};

static void open_crew(struct crew *crew, struct pipeline *p, unsigned threads);
static void close_crew(struct crew *crew);
static unsigned start_hands(struct crew *crew, struct hand *hands, unsigned count);
static void *work(void *argument);
static bool work_once(struct crew *crew, struct decoder *decoder);
static struct place *find_read(struct crew *crew);
static void take(struct crew *crew, struct place *place);
static void read_next(struct crew *crew, struct place *place);

enum status crew_run(struct pipeline *p, unsigned threads, struct err *err)
{
    struct crew crew;
    struct hand hands[PIPELINE_THREADS_MAX];
    const unsigned wanted = threads < PIPELINE_THREADS_MAX ? threads : PIPELINE_THREADS_MAX;
    open_crew(&crew, p, wanted);
    hands[0] = (struct hand){ .crew = &crew, .decoder = p->decoder };
    const unsigned started = start_hands(&crew, hands, wanted);
    (void)work(&hands[0]);
    for (unsigned i = 1; i < started; i++) {
        (void)pthread_join(hands[i].thread, NULL);
        decoder_take_counts(p->decoder, hands[i].decoder);
        decoder_free(hands[i].decoder);
    }
    const enum status status = crew.status;
    if (status != OK)
        *err = crew.err;
    close_crew(&crew);
    return status;
}

// Two places for each thread: one to work at, one that waits for its turn.
static void open_crew(struct crew *crew, struct pipeline *p, unsigned threads)
{
    *crew = (struct crew){ .pipeline = p, .place_count = 2 * threads, .status = OK };
    crew->places = memory_zeroed(crew->place_count, sizeof *crew->places);
    for (unsigned i = 0; i < crew->place_count; i++)
        batch_init(&crew->places[i].batch);
    (void)pthread_mutex_init(&crew->lock, NULL);
    (void)pthread_cond_init(&crew->changed, NULL);
}

static void close_crew(struct crew *crew)
{
    for (unsigned i = 0; i < crew->place_count; i++)
        batch_done(&crew->places[i].batch);
    free(crew->places);
    (void)pthread_cond_destroy(&crew->changed);
    (void)pthread_mutex_destroy(&crew->lock);
}

static unsigned start_hands(struct crew *crew, struct hand *hands, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        hands[i] = (struct hand){
            .crew = crew,
            .decoder = decoder_new(&crew->pipeline->projection, &crew->pipeline->decode),
        };
        if (pthread_create(&hands[i].thread, NULL, work, &hands[i]) != 0) {
            decoder_free(hands[i].decoder);
            return i;
        }
    }
    return count;
}

static void *work(void *argument)
{
    const struct hand *hand = argument;
    struct crew *crew = hand->crew;
    (void)pthread_mutex_lock(&crew->lock);
    while (!crew->is_over)
        if (!work_once(crew, hand->decoder))
            (void)pthread_cond_wait(&crew->changed, &crew->lock);
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

// Does one thing, with the lock let go meanwhile. False where there is nothing to do just now.
static bool work_once(struct crew *crew, struct decoder *decoder)
{
    struct place *first = &crew->places[crew->next_take % crew->place_count];
    struct place *next = &crew->places[crew->next_read % crew->place_count];
    if (!crew->is_taking && first->stage == STAGE_DECODED) {
        take(crew, first);
    } else if ((first = find_read(crew)) != NULL) {
        first->stage = STAGE_DECODING;
        (void)pthread_mutex_unlock(&crew->lock);
        decode_batch(decoder, &first->batch);
        (void)pthread_mutex_lock(&crew->lock);
        first->stage = STAGE_DECODED;
    } else if (!crew->is_reading && !crew->is_read && next->stage == STAGE_FREE) {
        read_next(crew, next);
    } else {
        return false;
    }
    (void)pthread_cond_broadcast(&crew->changed);
    return true;
}

// The first that is to be decoded.
static struct place *find_read(struct crew *crew)
{
    for (uint64_t i = crew->next_take; i < crew->next_read; i++) {
        struct place *place = &crew->places[i % crew->place_count];
        if (place->stage == STAGE_READ)
            return place;
    }
    return NULL;
}

static void take(struct crew *crew, struct place *place)
{
    enum status status = place->read;
    struct err err = { .text = "" };
    crew->is_taking = true;
    (void)pthread_mutex_unlock(&crew->lock);
    const bool is_whole = status == OK || status == END;
    if (is_whole) {
        status = pipeline_take(crew->pipeline, &place->batch, status, &err);
        batch_reset(&place->batch);
    }
    (void)pthread_mutex_lock(&crew->lock);
    crew->is_taking = false;
    place->stage = STAGE_FREE;
    crew->next_take++;
    if (status == OK)
        return;
    crew->is_over = true;
    crew->status = status == END ? OK : status;
    if (is_whole)
        crew->err = err;
}

static void read_next(struct crew *crew, struct place *place)
{
    struct err err = { .text = "" };
    crew->is_reading = true;
    (void)pthread_mutex_unlock(&crew->lock);
    const enum status status = source_read(crew->pipeline->source, &place->batch, &err);
    (void)pthread_mutex_lock(&crew->lock);
    crew->is_reading = false;
    crew->next_read++;
    place->read = status;
    place->stage = STAGE_READ;
    if (status == OK)
        return;
    crew->is_read = true;
    crew->err = err;
}
