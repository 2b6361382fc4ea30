#include "macho/places.h"

#define SWIFT_PREFIX "libswift"
#define SWIFT_SUFFIX ".dylib"
// Sealed images of their own: Safari and the shared cache come in one.
#define CRYPTEXES "/System/Volumes/Preboot/Cryptexes/"

static bool is_unsealed(str path);
static bool is_normal(str path);
static bool begins_with_any(str path, const str *prefixes, size_t count);
static bool begins_with(str path, str prefix);

// On the volume of the user's data, although their names lie below the system's: what
// /usr/share/firmlinks lists, and the other volumes, which are mounted below /System/Volumes.
static const str unsealed[] = {
    STR_INIT("/System/Volumes/"),
    STR_INIT("/System/Library/Assets/"),
    STR_INIT("/System/Library/AssetsV2/"),
    STR_INIT("/System/Library/Caches/"),
    STR_INIT("/System/Library/CoreServices/CoreTypes.bundle/Contents/Library/"),
    STR_INIT("/System/Library/PreinstalledAssets/"),
    STR_INIT("/System/Library/PreinstalledAssetsV2/"),
    STR_INIT("/System/Library/Speech/"),
    STR_INIT("/usr/libexec/cups/"),
    STR_INIT("/usr/local/"),
    STR_INIT("/usr/share/snmp/"),
};

// Behind "libswift": those of the toolchain's lib/swift/macosx, and of the systems since.
static const str swift_names[] = {
    STR_INIT("ARKit"),
    STR_INIT("AVFoundation"),
    STR_INIT("Accelerate"),
    STR_INIT("AppKit"),
    STR_INIT("CallKit"),
    STR_INIT("CloudKit"),
    STR_INIT("Compression"),
    STR_INIT("Contacts"),
    STR_INIT("Core"),
    STR_INIT("CoreAudio"),
    STR_INIT("CoreData"),
    STR_INIT("CoreFoundation"),
    STR_INIT("CoreGraphics"),
    STR_INIT("CoreImage"),
    STR_INIT("CoreLocation"),
    STR_INIT("CoreMIDI"),
    STR_INIT("CoreML"),
    STR_INIT("CoreMedia"),
    STR_INIT("CoreMediaIO"),
    STR_INIT("CoreNFC"),
    STR_INIT("CryptoTokenKit"),
    STR_INIT("Darwin"),
    STR_INIT("Demangle"),
    STR_INIT("Dispatch"),
    STR_INIT("Distributed"),
    STR_INIT("FileProvider"),
    STR_INIT("Foundation"),
    STR_INIT("GLKit"),
    STR_INIT("GameplayKit"),
    STR_INIT("HomeKit"),
    STR_INIT("IOKit"),
    STR_INIT("Intents"),
    STR_INIT("MLCompute"),
    STR_INIT("MapKit"),
    STR_INIT("MediaPlayer"),
    STR_INIT("Metal"),
    STR_INIT("MetalKit"),
    STR_INIT("ModelIO"),
    STR_INIT("NaturalLanguage"),
    STR_INIT("Network"),
    STR_INIT("OSLog"),
    STR_INIT("ObjectiveC"),
    STR_INIT("Observation"),
    STR_INIT("PassKit"),
    STR_INIT("Photos"),
    STR_INIT("QuartzCore"),
    STR_INIT("RegexBuilder"),
    STR_INIT("RemoteMirror"),
    STR_INIT("SafariServices"),
    STR_INIT("SceneKit"),
    STR_INIT("ShazamKit"),
    STR_INIT("SoundAnalysis"),
    STR_INIT("Speech"),
    STR_INIT("SpriteKit"),
    STR_INIT("SwiftOnoneSupport"),
    STR_INIT("Synchronization"),
    STR_INIT("System"),
    STR_INIT("UIKit"),
    STR_INIT("UniformTypeIdentifiers"),
    STR_INIT("UserNotifications"),
    STR_INIT("VideoSubscriberAccount"),
    STR_INIT("VideoToolbox"),
    STR_INIT("Vision"),
    STR_INIT("WatchKit"),
    STR_INIT("WebKit"),
    STR_INIT("XPC"),
    STR_INIT("_Builtin_float"),
    STR_INIT("_Concurrency"),
    STR_INIT("_Differentiation"),
    STR_INIT("_RegexParser"),
    STR_INIT("_StringProcessing"),
    STR_INIT("os"),
    STR_INIT("simd"),
};

bool macho_is_sealed_path(str path)
{
    static const str sealed[] = {
        STR_INIT("/System/"), STR_INIT("/usr/"),           STR_INIT("/bin/"),
        STR_INIT("/sbin/"),   STR_INIT("/Library/Apple/"),
    };
    return begins_with_any(path, sealed, COUNT_OF(sealed)) && !is_unsealed(path) && is_normal(path);
}

bool macho_is_system_path(str path)
{
    static const str system[] = { STR_INIT("/System/"), STR_INIT("/usr/lib/") };
    return begins_with_any(path, system, COUNT_OF(system)) && !is_unsealed(path) && is_normal(path);
}

static bool is_unsealed(str path)
{
    return begins_with_any(path, unsealed, COUNT_OF(unsealed)) &&
           !begins_with(path, STR(CRYPTEXES));
}

static bool begins_with_any(str path, const str *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (begins_with(path, prefixes[i]))
            return true;
    return false;
}

static bool begins_with(str path, str prefix)
{
    return path.len >= prefix.len && str_eq_nocase(str_to(path, prefix.len), prefix);
}

// Of an absolute one: each '/' has a name behind it that is not "." or "..".
static bool is_normal(str path)
{
    for (size_t at = 0; at < path.len; at++) {
        const str name = str_to(str_from(path, at + 1), str_find_char(str_from(path, at + 1), '/'));
        if (name.len == 0 || str_eq(name, STR(".")) || str_eq(name, STR("..")))
            return false;
        at += name.len;
    }
    return true;
}

str macho_normal_path(struct arena *a, str path)
{
    return is_normal(path) ? path : macho_normal_path_into(arena_alloc(a, path.len + 1), path);
}

str macho_normal_path_into(char *at, str path)
{
    size_t len = 0;
    str part;
    while (str_take_until(&path, '/', &part)) {
        if (part.len == 0 || str_eq(part, STR(".")))
            continue;
        if (str_eq(part, STR(".."))) {
            while (len > 0 && at[--len] != '/') {
            }
            continue;
        }
        at[len++] = '/';
        memcpy(at + len, part.at, part.len);
        len += part.len;
    }
    return len > 0 ? (str){ .at = at, .len = len } : STR("/");
}

bool macho_is_swift_runtime(str library)
{
    const size_t around = sizeof SWIFT_PREFIX - 1 + sizeof SWIFT_SUFFIX - 1;
    if (library.len <= around || !str_starts_with(library, STR(SWIFT_PREFIX)) ||
        !str_ends_with(library, STR(SWIFT_SUFFIX)))
        return false;
    const str name = str_to(str_from(library, sizeof SWIFT_PREFIX - 1), library.len - around);
    for (size_t i = 0; i < COUNT_OF(swift_names); i++)
        if (str_eq(name, swift_names[i]))
            return true;
    return false;
}
