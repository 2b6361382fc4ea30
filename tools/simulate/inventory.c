#include "inventory.h"

#include "record.h"

#include "macho/frameworks.h"
#include "store/links.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// <mach-o/loader.h>
#define MH_EXECUTE 2u
#define MH_DYLIB   6u

#define LINKED_MAX 4

struct inventory_image {
    str host;
    str path;
    const struct program *maker;
    bool is_library;
    uint64_t code;
    uint64_t size;
    uint64_t modified_ns;
};

// Texts of one row; what is put is copied.
struct row_texts {
    struct arena arena;
    char cdhash[RECORD_CDHASH_SIZE];
};

#define SYSTEM_LIBRARY       "/usr/lib/libSystem.B.dylib"
#define FRAMEWORK(name, dir) "/System/Library/Frameworks/" name ".framework/Versions/" dir "/" name

static const char *const linked[][LINKED_MAX] = {
    [LINKED_SYSTEM] = { SYSTEM_LIBRARY },
    [LINKED_OWN] = { "@loader_path/../lib/libshared.1.dylib", SYSTEM_LIBRARY },
    [LINKED_CORE_FOUNDATION] = { FRAMEWORK("CoreFoundation", "A"), SYSTEM_LIBRARY },
    [LINKED_FOUNDATION] = { FRAMEWORK("Foundation", "C"), "/usr/lib/libobjc.A.dylib",
                            SYSTEM_LIBRARY },
    [LINKED_CORE_SERVICES] = { FRAMEWORK("CoreServices", "A"), SYSTEM_LIBRARY },
    [LINKED_APPKIT] = { FRAMEWORK("AppKit", "C"), "/usr/lib/libobjc.A.dylib", SYSTEM_LIBRARY },
    [LINKED_COCOA] = { FRAMEWORK("Cocoa", "A"), FRAMEWORK("QuartzCore", "A"),
                       "/usr/lib/libobjc.A.dylib", SYSTEM_LIBRARY },
};

static const struct {
    unsigned claim;
    const char *entitlement;
} claims[] = {
    { CLAIM_JIT, "com.apple.security.cs.allow-jit" },
    { CLAIM_ANY_LIBRARY, "com.apple.security.cs.disable-library-validation" },
    { CLAIM_GET_TASK_ALLOW, "com.apple.security.get-task-allow" },
};

static bool is_readable(str path);
static void add(struct inventory *inventory, const struct inventory_image *image);
static bool has_path(const void *context, uint32_t value);
static enum status make_empty(const char *path, struct err *err);
static enum status put(struct links *links, const struct inventory_image *image,
                       struct row_texts *texts, struct err *err);
static void tell_signature(const struct inventory_image *image, struct row_texts *texts,
                           struct link_facts *out);
static enum macho_signature_state state_of(enum signer signer);
static void tell_links(const struct inventory_image *image, struct arena *a,
                       struct link_facts *out);
static str entitlements_of(const struct program *program, struct arena *a);

void inventory_done(struct inventory *inventory)
{
    free(inventory->images);
    map_done(&inventory->by_path);
    arena_done(&inventory->arena);
}

void inventory_add_program(struct inventory *inventory, str host, const struct program *program,
                           const struct file *file, uint64_t code)
{
    if (inventory == NULL || program->linked == LINKED_UNSEEN)
        return;
    add(inventory, &(struct inventory_image){ .host = host,
                                              .path = { file->path, file->path_len },
                                              .maker = program,
                                              .code = code,
                                              .size = file->size,
                                              .modified_ns = file->modified_ns });
}

void inventory_add_library(struct inventory *inventory, str host, const struct program *maker,
                           const struct file *file)
{
    const str path = { .at = file->path, .len = file->path_len };
    if (inventory == NULL || !is_readable(path))
        return;
    add(inventory, &(struct inventory_image){ .host = host,
                                              .path = path,
                                              .maker = maker,
                                              .is_library = true,
                                              .code = str_hash(path, 1),
                                              .size = file->size,
                                              .modified_ns = file->modified_ns });
}

// Libraries of macOS lie in the shared cache; Rosetta's translations may not be read.
static bool is_readable(str path)
{
    return !str_starts_with(path, STR("/System/")) && !str_starts_with(path, STR("/usr/lib/")) &&
           !str_starts_with(path, STR("/private/var/db/oah/"));
}

struct wanted {
    const struct inventory *inventory;
    str host;
    str path;
};

static void add(struct inventory *inventory, const struct inventory_image *image)
{
    const struct wanted wanted = { .inventory = inventory,
                                   .host = image->host,
                                   .path = image->path };
    const uint64_t hash = str_hash(image->path, str_hash(image->host, 0));
    const uint32_t there = map_find(&inventory->by_path, hash, has_path, &wanted);
    if (there != MAP_NONE) {
        const str path = inventory->images[there].path;
        inventory->images[there] = *image;
        inventory->images[there].path = path;
        return;
    }
    assert(inventory->count < INVENTORY_IMAGES_MAX);  // Our tables name some dozens a host.
    if (inventory->count == inventory->capacity) {
        inventory->capacity = inventory->capacity == 0 ? 64 : inventory->capacity * 2;
        inventory->images =
            memory_resize(inventory->images, inventory->capacity * sizeof *inventory->images);
    }
    map_add(&inventory->by_path, hash, (uint32_t)inventory->count);
    inventory->images[inventory->count] = *image;
    inventory->images[inventory->count].path = arena_str(&inventory->arena, image->path);
    inventory->count++;
}

static bool has_path(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    const struct inventory_image *image = &wanted->inventory->images[value];
    return str_eq(image->path, wanted->path) && str_eq(image->host, wanted->host);
}

enum status inventory_write(const struct inventory *inventory, const char *path, struct err *err)
{
    struct links *links = NULL;
    struct row_texts texts = { 0 };
    enum status status = make_empty(path, err);
    if (status != OK)
        return status;
    status = links_open(str_of(path), LINKS_WRITE, &links, err);
    for (size_t i = 0; status == OK && i < inventory->count; i++) {
        status = put(links, &inventory->images[i], &texts, err);
        arena_reset(&texts.arena);
    }
    if (status == OK)
        status = links_commit(links, err);
    links_close(links);
    arena_done(&texts.arena);
    return status;
}

// Rows of an earlier run would stay otherwise, also those that lie beside the file.
static enum status make_empty(const char *path, struct err *err)
{
    static const char *const endings[] = { "-wal", "-shm", "-journal" };
    struct arena arena = { 0 };
    FILE *file = fopen(path, "wb");
    if (file == NULL || fclose(file) != 0)
        return fail(err, ERR_IO, "%s cannot be written", path);
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        (void)unlink(arena_printf(&arena, "%s%s", path, endings[i]).at);
    arena_done(&arena);
    return OK;
}

static enum status put(struct links *links, const struct inventory_image *image,
                       struct row_texts *texts, struct err *err)
{
    const struct program *maker = image->maker;
    const bool is_program = !image->is_library;
    struct link_facts facts = {
        .path = image->path,
        .size = image->size,
        .mtime_ns = (int64_t)image->modified_ns,
        .arch = maker->signer == SIGNER_PLATFORM ? STR("arm64e")
                : maker->translated              ? STR("x86_64")
                                                 : STR("arm64"),
        .file_type = macho_file_type_name(is_program ? MH_EXECUTE : MH_DYLIB),
    };
    tell_signature(image, texts, &facts);
    tell_links(image, &texts->arena, &facts);
    if (is_program) {
        facts.entitlements = entitlements_of(maker, &texts->arena);
        facts.jit_declared = (maker->claims & CLAIM_JIT) != 0;
        facts.disable_library_validation = (maker->claims & CLAIM_ANY_LIBRARY) != 0;
        facts.get_task_allow = (maker->claims & CLAIM_GET_TASK_ALLOW) != 0;
    }
    return links_put(links, image->host, &facts, 1, err);
}

static void tell_signature(const struct inventory_image *image, struct row_texts *texts,
                           struct link_facts *out)
{
    const struct program *maker = image->maker;
    out->signature = macho_signature_state_name(state_of(maker->signer));
    out->chain = STR("none");
    if (maker->signer == SIGNER_UNSIGNED)
        return;
    if (state_of(maker->signer) == MACHO_SIGNED)
        out->chain = STR("claimed");
    const str cdhash = record_cdhash(image->code, texts->cdhash);
    for (size_t i = 0; i < cdhash.len; i++) {
        char *c = &texts->cdhash[i];
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
    }
    out->cdhash = cdhash;
    out->identifier = image->is_library ? str_base_name(image->path) : str_of(maker->signing_id);
    out->team_id = maker->team != NULL ? str_of(maker->team) : STR_EMPTY;
    out->flags = program_directory_flags(maker);
}

static enum macho_signature_state state_of(enum signer signer)
{
    switch (signer) {
    case SIGNER_UNSIGNED:
        return MACHO_UNSIGNED;
    case SIGNER_ADHOC:
    case SIGNER_DEBUG_BUILD:
        return MACHO_SIGNED_ADHOC;
    case SIGNER_LINKER:
        return MACHO_SIGNED_BY_LINKER;
    default:
        return MACHO_SIGNED;
    }
}

// The verdict and its reasons come from where `inspect` takes them; only the links are invented.
static void tell_links(const struct inventory_image *image, struct arena *a, struct link_facts *out)
{
    // A library of a maker's own seldom needs more than the maker does.
    const enum linked what = image->maker->linked;
    struct macho_link links[LINKED_MAX];
    struct macho_image macho = {
        .links_complete = true,
        .is_dynamic = true,
        .file_type = image->is_library ? MH_DYLIB : MH_EXECUTE,
        .links = links,
    };
    const struct macho_code_directory directory = { .identifier = out->identifier };
    macho.signature.best = &directory;
    for (size_t i = 0; i < LINKED_MAX && linked[what][i] != NULL; i++)
        links[macho.link_count++] = (struct macho_link){ .name = str_of(linked[what][i]) };

    struct macho_linkage linkage;
    size_t api_count;
    const str *apis = macho_default_api_frameworks(&api_count);
    macho_native_api(NULL, &macho, NULL, image->path, apis, api_count, a, &linkage);
    out->native_api = macho_native_api_name(linkage.verdict);
    for (size_t i = 0; i < linkage.because.count; i++)
        out->because = arena_printf(a, "%.*s%s%.*s", STR_ARG(out->because), i == 0 ? "" : "\n",
                                    STR_ARG(linkage.because.at[i]));
    for (size_t i = 0; i < linkage.framework_count; i++)
        out->frameworks = arena_printf(a, "%.*s%s%.*s", STR_ARG(out->frameworks),
                                       i == 0 ? "" : "\n", STR_ARG(linkage.frameworks[i].name));
}

static str entitlements_of(const struct program *program, struct arena *a)
{
    str object = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(claims); i++) {
        if ((program->claims & claims[i].claim) != 0)
            object = arena_printf(a, "%.*s%s\"%s\":true", STR_ARG(object),
                                  object.len == 0 ? "{" : ",", claims[i].entitlement);
    }
    return object.len == 0 ? object : arena_printf(a, "%.*s}", STR_ARG(object));
}
