// What an exec brings as lists: arguments and environment.

#include "decode/dialect.h"

static struct value list_of(struct decoding *c, yyjson_val *list);
static struct value joined(struct decoding *c, struct value list);
static struct value dyld_variables(struct decoding *c, yyjson_val *env);
static bool is_dyld(yyjson_val *val);

// Later events of the process may show its arguments, so they are kept where any action wants
// them, not only where exec does.
void decode_args(struct decoding *c, yyjson_val *args)
{
    const bool wants_line = c->wanted_ever[FIELD_PROCESS_COMMAND_LINE];
    if (!yyjson_is_arr(args))
        return;

    if (c->wanted_ever[FIELD_PROCESS_ARGS_COUNT])
        decode_set(c, FIELD_PROCESS_ARGS_COUNT, value_of_int((int64_t)yyjson_arr_size(args)));
    if (!wants_line && !c->wanted_ever[FIELD_PROCESS_ARGS])
        return;
    const struct value list = list_of(c, args);
    decode_set(c, FIELD_PROCESS_ARGS, list);
    if (wants_line)
        decode_set(c, FIELD_PROCESS_COMMAND_LINE, joined(c, list));
}

// DYLD_ variables are always set: whether a library was named by one is judged long after.
void decode_env(struct decoding *c, yyjson_val *env)
{
    if (!yyjson_is_arr(env))
        return;
    if (decode_wants(c, FIELD_PROCESS_ENV_VARS))
        decode_set(c, FIELD_PROCESS_ENV_VARS, list_of(c, env));
    decode_set(c, FIELD_PROCESS_DYLD_ENV, dyld_variables(c, env));
}

// What is no text has no place in such a list; leaving it out is counted as cutting.
static struct value list_of(struct decoding *c, yyjson_val *list)
{
    const size_t size = yyjson_arr_size(list);
    const size_t room = size < DECODE_LIST_MAX ? size : DECODE_LIST_MAX;
    struct value *values = arena_alloc(&c->batch->arena, (room + 1) * sizeof *values);
    size_t count = 0;
    struct json_elements e = json_elements_of(list);
    while (json_take_element(&e)) {
        if (count == room)
            break;
        if (yyjson_is_str(e.val))
            values[count++] = value_of_text(decode_text(c, e.val));
    }
    c->is_list_cut |= count < size;
    return value_of_list(values, count);
}

static struct value joined(struct decoding *c, struct value list)
{
    size_t len = 0;
    for (size_t i = 0; i < list.len; i++)
        len += list.list[i].len + 1u;
    if (len == 0)
        return value_of_text(STR_EMPTY);

    char *line = arena_alloc(&c->batch->arena, len);
    char *at = line;
    for (size_t i = 0; i < list.len; i++) {
        const str part = value_str(list.list[i]);
        memcpy(at, part.at, part.len);
        at[part.len] = ' ';
        at += part.len + 1;
    }
    const str whole = { .at = line, .len = len - 1 };
    c->is_text_cut |= whole.len > DECODE_TEXT_MAX;
    return value_of_text(str_to(whole, DECODE_TEXT_MAX));
}

// Missing where there are none, which is the rule.
static struct value dyld_variables(struct decoding *c, yyjson_val *env)
{
    struct value *values = NULL;
    size_t count = 0;
    struct json_elements e = json_elements_of(env);
    while (json_take_element(&e)) {
        if (!is_dyld(e.val))
            continue;
        if (count == DECODE_LIST_MAX) {
            c->is_list_cut = true;
            break;
        }
        if (values == NULL) {
            const size_t room = e.left + 1 < DECODE_LIST_MAX ? e.left + 1 : DECODE_LIST_MAX;
            values = arena_alloc(&c->batch->arena, room * sizeof *values);
        }
        values[count++] = value_of_text(decode_text(c, e.val));
    }
    return count == 0 ? (struct value){ .type = VALUE_MISSING } : value_of_list(values, count);
}

static bool is_dyld(yyjson_val *val)
{
    return yyjson_is_str(val) && str_starts_with(json_str(val), STR("DYLD_"));
}
