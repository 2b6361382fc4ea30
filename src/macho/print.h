// An image as people and programs read it: a page for a terminal, a JSON object for a pipe.
// Whatever a file put into its text is escaped in both.

#ifndef MACHO_PRINT_H
#define MACHO_PRINT_H

#include "base/buf.h"
#include "macho/report.h"

#define MACHO_PRINT_MAX (64u * 1024 * 1024)  // Of one image; for buf_init().

struct macho_subject {
    str path;
    const struct macho_file *file;
    size_t index;  // Of the image in the file.
    const struct macho_report *report;
    const struct macho_verdicts *worst;  // Of all images of the file.
    bool with_imports;                   // All names, not only those that are watched.
};

// One object without a line end.
void macho_print_json(struct buf *b, const struct macho_subject *subject, struct arena *a);
// The same from behind the comma of its first member, the path: what is told of the image wherever
// it lies. Its beginning is macho_print_path().
void macho_print_object(struct buf *b, const struct macho_subject *subject, struct arena *a);
void macho_print_path(struct buf *b, str path);
// Several lines.
void macho_print_page(struct buf *b, const struct macho_subject *subject, bool in_colour,
                      struct arena *a);

// Text that cannot move the cursor or turn the line around: control characters, bidirectional
// marks and what is no UTF-8 become \xNN or \u{N}.
void macho_print_text(struct buf *b, str text);

// Apple's names of the flags that are set, as "adhoc, runtime".
void macho_print_flags(struct buf *b, uint32_t flags);

#endif
