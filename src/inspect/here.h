// Reading in this process, without any barrier: for debugging. What is asked of the disk is noted
// in `around`, which was begun for the file.

#ifndef INSPECT_HERE_H
#define INSPECT_HERE_H

#include "inspect/around.h"
#include "inspect/reader.h"

MUST_CHECK enum status here_read(const struct reader_options *options, const struct reader_job *job,
                                 struct around *around,
                                 enum status (*tell)(void *context, const struct told *told,
                                                     struct err *err),
                                 void *context, struct arena *a, struct err *err);

#endif
