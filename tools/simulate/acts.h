// What each labelled attack does on its Mac, once its file is there.

#ifndef SIMULATE_ACTS_H
#define SIMULATE_ACTS_H

#include "host.h"

// What was done, for the label: by the process that the finding is about.
struct deed {
    struct process process;
    uint64_t start_ns;
    uint64_t end_ns;
};

// `drop` is where the file was fetched to.
typedef struct deed attack_act(struct host *h, const char *drop);

attack_act act_link_from_memory;  // acts_memory.c
attack_act act_write_then_execute;
attack_act act_execute_when_fresh;
attack_act act_lose_signature;
attack_act act_start_thread;  // acts_process.c
attack_act act_take_child;
attack_act act_trace_and_change;
attack_act act_insert_library;  // acts_library.c
attack_act act_load_foreign_library;
attack_act act_plant_library;
attack_act act_load_and_delete;
attack_act act_load_plug_in;
attack_act act_rewrite_app;  // acts_program.c
attack_act act_start_hidden_helper;
attack_act act_run_script_engine;
attack_act act_run_payload;
attack_act act_debug_app;
attack_act act_swap_app;

// Files that are fetched, and run or mapped. No chance in a pattern.
#define DROP_BUNDLE  "/Users/Shared/.sync/syncagent"
#define DROP_STAGER  "/private/tmp/.fontcached"
#define DROP_FRESH   "/private/tmp/update-helper"
#define DROP_PATCH   "~/Downloads/parlo-patch.bin"
#define DROP_INJECT  "/Users/Shared/.support/attachd"
#define DROP_LOADER  "~/Downloads/meeting-helper"
#define DROP_TRACER  "/Users/Shared/.trace/tracehelper"
#define DROP_INSERT  "/private/tmp/libhelper.dylib"
#define DROP_PLANT   "/Applications/Mosaic Studio.app/Contents/Frameworks/libcolorsync.dylib"
#define DROP_ODD     "~/.config/.cache/settings.dat"
#define DROP_PLUG_IN "~/Library/QuickLook/Invoice.qlgenerator/Contents/MacOS/Invoice"
#define DROP_BINARY  "/Users/Shared/.cache/stand-in"
#define DROP_HIDDEN  "/Users/Shared/.fseventsd2"
#define DROP_SCRIPT  "~/Library/Caches/.reporter/reporter"
#define DROP_PAYLOAD "~/Downloads/statement-viewer"
#define DROP_CHILD   "/private/tmp/.gpu-helper"
#define DROP_SWAP    "/Users/Shared/.log/stowbox-new"

// A new build of `payload` is started by the shell.
struct process act_run(struct host *h, const struct program *payload);

// A vendor's application that never took up the hardened runtime.
extern const struct program act_loose_app;
// Hardened, but with library validation off for its plug-ins.
extern const struct program act_open_app;

#endif
