// What a Mach-O file says of itself, per slice: what it links, where it looks for it, who
// signed it and what the signature claims. Every slice is read; none is preferred.
//
// Only headers, load commands and the parts of the code signature that are asked for are
// read, through a callback: a file of 360 MB costs as little as a small one, and a file that
// shrinks while we read is an error, not a SIGBUS. Every offset, count and size is checked
// before use. What is damaged becomes an entry of errors[]; what could be read before it is
// still told. Text may hold any octet but NUL and lives in the arena given to macho_read().

#ifndef MACHO_MACHO_H
#define MACHO_MACHO_H

#include "base/arena.h"
#include "base/err.h"

#define MACHO_HEAD_BYTES             64u                 // What macho_is_image() wants to see.
#define MACHO_SLICES_MAX             64u                 // Of one file.
#define MACHO_COMMANDS_MAX           16384u              // Load commands of one image.
#define MACHO_COMMANDS_BYTES_MAX     (4u * 1024 * 1024)  // All load commands of one image.
#define MACHO_PATH_MAX               4096u               // Install names, rpaths, environment.
#define MACHO_LAZY_LINKS_MAX         512u                // Of LC_LAZY_LOAD_DYLIB_INFO.
#define MACHO_BUILDS_MAX             4u                  // Platforms of one image (zippered: 2).
#define MACHO_ERRORS_MAX             32u                 // Told per image; the rest is counted.
#define MACHO_SECTIONS_MAX           256u                // With text, with constants, others: each.
#define MACHO_BLOBS_MAX              64u                 // Parts of one code signature.
#define MACHO_CODE_DIRECTORIES_MAX   6u                  // One, and five alternates (XNU).
#define MACHO_IDENTIFIER_MAX         1024u               // Signing or team identifier.
#define MACHO_ENTITLEMENTS_BYTES_MAX (1024u * 1024)      // Of either form.
#define MACHO_DIGEST_MAX             48u                 // Octets of the longest hash, SHA-384.

enum macho_fat {
    MACHO_THIN,
    MACHO_FAT,
    MACHO_FAT64,
};

enum macho_link_kind {
    MACHO_LINK_LOAD,
    MACHO_LINK_WEAK,
    MACHO_LINK_REEXPORT,
    MACHO_LINK_UPWARD,
    MACHO_LINK_LAZY,
    MACHO_LINK_DELAYED,
};

struct macho_link {
    enum macho_link_kind kind;
    str name;
    uint32_t current_version;  // xxxx.yy.zz in 16, 8 and 8 bits.
    uint32_t compatibility_version;
};

struct macho_build {
    uint32_t platform;  // PLATFORM_* of <mach-o/loader.h>
    uint32_t min_os;    // As the versions above; 0 where not told.
    uint32_t sdk;
};

struct macho_text_list {
    str *at;
    size_t count;
};

// A part of the slice, counted from its start. What is kept of it lies inside the slice.
struct macho_extent {
    uint64_t offset;
    uint64_t size;
};

struct macho_sections {
    struct macho_extent *at;
    size_t count;
};

enum macho_bind_kind {
    MACHO_BIND,
    MACHO_BIND_WEAK,
    MACHO_BIND_LAZY,
    MACHO_BIND_KINDS,
};

// Where the names of what an image wants from others are; imports.h reads them.
struct macho_tables {
    bool is_complete;  // False where a damaged command may hide a table.
    bool has_symbols;
    bool has_undefined;  // Which of the symbols are undefined is told.
    bool has_binds;
    bool has_fixups;
    uint32_t symbol_count;
    uint32_t undefined_first;
    uint32_t undefined_count;
    struct macho_extent symbols;
    struct macho_extent symbol_names;
    struct macho_extent binds[MACHO_BIND_KINDS];  // Of size 0 where there are none.
    struct macho_extent fixups;
};

struct macho_error {
    int64_t index;  // Of the load command; -1 where it is none of them.
    str reason;
};

enum macho_hash {
    MACHO_HASH_NONE,
    MACHO_HASH_SHA1,
    MACHO_HASH_SHA256,
    MACHO_HASH_SHA256_TRUNCATED,
    MACHO_HASH_SHA384,
};

// The counts are those of hashes that lie inside `extent`: special ones before `hash_offset`,
// those of pages from there on.
struct macho_code_directory {
    enum macho_hash hash;
    uint32_t slot;  // 0, or 0x1000 and up for the alternates.
    uint32_t version;
    uint32_t flags;  // CS_* of <kern/cs_blobs.h>
    uint64_t exec_segment_flags;
    str identifier;
    str team_id;
    str cdhash;                        // Computed: 20 octets as lower-case hex.
    uint8_t digest[MACHO_DIGEST_MAX];  // The same hash, not cut to 20 octets.
    struct macho_extent extent;
    uint32_t hash_offset;  // Counted from the start of the directory.
    uint32_t hash_size;    // Of one hash.
    uint32_t special_count;
    uint32_t code_count;
    uint32_t page_shift;      // Pages of 2^page_shift octets; 0: all of the code is one page.
    uint32_t scatter_offset;  // 0 where the pages are hashed in the order in which they lie.
    uint64_t code_limit;      // Octets of the slice that are sealed, from its start.
};

enum macho_signature_state {
    MACHO_UNSIGNED,
    MACHO_SIGNED_ADHOC,
    MACHO_SIGNED_BY_LINKER,
    MACHO_SIGNED,  // There is a CMS signature. Who made it is a claim.
    // A Mac would refuse it, or it leaves unsealed what a process would have in memory, or the command
    // that names it is lost in damage.
    MACHO_SIGNATURE_INVALID,
};

// Entitlements that open a process. What either of the two forms claims counts: XML is what old
// systems read, DER is what new ones read, and where they differ one of them is a lie.
struct macho_claims {
    bool allow_jit;
    bool allow_unsigned_executable_memory;
    bool disable_executable_page_protection;
    bool disable_library_validation;
    bool allow_dyld_environment;
    bool get_task_allow;
    bool debugger;
};

struct macho_signature {
    enum macho_signature_state state;
    struct macho_code_directory directories[MACHO_CODE_DIRECTORIES_MAX];
    size_t directory_count;
    const struct macho_code_directory *best;  // Of the strongest hash; NULL where there is none.
    bool has_cms;
    bool has_requirements;
    bool has_ticket;  // A stapled notarisation ticket.
    bool has_der_entitlements;
    // The parts with their headers; size 0 where there is none.
    struct macho_extent extent;  // The whole, as the load command says.
    struct macho_extent requirements;
    struct macho_extent xml;
    struct macho_extent der;
    struct macho_extent cms;
    struct macho_extent ticket;
    str entitlements;      // The XML's, as a JSON object with its keys in order; empty: none.
    str der_entitlements;  // The same of the DER's.
    struct macho_text_list entitlements_differ;  // Keys that the two do not agree on.
    // Some of what is there could not be read, or not as all readers of a Mac would: it may claim
    // anything beside what is told.
    bool entitlements_unread;
    struct macho_claims claims;
};

struct macho_image {
    uint64_t offset;  // Of the slice in the file.
    uint64_t size;
    bool is_hidden;  // Lies one past the count of the fat header.
    bool is_64;
    bool is_big_endian;
    bool commands_complete;  // False where the walk over the load commands ended early.
    bool links_complete;     // False where a damaged command may hide a link.
    bool is_encrypted;       // Some of it at least lies in the file as nobody can read it.
    bool is_dynamic;         // A library or bundle, or an executable that names dyld.
    bool implies_libsystem;  // No dylib command: dyld loads libSystem all the same.
    bool has_uuid;
    bool has_restrict;  // A section __RESTRICT,__restrict.
    uint32_t cpu_type;
    uint32_t cpu_subtype;  // Without the capability bits.
    uint32_t file_type;
    uint32_t flags;
    uint8_t uuid[16];
    str arch;
    str install_name;  // LC_ID_DYLIB; empty where there is none.
    struct macho_build builds[MACHO_BUILDS_MAX];
    size_t build_count;
    struct macho_link *links;  // In the order of their commands.
    size_t link_count;
    struct macho_text_list rpaths;
    struct macho_text_list environment;  // LC_DYLD_ENVIRONMENT
    struct macho_tables tables;
    bool sections_complete;                   // False where damage or a limit may hide one.
    struct macho_sections text_sections;      // Of C's literals.
    struct macho_sections constant_sections;  // Other constants, where text may lie as well.
    struct macho_sections other_sections;     // All else but code, and what lies between sections.
    struct macho_extent info_plist;           // __TEXT,__info_plist; of size 0 where there is none.
    struct macho_signature signature;
    struct macho_error errors[MACHO_ERRORS_MAX];
    size_t error_count;
    size_t errors_untold;
};

struct macho_file {
    uint64_t size;
    enum macho_fat fat;
    struct macho_image *images;
    size_t image_count;
};

// Where the octets come from. `read` fills all of `len` octets or fails; it is never asked for
// anything past `size`.
struct macho_source {
    enum status (*read)(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err);
    void *context;
    uint64_t size;
};

// Views of a regular file that is open, and of memory; both must stay where they are, and the file
// open, for as long as the source is used.
MUST_CHECK enum status macho_source_of_fd(int *fd, struct macho_source *out, struct err *err);
// Where the size is known already, of a process that may not ask for it.
struct macho_source macho_source_of_open(const int *fd, uint64_t size);
struct macho_source macho_source_of_bytes(bytes *in);

// Whether a file that begins with `head` claims to be a Mach-O or fat file; for skipping others.
bool macho_is_image(bytes head);

// ERR_FORMAT: not Mach-O, or too damaged to tell anything; ERR_LIMIT: more slices than are read;
// ERR_IO: could not be read; END: a
// universal static library, in which there is nothing that can be run. A file with damage inside is
// OK and has errors.
MUST_CHECK enum status macho_read(const struct macho_source *source, struct arena *a,
                                  struct macho_file *out, struct err *err);
MUST_CHECK enum status macho_read_bytes(bytes in, struct arena *a, struct macho_file *out,
                                        struct err *err);

// Names as they are printed; "" where a number has none.
str macho_link_kind_name(enum macho_link_kind kind);
str macho_file_type_name(uint32_t file_type);
str macho_platform_name(uint32_t platform);
str macho_hash_name(enum macho_hash hash);
str macho_signature_state_name(enum macho_signature_state state);
// Apple's name of one bit of a code directory's flags, in lower case and without CS_.
str macho_flag_name(uint32_t bit);
// "1.2.3", "1.2" where the third part is 0.
str macho_version_text(uint32_t version, struct arena *a);

#endif
