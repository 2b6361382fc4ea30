// Where the octets of a file come from: a descriptor, or memory.

#include "macho/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len,
                           struct err *err);
static enum status copy_at(void *context, uint64_t offset, uint8_t *to, size_t len,
                           struct err *err);

enum status macho_source_of_fd(int *fd, struct macho_source *out, struct err *err)
{
    struct stat st;
    if (fstat(*fd, &st) != 0)
        return fail(err, ERR_IO, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(err, ERR_IO, "not a regular file");
    *out = (struct macho_source){ .read = read_at, .context = fd, .size = (uint64_t)st.st_size };
    return OK;
}

struct macho_source macho_source_of_open(const int *fd, uint64_t size)
{
    // The context is read through a pointer to const again.
    return (struct macho_source){ .read = read_at, .context = (void *)(uintptr_t)fd, .size = size };
}

static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const int fd = *(const int *)context;
    const unsigned long long end = offset + len;
    for (size_t done = 0; done < len;) {
        const ssize_t got = pread(fd, to + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(err, ERR_IO, "%s", strerror(errno));
        if (got == 0)
            return fail(err, ERR_IO, "the file shrank to less than %llu octets while it was read",
                        end);
        done += (size_t)got;
    }
    return OK;
}

struct macho_source macho_source_of_bytes(bytes *in)
{
    return (struct macho_source){ .read = copy_at, .context = in, .size = in->len };
}

enum status macho_read_bytes(bytes in, struct arena *a, struct macho_file *out, struct err *err)
{
    const struct macho_source source = macho_source_of_bytes(&in);
    return macho_read(&source, a, out, err);
}

static enum status copy_at(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const bytes *in = context;
    if (offset > in->len || len > in->len - offset)
        return fail(err, ERR_IO, "no %zu octets at %llu", len, (unsigned long long)offset);
    memcpy(to, in->at + offset, len);
    return OK;
}

bool macho_take(struct macho_reading *reading, uint64_t offset, size_t len, bytes *out)
{
    uint8_t *to = arena_alloc(reading->arena, len);
    if (!macho_take_into(reading, offset, to, len))
        return false;
    *out = (bytes){ .at = to, .len = len };
    return true;
}

bool macho_take_into(struct macho_reading *reading, uint64_t offset, uint8_t *to, size_t len)
{
    const struct macho_image *image = reading->image;
    struct err err;
    if (offset > image->size || len > image->size - offset) {
        macho_add_error(reading, "%zu octets at %llu end past the image of %llu", len,
                        (unsigned long long)offset, (unsigned long long)image->size);
        return false;
    }
    if (reading->source->read(reading->source->context, image->offset + offset, to, len, &err) ==
        OK)
        return true;
    macho_add_error(reading, "%s", err.text);
    return false;
}
