// What `pomona inspect --save` would have kept of the invented Macs, had it run on all of them
// when the simulation ended, and had they been merged: one row a host (under its id) and path, of the
// last build that ran there. Programs and
// libraries of macOS's sealed volume that no file shows are not among them, nor is what was
// removed before anybody could look.

#ifndef SIMULATE_INVENTORY_H
#define SIMULATE_INVENTORY_H

#include "place.h"
#include "program.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

#define INVENTORY_IMAGES_MAX (1u << 20)

struct inventory_image;

// By value; a zeroed one is empty.
struct inventory {
    struct inventory_image *images;
    size_t count;
    size_t capacity;
    struct map by_path;
    struct arena arena;  // Paths.
};

void inventory_done(struct inventory *inventory);

// The executable of a process; `code` is what its cdhash is made of. `inventory` may be NULL: then
// nobody asks. `host` is borrowed.
void inventory_add_program(struct inventory *inventory, str host, const struct program *program,
                           const struct file *file, uint64_t code);

// A library: who signed it is said by `maker`, a program of the same signer.
void inventory_add_library(struct inventory *inventory, str host, const struct program *maker,
                           const struct file *file);

// In place of what `path` names. Fails with ERR_IO where it cannot be written.
MUST_CHECK enum status inventory_write(const struct inventory *inventory, const char *path,
                                       struct err *err);

#endif
