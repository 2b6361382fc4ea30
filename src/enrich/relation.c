// Fields that say how processes stand to one another: the signer against the parent, the actor
// against its target, and who may write into whose application.

#include "enrich/enricher.h"
#include "enrich/signing.h"

static str signer_of(const struct view *v);
static bool is_told(const struct program *program);
static bool is_installer(const struct view *v);
static struct value target_relation(const struct view *v, enum field field);
static bool is_same_team(const struct view *v, const struct process *target);
static bool is_child(const struct view *v, const struct process *target);
static bool is_by_owner(const struct view *v, str path);
static str team_of(const struct view *v);
static bool is_trusted(const struct view *v);

struct value relation_value(const struct view *v, enum field field)
{
    switch (field) {
    case FIELD_PROCESS_SIGNER:
        return value_of_text(signer_of(v));
    case FIELD_PROCESS_INSTALLER:
        return value_of_bool(is_installer(v));
    case FIELD_FILE_BY_OWNER: {
        const struct value path = v->event->slots[FIELD_FILE_PATH];
        return value_of_bool(path.type == VALUE_TEXT && is_by_owner(v, value_str(path)));
    }
    default:
        return target_relation(v, field);
    }
}

// As library_signer() has it: who cannot be named is unknown, and so is whoever is to be compared
// with one that is not known.
static str signer_of(const struct view *v)
{
    const struct image *parent = v->process->parent_image;
    if (v->is_platform)
        return STR("platform");
    if (!v->facts->cs_told && !is_told(v->image->program))
        return STR("unknown");
    if ((v->cs_flags & CS_SIGNED) == 0)
        return STR("unsigned");
    if ((v->cs_flags & CS_ADHOC) != 0)
        return STR("adhoc");
    if (!is_trusted(v) || parent == NULL || !is_told(parent->program))
        return STR("unknown");
    return parent->program->is_trusted && str_eq(parent->program->team_id, team_of(v))
               ? STR("same_team")
               : STR("foreign");
}

static bool is_told(const struct program *program)
{
    return program->cs_told || program->is_platform;
}

static bool is_installer(const struct view *v)
{
    if (((v->process->below | v->image->program->roles) & ROLE_INSTALLER) != 0)
        return true;
    const struct process_id *id = &v->facts->responsible;
    if (id->pid < 0 && id->entity.len == 0)
        return false;
    const struct process *p = lineage_find(v->enricher, v->event->host, id, v->event->time_ns);
    return p != NULL && (p->image->program->roles & ROLE_INSTALLER) != 0;
}

static struct value target_relation(const struct view *v, enum field field)
{
    const struct process_facts *facts = &v->event->target;
    const struct process *target =
        lineage_find(v->enricher, v->event->host, &facts->id, v->event->time_ns);
    switch (field) {
    case FIELD_TARGET_PLATFORM:
        return value_of_bool(facts->is_platform || (!facts->cs_told && target != NULL &&
                                                    target->image->program->is_platform));
    case FIELD_TARGET_SAME_TEAM:
        return value_of_bool(is_same_team(v, target));
    case FIELD_TARGET_IS_CHILD:
        return value_of_bool(is_child(v, target));
    default:
        return (struct value){ 0 };
    }
}

// Where the record does not say who signed the target, the process table may.
static bool is_same_team(const struct view *v, const struct process *target)
{
    const struct process_facts *facts = &v->event->target;
    const struct program *known = target == NULL ? NULL : target->image->program;
    const bool is_known = !facts->cs_told && known != NULL;
    const bool is_target_trusted =
        is_known ? known->is_trusted
                 : signing_is_trusted(facts->cs_flags, facts->is_platform, facts->team_id);
    const str team_id = is_known ? known->team_id : facts->team_id;
    return team_id.len > 0 && is_target_trusted && is_trusted(v) && str_eq(team_id, team_of(v));
}

// By the table, which keeps the first parent. Where that was not met then, what was told of it may
// be less than what is known now, and it is looked up.
static bool is_child(const struct view *v, const struct process *target)
{
    const struct process *p = v->process;
    if (!v->facts->present || target == p)
        return false;
    if (target != NULL && target->has_parent &&
        str_eq(entity_str(&target->parent_entity), entity_str(&p->entity)))
        return true;
    if (target != NULL && target->parent_image != NULL)
        return false;
    const struct process_id *parent =
        target != NULL && target->parent.pid >= 0 ? &target->parent : &v->event->target.parent;
    return (parent->pid >= 0 || parent->entity.len > 0) &&
           lineage_find(v->enricher, v->event->host, parent, v->event->time_ns) == p;
}

static bool is_by_owner(const struct view *v, str path)
{
    if (is_installer(v))
        return true;
    const str team_id = team_of(v);
    if (team_id.len == 0 || !is_trusted(v))
        return false;
    return str_eq(owners_find(v->enricher->owners, v->event->host, path), team_id);
}

static str team_of(const struct view *v)
{
    return v->facts->team_id.len > 0 ? v->facts->team_id : v->image->program->team_id;
}

static bool is_trusted(const struct view *v)
{
    return signing_is_trusted(v->cs_flags, v->is_platform, team_of(v));
}
