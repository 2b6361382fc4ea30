#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status fail(struct err *err, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

void err_prefix(struct err *err, const char *format, ...)
{
    char subject[ERR_TEXT_MAX / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(subject, sizeof subject, format, args);
    va_end(args);

    const size_t used = strlen(subject);
    const size_t len = strlen(err->text);
    const size_t room = sizeof err->text - used - sizeof ": ";
    const size_t kept = len < room ? len : room;
    memmove(err->text + used + 2, err->text, kept);
    memcpy(err->text, subject, used);
    memcpy(err->text + used, ": ", 2);
    err->text[used + 2 + kept] = '\0';
}
