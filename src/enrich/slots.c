// The values of fields: of the event itself, its files and libraries here, of processes in
// subject.c. A slot that the record filled is left as it is; enrich.c sees to that.

#include "enrich/files.h"

#include <inttypes.h>

static struct value event_value(struct view *v, enum field field);
static struct value categories_value(struct view *v);
static struct value user_value(const struct view *v);
static struct value library_value(struct view *v, enum field field);
static struct value library_fact(struct view *v, enum field field);
static struct value file_value(struct view *v, enum field field);
static const struct library *library_of(struct view *v);
static const struct library *told_library(struct view *v);
static str slot_text(const struct view *v, enum field field);
static struct value class_value(str path);

// The order of fields.def, which groups them.
_Static_assert((int)FIELD_USER_ID < (int)FIELD_PROCESS_ENTITY_ID &&
                   (int)FIELD_TARGET_CS_GET_TASK_ALLOW < (int)FIELD_API_NAME &&
                   (int)FIELD_API_NAME < (int)FIELD_DLL_PATH &&
                   (int)FIELD_DLL_PATH < (int)FIELD_FILE_PATH,
               "fields are told apart by their place");

struct value slots_value(struct view *v, enum field field)
{
    if (field < FIELD_PROCESS_ENTITY_ID)
        return event_value(v, field);
    if (field >= FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME && field <= FIELD_PROCESS_CDHASH_NEW)
        return files_of_process(v, field);
    if (field < FIELD_API_NAME)
        return subject_value(v, field);
    if (field < FIELD_DLL_PATH)  // Of the others nobody but the record knows.
        return field == FIELD_API_RANGE_ID && v->range > 0 ? value_of_int(v->range)
                                                           : (struct value){ 0 };
    return field < FIELD_FILE_PATH ? library_value(v, field) : file_value(v, field);
}

static struct value event_value(struct view *v, enum field field)
{
    const struct event *event = v->event;
    const struct action_traits *traits = &action_traits[event->action];
    const struct host *host = &v->enricher->hosts->at[event->host];
    switch (field) {
    case FIELD_EVENT_CATEGORY:
        return categories_value(v);
    case FIELD_EVENT_ACTION:
        return value_of_text(traits->name);
    case FIELD_EVENT_TYPE:
        return value_of_text(traits->type);
    case FIELD_EVENT_SEQUENCE:
        return event->has_sequence ? value_of_int((int64_t)event->sequence) : (struct value){ 0 };
    case FIELD_TIMESTAMP:
        return value_of_int(event->time_ns);
    case FIELD_HOST_ID:
        return value_if_told(host->id);
    case FIELD_HOST_NAME:
        return value_if_told(host->name);
    case FIELD_USER_ID:
        return user_value(v);
    default:
        return (struct value){ 0 };
    }
}

static struct value categories_value(struct view *v)
{
    struct value *list = arena_alloc(v->arena, CATEGORY_COUNT * sizeof *list);
    size_t count = 0;
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++)
        if ((v->event->categories & 1u << i) != 0)
            list[count++] = value_of_text(category_name(1u << i));
    return count == 1 ? list[0] : value_of_list(list, count);
}

// The text is made once in a process's life, as a rule.
static struct value user_value(const struct view *v)
{
    struct process *p = v->process;
    if (v->facts->euid < 0)
        return (struct value){ 0 };
    if (p->user_len == 0 || p->euid != v->facts->euid) {
        const str digits = arena_printf(v->arena, "%" PRId64, v->facts->euid);
        p->euid = v->facts->euid;
        p->user_len = (uint8_t)str_to(digits, USER_TEXT_MAX).len;
        memcpy(p->user, digits.at, p->user_len);
    }
    return value_of_text((str){ .at = p->user, .len = p->user_len });
}

static struct value library_value(struct view *v, enum field field)
{
    const str path = slot_text(v, FIELD_DLL_PATH);
    if (path.len == 0)
        return (struct value){ 0 };
    switch (field) {
    case FIELD_DLL_NAME:
        return value_of_text(str_base_name(path));
    case FIELD_DLL_PATH_CLASS:
        return class_value(path);
    case FIELD_DLL_FROM_ENV:
        return value_of_bool(library_is_from_env(path, v->image->dyld_env, v->image->dyld_count));
    default:
        return library_fact(v, field);
    }
}

static struct value library_fact(struct view *v, enum field field)
{
    const struct library *library = library_of(v);
    const str team_id = v->facts->team_id.len > 0 ? v->facts->team_id : v->image->program->team_id;
    switch (field) {
    case FIELD_DLL_SIGNER:
        return value_of_text(library_signer(library, team_id));
    case FIELD_DLL_TEAM_ID:
        return value_if_told(library->team_id);
    case FIELD_DLL_SIGNING_ID:
        return value_if_told(library->signing_id);
    case FIELD_DLL_HASH_CDHASH:
        return value_if_told(library->cdhash);
    default:
        return files_of_library(v, library, slot_text(v, FIELD_DLL_PATH), field);
    }
}

static const struct library *library_of(struct view *v)
{
    if (v->library == NULL && v->event->library.told) {
        v->library = told_library(v);
    } else if (v->library == NULL) {
        const str path = slot_text(v, FIELD_DLL_PATH);
        v->library =
            libraries_find(v->enricher->libraries, v->event->host, path, path_class_of(path));
    } else {
        return v->library;
    }
    v->enricher->counts.libraries_unknown += v->library->signature == LIBRARY_UNKNOWN;
    return v->library;
}

// What the sensor says of the library goes before what an inventory knew of its path.
static const struct library *told_library(struct view *v)
{
    const struct library_facts *facts = &v->event->library;
    const str path = slot_text(v, FIELD_DLL_PATH);
    struct library *library = arena_zalloc(v->arena, sizeof *library);
    *library = (struct library){
        .signature = LIBRARY_UNKNOWN,
        .team_id = slot_text(v, FIELD_DLL_TEAM_ID),
        .signing_id = slot_text(v, FIELD_DLL_SIGNING_ID),
        .cdhash = slot_text(v, FIELD_DLL_HASH_CDHASH),
    };
    if (facts->is_platform)
        library->signature = LIBRARY_PLATFORM;
    else if (facts->is_adhoc)
        library->signature = LIBRARY_ADHOC;
    else if (!facts->is_signed)
        library->signature = LIBRARY_UNSIGNED;
    else if (library->team_id.len > 0)
        library->signature = LIBRARY_SIGNED;
    if (!v->enricher->read_images)
        return library;
    const struct library *file =
        libraries_find(v->enricher->libraries, v->event->host, path, path_class_of(path));
    library->born_ns = file->born_ns;
    library->quarantine = file->quarantine;
    return library;
}

static struct value file_value(struct view *v, enum field field)
{
    const str path = slot_text(v, FIELD_FILE_PATH);
    if (path.len == 0)
        return (struct value){ 0 };
    if (field == FIELD_FILE_PATH_CLASS)
        return class_value(path);
    if (field == FIELD_FILE_BY_OWNER)
        return relation_value(v, field);
    if (field == FIELD_FILE_MACHO_TYPE)
        return files_macho_type(v, path);
    return (struct value){ 0 };
}

static str slot_text(const struct view *v, enum field field)
{
    const struct value slot = v->event->slots[field];
    return slot.type == VALUE_TEXT ? value_str(slot) : STR_EMPTY;
}

static struct value class_value(str path)
{
    return value_of_text(path_class_name(path_class_of(path)));
}
