// Programs that run what others wrote: what such an image links says little of what is called.

#include "macho/frameworks.h"

static bool is_versioned(str name, str base);

// File names, and signing identifiers up to a version.
static const char *const interpreters[] = {
    "osascript", "python", "pythonw", "pypy",  "ruby", "irb",    "perl",  "node",
    "nodejs",    "deno",   "bun",     "jsc",   "java", "php",    "tclsh", "wish",
    "lua",       "luajit", "Rscript", "julia", "pwsh", "dotnet", "mono",
};
static const char *const interpreter_identifiers[] = {
    "com.apple.osascript", "com.apple.python",      "com.apple.ruby",  "com.apple.perl",
    "com.apple.java",      "com.apple.jsc",         "com.apple.tclsh", "com.apple.wish",
    "org.python.python",   "net.java.openjdk.java", "com.oracle.java",
};

bool macho_is_interpreter(str path, str identifier)
{
    const str name = str_base_name(path);
    for (size_t i = 0; i < COUNT_OF(interpreters); i++)
        if (is_versioned(name, str_of(interpreters[i])) ||
            is_versioned(identifier, str_of(interpreters[i])))
            return true;
    for (size_t i = 0; i < COUNT_OF(interpreter_identifiers); i++)
        if (is_versioned(identifier, str_of(interpreter_identifiers[i])))
            return true;
    return false;
}

// "python3.11" is "python" and a version. The framework's own binary is called "Python".
static bool is_versioned(str name, str base)
{
    if (!str_eq_nocase(str_to(name, base.len), base) || name.len < base.len)
        return false;
    for (size_t i = base.len; i < name.len; i++)
        if ((name.at[i] < '0' || name.at[i] > '9') && name.at[i] != '.' && name.at[i] != '-')
            return false;
    return true;
}
