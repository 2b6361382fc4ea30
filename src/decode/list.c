// What an exec brings as lists: arguments, environment, entitlements.

#include "decode/dialect.h"

static struct value list_of(struct decoding *c, yyjson_val *list);
static struct value joined(struct decoding *c, struct value list);
static struct value dyld_variables(struct decoding *c, yyjson_val *env);
static bool is_dyld(yyjson_val *val);
static struct value copied(struct decoding *c, const struct value *texts, size_t count);

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

void decode_args_of(struct decoding *c, const struct value *texts, size_t count)
{
    const bool wants_line = c->wanted_ever[FIELD_PROCESS_COMMAND_LINE];
    if (c->wanted_ever[FIELD_PROCESS_ARGS_COUNT])
        decode_set(c, FIELD_PROCESS_ARGS_COUNT, value_of_int((int64_t)count));
    if (!wants_line && !c->wanted_ever[FIELD_PROCESS_ARGS])
        return;
    const struct value list = copied(c, texts, count);
    decode_set(c, FIELD_PROCESS_ARGS, list);
    if (wants_line)
        decode_set(c, FIELD_PROCESS_COMMAND_LINE, joined(c, list));
}

void decode_env_of(struct decoding *c, const struct value *texts, size_t count)
{
    const struct value list = copied(c, texts, count);
    struct value *dyld = arena_alloc(&c->batch->arena, (list.len + 1) * sizeof *dyld);
    size_t dyld_count = 0;
    for (size_t i = 0; i < list.len; i++)
        if (str_starts_with(value_str(list.list[i]), STR("DYLD_")))
            dyld[dyld_count++] = list.list[i];
    if (decode_wants(c, FIELD_PROCESS_ENV_VARS))
        decode_set(c, FIELD_PROCESS_ENV_VARS, list);
    if (dyld_count > 0)
        decode_set(c, FIELD_PROCESS_DYLD_ENV, value_of_list(dyld, dyld_count));
}

static struct value copied(struct decoding *c, const struct value *texts, size_t count)
{
    const size_t kept = count < DECODE_LIST_MAX ? count : DECODE_LIST_MAX;
    struct value *values = arena_alloc(&c->batch->arena, (kept + 1) * sizeof *values);
    if (kept > 0)
        memcpy(values, texts, kept * sizeof *values);
    c->is_list_cut |= kept < count;
    return value_of_list(values, kept);
}

// Sensors that give one line leave nobody a way to know where an argument with a blank ends, so the
// parts are what stands between blanks.
void decode_command_line(struct decoding *c, str line)
{
    struct value parts[DECODE_LIST_MAX];
    size_t count = 0;
    str rest = line;
    str part;
    if (line.len == 0)
        return;
    while (count < DECODE_LIST_MAX && str_take_until(&rest, ' ', &part))
        if (part.len > 0)
            parts[count++] = value_of_text(part);
    decode_args_of(c, parts, count);
    c->is_list_cut |= rest.len > 0;
    if (c->wanted_ever[FIELD_PROCESS_COMMAND_LINE])
        decode_set(c, FIELD_PROCESS_COMMAND_LINE, value_of_text(line));
}

bool decode_declares_jit(str entitlement)
{
    return str_eq(entitlement, STR("com.apple.security.cs.allow-jit")) ||
           str_eq(entitlement, STR("com.apple.security.cs.allow-unsigned-executable-memory")) ||
           str_eq(entitlement, STR("com.apple.security.cs.disable-executable-page-protection"));
}
