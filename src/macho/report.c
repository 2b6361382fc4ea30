#include "macho/report.h"

static int badness_of(enum macho_signature_state state);
static int reach_of(enum macho_native_api verdict);

struct macho_report *macho_report_on(const struct macho_source *source, struct macho_file *file,
                                     const struct macho_report_options *options, struct arena *a)
{
    struct macho_report *reports = arena_zalloc(a, file->image_count * sizeof *reports);
    for (size_t i = 0; i < file->image_count; i++) {
        struct macho_image *image = &file->images[i];
        struct macho_report *report = &reports[i];
        if (options->only_watched)
            macho_gather_imports(source, image, a, &report->imports);
        else
            macho_read_imports(source, image, a, &report->imports);
        macho_read_signers(source, image, options->anchors, options->with_pages, a,
                           &report->signers);
        macho_read_seals(source, image, str_base_name(options->path), options->bundle,
                         options->with_pages, a, &report->seals);
        macho_native_api(source, image, &report->imports, options->path, options->api_frameworks,
                         options->api_framework_count, a, &report->linkage);
        // Last: it asks what the others found of the signature.
        macho_judge_injection(image, &report->signers, options->path, options->disk, a,
                              &report->injection);
    }
    return reports;
}

struct macho_verdicts macho_worst_of(const struct macho_file *file,
                                     const struct macho_report *reports)
{
    struct macho_verdicts worst = { .signature = MACHO_SIGNED,
                                    .injection = MACHO_INJECTION_CLOSED,
                                    .native_api = MACHO_NATIVE_API_NO };
    for (size_t i = 0; i < file->image_count; i++) {
        const enum macho_signature_state signature = file->images[i].signature.state;
        if (badness_of(signature) > badness_of(worst.signature))
            worst.signature = signature;
        if (reports[i].injection.verdict > worst.injection)
            worst.injection = reports[i].injection.verdict;
        if (reach_of(reports[i].linkage.verdict) > reach_of(worst.native_api))
            worst.native_api = reports[i].linkage.verdict;
    }
    return worst;
}

// A linker's signature says less than one that somebody made.
static int badness_of(enum macho_signature_state state)
{
    static const int badness[] = {
        [MACHO_SIGNED] = 0,   [MACHO_SIGNED_ADHOC] = 1,      [MACHO_SIGNED_BY_LINKER] = 2,
        [MACHO_UNSIGNED] = 3, [MACHO_SIGNATURE_INVALID] = 4,
    };
    return badness[state];
}

static int reach_of(enum macho_native_api verdict)
{
    static const int reach[] = {
        [MACHO_NATIVE_API_NO] = 0,     [MACHO_NATIVE_API_UNKNOWN] = 1,
        [MACHO_NATIVE_API_STRING] = 2, [MACHO_NATIVE_API_BRIDGE] = 3,
        [MACHO_NATIVE_API_YES] = 4,
    };
    return reach[verdict];
}
