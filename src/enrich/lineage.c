// Who is whose child: what forks, execs and exits do to the process table.
//
// A process keeps the parent that it had when it was first met: when a parent ends, the kernel
// says launchd instead, and what mattered would be lost.

#include "enrich/enricher.h"
#include "enrich/past.h"

static struct process *follow_fork(struct enricher *e, const struct event *event);
static bool is_told_again(const struct process *p, const struct event *event);
static struct process *follow_exec(struct enricher *e, const struct event *event);
static bool is_another_life(const struct process *p, const struct event *event);
static bool is_image_of(const struct process *p, const struct process_facts *facts);
static struct process *follow_exec_in_place(struct enricher *e, struct process *p,
                                            const struct event *event);
static struct process *meet(struct enricher *e, const struct event *event,
                            const struct process_facts *facts);
static void meet_target(struct enricher *e, const struct event *event, const struct process *actor);
static struct process *add(struct enricher *e, const struct event *event,
                           const struct process_facts *facts, const struct process *keep);
static struct process *begin_life(struct enricher *e, const struct event *event,
                                  const struct process_facts *facts, const struct process *keep);
static struct process *add_named(struct enricher *e, uint32_t host, const struct process_id *id,
                                 const struct process *keep);
static void set_parent(struct enricher *e, struct process *p, const struct process_id *id,
                       const struct process *parent);
static void inherit(struct process *p, const struct process *old);
static void set_image_own(struct process *p, struct image *image);
static void count_start(struct enricher *e, struct process *p, const struct event *event);
static void settle(struct enricher *e, struct process *p, const struct event *event,
                   const struct process_facts *facts);
static struct image *image_of(struct enricher *e, uint32_t host, const struct process_facts *facts,
                              const struct event *exec);

// One sensor's record of a start comes so much later than another's, at most.
#define TOLD_AGAIN_NS (5LL * 1000000000LL)

struct process *lineage_follow(struct enricher *e, const struct event *event)
{
    struct process *p;
    if (e->nobody != NULL)
        process_table_remove(&e->table, e->nobody);
    e->nobody = NULL;
    process_table_expire(&e->table, event->host, event->time_ns);
    if (!event->process.present)
        return e->nobody = add(e, event, &event->process, NULL);
    if (event->action == ACTION_FORK)
        p = follow_fork(e, event);
    else if (event->action == ACTION_EXEC)
        p = follow_exec(e, event);
    else
        p = meet(e, event, &event->process);

    process_table_see(&e->table, p, event->time_ns);
    meet_target(e, event, p);
    if (event->action == ACTION_END)
        process_table_end(&e->table, p, event->time_ns);
    return p;
}

void lineage_find_parent(struct enricher *e, struct process *p)
{
    if (p->parent_image != NULL || p->parent.pid < 0)
        return;
    const struct process *parent = lineage_find(e, p->host, &p->parent, p->seen_ns);
    if (parent != NULL)
        set_parent(e, p, &p->parent, parent);
}

struct process *lineage_find(const struct enricher *e, uint32_t host, const struct process_id *id,
                             int64_t time_ns)
{
    return process_table_find(&e->table, host, id, time_ns);
}

// A child carries its parent's image, and all that is known of it, until it execs.
static struct process *follow_fork(struct enricher *e, const struct event *event)
{
    const struct process_facts *facts = &event->process;
    const struct process_id *parent_id =
        event->previous.present ? &event->previous.id : &facts->parent;
    struct process *parent = lineage_find(e, event->host, parent_id, event->time_ns);
    if (parent == NULL) {
        e->counts.parents_unknown++;
        if (event->previous.present)
            parent = meet(e, event, &event->previous);
    }
    struct process *p = lineage_find(e, event->host, &facts->id, event->time_ns);
    const bool is_named = facts->id.pidversion >= 0 || facts->id.entity.len > 0;
    // A sensor that names no lives tells of a new one by a fork.
    if (p != NULL && !is_named && p != parent && !is_told_again(p, event)) {
        process_table_remove(&e->table, p);
        p = NULL;
    }
    if (p == NULL) {
        p = begin_life(e, event, facts, parent);
        const bool is_same_image =
            parent != NULL && (facts->executable.len == 0 ||
                               str_eq(facts->executable, parent->image->program->executable));
        p->image =
            is_same_image ? image_hold(parent->image) : image_of(e, event->host, facts, NULL);
    }
    process_table_name(&e->table, p, &facts->id);
    p->seen_start = true;
    set_parent(e, p, parent_id, parent);
    settle(e, p, event, facts);
    return p;
}

// Another sensor of the same Mac has told of this start just before.
static bool is_told_again(const struct process *p, const struct event *event)
{
    return p->seen_start && p->began_sensor != event->sensor &&
           event->time_ns - p->began_ns <= TOLD_AGAIN_NS &&
           p->began_ns - event->time_ns <= TOLD_AGAIN_NS;
}

// The same pid in a new version: the old one has ended, its parent is the new one's parent.
static struct process *follow_exec(struct enricher *e, const struct event *event)
{
    const struct process_facts *facts = &event->process;
    struct process *old = event->previous.present
                              ? lineage_find(e, event->host, &event->previous.id, event->time_ns)
                              : NULL;
    struct process *p = lineage_find(e, event->host, &facts->id, event->time_ns);
    if (p != NULL && is_another_life(p, event))
        p = NULL;
    if (p != NULL && (old == NULL || p == old || p->began_sensor != event->sensor))
        return follow_exec_in_place(e, p, event);

    struct image *image = image_of(e, event->host, facts, event);
    past_exec(e, event, image, NULL);
    if (p == NULL)
        p = begin_life(e, event, facts, old);
    set_image_own(p, image);
    if (old != NULL) {
        inherit(p, old);
        process_table_end(&e->table, old, event->time_ns);
    }
    count_start(e, p, event);
    return p;
}

// A sensor that names no lives: the same pid with another start, or of another parent, though nobody
// told that it ended. Or one that gives each image a name of its own, and has not given it yet: then the
// newest life of the pid is that image only where another sensor has just told of the same.
static bool is_another_life(const struct process *p, const struct event *event)
{
    const struct process_facts *facts = &event->process;
    if (is_told_again(p, event) && is_image_of(p, facts))
        return false;
    if (facts->id.pidversion >= 0)
        return p->id.pidversion != facts->id.pidversion;
    if (facts->id.entity.len > 0)
        return !str_eq(facts->id.entity, entity_str(&p->entity));
    return !event->previous.present && facts->parent.pid >= 0 && p->parent.pid >= 0 &&
           facts->parent.pid != p->parent.pid;
}

static bool is_image_of(const struct process *p, const struct process_facts *facts)
{
    return facts->executable.len == 0 ||
           str_eq(str_to(facts->executable, PROGRAM_PATH_MAX), p->image->program->executable);
}

// The sensor names the process alike before and after, or records of it came before its exec, or
// another sensor has told of it. Of two images that are one, that whose signature is told stays.
static struct process *follow_exec_in_place(struct enricher *e, struct process *p,
                                            const struct event *event)
{
    const bool is_again = is_told_again(p, event);
    const bool is_known = is_again && p->image->program->cs_told && !event->process.cs_told;
    if (!is_again) {
        p->below |= p->image->program->roles;
        lineage_replace(&p->lineage);
        ranges_release(&p->ranges);
    }
    if (!is_known) {
        struct image *image = image_of(e, event->host, &event->process, event);
        past_exec(e, event, image, is_again ? p->image : NULL);
        set_image_own(p, image);
    }
    process_table_name(&e->table, p, &event->process.id);
    count_start(e, p, event);
    return p;
}

static void count_start(struct enricher *e, struct process *p, const struct event *event)
{
    const struct process_facts *facts = &event->process;
    p->seen_start = true;
    p->began_ns = event->time_ns;
    p->began_sensor = event->sensor;
    if (p->parent.pid < 0)
        set_parent(e, p, &facts->parent,
                   lineage_find(e, event->host, &facts->parent, event->time_ns));
    lineage_find_parent(e, p);
    e->counts.parents_unknown += p->parent_image == NULL;
    e->counts.linkage[p->image->linkage->verdict]++;
    settle(e, p, event, facts);
}

// The process, which is added from the record's facts where neither fork nor exec told of it.
static struct process *meet(struct enricher *e, const struct event *event,
                            const struct process_facts *facts)
{
    struct process *p = lineage_find(e, event->host, &facts->id, event->time_ns);
    if (p == NULL) {
        e->counts.starts_unseen++;
        return add(e, event, facts, lineage_find(e, event->host, &facts->parent, event->time_ns));
    }
    process_table_name(&e->table, p, &facts->id);
    // Another image under the same numbers: an exec that was missed, or numbers that came back
    // after the Mac was started anew. The record knows better than the table.
    if (!is_image_of(p, facts)) {
        set_image_own(p, image_of(e, event->host, facts, NULL));
        settle(e, p, event, facts);
    }
    return p;
}

// Two sensors may each tell half of what is done to a process that never did anything itself: only
// here is it learned that it has both names.
static void meet_target(struct enricher *e, const struct event *event, const struct process *actor)
{
    const struct process_facts *facts = &event->target;
    if (!facts->present || facts->id.pid < 0 ||
        (facts->id.pidversion < 0 && facts->id.entity.len == 0))
        return;
    struct process *p = lineage_find(e, event->host, &facts->id, event->time_ns);
    if (p == NULL) {
        e->counts.starts_unseen++;
        p = add_named(e, event->host, &facts->id, actor);
        p->image = image_of(e, event->host, facts, NULL);
        set_parent(e, p, &facts->parent,
                   lineage_find(e, event->host, &facts->parent, event->time_ns));
        settle(e, p, event, facts);
    } else if (is_image_of(p, facts)) {
        process_table_name(&e->table, p, &facts->id);
    }
}

static struct process *add(struct enricher *e, const struct event *event,
                           const struct process_facts *facts, const struct process *keep)
{
    struct process *p = add_named(e, event->host, &facts->id, keep);
    p->image = image_of(e, event->host, facts, NULL);
    set_parent(e, p, &facts->parent, keep);
    settle(e, p, event, facts);
    return p;
}

// A new entry without an image. Where nothing but the pid is told, the moment of the record is the
// start: what else would tell this life from the next?
static struct process *begin_life(struct enricher *e, const struct event *event,
                                  const struct process_facts *facts, const struct process *keep)
{
    struct process_id id = facts->id;
    if (id.start_ns == 0 && id.pidversion < 0)
        id.start_ns = event->time_ns;
    struct process *p = add_named(e, event->host, &id, keep);
    p->began_ns = event->time_ns;
    p->began_sensor = event->sensor;
    return p;
}

static struct process *add_named(struct enricher *e, uint32_t host, const struct process_id *id,
                                 const struct process *keep)
{
    const bool is_again = process_table_is_again(&e->table, host, id);
    struct process *p = process_table_add(&e->table, host, id, keep);
    entity_set(&p->entity, e->hosts->at[host].id, id, is_again);
    return p;
}

static void set_parent(struct enricher *e, struct process *p, const struct process_id *id,
                       const struct process *parent)
{
    struct image *image = parent == NULL ? NULL : image_hold(parent->image);
    image_release(p->parent_image);
    p->parent_image = image;
    if (parent == NULL)
        entity_set(&p->parent_entity, e->hosts->at[p->host].id, id, false);
    else
        entity_copy(&p->parent_entity, &parent->entity);
    p->parent = *id;
    p->parent.entity = STR_EMPTY;  // The record's: it does not live so long.
    p->has_parent = parent != NULL || id->pid >= 0 || id->entity.len > 0;
    if (parent == NULL)
        return;
    if (p->parent.pid < 0)
        p->parent.pid = parent->id.pid;
    p->below |= parent->below | parent->image->program->roles;
    lineage_inherit(&p->lineage, &parent->lineage);
}

// What a new version of a pid has of the old one. A tool that execs another has started it too.
static void inherit(struct process *p, const struct process *old)
{
    struct image *image = image_hold(old->parent_image);
    image_release(p->parent_image);
    p->parent_image = image;
    p->parent = old->parent;
    p->has_parent = old->has_parent;
    entity_copy(&p->parent_entity, &old->parent_entity);
    p->below |= old->below | old->image->program->roles;
    lineage_go_on(&p->lineage, &old->lineage);
}

static void set_image_own(struct process *p, struct image *image)
{
    image_release(p->image);
    p->image = image;
}

// The record's user is that of the process that acts.
static void settle(struct enricher *e, struct process *p, const struct event *event,
                   const struct process_facts *facts)
{
    const struct program *program = p->image->program;
    const struct value name = event->slots[FIELD_USER_NAME];
    const bool has_name = facts == &event->process && name.type == VALUE_TEXT;
    const uint8_t assets =
        assets_of(&e->assets, p->host, facts->euid, has_name ? value_str(name) : STR_EMPTY);
    p->context = context_of(&(struct context_facts){
        .is_on_test_asset = (assets & ASSET_OF_TESTS) != 0,
        .is_on_developers_asset = (assets & ASSET_OF_DEVELOPERS) != 0,
        .is_below_test_tool = ((p->below | program->roles) & ROLE_TEST_TOOL) != 0,
        .is_below_developer_tool = (p->below & ROLE_DEVELOPER_TOOL) != 0,
        .is_below_package_manager = (p->below & ROLE_PACKAGE_MANAGER) != 0,
        .is_developer_tool = (program->roles & ROLE_DEVELOPER_TOOL) != 0,
        .is_trusted = program->is_trusted,
        .is_debuggable = (program->cs_flags & CS_GET_TASK_ALLOW) != 0,
        .is_linker_signed = (program->cs_flags & CS_LINKER_SIGNED) != 0,
        .path_class = program->path_class,
    });
}

static struct image *image_of(struct enricher *e, uint32_t host, const struct process_facts *facts,
                              const struct event *exec)
{
    const struct image_maker maker = {
        .programs = &e->programs,
        .linkages = e->linkages,
        .runtime_variables = e->keeps_runtime_env ? &e->runtime_variables : NULL,
    };
    struct image *image = image_keep(&maker, host, facts, exec);
    const struct program *program = image->program;
    if (e->notes_owners && program->is_trusted)
        owners_note(e->owners, host, str_to(program->executable, program->application_len),
                    program->team_id);
    return image;
}
