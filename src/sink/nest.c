#include "sink/nest.h"

#include "sink/json.h"

static str rest_of(const struct finding_field *field, str prefix);
static str key_of(str rest);
static bool is_begun(const struct finding_field *fields, size_t index, str prefix, str key);

void sink_add_nested(struct buf *out, const struct finding_field *fields, size_t count, str prefix)
{
    for (size_t i = 0; i < count; i++) {
        const str rest = rest_of(&fields[i], prefix);
        const str key = key_of(rest);
        if (key.len == 0 || is_begun(fields, i, prefix, key))
            continue;
        if (key.len == rest.len) {
            sink_json_value(out, key, fields[i].value);
            continue;
        }
        const str name = field_name(fields[i].field);
        sink_json_open(out, key, '{');
        sink_add_nested(out, fields, count, str_to(name, name.len - rest.len + key.len));
        sink_json_close(out, '}');
    }
}

// What stands behind the prefix and its dot; empty where the field is not below the prefix.
static str rest_of(const struct finding_field *field, str prefix)
{
    const str name = field_name(field->field);
    if (field->value.type == VALUE_MISSING)
        return STR_EMPTY;
    if (prefix.len == 0)
        return name;
    return str_starts_with(name, prefix) && name.len > prefix.len && name.at[prefix.len] == '.'
               ? str_from(name, prefix.len + 1)
               : STR_EMPTY;
}

static str key_of(str rest)
{
    return str_to(rest, str_find_char(rest, '.'));
}

// An earlier field has written this key, alone or as an object.
static bool is_begun(const struct finding_field *fields, size_t index, str prefix, str key)
{
    for (size_t i = 0; i < index; i++)
        if (str_eq(key_of(rest_of(&fields[i], prefix)), key))
            return true;
    return false;
}
