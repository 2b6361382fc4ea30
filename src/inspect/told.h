// What the reader tells of one slice: what the inventory keeps of it, and the page for a terminal.
// Flat, so that it can cross from the process that reads to the one that writes.

#ifndef INSPECT_TOLD_H
#define INSPECT_TOLD_H

#include "base/buf.h"
#include "store/links.h"

#define TOLD_TEXT_MAX  (16u * 1024 * 1024)  // Octets of one text.
#define TOLD_DEPTH_MAX 256u                 // Of objects and lists in one another in an object.
#define TOLD_FILE_MAX  (64u * 1024 * 1024)  // Of all slices of a file.

struct told {
    struct link_facts facts;  // `path` and the file's own times are left out.
    str shown;  // With all imports, where these were asked for: the object is kept without.
    str page;   // Empty where nobody asked for it.
};

void told_write(struct buf *b, const struct told *told);
// Texts are borrowed from `in`. False where it is not what told_write() writes: then nothing of it
// is to be believed.
bool told_read(bytes in, struct told *out);

// Whether object and page hold nothing that could steer a terminal or end a line but what the
// printers write (line ends in a page, and their colours where these were asked for, plain again at
// its end), and the object is one: what comes from a process that read a stranger's file, or from
// an inventory, is itself a stranger's.
bool told_is_printable(const struct told *told, bool in_colour);

// Whether the text is the rest of one JSON object behind its "path": begins with "size", and has
// no second "path".
bool told_is_object(str object);

// Whether a page is headed by the path and tells nothing as of another: all below is indented.
bool told_is_page_of(str page, str path);

#endif
