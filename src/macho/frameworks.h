// Which frameworks an image reaches by linking, and whether one of $api_frameworks is among them.
//
// An umbrella hands on what it re-exports: an image that links Cocoa and nothing else calls
// Foundation. Which system framework re-exports which is a table, because the libraries
// themselves lie in the shared cache. The verdict speaks of this image: libraries of the
// application's own, which may link anything, make it "unknown" rather than "no", since only
// "no" lets a rule look away. So does text: a program that loads by name (dlopen and the like)
// and has the path of a framework among its constants reaches it without linking it. And so do
// variables that make dyld load others, and imports by names of a framework that is not linked.

#ifndef MACHO_FRAMEWORKS_H
#define MACHO_FRAMEWORKS_H

#include "macho/imports.h"

enum macho_native_api {
    MACHO_NATIVE_API_YES,
    MACHO_NATIVE_API_NO,
    MACHO_NATIVE_API_BRIDGE,  // An interpreter: its scripts reach the frameworks.
    MACHO_NATIVE_API_STRING,  // Does not link it, but names it and can load it.
    MACHO_NATIVE_API_UNKNOWN,
};

struct macho_framework {
    str name;  // As in NAME.framework
    str how;   // The kind of link, or "through Cocoa, AppKit".
};

struct macho_linkage {
    enum macho_native_api verdict;
    struct macho_text_list because;      // "links Cocoa, which re-exports AppKit, …"
    struct macho_framework *frameworks;  // Each once; those linked first, in their order.
    size_t framework_count;
};

// Judged in the order yes, bridge, string, unknown, no. `source` is what the image was read from;
// NULL: strings are not looked at. They are, where nothing else was found and the image imports a
// function that loads by name, or where its imports are not known; NULL in place of `imports`:
// they were not read. `path` is only looked at for the name of an interpreter and may be empty.
// What is told lives in the arena, or as long as the image.
void macho_native_api(const struct macho_source *source, const struct macho_image *image,
                      const struct macho_imports *imports, str path, const str *api_frameworks,
                      size_t api_framework_count, struct arena *a, struct macho_linkage *out);

// What is meant where nobody said otherwise: CoreServices, Cocoa, Foundation. Lives for ever.
const str *macho_default_api_frameworks(size_t *out_count);

// By the name of the file, with or without a version (python3.11), or by the signing identifier.
bool macho_is_interpreter(str path, str identifier);

// "Foundation" of "_NSLog" and "_OBJC_CLASS_$_NSArray", "CoreServices" of "_FSEventStreamCreate";
// empty for names that tell nothing.
str macho_framework_of_symbol(str symbol);

// "yes", "no", "bridge", "string", "unknown"
str macho_native_api_name(enum macho_native_api verdict);

#endif
