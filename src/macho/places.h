// What a path says of the place it leads to, without asking the disk: whether that is the system's,
// which nobody else writes to. The disk takes upper and lower case for the same, and so do these.

#ifndef MACHO_PLACES_H
#define MACHO_PLACES_H

#include "base/arena.h"
#include "base/str.h"

// An absolute path without "//", "." and "..", as dyld prints it: itself where it is so already, or
// in the arena. For a directory that is a link, the system may go elsewhere.
str macho_normal_path(struct arena *a, str path);
// The same into memory of the caller, of one octet more than `path` has.
str macho_normal_path_into(char *at, str path);

// Below a directory that is sealed or guarded by System Integrity Protection: nobody plants there,
// and the libraries of it lie in the shared cache. False where the path is not normal, because it
// may lead elsewhere.
bool macho_is_sealed_path(str path);
// The same of those directories that have libraries and frameworks.
bool macho_is_system_path(str path);

// "libswiftCore.dylib" and the like, which Swift's own compiler links: Apple's, wherever they lie.
// Before they were part of the system they were shipped inside applications.
bool macho_is_swift_runtime(str library);

#endif
