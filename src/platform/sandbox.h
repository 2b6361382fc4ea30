// What a process that reads files of strangers gives up before it looks at the first octet:
// other files, other processes, the network, nearly all system calls, and the rights of root.
//
// Linux: seccomp (libseccomp) and Landlock; macOS: the sandbox profile for pure computation. What
// the system does not have is not an error but told, for the caller to say.

#ifndef PLATFORM_SANDBOX_H
#define PLATFORM_SANDBOX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SANDBOX_MEMORY_MAX (1024u * 1024 * 1024)  // Address space; not under a sanitizer.

// What holds the process now.
enum sandbox_held {
    SANDBOX_SYSTEM_CALLS = 1,  // Only those that reading, computing and answering need.
    SANDBOX_FILES = 2,         // No file can be opened by a path.
    SANDBOX_ALL = 3,
};

// From here on the process can use the descriptors that it has or is sent, memory, the clock and
// random numbers. ERR_IO: the system refused what it should have granted.
MUST_CHECK enum status sandbox_enter(uint32_t *out_held, struct err *err);

// A clause for people: what is missing of SANDBOX_ALL; "" where nothing is.
const char *sandbox_missing(uint32_t held);

// Closes every descriptor but `keep`, standard ones too: a terminal would show whatever is written.
// Under a sanitizer standard error stays, for its report.
void sandbox_close_others(int keep);

// The process ends when the one that made it does. sandbox_enter() does it too, since whoever
// changes its user is let off.
void sandbox_end_with_parent(void);

#endif
