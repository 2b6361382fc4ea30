// Names that have a safer neighbour; using one is a compile error that says which. Included
// by base/str.h's users through the compiler's command line (-include), last of all headers.

#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__GNUC__)
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol gets
#pragma GCC poison ctime localtime gmtime
#endif

#endif
