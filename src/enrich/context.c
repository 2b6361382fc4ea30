#include "enrich/context.h"

static const str names[CONTEXT_COUNT] = {
    [CONTEXT_PROD] = STR_INIT("prod"),
    [CONTEXT_DEV] = STR_INIT("dev"),
    [CONTEXT_TEST] = STR_INIT("test"),
};

enum context context_of(const struct context_facts *facts)
{
    if (facts->is_test_user)
        return CONTEXT_TEST;
    const bool is_work = !facts->is_trusted || facts->is_debuggable || facts->is_developer_tool;
    return facts->is_below_developer_tool && is_work ? CONTEXT_DEV : CONTEXT_PROD;
}

str context_name(enum context context)
{
    return names[context];
}
