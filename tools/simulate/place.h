// Files of an invented Mac: a path made from a pattern, and a stat(2) that stays the same for it.
//
// In a pattern `~` stands for the user's home, `%` for the user's name, `$` for the user's temporary
// directory, `#` for a number of up to four digits and `*` for one random character. What holds none of these is
// itself, so a path is a pattern too.

#ifndef SIMULATE_PLACE_H
#define SIMULATE_PLACE_H

#include "base/str.h"
#include "rng.h"

#define PATH_SIZE 256  // Longer ones do not occur in our tables; they would be cut.

// What a path depends on.
struct place {
    char user[16];
    char home[32];
    char temp[64];  // Without the last '/'.
    uint64_t salt;  // Differs between Macs.
    uint64_t now_ns;
};

struct file {
    char path[PATH_SIZE];
    size_t path_len;
    uint64_t inode;
    uint64_t size;
    uint64_t accessed_ns;
    uint64_t modified_ns;
    uint64_t changed_ns;
    uint64_t born_ns;
    uint32_t device;
    uint32_t device_special;  // st_rdev.
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t flags;
    uint32_t block_size;
    uint32_t links;
};

// Writes the path and returns its length.
size_t place_path(const struct place *p, struct rng *rng, const char *pattern, char *out,
                  size_t out_size);

struct file place_file(const struct place *p, struct rng *rng, const char *pattern);
// As place_file(), born now.
struct file place_new_file(const struct place *p, struct rng *rng, const char *pattern);
struct file place_directory(const struct place *p, struct rng *rng, const char *pattern);
// The directory in which `f` lies.
struct file place_directory_of(const struct place *p, struct rng *rng, const struct file *f);
// /dev/ttys000 and so on.
struct file place_terminal(const struct place *p, unsigned number);

#endif
