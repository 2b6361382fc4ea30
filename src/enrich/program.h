// What a program is, whoever runs it: its path, its signer, and what the lists say of these. Thousands
// of processes run the same few programs, so each is kept once and counts who holds it.

#ifndef ENRICH_PROGRAM_H
#define ENRICH_PROGRAM_H

#include "base/map.h"
#include "enrich/enrich.h"
#include "enrich/path_class.h"

#define PROGRAM_PATH_MAX 1024u  // MAXPATHLEN of Darwin; what is longer is cut.
#define PROGRAM_NAME_MAX 256u   // Signing id, team, cdhash.

// What lists of signers say that a program is, one bit each.
enum program_role {
    ROLE_DEBUGGER = 1u << 0,
    ROLE_PLUGIN_HOST = 1u << 1,
    ROLE_INSTALLER = 1u << 2,
    ROLE_UPDATER = 1u << 3,
    ROLE_DEVELOPER_TOOL = 1u << 4,
    ROLE_PACKAGE_MANAGER = 1u << 5,
    ROLE_TEST_TOOL = 1u << 6,
};

struct program {
    struct programs *owner;
    uint32_t references;
    uint32_t index;
    uint64_t hash;
    uint32_t cs_flags;  // As first told; <kern/cs_blobs.h>
    bool cs_told;
    bool is_platform;
    bool is_trusted;
    bool is_interpreter;
    uint8_t roles;             // enum program_role
    uint16_t application_len;  // So much of the path is the application that it lies in; 0: none.
    enum path_class path_class;
    str executable;
    str name;  // Last part of it.
    str signing_id;
    str team_id;
    str cdhash;  // In lower case, as codesign(1) prints it; sensors differ.
};

struct programs {
    const struct enrich_lists *lists;
    struct map by_content;
    struct program **at;
    uint32_t capacity;
    uint32_t count;  // Places of `at` that were ever in use.
    uint32_t *free;  // Places that are so no more.
    uint32_t free_count;
};

// `lists` is borrowed.
void programs_init(struct programs *p, const struct enrich_lists *lists);
// All must have been released.
void programs_done(struct programs *p);

// The program that the facts tell of. The caller holds one reference.
struct program *programs_keep(struct programs *p, const struct process_facts *facts);
void program_release(struct program *program);

#endif
