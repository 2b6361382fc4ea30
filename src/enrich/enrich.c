#include "enrich/enrich.h"

#include "enrich/enricher.h"
#include "enrich/host_links.h"

#include <stdlib.h>

static enum status read_test_users(struct enricher *e, struct err *err);

enum status enricher_new(const struct enrich_options *options, const struct projection *projection,
                         const struct hosts *hosts, struct enricher **out, struct err *err)
{
    struct enricher *e = memory_zeroed(1, sizeof *e);
    e->lists = options->lists;
    e->projection = projection;
    e->hosts = hosts;
    programs_init(&e->programs, &e->lists);
    process_table_init(&e->table, options->processes_max, options->lineage_count);

    enum status status = read_test_users(e, err);
    if (status == OK && options->links_path.len > 0) {
        struct links *links;
        status = links_open(options->links_path, LINKS_READ, &links, err);
        if (status == OK)
            e->links = host_links_new_own(links, hosts);
        else
            err_prefix(err, "%.*s", STR_ARG(options->links_path));
    }
    if (status != OK) {
        enricher_free(e);
        return status;
    }
    struct enrich_options linkage = *options;
    linkage.read_images = options->read_images && !options->no_linkage;
    e->linkages = linkages_new(&linkage, options->no_linkage ? NULL : e->links);
    e->libraries = libraries_new(e->links, options->read_images);
    *out = e;
    return OK;
}

void enricher_free(struct enricher *e)
{
    if (e == NULL)
        return;
    process_table_done(&e->table);
    programs_done(&e->programs);
    linkages_free(e->linkages);
    libraries_free(e->libraries);
    host_links_free(e->links);
    free(e);
}

void enrich(struct enricher *e, struct event *event, struct batch *batch)
{
    struct process *p = lineage_follow(e, event);
    event->lineage = &p->lineage;
    e->counts.in++;
    e->counts.process_count = e->table.count;
    e->counts.evicted = e->table.evicted;
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
    };
    const uint8_t *wanted = e->projection->list[event->action];
    for (size_t i = 0; i < e->projection->count[event->action]; i++) {
        struct value *slot = &event->slots[wanted[i]];
        if (slot->type == VALUE_MISSING)
            *slot = slots_value(&v, (enum field)wanted[i]);
    }
}

const struct enrich_counts *enricher_counts(const struct enricher *e)
{
    return &e->counts;
}

static enum status read_test_users(struct enricher *e, struct err *err)
{
    if (e->lists.test_user_count > TEST_USERS_MAX)
        return fail(err, ERR_CONFIG, "$test_users has %zu users; at most %u are read",
                    e->lists.test_user_count, TEST_USERS_MAX);
    for (size_t i = 0; i < e->lists.test_user_count; i++) {
        const str user = e->lists.test_users[i];
        if (!str_to_i64(user, &e->test_users[i]))
            return fail(err, ERR_CONFIG, "$test_users: \"%.*s\" is no user id", STR_ARG(user));
    }
    e->test_user_count = e->lists.test_user_count;
    return OK;
}
