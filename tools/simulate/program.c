#include "program.h"

#include "base/str.h"

struct signer_facts {
    uint32_t flags;
    unsigned category;
};

// Flags as records of such programs show them: SIGNED 0x20000000, PLATFORM 0x04000000,
// 0x02000000 (no untrusted helpers), LINKER_SIGNED 0x20000, RUNTIME 0x10000, 0x4000 (entitlements
// validated), REQUIRE_LV 0x2000, ENFORCEMENT 0x1000, RESTRICT 0x800, KILL 0x200, HARD 0x100,
// FORCED_LV 0x10, GET_TASK_ALLOW 4, ADHOC 2, VALID 1.
static const struct signer_facts signers[] = {
    [SIGNER_PLATFORM] = { 0x26015b11, 1 },     [SIGNER_DEVELOPER] = { 0x22010301, 6 },
    [SIGNER_STORE] = { 0x22012301, 4 },        [SIGNER_LOOSE] = { 0x22000001, 6 },
    [SIGNER_ADHOC] = { 0x22000203, 10 },       [SIGNER_LINKER] = { 0x22020203, 10 },
    [SIGNER_DEBUG_BUILD] = { 0x22000207, 10 }, [SIGNER_UNSIGNED] = { 0, 0 },
};

// Of <kern/cs_blobs.h>: what a code directory itself may say.
#define DIRECTORY_FLAGS 0x00033b12u

uint32_t program_flags(const struct program *p)
{
    return signers[p->signer].flags;
}

uint32_t program_directory_flags(const struct program *p)
{
    return signers[p->signer].flags & DIRECTORY_FLAGS;
}

unsigned program_category(const struct program *p)
{
    return signers[p->signer].category;
}

const struct program program_launchd = { .path = "/sbin/launchd",
                                         .signing_id = "com.apple.xpc.launchd",
                                         .runs_as_root = true };
const struct program program_terminal = {
    .path = "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal",
    .signing_id = "com.apple.Terminal",
    .linked = LINKED_COCOA,
};
const struct program program_zsh = { .path = "/bin/zsh", .signing_id = "com.apple.zsh" };
const struct program program_curl = { .path = "/usr/bin/curl", .signing_id = "com.apple.curl" };
const struct program program_chmod = { .path = "/bin/chmod", .signing_id = "com.apple.chmod" };

const struct program program_daemons[] = {
    { .path = "/usr/libexec/opendirectoryd",
      .signing_id = "com.apple.opendirectoryd",
      .linked = LINKED_FOUNDATION,
      .runs_as_root = true },
    { .path = "/usr/libexec/trustd",
      .signing_id = "com.apple.trustd",
      .linked = LINKED_CORE_FOUNDATION,
      .runs_as_root = true },
    { .path = "/usr/sbin/cfprefsd",
      .signing_id = "com.apple.cfprefsd",
      .linked = LINKED_CORE_FOUNDATION,
      .runs_as_root = true },
    { .path = "/usr/libexec/runningboardd",
      .signing_id = "com.apple.runningboardd",
      .linked = LINKED_FOUNDATION,
      .runs_as_root = true },
    { .path = "/usr/sbin/spindump",
      .signing_id = "com.apple.spindump",
      .linked = LINKED_FOUNDATION,
      .runs_as_root = true },
    { .path = "/System/Library/CoreServices/ReportCrash",
      .signing_id = "com.apple.ReportCrash",
      .linked = LINKED_FOUNDATION,
      .runs_as_root = true },
    { .path = "/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/"
              "Metadata.framework/Versions/A/Support/mds",
      .signing_id = "com.apple.mds",
      .linked = LINKED_CORE_SERVICES,
      .runs_as_root = true },
    { .path = "/usr/sbin/coreaudiod",
      .signing_id = "com.apple.audio.coreaudiod",
      .linked = LINKED_FOUNDATION,
      .runs_as_root = true },
    { .path = "/Library/Application Support/Wardline/Wardline.app/Contents/MacOS/wardlined",
      .signing_id = "com.example.wardline.agent",
      .linked = LINKED_FOUNDATION,
      .team = "W4RDL1NE7X",
      .signer = SIGNER_DEVELOPER,
      .is_es_client = true,
      .runs_as_root = true },
};
const size_t program_daemon_count = COUNT_OF(program_daemons);

const struct program program_agents[] = {
    { .path = "/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder",
      .signing_id = "com.apple.finder",
      .linked = LINKED_COCOA },
    { .path = "/System/Library/CoreServices/Dock.app/Contents/MacOS/Dock",
      .signing_id = "com.apple.dock",
      .linked = LINKED_COCOA },
    { .path = "/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/"
              "Metadata.framework/Versions/A/Support/mdworker_shared",
      .signing_id = "com.apple.mdworker_shared",
      .linked = LINKED_CORE_SERVICES },
    { .path = "/System/Library/Frameworks/QuickLook.framework/Versions/A/XPCServices/"
              "QuickLookSatellite.xpc/Contents/MacOS/QuickLookSatellite",
      .signing_id = "com.apple.quicklook.satellite",
      .linked = LINKED_APPKIT },
    { .path = "/Applications/Stowbox.app/Contents/MacOS/Stowbox",
      .signing_id = "com.example.stowbox",
      .linked = LINKED_COCOA,
      .team = "ST0WB0X4QM",
      .signer = SIGNER_DEVELOPER },
};
const size_t program_agent_count = COUNT_OF(program_agents);

#define QUILLFOX "/Applications/Quillfox.app/Contents/"
#define PARLO    "/Applications/Parlo.app/Contents/"
#define BEANYARD "/Applications/Beanyard IDE.app/Contents/"
#define TONEHAUS "/Applications/Tonehaus 4.app/Contents/"
#define LEDGERLY "/Applications/Ledgerly.app/Contents/"
#define LARKSPUR "/Applications/Larkspur.app/Contents/"
#define ORRERY   "/Applications/Orrery.app/Contents/"

const struct app program_apps[] = {
    { .program = { .path = QUILLFOX "MacOS/Quillfox",
                   .signing_id = "com.example.quillfox",
                   .linked = LINKED_COCOA,
                   .claims = CLAIM_JIT,
                   .team = "QF7XAMPLE2",
                   .signer = SIGNER_DEVELOPER },
      .libraries = { QUILLFOX "Frameworks/Quillfox Framework.framework/Versions/131/"
                              "Quillfox Framework",
                     QUILLFOX "Frameworks/libEGLq.dylib", QUILLFOX "Frameworks/libffq.dylib" } },
    { .program = { .path = PARLO "MacOS/Parlo",
                   .signing_id = "com.example.parlo",
                   .linked = LINKED_COCOA,
                   .team = "PRL0XMPL88",
                   .signer = SIGNER_DEVELOPER },
      .libraries = { PARLO "Frameworks/ParloMedia.framework/Versions/A/ParloMedia",
                     PARLO "Frameworks/libopus-parlo.dylib" } },
    { .program = { .path = BEANYARD "MacOS/beanyard",
                   .signing_id = "com.example.beanyard",
                   .linked = LINKED_APPKIT,
                   .claims = CLAIM_JIT | CLAIM_ANY_LIBRARY,
                   .team = "BNYRD5XAM3",
                   .signer = SIGNER_DEVELOPER },
      .libraries = { BEANYARD "jbr/Contents/Home/lib/server/libjvm.dylib",
                     BEANYARD "jbr/Contents/Home/lib/libjava.dylib",
                     BEANYARD "jbr/Contents/Home/lib/libnio.dylib" } },
    { .program = { .path = TONEHAUS "MacOS/Tonehaus 4",
                   .signing_id = "com.example.tonehaus4",
                   .linked = LINKED_COCOA,
                   .claims = CLAIM_ANY_LIBRARY,
                   .team = "T0NEHAUS9A",
                   .signer = SIGNER_DEVELOPER },
      .libraries = { TONEHAUS "Frameworks/ToneEngine.framework/Versions/A/ToneEngine",
                     TONEHAUS "PlugIns/ToneVerb.component/Contents/MacOS/ToneVerb",
                     TONEHAUS "PlugIns/ToneTape.component/Contents/MacOS/ToneTape" } },
    { .program = { .path = LEDGERLY "MacOS/Ledgerly",
                   .signing_id = "com.example.ledgerly",
                   .linked = LINKED_COCOA,
                   .team = "LDGR1YEX4M",
                   .signer = SIGNER_STORE },
      .libraries = { LEDGERLY "Frameworks/LedgerCore.framework/Versions/A/LedgerCore" } },
    { .program = { .path = LARKSPUR "MacOS/Larkspur",
                   .signing_id = "com.example.larkspur",
                   .linked = LINKED_COCOA,
                   .team = "LRKSPR6EXM",
                   .signer = SIGNER_DEVELOPER },
      .libraries = { LARKSPUR "Frameworks/Sprout.framework/Versions/B/Sprout",
                     LARKSPUR "Frameworks/LarkspurKit.framework/Versions/A/LarkspurKit" } },
    // Intel only; Rosetta's translation is mapped beside it.
    { .program = { .path = ORRERY "MacOS/Orrery",
                   .signing_id = "com.example.orrery",
                   .linked = LINKED_COCOA,
                   .team = "0RRERYEX5P",
                   .signer = SIGNER_DEVELOPER,
                   .translated = true },
      .libraries = { "/private/var/db/oah/****************/****************/Orrery.aot",
                     ORRERY "Frameworks/Ephemeris.framework/Versions/A/Ephemeris" } },
    { .program = { .path = "/System/Applications/Preview.app/Contents/MacOS/Preview",
                   .signing_id = "com.apple.Preview",
                   .linked = LINKED_COCOA },
      .libraries = { "/System/Library/ImageCapture/Support/Application/ICAHelper.bundle/"
                     "Contents/MacOS/ICAHelper" } },
    { .program = { .path = "/System/Applications/TextEdit.app/Contents/MacOS/TextEdit",
                   .signing_id = "com.apple.TextEdit",
                   .linked = LINKED_COCOA },
      .libraries = { "/usr/lib/libobjc-trampolines.dylib" } },
    { .program = { .path = "/System/Cryptexes/App/System/Applications/Safari.app/Contents/MacOS/"
                           "Safari",
                   .signing_id = "com.apple.Safari",
                   .linked = LINKED_COCOA },
      .libraries = { "/System/Library/Components/AppleScript.component/Contents/MacOS/"
                     "AppleScript" } },
};
const size_t program_app_count = COUNT_OF(program_apps);

const struct command program_commands[] = {
    { { .path = "/bin/ls", .signing_id = "com.apple.ls" },
      { "ls", "-la", "~/Documents" },
      { "~/Documents" } },
    { { .path = "/usr/bin/grep", .signing_id = "com.apple.grep" },
      { "grep", "-rn", "TODO", "~/src/kestrel/src" },
      { "~/src/kestrel/src/parse-#.c", "~/src/kestrel/src/table-#.c",
        "~/src/kestrel/src/main.c" } },
    { { .path = "/usr/bin/sed", .signing_id = "com.apple.sed" },
      { "sed", "-n", "1,40p", "~/src/kestrel/README.md" },
      { "~/src/kestrel/README.md" } },
    { { .path = "/Library/Developer/CommandLineTools/usr/bin/git",
        .signing_id = "com.apple.git",
        .linked = LINKED_CORE_FOUNDATION },
      { "git", "status", "--short" },
      { "~/src/kestrel/.git/index", "~/src/kestrel/.git/HEAD", "~/src/kestrel/.gitignore" } },
    { { .path = "/usr/bin/tar", .signing_id = "com.apple.bsdtar" },
      { "tar", "-tzf", "~/Downloads/archive-#.tar.gz" },
      { "~/Downloads/archive-#.tar.gz" } },
    { { .path = "/bin/cat", .signing_id = "com.apple.cat" },
      { "cat", "~/notes/day-#.txt" },
      { "~/notes/day-#.txt" } },
    { { .path = "/usr/bin/ssh", .signing_id = "com.apple.openssh" },
      { "ssh", "build@forge.example", "uptime" },
      { "~/.ssh/config", "~/.ssh/known_hosts" } },
    { { .path = "/usr/bin/curl", .signing_id = "com.apple.curl" },
      { "curl", "-fsS", "https://status.example/api/v1/health/#" },
      { "/private/etc/ssl/cert.pem" } },
    { { .path = "/usr/bin/log", .signing_id = "com.apple.log", .linked = LINKED_FOUNDATION },
      { "log", "show", "--last", "5m", "--style", "compact" },
      { "/private/var/db/diagnostics/Persist/0000000000000#.tracev3" } },
};
const size_t program_command_count = COUNT_OF(program_commands);

#define BREW "/opt/homebrew/"

const struct app program_brews[] = {
    { .program = { .path = BREW "Cellar/ripgrep/14.1.1/bin/rg",
                   .signing_id = "rg-5f1e0c7742ab9d31",
                   .linked = LINKED_OWN,
                   .signer = SIGNER_LINKER },
      .libraries = { BREW "Cellar/pcre2/10.44/lib/libpcre2-8.0.dylib" } },
    { .program = { .path = BREW "Cellar/jq/1.7.1/bin/jq",
                   .signing_id = "jq",
                   .linked = LINKED_OWN,
                   .signer = SIGNER_LINKER },
      .libraries = { BREW "Cellar/jq/1.7.1/lib/libjq.1.dylib",
                     BREW "Cellar/oniguruma/6.9.9/lib/libonig.5.dylib" } },
    { .program = { .path = BREW "Cellar/python@3.13/3.13.1/Frameworks/Python.framework/Versions/"
                                "3.13/bin/python3.13",
                   .signing_id = "python3.13",
                   .linked = LINKED_OWN,
                   .signer = SIGNER_ADHOC },
      .libraries = { BREW "Cellar/python@3.13/3.13.1/Frameworks/Python.framework/Versions/3.13/"
                          "Python",
                     BREW "Cellar/python@3.13/3.13.1/Frameworks/Python.framework/Versions/3.13/"
                          "lib/python3.13/lib-dynload/_ctypes.cpython-313-darwin.so",
                     BREW "Cellar/openssl@3/3.4.0/lib/libssl.3.dylib",
                     BREW "Cellar/openssl@3/3.4.0/lib/libcrypto.3.dylib" } },
    { .program = { .path = BREW "Cellar/ffmpeg/7.1/bin/ffmpeg",
                   .signing_id = "ffmpeg",
                   .linked = LINKED_OWN,
                   .signer = SIGNER_LINKER },
      .libraries = { BREW "Cellar/ffmpeg/7.1/lib/libavcodec.61.dylib",
                     BREW "Cellar/ffmpeg/7.1/lib/libavformat.61.dylib",
                     BREW "Cellar/x264/r3108/lib/libx264.164.dylib" } },
};
const size_t program_brew_count = COUNT_OF(program_brews);
