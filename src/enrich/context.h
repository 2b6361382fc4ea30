// The execution context: AN1467's mutable element that says where the analytic speaks up.
//
// dev is what a developer tool started, at whatever remove, and what is itself not (yet) the
// product of a known signer: untrusted, built for debugging, or a developer tool too. It is
// told by lineage and signer, never by a path alone. test is what runs as a listed user.

#ifndef ENRICH_CONTEXT_H
#define ENRICH_CONTEXT_H

#include "base/str.h"

enum context {
    CONTEXT_PROD,
    CONTEXT_DEV,
    CONTEXT_TEST,
    CONTEXT_COUNT
};

struct context_facts {
    bool is_test_user;
    bool is_below_developer_tool;
    bool is_developer_tool;
    bool is_trusted;
    bool is_debuggable;  // CS_GET_TASK_ALLOW
};

enum context context_of(const struct context_facts *facts);
str context_name(enum context context);

#endif
