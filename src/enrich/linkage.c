#include "enrich/linkage.h"

#include "base/buf.h"
#include "enrich/host_links.h"
#include "enrich/on_disk.h"
#include "enrich/recent.h"
#include "macho/frameworks.h"

#include <stdlib.h>

struct linkages {
    struct enrich_texts api_frameworks;
    struct host_links *links;
    bool read_images;
    struct recent by_cdhash;
    struct arena arena;  // For one look-up.
};

// What a source said, before it is kept.
struct told {
    enum linkage_verdict verdict;
    enum linkage_jit jit;
    str because;
    str frameworks;  // One name a line.
    bool is_sure;    // Of the cdhash, whatever the host.
};

// What an answer is remembered under. The same image may bear the name of an interpreter or not.
struct key {
    char at[1 + sizeof(uint32_t) + LINKS_CDHASH_HEX];
};

// In place of a host: the answer is that of the cdhash.
#define EVERYWHERE (HOST_LINKS_ANY - 1)
_Static_assert(HOSTS_MAX < EVERYWHERE, "no host has this number");

static struct linkage *hold(struct linkage *linkage);
static void release(void *value);
static struct linkage *recall(const struct linkages *l, uint32_t asked, str cdhash,
                              bool is_interpreter);
static str make_key(struct key *key, uint32_t asked, str cdhash, bool is_interpreter);
static struct told look_up(struct linkages *l, uint32_t asked, const struct program *program);
static bool tell_by_cdhash(struct linkages *l, str cdhash, struct told *out);
static bool tell_by_image(struct linkages *l, const struct program *program, struct told *out);
static bool tell_by_slice(struct linkages *l, const struct program *program,
                          struct on_disk_image *on_disk, struct told *out);
static enum linkage_verdict verdict_by_image(enum macho_native_api verdict);
static struct macho_image *slice_of(const struct macho_file *file, str cdhash);
static bool tell_by_path(struct linkages *l, uint32_t asked, const struct program *program,
                         struct told *out);
static bool is_of_signer(const struct link_facts *row, const struct program *program);
static bool is_invalid(const struct link_facts *row);
static void doubt(struct told *told);
static struct told told_by_row(struct linkages *l, const struct link_facts *row, str source);
static bool names_api(const struct linkages *l, str frameworks);
static enum linkage_verdict verdict_of(str name);
static str lines_of(struct arena *a, const struct macho_linkage *linkage);
static struct linkage *keep(const struct told *told);

static const str verdict_names[LINKAGE_COUNT] = {
    [LINKAGE_YES] = STR_INIT("yes"),         [LINKAGE_NO] = STR_INIT("no"),
    [LINKAGE_BRIDGE] = STR_INIT("bridge"),   [LINKAGE_STRING] = STR_INIT("string"),
    [LINKAGE_UNKNOWN] = STR_INIT("unknown"),
};

static const str jit_names[LINKAGE_JIT_COUNT] = {
    [LINKAGE_JIT_UNKNOWN] = STR_INIT("unknown"),
    [LINKAGE_JIT_NO] = STR_INIT("no"),
    [LINKAGE_JIT_YES] = STR_INIT("yes"),
};

struct linkages *linkages_new(const struct enrich_options *options, struct host_links *links)
{
    struct linkages *l = memory_zeroed(1, sizeof *l);
    l->api_frameworks = options->lists.of[ENRICH_LIST_API_FRAMEWORKS];
    l->links = links;
    l->read_images = options->read_images;
    recent_init(&l->by_cdhash, LINKAGE_REMEMBERED_MAX, release);
    return l;
}

void linkages_free(struct linkages *l)
{
    if (l == NULL)
        return;
    recent_done(&l->by_cdhash);
    arena_done(&l->arena);
    free(l);
}

struct linkage *linkages_find(struct linkages *l, uint32_t host, const struct program *program)
{
    const bool is_interpreter = program->is_interpreter;
    const str cdhash = program->cdhash;
    const bool has_key = cdhash.len == LINKS_CDHASH_HEX;
    const uint32_t asked = l->links == NULL ? HOST_LINKS_ANY : host_links_asked(l->links, host);
    struct linkage *known = has_key ? recall(l, asked, cdhash, is_interpreter) : NULL;
    if (known != NULL)
        return hold(known);

    struct told told = look_up(l, asked, program);
    if (is_interpreter && told.verdict != LINKAGE_YES) {
        told.verdict = LINKAGE_BRIDGE;
        told.because = STR("an interpreter: its scripts reach the frameworks");
    }
    struct linkage *linkage = keep(&told);
    arena_reset(&l->arena);
    // What was told of a path is no fact about the cdhash, but as good for the next of it there.
    struct key key;
    if (has_key)
        recent_put_own(&l->by_cdhash,
                       make_key(&key, told.is_sure ? EVERYWHERE : asked, cdhash, is_interpreter),
                       hold(linkage));
    return linkage;
}

static struct linkage *recall(const struct linkages *l, uint32_t asked, str cdhash,
                              bool is_interpreter)
{
    struct key key;
    struct linkage *sure =
        recent_find(&l->by_cdhash, make_key(&key, EVERYWHERE, cdhash, is_interpreter));
    if (sure != NULL)
        return sure;
    return recent_find(&l->by_cdhash, make_key(&key, asked, cdhash, is_interpreter));
}

static str make_key(struct key *key, uint32_t asked, str cdhash, bool is_interpreter)
{
    key->at[0] = is_interpreter ? 'i' : '-';
    memcpy(key->at + 1, &asked, sizeof asked);
    memcpy(key->at + 1 + sizeof asked, cdhash.at, LINKS_CDHASH_HEX);
    return (str){ .at = key->at, .len = sizeof key->at };
}

void linkage_release(struct linkage *linkage)
{
    if (linkage != NULL && --linkage->references == 0)
        free(linkage);
}

str linkage_verdict_name(enum linkage_verdict verdict)
{
    return verdict_names[verdict];
}

str linkage_jit_name(enum linkage_jit jit)
{
    return jit_names[jit];
}

static struct linkage *hold(struct linkage *linkage)
{
    linkage->references++;
    return linkage;
}

static void release(void *value)
{
    linkage_release(value);
}

static struct told look_up(struct linkages *l, uint32_t asked, const struct program *program)
{
    struct told told = {
        .verdict = LINKAGE_UNKNOWN,
        .because = STR("neither the link inventory nor the image was there to ask"),
    };
    if (tell_by_cdhash(l, program->cdhash, &told) || tell_by_image(l, program, &told) ||
        tell_by_path(l, asked, program, &told))
        return told;
    return told;
}

static bool tell_by_cdhash(struct linkages *l, str cdhash, struct told *out)
{
    struct link_facts row;
    struct err err;
    if (l->links == NULL || cdhash.len == 0)
        return false;
    const enum status status =
        links_find_by_cdhash(host_links_inventory(l->links), cdhash, &l->arena, &row, &err);
    if (status != OK && status != END)
        out->because = arena_str(&l->arena, str_of(err.text));
    if (status != OK)
        return false;
    *out = told_by_row(l, &row, STR("by cdhash"));
    if (is_invalid(&row))
        doubt(out);
    out->is_sure = true;
    return true;
}

static bool tell_by_image(struct linkages *l, const struct program *program, struct told *out)
{
    struct on_disk_image on_disk;
    if (!l->read_images || !on_disk_open(program->executable, &l->arena, &on_disk))
        return false;
    const bool is_told = tell_by_slice(l, program, &on_disk, out);
    on_disk_close(&on_disk);
    return is_told;
}

static bool tell_by_slice(struct linkages *l, const struct program *program,
                          struct on_disk_image *on_disk, struct told *out)
{
    struct macho_image *image = slice_of(&on_disk->file, program->cdhash);
    if (image == NULL) {
        out->because = STR("the image that lies there now is another build");
        return false;
    }
    struct macho_imports imports;
    struct macho_linkage linkage;
    macho_gather_imports(&on_disk->source, image, &l->arena, &imports);
    macho_native_api(&on_disk->source, image, &imports, program->executable, l->api_frameworks.at,
                     l->api_frameworks.count, &l->arena, &linkage);
    const struct macho_claims *claims = &image->signature.claims;
    const bool declares = claims->allow_jit || claims->allow_unsigned_executable_memory ||
                          claims->disable_executable_page_protection;
    out->verdict = verdict_by_image(linkage.verdict);
    out->jit = declares ? LINKAGE_JIT_YES : LINKAGE_JIT_NO;
    out->because = linkage.because.count > 0 ? linkage.because.at[0] : STR_EMPTY;
    out->frameworks = lines_of(&l->arena, &linkage);
    if (image->signature.state == MACHO_SIGNATURE_INVALID)
        doubt(out);
    out->is_sure = true;
    return true;
}

static enum linkage_verdict verdict_by_image(enum macho_native_api verdict)
{
    switch (verdict) {
    case MACHO_NATIVE_API_YES:
        return LINKAGE_YES;
    case MACHO_NATIVE_API_NO:
        return LINKAGE_NO;
    case MACHO_NATIVE_API_BRIDGE:
        return LINKAGE_BRIDGE;
    case MACHO_NATIVE_API_STRING:
        return LINKAGE_STRING;
    case MACHO_NATIVE_API_UNKNOWN:
        break;
    }
    return LINKAGE_UNKNOWN;
}

// The slice that the record speaks of. Without a cdhash nothing says that this is the same
// image (decision 0004).
static struct macho_image *slice_of(const struct macho_file *file, str cdhash)
{
    for (size_t i = 0; i < file->image_count && cdhash.len > 0; i++) {
        const struct macho_signature *signature = &file->images[i].signature;
        for (size_t j = 0; j < signature->directory_count; j++)
            if (str_eq_nocase(signature->directories[j].cdhash, cdhash))
                return &file->images[i];
    }
    return NULL;
}

// Another version by the same signer links what this one links, as a rule. But only a look at
// the image itself may say "no", since that lets rules look away. Of several slices one that reaches
// the interfaces speaks.
static bool tell_by_path(struct linkages *l, uint32_t asked, const struct program *program,
                         struct told *out)
{
    struct link_facts *rows;
    size_t count;
    bool is_told = false;
    if (l->links == NULL || program->executable.len == 0 || program->team_id.len == 0 ||
        !host_links_find(l->links, asked, program->executable, &l->arena, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_of_signer(&rows[i], program))
            continue;
        struct told told = told_by_row(l, &rows[i], STR("another build, by path"));
        doubt(&told);
        if (!is_told || told.verdict < out->verdict)
            *out = told;
        is_told = true;
    }
    return is_told;
}

// Nobody signed what a Mac would refuse.
static bool is_of_signer(const struct link_facts *row, const struct program *program)
{
    return str_eq(row->identifier, program->signing_id) && str_eq(row->team_id, program->team_id) &&
           !is_invalid(row);
}

// It ran, so a Mac did not refuse it: the image that was read is another one, under a signature
// that was copied from it.
static bool is_invalid(const struct link_facts *row)
{
    return str_eq(row->signature, macho_signature_state_name(MACHO_SIGNATURE_INVALID));
}

// What is not known to be of the image itself never says "no".
static void doubt(struct told *told)
{
    if (told->verdict == LINKAGE_NO)
        told->verdict = LINKAGE_UNKNOWN;
    if (told->jit == LINKAGE_JIT_NO)
        told->jit = LINKAGE_JIT_UNKNOWN;
}

// The row's verdict was made with the list of that day; names decide again with today's.
static struct told told_by_row(struct linkages *l, const struct link_facts *row, str source)
{
    struct told told = {
        .verdict = verdict_of(row->native_api),
        .jit = row->jit_declared ? LINKAGE_JIT_YES : LINKAGE_JIT_NO,
        .frameworks = row->frameworks,
    };
    if (names_api(l, row->frameworks))
        told.verdict = LINKAGE_YES;
    else if (told.verdict == LINKAGE_YES)
        told.verdict = LINKAGE_UNKNOWN;
    const str because = str_to(row->because, str_find_char(row->because, '\n'));
    // How many Macs have it says much of an image that nobody knows.
    const str hosts = row->hosts > 0
                          ? arena_printf(&l->arena, ", on %u host%s", (unsigned)row->hosts,
                                         row->hosts == 1 ? "" : "s")
                          : STR_EMPTY;
    told.because = arena_printf(&l->arena, "%.*s (link inventory, %.*s%.*s)", STR_ARG(because),
                                STR_ARG(source), STR_ARG(hosts));
    return told;
}

static bool names_api(const struct linkages *l, str frameworks)
{
    str name;
    while (str_take_until(&frameworks, '\n', &name))
        for (size_t i = 0; i < l->api_frameworks.count; i++)
            if (str_eq(name, l->api_frameworks.at[i]))
                return true;
    return false;
}

static enum linkage_verdict verdict_of(str name)
{
    for (size_t i = 0; i < LINKAGE_COUNT; i++)
        if (str_eq(name, verdict_names[i]))
            return (enum linkage_verdict)i;
    return LINKAGE_UNKNOWN;
}

static str lines_of(struct arena *a, const struct macho_linkage *linkage)
{
    size_t len = 0;
    for (size_t i = 0; i < linkage->framework_count; i++)
        len += linkage->frameworks[i].name.len + 1;
    char *lines = arena_alloc(a, len);
    char *at = lines;
    for (size_t i = 0; i < linkage->framework_count; i++) {
        const str name = linkage->frameworks[i].name;
        memcpy(at, name.at, name.len);
        at[name.len] = '\n';
        at += name.len + 1;
    }
    return (str){ .at = lines, .len = len };
}

// One piece of memory: the verdict, the list, the text.
static struct linkage *keep(const struct told *told)
{
    const str because = str_to(told->because, LINKAGE_BECAUSE_MAX);
    str rest = told->frameworks;
    str name;
    size_t count = 0;
    size_t octets = 0;
    while (count < LINKAGE_FRAMEWORKS_MAX && str_take_until(&rest, '\n', &name)) {
        count++;
        octets += name.len;
    }
    struct linkage *linkage =
        memory_new(sizeof *linkage + count * sizeof(struct value) + octets + because.len);
    struct value *values = (struct value *)(void *)(linkage + 1);
    char *at = (char *)(values + count);
    *linkage = (struct linkage){
        .references = 1,
        .verdict = told->verdict,
        .jit = told->jit,
        .frameworks = values,
        .framework_count = count,
    };
    rest = told->frameworks;
    for (size_t i = 0; i < count && str_take_until(&rest, '\n', &name); i++) {
        memcpy(at, name.at, name.len);
        values[i] = value_of_text((str){ .at = at, .len = name.len });
        at += name.len;
    }
    memcpy(at, because.at, because.len);
    linkage->because = (str){ .at = at, .len = because.len };
    return linkage;
}
