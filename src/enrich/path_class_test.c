#include "enrich/path_class.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct sample {
    const char *path;
    const char *class;
};

static const struct sample samples[] = {
    { "", "other" },
    { "/", "other" },
    { "relative/path", "other" },
    { "/Library/Foo/bar", "other" },
    { "/tmp/a", "tmp" },
    { "/private/tmp/a/b", "tmp" },
    { "/private/var/tmp/a", "tmp" },
    { "/tmpfile", "other" },
    { "/private/tmp/.a", "hidden" },
    { "/private/tmp/.cargo/a", "hidden" },
    { "/var/folders/zz/abc/T/a.dylib", "var_folders_t" },
    { "/private/var/folders/q4/abc/T/jna1.tmp", "var_folders_t" },
    { "/private/var/folders/q4/abc/C/a", "var_folders_t" },
    { "/private/var/folders/q4/abc/X/1/d/A.app/Contents/MacOS/A", "app_bundle" },
    { "/private/var/folders/q4", "other" },
    { "/private/var/folders/q4/abc/T/.x/a", "hidden" },
    { "/Users/Shared/a", "users_shared" },
    { "/Users/Shared/.a/b", "hidden" },
    { "/Users/robin/Downloads/a", "downloads" },
    { "/Users/robin/Downloads/A.app/Contents/MacOS/A", "downloads" },
    { "/Users/robin/Library/Audio/Plug-Ins/a", "user_library" },
    { "/Users/robin/Library/.a/b", "hidden" },
    { "/Users/robin/bin/a", "user_home" },
    { "/Users/robin", "user_home" },
    { "/Users/robin/.a", "hidden" },
    { "/Users/robin/../a", "user_home" },
    { "/Users/robin/Applications/A.app/Contents/MacOS/A", "app_bundle" },
    { "/Users/robin/.x/A.app/Contents/MacOS/A", "hidden" },
    { "/private/var/root/a", "user_home" },
    { "/Volumes/Installer/A.app/Contents/MacOS/A", "volumes" },
    { "/Volumes/Installer/.a/b", "hidden" },
    { "/Applications/A.app/Contents/MacOS/A", "app_bundle" },
    { "/Applications/Utilities/a", "app_bundle" },
    { "/Library/Application Support/A.app/Contents/MacOS/a", "app_bundle" },
    { "/opt/homebrew/Cellar/a/1/bin/a", "homebrew" },
    { "/usr/local/Cellar/a/1/bin/a", "homebrew" },
    { "/usr/local/bin/a", "opt" },
    { "/opt/local/bin/a", "opt" },
    { "/usr/bin/a", "sealed" },
    { "/usr/lib/dyld", "sealed" },
    { "/bin/zsh", "sealed" },
    { "/sbin/launchd", "sealed" },
    { "/System/Applications/Preview.app/Contents/MacOS/Preview", "sealed" },
    { "/System/Volumes/Preboot/Cryptexes/OS/System/Library/dyld/dyld_shared_cache_arm64e",
      "sealed" },
    { "/System/Library/Caches/a.dylib", "other" },
    { "/usr/libexec/cups/filter/a", "other" },
    { "/usr/share/snmp/a", "other" },
    { "/System/Volumes/Data/System/Library/Caches/a.dylib", "other" },
    { "/System/Volumes/Data/usr/lib/a.dylib", "other" },
    { "/System/Volumes/Data/bin/zsh", "other" },
    { "/System/Volumes/Data/usr/local/bin/a", "opt" },
    { "/System/Volumes/Data/System/Library/AssetsV2/a/b", "sealed" },
    { "/System/Volumes/Data", "other" },
    { "/Applications/.a/b", "hidden" },
    { "/Applications/.A.app/Contents/MacOS/A", "hidden" },
    { "/Applications/A.app/Contents/.a/b", "app_bundle" },
    { "/Library/.a/b", "hidden" },
    { "/Library/A/.b", "hidden" },
    { "/private/.a/b", "hidden" },
    { "/.a/b", "hidden" },
    { "/System/Volumes/Data/Users/robin/Downloads/a", "downloads" },
    { "/System/Volumes/Data/private/tmp/a", "tmp" },
    { "/private/var/db/oah/1/2/a.aot", "rosetta_aot" },
    { "/Users/robin/Library/Developer/Xcode/DerivedData/K/a", "developer" },
    { "/Users/robin/.cargo/bin/a", "developer" },
    { "/Users/robin/src/k/.build/debug/k", "developer" },
    { "/Users/robin/src/k/node_modules/a/a.node", "developer" },
    { "/nix/store/abc-a/bin/a", "developer" },
};

static void path_class_of__tells_places_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const str name = path_class_name(path_class_of(str_of(samples[i].path)));
        if (!str_eq(name, str_of(samples[i].class)))
            fail_msg("%s: %.*s where %s was expected", samples[i].path, STR_ARG(name),
                     samples[i].class);
    }
}

// Every beginning of every sample: nothing is read past the end.
static void path_class_of__reads_no_further_than_the_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const str path = str_of(samples[i].path);
        for (size_t len = 0; len <= path.len; len++) {
            char *exact = test_malloc(len + 1);
            memcpy(exact, path.at, len);
            assert_in_range(path_class_of((str){ .at = exact, .len = len }), 0,
                            PATH_CLASS_COUNT - 1);
            test_free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_class_of__tells_places_apart),
        cmocka_unit_test(path_class_of__reads_no_further_than_the_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
