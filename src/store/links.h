// The link inventory: what `pomona inspect --save` read from images, kept in the store so that
// `pomona detect --links` can say what a process links on a Mac that is not this one, and
// `pomona inspect` need not read again what did not change.
//
//     host ──< place (host, path, slice: size, times, around, run) >── image (the facts)
//          ──< walk (host, path, run)
//
// Facts of an image stand once, however many paths and hosts have it. A place says where it was
// seen, and in which run last. A walk says of a directory that all of it was read, and in which run
// last: what lies at or below it and was last seen in an earlier run is gone.
//
// A run is one use of a host between links_begin_run() and links_close(). Its number is the time at
// which it began, in seconds since 1970, or one more than the host's last run where that is later
// still. So runs of a host can be compared, whichever inventory they are from.
//
// An image is found by code directory hash (sure) or by path (a guess: the file may differ).
//
// What is put waits in memory until there is a batch of it, which is one transaction: who reads images
// for an hour holds the store's lock for moments. A batch ends only between two files, so whatever ends
// the program, and whoever reads meanwhile, the store knows of a file all of its slices or none.

#ifndef STORE_LINKS_H
#define STORE_LINKS_H

#include "store/store.h"

#define LINKS_TEXT_MAX      (64u * 1024)        // Octets of one text; a longer one is not kept.
#define LINKS_PATH_MAX      2048u               // Octets of a path: twice macOS's own maximum.
#define LINKS_WORD_MAX      256u                // Octets of a state, an architecture, a hash.
#define LINKS_OBJECT_MAX    (4u * 1024 * 1024)  // Octets of one object; without a longer one.
#define LINKS_PATH_ROWS_MAX 65u                 // Slices of one path.
#define LINKS_HOST_MAX      256u                // Octets of a host's name.
#define LINKS_HOSTS_MAX     100000u
#define LINKS_AROUND_MAX    (256u * 1024)       // Octets of one `around`; a longer one is not kept.
#define LINKS_WALKS_MAX     1024u               // Of one host; the oldest is forgotten.
#define LINKS_RUN_MAX       (INT64_C(1) << 40)  // The number of a run is below.
#define LINKS_CDHASH_HEX    40u
// What one transaction holds at most, before it is written and the next begins. Where that fails, the sentence
// begins with the store's name.
#define LINKS_BATCH_FILES_MAX 1024u
#define LINKS_BATCH_BYTES_MAX (8u * 1024 * 1024)

struct links;

enum links_mode {
    LINKS_READ,   // Must be there.
    LINKS_WRITE,  // Made where it is not there.
};

// Zero and empty mean "not told". Text is borrowed.
struct link_facts {
    str host;  // Given out only.
    str path;
    uint32_t slice;
    uint64_t size;  // Of the file.
    int64_t mtime_ns;
    int64_t ctime_ns;
    str arch;
    str file_type;
    str cdhash;  // Lower-case hex; empty where the slice is unsigned.
    str identifier;
    str team_id;
    uint32_t flags;
    str signature;     // "unsigned", "adhoc", "linker_signed", "signed", "invalid"
    str chain;         // "none", "claimed", "verified"
    str injection;     // "open", "limited", "closed"
    str native_api;    // "yes", "no", "bridge", "string", "unknown"
    str because;       // One reason a line.
    str frameworks;    // One name a line, umbrellas closed over.
    str entitlements;  // A JSON object.
    bool jit_declared;
    bool get_task_allow;
    bool disable_library_validation;
    bool allow_dyld_environment;
    // What `pomona inspect` prints of the slice, from behind the comma of its path: ends in '}'.
    // Given out by links_unchanged() and links_rows_next() only, as are the next two.
    str object;
    // Of the first slice: what else of the disk the facts depend on, in the caller's words. Empty:
    // not known.
    str around;
    int64_t run;  // In which it was seen last. Given out only.
    // How many hosts have an image of this cdhash; of an unsigned one, this very image. Given out
    // by the finds only.
    uint32_t hosts;
};

// When a file was what it is: it is unchanged where all of this is as it was.
struct links_stamp {
    uint64_t size;
    int64_t mtime_ns;
    int64_t ctime_ns;  // 0: not known, and not compared. Nobody can set it back.
};

// In the store of that name. Fails as store_open() does, with a sentence that begins with the name.
MUST_CHECK enum status links_open(str name, enum links_mode mode, struct links **out,
                                  struct err *err);

// Who writes from now on, what for ("inspect.save"), and on what. What a run changed is one entry of the
// audit log, in the transaction of its last batch; where it is not its first, that has one too. Without
// it there is no entry: for stores that nobody else sees.
void links_act_as(struct links *links, const struct store_act *act, const char *action,
                  str subject);

// What is put, touched and pruned from now on is of runs that begin now. Without it, and where the
// clock stands behind the last run, a run follows the last one.
MUST_CHECK enum status links_begin_run(struct links *links, int64_t now_s, struct err *err);

// Writes what was put, and ends the run for the audit log. Without it, what was put or pruned since the
// last batch is not kept. What is looked up, other than by links_unchanged(), writes a batch first. NULL
// is fine.
MUST_CHECK enum status links_commit(struct links *links, struct err *err);
void links_close(struct links *links);

// The slices of one file, all of one path, in place of what was known of the path on the host.
// ERR_LIMIT where a text is too long: then nothing is known of the path. An object or `around`
// that is too long is left out.
MUST_CHECK enum status links_put(struct links *links, str host, const struct link_facts *slices,
                                 size_t count, struct err *err);
// Forgets all slices of a path of the host.
MUST_CHECK enum status links_remove(struct links *links, str host, str path, struct err *err);

// All slices of a file, with their objects, where it is as it was when they were put; they count
// as seen in this run. END where it changed, is not known, or not all was kept of it.
MUST_CHECK enum status links_unchanged(struct links *links, str host, str path,
                                       struct links_stamp stamp, struct arena *a,
                                       struct link_facts **out, size_t *out_count, struct err *err);
// What is known at the path and below it counts as seen in this run: for a file that could not be
// read this time, or a directory.
MUST_CHECK enum status links_touch(struct links *links, str host, str path, struct err *err);
// Forgets what lay at or below `root` on the host and was not seen in this run, and keeps that it
// was walked. Only after all of `root` was read.
MUST_CHECK enum status links_prune(struct links *links, str host, str root, struct err *err);
// Takes over the places and walks of every host of the inventory in the store `from`. Of a path that both have,
// the slices of the newer run stand, ours where both are of one run. What one of them has, and a
// newer walk of the other did not see, is gone; the rest stays. What a place's facts depend on
// (`around`) is not taken over: it is of use on the host itself only. ERR_FORMAT where `from` has
// a run that cannot be: then nothing is taken.
MUST_CHECK enum status links_merge(struct links *into, str from, struct err *err);

// END where there is none. `cdhash` may be in either case. Text lives in the arena. Whoever copies
// a signature into another image copies its cdhash: of several images, one that does not say
// "no" goes first, then one whose signature is valid, then one that declares no JIT.
MUST_CHECK enum status links_find_by_cdhash(struct links *links, str cdhash, struct arena *a,
                                            struct link_facts *out, struct err *err);
// All slices of a path of the host, in order; END where there is none.
MUST_CHECK enum status links_find_by_path(struct links *links, str host, str path, struct arena *a,
                                          struct link_facts **out, size_t *out_count,
                                          struct err *err);
// The different images that hosts have at the path: no place is told of them. END where there is
// none, ERR_LIMIT where there are more than LINKS_PATH_ROWS_MAX.
MUST_CHECK enum status links_find_on_any_host(struct links *links, str path, struct arena *a,
                                              struct link_facts **out, size_t *out_count,
                                              struct err *err);

// Finds that ended in neither an answer nor END, since a file is damaged or a server was lost.
uint64_t links_failed_count(const struct links *links);
// Whether the store has an inventory: a place, on any host.
MUST_CHECK enum status links_are_kept(struct db *db, bool *out, struct err *err);
// Whether there is a place on the host; OK or END.
MUST_CHECK enum status links_find_host(struct links *links, str host, struct err *err);
// Whether an image of this cdhash lies on the host; OK or END.
MUST_CHECK enum status links_find_cdhash_on_host(struct links *links, str host, str cdhash,
                                                 struct err *err);
// The names of all hosts, in order of octets. ERR_LIMIT past LINKS_HOSTS_MAX.
MUST_CHECK enum status links_hosts(struct links *links, struct arena *a, str **out,
                                   size_t *out_count, struct err *err);

// All that lies on a host, in order of paths (by octets). `links` must outlive it. A host that is not
// there has nothing; of what is written meanwhile some may be given out.
struct links_rows;
MUST_CHECK enum status links_rows_open(struct links *links, str host, struct links_rows **out,
                                       struct err *err);
// The slices of the next path, with their objects, until the next call; END behind the last path.
MUST_CHECK enum status links_rows_next(struct links_rows *rows, const struct link_facts **out,
                                       size_t *out_count, struct err *err);
void links_rows_close(struct links_rows *rows);

#endif
