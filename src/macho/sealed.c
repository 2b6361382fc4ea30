#include "macho/sealed.h"

#include "macho/bundle_info.h"
#include "macho/sealing.h"

#define PART_PIECE_BYTES 65536u

static void check_blobs(struct sealing *s);
static void check_info(struct sealing *s);
static bool take_info(struct sealing *s, bytes *out);
static bool is_named(struct sealing *s, bytes info);
static void check_info_slots(struct sealing *s, bytes info, const struct macho_extent *section);
static void check_resources(struct sealing *s);
static bool add_part(struct sealing *s, const struct macho_source *part);
static void look_for_ticket(struct sealing *s);
static bool open_part(struct sealing *s, enum macho_bundle_part part, struct macho_source *out);
static const char *part_name(enum macho_bundle_part part);

void macho_read_seals(const struct macho_source *source, struct macho_image *image, str name,
                      const struct macho_bundle *bundle, bool with_pages, struct arena *a,
                      struct macho_seals *out)
{
    *out = (struct macho_seals){ .pages = MACHO_SEAL_NONE };
    struct sealing s = {
        .reading = { .source = source, .arena = a, .image = image, .command = -1 },
        .bundle = bundle,
        .name = name,
        .seals = out,
    };
    if (bundle != NULL)
        look_for_ticket(&s);
    if (image->signature.directory_count == 0)
        return;
    digest_init(&s.digest);
    check_blobs(&s);
    check_info(&s);
    check_resources(&s);
    sealing_check_pages(&s, with_pages);
    digest_done(&s.digest);
}

static void look_for_ticket(struct sealing *s)
{
    struct macho_source ticket;
    if (!open_part(s, MACHO_BUNDLE_TICKET, &ticket))
        return;
    s->seals->has_stapled_ticket = true;
    s->bundle->close(s->bundle->context, &ticket);
}

static bool open_part(struct sealing *s, enum macho_bundle_part part, struct macho_source *out)
{
    struct err err = { .text = "" };
    const enum status status = s->bundle->open(s->bundle->context, part, out, &err);
    if (status != OK && status != END)
        macho_add_error(&s->reading, "%s: %s", part_name(part), err.text);
    return status == OK;
}

static const char *part_name(enum macho_bundle_part part)
{
    return part == MACHO_BUNDLE_INFO ? "Info.plist" : "CodeResources";
}

static void check_blobs(struct sealing *s)
{
    const struct macho_signature *signature = &s->reading.image->signature;
    const struct {
        struct macho_extent blob;
        uint32_t slot;
        const char *what;
        enum macho_seal *seal;
    } blobs[] = {
        { signature->requirements, SEALING_SLOT_REQUIREMENTS, "requirements",
          &s->seals->requirements },
        { signature->xml, SEALING_SLOT_ENTITLEMENTS, "entitlements", &s->seals->entitlements },
        { signature->der, SEALING_SLOT_DER, "DER entitlements", &s->seals->der_entitlements },
    };
    for (size_t i = 0; i < COUNT_OF(blobs); i++) {
        for (size_t d = 0; d < signature->directory_count; d++)
            sealing_worsen(blobs[i].seal, sealing_check_extent(s, &signature->directories[d],
                                                               blobs[i].slot, blobs[i].blob));
        if (*blobs[i].seal == MACHO_SEAL_BROKEN)
            sealing_break(s, "the %s are not those that the code directory seals", blobs[i].what);
        else if (*blobs[i].seal == MACHO_SEAL_MISSING)
            sealing_break(s, "the code directory seals %s that are not there", blobs[i].what);
    }
}

static void check_info(struct sealing *s)
{
    const struct macho_extent section = s->reading.image->info_plist;
    bytes info = { .len = 0 };
    s->seals->info = MACHO_SEAL_NONE;
    const bool is_read = s->bundle != NULL && take_info(s, &info);
    s->seals->is_main_of_bundle = is_read && is_named(s, info);
    if (s->seals->is_main_of_bundle)
        check_info_slots(s, info, NULL);
    else
        check_info_slots(s, (bytes){ .len = 0 }, &section);
    if (s->seals->info == MACHO_SEAL_BROKEN)
        sealing_break(s, "Info.plist is not the one that the code directory seals");
}

// The bundle's, whole.
static bool take_info(struct sealing *s, bytes *out)
{
    struct macho_source part;
    struct err err;
    bool is_read = false;
    if (!open_part(s, MACHO_BUNDLE_INFO, &part))
        return false;
    if (part.size > MACHO_BUNDLE_INFO_MAX) {
        macho_add_error(&s->reading, "Info.plist of %llu octets; at most %u are read",
                        (unsigned long long)part.size, MACHO_BUNDLE_INFO_MAX);
    } else {
        uint8_t *to = arena_alloc(s->reading.arena, (size_t)part.size + 1);
        is_read = part.read(part.context, 0, to, (size_t)part.size, &err) == OK;
        if (!is_read)
            macho_add_error(&s->reading, "Info.plist: %s", err.text);
        *out = (bytes){ .at = to, .len = (size_t)part.size };
    }
    s->bundle->close(s->bundle->context, &part);
    return is_read;
}

static bool is_named(struct sealing *s, bytes info)
{
    str executable = STR_EMPTY;
    struct err err;
    if (bundle_info_executable(info, s->reading.arena, &executable, &err) != OK)
        macho_add_error(&s->reading, "%s", err.text);
    return executable.len > 0 && str_eq(executable, s->name);
}

// Of the bundle's list, or of the section where that is given.
static void check_info_slots(struct sealing *s, bytes info, const struct macho_extent *section)
{
    const struct macho_signature *signature = &s->reading.image->signature;
    for (size_t d = 0; d < signature->directory_count; d++) {
        const struct macho_code_directory *directory = &signature->directories[d];
        enum macho_seal seal = MACHO_SEAL_NONE;
        uint8_t slot[MACHO_DIGEST_MAX];
        if (!sealing_take_slot(s, directory, SEALING_SLOT_INFO, slot, &seal)) {
            sealing_worsen(&s->seals->info, seal);
            continue;
        }
        if (section != NULL)
            seal = sealing_check_extent(s, directory, SEALING_SLOT_INFO, *section);
        else if (sealing_begin(s, directory) && digest_add(&s->digest, info))
            seal = sealing_end(s, directory, slot);
        else
            seal = MACHO_SEAL_NOT_READ;
        sealing_worsen(&s->seals->info, seal);
    }
}

static void check_resources(struct sealing *s)
{
    const struct macho_signature *signature = &s->reading.image->signature;
    for (size_t d = 0; d < signature->directory_count; d++) {
        const struct macho_code_directory *directory = &signature->directories[d];
        struct macho_source part;
        enum macho_seal seal = MACHO_SEAL_NONE;
        uint8_t slot[MACHO_DIGEST_MAX];
        if (sealing_take_slot(s, directory, SEALING_SLOT_RESOURCES, slot, &seal)) {
            seal = MACHO_SEAL_MISSING;
            if (s->seals->is_main_of_bundle && open_part(s, MACHO_BUNDLE_RESOURCES, &part)) {
                seal = sealing_begin(s, directory) && add_part(s, &part)
                           ? sealing_end(s, directory, slot)
                           : MACHO_SEAL_NOT_READ;
                s->bundle->close(s->bundle->context, &part);
            }
        }
        sealing_worsen(&s->seals->resources, seal);
    }
    if (s->seals->resources == MACHO_SEAL_BROKEN)
        sealing_break(s, "CodeResources is not the one that the code directory seals");
    else if (s->seals->resources == MACHO_SEAL_MISSING && s->seals->is_main_of_bundle)
        sealing_break(s, "the code directory seals CodeResources, and there is none");
}

static bool add_part(struct sealing *s, const struct macho_source *part)
{
    uint8_t piece[PART_PIECE_BYTES];
    struct err err;
    if (part->size > MACHO_BUNDLE_PART_MAX) {
        macho_add_error(&s->reading, "CodeResources of %llu octets; at most %u are read",
                        (unsigned long long)part->size, MACHO_BUNDLE_PART_MAX);
        return false;
    }
    for (uint64_t done = 0; done < part->size;) {
        const uint64_t rest = part->size - done;
        const size_t len = rest < sizeof piece ? (size_t)rest : sizeof piece;
        if (part->read(part->context, done, piece, len, &err) != OK) {
            macho_add_error(&s->reading, "CodeResources: %s", err.text);
            return false;
        }
        if (!digest_add(&s->digest, (bytes){ .at = piece, .len = len }))
            return false;
        done += len;
    }
    return true;
}
