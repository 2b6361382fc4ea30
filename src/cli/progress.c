#include "cli/progress.h"

#include "base/buf.h"
#include "cli/cli.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS       100
#define BAR_CELLS      24u
#define LINE_BYTES_MAX 4096u
#define AROUND_BAR     9u  // "[", "] 100 % "

static str cut(str text, size_t len);
static int64_t now_ms(void);

void progress_init(struct progress *p, bool by_request)
{
    *p = (struct progress){ .is_shown = by_request && isatty(STDERR_FILENO) == 1 };
}

void progress_draw(struct progress *p, double done, str what)
{
    const int64_t now = p->is_shown ? now_ms() : 0;
    if (!p->is_shown || now < p->next_ms)
        return;
    p->next_ms = now + EVERY_MS;
    const unsigned width = cli_width_of(STDERR_FILENO);
    if (width < BAR_CELLS + AROUND_BAR + 1)
        return;

    const double part = done < 0 ? 0 : done > 1 ? 1 : done;
    const unsigned filled = (unsigned)(part * BAR_CELLS);
    struct buf b;
    buf_init(&b, LINE_BYTES_MAX);
    buf_add_char(&b, '[');
    for (unsigned i = 0; i < BAR_CELLS; i++)
        buf_add_char(&b, i < filled ? '=' : i == filled ? '>' : ' ');
    buf_printf(&b, "] %3u %% ", (unsigned)(part * 100));
    buf_add_printable(&b, what);
    (void)fprintf(stderr, "\r%.*s\033[K", STR_ARG(cut(buf_str(&b), width - 1)));
    (void)fflush(stderr);
    buf_done(&b);
    p->is_drawn = true;
}

// Not in the middle of a character.
static str cut(str text, size_t len)
{
    while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
        len--;
    return str_to(text, len);
}

void progress_wipe(struct progress *p)
{
    if (!p->is_drawn)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    p->is_drawn = false;
}

static int64_t now_ms(void)
{
    struct timespec now = { .tv_sec = 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
