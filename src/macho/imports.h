// Which symbols an image asks others for. They stand in up to three places, and an image may
// lack any: chained fixups (LC_DYLD_CHAINED_FIXUPS, import formats 1 to 3), the opcodes of
// LC_DYLD_INFO (bind, weak bind, lazy bind), and the undefined symbols of the symbol table. The
// union is told, each name once.

#ifndef MACHO_IMPORTS_H
#define MACHO_IMPORTS_H

#include "macho/macho.h"

struct macho_imports {
    size_t count;                    // Distinct names.
    struct macho_text_list all;      // In order of octets.
    struct macho_text_list watched;  // Those of `all` that are in the watch list.
    bool is_complete;                // False where a table was damaged or beyond a limit.
};

// What is damaged becomes an error of the image. Text lives in the arena. Time and memory are
// linear in the tables that are read.
void macho_read_imports(const struct macho_source *source, struct macho_image *image,
                        struct arena *a, struct macho_imports *out);

// Memory, task ports, threads, dlopen and NSLinkModule, JIT, ptrace, spawning: names that begin
// code which did not come with the image, or reach into another process.
bool macho_is_watched(str symbol);

#endif
