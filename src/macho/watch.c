// The watch list: imports by which code begins that did not come with the image, or by which one
// process reaches into another. What gives memory back or only looks at one's own process is not
// in it (_munmap, _dlclose, _task_info) but for families that are watched as a whole, nor is what
// replaces the whole image (_execve) or makes a copy of it (_fork).

#include "macho/imports.h"

#define MEMORY    STR_INIT("memory")
#define TASK_PORT STR_INIT("task port")
#define THREAD    STR_INIT("thread")
#define LOADER    STR_INIT("loader")
#define JIT       STR_INIT("jit")
#define DEBUG     STR_INIT("debug")
#define SPAWN     STR_INIT("spawn")

#define BEGINNING 4u  // Octets that each of the names has, with the '_'.

// In order of octets: it is searched by halves. A '*' at the end stands for anything: families that
// are watched as a whole.
static const struct {
    str name;
    str family;
} watched[] = {
    { STR_INIT("_NSAddImage"), LOADER },
    { STR_INIT("_NSAddLibrary"), LOADER },
    { STR_INIT("_NSAddLibraryWithSearching"), LOADER },
    { STR_INIT("_NSCreateObjectFileImageFromFile"), LOADER },
    { STR_INIT("_NSCreateObjectFileImageFromMemory"), LOADER },
    { STR_INIT("_NSLinkModule"), LOADER },
    { STR_INIT("_NSLookupSymbolInModule"), LOADER },
    { STR_INIT("_debug_control_port_for_pid"), TASK_PORT },
    { STR_INIT("_dlopen"), LOADER },
    { STR_INIT("_dlopen_audited"), LOADER },
    { STR_INIT("_dlopen_from"), LOADER },
    { STR_INIT("_dlsym"), LOADER },
    { STR_INIT("_mach_vm_*"), MEMORY },
    { STR_INIT("_mmap"), MEMORY },
    { STR_INIT("_mprotect"), MEMORY },
    { STR_INIT("_mremap_encrypted"), MEMORY },
    { STR_INIT("_pid_suspend"), TASK_PORT },
    { STR_INIT("_posix_spawn*"), SPAWN },
    { STR_INIT("_processor_set_tasks"), TASK_PORT },
    { STR_INIT("_processor_set_tasks_with_flavor"), TASK_PORT },
    { STR_INIT("_pthread_create"), THREAD },
    { STR_INIT("_pthread_create_from_mach_thread"), THREAD },
    { STR_INIT("_pthread_create_suspended_np"), THREAD },
    { STR_INIT("_pthread_jit_write_*"), JIT },
    { STR_INIT("_ptrace"), DEBUG },
    { STR_INIT("_sys_icache_invalidate"), JIT },
    { STR_INIT("_task_for_pid"), TASK_PORT },
    { STR_INIT("_task_identity_token_get_task_port"), TASK_PORT },
    { STR_INIT("_task_inspect_for_pid"), TASK_PORT },
    { STR_INIT("_task_name_for_pid"), TASK_PORT },
    { STR_INIT("_task_read_for_pid"), TASK_PORT },
    { STR_INIT("_task_suspend"), TASK_PORT },
    { STR_INIT("_task_suspend2"), TASK_PORT },
    { STR_INIT("_task_threads"), TASK_PORT },
    { STR_INIT("_thread_convert_thread_state"), THREAD },
    { STR_INIT("_thread_create"), THREAD },
    { STR_INIT("_thread_create_running"), THREAD },
    { STR_INIT("_thread_set_state"), THREAD },
    { STR_INIT("_vm_allocate"), MEMORY },
    { STR_INIT("_vm_copy"), MEMORY },
    { STR_INIT("_vm_map"), MEMORY },
    { STR_INIT("_vm_protect"), MEMORY },
    { STR_INIT("_vm_read"), MEMORY },
    { STR_INIT("_vm_read_overwrite"), MEMORY },
    { STR_INIT("_vm_remap"), MEMORY },
    { STR_INIT("_vm_write"), MEMORY },
};

static bool may_begin(char c);
static int compare(str symbol, str pattern);

bool macho_is_watched(str symbol)
{
    return macho_watch_family(symbol).len > 0;
}

str macho_watch_family(str symbol)
{
    // Nearly all names are of C++, Swift or Objective-C: "__Z…", "_$s…", "_OBJC_…".
    if (symbol.len < BEGINNING || !may_begin(symbol.at[1]))
        return STR_EMPTY;
    size_t from = 0;
    size_t to = COUNT_OF(watched);
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = compare(symbol, watched[middle].name);
        if (order == 0)
            return watched[middle].family;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return STR_EMPTY;
}

// The letters behind the '_'.
static bool may_begin(char c)
{
    return c == 'N' || c == 'd' || c == 'm' || c == 'p' || c == 's' || c == 't' || c == 'v';
}

// No name but itself begins with the name of a family. Both have a beginning, which mostly decides.
static int compare(str symbol, str pattern)
{
    for (size_t i = 0; i < BEGINNING; i++)
        if (symbol.at[i] != pattern.at[i])
            return (unsigned char)symbol.at[i] - (unsigned char)pattern.at[i];
    const str name = str_to(symbol, str_find_char(symbol, '$'));
    const size_t last = pattern.len - 1;
    return pattern.at[last] == '*' ? str_cmp(str_to(name, last), str_to(pattern, last))
                                   : str_cmp(name, pattern);
}
