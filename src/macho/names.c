// Numbers of the format, and the names by which people know them.

#include "macho/internal.h"

struct name {
    uint32_t number;
    const char *name;
};

static str name_of(const struct name *names, size_t count, uint32_t number);
static char *put_number(char *end, uint32_t number);

// <mach/machine.h>
static const struct {
    uint32_t cpu_type;
    uint32_t cpu_subtype;
    const char *name;
} archs[] = {
    { 0x01000007, 3, "x86_64" },
    { 0x01000007, 8, "x86_64h" },
    { 0x0100000c, 0, "arm64" },
    { 0x0100000c, 1, "arm64v8" },
    { 0x0100000c, 2, "arm64e" },
    { 0x0100000c, 12, "arm64e.x1" },
    { 0x0200000c, 0, "arm64_32" },
    { 0x0200000c, 1, "arm64_32" },
    { 12, 6, "armv6" },
    { 12, 9, "armv7" },
    { 12, 11, "armv7s" },
    { 12, 12, "armv7k" },
    { 12, 14, "armv6m" },
    { 12, 15, "armv7m" },
    { 12, 16, "armv7em" },
    { 7, 3, "i386" },
    { 0x01000012, 0, "ppc64" },
    { 0x01000012, 100, "ppc64" },
    { 18, 0, "ppc" },
    { 18, 9, "ppc" },
    { 18, 10, "ppc" },
    { 18, 11, "ppc" },
    { 18, 100, "ppc" },
};

str macho_arch_name(uint32_t cpu_type, uint32_t cpu_subtype, struct arena *a)
{
    for (size_t i = 0; i < COUNT_OF(archs); i++)
        if (archs[i].cpu_type == cpu_type && archs[i].cpu_subtype == cpu_subtype)
            return str_of(archs[i].name);
    return arena_printf(a, "cpu-0x%x-%u", (unsigned)cpu_type, (unsigned)cpu_subtype);
}

str macho_link_kind_name(enum macho_link_kind kind)
{
    static const struct name names[] = {
        { MACHO_LINK_LOAD, "load" },         { MACHO_LINK_WEAK, "weak" },
        { MACHO_LINK_REEXPORT, "reexport" }, { MACHO_LINK_UPWARD, "upward" },
        { MACHO_LINK_LAZY, "lazy" },         { MACHO_LINK_DELAYED, "delayed" },
    };
    return name_of(names, COUNT_OF(names), kind);
}

static str name_of(const struct name *names, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return str_of(names[i].name);
    return STR_EMPTY;
}

// MH_* of <mach-o/loader.h>
str macho_file_type_name(uint32_t file_type)
{
    static const struct name names[] = {
        { 1, "object" },       { 2, "execute" },    { 3, "fvmlib" },       { 4, "core" },
        { 5, "preload" },      { 6, "dylib" },      { 7, "dylinker" },     { 8, "bundle" },
        { 9, "dylib_stub" },   { 10, "dsym" },      { 11, "kext_bundle" }, { 12, "fileset" },
        { 13, "gpu_execute" }, { 14, "gpu_dylib" },
    };
    return name_of(names, COUNT_OF(names), file_type);
}

// PLATFORM_* of <mach-o/loader.h>
str macho_platform_name(uint32_t platform)
{
    static const struct name names[] = {
        { 1, "macos" },        { 2, "ios" },           { 3, "tvos" },
        { 4, "watchos" },      { 5, "bridgeos" },      { 6, "maccatalyst" },
        { 7, "iossimulator" }, { 8, "tvossimulator" }, { 9, "watchossimulator" },
        { 10, "driverkit" },   { 11, "visionos" },     { 12, "visionossimulator" },
        { 13, "firmware" },    { 14, "sepos" },
    };
    return name_of(names, COUNT_OF(names), platform);
}

str macho_hash_name(enum macho_hash hash)
{
    static const struct name names[] = {
        { MACHO_HASH_SHA1, "sha1" },
        { MACHO_HASH_SHA256, "sha256" },
        { MACHO_HASH_SHA256_TRUNCATED, "sha256t" },
        { MACHO_HASH_SHA384, "sha384" },
    };
    return name_of(names, COUNT_OF(names), hash);
}

str macho_signature_state_name(enum macho_signature_state state)
{
    static const struct name names[] = {
        { MACHO_UNSIGNED, "unsigned" },
        { MACHO_SIGNED_ADHOC, "adhoc" },
        { MACHO_SIGNED_BY_LINKER, "linker_signed" },
        { MACHO_SIGNED, "signed" },
        { MACHO_SIGNATURE_INVALID, "invalid" },
    };
    return name_of(names, COUNT_OF(names), state);
}

// CS_* of <kern/cs_blobs.h>
str macho_flag_name(uint32_t bit)
{
    static const struct name names[] = {
        { 0x00000001, "valid" },
        { 0x00000002, "adhoc" },
        { 0x00000004, "get_task_allow" },
        { 0x00000008, "installer" },
        { 0x00000010, "forced_lv" },
        { 0x00000020, "invalid_allowed" },
        { 0x00000100, "hard" },
        { 0x00000200, "kill" },
        { 0x00000400, "check_expiration" },
        { 0x00000800, "restrict" },
        { 0x00001000, "enforcement" },
        { 0x00002000, "require_lv" },
        { 0x00004000, "entitlements_validated" },
        { 0x00008000, "nvram_unrestricted" },
        { 0x00010000, "runtime" },
        { 0x00020000, "linker_signed" },
        { 0x00100000, "exec_set_hard" },
        { 0x00200000, "exec_set_kill" },
        { 0x00400000, "exec_set_enforcement" },
        { 0x00800000, "exec_inherit_sip" },
        { 0x01000000, "killed" },
        { 0x02000000, "no_untrusted_helpers" },
        { 0x04000000, "platform_binary" },
        { 0x08000000, "platform_path" },
        { 0x10000000, "debugged" },
        { 0x20000000, "signed" },
        { 0x40000000, "dev_code" },
        { 0x80000000, "datavault_controller" },
    };
    return name_of(names, COUNT_OF(names), bit);
}

str macho_version_text(uint32_t version, struct arena *a)
{
    char text[sizeof "65535.255.255"];
    char *const end = text + sizeof text;
    // From the end. By hand: every link has two of them.
    char *at = end;
    if ((version & 0xff) != 0) {
        at = put_number(at, version & 0xff);
        *--at = '.';
    }
    at = put_number(at, version >> 8 & 0xff);
    *--at = '.';
    at = put_number(at, version >> 16);
    return arena_str(a, (str){ .at = at, .len = (size_t)(end - at) });
}

// The number's digits before `end`; where they begin.
static char *put_number(char *end, uint32_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

str macho_hex(bytes in, struct arena *a)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(a, 2 * in.len + 1);
    for (size_t i = 0; i < in.len; i++) {
        text[2 * i] = digits[in.at[i] >> 4];
        text[2 * i + 1] = digits[in.at[i] & 0xf];
    }
    text[2 * in.len] = '\0';
    return (str){ .at = text, .len = 2 * in.len };
}
