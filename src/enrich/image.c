#include "enrich/image.h"

#include <stdlib.h>

// One piece of memory holds the image, its lists and its text, in this order.
struct writer {
    char *at;
    size_t left;
};

static struct value list_of(const struct event *exec, enum field field);
static struct value pick(const struct variables *wanted, const struct event *exec,
                         struct value picked[IMAGE_DYLD_MAX]);
static size_t count_of(struct value list, size_t max);
static size_t octets_of(struct value list, size_t count, size_t max);
static void keep_args(struct image *image, struct writer *w, struct value args);
static size_t keep_variables(struct value *out, struct writer *w, struct value variables);
static str keep(struct writer *w, str text, size_t max);

struct image *image_keep(const struct image_maker *maker, uint32_t host,
                         const struct process_facts *facts, const struct event *exec)
{
    struct value picked[IMAGE_DYLD_MAX];
    const struct value args = list_of(exec, FIELD_PROCESS_ARGS);
    const struct value dyld = list_of(exec, FIELD_PROCESS_DYLD_ENV);
    const struct value runtime = pick(maker->runtime_variables, exec, picked);
    const size_t arg_count = count_of(args, IMAGE_ARGS_MAX);
    const size_t dyld_count = count_of(dyld, IMAGE_DYLD_MAX);
    const size_t octets = octets_of(args, args.len, IMAGE_COMMAND_MAX) +
                          octets_of(dyld, dyld_count, IMAGE_DYLD_BYTES_MAX) +
                          octets_of(runtime, runtime.len, IMAGE_DYLD_BYTES_MAX);

    const size_t list_bytes = (arg_count + dyld_count + runtime.len) * sizeof(struct value);
    struct image *image = memory_new(sizeof *image + list_bytes + octets);
    *image = (struct image){ .references = 1, .args_count = -1 };
    image->args = (struct value *)(void *)(image + 1);
    image->dyld_env = image->args + arg_count;
    image->runtime_env = image->dyld_env + dyld_count;
    struct writer w = { .at = (char *)(image->runtime_env + runtime.len), .left = octets };
    keep_args(image, &w, args);
    image->dyld_count = keep_variables(image->dyld_env, &w, dyld);
    image->runtime_count = keep_variables(image->runtime_env, &w, runtime);

    image->program = programs_keep(maker->programs, facts);
    image->linkage = linkages_find(maker->linkages, host, image->program);
    image->jit = image->linkage->jit;
    if (exec != NULL && exec->entitlements_told)
        image->jit = exec->entitlements_jit ? LINKAGE_JIT_YES : LINKAGE_JIT_NO;
    return image;
}

struct image *image_hold(struct image *image)
{
    if (image != NULL)
        image->references++;
    return image;
}

void image_release(struct image *image)
{
    if (image == NULL || --image->references > 0)
        return;
    linkage_release(image->linkage);
    program_release(image->program);
    free(image);
}

static struct value list_of(const struct event *exec, enum field field)
{
    const struct value missing = { 0 };
    if (exec == NULL || exec->slots[field].type != VALUE_LIST)
        return missing;
    return exec->slots[field];
}

// Of the environment, what is wanted.
static struct value pick(const struct variables *wanted, const struct event *exec,
                         struct value picked[IMAGE_DYLD_MAX])
{
    const struct value all = list_of(exec, FIELD_PROCESS_ENV_VARS);
    size_t count = 0;
    for (size_t i = 0; wanted != NULL && i < all.len && count < IMAGE_DYLD_MAX; i++)
        if (variables_is_listed(wanted, value_str(all.list[i])))
            picked[count++] = all.list[i];
    return value_of_list(picked, count);
}

static size_t count_of(struct value list, size_t max)
{
    return list.len < max ? list.len : max;
}

// Of the first `count` values, each with a separator behind it.
static size_t octets_of(struct value list, size_t count, size_t max)
{
    size_t octets = 0;
    for (size_t i = 0; i < count && octets < max; i++)
        octets += (size_t)list.list[i].len + 1;
    return octets < max ? octets : max;
}

// The arguments are parts of the command line, so their text is kept once.
static void keep_args(struct image *image, struct writer *w, struct value args)
{
    if (args.type != VALUE_LIST)
        return;
    image->args_count = args.len;
    const char *line = w->at;
    size_t left = w->left < IMAGE_COMMAND_MAX ? w->left : IMAGE_COMMAND_MAX;
    for (size_t i = 0; i < args.len && left > 0; i++) {
        const str arg = keep(w, value_str(args.list[i]), left);
        if (i < IMAGE_ARGS_MAX)
            image->args[image->arg_count++] = value_of_text(arg);
        left -= arg.len;
        left -= keep(w, STR(" "), left).len;
    }
    image->command_line = (str){ .at = line, .len = (size_t)(w->at - line) };
    // The last separator separates nothing; a line that was cut has none.
    if (args.len > 0 && image->command_line.len < IMAGE_COMMAND_MAX)
        image->command_line.len--;
}

// Returns how many.
static size_t keep_variables(struct value *out, struct writer *w, struct value variables)
{
    size_t left = IMAGE_DYLD_BYTES_MAX;
    size_t kept = 0;
    while (kept < count_of(variables, IMAGE_DYLD_MAX) && left > 0) {
        const str variable = keep(w, value_str(variables.list[kept]), left);
        out[kept++] = value_of_text(variable);
        left -= variable.len;
    }
    return kept;
}

static str keep(struct writer *w, str text, size_t max)
{
    const size_t room = max < w->left ? max : w->left;
    const str out = { .at = w->at, .len = str_to(text, room).len };
    if (out.len > 0)
        memcpy(w->at, text.at, out.len);
    w->at += out.len;
    w->left -= out.len;
    return out;
}
