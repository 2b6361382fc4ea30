// What differs between macOS and other systems. The only room with #ifdef __APPLE__.

#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "base/arena.h"

#include <sys/stat.h>

// The directory of the running program, or empty where the system does not say.
str platform_program_directory(struct arena *a);

// When a file's octets, and when anything about it, changed last, in ns since 1970.
int64_t platform_modified_ns(const struct stat *st);
int64_t platform_changed_ns(const struct stat *st);
// When it was created; 0 where the system does not say.
int64_t platform_born_ns(const struct stat *st);

// Whether a file bears the mark that macOS gives to what was downloaded.
enum platform_mark {
    PLATFORM_MARK_UNKNOWN,
    PLATFORM_MARK_NO,
    PLATFORM_MARK_YES,
};
enum platform_mark platform_quarantine_of(const char *path);

// The name of this machine, without its domain; empty where the system does not say.
str platform_host_name(struct arena *a);

// Whether this is a Mac: then what lies on its disk is what a Mac's images would find.
bool platform_is_mac(void);

// How many processors are at work here; at least 1.
unsigned platform_processors(void);

// The most memory that the program has had resident so far, in octets.
uint64_t platform_peak_memory(void);

#endif
