// An entry of the audit log as packs have it, and who reads the log.

#ifndef EVIDENCE_ENTRY_H
#define EVIDENCE_ENTRY_H

#include "base/buf.h"
#include "store/audit.h"

// An object with all that is hashed, and a line's end. `detail` stands as text, since it is part of that.
void evidence_add_entry(struct buf *b, const struct audit_entry *e);

#endif
