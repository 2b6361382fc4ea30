// Which paths have a bundle around them.

#include "inspect/disk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void disk_has_bundle__knows_bundles_by_their_paths(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        bool has_bundle;
    } cases[] = {
        { "/Applications/X.app/Contents/MacOS/X", true },
        { "/Contents/MacOS/X", true },  // The root is the bundle.
        { "/L/X.framework/Versions/A/X", true },
        { "/L/X.framework/Versions/X", false },
        { "/L/X.framework/X", true },
        { "/X.app/X", true },
        { "/L/X.kext/X", true },
        { "/usr/bin/true", false },
        { "/L/X.app/Contents/Frameworks/lib.dylib", false },
        { "/true", false },
        { "true", false },
        { "", false },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (disk_has_bundle(str_of(cases[i].place)) != cases[i].has_bundle)
            fail_msg("%s", cases[i].place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disk_has_bundle__knows_bundles_by_their_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
