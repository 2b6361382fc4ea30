// The processes of all Macs, each under the names that sensors give it.
//
//     map (host, pid, pidversion) ──►
//     map (host, sensor's name)   ──► entry ──► image (path, signer, arguments, linkage)
//     map (host, pid), the newest ──►   └─────► image of the parent
//
// A process that two sensors see has both names: whichever is told finds it. A record that tells
// neither is of the newest life of its pid, unless its start or that life's end says otherwise.
//
// Entries lie in pieces that never move, so a pointer is good until the entry is forgotten. Each
// is in one of two rings: the living, least recently seen first, or the ended, first ended
// first. An ended process is remembered for EXIT_GRACE_NS of its own Mac's time, since records
// of it may still come; where room runs out, the ended go first, then the least recently seen.

#ifndef ENRICH_PROCESS_TABLE_H
#define ENRICH_PROCESS_TABLE_H

#include "base/map.h"
#include "enrich/context.h"
#include "enrich/entity.h"
#include "enrich/image.h"
#include "enrich/ranges.h"

#define USER_TEXT_MAX 20u  // Digits of the largest number.
// Sensors take the start of a process at different moments of its making.
#define START_SLACK_NS (2LL * 1000000000LL)
#define END_SLACK_NS   (1LL * 1000000000LL)  // Records may be stamped after the end by so much.

struct process {
    uint32_t index;  // Of the entry.
    uint32_t host;
    struct process_id id;      // All that was ever told, but for the sensor's name: that is `told`.
    struct process_id parent;  // pid -1: not told.
    uint64_t told_hash;        // Of the sensor's name of it; 0: none was told.
    struct image *image;
    struct image *parent_image;  // NULL: the parent was never met.
    struct entity entity;        // Stays what it was first, also where more is told later.
    struct entity parent_entity;
    int64_t seen_ns;
    int64_t ended_ns;
    int64_t began_ns;       // Stamp of the fork or exec that was seen last; 0: none.
    uint32_t began_sensor;  // Which sensor told of it.
    uint32_t older;         // In its ring.
    uint32_t newer;
    uint32_t ended_next;  // Of the same host.
    int64_t euid;         // That of `user`.
    char user[USER_TEXT_MAX];
    uint8_t user_len;
    bool has_ended;
    bool is_newest;  // Of the lives of its pid.
    bool seen_start;
    bool has_parent;  // `parent_entity` is of a process: its pid was told, or its sensor's name.
    uint8_t below;    // Roles (enum program_role) of those that it descends from.
    enum context context;
    struct ranges *ranges;   // NULL: none was made writable.
    int64_t range_count;     // Numbers that ranges were given.
    struct lineage lineage;  // What rules ask of ancestors; lost with the entry.
};

struct process_ring {
    uint32_t oldest;
    uint32_t newest;
};

struct process_host {
    uint32_t ended_first;
    uint32_t ended_last;
};

struct process_table {
    struct map by_id;
    struct map by_told;
    struct map by_pid;
    struct process **pieces;
    size_t piece_count;
    uint32_t used;  // Entries that were ever in use.
    uint32_t free;  // First of the free ones, by `newer`.
    uint32_t count;
    uint32_t max;
    uint32_t lineage_count;
    uint64_t evicted;
    struct process_ring living;
    struct process_ring ended;
    struct process_host *hosts;
    uint32_t host_count;
};

// At least two: a process and its parent.
// `lineage_count`: conditions that ancestors are asked for.
void process_table_init(struct process_table *t, uint32_t max, uint32_t lineage_count);
void process_table_done(struct process_table *t);

// The life that `id` means at `time_ns`; NULL where it is not there.
struct process *process_table_find(const struct process_table *t, uint32_t host,
                                   const struct process_id *id, int64_t time_ns);
// Whether pid and pidversion are another life's: one with another start.
bool process_table_is_again(const struct process_table *t, uint32_t host,
                            const struct process_id *id);
// A new entry, zeroed but for its names; the caller sets image and entity at once. Forgets others
// where the table is full, but never `keep` (which may be NULL), and who had one of its names.
struct process *process_table_add(struct process_table *t, uint32_t host,
                                  const struct process_id *id, const struct process *keep);
// What `id` tells of the process and was not known is from now on one of its names.
void process_table_name(struct process_table *t, struct process *p, const struct process_id *id);
// How surely it is one life: by the strongest of its names.
enum identity process_identity(const struct process *p);
void process_table_see(struct process_table *t, struct process *p, int64_t time_ns);
void process_table_end(struct process_table *t, struct process *p, int64_t time_ns);
// Forgets it at once.
void process_table_remove(struct process_table *t, struct process *p);
// Forgets the processes of the host that ended EXIT_GRACE_NS before `now_ns`.
void process_table_expire(struct process_table *t, uint32_t host, int64_t now_ns);

#endif
