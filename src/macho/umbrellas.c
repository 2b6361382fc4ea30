// The closure is a list that is walked while it grows; each entry knows how it was reached.

#include "macho/umbrellas.h"

#include "macho/places.h"

#define PARENT_NONE SIZE_MAX

struct wanted {
    const struct macho_closure *closure;
    const struct macho_reached *reached;
};

static void add_linked(struct macho_closure *closure, const struct macho_link *link);
static bool is_library_of(str framework, str name);
static bool is_overlay(str library);
static void add_reexported(struct macho_closure *closure);
static bool add(struct macho_closure *closure, struct macho_reached reached);
static bool has_name(const void *context, uint32_t value);
static str how_of(const struct macho_closure *closure, size_t index);
static str because_of(const struct macho_closure *closure, size_t index, str api);
static bool is_among(str name, const str *names, size_t count);

// From the stubs of Apple's SDKs 11.3 and 14.2: who re-exports whom.
static const struct {
    str umbrella;
    str framework;
} reexports[] = {
    { STR_INIT("AddressBook"), STR_INIT("AddressBookCore") },
    { STR_INIT("AddressBook"), STR_INIT("ContactsPersistence") },
    { STR_INIT("AddressBookCore"), STR_INIT("ContactsPersistence") },
    { STR_INIT("AppKit"), STR_INIT("ApplicationServices") },
    { STR_INIT("AppKit"), STR_INIT("Foundation") },
    { STR_INIT("AppKit"), STR_INIT("UIFoundation") },
    { STR_INIT("ApplicationServices"), STR_INIT("ATS") },
    { STR_INIT("ApplicationServices"), STR_INIT("ColorSync") },
    { STR_INIT("ApplicationServices"), STR_INIT("ColorSyncLegacy") },
    { STR_INIT("ApplicationServices"), STR_INIT("CoreGraphics") },
    { STR_INIT("ApplicationServices"), STR_INIT("CoreServices") },
    { STR_INIT("ApplicationServices"), STR_INIT("CoreText") },
    { STR_INIT("ApplicationServices"), STR_INIT("HIServices") },
    { STR_INIT("ApplicationServices"), STR_INIT("ImageIO") },
    { STR_INIT("ApplicationServices"), STR_INIT("LangAnalysis") },
    { STR_INIT("ApplicationServices"), STR_INIT("PrintCore") },
    { STR_INIT("ApplicationServices"), STR_INIT("QD") },
    { STR_INIT("ApplicationServices"), STR_INIT("SpeechSynthesis") },
    { STR_INIT("Carbon"), STR_INIT("ApplicationServices") },
    { STR_INIT("Carbon"), STR_INIT("CommonPanels") },
    { STR_INIT("Carbon"), STR_INIT("HIToolbox") },
    { STR_INIT("Carbon"), STR_INIT("Help") },
    { STR_INIT("Carbon"), STR_INIT("ImageCapture") },
    { STR_INIT("Carbon"), STR_INIT("Ink") },
    { STR_INIT("Carbon"), STR_INIT("OpenScripting") },
    { STR_INIT("Carbon"), STR_INIT("Print") },
    { STR_INIT("Carbon"), STR_INIT("SecurityHI") },
    { STR_INIT("Carbon"), STR_INIT("SpeechRecognition") },
    { STR_INIT("Cocoa"), STR_INIT("AppKit") },
    { STR_INIT("Cocoa"), STR_INIT("CoreData") },
    { STR_INIT("CoreMIDIServer"), STR_INIT("CoreMIDI") },
    { STR_INIT("CoreServices"), STR_INIT("AE") },
    { STR_INIT("CoreServices"), STR_INIT("CFNetwork") },
    { STR_INIT("CoreServices"), STR_INIT("CarbonCore") },
    { STR_INIT("CoreServices"), STR_INIT("CoreFoundation") },
    { STR_INIT("CoreServices"), STR_INIT("DictionaryServices") },
    { STR_INIT("CoreServices"), STR_INIT("FSEvents") },
    { STR_INIT("CoreServices"), STR_INIT("LaunchServices") },
    { STR_INIT("CoreServices"), STR_INIT("Metadata") },
    { STR_INIT("CoreServices"), STR_INIT("OSServices") },
    { STR_INIT("CoreServices"), STR_INIT("SearchKit") },
    { STR_INIT("CoreServices"), STR_INIT("SharedFileList") },
    { STR_INIT("Foundation"), STR_INIT("CoreFoundation") },
    { STR_INIT("IMServicePlugIn"), STR_INIT("IMServicePlugInSupport") },
    { STR_INIT("LinkPresentation"), STR_INIT("URLFormatting") },
    { STR_INIT("MetalPerformanceShaders"), STR_INIT("MPSCore") },
    { STR_INIT("MetalPerformanceShaders"), STR_INIT("MPSImage") },
    { STR_INIT("MetalPerformanceShaders"), STR_INIT("MPSMatrix") },
    { STR_INIT("MetalPerformanceShaders"), STR_INIT("MPSNDArray") },
    { STR_INIT("MetalPerformanceShaders"), STR_INIT("MPSNeuralNetwork") },
    { STR_INIT("MetalPerformanceShaders"), STR_INIT("MPSRayIntersector") },
    { STR_INIT("MetricKit"), STR_INIT("SignpostMetrics") },
    { STR_INIT("NetworkExtension"), STR_INIT("Network") },
    { STR_INIT("OpenDirectory"), STR_INIT("CFOpenDirectory") },
    { STR_INIT("PassKit"), STR_INIT("PassKitCore") },
    { STR_INIT("QD"), STR_INIT("ATSUI") },
    { STR_INIT("QuartzCore"), STR_INIT("CoreImage") },
    { STR_INIT("QuartzCore"), STR_INIT("CoreVideo") },
    { STR_INIT("SecurityFoundation"), STR_INIT("Security") },
    { STR_INIT("SecurityInterface"), STR_INIT("SecurityFoundation") },
};

// Swift's libraries over frameworks. What needs one calls the framework.
static const struct {
    str library;
    str framework;
} overlays[] = {
    { STR_INIT("libswiftAppKit.dylib"), STR_INIT("AppKit") },
    { STR_INIT("libswiftFoundation.dylib"), STR_INIT("Foundation") },
};

void macho_closure_init(struct macho_closure *closure, const struct macho_image *image,
                        struct arena *a)
{
    *closure = (struct macho_closure){ .arena = a };
    closure->at = arena_alloc(a, (image->link_count + COUNT_OF(reexports)) * sizeof *closure->at);
    for (size_t i = 0; i < image->link_count; i++)
        add_linked(closure, &image->links[i]);
    add_reexported(closure);
}

void macho_closure_done(struct macho_closure *closure)
{
    map_done(&closure->by_name);
}

static void add_linked(struct macho_closure *closure, const struct macho_link *link)
{
    struct macho_reached reached = { .link = link, .parent = PARENT_NONE };
    const str path = str_starts_with(link->name, STR("/"))
                         ? macho_normal_path(closure->arena, link->name)
                         : link->name;
    if (macho_framework_of(path, &reached.name, &reached.inside)) {
        reached.is_system = macho_is_system_path(path) || is_overlay(str_base_name(path));
        (void)add(closure, reached);
    }
}

bool macho_framework_of(str path, str *out_name, str *out_inside)
{
    const str suffix = STR(".framework");
    const str name = str_base_name(path);
    bool is_framework = false;
    str rest = path;
    str part;

    *out_name = name;
    *out_inside = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(overlays); i++)
        if (str_eq_nocase(name, overlays[i].library)) {
            *out_name = overlays[i].framework;
            return true;
        }
    while (str_take_until(&rest, '/', &part)) {
        if (part.len < suffix.len || !str_eq_nocase(str_from(part, part.len - suffix.len), suffix))
            continue;
        const str stem = str_to(part, part.len - suffix.len);
        if (is_library_of(stem, name)) {
            is_framework = stem.len > 0;
            *out_name = str_to(name, stem.len);
        } else if (out_inside->len == 0) {
            *out_inside = stem;
        }
    }
    return is_framework;
}

// By the framework's own name, or with one of the suffixes that Apple's build had and dyld asks for
// (DYLD_IMAGE_SUFFIX).
static bool is_library_of(str framework, str name)
{
    const str rest = str_from(name, framework.len);
    return name.len >= framework.len && str_eq_nocase(str_to(name, framework.len), framework) &&
           (rest.len == 0 || str_eq(rest, STR("_debug")) || str_eq(rest, STR("_profile")));
}

// Walks the list while it grows: what a re-exported framework re-exports comes behind it.
static void add_reexported(struct macho_closure *closure)
{
    for (size_t i = 0; i < closure->count; i++) {
        if (!closure->at[i].is_system)
            continue;
        for (size_t k = 0; k < COUNT_OF(reexports); k++)
            if (str_eq_nocase(closure->at[i].name, reexports[k].umbrella))
                (void)add(closure, (struct macho_reached){ .name = reexports[k].framework,
                                                           .parent = i,
                                                           .is_system = true });
    }
}

static bool add(struct macho_closure *closure, struct macho_reached reached)
{
    const struct wanted wanted = { .closure = closure, .reached = &reached };
    const uint64_t hash = str_hash(reached.name, reached.is_system);
    if (map_find(&closure->by_name, hash, has_name, &wanted) != MAP_NONE)
        return false;
    map_add(&closure->by_name, hash, (uint32_t)closure->count);
    closure->at[closure->count++] = reached;
    return true;
}

static bool has_name(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    const struct macho_reached *there = &wanted->closure->at[value];
    return there->is_system == wanted->reached->is_system &&
           str_eq(there->name, wanted->reached->name);
}

void macho_closure_tell(const struct macho_closure *closure, struct macho_linkage *out)
{
    out->frameworks = arena_alloc(closure->arena, closure->count * sizeof *out->frameworks);
    for (size_t i = 0; i < closure->count; i++) {
        const struct macho_reached *reached = &closure->at[i];
        bool is_told = false;
        // A framework of the application's own may have the name of one of the system's.
        if (!reached->is_system) {
            const struct macho_reached twin = { .name = reached->name, .is_system = true };
            const struct wanted wanted = { .closure = closure, .reached = &twin };
            is_told = map_find(&closure->by_name, str_hash(twin.name, true), has_name, &wanted) !=
                      MAP_NONE;
        }
        if (!is_told)
            out->frameworks[out->framework_count++] =
                (struct macho_framework){ reached->name, how_of(closure, i) };
    }
}

static str how_of(const struct macho_closure *closure, size_t index)
{
    const struct macho_reached *reached = &closure->at[index];
    if (reached->link != NULL)
        return macho_link_kind_name(reached->link->kind);
    str through = closure->at[reached->parent].name;
    for (size_t i = closure->at[reached->parent].parent; i != PARENT_NONE;
         i = closure->at[i].parent)
        through = arena_printf(closure->arena, "%.*s, %.*s", STR_ARG(closure->at[i].name),
                               STR_ARG(through));
    return arena_printf(closure->arena, "through %.*s", STR_ARG(through));
}

bool macho_closure_reaches(const struct macho_closure *closure, str api, str *out)
{
    for (size_t i = 0; i < closure->count; i++) {
        const struct macho_reached *reached = &closure->at[i];
        // The disk takes upper and lower case for the same.
        if (reached->is_system &&
            (str_eq_nocase(reached->name, api) || str_eq_nocase(reached->inside, api))) {
            *out = because_of(closure, i, api);
            return true;
        }
    }
    return false;
}

static str because_of(const struct macho_closure *closure, size_t index, str api)
{
    const struct macho_reached *reached = &closure->at[index];
    str tail = STR_EMPTY;
    if (!str_eq_nocase(reached->name, api))
        tail = arena_printf(closure->arena, ", a part of %.*s", STR_ARG(api));
    for (; reached->link == NULL; reached = &closure->at[reached->parent])
        tail = arena_printf(closure->arena, ", which re-exports %.*s%.*s", STR_ARG(reached->name),
                            STR_ARG(tail));

    const str library = str_base_name(reached->link->name);
    const str name = is_overlay(library) ? arena_printf(closure->arena, "%.*s, Swift's %.*s",
                                                        STR_ARG(library), STR_ARG(reached->name))
                                         : reached->name;
    const str kind = reached->link->kind == MACHO_LINK_LOAD
                         ? STR_EMPTY
                         : arena_printf(closure->arena, " (%.*s)",
                                        STR_ARG(macho_link_kind_name(reached->link->kind)));
    return arena_printf(closure->arena, "links %.*s%.*s%.*s", STR_ARG(name), STR_ARG(kind),
                        STR_ARG(tail));
}

size_t macho_umbrellas_over(const str *frameworks, size_t count, struct arena *a, str **out)
{
    str *names = arena_alloc(a, (count + COUNT_OF(reexports)) * sizeof *names);
    size_t reached = count;
    if (count > 0)
        memcpy(names, frameworks, count * sizeof *names);
    // Until a round finds nothing new: one more is found in every other.
    for (size_t before = 0; before != reached;) {
        before = reached;
        for (size_t i = 0; i < COUNT_OF(reexports); i++)
            if (is_among(reexports[i].framework, names, reached) &&
                !is_among(reexports[i].umbrella, names, reached))
                names[reached++] = reexports[i].umbrella;
    }
    *out = names;
    return reached;
}

static bool is_among(str name, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

static bool is_overlay(str library)
{
    for (size_t i = 0; i < COUNT_OF(overlays); i++)
        if (str_eq_nocase(library, overlays[i].library))
            return true;
    return false;
}
