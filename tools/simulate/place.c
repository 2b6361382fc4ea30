#include "place.h"

#include <stdio.h>

// stat(2) of macOS.
#define MODE_FILE       0100644u
#define MODE_EXECUTABLE 0100755u
#define MODE_DIRECTORY  0040755u
#define MODE_TERMINAL   0020620u
#define FLAGS_SEALED    524320u               // SF_RESTRICTED | UF_COMPRESSED
#define INODES_SEALED   1152921500312000000u  // Of the sealed system volume.
#define DEVICE_SYSTEM   16777234u
#define DEVICE_DATA     16777231u
#define DAY_NS          86400000000000u
#define SYSTEM_BORN_NS  1767312000000000000u  // All files of one macOS release have its date.

static size_t add(char *out, size_t out_size, size_t len, const char *text);
static void set_system_file(struct file *f, uint64_t hash);
static void set_data_file(const struct place *p, struct file *f, uint64_t hash);
static bool is_code(str path);

size_t place_path(const struct place *p, struct rng *rng, const char *pattern, char *out,
                  size_t out_size)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz";
    size_t len = 0;
    for (const char *c = pattern; *c != '\0'; c++) {
        char piece[8] = { *c, '\0' };
        const char *text = piece;
        if (*c == '~')
            text = p->home;
        else if (*c == '%')
            text = p->user;
        else if (*c == '$')
            text = p->temp;
        else if (*c == '*')
            piece[0] = letters[rng_below(rng, sizeof letters - 1)];
        else if (*c == '#')
            (void)snprintf(piece, sizeof piece, "%u", 1 + rng_below(rng, 4000));
        len = add(out, out_size, len, text);
    }
    out[len] = '\0';
    return len;
}

static size_t add(char *out, size_t out_size, size_t len, const char *text)
{
    while (*text != '\0' && len + 1 < out_size)
        out[len++] = *text++;
    return len;
}

struct file place_file(const struct place *p, struct rng *rng, const char *pattern)
{
    struct file f = { .links = 1, .block_size = 4096 };
    f.path_len = place_path(p, rng, pattern, f.path, sizeof f.path);
    const str path = { .at = f.path, .len = f.path_len };
    const bool is_system =
        str_starts_with(path, STR("/System/")) || str_starts_with(path, STR("/bin/")) ||
        str_starts_with(path, STR("/sbin/")) || str_starts_with(path, STR("/usr/"));
    if (is_system)
        set_system_file(&f, str_hash(path, 0));
    else
        set_data_file(p, &f, str_hash(path, p->salt));
    f.mode = is_code(path) ? MODE_EXECUTABLE : MODE_FILE;
    return f;
}

// The same on every Mac.
static void set_system_file(struct file *f, uint64_t hash)
{
    f->device = DEVICE_SYSTEM;
    f->inode = INODES_SEALED + hash % 1000000;
    f->size = 50000 + hash % 3000000;
    f->flags = FLAGS_SEALED;
    f->born_ns = f->modified_ns = f->changed_ns = f->accessed_ns = SYSTEM_BORN_NS;
}

static void set_data_file(const struct place *p, struct file *f, uint64_t hash)
{
    const bool is_users = str_starts_with(str_of(f->path), STR("/Users/"));
    f->device = DEVICE_DATA;
    f->inode = 1000000 + hash % 90000000;
    f->size = 400 + (hash >> 20) % 9000000;
    f->uid = is_users ? 501 : 0;
    f->gid = is_users ? 20 : 80;
    f->born_ns = SYSTEM_BORN_NS - hash % (300 * DAY_NS);
    f->modified_ns = f->born_ns + (hash >> 13) % DAY_NS;
    f->changed_ns = f->modified_ns + 312417;
    f->accessed_ns = p->now_ns - (hash >> 7) % (DAY_NS / 4);
}

static bool is_code(str path)
{
    return str_contains(path, STR("/bin/")) || str_contains(path, STR("/MacOS/")) ||
           str_contains(path, STR("libexec/")) || str_contains(path, STR(".framework/")) ||
           str_ends_with(path, STR(".dylib")) || str_ends_with(path, STR(".so"));
}

struct file place_new_file(const struct place *p, struct rng *rng, const char *pattern)
{
    struct file f = place_file(p, rng, pattern);
    f.inode = 90000000 + rng_below(rng, 9000000);
    f.uid = 501;
    f.gid = 20;
    f.born_ns = f.modified_ns = f.changed_ns = f.accessed_ns = p->now_ns;
    return f;
}

struct file place_directory(const struct place *p, struct rng *rng, const char *pattern)
{
    struct file f = place_file(p, rng, pattern);
    f.mode = MODE_DIRECTORY;
    f.links = (uint32_t)(2 + f.size % 40);
    f.size = UINT64_C(32) * f.links;
    return f;
}

struct file place_directory_of(const struct place *p, struct rng *rng, const struct file *f)
{
    char path[PATH_SIZE];
    const str directory = str_directory((str){ .at = f->path, .len = f->path_len });
    (void)snprintf(path, sizeof path, "%.*s", STR_ARG(directory));
    return place_directory(p, rng, path);
}

struct file place_terminal(const struct place *p, unsigned number)
{
    struct file f = { .device = 1473701289,
                      .device_special = 268435456 + number,
                      .inode = 850 + number,
                      .mode = MODE_TERMINAL,
                      .uid = 501,
                      .gid = 4,
                      .block_size = 65536,
                      .links = 1 };
    f.path_len = (size_t)snprintf(f.path, sizeof f.path, "/dev/ttys%03u", number);
    f.accessed_ns = p->now_ns - 415000;
    f.modified_ns = f.changed_ns = p->now_ns - 72000;
    return f;
}
