// The execution context: AN1467's mutable element that says where the analytic speaks up.
//
// It is decided when a process starts, of five facts: whose Mac and whose user it is (a site's lists),
// what it descends from (by signer, in the process table), who signed it, what the toolchain that
// made it left in its signature, and, only ever against it, where it lies. The first line that
// fits decides:
//
//     asset              descends from       itself                                  context
//     test's             anything            anything                                test
//     developers'        a test tool, or is  work                                    test
//     any                a developer tool    work                                    dev
//     developers'        a package manager   work                                    dev
//     developers'        anything            work that was built there               dev
//     any                anything            anything                                prod
//
// Work is what is not the finished product of a known signer: untrusted, built for debugging, or
// a developer tool too. What was built there bears the linker's own signature or was built for
// debugging, and lies where people work: not where downloads, droppers and temporary files do, nor
// in an application. A place only takes the context away; no path and no name gives it.
//
// docs/CONTEXTS.md says how a site tells who its developers are, and what an attacker can make of it.

#ifndef ENRICH_CONTEXT_H
#define ENRICH_CONTEXT_H

#include "enrich/path_class.h"

enum context {
    CONTEXT_PROD,
    CONTEXT_DEV,
    CONTEXT_TEST,
    CONTEXT_COUNT
};

struct context_facts {
    bool is_on_test_asset;        // The Mac or the user is listed as one for tests,
    bool is_on_developers_asset;  // or as a developer's.
    bool is_below_test_tool;      // Or is one.
    bool is_below_developer_tool;
    bool is_below_package_manager;
    bool is_developer_tool;
    bool is_trusted;
    bool is_debuggable;     // CS_GET_TASK_ALLOW
    bool is_linker_signed;  // CS_LINKER_SIGNED
    enum path_class path_class;
};

enum context context_of(const struct context_facts *facts);
str context_name(enum context context);

#endif
