// Reading in this process, without any barrier: for debugging.

#ifndef INSPECT_HERE_H
#define INSPECT_HERE_H

#include "inspect/disk.h"
#include "inspect/reader.h"

MUST_CHECK enum status here_read(const struct reader_options *options, const struct reader_job *job,
                                 const struct disk *disk,
                                 enum status (*tell)(void *context, const struct told *told,
                                                     struct err *err),
                                 void *context, struct arena *a, struct err *err);

#endif
