// Names that the opcodes of LC_DYLD_INFO bind (<mach-o/loader.h>). The opcodes are a program for
// a small machine; of its state only the symbol at hand is kept, and repetitions are not run
// through, so the walk takes as many steps as there are octets.

#include "macho/import_set.h"

#define OPCODE_MASK    0xf0u
#define IMMEDIATE_MASK 0x0fu
#define ULEB_BYTES_MAX 10u  // Of a number of 64 bits.

enum opcode {
    DONE = 0x00,
    SET_DYLIB_ORDINAL_IMM = 0x10,
    SET_DYLIB_ORDINAL_ULEB = 0x20,
    SET_DYLIB_SPECIAL_IMM = 0x30,
    SET_SYMBOL_TRAILING_FLAGS_IMM = 0x40,
    SET_TYPE_IMM = 0x50,
    SET_ADDEND_SLEB = 0x60,
    SET_SEGMENT_AND_OFFSET_ULEB = 0x70,
    ADD_ADDR_ULEB = 0x80,
    DO_BIND = 0x90,
    DO_BIND_ADD_ADDR_ULEB = 0xa0,
    DO_BIND_ADD_ADDR_IMM_SCALED = 0xb0,
    DO_BIND_ULEB_TIMES_SKIPPING_ULEB = 0xc0,
    THREADED = 0xd0,
};

#define THREADED_SET_ORDINAL_TABLE_SIZE_ULEB 0x0u
#define THREADED_APPLY                       0x1u

struct walk {
    struct macho_import_set *set;
    struct macho_stream stream;
    bytes piece;        // Of the table, as the stream has it,
    uint64_t piece_at;  // and where it begins.
    enum macho_bind_kind kind;
    uint64_t at;
    char *symbol;  // Of MACHO_SYMBOL_MAX; the stream moves on before it is bound.
    size_t symbol_len;
    bool has_symbol;
    bool is_bound;  // It has been added.
    bool failed;
};

static void walk_table(struct macho_import_set *set, enum macho_bind_kind kind, char *symbol);
static bool step(struct walk *walk);
static str rest_of_piece(const struct walk *walk);
static void fetch_piece(struct walk *walk);
static void take_symbol(struct walk *walk);
static void take_threaded(struct walk *walk, unsigned immediate);
static void bind_symbol(struct walk *walk);
static uint8_t take_octet(struct walk *walk);
static void take_number(struct walk *walk);
static void damage(struct walk *walk, const char *what);

void macho_add_binds(struct macho_import_set *set)
{
    if (!set->reading->image->tables.has_binds)
        return;
    char *symbol = arena_alloc(set->reading->arena, MACHO_SYMBOL_MAX);
    for (size_t i = 0; i < MACHO_BIND_KINDS; i++)
        walk_table(set, (enum macho_bind_kind)i, symbol);
}

static void walk_table(struct macho_import_set *set, enum macho_bind_kind kind, char *symbol)
{
    const struct macho_extent extent = set->reading->image->tables.binds[kind];
    struct walk walk = {
        .set = set,
        .stream = macho_stream_of(set->reading, extent, set->buffer, MACHO_STREAM_BYTES),
        .kind = kind,
        .symbol = symbol,
    };
    while (!walk.failed && walk.at < extent.size && step(&walk))
        ;
    if (walk.failed)
        set->is_complete = false;
}

// False at the end of the table.
static bool step(struct walk *walk)
{
    const uint8_t octet = take_octet(walk);
    const unsigned immediate = octet & IMMEDIATE_MASK;

    switch ((enum opcode)(octet & OPCODE_MASK)) {
    case DONE:
        // It ends each entry of the lazy binds, and any other table.
        return walk->kind == MACHO_BIND_LAZY;
    case SET_DYLIB_ORDINAL_IMM:
    case SET_DYLIB_SPECIAL_IMM:
    case SET_TYPE_IMM:
        break;
    case SET_DYLIB_ORDINAL_ULEB:
    case SET_ADDEND_SLEB:
    case SET_SEGMENT_AND_OFFSET_ULEB:
    case ADD_ADDR_ULEB:
        take_number(walk);
        break;
    case SET_SYMBOL_TRAILING_FLAGS_IMM:
        take_symbol(walk);
        break;
    case DO_BIND:
    case DO_BIND_ADD_ADDR_IMM_SCALED:
        bind_symbol(walk);
        break;
    case DO_BIND_ADD_ADDR_ULEB:
        bind_symbol(walk);
        take_number(walk);
        break;
    case DO_BIND_ULEB_TIMES_SKIPPING_ULEB:
        bind_symbol(walk);
        take_number(walk);
        take_number(walk);
        break;
    case THREADED:
        take_threaded(walk, immediate);
        break;
    default:
        damage(walk, "an unknown opcode");
    }
    return true;
}

static void take_symbol(struct walk *walk)
{
    str rest = rest_of_piece(walk);
    size_t len = str_find_char(rest, '\0');
    if (len == rest.len) {
        fetch_piece(walk);
        rest = str_to(rest_of_piece(walk), MACHO_SYMBOL_MAX + 1);
        len = str_find_char(rest, '\0');
    }
    if (len > MACHO_SYMBOL_MAX || len == rest.len) {
        damage(walk, len > MACHO_SYMBOL_MAX ? "a name that is too long" : "a name without an end");
        return;
    }
    memcpy(walk->symbol, rest.at, len);
    walk->symbol_len = len;
    walk->has_symbol = true;
    walk->is_bound = false;
    walk->at += len + 1;
}

// What of the piece is not yet walked over.
static str rest_of_piece(const struct walk *walk)
{
    const uint64_t done = walk->at - walk->piece_at;
    return done < walk->piece.len ? str_from(str_of_bytes(walk->piece), (size_t)done) : STR_EMPTY;
}

// Only at its end, and where a name crosses that, so no octet is fetched more than twice.
static void fetch_piece(struct walk *walk)
{
    walk->piece = macho_stream_at(&walk->stream, walk->at, MACHO_STREAM_BYTES);
    walk->piece_at = walk->at;
}

static void take_threaded(struct walk *walk, unsigned immediate)
{
    if (immediate == THREADED_SET_ORDINAL_TABLE_SIZE_ULEB)
        take_number(walk);
    else if (immediate != THREADED_APPLY)
        damage(walk, "an unknown opcode");
}

// A name that is set and not bound is none of the imports: among the weak binds it says that the
// image has a definition that others give way to.
static void bind_symbol(struct walk *walk)
{
    if (!walk->has_symbol) {
        damage(walk, "a bind without a symbol");
        return;
    }
    if (!walk->is_bound)
        macho_import_set_add(walk->set, (str){ .at = walk->symbol, .len = walk->symbol_len });
    walk->is_bound = true;
}

static uint8_t take_octet(struct walk *walk)
{
    if (rest_of_piece(walk).len == 0)
        fetch_piece(walk);
    const str rest = rest_of_piece(walk);
    if (rest.len == 0) {
        damage(walk, "an end inside an opcode");
        return 0;
    }
    walk->at++;
    return (uint8_t)rest.at[0];
}

// ULEB128 and SLEB128 are as long as one another; what they say is of no interest.
static void take_number(struct walk *walk)
{
    for (unsigned i = 0; i < ULEB_BYTES_MAX && !walk->failed; i++)
        if ((take_octet(walk) & 0x80u) == 0)
            return;
    if (!walk->failed)
        damage(walk, "a number of more than 64 bits");
}

static void damage(struct walk *walk, const char *what)
{
    static const char *const names[MACHO_BIND_KINDS] = {
        [MACHO_BIND] = "binds",
        [MACHO_BIND_WEAK] = "weak binds",
        [MACHO_BIND_LAZY] = "lazy binds",
    };
    // What could not be read has been told.
    if (!walk->failed && !walk->stream.failed)
        macho_add_error(walk->set->reading, "%s have %s at %llu of %llu octets", names[walk->kind],
                        what, (unsigned long long)walk->at,
                        (unsigned long long)walk->stream.extent.size);
    walk->failed = true;
}
