#include "macho/windows.h"

#include <assert.h>
#include <string.h>

#define PAGE_BYTES 4096u  // A window begins with one: fewer are touched then.

static_assert(MACHO_WINDOW_READ_MAX + PAGE_BYTES <= MACHO_WINDOW_BYTES, "it fits behind any start");

static enum status read_through(void *context, uint64_t offset, uint8_t *to, size_t len,
                                struct err *err);
static const struct macho_window *find(const struct macho_windows *w, uint64_t offset, size_t len);
static const struct macho_window *move(struct macho_windows *w, uint64_t offset, size_t len);

struct macho_source macho_windows_init(struct macho_windows *w, const struct macho_source *source)
{
    w->source = source;
    w->oldest = 0;
    for (size_t i = 0; i < MACHO_WINDOWS; i++)
        w->at[i].len = 0;
    return (struct macho_source){ .read = read_through, .context = w, .size = source->size };
}

static enum status read_through(void *context, uint64_t offset, uint8_t *to, size_t len,
                                struct err *err)
{
    struct macho_windows *w = context;
    const struct macho_window *window = find(w, offset, len);
    if (window == NULL && len <= MACHO_WINDOW_READ_MAX)
        window = move(w, offset, len);
    if (window == NULL)
        return w->source->read(w->source->context, offset, to, len, err);
    memcpy(to, window->octets + (offset - window->offset), len);
    return OK;
}

static const struct macho_window *find(const struct macho_windows *w, uint64_t offset, size_t len)
{
    for (size_t i = 0; i < MACHO_WINDOWS; i++) {
        const struct macho_window *window = &w->at[i];
        if (offset >= window->offset && offset - window->offset < window->len &&
            len <= window->len - (offset - window->offset))
            return window;
    }
    return NULL;
}

// NULL where so much cannot be read: then what was asked for may be there all the same.
static const struct macho_window *move(struct macho_windows *w, uint64_t offset, size_t len)
{
    struct macho_window *window = &w->at[w->oldest];
    struct err err;
    if (offset > w->source->size || len > w->source->size - offset)
        return NULL;
    const uint64_t start = offset / PAGE_BYTES * PAGE_BYTES;
    const uint64_t rest = w->source->size - start;
    const size_t wanted = rest < MACHO_WINDOW_BYTES ? (size_t)rest : MACHO_WINDOW_BYTES;
    window->len = 0;
    if (w->source->read(w->source->context, start, window->octets, wanted, &err) != OK)
        return NULL;
    window->offset = start;
    window->len = wanted;
    w->oldest = (w->oldest + 1) % MACHO_WINDOWS;
    return window;
}
