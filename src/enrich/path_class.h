// What kind of place a path lies in. A class says who may write there, never who is good.
//
// Where several fit, the first of these wins: sealed and rosetta_aot; a hidden component (one
// that starts with a dot) in a place where users may write, developer places excepted; then
// the place itself. Paths are compared as the sensor gives them: absolute and resolved.

#ifndef ENRICH_PATH_CLASS_H
#define ENRICH_PATH_CLASS_H

#include "base/str.h"

// PATH_CLASS(identifier, name, what lies there)
#define PATH_CLASSES(PATH_CLASS)                                                               \
    PATH_CLASS(OTHER, "other", "Anywhere else")                                                \
    PATH_CLASS(TMP, "tmp", "/tmp and /var/tmp")                                                \
    PATH_CLASS(VAR_FOLDERS_T, "var_folders_t", "A user's own temporary and cache directories") \
    PATH_CLASS(USERS_SHARED, "users_shared", "/Users/Shared")                                  \
    PATH_CLASS(DOWNLOADS, "downloads", "A user's Downloads")                                   \
    PATH_CLASS(USER_LIBRARY, "user_library", "A user's Library")                               \
    PATH_CLASS(VOLUMES, "volumes", "Disk images, sticks, network volumes")                     \
    PATH_CLASS(HIDDEN, "hidden", "Below a name that starts with a dot, where users may write") \
    PATH_CLASS(APP_BUNDLE, "app_bundle", "/Applications, or inside a .app elsewhere")          \
    PATH_CLASS(HOMEBREW, "homebrew", "What Homebrew installs")                                 \
    PATH_CLASS(SEALED, "sealed", "The signed system volume")                                   \
    PATH_CLASS(ROSETTA_AOT, "rosetta_aot", "Rosetta's translations")                           \
    PATH_CLASS(DEVELOPER, "developer", "Build products and packages of toolchains")            \
    PATH_CLASS(OPT, "opt", "/opt and /usr/local but for Homebrew")                             \
    PATH_CLASS(USER_HOME, "user_home", "The rest of a user's home")

enum path_class {
#define PATH_CLASS(identifier, name, what) PATH_CLASS_##identifier,
    PATH_CLASSES(PATH_CLASS)
#undef PATH_CLASS
    PATH_CLASS_COUNT
};

enum path_class path_class_of(str path);
str path_class_name(enum path_class class);

#endif
