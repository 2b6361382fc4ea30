// The closure is a list that is walked while it grows; each entry knows how it was reached.

#include "macho/frameworks.h"

#include "base/map.h"

#define MH_EXECUTE    2u
#define PARENT_NONE   SIZE_MAX
#define SWIFT_OVERLAY "libswiftFoundation.dylib"

// One framework reached, and from where.
struct reached {
    str name;
    str inside;                     // The outermost framework around it, where it is a part of one.
    const struct macho_link *link;  // NULL where it is re-exported by `parent`.
    size_t parent;
    bool is_system;
};

struct closure {
    struct reached *at;
    size_t count;
    struct map by_name;
    struct arena *arena;
};

static void add_linked(struct closure *closure, const struct macho_link *link);
static bool framework_of(str path, str *out_name, str *out_inside);
static bool is_system_path(str path);
static void add_reexported(struct closure *closure);
static bool add(struct closure *closure, struct reached reached);
static bool has_name(const void *context, uint32_t value);
static void tell_frameworks(const struct closure *closure, struct macho_linkage *out);
static str how_of(const struct closure *closure, size_t index);
static void judge(const struct macho_image *image, str path, const struct closure *closure,
                  const str *apis, size_t api_count, struct macho_linkage *out);
static bool reach_of(const struct closure *closure, str api, str *out);
static str because_of(const struct closure *closure, size_t index, str api);
static void doubt(const struct macho_image *image, struct arena *a, struct macho_linkage *out);
static const struct macho_link *foreign_link(const struct macho_image *image, size_t *out_count);
static void add_because(struct macho_linkage *out, str text);
static bool is_versioned(str name, str base);

// From the stubs of Apple's SDKs 11.3 and 14.2: who re-exports whom.
static const struct {
    const char *umbrella;
    const char *framework;
} reexports[] = {
    { "AddressBook", "AddressBookCore" },
    { "AddressBook", "ContactsPersistence" },
    { "AppKit", "ApplicationServices" },
    { "AppKit", "Foundation" },
    { "AppKit", "UIFoundation" },
    { "ApplicationServices", "ATS" },
    { "ApplicationServices", "ColorSync" },
    { "ApplicationServices", "CoreGraphics" },
    { "ApplicationServices", "CoreServices" },
    { "ApplicationServices", "CoreText" },
    { "ApplicationServices", "HIServices" },
    { "ApplicationServices", "ImageIO" },
    { "ApplicationServices", "LangAnalysis" },
    { "ApplicationServices", "PrintCore" },
    { "ApplicationServices", "QD" },
    { "ApplicationServices", "SpeechSynthesis" },
    { "Carbon", "ApplicationServices" },
    { "Carbon", "CommonPanels" },
    { "Carbon", "HIToolbox" },
    { "Carbon", "Help" },
    { "Carbon", "ImageCapture" },
    { "Carbon", "Ink" },
    { "Carbon", "OpenScripting" },
    { "Carbon", "Print" },
    { "Carbon", "SecurityHI" },
    { "Carbon", "SpeechRecognition" },
    { "Cocoa", "AppKit" },
    { "Cocoa", "CoreData" },
    { "CoreServices", "AE" },
    { "CoreServices", "CFNetwork" },
    { "CoreServices", "CarbonCore" },
    { "CoreServices", "CoreFoundation" },
    { "CoreServices", "DictionaryServices" },
    { "CoreServices", "FSEvents" },
    { "CoreServices", "LaunchServices" },
    { "CoreServices", "Metadata" },
    { "CoreServices", "OSServices" },
    { "CoreServices", "SearchKit" },
    { "CoreServices", "SharedFileList" },
    { "Foundation", "CoreFoundation" },
    { "OpenDirectory", "CFOpenDirectory" },
    { "QuartzCore", "CoreImage" },
    { "QuartzCore", "CoreVideo" },
    { "SecurityFoundation", "Security" },
    { "SecurityInterface", "SecurityFoundation" },
};

// File names, and signing identifiers up to a version.
static const char *const interpreters[] = {
    "osascript", "python", "ruby", "perl", "node", "java",    "jsc", "php",  "tclsh",   "wish",
    "lua",       "luajit", "deno", "bun",  "pwsh", "Rscript", "irb", "pypy", "pythonw",
};
static const char *const interpreter_identifiers[] = {
    "com.apple.osascript", "com.apple.python",      "com.apple.ruby",
    "com.apple.perl",      "com.apple.java",        "com.apple.jsc",
    "org.python.python",   "net.java.openjdk.java", "com.oracle.java",
};

void macho_native_api(const struct macho_image *image, str path, const str *api_frameworks,
                      size_t api_framework_count, struct arena *a, struct macho_linkage *out)
{
    struct closure closure = { .arena = a };
    struct macho_linkage linkage = { .verdict = MACHO_NATIVE_API_UNKNOWN };

    closure.at = arena_alloc(a, (image->link_count + COUNT_OF(reexports)) * sizeof *closure.at);
    for (size_t i = 0; i < image->link_count; i++)
        add_linked(&closure, &image->links[i]);
    add_reexported(&closure);
    tell_frameworks(&closure, &linkage);
    linkage.because.at = arena_alloc(a, (api_framework_count + 1) * sizeof *linkage.because.at);
    judge(image, path, &closure, api_frameworks, api_framework_count, &linkage);
    map_done(&closure.by_name);
    *out = linkage;
}

static void add_linked(struct closure *closure, const struct macho_link *link)
{
    struct reached reached = { .link = link, .parent = PARENT_NONE };
    if (str_eq(str_base_name(link->name), STR(SWIFT_OVERLAY))) {
        reached.name = STR("Foundation");
        reached.is_system = true;
        (void)add(closure, reached);
    } else if (framework_of(link->name, &reached.name, &reached.inside)) {
        reached.is_system = is_system_path(link->name);
        (void)add(closure, reached);
    }
}

// ".../X.framework/Versions/A/X" and ".../X.framework/X" are X. `out_inside` is the outermost
// framework of the path where that is another: LaunchServices lies inside CoreServices.
static bool framework_of(str path, str *out_name, str *out_inside)
{
    static const char suffix[] = ".framework";
    const str name = str_base_name(path);
    bool is_framework = false;
    str rest = path;
    str part;

    *out_inside = STR_EMPTY;
    while (str_take_until(&rest, '/', &part)) {
        if (!str_ends_with(part, STR(".framework")))
            continue;
        const str stem = str_to(part, part.len - (sizeof suffix - 1));
        if (str_eq(stem, name))
            is_framework = true;
        else if (out_inside->len == 0)
            *out_inside = stem;
    }
    *out_name = name;
    return is_framework && name.len > 0;
}

static bool is_system_path(str path)
{
    const bool has_prefix =
        str_starts_with(path, STR("/System/")) || str_starts_with(path, STR("/usr/lib/"));
    return has_prefix && !str_contains(path, STR("/../"));
}

// Walks the list while it grows: what a re-exported framework re-exports comes behind it.
static void add_reexported(struct closure *closure)
{
    for (size_t i = 0; i < closure->count; i++) {
        if (!closure->at[i].is_system)
            continue;
        for (size_t k = 0; k < COUNT_OF(reexports); k++)
            if (str_eq(closure->at[i].name, str_of(reexports[k].umbrella)))
                (void)add(closure, (struct reached){ .name = str_of(reexports[k].framework),
                                                     .parent = i,
                                                     .is_system = true });
    }
}

struct wanted {
    const struct closure *closure;
    const struct reached *reached;
};

static bool add(struct closure *closure, struct reached reached)
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
    const struct reached *there = &wanted->closure->at[value];
    return there->is_system == wanted->reached->is_system &&
           str_eq(there->name, wanted->reached->name);
}

static void tell_frameworks(const struct closure *closure, struct macho_linkage *out)
{
    out->frameworks = arena_alloc(closure->arena, closure->count * sizeof *out->frameworks);
    for (size_t i = 0; i < closure->count; i++) {
        const struct reached *reached = &closure->at[i];
        bool is_told = false;
        // A framework of the application's own may have the name of one of the system's.
        if (!reached->is_system) {
            const struct reached twin = { .name = reached->name, .is_system = true };
            const struct wanted wanted = { .closure = closure, .reached = &twin };
            is_told = map_find(&closure->by_name, str_hash(twin.name, true), has_name, &wanted) !=
                      MAP_NONE;
        }
        if (!is_told)
            out->frameworks[out->framework_count++] =
                (struct macho_framework){ reached->name, how_of(closure, i) };
    }
}

static str how_of(const struct closure *closure, size_t index)
{
    const struct reached *reached = &closure->at[index];
    if (reached->link != NULL)
        return macho_link_kind_name(reached->link->kind);
    str through = closure->at[reached->parent].name;
    for (size_t i = closure->at[reached->parent].parent; i != PARENT_NONE;
         i = closure->at[i].parent)
        through = arena_printf(closure->arena, "%.*s, %.*s", STR_ARG(closure->at[i].name),
                               STR_ARG(through));
    return arena_printf(closure->arena, "through %.*s", STR_ARG(through));
}

static void judge(const struct macho_image *image, str path, const struct closure *closure,
                  const str *apis, size_t api_count, struct macho_linkage *out)
{
    const str identifier =
        image->signature.best != NULL ? image->signature.best->identifier : STR_EMPTY;
    for (size_t i = 0; i < api_count; i++) {
        str because;
        if (reach_of(closure, apis[i], &because))
            add_because(out, because);
    }
    if (out->because.count > 0) {
        out->verdict = MACHO_NATIVE_API_YES;
    } else if (image->file_type == MH_EXECUTE && macho_is_interpreter(path, identifier)) {
        out->verdict = MACHO_NATIVE_API_BRIDGE;
        add_because(out, STR("an interpreter: its scripts reach the frameworks"));
    } else {
        doubt(image, closure->arena, out);
    }
}

static bool reach_of(const struct closure *closure, str api, str *out)
{
    for (size_t i = 0; i < closure->count; i++) {
        const struct reached *reached = &closure->at[i];
        if (reached->is_system && (str_eq(reached->name, api) || str_eq(reached->inside, api))) {
            *out = because_of(closure, i, api);
            return true;
        }
    }
    return false;
}

static str because_of(const struct closure *closure, size_t index, str api)
{
    const struct reached *reached = &closure->at[index];
    str tail = STR_EMPTY;
    if (!str_eq(reached->name, api))
        tail = arena_printf(closure->arena, ", a part of %.*s", STR_ARG(api));
    for (; reached->link == NULL; reached = &closure->at[reached->parent])
        tail = arena_printf(closure->arena, ", which re-exports %.*s%.*s", STR_ARG(reached->name),
                            STR_ARG(tail));

    const bool is_overlay = str_eq(str_base_name(reached->link->name), STR(SWIFT_OVERLAY));
    const str name = is_overlay ? STR(SWIFT_OVERLAY ", Swift's Foundation") : reached->name;
    const str kind = reached->link->kind == MACHO_LINK_LOAD
                         ? STR_EMPTY
                         : arena_printf(closure->arena, " (%.*s)",
                                        STR_ARG(macho_link_kind_name(reached->link->kind)));
    return arena_printf(closure->arena, "links %.*s%.*s%.*s", STR_ARG(name), STR_ARG(kind),
                        STR_ARG(tail));
}

// No path was found: whether that may be believed.
static void doubt(const struct macho_image *image, struct arena *a, struct macho_linkage *out)
{
    size_t foreign_count;
    const struct macho_link *foreign = foreign_link(image, &foreign_count);

    out->verdict = MACHO_NATIVE_API_UNKNOWN;
    if (!image->links_complete) {
        add_because(out, STR("the load commands could not all be read"));
    } else if (image->is_encrypted) {
        add_because(out, STR("the image is encrypted"));
    } else if (image->file_type == MH_EXECUTE && !image->is_dynamic) {
        add_because(out, STR("an executable without dyld: packed or static, it may load anything"));
    } else if (foreign != NULL) {
        add_because(out,
                    foreign_count == 1
                        ? arena_printf(a, "links %.*s, which was not read", STR_ARG(foreign->name))
                        : arena_printf(a, "links %.*s and %zu more that were not read",
                                       STR_ARG(foreign->name), foreign_count - 1));
    } else {
        out->verdict = MACHO_NATIVE_API_NO;
        add_because(out, STR("links none of the frameworks, nor an umbrella over one"));
    }
}

// The first link to a library that is not the system's.
static const struct macho_link *foreign_link(const struct macho_image *image, size_t *out_count)
{
    const struct macho_link *first = NULL;
    *out_count = 0;
    for (size_t i = 0; i < image->link_count; i++) {
        const str name = image->links[i].name;
        // Swift's runtime was shipped inside applications before it was part of the system.
        if (is_system_path(name) || str_starts_with(name, STR("@rpath/libswift")))
            continue;
        if (first == NULL)
            first = &image->links[i];
        ++*out_count;
    }
    return first;
}

static void add_because(struct macho_linkage *out, str text)
{
    out->because.at[out->because.count++] = text;
}

const str *macho_default_api_frameworks(size_t *out_count)
{
    static const str names[] = {
        { "CoreServices", sizeof "CoreServices" - 1 },
        { "Cocoa", sizeof "Cocoa" - 1 },
        { "Foundation", sizeof "Foundation" - 1 },
    };
    *out_count = COUNT_OF(names);
    return names;
}

bool macho_is_interpreter(str path, str identifier)
{
    const str name = str_base_name(path);
    for (size_t i = 0; i < COUNT_OF(interpreters); i++)
        if (is_versioned(name, str_of(interpreters[i])) ||
            is_versioned(identifier, str_of(interpreters[i])))
            return true;
    for (size_t i = 0; i < COUNT_OF(interpreter_identifiers); i++)
        if (is_versioned(identifier, str_of(interpreter_identifiers[i])))
            return true;
    return false;
}

// "python3.11" is "python" and a version. The framework's own binary is called "Python".
static bool is_versioned(str name, str base)
{
    if (!str_eq_nocase(str_to(name, base.len), base) || name.len < base.len)
        return false;
    for (size_t i = base.len; i < name.len; i++)
        if ((name.at[i] < '0' || name.at[i] > '9') && name.at[i] != '.' && name.at[i] != '-')
            return false;
    return true;
}

str macho_native_api_name(enum macho_native_api verdict)
{
    switch (verdict) {
    case MACHO_NATIVE_API_YES:
        return STR("yes");
    case MACHO_NATIVE_API_NO:
        return STR("no");
    case MACHO_NATIVE_API_BRIDGE:
        return STR("bridge");
    case MACHO_NATIVE_API_UNKNOWN:
        break;
    }
    return STR("unknown");
}
