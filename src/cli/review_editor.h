// A text that somebody writes in their own editor.

#ifndef CLI_REVIEW_EDITOR_H
#define CLI_REVIEW_EDITOR_H

#include "base/arena.h"
#include "base/err.h"

// By value; all zero at first, and after review_editor_done().
struct review_editor {
    char path[512];  // Of the file that is edited; empty where there is none.
};

// Whether somebody sits there who can write.
bool review_editor_is_there(void);
// Starts $VISUAL, or $EDITOR, on an empty file, and waits. The text has no blank lines at its ends; it may be
// empty. Fails with ERR_CONFIG where no editor is named or it fails, ERR_LIMIT where there are more than `max` octets, which stay in the file.
MUST_CHECK enum status review_editor_write(struct review_editor *e, size_t max, struct arena *arena,
                                           str *out, struct err *err);
// Takes the file away. Without it what was written stays there.
void review_editor_done(struct review_editor *e);

#endif
