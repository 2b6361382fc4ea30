// Which symbols an image asks others for. They stand in up to three places, and an image may
// lack any: chained fixups (LC_DYLD_CHAINED_FIXUPS, import formats 1 to 3), the opcodes of
// LC_DYLD_INFO (bind, weak bind, lazy bind), and the undefined symbols of the symbol table. The
// union is told, each name once.

#ifndef MACHO_IMPORTS_H
#define MACHO_IMPORTS_H

#include "macho/macho.h"

#define MACHO_IMPORTS_MAX      (1024u * 1024)       // Entries of one table, and distinct names.
#define MACHO_IMPORTS_TEXT_MAX (64u * 1024 * 1024)  // Octets of all names together.
#define MACHO_SYMBOL_MAX       32768u               // Octets of one name.

struct macho_imports {
    size_t count;                    // Distinct names.
    struct macho_text_list all;      // In order of octets, if that was asked for.
    struct macho_text_list watched;  // Those of `all` that are in the watch list, in order.
    bool is_complete;                // False where a table was damaged or beyond a limit.
};

// What is damaged becomes an error of the image. Text lives in the arena. Time and memory are
// linear in the tables that are read.
void macho_read_imports(const struct macho_source *source, struct macho_image *image,
                        struct arena *a, struct macho_imports *out);
// The same with `all` as the tables have it. Putting thousands of names in order takes longer than
// reading them, and most who ask only want to know what is among them.
void macho_gather_imports(const struct macho_source *source, struct macho_image *image,
                          struct arena *a, struct macho_imports *out);

// Memory, task ports, threads, dlopen and NSLinkModule, JIT, ptrace, spawning: names that begin
// code which did not come with the image, or reach into another process.
// A suffix that names a variant ("_mmap$UNIX2003") changes nothing.
bool macho_is_watched(str symbol);
// "memory", "task port", "thread", "loader", "jit", "debug", "spawn"; empty for other names.
str macho_watch_family(str symbol);

#endif
