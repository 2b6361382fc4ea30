// What a Mach-O file says of itself: what it links, who signed it and what the signature claims,
// and how code of others could get into a process of it. `pomona inspect` tells the same.
//
//     struct pomona_macho *file;
//     struct pomona_macho_error error;
//     if (!pomona_macho_read_path(path, NULL, &file, &error))
//         ... error.kind, error.text
//     for (size_t i = 0; i < pomona_macho_slice_count(file); i++) {
//         const struct pomona_macho_slice *slice = pomona_macho_slice_at(file, i);
//         for (size_t j = 0; j < pomona_macho_count_of(slice, POMONA_MACHO_LIST_LINKS); j++) {
//             struct pomona_macho_link link = pomona_macho_link_at(slice, j);
//             ... link.kind, link.name
//         }
//     }
//     pomona_macho_free(file);
//
// A file is read whole, once: all slices, and only headers, load commands, tables of symbols, the
// code signature and, where nothing else decides, constants that may name a framework. What is
// told afterwards needs neither the file nor its memory. dyld takes one slice of a file, and which
// one depends on the Mac: a file is as bad as the worst of them (pomona_macho_worst()).
//
// A damaged file is read as far as it goes. What is wrong becomes an entry of
// POMONA_MACHO_LIST_ERRORS, and the marks …_COMPLETE say whether something may be missing. Only
// what is no Mach-O file at all, or tells nothing, is refused.
//
// Hostile files. The reader runs in the caller's process, with the caller's rights. It is made for
// files of strangers: every offset, count and size is checked before it is used, time and memory
// are bounded by named limits and linear in what is read, nothing of a file is run, files are not
// mapped, and it is fuzzed under sanitizers. But it uses libcrypto and libplist, and no program
// is without mistakes: who wants a barrier reads in a process of its own without rights and with a
// deadline, as `pomona inspect` does.
//
// Threads. A handle is never written to after it was read: threads may share it, and anchors too.
// Different threads may read at the same time. A callback is called by the thread that reads, while
// it reads. Nothing here prints, exits or keeps state of its own; libcrypto has state, sets itself
// up when it is first used, and the thread's queue of its errors is empty after reading. Out of
// memory ends the process with abort(), after a sentence on stderr.
//
// Facts are Apple's: <mach-o/loader.h>, <mach-o/fat.h>, <mach-o/fixup-chains.h>, <mach/machine.h>,
// <kern/cs_blobs.h>, and the sources of dyld, XNU and the Security framework. Names of constants
// below are given where they come from there.
//
// Text that comes from the file may hold any octet but NUL, also what is no UTF-8 and what steers a
// terminal: escape it before it is shown. It is borrowed from the handle it was asked of, until
// pomona_macho_free(). Wherever something is asked for that is not there (a NULL slice, an index
// past the end, a constant of a newer header) the answer is empty, 0 or false; the verdicts of
// nothing are invalid, open and unknown.

#ifndef POMONA_MACHO_H
#define POMONA_MACHO_H

#include <pomona/str.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is declared here is all that the shared library exports.
#pragma GCC visibility push(default)

// --- Reading

enum pomona_macho_error_kind {
    POMONA_MACHO_ERROR_FORMAT,  // Not Mach-O, or too damaged to tell anything.
    POMONA_MACHO_ERROR_LIMIT,   // Larger than is accepted.
    POMONA_MACHO_ERROR_IO,      // The operating system refused, or a callback did.
    POMONA_MACHO_ERROR_USAGE,   // The caller asked for something that makes no sense.
};

struct pomona_macho_error {
    enum pomona_macho_error_kind kind;
    char text[512];  // One sentence.
};

#define POMONA_MACHO_HEAD_BYTES 64u

// Whether a file that begins with these octets claims to be Mach-O or fat, for passing over others.
// It wants to see POMONA_MACHO_HEAD_BYTES: with fewer, a Java class file may pass for a fat one.
bool pomona_macho_is_image(const void *head, size_t len);

// Root certificates that are trusted. The library has none of its own; Apple publishes its roots.
struct pomona_macho_anchors;

// A file of one or several certificates, PEM or DER: at most 64, in 1 MiB. False where it cannot be
// read as such: `*error` says why, `*out` is untouched.
bool pomona_macho_anchors_open(const char *path, struct pomona_macho_anchors **out,
                               struct pomona_macho_error *error);
void pomona_macho_anchors_close(struct pomona_macho_anchors *anchors);

// Where octets come from. `read` fills all of `len` octets at `to` and returns true, or returns
// false; nothing at or past `size` is asked for.
struct pomona_macho_source {
    bool (*read)(void *context, uint64_t offset, void *to, size_t len);
    void *context;
    uint64_t size;
};

// Parts of a bundle, of which an image may be the main executable.
enum pomona_macho_part {
    POMONA_MACHO_PART_INFO,       // Info.plist
    POMONA_MACHO_PART_RESOURCES,  // _CodeSignature/CodeResources
    POMONA_MACHO_PART_TICKET,     // CodeResources beside Info.plist: a stapled notarisation ticket.
};

struct pomona_macho_place {
    bool is_known;  // False: nobody could say.
    bool is_there;
    // By others than root: what lies there; where nothing does, the nearest directory above.
    bool is_writable;
};

// What lies around a file, where the caller knows that better than a disk: an archive, an index.
// Each function may be NULL.
struct pomona_macho_surroundings {
    // Of absolute paths of the Mac that the file is of, at most 2048 for an image. `out` is all
    // false before.
    void (*look)(void *context, const struct pomona_str *paths, size_t count,
                 struct pomona_macho_place *out);
    bool is_whole;  // All of the Mac's disk is known, not only what lies by the image.
    // False: the bundle has no such part, or the file is in none. One part is open at a time.
    bool (*open_part)(void *context, enum pomona_macho_part part, struct pomona_macho_source *out);
    void (*close_part)(void *context, struct pomona_macho_source *part);
    void *context;
};

// Zeros mean the default. All of it is borrowed until reading returns; `anchors` too.
struct pomona_macho_options {
    // sizeof(struct pomona_macho_options): the library knows by it what the program knew of. Where
    // it is larger than the library knows, what it does not know must be zeros.
    size_t size;
    // The image's own path, absolute on its Mac: what @loader_path and the bundle go by, and what
    // is told. NULL: for pomona_macho_read_path() the file's, else unknown.
    const char *path;
    // Which frameworks count as the native API. NULL: CoreServices, Cocoa, Foundation.
    const char *const *api_frameworks;
    size_t api_framework_count;
    const struct pomona_macho_anchors *anchors;  // NULL: whoever signed is a claim.
    bool verify_pages;  // Hash every page, and verify the signature itself.
    // Whether libraries that are linked are looked up, and the bundle around the file read. NULL:
    // no. "/": on this machine's disk, where that is no Mac's only what lies by the image. Any
    // other directory: a copy of a Mac's disk, and paths mean what they mean below it.
    const char *disk;
    const struct pomona_macho_surroundings *surroundings;  // In place of `disk`.
};

struct pomona_macho;

// False where the file is refused: `*error` says why, `*out` is untouched. `options` may be NULL,
// and so may `error`, here and above.
//
// By path: a regular file. With a copy of a Mac's disk the path is the Mac's own, and links on the
// way are followed below the copy; the path of the copy may stand before it.
bool pomona_macho_read_path(const char *path, const struct pomona_macho_options *options,
                            struct pomona_macho **out, struct pomona_macho_error *error);
// By descriptor, of a regular file, open for reading. It is read with pread(2), so where it stands
// changes nothing and is not changed; it stays open.
bool pomona_macho_read_fd(int fd, const struct pomona_macho_options *options,
                          struct pomona_macho **out, struct pomona_macho_error *error);
// From memory, which must not change before reading returns.
bool pomona_macho_read_memory(const void *at, size_t len,
                              const struct pomona_macho_options *options, struct pomona_macho **out,
                              struct pomona_macho_error *error);
// Through a callback.
bool pomona_macho_read_source(const struct pomona_macho_source *source,
                              const struct pomona_macho_options *options, struct pomona_macho **out,
                              struct pomona_macho_error *error);
// NULL is nothing to do.
void pomona_macho_free(struct pomona_macho *file);

// --- The file

enum pomona_macho_fat {
    POMONA_MACHO_FAT_NONE,  // A thin file: one slice that is all of it.
    POMONA_MACHO_FAT_32,    // FAT_MAGIC
    POMONA_MACHO_FAT_64,    // FAT_MAGIC_64
};

enum pomona_macho_signature {
    POMONA_MACHO_SIGNATURE_UNSIGNED,
    POMONA_MACHO_SIGNATURE_ADHOC,    // Hashes, and nobody's word for them.
    POMONA_MACHO_SIGNATURE_LINKER,   // As the linker leaves it.
    POMONA_MACHO_SIGNATURE_SIGNED,   // There is a CMS signature. Who made it is a claim.
    POMONA_MACHO_SIGNATURE_INVALID,  // A Mac would refuse it.
};

enum pomona_macho_injection {
    POMONA_MACHO_INJECTION_CLOSED,   // Hardened, without exceptions that were found.
    POMONA_MACHO_INJECTION_LIMITED,  // With exceptions; or no program, and who loads it decides.
    POMONA_MACHO_INJECTION_OPEN,  // Whoever runs it, or may write where it looks, has code in it.
};

// Whether it reaches one of the frameworks of options.api_frameworks.
enum pomona_macho_native_api {
    POMONA_MACHO_NATIVE_API_YES,      // It links one, or another that re-exports it.
    POMONA_MACHO_NATIVE_API_NO,       // All that it links is known, and is none of them.
    POMONA_MACHO_NATIVE_API_BRIDGE,   // An interpreter: its scripts reach them.
    POMONA_MACHO_NATIVE_API_STRING,   // It links none, but has the path of one and can load it.
    POMONA_MACHO_NATIVE_API_UNKNOWN,  // It links libraries that may, or is damaged or encrypted.
};

struct pomona_macho_verdicts {
    enum pomona_macho_signature signature;
    enum pomona_macho_injection injection;
    enum pomona_macho_native_api native_api;
};

uint64_t pomona_macho_size(const struct pomona_macho *file);  // Octets.
enum pomona_macho_fat pomona_macho_fat_of(const struct pomona_macho *file);

// Of all slices: signatures from best to worst are signed, adhoc, linker, unsigned, invalid;
// injection closed, limited, open; and the native API no, unknown, string, bridge, yes.
struct pomona_macho_verdicts pomona_macho_worst(const struct pomona_macho *file);

struct pomona_macho_slice;

// At least 1 and at most 65: those that the header counts, and one that it does not, where there is
// one (POMONA_MACHO_MARK_HIDDEN).
size_t pomona_macho_slice_count(const struct pomona_macho *file);
// In the order of the fat header. NULL past the end. It lives as long as the file.
const struct pomona_macho_slice *pomona_macho_slice_at(const struct pomona_macho *file,
                                                       size_t index);

// --- A slice: single facts

struct pomona_macho_verdicts pomona_macho_verdicts_of(const struct pomona_macho_slice *slice);

enum pomona_macho_text {
    POMONA_MACHO_TEXT_ARCH,          // "arm64e"; "cpu-0x12-3" for a CPU without a name.
    POMONA_MACHO_TEXT_FILE_TYPE,     // "execute", "dylib": MH_* in lower case; empty for others.
    POMONA_MACHO_TEXT_UUID,          // LC_UUID as 32 hexadecimal digits, upper case.
    POMONA_MACHO_TEXT_INSTALL_NAME,  // LC_ID_DYLIB
    // Of the code directory with the strongest hash, as the kernel chooses it. The cdhash is
    // computed: 40 hexadecimal digits, lower case.
    POMONA_MACHO_TEXT_IDENTIFIER,
    POMONA_MACHO_TEXT_TEAM_ID,
    POMONA_MACHO_TEXT_CDHASH,
    // A JSON object with its keys in order; empty where there are none. DER is what macOS 12 and
    // later believes, XML is what was believed before.
    POMONA_MACHO_TEXT_ENTITLEMENTS_XML,
    POMONA_MACHO_TEXT_ENTITLEMENTS_DER,
    POMONA_MACHO_TEXT_CHAIN_WHY,     // What speaks against the chain; empty where nothing does.
    POMONA_MACHO_TEXT_LEAF_TEAM,     // OU of the certificate that signed.
    POMONA_MACHO_TEXT_SIGNING_TIME,  // "2024-05-06T07:08:09Z", as the signature says.
};

struct pomona_str pomona_macho_text_of(const struct pomona_macho_slice *slice,
                                       enum pomona_macho_text which);

enum pomona_macho_number {
    POMONA_MACHO_NUMBER_OFFSET,  // Of the slice in the file, in octets.
    POMONA_MACHO_NUMBER_SIZE,    // As much of it as the file has.
    POMONA_MACHO_NUMBER_CPU_TYPE,
    POMONA_MACHO_NUMBER_CPU_SUBTYPE,      // Without the capability bits.
    POMONA_MACHO_NUMBER_FILE_TYPE,        // MH_*
    POMONA_MACHO_NUMBER_HEADER_FLAGS,     // Of the mach header.
    POMONA_MACHO_NUMBER_SIGNATURE_FLAGS,  // CS_*, of the code directory with the strongest hash.
    POMONA_MACHO_NUMBER_PAGES,            // Hashes of pages in that code directory.
    POMONA_MACHO_NUMBER_PAGES_BROKEN,     // Of those, with verify_pages.
    POMONA_MACHO_NUMBER_FIRST_BROKEN,     // Offset in the slice of the first such page.
    POMONA_MACHO_NUMBER_ERRORS_UNTOLD,    // Beyond the 32 errors that are told.
};

uint64_t pomona_macho_number_of(const struct pomona_macho_slice *slice,
                                enum pomona_macho_number which);

enum pomona_macho_mark {
    POMONA_MACHO_MARK_HIDDEN,  // Lies one past the count of the fat header.
    POMONA_MACHO_MARK_64,
    POMONA_MACHO_MARK_BIG_ENDIAN,
    POMONA_MACHO_MARK_ENCRYPTED,          // LC_ENCRYPTION_INFO with a cryptid.
    POMONA_MACHO_MARK_RESTRICT,           // A __RESTRICT segment.
    POMONA_MACHO_MARK_IMPLIES_LIBSYSTEM,  // It links nothing; dyld loads libSystem all the same.
    POMONA_MACHO_MARK_COMMANDS_COMPLETE,  // All load commands could be walked over.
    POMONA_MACHO_MARK_LINKS_COMPLETE,     // No damage hides a link.
    POMONA_MACHO_MARK_IMPORTS_COMPLETE,   // No damage and no limit hides an import.
    POMONA_MACHO_MARK_LOOKS_EXHAUSTED,    // A limit may hide a candidate.
    POMONA_MACHO_MARK_CMS,                // There is a CMS signature,
    POMONA_MACHO_MARK_REQUIREMENTS,       // there are requirements,
    POMONA_MACHO_MARK_DER_ENTITLEMENTS,   // entitlements in DER,
    POMONA_MACHO_MARK_TICKET,             // a notarisation ticket, in the signature or stapled.
    POMONA_MACHO_MARK_MAIN_OF_BUNDLE,     // The bundle's Info.plist names this file.
    // Entitlements that open a process, com.apple.security.…, in XML or in DER: where the two
    // differ, one of them is a lie.
    POMONA_MACHO_MARK_ALLOW_JIT,
    POMONA_MACHO_MARK_ALLOW_UNSIGNED_EXECUTABLE_MEMORY,
    POMONA_MACHO_MARK_DISABLE_EXECUTABLE_PAGE_PROTECTION,
    POMONA_MACHO_MARK_DISABLE_LIBRARY_VALIDATION,
    POMONA_MACHO_MARK_ALLOW_DYLD_ENVIRONMENT_VARIABLES,
    POMONA_MACHO_MARK_GET_TASK_ALLOW,
    POMONA_MACHO_MARK_DEBUGGER,
};

bool pomona_macho_mark_of(const struct pomona_macho_slice *slice, enum pomona_macho_mark which);

// Whether the certificates lead to an anchor. Verified also means that the signature is over the
// code directories that are there, by a certificate that was valid then and may sign code.
// Revocation is not asked: that needs the network.
enum pomona_macho_chain {
    POMONA_MACHO_CHAIN_NONE,     // There is no CMS signature.
    POMONA_MACHO_CHAIN_CLAIMED,  // There is one; no anchors were given, or it does not hold.
    POMONA_MACHO_CHAIN_VERIFIED,
};

enum pomona_macho_chain pomona_macho_chain_of(const struct pomona_macho_slice *slice);

// What the code directories seal, and whether that is still what was signed. The worst of what
// they say.
enum pomona_macho_seal {
    POMONA_MACHO_SEAL_NONE,      // Not sealed.
    POMONA_MACHO_SEAL_HOLDS,     // The hash is right.
    POMONA_MACHO_SEAL_BROKEN,    // The hash is of something else.
    POMONA_MACHO_SEAL_MISSING,   // There is a hash, and nothing that it could be of.
    POMONA_MACHO_SEAL_NOT_READ,  // Nobody asked (pages), or it could not be read.
};

enum pomona_macho_sealed {
    POMONA_MACHO_SEALED_PAGES,         // With verify_pages.
    POMONA_MACHO_SEALED_INFO,          // CSSLOT_INFOSLOT
    POMONA_MACHO_SEALED_REQUIREMENTS,  // CSSLOT_REQUIREMENTS
    POMONA_MACHO_SEALED_RESOURCES,     // CSSLOT_RESOURCEDIR: the file itself, not what it lists.
    POMONA_MACHO_SEALED_ENTITLEMENTS,  // CSSLOT_ENTITLEMENTS
    POMONA_MACHO_SEALED_DER_ENTITLEMENTS,  // CSSLOT_DER_ENTITLEMENTS
};

enum pomona_macho_seal pomona_macho_seal_of(const struct pomona_macho_slice *slice,
                                            enum pomona_macho_sealed which);

// --- A slice: lists

enum pomona_macho_list {
    // Of text: pomona_macho_item_at().
    POMONA_MACHO_LIST_RPATHS,               // LC_RPATH
    POMONA_MACHO_LIST_ENVIRONMENT,          // LC_DYLD_ENVIRONMENT, "NAME=value"
    POMONA_MACHO_LIST_NATIVE_API_BECAUSE,   // Reasons of the verdict, in words for people.
    POMONA_MACHO_LIST_IMPORTS,              // Symbols it wants of others, each once, in order.
    POMONA_MACHO_LIST_WATCHED_IMPORTS,      // Those that bring in code or reach other processes.
    POMONA_MACHO_LIST_ENTITLEMENTS_DIFFER,  // Keys on which XML and DER do not agree.
    POMONA_MACHO_LIST_SIGNERS,  // Subjects: the leaf, its issuer and so on, then the others.
    POMONA_MACHO_LIST_INJECTION_REASONS,  // As the reasons above.
    // Of more than that: each has its own function below.
    POMONA_MACHO_LIST_BUILDS,
    POMONA_MACHO_LIST_LINKS,
    POMONA_MACHO_LIST_FRAMEWORKS,
    POMONA_MACHO_LIST_CODE_DIRECTORIES,
    POMONA_MACHO_LIST_CANDIDATES,
    POMONA_MACHO_LIST_ERRORS,
};

// Limits: 16384 load commands in 4 MiB, 512 lazy links more, 4 builds, 6 code directories, 16
// certificates (and as many in the timestamp), 256 candidates, 32 errors; 1048576 imports with
// 64 MiB of text. What is beyond is an error of the slice.
size_t pomona_macho_count_of(const struct pomona_macho_slice *slice, enum pomona_macho_list which);

struct pomona_str pomona_macho_item_at(const struct pomona_macho_slice *slice,
                                       enum pomona_macho_list which, size_t index);

// LC_BUILD_VERSION, LC_VERSION_MIN_*. An image for Macs and for Catalyst has two.
struct pomona_macho_build {
    uint32_t platform;  // PLATFORM_*
    uint32_t min_os;    // A version, see pomona_macho_version_text(); 0: not told.
    uint32_t sdk;
};

struct pomona_macho_build pomona_macho_build_at(const struct pomona_macho_slice *slice,
                                                size_t index);

// By command, or by what dylib_use_command says in its place.
enum pomona_macho_link_kind {
    POMONA_MACHO_LINK_LOAD,      // LC_LOAD_DYLIB
    POMONA_MACHO_LINK_WEAK,      // LC_LOAD_WEAK_DYLIB
    POMONA_MACHO_LINK_REEXPORT,  // LC_REEXPORT_DYLIB
    POMONA_MACHO_LINK_UPWARD,    // LC_LOAD_UPWARD_DYLIB
    POMONA_MACHO_LINK_LAZY,      // LC_LAZY_LOAD_DYLIB, LC_LAZY_LOAD_DYLIB_INFO
    POMONA_MACHO_LINK_DELAYED,   // DYLIB_USE_DELAYED_INIT
};

struct pomona_macho_link {
    enum pomona_macho_link_kind kind;
    struct pomona_str name;  // The install name, as linked.
    uint32_t current_version;
    uint32_t compatibility_version;
};

// In the order of their commands.
struct pomona_macho_link pomona_macho_link_at(const struct pomona_macho_slice *slice, size_t index);

// System frameworks that it reaches: those it links, and those that these re-export.
struct pomona_macho_framework {
    struct pomona_str name;  // As in NAME.framework
    struct pomona_str how;   // The kind of link, or "through Cocoa, AppKit".
};

struct pomona_macho_framework pomona_macho_framework_at(const struct pomona_macho_slice *slice,
                                                        size_t index);

enum pomona_macho_hash {
    POMONA_MACHO_HASH_NONE,
    POMONA_MACHO_HASH_SHA1,
    POMONA_MACHO_HASH_SHA256,
    POMONA_MACHO_HASH_SHA256_TRUNCATED,
    POMONA_MACHO_HASH_SHA384,
};

struct pomona_macho_code_directory {
    enum pomona_macho_hash hash;
    uint32_t slot;  // 0, or 0x1000 and up for the alternates.
    uint32_t version;
    uint32_t flags;               // CS_*
    uint64_t exec_segment_flags;  // CS_EXECSEG_*
    uint64_t code_limit;          // Octets of the slice that are sealed, from its start.
    struct pomona_str identifier;
    struct pomona_str team_id;
    struct pomona_str cdhash;
};

// In the order of the signature.
struct pomona_macho_code_directory pomona_macho_code_directory_at(
    const struct pomona_macho_slice *slice, size_t index);

// Places where a library of somebody else would be loaded.
enum pomona_macho_candidate_kind {
    POMONA_MACHO_CANDIDATE_RPATH,     // Found in a later rpath, missing in an earlier one.
    POMONA_MACHO_CANDIDATE_MISSING,   // Linked strongly and found nowhere.
    POMONA_MACHO_CANDIDATE_WEAK,      // Linked weakly and found nowhere.
    POMONA_MACHO_CANDIDATE_RELATIVE,  // Looked for below the working directory.
    POMONA_MACHO_CANDIDATE_WRITABLE,  // There, where others than root may write.
};

struct pomona_macho_candidate {
    enum pomona_macho_candidate_kind kind;
    struct pomona_str link;  // As linked.
    struct pomona_str path;  // Where a library would have to be put.
    bool is_writable;        // Others than root may.
};

// Without a disk or surroundings to look at there are only relative ones.
struct pomona_macho_candidate pomona_macho_candidate_at(const struct pomona_macho_slice *slice,
                                                        size_t index);

struct pomona_macho_damage {
    int64_t command;  // Index of the load command; -1 where it is none of them.
    struct pomona_str reason;
};

struct pomona_macho_damage pomona_macho_error_at(const struct pomona_macho_slice *slice,
                                                 size_t index);

// --- As text

// The slice as one line of JSON without a line end: the object that `pomona inspect --output
// ndjson` prints, with all imports where `with_imports`. A key that is there is never renamed, more
// may follow. Text of the file that is no UTF-8 has U+FFFD in its place. Ends in NUL, has `*out_len`
// octets before (NULL: not told), and is to be freed with free(). NULL where it would take more
// than 64 MiB.
char *pomona_macho_json(const struct pomona_macho_slice *slice, bool with_imports, size_t *out_len);

#define POMONA_MACHO_VERSION_BYTES 16u

// xxxx.yy.zz in 16, 8 and 8 bits: "1.2.3", "1.2" where the third part is 0. Returns `out`.
char *pomona_macho_version_text(uint32_t version, char out[POMONA_MACHO_VERSION_BYTES]);

// As the JSON has them. They live for ever; "" where there is no name.
const char *pomona_macho_signature_name(enum pomona_macho_signature signature);
const char *pomona_macho_injection_name(enum pomona_macho_injection verdict);
const char *pomona_macho_native_api_name(enum pomona_macho_native_api verdict);
const char *pomona_macho_chain_name(enum pomona_macho_chain chain);
const char *pomona_macho_seal_name(enum pomona_macho_seal seal);
const char *pomona_macho_platform_name(uint32_t platform);
const char *pomona_macho_link_kind_name(enum pomona_macho_link_kind kind);
const char *pomona_macho_hash_name(enum pomona_macho_hash hash);
const char *pomona_macho_candidate_kind_name(enum pomona_macho_candidate_kind kind);
// Of one bit of a code directory's flags: "runtime" is CS_RUNTIME.
const char *pomona_macho_flag_name(uint32_t bit);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
