#include "macho/frameworks.h"

#include "macho/places.h"
#include "macho/strings.h"
#include "macho/umbrellas.h"

#define MH_EXECUTE 2u
#define RPATH      "@rpath/"

// What the verdict is made from.
struct question {
    const struct macho_source *source;
    const struct macho_image *image;
    const struct macho_imports *imports;
    str path;
    const str *apis;
    size_t api_count;
    struct arena *arena;
};

static void judge(const struct question *q, const struct macho_closure *closure,
                  struct macho_linkage *out);
static bool is_bridge(const struct question *q);
static bool loads_by_name(const struct question *q, str *out_how, bool *out_only_finds);
static bool is_loader(str symbol);
static void look_through_strings(const struct question *q, bool only_literals, bool in_others,
                                 struct macho_strings *out);
static void doubt(const struct question *q, struct macho_linkage *out);
static str reason_to_doubt(const struct question *q);
static str loading_variable(const struct macho_image *image);
static const struct macho_link *foreign_link(const struct macho_image *image, size_t *out_count);
static str reaching_import(const struct question *q);
static bool is_asked_for(const struct question *q, str framework);
static void add_because(struct macho_linkage *out, str text);

void macho_native_api(const struct macho_source *source, const struct macho_image *image,
                      const struct macho_imports *imports, str path, const str *api_frameworks,
                      size_t api_framework_count, struct arena *a, struct macho_linkage *out)
{
    const struct question question = {
        .source = source,
        .image = image,
        .imports = imports,
        .path = path,
        .apis = api_frameworks,
        .api_count = api_framework_count,
        .arena = a,
    };
    struct macho_closure closure;
    struct macho_linkage linkage = { .verdict = MACHO_NATIVE_API_UNKNOWN };

    macho_closure_init(&closure, image, a);
    macho_closure_tell(&closure, &linkage);
    linkage.because.at = arena_alloc(a, (api_framework_count + 1) * sizeof *linkage.because.at);
    judge(&question, &closure, &linkage);
    macho_closure_done(&closure);
    *out = linkage;
}

static void judge(const struct question *q, const struct macho_closure *closure,
                  struct macho_linkage *out)
{
    struct macho_strings strings = { .path = STR_EMPTY, .is_complete = true };
    str how = STR_EMPTY;

    for (size_t i = 0; i < q->api_count; i++) {
        str because;
        if (macho_closure_reaches(closure, q->apis[i], &because))
            add_because(out, because);
    }
    if (out->because.count > 0) {
        out->verdict = MACHO_NATIVE_API_YES;
        return;
    }
    if (is_bridge(q)) {
        out->verdict = MACHO_NATIVE_API_BRIDGE;
        add_because(out, STR("an interpreter: its scripts reach the frameworks"));
        return;
    }
    doubt(q, out);
    // Only now, and only of what may load by name: strings are most of what an image has. Where the
    // verdict would be "no" nothing is left out.
    const bool is_no = out->verdict == MACHO_NATIVE_API_NO;
    bool only_finds;
    if (loads_by_name(q, &how, &only_finds) && (is_no || !only_finds))
        look_through_strings(q, only_finds, is_no, &strings);
    if (strings.path.len > 0) {
        out->verdict = MACHO_NATIVE_API_STRING;
        out->because.at[0] = arena_printf(q->arena, "names %.*s in its strings, and %.*s",
                                          STR_ARG(strings.path), STR_ARG(how));
    } else if (is_no && !strings.is_complete) {
        out->verdict = MACHO_NATIVE_API_UNKNOWN;
        out->because.at[0] =
            arena_printf(q->arena, "%.*s, and only %llu octets of its strings were looked through",
                         STR_ARG(how), (unsigned long long)strings.looked);
    }
}

static bool is_bridge(const struct question *q)
{
    const struct macho_code_directory *best = q->image->signature.best;
    return q->image->file_type == MH_EXECUTE &&
           macho_is_interpreter(q->path, best != NULL ? best->identifier : STR_EMPTY);
}

// `out_only_finds`: no function that loads is among its imports, but one that finds any.
static bool loads_by_name(const struct question *q, str *out_how, bool *out_only_finds)
{
    if (q->source == NULL || q->image->is_encrypted)
        return false;
    str loader = STR_EMPTY;
    *out_only_finds = false;
    for (size_t i = 0; q->imports != NULL && i < q->imports->all.count; i++) {
        const str symbol = q->imports->all.at[i];
        *out_only_finds = *out_only_finds || str_eq(symbol, STR("_dlsym"));
        if (is_loader(symbol) && (loader.len == 0 || str_cmp(symbol, loader) < 0))
            loader = symbol;
    }
    *out_only_finds = *out_only_finds && loader.len == 0 && q->imports->is_complete;
    if (*out_only_finds) {
        *out_how = STR("imports dlsym");
        return true;
    }
    if (loader.len > 0) {
        *out_how = arena_printf(q->arena, "imports %.*s", STR_ARG(str_from(loader, 1)));
        return true;
    }
    *out_how = q->imports == NULL ? STR("its imports were not read")
                                  : STR("its imports could not all be read");
    return q->imports == NULL || !q->imports->is_complete;
}

// Functions that bring in the library, or the bundle, at a path.
static bool is_loader(str symbol)
{
    // A '*' at the end stands for anything: families as a whole.
    static const str loaders[] = {
        STR_INIT("_CFBundleCreate*"),
        STR_INIT("_CFBundleLoadExecutable*"),
        STR_INIT("_CFPlugInCreate"),
        STR_INIT("_NSAddImage"),
        STR_INIT("_NSAddLibrary"),
        STR_INIT("_NSAddLibraryWithSearching"),
        STR_INIT("_NSCreateObjectFileImageFromFile"),
        STR_INIT("_NSCreateObjectFileImageFromMemory"),
        STR_INIT("_NSLinkModule"),
        STR_INIT("__sl_dlopen"),
        STR_INIT("_dlopen*"),
    };
    // Nearly all names begin otherwise.
    if (!str_starts_with(symbol, STR("_CF")) && !str_starts_with(symbol, STR("_NS")) &&
        !str_starts_with(symbol, STR("_dl")) && !str_starts_with(symbol, STR("__sl")))
        return false;
    const str name = str_to(symbol, str_find_char(symbol, '$'));
    for (size_t i = 0; i < COUNT_OF(loaders); i++) {
        const str family = str_to(loaders[i], str_find_char(loaders[i], '*'));
        if (family.len < loaders[i].len ? str_starts_with(name, family) : str_eq(name, family))
            return true;
    }
    return false;
}

static void look_through_strings(const struct question *q, bool only_literals, bool in_others,
                                 struct macho_strings *out)
{
    str *names;
    const size_t count = macho_umbrellas_over(q->apis, q->api_count, q->arena, &names);
    const struct macho_wanted_paths wanted = {
        .frameworks = names,
        .framework_count = count,
        .wholes = q->apis,
        .whole_count = q->api_count,
        .only_literals = only_literals,
        .in_others = in_others,
    };
    macho_find_framework_path(q->source, q->image, &wanted, q->arena, out);
}

// Nothing was found: whether that may be believed.
static void doubt(const struct question *q, struct macho_linkage *out)
{
    const str why = reason_to_doubt(q);
    out->verdict = why.len > 0 ? MACHO_NATIVE_API_UNKNOWN : MACHO_NATIVE_API_NO;
    add_because(out,
                why.len > 0 ? why : STR("links none of the frameworks, nor an umbrella over one"));
}

// Empty where there is none.
static str reason_to_doubt(const struct question *q)
{
    const struct macho_image *image = q->image;
    if (!image->links_complete)
        return STR("the load commands could not all be read");
    if (image->is_encrypted)
        return STR("the image is encrypted");
    if (image->file_type == MH_EXECUTE && !image->is_dynamic)
        return STR("an executable without dyld: packed or static, it may load anything");
    const str variable = loading_variable(image);
    if (variable.len > 0)
        return arena_printf(q->arena, "sets %.*s for itself (LC_DYLD_ENVIRONMENT)",
                            STR_ARG(variable));
    size_t count;
    const struct macho_link *foreign = foreign_link(image, &count);
    if (foreign != NULL && count > 1)
        return arena_printf(q->arena, "links %.*s and %zu more that were not read",
                            STR_ARG(foreign->name), count - 1);
    if (foreign != NULL)
        return arena_printf(q->arena, "links %.*s, which was not read", STR_ARG(foreign->name));
    return reaching_import(q);
}

// The first variable by which dyld loads other libraries than those that are linked.
static str loading_variable(const struct macho_image *image)
{
    for (size_t i = 0; i < image->environment.count; i++) {
        const str text = image->environment.at[i];
        const str name = str_to(text, str_find_char(text, '='));
        if (str_starts_with(name, STR("DYLD_")) &&
            (str_ends_with(name, STR("_PATH")) || str_ends_with(name, STR("_SUFFIX")) ||
             str_contains(name, STR("INSERT"))))
            return text;
    }
    return STR_EMPTY;
}

// The first link to a library that is not the system's.
static const struct macho_link *foreign_link(const struct macho_image *image, size_t *out_count)
{
    const struct macho_link *first = NULL;
    *out_count = 0;
    for (size_t i = 0; i < image->link_count; i++) {
        const str name = image->links[i].name;
        const bool is_swift = str_starts_with(name, STR(RPATH)) &&
                              macho_is_swift_runtime(str_from(name, sizeof RPATH - 1));
        if (is_swift || macho_is_system_path(name))
            continue;
        if (first == NULL)
            first = &image->links[i];
        ++*out_count;
    }
    return first;
}

// The first by octets, because the imports have no order, of those that name what they are of.
static str reaching_import(const struct question *q)
{
    str first = STR_EMPTY;
    str framework = STR_EMPTY;
    for (size_t i = 0; q->imports != NULL && i < q->imports->all.count; i++) {
        const str symbol = q->imports->all.at[i];
        const str of = macho_framework_of_symbol(symbol);
        if (is_asked_for(q, of) && (first.len == 0 || str_cmp(symbol, first) < 0)) {
            first = symbol;
            framework = of;
        }
    }
    return first.len == 0 ? STR_EMPTY
                          : arena_printf(q->arena, "imports %.*s of %.*s, which it does not link",
                                         STR_ARG(str_from(first, 1)), STR_ARG(framework));
}

static bool is_asked_for(const struct question *q, str framework)
{
    for (size_t i = 0; framework.len > 0 && i < q->api_count; i++)
        if (str_eq(q->apis[i], framework))
            return true;
    return false;
}

static void add_because(struct macho_linkage *out, str text)
{
    out->because.at[out->because.count++] = text;
}

const str *macho_default_api_frameworks(size_t *out_count)
{
    static const str names[] = {
        STR_INIT("CoreServices"),
        STR_INIT("Cocoa"),
        STR_INIT("Foundation"),
    };
    *out_count = COUNT_OF(names);
    return names;
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
    case MACHO_NATIVE_API_STRING:
        return STR("string");
    case MACHO_NATIVE_API_UNKNOWN:
        break;
    }
    return STR("unknown");
}
