// The reader's own end: what runs in a process made by process_start().

#ifndef INSPECT_SERVE_H
#define INSPECT_SERVE_H

#include "inspect/reader.h"

// Reads what comes over `socket` until it closes. `disk_is_whole` as in struct macho_disk.
_Noreturn void serve_jobs(int socket, const struct reader_options *options, bool disk_is_whole);

#endif
