#include "enrich/enrich.h"

#include "enrich/enricher.h"
#include "enrich/files.h"
#include "enrich/host_links.h"
#include "enrich/past.h"

#include <stdlib.h>

static const str list_names[ENRICH_LIST_COUNT] = {
#define LIST(identifier, name) [ENRICH_LIST_##identifier] = STR_INIT(name),
    ENRICH_LISTS(LIST)
#undef LIST
};

str enrich_list_name(enum enrich_list list)
{
    return list_names[list];
}

// Variables are picked from the exec's, and users may be listed by name.
void enrich_want(const struct enrich_lists *lists, struct projection *projection)
{
    if (projection_wants_ever(projection, FIELD_PROCESS_RUNTIME_ENV))
        projection_want(projection, ACTION_EXEC, FIELD_PROCESS_ENV_VARS);
    if (lists->of[ENRICH_LIST_DEVELOPER_USERS].count + lists->of[ENRICH_LIST_TEST_USERS].count > 0)
        for (size_t action = 0; action < ACTION_COUNT; action++)
            projection_want(projection, (enum action)action, FIELD_USER_NAME);
}
static void count(struct enricher *e);
static int64_t range_of(struct enricher *e, const struct event *event, struct process *p);

enum status enricher_new(const struct enrich_options *options, const struct projection *projection,
                         const struct hosts *hosts, struct enricher **out, struct err *err)
{
    struct enricher *e = memory_zeroed(1, sizeof *e);
    e->lists = options->lists;
    e->projection = projection;
    e->hosts = hosts;
    programs_init(&e->programs, &e->lists);
    process_table_init(&e->table, options->processes_max, options->lineage_count);
    variables_init(&e->runtime_variables, e->lists.of[ENRICH_LIST_RUNTIME_VARIABLES]);
    e->keeps_runtime_env = projection_wants_ever(projection, FIELD_PROCESS_RUNTIME_ENV);
    e->notes_owners = projection_wants_ever(projection, FIELD_FILE_BY_OWNER) ||
                      projection_wants_ever(projection, FIELD_DLL_WRITTEN_BY);
    ranges_init(&e->ranges, RANGES_MAX);
    writers_init(&e->writers, WRITERS_MAX);
    seen_init(&e->cdhashes, CDHASHES_MAX);
    seen_init(&e->signers, SIGNERS_MAX);
    e->read_images = options->read_images;
    past_want(e);

    enum status status = assets_init(&e->assets, &e->lists, hosts, err);
    if (status == OK && options->links_path.len > 0) {
        struct links *links;
        status = links_open(options->links_path, LINKS_READ, &links, err);
        if (status == OK)
            e->links = host_links_new_own(links, hosts);
    }
    if (status != OK) {
        enricher_free(e);
        return status;
    }
    struct enrich_options linkage = *options;
    linkage.read_images = options->read_images && !options->no_linkage;
    e->linkages = linkages_new(&linkage, options->no_linkage ? NULL : e->links);
    e->libraries = libraries_new(e->links, options->read_images);
    e->owners = owners_new(e->links);
    *out = e;
    return OK;
}

void enricher_free(struct enricher *e)
{
    if (e == NULL)
        return;
    process_table_done(&e->table);
    writers_done(&e->writers);
    seen_done(&e->cdhashes);
    seen_done(&e->signers);
    arena_done(&e->scratch);
    programs_done(&e->programs);
    linkages_free(e->linkages);
    libraries_free(e->libraries);
    owners_free(e->owners);
    assets_done(&e->assets);
    host_links_free(e->links);
    free(e);
}

void enrich(struct enricher *e, struct event *event, struct batch *batch)
{
    struct process *p = lineage_follow(e, event);
    event->lineage = &p->lineage;
    past_see(e, event, p);
    const struct process_facts *facts = &event->process;
    const bool has_flags = facts->cs_told;
    struct view v = {
        .enricher = e,
        .event = event,
        .arena = &batch->arena,
        .process = p,
        .facts = facts,
        .image = p->image,
        // A sensor that tells flags at exec only has them from then on.
        .cs_flags = has_flags ? facts->cs_flags : p->image->program->cs_flags,
        .is_platform = facts->is_platform || (!has_flags && p->image->program->is_platform),
        .range = e->wants.ranges ? range_of(e, event, p) : 0,
    };
    if (e->wants.writers)
        files_follow(&v);
    const uint8_t *wanted = e->projection->list[event->action];
    for (size_t i = 0; i < e->projection->count[event->action]; i++) {
        struct value *slot = &event->slots[wanted[i]];
        if (slot->type == VALUE_MISSING)
            *slot = slots_value(&v, (enum field)wanted[i]);
    }
    if (e->wants.writers)
        files_follow_end(&v);
    count(e);
}

static void count(struct enricher *e)
{
    e->counts.in++;
    e->counts.process_count = e->table.count;
    if (e->links != NULL)
        e->counts.lookups_failed = links_failed_count(host_links_inventory(e->links));
    e->counts.evicted = e->table.evicted;
    e->counts.owners_evicted = owners_evicted(e->owners);
    e->counts.writers_evicted = e->writers.evicted;
    e->counts.cdhashes_evicted = e->cdhashes.evicted;
    e->counts.signers_evicted = e->signers.evicted;
    e->counts.ranges_evicted = e->ranges.evicted;
}

// Also of events that nobody asks it of: a range keeps its number in later ones.
static int64_t range_of(struct enricher *e, const struct event *event, struct process *p)
{
    const struct value address = event->slots[FIELD_API_ADDRESS];
    const struct value size = event->slots[FIELD_API_SIZE];
    const struct value protection = event->slots[FIELD_API_PROTECTION];
    if (address.type != VALUE_INT)
        return 0;
    const bool is_mapping = event->action == ACTION_MPROTECT || event->action == ACTION_MMAP ||
                            event->action == ACTION_LOAD;
    const bool is_writable =
        protection.type == VALUE_TEXT && str_find_char(value_str(protection), 'W') < protection.len;
    const struct range range =
        ranges_of((uint64_t)address.integer, size.type == VALUE_INT ? (uint64_t)size.integer : 0);
    return ranges_number(&e->ranges, &p->ranges, &p->range_count, range, is_mapping && is_writable);
}

const struct enrich_counts *enricher_counts(const struct enricher *e)
{
    return &e->counts;
}
