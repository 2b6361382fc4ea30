// What the files that read load commands share: the walk over them, and one function for each
// kind of command. `body` is what stands behind the command's number and size.

#ifndef MACHO_COMMANDS_H
#define MACHO_COMMANDS_H

#include "base/reader.h"
#include "macho/internal.h"

#define MACHO_COMMAND_HEADER_BYTES 8u

struct macho_walk {
    struct macho_reading *reading;
    uint32_t (*u32)(struct reader *);
    uint64_t (*u64)(struct reader *);
    struct macho_extent signature;
    uint32_t signature_count;  // Commands that name one.
    uint64_t segments_end;     // Where the last of what segments bring into memory ends.
    size_t capacity;           // Of each list of the image: as many as there can be commands.
    uint32_t lazy_count;
    bool has_linkedit;          // The first segment of that name was seen.
    int64_t undefined_command;  // Index of LC_DYSYMTAB.
};

typedef void macho_command(struct macho_walk *walk, uint32_t argument, bytes body);

// links.c; the argument of a dylib is its enum macho_link_kind.
macho_command macho_command_dylib;
macho_command macho_command_lazy_info;
macho_command macho_command_install_name;
macho_command macho_command_dylinker;
macho_command macho_command_rpath;
macho_command macho_command_environment;

// segments.c; the argument says whether it is one of 64 bits.
macho_command macho_command_segment;

// tables.c
macho_command macho_command_symbols;
macho_command macho_command_symbol_ranges;
macho_command macho_command_binds;
macho_command macho_command_fixups;
// What can only be compared when all commands were seen.
void macho_command_tables_end(struct macho_walk *walk);

// signature_end.c: what no signature can seal. Called where there is one.
void macho_check_signature_end(struct macho_walk *walk);

// struct linkedit_data_command: a part of the image. False where it is none, which is an error.
bool macho_command_extent(struct macho_walk *walk, const char *what, bytes body,
                          struct macho_extent *out);
// Whether the part lies in the image; an error of the image where it does not.
bool macho_command_lies_inside(struct macho_walk *walk, const char *what, uint64_t offset,
                               uint64_t size);
void macho_command_too_short(struct macho_walk *walk, const char *what, bytes body);

#endif
