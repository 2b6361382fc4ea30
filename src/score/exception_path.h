// Paths of exceptions: patterns that narrow down what a signature has vouched for.
//
//     *          any octets within one part of the path
//     **         any octets
//     {version}  digits, with single dots, commas, underscores or hyphens between them: 4.11.2, 1.2_3
//
// Everything else is itself, octet by octet. A path has several spellings; both sides are compared in
// the shortest:
//
//     /private/var, /private/tmp, /private/etc     without /private
//     /System/Volumes/Data/…                       without it
//     …/AppTranslocation/UUID/d/Foo.app/…          /AppTranslocation/Foo.app/…
//
// The last is an application that is run from where it was downloaded to: its copy lies somewhere else
// each time.

#ifndef SCORE_EXCEPTION_PATH_H
#define SCORE_EXCEPTION_PATH_H

#include "base/arena.h"

#define EXCEPTION_PATH_MAX 1024u  // Octets of a pattern, and of a path that is compared.

// A part of the path, or in the arena.
str exception_path_shortest(str path, struct arena *arena);
// Both are in the shortest spelling. Time is at most the product of their lengths.
bool exception_path_matches(str pattern, str path);

#endif
