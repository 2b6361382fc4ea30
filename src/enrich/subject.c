// Fields of processes: who acted, its parent, the one responsible, and whom it was done to.

#include "enrich/enricher.h"
#include "enrich/signing.h"

static struct value identity_value(const struct view *v, enum field field);
static struct value exec_value(const struct view *v, enum field field);
static struct value signature_value(const struct view *v, enum field field);
static struct value state_value(const struct view *v, enum field field);
static struct value table_value(const struct view *v, enum field field);
static struct value macho_value(const struct view *v, enum field field);
static struct value parent_value(const struct view *v, enum field field);
static struct value parent_program_value(const struct image *image, enum field field);
static struct value responsible_value(const struct view *v, enum field field);
static struct value target_value(const struct view *v, enum field field);
static struct value target_signature_value(const struct view *v, enum field field);
static struct value flag_value(const struct view *v, uint32_t bits);
static struct value role_value(const struct image *image, enum program_role role);
static struct value flag_names_value(const struct view *v);
static struct value list_value(const struct value *list, size_t count);
static struct value entity_value(const struct view *v, const struct process_id *id);
static str lower_case(struct arena *arena, str text);
static str told_or(str told, str otherwise);
static int64_t told_number_or(int64_t told, int64_t otherwise);

struct value subject_value(struct view *v, enum field field)
{
    if (field < FIELD_PROCESS_ARGS)
        return identity_value(v, field);
    if (field < FIELD_PROCESS_HASH_CDHASH)
        return exec_value(v, field);
    if (field < FIELD_PROCESS_CS_PLATFORM)
        return signature_value(v, field);
    if (field < FIELD_PROCESS_PATH_CLASS)
        return state_value(v, field);
    if (field < FIELD_MACHO_NATIVE_API)
        return table_value(v, field);
    if (field < FIELD_PARENT_ENTITY_ID)
        return macho_value(v, field);
    if (field < FIELD_EFFECTIVE_PID) {
        lineage_find_parent(v->enricher, v->process);
        return parent_value(v, field);
    }
    if (field < FIELD_TARGET_ENTITY_ID)
        return responsible_value(v, field);
    return v->event->target.present ? target_value(v, field) : (struct value){ 0 };
}

static struct value identity_value(const struct view *v, enum field field)
{
    if (!v->facts->present)
        return (struct value){ 0 };  // No process, and so no life of one.
    switch (field) {
    case FIELD_PROCESS_ENTITY_ID:
        return value_of_text(entity_str(&v->process->entity));
    case FIELD_PROCESS_IDENTITY:
        return value_of_text(identity_name(process_identity(v->process)));
    case FIELD_PROCESS_START:
        return v->process->id.start_ns == 0 ? (struct value){ 0 }
                                            : value_of_int(v->process->id.start_ns);
    case FIELD_PROCESS_PID:
        return value_if_number(told_number_or(v->facts->id.pid, v->process->id.pid));
    case FIELD_PROCESS_PIDVERSION:
        return value_if_number(v->process->id.pidversion);
    case FIELD_PROCESS_EXECUTABLE:
        return value_if_told(told_or(v->facts->executable, v->image->program->executable));
    case FIELD_PROCESS_NAME:
        return value_if_told(
            str_base_name(told_or(v->facts->executable, v->image->program->executable)));
    default:
        return (struct value){ 0 };
    }
}

// What the process was started with; in its exec the record says it, later the table does.
static struct value exec_value(const struct view *v, enum field field)
{
    switch (field) {
    case FIELD_PROCESS_ARGS:
        return list_value(v->image->args, v->image->arg_count);
    case FIELD_PROCESS_ARGS_COUNT:
        return value_if_number(v->image->args_count);
    case FIELD_PROCESS_COMMAND_LINE:
        return value_if_told(v->image->command_line);
    default:
        return (struct value){ 0 };
    }
}

static struct value signature_value(const struct view *v, enum field field)
{
    const str team_id = told_or(v->facts->team_id, v->image->program->team_id);
    switch (field) {
    case FIELD_PROCESS_HASH_CDHASH:
        return value_if_told(v->image->program->cdhash);
    case FIELD_PROCESS_SIGNING_ID:
        return value_if_told(told_or(v->facts->signing_id, v->image->program->signing_id));
    case FIELD_PROCESS_TEAM_ID:
        return value_if_told(team_id);
    case FIELD_PROCESS_SIGNATURE_TOLD:
        return value_of_bool(v->facts->cs_told || v->image->program->cs_told);
    case FIELD_PROCESS_SIGNATURE_EXISTS:
        return flag_value(v, CS_SIGNED);
    case FIELD_PROCESS_SIGNATURE_VALID:
        return flag_value(v, CS_VALID);
    case FIELD_PROCESS_SIGNATURE_TRUSTED:
        return value_of_bool(signing_is_trusted(v->cs_flags, v->is_platform, team_id));
    case FIELD_PROCESS_CS_FLAGS:
        return flag_names_value(v);
    default:
        return (struct value){ 0 };
    }
}

static struct value state_value(const struct view *v, enum field field)
{
    switch (field) {
    case FIELD_PROCESS_CS_PLATFORM:
        return value_of_bool(v->is_platform);
    case FIELD_PROCESS_CS_ADHOC:
        return flag_value(v, CS_ADHOC);
    case FIELD_PROCESS_CS_HARD:
        return flag_value(v, CS_HARD);
    case FIELD_PROCESS_CS_RUNTIME:
        return flag_value(v, CS_RUNTIME);
    case FIELD_PROCESS_CS_LIBRARY_VALIDATION:
        return flag_value(v, CS_REQUIRE_LV | CS_FORCED_LV);
    case FIELD_PROCESS_CS_GET_TASK_ALLOW:
        return flag_value(v, CS_GET_TASK_ALLOW);
    case FIELD_PROCESS_CS_DEBUGGED:
        return flag_value(v, CS_DEBUGGED);
    default:
        return (struct value){ 0 };
    }
}

// What the lists and the process table say.
static struct value table_value(const struct view *v, enum field field)
{
    switch (field) {
    case FIELD_PROCESS_PATH_CLASS:
        return value_of_text(path_class_name(v->image->program->path_class));
    case FIELD_PROCESS_INTERPRETER:
        return value_of_bool(v->image->program->is_interpreter);
    case FIELD_PROCESS_DEBUGGER:
        return role_value(v->image, ROLE_DEBUGGER);
    case FIELD_PROCESS_PLUGIN_HOST:
        return role_value(v->image, ROLE_PLUGIN_HOST);
    case FIELD_PROCESS_UPDATER:
        return role_value(v->image, ROLE_UPDATER);
    case FIELD_PROCESS_SIGNER:
        lineage_find_parent(v->enricher, v->process);
        return relation_value(v, field);
    case FIELD_PROCESS_INSTALLER:
        return relation_value(v, field);
    case FIELD_PROCESS_RUNTIME_ENV:
        return list_value(v->image->runtime_env, v->image->runtime_count);
    case FIELD_PROCESS_CONTEXT:
        return value_of_text(context_name(v->process->context));
    case FIELD_PROCESS_DYLD_ENV:
        return list_value(v->image->dyld_env, v->image->dyld_count);
    case FIELD_PROCESS_IS_ES_CLIENT:
        return value_of_bool(v->facts->is_es_client);
    case FIELD_PROCESS_KNOWN:
        return value_of_bool(v->process->seen_start);
    default:
        return (struct value){ 0 };
    }
}

static struct value macho_value(const struct view *v, enum field field)
{
    const struct linkage *linkage = v->image->linkage;
    switch (field) {
    case FIELD_MACHO_NATIVE_API:
        return value_of_text(linkage_verdict_name(linkage->verdict));
    case FIELD_MACHO_BECAUSE:
        return value_if_told(linkage->because);
    case FIELD_MACHO_FRAMEWORKS:
        return list_value(linkage->frameworks, linkage->framework_count);
    case FIELD_MACHO_JIT_DECLARED:
        return value_of_text(linkage_jit_name(v->image->jit));
    default:
        return (struct value){ 0 };
    }
}

static struct value parent_value(const struct view *v, enum field field)
{
    const struct process *p = v->process;
    const struct image *image = p->parent_image;
    if (field == FIELD_PARENT_KNOWN)
        return value_of_bool(image != NULL);
    if (field == FIELD_PARENT_PID)
        return value_if_number(p->parent.pid);
    if (field == FIELD_PARENT_ENTITY_ID)
        return p->has_parent ? value_of_text(entity_str(&p->parent_entity)) : (struct value){ 0 };
    return image == NULL ? (struct value){ 0 } : parent_program_value(image, field);
}

static struct value parent_program_value(const struct image *image, enum field field)
{
    switch (field) {
    case FIELD_PARENT_EXECUTABLE:
        return value_if_told(image->program->executable);
    case FIELD_PARENT_NAME:
        return value_if_told(image->program->name);
    case FIELD_PARENT_SIGNING_ID:
        return value_if_told(image->program->signing_id);
    case FIELD_PARENT_TEAM_ID:
        return value_if_told(image->program->team_id);
    case FIELD_PARENT_SIGNATURE_TRUSTED:
        return value_of_bool(image->program->is_trusted);
    case FIELD_PARENT_PATH_CLASS:
        return value_of_text(path_class_name(image->program->path_class));
    case FIELD_PARENT_PLATFORM:
        return value_of_bool(image->program->is_platform);
    case FIELD_PARENT_DEBUGGER:
        return role_value(image, ROLE_DEBUGGER);
    case FIELD_PARENT_CS_GET_TASK_ALLOW:
        return value_of_bool((image->program->cs_flags & CS_GET_TASK_ALLOW) != 0);
    default:
        return (struct value){ 0 };
    }
}

static struct value responsible_value(const struct view *v, enum field field)
{
    const struct process_id *id = &v->facts->responsible;
    if (id->pid < 0 && id->entity.len == 0)
        return (struct value){ 0 };
    if (field == FIELD_EFFECTIVE_PID)
        return value_if_number(id->pid);
    if (field == FIELD_EFFECTIVE_ENTITY_ID)
        return entity_value(v, id);
    const struct process *p = lineage_find(v->enricher, v->event->host, id, v->event->time_ns);
    return p == NULL ? (struct value){ 0 } : value_if_told(p->image->program->executable);
}

static struct value target_value(const struct view *v, enum field field)
{
    const struct process_facts *target = &v->event->target;
    switch (field) {
    case FIELD_TARGET_ENTITY_ID:
        return entity_value(v, &target->id);
    case FIELD_TARGET_PID:
        return value_if_number(target->id.pid);
    case FIELD_TARGET_PIDVERSION:
        return value_if_number(target->id.pidversion);
    case FIELD_TARGET_EXECUTABLE:
        return value_if_told(target->executable);
    case FIELD_TARGET_NAME:
        return value_if_told(str_base_name(target->executable));
    default:
        return target_signature_value(v, field);
    }
}

static struct value target_signature_value(const struct view *v, enum field field)
{
    const struct process_facts *target = &v->event->target;
    switch (field) {
    case FIELD_TARGET_HASH_CDHASH:
        return value_if_told(lower_case(v->arena, target->cdhash));
    case FIELD_TARGET_SIGNING_ID:
        return value_if_told(target->signing_id);
    case FIELD_TARGET_TEAM_ID:
        return value_if_told(target->team_id);
    case FIELD_TARGET_SIGNATURE_TRUSTED:
        return value_of_bool(
            signing_is_trusted(target->cs_flags, target->is_platform, target->team_id));
    case FIELD_TARGET_CS_GET_TASK_ALLOW:
        return value_of_bool((target->cs_flags & CS_GET_TASK_ALLOW) != 0);
    default:
        return relation_value(v, field);
    }
}

static struct value flag_value(const struct view *v, uint32_t bits)
{
    return value_of_bool((v->cs_flags & bits) != 0);
}

static struct value role_value(const struct image *image, enum program_role role)
{
    return value_of_bool((image->program->roles & role) != 0);
}

static struct value flag_names_value(const struct view *v)
{
    struct value names[SIGNING_FLAGS_MAX];
    const size_t count = signing_flag_names(v->cs_flags, names);
    struct value *list = arena_alloc(v->arena, (count + 1) * sizeof *list);
    memcpy(list, names, count * sizeof *list);
    return list_value(list, count);
}

static struct value list_value(const struct value *list, size_t count)
{
    return count == 0 ? (struct value){ 0 } : value_of_list(list, count);
}

// Of a process that is known, the same that its own events say.
static struct value entity_value(const struct view *v, const struct process_id *id)
{
    const struct process *p = lineage_find(v->enricher, v->event->host, id, v->event->time_ns);
    if (p != NULL)
        return value_of_text(entity_str(&p->entity));
    struct entity made = { 0 };
    entity_set(&made, v->enricher->hosts->at[v->event->host].id, id, false);
    const struct value value = value_of_text(arena_str(v->arena, entity_str(&made)));
    entity_done(&made);
    return value;
}

// As codesign(1) prints a cdhash; sensors differ in case.
static str lower_case(struct arena *arena, str text)
{
    char *out = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++)
        out[i] =
            (char)(text.at[i] >= 'A' && text.at[i] <= 'Z' ? text.at[i] - 'A' + 'a' : text.at[i]);
    return (str){ .at = out, .len = text.len };
}

static str told_or(str told, str otherwise)
{
    return told.len > 0 ? told : otherwise;
}

static int64_t told_number_or(int64_t told, int64_t otherwise)
{
    return told >= 0 ? told : otherwise;
}
