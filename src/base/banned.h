// Names that have a safer neighbour; using one is a compile error. The compiler's command line
// includes this first of all (-include), so it brings the headers that declare them.

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
