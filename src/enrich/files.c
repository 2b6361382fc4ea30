#include "enrich/files.h"

#include "enrich/past.h"

#define SECOND_NS 1000000000LL

static void note_writer(const struct view *v, struct writer *writer);
static uint64_t entity_hash(const struct view *v);
static uint64_t team_hash(const struct view *v);
static bool is_installing(const struct view *v);
static str file_path(const struct view *v, enum field field);
static enum macho_type told_type(const struct view *v);
static int64_t library_born(const struct view *v, const struct library *library, str path);
static struct value age_value(int64_t born_ns, int64_t used_ns, str path, bool as_class);
static str writer_of(const struct view *v, str path);
static struct value extension_value(struct arena *arena, str path);
static bool is_bundled(const struct view *v, str path);
static str mark_name(enum platform_mark mark);

static const str type_names[MACHO_TYPE_COUNT] = {
    [MACHO_TYPE_UNKNOWN] = STR_INIT("unknown"), [MACHO_TYPE_EXECUTE] = STR_INIT("execute"),
    [MACHO_TYPE_DYLIB] = STR_INIT("dylib"),     [MACHO_TYPE_BUNDLE] = STR_INIT("bundle"),
    [MACHO_TYPE_OTHER] = STR_INIT("other"),     [MACHO_TYPE_NONE] = STR_INIT("none"),
};

void files_follow(struct view *v)
{
    struct writers *writers = &v->enricher->writers;
    const uint32_t host = v->event->host;
    const str path = file_path(v, FIELD_FILE_PATH);
    if (path.len == 0)
        return;
    const struct value modified = v->event->slots[FIELD_FILE_MODIFIED];
    struct writer *writer = NULL;
    switch (v->event->action) {
    case ACTION_CREATION:
        writer = writers_note(writers, host, path);
        writer->born_ns = v->event->time_ns;
        writer->type = MACHO_TYPE_UNKNOWN;
        break;
    case ACTION_CLOSE:
        if (modified.type == VALUE_BOOL && modified.boolean)
            writer = writers_note(writers, host, path);
        break;
    case ACTION_MODIFICATION:
    case ACTION_WRITE:
        writer = writers_note(writers, host, path);
        break;
    case ACTION_RENAME:
        writer = writers_move(writers, host, file_path(v, FIELD_FILE_ORIGINAL_PATH), path);
        break;
    default:
        break;
    }
    if (writer == NULL)
        return;
    note_writer(v, writer);
    v->file_type = writer->type;
    v->is_noted = true;
}

void files_follow_end(struct view *v)
{
    const str path = file_path(v, FIELD_FILE_PATH);
    if (v->event->action == ACTION_DELETION && path.len > 0)
        writers_remove(&v->enricher->writers, v->event->host, path);
}

static void note_writer(const struct view *v, struct writer *writer)
{
    const enum macho_type type = told_type(v);
    writer->entity = v->facts->present ? entity_hash(v) : 0;
    writer->team = team_hash(v);
    writer->is_platform = v->is_platform;
    writer->is_installer = is_installing(v);
    if (writer->born_ns == 0)
        writer->born_ns = v->event->time_ns;
    if (type != MACHO_TYPE_UNKNOWN)
        writer->type = type;
}

// 0 stands for nobody.
static uint64_t entity_hash(const struct view *v)
{
    const uint64_t hash = str_hash(entity_str(&v->process->entity), v->event->host);
    return hash == 0 ? 1 : hash;
}

static uint64_t team_hash(const struct view *v)
{
    const str told = v->facts->team_id;
    const str team = told.len > 0 ? told : v->image->program->team_id;
    return team.len == 0 ? 0 : str_hash(team, 0);
}

// Whether the process is an installer or an updater.
// One that may write there: an installer, or the team that the application is of.
static bool is_installing(const struct view *v)
{
    return relation_value(v, FIELD_FILE_BY_OWNER).boolean;
}

static str file_path(const struct view *v, enum field field)
{
    const struct value slot = v->event->slots[field];
    return slot.type == VALUE_TEXT ? value_str(slot) : STR_EMPTY;
}

static enum macho_type told_type(const struct view *v)
{
    const str told = file_path(v, FIELD_FILE_MACHO_TYPE);
    for (size_t i = 0; i < MACHO_TYPE_COUNT; i++)
        if (str_eq(told, type_names[i]))
            return (enum macho_type)i;
    return MACHO_TYPE_UNKNOWN;
}

struct value files_of_process(struct view *v, enum field field)
{
    struct image *image = v->process->image;
    const bool is_age = field == FIELD_PROCESS_IMAGE_AGE;
    switch (field) {
    case FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME:
    case FIELD_PROCESS_IMAGE_AGE:
        return age_value(past_image_born(v->enricher, v->event->host, image), image->began_ns,
                         image->program->executable, is_age);
    case FIELD_PROCESS_QUARANTINE:
        return value_of_text(mark_name(image->quarantine));
    case FIELD_PROCESS_TEAM_CHANGED:
        return value_of_bool(image->team_changed);
    case FIELD_PROCESS_CDHASH_NEW:
        return value_of_bool(image->cdhash_new);
    default:
        return (struct value){ 0 };
    }
}

struct value files_of_library(struct view *v, const struct library *library, str path,
                              enum field field)
{
    const bool is_age = field == FIELD_DLL_IMAGE_AGE;
    switch (field) {
    case FIELD_DLL_EXTENSION:
        return extension_value(v->arena, path);
    case FIELD_DLL_BUNDLED:
        return value_of_bool(is_bundled(v, path));
    case FIELD_DLL_RELATIVE_FILE_CREATION_TIME:
    case FIELD_DLL_IMAGE_AGE:
        return age_value(library_born(v, library, path), v->event->time_ns, path, is_age);
    case FIELD_DLL_QUARANTINE:
        return value_of_text(mark_name(library->quarantine));
    case FIELD_DLL_CDHASH_NEW:
        return value_of_bool(
            past_is_library_new(v->enricher, v->event, path, library->cdhash,
                                past_is_new(library_born(v, library, path), v->event->time_ns)));
    case FIELD_DLL_WRITTEN_BY:
        return value_of_text(writer_of(v, path));
    default:
        return (struct value){ 0 };
    }
}

static int64_t library_born(const struct view *v, const struct library *library, str path)
{
    if (v->event->library.born_ns != 0)
        return v->event->library.born_ns;
    const struct writer *writer = writers_find(&v->enricher->writers, v->event->host, path);
    return writer != NULL ? writer->born_ns : library->born_ns;
}

// A file that is stamped in the future is as new as can be. Nothing is added to what macOS comes
// with, whose files bear the stamps of Apple's own making.
static struct value age_value(int64_t born_ns, int64_t used_ns, str path, bool as_class)
{
    if (as_class && path_class_of(path) == PATH_CLASS_SEALED)
        return value_of_text(STR("old"));
    if (born_ns <= 0 || used_ns <= 0)
        return as_class ? value_of_text(STR("unknown")) : (struct value){ 0 };
    const int64_t seconds = born_ns >= used_ns ? 0 : (used_ns - born_ns) / SECOND_NS;
    if (!as_class)
        return value_of_int(seconds);
    return value_of_text(seconds < PAST_DAY_S ? STR("new") : STR("old"));
}

static str writer_of(const struct view *v, str path)
{
    const struct writer *writer = writers_find(&v->enricher->writers, v->event->host, path);
    if (writer == NULL || writer->entity == 0)
        return STR("unknown");
    if (v->facts->present && writer->entity == entity_hash(v))
        return STR("self");
    if (writer->is_installer)
        return STR("installer");
    if (writer->is_platform)
        return STR("platform");
    return writer->team != 0 && writer->team == team_hash(v) ? STR("same_team") : STR("other");
}

static struct value extension_value(struct arena *arena, str path)
{
    const str name = str_base_name(path);
    const size_t dot = str_rfind_char(name, '.');
    if (dot >= name.len)
        return value_of_text(STR(""));
    const str extension = str_from(name, dot + 1);
    char *lower = arena_alloc(arena, extension.len + 1);
    for (size_t i = 0; i < extension.len; i++) {
        const char c = extension.at[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return value_of_text((str){ .at = lower, .len = extension.len });
}

// The outermost application: helpers within one use what lies beside them.
static bool is_bundled(const struct view *v, str path)
{
    static const str end = STR_INIT(".app/");
    const str told = v->facts->executable;
    const str executable = told.len > 0 ? told : v->image->program->executable;
    for (size_t i = 0; i + end.len <= executable.len; i++)
        if (str_starts_with(str_from(executable, i), end))
            return str_starts_with(path, str_to(executable, i + end.len));
    // One that is in no application brings what lies at or below its own directory.
    const str directory = str_directory(executable);
    return directory.len > 1 && str_starts_with(path, directory) && path.len > directory.len &&
           path.at[directory.len] == '/';
}

struct value files_macho_type(struct view *v, str path)
{
    struct enricher *e = v->enricher;
    const struct writer *writer =
        v->is_noted ? NULL : writers_find(&e->writers, v->event->host, path);
    const enum macho_type type = writer == NULL ? v->file_type : writer->type;
    if (type != MACHO_TYPE_UNKNOWN || (e->links == NULL && !e->read_images))
        return value_of_text(type_names[type]);
    const struct library *file =
        libraries_find(e->libraries, v->event->host, path, path_class_of(path));
    return value_of_text(file->macho_type.len > 0 ? file->macho_type
                                                  : type_names[MACHO_TYPE_UNKNOWN]);
}

static str mark_name(enum platform_mark mark)
{
    static const str names[] = {
        [PLATFORM_MARK_UNKNOWN] = STR_INIT("unknown"),
        [PLATFORM_MARK_NO] = STR_INIT("no"),
        [PLATFORM_MARK_YES] = STR_INIT("yes"),
    };
    return names[mark];
}
