// Who is whose child: what forks, execs and exits do to the process table.
//
// A process keeps the parent that it had when it was first met: when a parent ends, the kernel
// says launchd instead, and what mattered would be lost.

#include "enrich/enricher.h"

static struct process *follow_fork(struct enricher *e, const struct event *event);
static struct process *follow_exec(struct enricher *e, const struct event *event);
static struct process *follow_unversioned_exec(struct enricher *e, struct process *p,
                                               const struct event *event);
static struct process *meet(struct enricher *e, const struct event *event,
                            const struct process_facts *facts);
static struct process *add(struct enricher *e, const struct event *event,
                           const struct process_facts *facts, const struct process *parent);
static struct process *find(struct enricher *e, uint32_t host, struct process_id id);
static void set_parent(struct enricher *e, struct process *p, struct process_id id,
                       const struct process *parent);
static void inherit(struct process *p, const struct process *old);
static void set_image_own(struct process *p, struct image *image);
static void settle(struct enricher *e, struct process *p, int64_t euid);
static struct image *image_of(struct enricher *e, uint32_t host, const struct process_facts *facts,
                              const struct event *exec);

struct process *lineage_follow(struct enricher *e, const struct event *event)
{
    struct process *p;
    process_table_expire(&e->table, event->host, event->time_ns);
    if (event->action == ACTION_FORK)
        p = follow_fork(e, event);
    else if (event->action == ACTION_EXEC)
        p = follow_exec(e, event);
    else
        p = meet(e, event, &event->process);

    process_table_see(&e->table, p, event->time_ns);
    if (event->action == ACTION_END)
        process_table_end(&e->table, p, event->time_ns);
    return p;
}

void lineage_find_parent(struct enricher *e, struct process *p)
{
    if (p->parent_image != NULL || p->parent.pid < 0)
        return;
    const struct process *parent = find(e, p->host, p->parent);
    if (parent != NULL)
        set_parent(e, p, p->parent, parent);
}

// A child carries its parent's image, and all that is known of it, until it execs.
static struct process *follow_fork(struct enricher *e, const struct event *event)
{
    const struct process_facts *facts = &event->process;
    const struct process_id parent_id =
        event->previous.present ? event->previous.id : facts->parent;
    struct process *parent = find(e, event->host, parent_id);
    if (parent == NULL) {
        e->counts.parents_unknown++;
        if (event->previous.present)
            parent = meet(e, event, &event->previous);
    }
    struct process *p = find(e, event->host, facts->id);
    // A sensor that tells no pidversion tells of a new life by a fork.
    if (p != NULL && p->id.pidversion < 0 && p != parent) {
        process_table_remove(&e->table, p);
        p = NULL;
    }
    if (p == NULL) {
        p = process_table_add(&e->table, event->host, facts->id, parent);
        p->entity = entity_text_of(e->hosts->at[event->host].id, facts->id);
        const bool is_same_image =
            parent != NULL && (facts->executable.len == 0 ||
                               str_eq(facts->executable, parent->image->facts.executable));
        p->image =
            is_same_image ? image_hold(parent->image) : image_of(e, event->host, facts, NULL);
    }
    p->seen_start = true;
    set_parent(e, p, parent_id, parent);
    settle(e, p, facts->euid);
    return p;
}

// The same pid in a new version: the old one has ended, its parent is the new one's parent.
static struct process *follow_exec(struct enricher *e, const struct event *event)
{
    const struct process_facts *facts = &event->process;
    struct process *old = event->previous.present ? find(e, event->host, event->previous.id) : NULL;
    struct process *p = find(e, event->host, facts->id);
    if (p != NULL && (old == NULL || p == old))
        return follow_unversioned_exec(e, p, event);

    struct image *image = image_of(e, event->host, facts, event);
    if (p == NULL) {
        p = process_table_add(&e->table, event->host, facts->id, old);
        p->entity = entity_text_of(e->hosts->at[event->host].id, facts->id);
    }
    set_image_own(p, image);
    p->seen_start = true;
    if (old != NULL) {
        inherit(p, old);
        process_table_end(&e->table, old, event->time_ns);
    }
    if (p->parent.pid < 0)
        set_parent(e, p, facts->parent, find(e, event->host, facts->parent));
    lineage_find_parent(e, p);
    e->counts.parents_unknown += p->parent_image == NULL;
    e->counts.linkage[p->image->linkage->verdict]++;
    settle(e, p, facts->euid);
    return p;
}

// The sensor names the process alike before and after, or records of it came before its exec.
static struct process *follow_unversioned_exec(struct enricher *e, struct process *p,
                                               const struct event *event)
{
    p->is_below_developer_tool |= p->image->is_developer_tool;
    lineage_replace(&p->lineage);
    set_image_own(p, image_of(e, event->host, &event->process, event));
    p->seen_start = true;
    lineage_find_parent(e, p);
    e->counts.parents_unknown += p->parent_image == NULL;
    e->counts.linkage[p->image->linkage->verdict]++;
    settle(e, p, event->process.euid);
    return p;
}

// The process, which is added from the record's facts where neither fork nor exec told of it.
static struct process *meet(struct enricher *e, const struct event *event,
                            const struct process_facts *facts)
{
    struct process *p = find(e, event->host, facts->id);
    if (p == NULL) {
        e->counts.starts_unseen++;
        return add(e, event, facts, find(e, event->host, facts->parent));
    }
    // Another image under the same numbers: an exec that was missed, or numbers that came back
    // after the Mac was started anew. The record knows better than the table.
    if (facts->executable.len > 0 &&
        !str_eq(str_to(facts->executable, IMAGE_PATH_MAX), p->image->facts.executable)) {
        set_image_own(p, image_of(e, event->host, facts, NULL));
        settle(e, p, facts->euid);
    }
    return p;
}

static struct process *add(struct enricher *e, const struct event *event,
                           const struct process_facts *facts, const struct process *parent)
{
    struct process *p = process_table_add(&e->table, event->host, facts->id, parent);
    p->entity = entity_text_of(e->hosts->at[event->host].id, facts->id);
    p->image = image_of(e, event->host, facts, NULL);
    set_parent(e, p, facts->parent, parent);
    settle(e, p, facts->euid);
    return p;
}

static struct process *find(struct enricher *e, uint32_t host, struct process_id id)
{
    return process_table_find(&e->table, host, id);
}

static void set_parent(struct enricher *e, struct process *p, struct process_id id,
                       const struct process *parent)
{
    struct image *image = parent == NULL ? NULL : image_hold(parent->image);
    image_release(p->parent_image);
    p->parent_image = image;
    p->parent = id;
    p->parent_entity =
        parent == NULL ? entity_text_of(e->hosts->at[p->host].id, id) : parent->entity;
    if (parent == NULL)
        return;
    p->is_below_developer_tool |=
        parent->is_below_developer_tool || parent->image->is_developer_tool;
    lineage_inherit(&p->lineage, &parent->lineage);
}

// What a new version of a pid has of the old one. A tool that execs another has started it too.
static void inherit(struct process *p, const struct process *old)
{
    struct image *image = image_hold(old->parent_image);
    image_release(p->parent_image);
    p->parent_image = image;
    p->parent = old->parent;
    p->parent_entity = old->parent_entity;
    p->is_below_developer_tool |= old->is_below_developer_tool || old->image->is_developer_tool;
    lineage_go_on(&p->lineage, &old->lineage);
}

static void set_image_own(struct process *p, struct image *image)
{
    image_release(p->image);
    p->image = image;
}

static void settle(struct enricher *e, struct process *p, int64_t euid)
{
    struct context_facts facts = {
        .is_below_developer_tool = p->is_below_developer_tool,
        .is_developer_tool = p->image->is_developer_tool,
        .is_trusted = p->image->is_trusted,
        .is_debuggable = (p->image->facts.cs_flags & CS_GET_TASK_ALLOW) != 0,
    };
    for (size_t i = 0; i < e->test_user_count; i++)
        if (e->test_users[i] == euid)
            facts.is_test_user = true;
    p->context = context_of(&facts);
}

static struct image *image_of(struct enricher *e, uint32_t host, const struct process_facts *facts,
                              const struct event *exec)
{
    return image_keep(host, facts, exec, &e->lists, e->linkages);
}
