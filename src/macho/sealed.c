#include "macho/sealed.h"

#include "macho/bundle_info.h"
#include "macho/sealing.h"

#define PART_PIECE_BYTES 65536u

static void look_for_ticket(struct sealing *s);
static enum status open_part(struct sealing *s, enum macho_bundle_part part,
                             struct macho_source *out);
static const char *part_name(enum macho_bundle_part part);
static void check_blobs(struct sealing *s);
static void check_info(struct sealing *s);
static enum status take_info(struct sealing *s, bytes *out);
static bool is_named(struct sealing *s, bytes info);
static enum macho_seal seal_of_section(struct sealing *s);
static enum macho_seal seal_of_info(struct sealing *s, bytes info);
static void check_resources(struct sealing *s);
static enum macho_seal seal_of_resources(struct sealing *s,
                                         const struct macho_code_directory *directory,
                                         const uint8_t *slot);
static bool add_part(struct sealing *s, const struct macho_source *part);
static bool is_in_bundle(struct sealing *s);
static bool has_part(struct sealing *s, enum macho_bundle_part part);

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
    if (open_part(s, MACHO_BUNDLE_TICKET, &ticket) != OK)
        return;
    s->seals->has_stapled_ticket = true;
    s->bundle->close(s->bundle->context, &ticket);
}

// END where there is none. Why one that is there could not be opened is an error of the image.
static enum status open_part(struct sealing *s, enum macho_bundle_part part,
                             struct macho_source *out)
{
    struct err err = { .text = "" };
    if (s->bundle == NULL)
        return END;
    const enum status status = s->bundle->open(s->bundle->context, part, out, &err);
    if (status != OK && status != END)
        macho_add_error(&s->reading, "%s: %s", part_name(part), err.text);
    return status;
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
    bytes info = { .len = 0 };
    const enum status status = take_info(s, &info);
    const bool is_main = status == OK && is_named(s, info);
    enum macho_seal seal = is_main ? MACHO_SEAL_NONE : seal_of_section(s);
    // Whoever Info.plist names: else one that was altered need only name another.
    if (is_main || seal == MACHO_SEAL_MISSING || seal == MACHO_SEAL_BROKEN) {
        if (status == OK)
            seal = seal_of_info(s, info);
        else if (status != END)
            seal = MACHO_SEAL_NOT_READ;
    }
    s->seals->is_main_of_bundle = is_main;
    s->seals->info = seal;
    if (seal == MACHO_SEAL_BROKEN)
        sealing_break(s, "Info.plist is not the one that the code directory seals");
    else if (seal == MACHO_SEAL_MISSING && is_in_bundle(s))
        sealing_break(s, "the code directory seals Info.plist, and there is none");
}

// The bundle's, whole. END where there is none, ERR_IO where it could not be read.
static enum status take_info(struct sealing *s, bytes *out)
{
    struct macho_source part;
    struct err err;
    bool is_read = false;
    const enum status status = open_part(s, MACHO_BUNDLE_INFO, &part);
    if (status != OK)
        return status;
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
    return is_read ? OK : ERR_IO;
}

static bool is_named(struct sealing *s, bytes info)
{
    str executable = STR_EMPTY;
    struct err err;
    if (bundle_info_executable(info, s->reading.arena, &executable, &err) != OK)
        macho_add_error(&s->reading, "%s", err.text);
    return executable.len > 0 && str_eq(executable, s->name);
}

static enum macho_seal seal_of_section(struct sealing *s)
{
    const struct macho_image *image = s->reading.image;
    enum macho_seal worst = MACHO_SEAL_NONE;
    for (size_t d = 0; d < image->signature.directory_count; d++)
        sealing_worsen(&worst, sealing_check_extent(s, &image->signature.directories[d],
                                                    SEALING_SLOT_INFO, image->info_plist));
    return worst;
}

static enum macho_seal seal_of_info(struct sealing *s, bytes info)
{
    const struct macho_signature *signature = &s->reading.image->signature;
    enum macho_seal worst = MACHO_SEAL_NONE;
    for (size_t d = 0; d < signature->directory_count; d++) {
        const struct macho_code_directory *directory = &signature->directories[d];
        enum macho_seal seal = MACHO_SEAL_NONE;
        uint8_t slot[MACHO_DIGEST_MAX];
        if (sealing_take_slot(s, directory, SEALING_SLOT_INFO, slot, &seal))
            seal = sealing_begin(s, directory) && digest_add(&s->digest, info)
                       ? sealing_end(s, directory, slot)
                       : MACHO_SEAL_NOT_READ;
        sealing_worsen(&worst, seal);
    }
    return worst;
}

static void check_resources(struct sealing *s)
{
    const struct macho_signature *signature = &s->reading.image->signature;
    for (size_t d = 0; d < signature->directory_count; d++) {
        const struct macho_code_directory *directory = &signature->directories[d];
        enum macho_seal seal = MACHO_SEAL_NONE;
        uint8_t slot[MACHO_DIGEST_MAX];
        if (sealing_take_slot(s, directory, SEALING_SLOT_RESOURCES, slot, &seal))
            seal = seal_of_resources(s, directory, slot);
        sealing_worsen(&s->seals->resources, seal);
    }
    if (s->seals->resources == MACHO_SEAL_BROKEN)
        sealing_break(s, "CodeResources is not the one that the code directory seals");
    else if (s->seals->resources == MACHO_SEAL_MISSING && is_in_bundle(s))
        sealing_break(s, "the code directory seals CodeResources, and there is none");
}

static enum macho_seal seal_of_resources(struct sealing *s,
                                         const struct macho_code_directory *directory,
                                         const uint8_t *slot)
{
    struct macho_source part;
    const enum status status = open_part(s, MACHO_BUNDLE_RESOURCES, &part);
    if (status != OK)
        return status == END ? MACHO_SEAL_MISSING : MACHO_SEAL_NOT_READ;
    const enum macho_seal seal = sealing_begin(s, directory) && add_part(s, &part)
                                     ? sealing_end(s, directory, slot)
                                     : MACHO_SEAL_NOT_READ;
    s->bundle->close(s->bundle->context, &part);
    return seal;
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

// By its place, or by any part that is there.
static bool is_in_bundle(struct sealing *s)
{
    if (s->bundle == NULL)
        return false;
    return s->bundle->is_around || s->seals->has_stapled_ticket || has_part(s, MACHO_BUNDLE_INFO) ||
           has_part(s, MACHO_BUNDLE_RESOURCES);
}

static bool has_part(struct sealing *s, enum macho_bundle_part part)
{
    struct macho_source source;
    struct err err;
    const enum status status = s->bundle->open(s->bundle->context, part, &source, &err);
    if (status == OK)
        s->bundle->close(s->bundle->context, &source);
    return status != END;
}
