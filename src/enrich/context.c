#include "enrich/context.h"

static bool is_work(const struct context_facts *facts);
static bool was_built_here(const struct context_facts *facts);

static const str names[CONTEXT_COUNT] = {
    [CONTEXT_PROD] = STR_INIT("prod"),
    [CONTEXT_DEV] = STR_INIT("dev"),
    [CONTEXT_TEST] = STR_INIT("test"),
};

// Where people and their toolchains put what they build.
static const bool is_workplace[PATH_CLASS_COUNT] = {
    [PATH_CLASS_DEVELOPER] = true,
    [PATH_CLASS_HOMEBREW] = true,
    [PATH_CLASS_OPT] = true,
    [PATH_CLASS_USER_HOME] = true,
};

enum context context_of(const struct context_facts *facts)
{
    if (facts->is_on_test_asset)
        return CONTEXT_TEST;
    if (!is_work(facts))
        return CONTEXT_PROD;
    const bool is_developers = facts->is_on_developers_asset;
    if (is_developers && facts->is_below_test_tool)
        return CONTEXT_TEST;
    if (facts->is_below_developer_tool ||
        (is_developers && (facts->is_below_package_manager || was_built_here(facts))))
        return CONTEXT_DEV;
    return CONTEXT_PROD;
}

str context_name(enum context context)
{
    return names[context];
}

static bool is_work(const struct context_facts *facts)
{
    return !facts->is_trusted || facts->is_debuggable || facts->is_developer_tool;
}

// Who distributes a program without signing it leaves the linker's signature as well, hence the place.
static bool was_built_here(const struct context_facts *facts)
{
    return (facts->is_linker_signed || facts->is_debuggable) && is_workplace[facts->path_class];
}
