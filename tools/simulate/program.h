// What runs on the invented Macs: programs, their signers, and what they bring along.
//
// Paths are patterns, see place.h. Apple's programs have their real names and places; every
// vendor, product, team identifier and person is invented.

#ifndef SIMULATE_PROGRAM_H
#define SIMULATE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum signer {
    SIGNER_PLATFORM,     // Part of macOS.
    SIGNER_DEVELOPER,    // Developer ID, hardened runtime, notarised.
    SIGNER_STORE,        // Mac App Store.
    SIGNER_LOOSE,        // Developer ID without the hardened runtime: neither HARD nor KILL.
    SIGNER_ADHOC,        // codesign -s -
    SIGNER_LINKER,       // Signed by the linker, as every arm64 build is.
    SIGNER_DEBUG_BUILD,  // Ad hoc, and the task port may be taken.
    SIGNER_UNSIGNED,     // Libraries only: no program runs without a signature.
};

// What an image links, besides what it brings along.
enum linked {
    LINKED_SYSTEM,  // libSystem alone.
    LINKED_OWN,     // And a library beside it, which nobody looked into.
    LINKED_CORE_FOUNDATION,
    LINKED_FOUNDATION,
    LINKED_CORE_SERVICES,
    LINKED_APPKIT,
    LINKED_COCOA,
    LINKED_UNSEEN,  // The file was gone before it could be read.
};

// What the entitlements claim, as bits.
#define CLAIM_JIT            1u
#define CLAIM_ANY_LIBRARY    2u  // No library validation.
#define CLAIM_GET_TASK_ALLOW 4u

// The kernel's names without CS_, <kern/cs_blobs.h>.
#define CS_FLAG_VALID    0x00000001u
#define CS_FLAG_ADHOC    0x00000002u
#define CS_FLAG_DEBUGGED 0x10000000u

struct program {
    const char *path;
    const char *signing_id;
    const char *team;  // NULL where the signer has none.
    enum signer signer;
    enum linked linked;
    unsigned claims;
    bool translated;    // An Intel image, run by Rosetta.
    bool is_es_client;  // A security agent.
    bool runs_as_root;
};

#define APP_LIBRARIES_MAX 5

// An application: its own libraries, mapped when it starts, and what it does besides.
struct app {
    struct program program;
    const char *libraries[APP_LIBRARIES_MAX];  // Up to the first NULL.
};

// A command typed into a shell or run by a tool.
struct command {
    struct program program;
    const char *args[8];  // Up to the first NULL; the name first.
    const char *opens[3];
};

uint32_t program_flags(const struct program *p);
// Those of the code directory, as they are before the kernel adds what it found out.
uint32_t program_directory_flags(const struct program *p);
// cs_validation_category.
unsigned program_category(const struct program *p);

extern const struct program program_daemons[];
extern const size_t program_daemon_count;
extern const struct program program_agents[];  // Of the user's session.
extern const size_t program_agent_count;
extern const struct app program_apps[];
extern const size_t program_app_count;
extern const struct command program_commands[];
extern const size_t program_command_count;
extern const struct app program_brews[];  // Homebrew's, linker-signed.
extern const size_t program_brew_count;

extern const struct program program_launchd;
extern const struct program program_terminal;
extern const struct program program_zsh;
extern const struct program program_curl;
extern const struct program program_chmod;

#endif
