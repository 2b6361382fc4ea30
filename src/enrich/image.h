// What one exec brought: the program, its signer, its arguments, and what was found out about
// it. A fork's child shares the image of its parent, so an image counts who holds it.

#ifndef ENRICH_IMAGE_H
#define ENRICH_IMAGE_H

#include "enrich/linkage.h"
#include "enrich/variables.h"
#include "platform/platform.h"

#define IMAGE_COMMAND_MAX    1024u  // Octets of the command line that are kept.
#define IMAGE_ARGS_MAX       24u    // Arguments that are kept.
#define IMAGE_DYLD_MAX       16u    // DYLD_* variables that are kept,
#define IMAGE_DYLD_BYTES_MAX 2048u  // and their octets together; of $runtime_variables likewise.

struct image {
    uint32_t references;
    enum linkage_jit jit;
    struct program *program;
    str command_line;
    int64_t args_count;  // As executed; -1 where not told.
    struct value *args;
    size_t arg_count;  // Of those that were kept.
    struct value *dyld_env;
    size_t dyld_count;
    struct value *runtime_env;
    size_t runtime_count;
    struct linkage *linkage;
    int64_t born_ns;        // When the file was created, as a record told; 0: none did.
    int64_t found_born_ns;  // As was found out otherwise.
    int64_t began_ns;       // Its exec, or the start of the process; 0: not known.
    enum platform_mark quarantine;
    bool was_looked_for;  // Its file.
    bool team_changed;
    bool cdhash_new;
};

// What images are made with. Borrowed.
struct image_maker {
    struct programs *programs;
    struct linkages *linkages;
    const struct variables *runtime_variables;  // NULL: nobody wants them.
};

// What the record says of it. `exec` is the exec event whose slots have arguments and variables, or
// NULL where the image was first met later. The caller holds one reference.
struct image *image_keep(const struct image_maker *maker, uint32_t host,
                         const struct process_facts *facts, const struct event *exec);
struct image *image_hold(struct image *image);  // NULL gives NULL.
void image_release(struct image *image);        // NULL does nothing.

#endif
