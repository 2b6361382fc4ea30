#include "enrich/path_class.h"

static enum path_class class_of_root(str path);
static enum path_class class_of_private(str path);
static enum path_class class_of_var_folders(str rest);
static enum path_class class_of_usr(str path);
static enum path_class class_of_users(str path);
static enum path_class class_of_home(str rest);
static enum path_class class_below(enum path_class class, str rest);
static enum path_class class_outside_app(enum path_class class, str rest);
static bool has_hidden(str rest);
static bool is_hidden(str part);
static bool has_app(str path);
static bool is_writable(str path);
static bool is_developer(str rest);
static bool skip(str *path, str prefix);

static const str names[PATH_CLASS_COUNT] = {
#define PATH_CLASS(identifier, name, what) [PATH_CLASS_##identifier] = STR_INIT(name),
    PATH_CLASSES(PATH_CLASS)
#undef PATH_CLASS
};

// Directories of toolchains and package managers; those that start with a dot are no hiding place.
static const str developer_names[] = {
    STR_INIT("DerivedData"), STR_INIT("node_modules"), STR_INIT("site-packages"),
    STR_INIT(".build"),      STR_INIT(".cargo"),       STR_INIT(".rustup"),
    STR_INIT(".swiftpm"),    STR_INIT(".pyenv"),       STR_INIT(".venv"),
    STR_INIT(".conda"),      STR_INIT(".rbenv"),       STR_INIT(".nvm"),
    STR_INIT(".npm"),        STR_INIT(".asdf"),        STR_INIT(".gradle"),
    STR_INIT(".m2"),         STR_INIT(".dotnet"),      STR_INIT(".vscode"),
    STR_INIT(".cursor"),     STR_INIT(".bun"),         STR_INIT(".deno"),
    STR_INIT(".volta"),      STR_INIT(".opam"),        STR_INIT(".ghcup"),
    STR_INIT(".julia"),
};

// In a home: where tools that follow the XDG directories keep the runtimes that they fetch.
static const str local_places[] = {
    STR_INIT(".local/share/uv/"),
    STR_INIT(".local/share/mise/"),
    STR_INIT(".local/share/pipx/"),
    STR_INIT(".local/pipx/"),
};

// Below sealed directories: firm links to the data volume, which System Integrity Protection leaves to root.
static const str writable_places[] = {
    STR_INIT("/System/Library/Caches/"),
    STR_INIT("/usr/libexec/cups/"),
    STR_INIT("/usr/share/snmp/"),
};

str path_class_name(enum path_class class)
{
    return names[class];
}

enum path_class path_class_of(str path)
{
    // The data volume is shown twice; firm links make the short form the usual one. What programs macOS
    // has are not on it: directories that are called like theirs are anybody's.
    if (!skip(&path, STR("/System/Volumes/Data")) || path.len == 0 || path.at[0] != '/')
        return class_of_root(path);
    const bool is_of_system =
        str_starts_with(path, STR("/System/")) || str_starts_with(path, STR("/Library/Apple/"));
    const enum path_class class = class_of_root(path);
    return class == PATH_CLASS_SEALED && !is_of_system ? PATH_CLASS_OTHER : class;
}

static enum path_class class_of_root(str path)
{
    if (path.len < 2 || path.at[0] != '/' || is_writable(path))
        return PATH_CLASS_OTHER;

    str rest = path;
    if (skip(&rest, STR("/System/")) || skip(&rest, STR("/bin/")) || skip(&rest, STR("/sbin/")) ||
        skip(&rest, STR("/Library/Apple/")))
        return PATH_CLASS_SEALED;
    if (skip(&rest, STR("/usr/")))
        return class_of_usr(rest);
    if (skip(&rest, STR("/Applications/")))
        return class_outside_app(PATH_CLASS_APP_BUNDLE, rest);
    if (skip(&rest, STR("/Users/")))
        return class_of_users(rest);
    if (skip(&rest, STR("/Volumes/")))
        return class_below(PATH_CLASS_VOLUMES, rest);
    if (skip(&rest, STR("/private/")) || skip(&rest, STR("/")))
        return class_of_private(rest);
    return PATH_CLASS_OTHER;
}

// What follows "/private/" or, for what links point to there, "/".
static enum path_class class_of_private(str path)
{
    str rest = path;
    if (skip(&rest, STR("tmp/")) || skip(&rest, STR("var/tmp/")))
        return class_below(PATH_CLASS_TMP, rest);
    if (skip(&rest, STR("var/folders/")))
        return class_of_var_folders(rest);
    if (skip(&rest, STR("var/db/oah/")))
        return PATH_CLASS_ROSETTA_AOT;
    if (skip(&rest, STR("var/root/")))
        return class_of_home(rest);
    if (skip(&rest, STR("opt/homebrew/")))
        return PATH_CLASS_HOMEBREW;
    if (skip(&rest, STR("opt/")))
        return PATH_CLASS_OPT;
    if (skip(&rest, STR("nix/store/")))
        return PATH_CLASS_DEVELOPER;
    return class_outside_app(has_app(path) ? PATH_CLASS_APP_BUNDLE : PATH_CLASS_OTHER, path);
}

// Two parts name the user; T is for temporary files, C and 0 for caches, X for moved applications.
static enum path_class class_of_var_folders(str rest)
{
    str part = STR_EMPTY;
    for (size_t i = 0; i < 3; i++)
        if (!str_take_until(&rest, '/', &part))
            return PATH_CLASS_OTHER;
    if (str_eq(part, STR("X")))
        return has_app(rest) ? PATH_CLASS_APP_BUNDLE : PATH_CLASS_OTHER;
    return class_below(PATH_CLASS_VAR_FOLDERS_T, rest);
}

static enum path_class class_of_usr(str path)
{
    str rest = path;
    if (!skip(&rest, STR("local/")))
        return PATH_CLASS_SEALED;
    str part = STR_EMPTY;
    (void)str_take_until(&rest, '/', &part);
    const bool is_homebrew = str_eq(part, STR("Cellar")) || str_eq(part, STR("Caskroom")) ||
                             str_eq(part, STR("Homebrew")) || str_eq(part, STR("opt"));
    return is_homebrew ? PATH_CLASS_HOMEBREW : PATH_CLASS_OPT;
}

static enum path_class class_of_users(str path)
{
    str user;
    if (!str_take_until(&path, '/', &user))
        return PATH_CLASS_OTHER;
    if (str_eq(user, STR("Shared")))
        return class_below(PATH_CLASS_USERS_SHARED, path);
    return class_of_home(path);
}

static enum path_class class_of_home(str rest)
{
    // What was downloaded stays that, whatever its folders are called.
    if (str_starts_with(rest, STR("Downloads/")))
        return class_below(PATH_CLASS_DOWNLOADS, rest);
    if (is_developer(rest))
        return PATH_CLASS_DEVELOPER;
    if (str_starts_with(rest, STR("Library/")))
        return class_below(PATH_CLASS_USER_LIBRARY, rest);
    return class_below(has_app(rest) ? PATH_CLASS_APP_BUNDLE : PATH_CLASS_USER_HOME, rest);
}

static enum path_class class_below(enum path_class class, str rest)
{
    return has_hidden(rest) ? PATH_CLASS_HIDDEN : class;
}

// Applications have hidden directories of their own, and those hide nothing.
static enum path_class class_outside_app(enum path_class class, str rest)
{
    str part;
    while (str_take_until(&rest, '/', &part)) {
        if (is_hidden(part))
            return PATH_CLASS_HIDDEN;
        if (str_ends_with(part, STR(".app")))
            break;
    }
    return class;
}

static bool has_hidden(str rest)
{
    str part;
    while (str_take_until(&rest, '/', &part))
        if (is_hidden(part))
            return true;
    return false;
}

static bool is_hidden(str part)
{
    return part.len > 1 && part.at[0] == '.' && !str_eq(part, STR(".."));
}

static bool has_app(str path)
{
    return str_contains(path, STR(".app/"));
}

static bool is_writable(str path)
{
    for (size_t i = 0; i < COUNT_OF(writable_places); i++)
        if (str_starts_with(path, writable_places[i]))
            return true;
    return false;
}

static bool is_developer(str rest)
{
    str part;
    for (size_t i = 0; i < COUNT_OF(local_places); i++)
        if (str_starts_with(rest, local_places[i]))
            return true;
    while (str_take_until(&rest, '/', &part))
        for (size_t i = 0; i < COUNT_OF(developer_names); i++)
            if (str_eq(part, developer_names[i]))
                return true;
    return false;
}

static bool skip(str *path, str prefix)
{
    if (!str_starts_with(*path, prefix))
        return false;
    *path = str_from(*path, prefix.len);
    return true;
}
