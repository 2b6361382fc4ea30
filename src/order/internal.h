// What the files of this directory share: hosts, the sensors on them, and what waits.

#ifndef ORDER_INTERNAL_H
#define ORDER_INTERNAL_H

#include "order/line.h"
#include "order/merge.h"
#include "order/order.h"

#define ORDER_RUNS_MAX      128u  // Of a sensor's numbers.
#define ORDER_TYPE_RUNS_MAX 32u   // Of the numbers of a type.
#define ORDER_NO_TYPE       UINT32_MAX
#define ORDER_BORROWED_NONE UINT32_MAX

#define ORDER_SECOND_NS     1000000000LL

// What order knows of a record while it is here.
struct order_entry {
    struct order_item item;  // No event: a record of which none was made.
    struct order_entry *previous;
    struct order_entry *next;
    int64_t time_ns;   // Put right, where the stamp cannot be.
    int64_t stamp_ns;  // As the record has it, or a print of what it tells: what makes a repeat.
    int64_t since_ns;  // By the wall clock; only in live mode.
    uint64_t number;
    uint64_t type_sequence;
    uint32_t type_number;
    uint32_t type;      // The sensor's own index of it, once it has its place.
    uint32_t session;   // Of its sensor, counted from 1.
    uint32_t borrowed;  // Its place among those whose event is the batch's.
    enum action action;
    enum numbering numbering;
    bool has_time;
    bool has_number;  // Global, and believed.
    bool has_type;
    uint64_t behind;  // The numbers that came before it and are higher; 0: in order.
};

// From when a sensor began to count to when it began anew.
struct order_session {
    struct order_line line;
    struct order_line *types;  // By the sensor's own index of them.
    uint32_t type_count;
    uint32_t ordinal;  // From 1; 0: there is none.
    uint64_t given;    // The highest number that went on.
    uint32_t records;
    int64_t oldest_ns;
    int64_t newest_ns;
    bool has_stamps;
    bool is_restart;   // And so began at 0.
    bool is_starting;  // Its first numbers may still come.
};

struct order_sensor {
    struct order_sensor_counts counts;
    struct order_host *host;
    struct order_sensor *next;  // On the same host.
    struct order_session sessions[2];
    uint32_t current;  // Which of the two.
    enum numbering numbering;
    bool has_global;
    uint16_t *index_of_type;  // ORDER_TYPES_MAX of them, plus 1; 0: not seen.
    struct order_type_counts *types;
    uint32_t type_count;
    bool has_wild;
    uint64_t wild;  // A number far ahead that the next ones may confirm.
    int64_t wild_stamp_ns;
    uint32_t wild_type;
    struct order_entry *first;  // Waiting, in the order in which they go on.
    struct order_entry *last;
    int64_t given_ns;  // Newest time that went on.
    bool has_given;
    uint32_t given_session;
};

// How long records of a host wait, which follows how late they come.
struct order_bound {
    int64_t ns;
    uint32_t count;
    int64_t late_ns;  // Largest lateness of late.
    uint32_t late_count;
    uint32_t in_vain;  // Waits that brought nothing, since the last that did.
    uint32_t calm;     // Records since the last late one, where all wait.
};

struct order_host {
    uint32_t number;
    struct order_sensor *sensors;
    uint32_t sensor_count;
    uint32_t
        training;  // Records for which sensors wait for each other, to see how far apart they are.
    int64_t newest_ns;
    bool has_newest;
    bool is_ahead;     // Its clock: stamps lie in the future, by
    int64_t ahead_ns;  // so much.
    struct order_bound bound;
    uint32_t waiting;
    bool is_listed;  // Among those where something waits.
    struct order_host *previous;
    struct order_host *next;
    bool has_doubt;  // A stamp far ahead of all before, which the next record may confirm.
    struct order_entry doubt;
    uint32_t doubt_age;
    struct order_sensor *doubt_sensor;
    uint64_t missed;
    uint64_t missed_before;  // The latest event that order_next() gave.
};

struct order {
    struct order_options options;
    struct order_counts counts;
    int64_t now_ns;  // By the wall clock, when it was last looked at.
    struct order_host **hosts;
    uint32_t host_count;
    struct order_sensor **sensors;
    uint32_t sensor_count;
    uint32_t sensor_capacity;
    struct order_host *listed;
    struct order_entry **borrowed;
    uint32_t borrowed_count;
    uint32_t borrowed_capacity;
    struct order_entry *spare;  // Entries for use.
    uint64_t waiting;           // On all hosts.
    size_t kept_bytes;          // Of their copies.
    struct order_merge *merge;  // NULL: none.
    struct order_outlet outlet;
    struct order_outlet given;  // Copies that went on in this batch.
    bool is_flushed;
};

// session.c: which numbers of which session a record has. False where it is a repeat.
bool order_place(struct order *o, struct order_sensor *s, struct order_entry *e);
// The session, where it is still known.
struct order_session *order_session_of(struct order_sensor *s, uint32_t ordinal);
// The record goes on: what is missing before it is missed.
void order_give_numbers(struct order *o, struct order_sensor *s, const struct order_entry *e);
// What is missing up to the last number is missed.
void order_end_numbers(struct order *o, struct order_sensor *s);
// The sensor itself says that it lost so many.
void order_note_lost(struct order *o, struct order_sensor *s, uint64_t lost);
void order_sensor_done(struct order_sensor *s);

// clock.c: a stamp in the future is put right.
void order_clamp_future(struct order *o, struct order_sensor *s, struct order_entry *e);
// The stamp is so far ahead of all of its host that the next record must confirm it.
bool order_is_doubtful(const struct order *o, const struct order_host *h,
                       const struct order_entry *e);
enum order_word {
    ORDER_WORD_NONE,  // The record says nothing of the doubt.
    ORDER_WORD_SAME,  // It is the doubtful one again.
    ORDER_WORD_FOR,
    ORDER_WORD_AGAINST,
};
enum order_word order_word_on_doubt(struct order_host *h, const struct order_sensor *s,
                                    const struct order_entry *e);
void order_look_at_clock(struct order *o);
// The record's time is followed: what is the host's newest, how late this is, whether a clock fell back.
void order_follow_time(struct order *o, struct order_sensor *s, struct order_entry *e);

// wait.c
void order_accept(struct order *o, struct order_sensor *s, struct order_entry *e);
// Everything that may go on, does. `is_forced`: all of it.
void order_release(struct order *o, struct order_host *h, bool is_forced);
// How many records of the host wait that are newer, roughly: each list is looked at from its end.
uint64_t order_waiting_since(const struct order_host *h, int64_t time_ns);
// Whether stamps put its records in order, rather than numbers.
bool order_waits_by_time(const struct order_sensor *s);
// What has waited long enough by the wall clock goes on.
void order_release_waited(struct order *o, struct order_host *h);
// Where too much waits, or its copies are too large, some of it goes on.
void order_make_room(struct order *o);
// The entry's event is the batch's, and is copied when that ends; or is no more.
void order_borrow(struct order *o, struct order_entry *e);
void order_return(struct order *o, struct order_entry *e);
void order_list(struct order *o, struct order_host *h);
void order_unlist(struct order *o, struct order_host *h);
// give.c: the record goes on, or is done with where it is no event.
void order_give(struct order *o, struct order_sensor *s, struct order_entry *e);

// bound.c
void order_bound_init(struct order_bound *b);
uint32_t order_bound_count(const struct order_bound *b, bool is_by_time);
void order_bound_late(struct order_bound *b, int64_t ns, uint64_t count);
void order_bound_in_vain(struct order_bound *b);
void order_bound_calm(struct order_bound *b);

// From `older` to `newer`; 0 where it is not that way round.
static inline uint64_t order_span_ns(int64_t older, int64_t newer)
{
    return newer > older ? (uint64_t)newer - (uint64_t)older : 0;
}

#endif
