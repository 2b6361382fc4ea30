// What each kind of event carries, one function a kind; fork and exec are in host.c.

#include "record.h"

#define OPEN_FOR_READING      1u  // fflag FREAD
#define MODE_NEW              0644u
#define MAP_PRIVATE_FIXED     0x12u  // As dyld maps.
#define ARM_THREAD_STATE      6u     // Flavor of thread_state.
#define NEW_PATH_PERMILLE     150u   // How many creates name directory and file name.
#define HEAP_START            0x120000000u
#define HEAP_PAGES            200000u
#define PAGE_SIZE_ARM         16384u
#define VERSION_OF_INSTIGATOR 9u
#define PROC_CHECK_PIDINFO    2u

static json_write write_destination;
static json_write write_new_path;
static json_write write_thread_state;

void host_open(struct host *h, const struct process *p, const struct file *f)
{
    const struct json_member members[] = {
        PART_AS("file", record_file, f),
        UINT_AS("fflag", OPEN_FOR_READING),
    };
    record_add(h, EVENT_OPEN, p, members, COUNT_OF(members));
}

void host_close(struct host *h, const struct process *p, const struct file *f, bool modified)
{
    const struct json_member members[] = {
        PART_AS("target", record_file, f),
        BOOL_AS("modified", modified),
        BOOL_AS("was_mapped_writable", false),
    };
    record_add(h, EVENT_CLOSE, p, members, COUNT_OF(members));
}

void host_create(struct host *h, const struct process *p, const struct file *f)
{
    const struct file directory = place_directory_of(&h->place, &h->rng, f);
    const struct destination destination = {
        .file = f,
        .directory = &directory,
        .is_new_path = rng_permille(&h->rng, NEW_PATH_PERMILLE),
    };
    const struct json_member members[] = {
        UINT_AS("destination_type", destination.is_new_path),
        PART_AS("destination", write_destination, &destination),
        NULL_AS("acl"),
    };
    record_add(h, EVENT_CREATE, p, members, COUNT_OF(members));
}

static void write_destination(struct json *j, const void *of)
{
    const struct destination *d = of;
    const struct json_member new_path = PART_AS("new_path", write_new_path, d);
    const struct json_member existing = PART_AS("existing_file", record_file, d->file);
    json_object(j, d->is_new_path ? &new_path : &existing, 1);
}

static void write_new_path(struct json *j, const void *of)
{
    const struct destination *d = of;
    const struct json_member members[] = {
        PART_AS("dir", record_file, d->directory),
        TEXT_AS("filename", str_base_name((str){ .at = d->file->path, .len = d->file->path_len })),
        UINT_AS("mode", MODE_NEW),
    };
    json_object(j, members, COUNT_OF(members));
}

void host_write(struct host *h, const struct process *p, const struct file *f)
{
    const struct json_member members[] = { PART_AS("target", record_file, f) };
    record_add(h, EVENT_WRITE, p, members, COUNT_OF(members));
}

void host_rename(struct host *h, const struct process *p, const struct file *from,
                 const struct file *to, bool replaces)
{
    const struct file directory = place_directory_of(&h->place, &h->rng, to);
    const struct destination destination = { .file = to,
                                             .directory = &directory,
                                             .is_new_path = !replaces };
    const struct json_member members[] = {
        PART_AS("source", record_file, from),
        UINT_AS("destination_type", destination.is_new_path),
        PART_AS("destination", write_destination, &destination),
    };
    record_add(h, EVENT_RENAME, p, members, COUNT_OF(members));
}

void host_unlink(struct host *h, const struct process *p, const struct file *f)
{
    const struct file directory = place_directory_of(&h->place, &h->rng, f);
    const struct json_member members[] = {
        PART_AS("target", record_file, f),
        PART_AS("parent_dir", record_file, &directory),
    };
    record_add(h, EVENT_UNLINK, p, members, COUNT_OF(members));
}

void host_read_file(struct host *h, const struct process *p, const char *pattern)
{
    const struct file f = place_file(&h->place, &h->rng, pattern);
    host_open(h, p, &f);
    host_wait(h, 5 * MILLISECOND_NS);
    host_close(h, p, &f, false);
}

struct file host_write_file(struct host *h, const struct process *p, const char *pattern)
{
    const struct file f = place_new_file(&h->place, &h->rng, pattern);
    host_create(h, p, &f);
    host_wait(h, 5 * MILLISECOND_NS);
    host_write(h, p, &f);
    host_close(h, p, &f, true);
    return f;
}

void host_map(struct host *h, const struct process *p, const struct file *f)
{
    host_map_foreign(h, p, f, p->program);
}

void host_map_foreign(struct host *h, const struct process *p, const struct file *f,
                      const struct program *maker)
{
    if (maker != NULL)
        inventory_add_library(h->inventory, str_of(h->id), maker, f);
    host_map_as(h, p, f, PROTECT_READ | PROTECT_EXECUTE);
}

void host_map_as(struct host *h, const struct process *p, const struct file *f, uint32_t protection)
{
    const struct json_member members[] = {
        PART_AS("source", record_file, f),
        UINT_AS("protection", protection),
        UINT_AS("max_protection", protection),
        UINT_AS("flags", MAP_PRIVATE_FIXED),
        UINT_AS("file_pos", 0),
    };
    record_add(h, EVENT_MMAP, p, members, COUNT_OF(members));
}

void host_protect(struct host *h, const struct process *p, uint64_t address, uint64_t size,
                  uint32_t protection)
{
    const struct json_member members[] = {
        UINT_AS("protection", protection),
        UINT_AS("address", address),
        UINT_AS("size", size),
    };
    record_add(h, EVENT_MPROTECT, p, members, COUNT_OF(members));
}

uint64_t host_any_address(struct host *h)
{
    return HEAP_START + (uint64_t)rng_below(&h->rng, HEAP_PAGES) * PAGE_SIZE_ARM;
}

void host_access(struct host *h, enum event_kind kind, const struct process *p,
                 const struct process *target)
{
    const struct subject subject = { .host = h, .process = target };
    // The last member depends on the kind; trace has none but the target.
    const struct json_member type = UINT_AS("type", 0);
    const struct json_member state = PART_AS("thread_state", write_thread_state, NULL);
    const struct json_member members[] = {
        PART_AS("target", record_process, &subject),
        kind == EVENT_REMOTE_THREAD_CREATE ? state : type,
    };
    record_add(h, kind, p, members, kind == EVENT_TRACE ? 1 : COUNT_OF(members));
}

static void write_thread_state(struct json *j, const void *of)
{
    (void)of;
    const struct json_member members[] = {
        UINT_AS("flavor", ARM_THREAD_STATE),
        NULL_AS("state"),
    };
    json_object(j, members, COUNT_OF(members));
}

void host_check(struct host *h, const struct process *p, const struct process *target)
{
    const struct subject subject = { .host = h, .process = target };
    const struct json_member members[] = {
        PART_AS("target", record_process, &subject),
        UINT_AS("type", PROC_CHECK_PIDINFO),
        UINT_AS("flavor", 1 + rng_below(&h->rng, 20)),
    };
    record_add(h, EVENT_PROC_CHECK, p, members, COUNT_OF(members));
}

void host_suspend(struct host *h, const struct process *p, const struct process *target,
                  bool resumes)
{
    const struct subject subject = { .host = h, .process = target };
    const struct json_member members[] = {
        PART_AS("target", record_process, &subject),
        UINT_AS("type", resumes),
    };
    record_add(h, EVENT_PROC_SUSPEND_RESUME, p, members, COUNT_OF(members));
}

void host_signal(struct host *h, const struct process *p, const struct process *target,
                 uint32_t number)
{
    const struct subject subject = { .host = h, .process = target };
    const struct json_member members[] = {
        UINT_AS("sig", number), PART_AS("target", record_process, &subject),
        NULL_AS("instigator"),  // Absent in older versions.
    };
    const bool has_instigator = h->json.version >= VERSION_OF_INSTIGATOR;
    record_add(h, EVENT_SIGNAL, p, members, COUNT_OF(members) - (has_instigator ? 0 : 1));
}

void host_invalidate(struct host *h, const struct process *p)
{
    record_add(h, EVENT_CS_INVALIDATED, p, NULL, 0);
}
