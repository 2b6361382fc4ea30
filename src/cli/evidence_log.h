// pomona evidence log: the audit log for who wants to read it.

#ifndef CLI_EVIDENCE_LOG_H
#define CLI_EVIDENCE_LOG_H

#include "cli/store_options.h"

// `form` is table or ndjson; empty: as the output is. EXIT_DONE, or says what failed and returns the code.
int evidence_log_print(struct store_options *store, str form);

#endif
