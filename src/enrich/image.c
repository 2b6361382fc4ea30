#include "enrich/image.h"

#include <stdlib.h>

// One piece of memory holds the image, its lists and its text, in this order.
struct writer {
    char *at;
    size_t left;
};

static struct value list_of(const struct event *exec, enum field field);
static size_t count_of(struct value list, size_t max);
static size_t octets_of(struct value list, size_t count, size_t max);
static void keep_args(struct image *image, struct writer *w, struct value args);
static void keep_dyld(struct image *image, struct writer *w, struct value variables);
static str keep(struct writer *w, str text, size_t max);

struct image *image_keep(uint32_t host, const struct process_facts *facts, const struct event *exec,
                         struct programs *programs, struct linkages *linkages)
{
    const struct value args = list_of(exec, FIELD_PROCESS_ARGS);
    const struct value variables = list_of(exec, FIELD_PROCESS_DYLD_ENV);
    const size_t arg_count = count_of(args, IMAGE_ARGS_MAX);
    const size_t dyld_count = count_of(variables, IMAGE_DYLD_MAX);
    const size_t octets = octets_of(args, args.len, IMAGE_COMMAND_MAX) +
                          octets_of(variables, dyld_count, IMAGE_DYLD_BYTES_MAX);

    struct image *image =
        memory_new(sizeof *image + (arg_count + dyld_count) * sizeof(struct value) + octets);
    *image = (struct image){ .references = 1, .args_count = -1 };
    image->args = (struct value *)(void *)(image + 1);
    image->dyld_env = image->args + arg_count;
    struct writer w = { .at = (char *)(image->dyld_env + dyld_count), .left = octets };
    keep_args(image, &w, args);
    keep_dyld(image, &w, variables);

    image->program = programs_keep(programs, facts);
    image->linkage = linkages_find(linkages, host, image->program);
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

static void keep_dyld(struct image *image, struct writer *w, struct value variables)
{
    size_t left = IMAGE_DYLD_BYTES_MAX;
    for (size_t i = 0; i < count_of(variables, IMAGE_DYLD_MAX) && left > 0; i++) {
        const str variable = keep(w, value_str(variables.list[i]), left);
        image->dyld_env[image->dyld_count++] = value_of_text(variable);
        left -= variable.len;
    }
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
