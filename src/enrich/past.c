#include "enrich/past.h"

#include "enrich/host_links.h"

// What is not to be mixed up among the things that were seen.
enum kind {
    KIND_PROCESS,
    KIND_LIBRARY,
    KIND_LIBRARY_PATH,
    KIND_SIGNER,
    KIND_TEAM,
    KIND_PLATFORM,
};

// Signed by nobody: ad hoc, or not at all. No hash of a signer is it.
#define SIGNER_NOBODY 0u

static void take_mark(struct image *image, const struct event *event);
static bool has_other_signer(struct enricher *e, uint32_t host, const struct program *program);
static uint64_t signer_of(const struct program *program);
static bool is_cdhash_new(struct enricher *e, uint32_t host, const struct image *image);
static bool is_first(struct enricher *e, uint64_t key, bool is_to_remember);
static bool is_in_inventory(struct enricher *e, uint32_t host, str path, str cdhash);
static str lower_case(str cdhash, char lower[PROGRAM_NAME_MAX]);
static void look_for_file(struct enricher *e, uint32_t host, struct image *image);
static bool has_cdhash(str list, str cdhash);

void past_want(struct enricher *e)
{
    const struct projection *p = e->projection;
    struct enrich_wants *wants = &e->wants;
    wants->births = projection_wants_ever(p, FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME) ||
                    projection_wants_ever(p, FIELD_PROCESS_IMAGE_AGE) ||
                    projection_wants_ever(p, FIELD_DLL_RELATIVE_FILE_CREATION_TIME) ||
                    projection_wants_ever(p, FIELD_DLL_IMAGE_AGE);
    wants->writers = wants->births || projection_wants_ever(p, FIELD_DLL_WRITTEN_BY) ||
                     projection_wants_ever(p, FIELD_FILE_MACHO_TYPE);
    wants->marks = projection_wants_ever(p, FIELD_PROCESS_QUARANTINE);
    wants->signers = projection_wants_ever(p, FIELD_PROCESS_TEAM_CHANGED);
    wants->cdhashes = projection_wants_ever(p, FIELD_PROCESS_CDHASH_NEW);
    wants->ranges = projection_wants_ever(p, FIELD_API_RANGE_ID);
}

// What the other sensor's record let judge is not judged again: it would be seen already.
void past_exec(struct enricher *e, const struct event *event, struct image *image,
               const struct image *same)
{
    const uint32_t host = event->host;
    const struct program *program = image->program;
    image->began_ns = same != NULL && same->began_ns != 0 ? same->began_ns : event->time_ns;
    image->born_ns = event->executable_born_ns;
    take_mark(image, event);
    if (same != NULL && image->born_ns == 0)
        image->born_ns = same->born_ns;
    if (same != NULL && image->quarantine == PLATFORM_MARK_UNKNOWN)
        image->quarantine = same->quarantine;

    look_for_file(e, host, image);
    if (same != NULL && same->program->cs_told)
        image->team_changed = same->team_changed;
    else if (e->wants.signers)
        image->team_changed = has_other_signer(e, host, program);
    if (same != NULL && same->program->cdhash.len > 0)
        image->cdhash_new = same->cdhash_new;
    else if (e->wants.cdhashes)
        image->cdhash_new = is_cdhash_new(e, host, image);
}

void past_see(struct enricher *e, const struct event *event, struct process *p)
{
    struct image *image = p->image;
    if (image->born_ns == 0)
        image->born_ns = event->executable_born_ns;
    take_mark(image, event);
    // Of one that was met in the middle of its life; a fork's child has the image of its parent.
    if (image->began_ns == 0 && !p->seen_start && p->id.start_ns > 0) {
        image->began_ns = p->id.start_ns;
        look_for_file(e, p->host, image);
    }
}

// Sensors tell of no other mark than one that is there.
static void take_mark(struct image *image, const struct event *event)
{
    if (event->slots[FIELD_PROCESS_QUARANTINE].type == VALUE_TEXT)
        image->quarantine = PLATFORM_MARK_YES;
}

static bool has_other_signer(struct enricher *e, uint32_t host, const struct program *program)
{
    if (program->executable.len == 0 || (!program->cs_told && program->team_id.len == 0))
        return false;
    const uint64_t now = signer_of(program);
    const uint64_t key = seen_key(host, KIND_SIGNER, program->executable);
    uint64_t *before = seen_find(&e->signers, key);
    if (before == NULL) {
        seen_add(&e->signers, key, now);
        return false;
    }
    const bool is_other = *before != now;
    *before = now;
    return is_other;
}

// Only the team says who signed it; of parts of macOS, the identifier.
static uint64_t signer_of(const struct program *program)
{
    if (program->is_platform)
        return seen_key(0, KIND_PLATFORM, program->signing_id);
    const bool is_adhoc = program->cs_told && (program->cs_flags & CS_ADHOC) != 0;
    if (program->team_id.len == 0 || is_adhoc)
        return SIGNER_NOBODY;
    return seen_key(0, KIND_TEAM, program->team_id);
}

static bool is_cdhash_new(struct enricher *e, uint32_t host, const struct image *image)
{
    const str cdhash = image->program->cdhash;
    const int64_t born_ns = image->born_ns != 0 ? image->born_ns : image->found_born_ns;
    return cdhash.len > 0 && is_first(e, seen_key(host, KIND_PROCESS, cdhash), true) &&
           (past_is_new(born_ns, image->began_ns) || !is_in_inventory(e, host, STR_EMPTY, cdhash));
}

bool past_is_new(int64_t born_ns, int64_t now_ns)
{
    return born_ns > 0 && now_ns > 0 &&
           (born_ns >= now_ns || (now_ns - born_ns) / 1000000000 < PAST_DAY_S);
}

bool past_is_library_new(struct enricher *e, const struct event *event, str path, str cdhash,
                         bool is_file_new)
{
    char lower[PROGRAM_NAME_MAX];
    const uint32_t host = event->host;
    cdhash = lower_case(cdhash, lower);
    const enum path_class class = path_class_of(path);
    // Nothing is added to what macOS comes with, and thousands of its libraries would be remembered.
    if (class == PATH_CLASS_SEALED || class == PATH_CLASS_ROSETTA_AOT)
        return false;
    const uint64_t key = cdhash.len > 0 ? seen_key(host, KIND_LIBRARY, cdhash)
                                        : seen_key(host, KIND_LIBRARY_PATH, path);
    return is_first(e, key, event->action == ACTION_LOAD) &&
           (is_file_new || !is_in_inventory(e, host, path, cdhash));
}

static bool is_first(struct enricher *e, uint64_t key, bool is_to_remember)
{
    if (seen_find(&e->cdhashes, key) != NULL)
        return false;
    if (is_to_remember)
        seen_add(&e->cdhashes, key, 0);
    return true;
}

static bool is_in_inventory(struct enricher *e, uint32_t host, str path, str cdhash)
{
    if (e->links == NULL)
        return false;
    const uint32_t asked = host_links_asked(e->links, host);
    const bool is_there = cdhash.len > 0
                              ? host_links_has_cdhash(e->links, asked, cdhash, &e->scratch)
                              : host_links_has_path(e->links, asked, path, &e->scratch);
    arena_reset(&e->scratch);
    return is_there;
}

// Sensors differ in case. What is longer than any hash stays as it is.
static str lower_case(str cdhash, char lower[PROGRAM_NAME_MAX])
{
    if (cdhash.len > PROGRAM_NAME_MAX)
        return cdhash;
    for (size_t i = 0; i < cdhash.len; i++) {
        const char c = cdhash.at[i];
        lower[i] = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    }
    return (str){ .at = lower, .len = cdhash.len };
}

int64_t past_image_born(struct enricher *e, uint32_t host, struct image *image)
{
    look_for_file(e, host, image);
    return image->born_ns != 0 ? image->born_ns : image->found_born_ns;
}

// Once, and as early as may be: the file may be written anew while the process runs.
static void look_for_file(struct enricher *e, uint32_t host, struct image *image)
{
    const str path = image->program->executable;
    if (image->was_looked_for || path.len == 0 || !(e->wants.births || e->wants.marks))
        return;
    image->was_looked_for = true;
    const struct writer *writer = writers_find(&e->writers, host, path);
    if (writer != NULL)
        image->found_born_ns = writer->born_ns;
    if (!e->read_images)
        return;
    const struct library *file =
        libraries_find(e->libraries, host, path, image->program->path_class);
    if (!has_cdhash(file->cdhashes, image->program->cdhash))
        return;  // Another file lies there now, or nobody knows.
    if (image->found_born_ns == 0)
        image->found_born_ns = file->born_ns;
    if (image->quarantine == PLATFORM_MARK_UNKNOWN)
        image->quarantine = file->quarantine;
}

static bool has_cdhash(str list, str cdhash)
{
    str one;
    while (cdhash.len > 0 && str_take_until(&list, '\n', &one))
        if (str_eq_nocase(one, cdhash))
            return true;
    return false;
}
