// eslogger's events about files: which file, under which name.

#include "decode/eslogger.h"

static bool take_file(struct decoding *c, yyjson_val *file, const char *where);
static bool take_destination(struct decoding *c, yyjson_val *destination);
static str path_in(struct decoding *c, yyjson_val *directory, yyjson_val *name);
static void set_size(struct decoding *c, yyjson_val *file);

bool decode_eslogger_open(struct decoding *c, const struct json_index *body)
{
    return take_file(c, JSON_GET(body, "file"), "event.open.file");
}

bool decode_eslogger_close(struct decoding *c, const struct json_index *body)
{
    if (!take_file(c, JSON_GET(body, "target"), "event.close.target"))
        return false;
    const bool modified = yyjson_is_true(JSON_GET(body, "modified"));
    c->event->action = modified ? ACTION_MODIFICATION : ACTION_CLOSE;
    if (yyjson_is_bool(JSON_GET(body, "modified")))
        decode_set(c, FIELD_FILE_MODIFIED, value_of_bool(modified));
    return true;
}

bool decode_eslogger_create(struct decoding *c, const struct json_index *body)
{
    return take_destination(c, JSON_GET(body, "destination"));
}

bool decode_eslogger_rename(struct decoding *c, const struct json_index *body)
{
    if (!take_destination(c, JSON_GET(body, "destination")))
        return false;
    const str old_path = decode_eslogger_path(c, JSON_GET(body, "source"));
    if (old_path.len > 0)
        decode_set(c, FIELD_FILE_ORIGINAL_PATH, value_of_text(old_path));
    set_size(c, JSON_GET(body, "source"));
    return true;
}

bool decode_eslogger_file_target(struct decoding *c, const struct json_index *body)
{
    return take_file(c, JSON_GET(body, "target"), "target");
}

static bool take_file(struct decoding *c, yyjson_val *file, const char *where)
{
    if (file == NULL || yyjson_is_null(file))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, NULL);
    if (!yyjson_is_obj(file))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, where, NULL);
    const str path = decode_eslogger_path(c, file);
    if (path.len == 0)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, "path");
    decode_set_file(c, path);
    set_size(c, file);
    return true;
}

// Which member there is says more than "destination_type", which only repeats it.
static bool take_destination(struct decoding *c, yyjson_val *destination)
{
    if (destination == NULL || yyjson_is_null(destination))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "destination", NULL);
    if (!yyjson_is_obj(destination))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "destination", NULL);
    yyjson_val *existing = yyjson_obj_get(destination, "existing_file");
    if (yyjson_is_obj(existing))
        return take_file(c, existing, "destination.existing_file");

    yyjson_val *new_path = yyjson_obj_get(destination, "new_path");
    const str path =
        path_in(c, yyjson_obj_get(new_path, "dir"), yyjson_obj_get(new_path, "filename"));
    if (path.len == 0)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "destination", "new_path");
    decode_set_file(c, path);
    return true;
}

static str path_in(struct decoding *c, yyjson_val *directory, yyjson_val *name)
{
    const str parent = decode_eslogger_path(c, directory);
    const str last = decode_text(c, name);
    if (parent.len == 0 || last.len == 0)
        return STR_EMPTY;

    const size_t slash = parent.at[parent.len - 1] == '/' ? 0 : 1;
    char *path = arena_alloc(&c->batch->arena, parent.len + slash + last.len);
    memcpy(path, parent.at, parent.len);
    if (slash == 1)
        path[parent.len] = '/';
    memcpy(path + parent.len + slash, last.at, last.len);
    return str_to((str){ .at = path, .len = parent.len + slash + last.len }, DECODE_TEXT_MAX);
}

static void set_size(struct decoding *c, yyjson_val *file)
{
    if (!c->wanted_ever[FIELD_FILE_SIZE])
        return;
    yyjson_val *stat = yyjson_obj_get(file, "stat");
    decode_set(c, FIELD_FILE_SIZE, decode_number(yyjson_obj_get(stat, "st_size")));
}

bool decode_eslogger_launch_item(struct decoding *c, const struct json_index *body)
{
    decode_set_file(c, decode_text(c, JSON_GET(body, "executable_path")));
    return true;
}

// Its file is either known only by its path, or a file like any other.
bool decode_eslogger_override(struct decoding *c, const struct json_index *body)
{
    const str path = decode_text(c, yyjson_obj_get(JSON_GET(body, "file"), "file_path"));
    decode_set_file(
        c, path.len > 0 ? path
                        : decode_eslogger_path(c, yyjson_obj_get(JSON_GET(body, "file"), "file")));
    return true;
}
