#include "inspect/reader.h"

#include "macho/print.h"
#include "macho/windows.h"

#define LINES_MAX TOLD_TEXT_MAX

struct reading {
    const struct reader_options *options;
    const struct reader_job *job;
    const struct reader_disk *disk;
    struct arena *arena;
    struct macho_file file;
    struct macho_report *reports;
    struct macho_verdicts worst;
    struct buf text;
    size_t told_bytes;
};

static enum status tell_image(struct reading *r, size_t index, struct err *err);
static enum status tell_texts(struct reading *r, const struct macho_subject *subject,
                              struct told *told, struct err *err);
static struct link_facts facts_of(const struct reading *r, size_t index);
static str because_lines(struct arena *a, const struct macho_linkage *linkage);
static str framework_lines(struct arena *a, const struct macho_linkage *linkage);
static void add_line(struct buf *b, str line);
static str lines_taken(struct buf *b, struct arena *a);

enum status reader_read(const struct reader_options *options, const struct reader_job *job,
                        const struct reader_disk *disk, struct arena *a, struct err *err)
{
    const struct macho_source whole = macho_source_of_open(&job->fd, job->size);
    const struct macho_source source =
        macho_windows_init(arena_alloc(a, sizeof(struct macho_windows)), &whole);
    const struct macho_report_options report = {
        .path = job->place.len > 0 ? job->place : job->path,
        .api_frameworks = options->api_frameworks,
        .api_framework_count = options->api_framework_count,
        .anchors = options->anchors,
        .bundle = &disk->bundle,
        .disk = &disk->disk,
        .with_pages = options->with_pages,
        .only_watched = !options->with_imports,
    };
    struct reading r = { .options = options, .job = job, .disk = disk, .arena = a };
    bool is_damaged = false;

    enum status status = macho_read(&source, a, &r.file, err);
    if (status != OK)
        return status;
    r.reports = macho_report_on(&source, &r.file, &report, a);
    r.worst = macho_worst_of(&r.file, r.reports);
    buf_init(&r.text, TOLD_TEXT_MAX);
    for (size_t i = 0; i < r.file.image_count && status == OK; i++) {
        status = tell_image(&r, i, err);
        is_damaged = is_damaged || !r.file.images[i].links_complete;
    }
    buf_done(&r.text);
    if (status == OK && is_damaged)
        return fail(err, ERR_FORMAT, "damaged: not all of its load commands could be read");
    return status;
}

static enum status tell_image(struct reading *r, size_t index, struct err *err)
{
    const struct macho_subject subject = {
        .path = r->job->path,
        .file = &r->file,
        .index = index,
        .report = &r->reports[index],
        .worst = &r->worst,

    };
    struct told told = { .facts = facts_of(r, index) };
    const enum status status = tell_texts(r, &subject, &told, err);
    if (status != OK)
        return status;
    r->told_bytes += told.facts.object.len + told.shown.len + told.page.len;
    if (r->told_bytes > TOLD_FILE_MAX)
        return fail(err, ERR_LIMIT, "more to tell than fits in %u MiB",
                    TOLD_FILE_MAX / (1024 * 1024));
    return r->disk->tell(r->disk->context, &told, err);
}

static enum status tell_texts(struct reading *r, const struct macho_subject *subject,
                              struct told *told, struct err *err)
{
    bool has_failed = false;
    buf_reset(&r->text);
    macho_print_object(&r->text, subject, r->arena);
    has_failed = r->text.failed;
    told->facts.object = arena_str(r->arena, buf_str(&r->text));
    struct macho_subject whole = *subject;
    whole.with_imports = r->options->with_imports;
    if (r->options->with_imports && !r->options->with_page) {
        buf_reset(&r->text);
        macho_print_object(&r->text, &whole, r->arena);
        has_failed = has_failed || r->text.failed;
        told->shown = arena_str(r->arena, buf_str(&r->text));
    }
    if (r->options->with_page) {
        buf_reset(&r->text);
        macho_print_page(&r->text, &whole, r->options->in_colour, r->arena);
        has_failed = has_failed || r->text.failed;
        told->page = buf_str(&r->text);
    }
    return has_failed ? fail(err, ERR_LIMIT, "more to tell of slice %zu than fits in %u MiB",
                             subject->index, TOLD_TEXT_MAX / (1024 * 1024))
                      : OK;
}

static struct link_facts facts_of(const struct reading *r, size_t index)
{
    const struct macho_image *image = &r->file.images[index];
    const struct macho_report *report = &r->reports[index];
    const struct macho_claims *claims = &image->signature.claims;
    struct link_facts facts = {
        .slice = (uint32_t)index,
        .arch = image->arch,
        .file_type = macho_file_type_name(image->file_type),
        .native_api = macho_native_api_name(report->linkage.verdict),
        .because = because_lines(r->arena, &report->linkage),
        .frameworks = framework_lines(r->arena, &report->linkage),
        .entitlements = image->signature.entitlements,
        .signature = macho_signature_state_name(image->signature.state),
        .chain = macho_chain_name(report->signers.chain),
        .injection = macho_injection_name(report->injection.verdict),
        .jit_declared = claims->allow_jit || claims->allow_unsigned_executable_memory ||
                        claims->disable_executable_page_protection,
        .get_task_allow = claims->get_task_allow,
        .disable_library_validation = claims->disable_library_validation,
        .allow_dyld_environment = claims->allow_dyld_environment,
    };
    if (image->signature.best != NULL) {
        facts.cdhash = image->signature.best->cdhash;
        facts.identifier = image->signature.best->identifier;
        facts.team_id = image->signature.best->team_id;
        facts.flags = image->signature.best->flags;
    }
    return facts;
}

static str because_lines(struct arena *a, const struct macho_linkage *linkage)
{
    struct buf b;
    buf_init(&b, LINES_MAX);
    for (size_t i = 0; i < linkage->because.count; i++)
        add_line(&b, linkage->because.at[i]);
    return lines_taken(&b, a);
}

static str framework_lines(struct arena *a, const struct macho_linkage *linkage)
{
    struct buf b;
    buf_init(&b, LINES_MAX);
    for (size_t i = 0; i < linkage->framework_count; i++)
        add_line(&b, linkage->frameworks[i].name);
    return lines_taken(&b, a);
}

// An install name may hold a line end; it must not make two names of one.
static void add_line(struct buf *b, str line)
{
    if (b->len > 0)
        buf_add_char(b, '\n');
    for (size_t i = 0; i < line.len; i++)
        buf_add_char(b, line.at[i] == '\n' ? ' ' : line.at[i]);
}

static str lines_taken(struct buf *b, struct arena *a)
{
    const str kept = arena_str(a, buf_str(b));
    buf_done(b);
    return kept;
}
