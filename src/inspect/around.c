#include "inspect/around.h"

#include "platform/platform.h"
#include "store/links.h"

#include <sys/stat.h>
#include <unistd.h>

#define FORM     STR("1")
#define NOTE_MAX (DISK_PATH_MAX + 128u)

static void note(struct around *a, const struct buf *line);
static bool is_noted(const void *context, uint32_t value);
static bool holds(const struct disk *disk, str place, str line, struct buf *again);
static void add_place(struct buf *line, struct macho_place place, str path);
static void add_part(struct buf *line, enum macho_bundle_part part, int fd);

void around_begin(struct around *a, const struct disk *disk, str place)
{
    if (a->lines.max == 0)
        buf_init(&a->lines, LINKS_AROUND_MAX);
    a->disk = disk;
    a->place = place;
    a->is_partial = false;
    map_reset(&a->noted);
    buf_reset(&a->lines);
    buf_add(&a->lines, FORM);
    buf_add_char(&a->lines, '\n');
}

void around_done(struct around *a)
{
    map_done(&a->noted);
    buf_done(&a->lines);
}

struct macho_place around_look(struct around *a, str path)
{
    struct buf line;
    // No disk has such a path, whatever changes on it.
    if (path.len > DISK_PATH_MAX || str_find_char(path, '\0') < path.len)
        return (struct macho_place){ .is_known = false };
    const struct macho_place place = disk_look(a->disk, path);
    buf_init(&line, NOTE_MAX);
    add_place(&line, place, path);
    note(a, &line);
    buf_done(&line);
    return place;
}

static void add_place(struct buf *line, struct macho_place place, str path)
{
    buf_printf(line, "L%d%d%d ", place.is_known, place.is_there, place.is_writable);
    buf_add(line, path);
}

int around_open_part(struct around *a, enum macho_bundle_part part, uint64_t *out_size)
{
    struct buf line;
    if (!disk_has_bundle(a->place))
        return DISK_PART_MISSING;
    const int fd = disk_open_part(a->disk, a->place, part, out_size);
    buf_init(&line, NOTE_MAX);
    add_part(&line, part, fd);
    note(a, &line);
    buf_done(&line);
    return fd;
}

static void add_part(struct buf *line, enum macho_bundle_part part, int fd)
{
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0)
        buf_printf(line, "P%d %lld %lld %lld", (int)part, (long long)st.st_size,
                   (long long)platform_modified_ns(&st), (long long)platform_changed_ns(&st));
    else
        buf_printf(line, "P%d %s", (int)part, fd == DISK_PART_CLOSED ? "?" : "-");
}

// A line as it would be added.
struct wanted {
    const struct around *around;
    str line;
};

static void note(struct around *a, const struct buf *line)
{
    const struct wanted wanted = { .around = a, .line = buf_str(line) };
    const uint64_t hash = str_hash(wanted.line, 0);
    if (line->failed || str_find_char(wanted.line, '\n') < wanted.line.len)
        a->is_partial = true;
    if (a->is_partial || map_find(&a->noted, hash, is_noted, &wanted) != MAP_NONE)
        return;
    const uint32_t begin = (uint32_t)a->lines.len;  // At most LINKS_AROUND_MAX.
    buf_add(&a->lines, wanted.line);
    buf_add_char(&a->lines, '\n');
    a->is_partial = a->lines.failed;
    if (!a->is_partial)
        map_add(&a->noted, hash, begin);
}

static bool is_noted(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    const str lines = str_from(buf_str(&wanted->around->lines), value);
    return str_starts_with(lines, wanted->line) && lines.at[wanted->line.len] == '\n';
}

str around_text(const struct around *a)
{
    return a->is_partial ? STR_EMPTY : buf_str(&a->lines);
}

bool around_holds(const struct disk *disk, str place, str text)
{
    struct buf again;
    str line;
    if (!str_ends_with(text, STR("\n")) || !str_take_until(&text, '\n', &line) ||
        !str_eq(line, FORM))
        return false;
    buf_init(&again, NOTE_MAX);
    bool is_same = true;
    while (is_same && str_take_until(&text, '\n', &line))
        is_same = holds(disk, place, line, &again);
    buf_done(&again);
    return is_same;
}

// What is asked again must make the same line. The text may come from anywhere.
static bool holds(const struct disk *disk, str place, str line, struct buf *again)
{
    buf_reset(again);
    if (line.len >= 5 && line.at[0] == 'L') {
        const str path = str_from(line, 5);
        add_place(again, disk_look(disk, path), path);
    } else if (line.len > 2 && line.at[0] == 'P' && line.at[1] >= '0' &&
               line.at[1] < '0' + MACHO_BUNDLE_PARTS) {
        const enum macho_bundle_part part = (enum macho_bundle_part)(line.at[1] - '0');
        uint64_t size;
        const int fd = disk_open_part(disk, place, part, &size);
        add_part(again, part, fd);
        if (fd >= 0)
            (void)close(fd);
    }
    return !again->failed && again->len > 0 && str_eq(buf_str(again), line);
}
