// The commands that say where the tables of symbols, of binding opcodes and of chained fixups
// lie. Only their places are kept here; imports.h reads what is in them.

#include "macho/commands.h"

// <mach-o/nlist.h>, <mach-o/loader.h>
#define NLIST_BYTES             12u
#define NLIST_64_BYTES          16u
#define RANGES_BEFORE_UNDEFINED 16u  // ilocalsym, nlocalsym, iextdefsym, nextdefsym
#define RANGES_AFTER_UNDEFINED  48u  // tocoff to nlocrel

static void lose_table(struct macho_walk *walk);

// struct symtab_command
void macho_command_symbols(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_tables *tables = &walk->reading->image->tables;
    const uint32_t nlist_bytes = walk->reading->image->is_64 ? NLIST_64_BYTES : NLIST_BYTES;
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    const uint32_t count = walk->u32(&r);
    const uint32_t names_offset = walk->u32(&r);
    const uint32_t names_size = walk->u32(&r);
    const uint64_t size = (uint64_t)count * nlist_bytes;

    if (r.failed) {
        macho_command_too_short(walk, "symbol table", body);
        lose_table(walk);
    } else if (tables->has_symbols) {
        macho_add_error(walk->reading, "a second symbol table");
        lose_table(walk);
    } else if (!macho_command_lies_inside(walk, "symbol table", offset, size) ||
               !macho_command_lies_inside(walk, "table of symbol names", names_offset,
                                          names_size)) {
        lose_table(walk);
    } else {
        tables->has_symbols = true;
        tables->symbol_count = count;
        tables->symbols = (struct macho_extent){ .offset = offset, .size = size };
        tables->symbol_names = (struct macho_extent){ .offset = names_offset, .size = names_size };
    }
}

// struct dysymtab_command: which of the symbols are undefined. Whether there are as many is seen
// when the symbol table has been, wherever its command stands.
void macho_command_symbol_ranges(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_tables *tables = &walk->reading->image->tables;
    struct reader r = reader_of(body);
    (void)reader_take(&r, RANGES_BEFORE_UNDEFINED);
    const uint32_t first = walk->u32(&r);
    const uint32_t count = walk->u32(&r);
    (void)reader_take(&r, RANGES_AFTER_UNDEFINED);

    if (r.failed) {
        macho_command_too_short(walk, "symbol ranges", body);
        lose_table(walk);
    } else if (tables->has_undefined) {
        macho_add_error(walk->reading, "a second command of symbol ranges");
        lose_table(walk);
    } else {
        tables->has_undefined = true;
        tables->undefined_first = first;
        tables->undefined_count = count;
        walk->undefined_command = walk->reading->command;
    }
}

// struct dyld_info_command
void macho_command_binds(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    static const char *const whats[MACHO_BIND_KINDS] = {
        [MACHO_BIND] = "table of binds",
        [MACHO_BIND_WEAK] = "table of weak binds",
        [MACHO_BIND_LAZY] = "table of lazy binds",
    };
    struct macho_tables *tables = &walk->reading->image->tables;
    struct macho_extent binds[MACHO_BIND_KINDS];
    struct reader r = reader_of(body);
    (void)reader_take(&r, 8);  // rebase_off, rebase_size
    for (size_t i = 0; i < MACHO_BIND_KINDS; i++) {
        binds[i].offset = walk->u32(&r);
        binds[i].size = walk->u32(&r);
    }
    (void)reader_take(&r, 8);  // export_off, export_size

    if (r.failed) {
        macho_command_too_short(walk, "dyld info", body);
        lose_table(walk);
        return;
    }
    if (tables->has_binds) {
        macho_add_error(walk->reading, "a second dyld info");
        lose_table(walk);
        return;
    }
    tables->has_binds = true;
    for (size_t i = 0; i < MACHO_BIND_KINDS; i++) {
        if (binds[i].size == 0)
            continue;
        if (macho_command_lies_inside(walk, whats[i], binds[i].offset, binds[i].size))
            tables->binds[i] = binds[i];
        else
            lose_table(walk);
    }
}

void macho_command_fixups(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_tables *tables = &walk->reading->image->tables;
    struct macho_extent extent;
    if (!macho_command_extent(walk, "chained fixups", body, &extent)) {
        lose_table(walk);
    } else if (tables->has_fixups) {
        macho_add_error(walk->reading, "a second command of chained fixups");
        lose_table(walk);
    } else {
        tables->has_fixups = true;
        tables->fixups = extent;
    }
}

void macho_command_tables_end(struct macho_walk *walk)
{
    struct macho_tables *tables = &walk->reading->image->tables;
    if (!tables->has_undefined ||
        (tables->undefined_first <= tables->symbol_count &&
         tables->undefined_count <= tables->symbol_count - tables->undefined_first))
        return;
    tables->has_undefined = false;  // All of the symbols are looked at instead.
    walk->reading->command = walk->undefined_command;
    macho_add_error(walk->reading, "%u undefined symbols from %u end past the %u symbols",
                    (unsigned)tables->undefined_count, (unsigned)tables->undefined_first,
                    (unsigned)tables->symbol_count);
    walk->reading->command = -1;
    lose_table(walk);
}

static void lose_table(struct macho_walk *walk)
{
    walk->reading->image->tables.is_complete = false;
}
