// What differs between macOS and other systems. The only room with #ifdef __APPLE__.

#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "base/arena.h"

// The directory of the running program, or empty where the system does not say.
str platform_program_directory(struct arena *a);

// The most memory that the program has had resident so far, in octets.
uint64_t platform_peak_memory(void);

#endif
