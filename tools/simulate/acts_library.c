// Attacks that bring a library into a program that it does not belong to.

#include "acts.h"

const struct program act_loose_app = {
    .path = "/Applications/Parlo Classic.app/Contents/MacOS/Parlo Classic",
    .signing_id = "com.example.parlo.classic",
    .linked = LINKED_COCOA,
    .team = "PRL0XMPL88",
    .signer = SIGNER_LOOSE,
};
const struct program act_open_app = {
    .path = "/Applications/Mosaic Studio.app/Contents/MacOS/Mosaic Studio",
    .signing_id = "com.example.mosaic",
    .linked = LINKED_COCOA,
    .claims = CLAIM_ANY_LIBRARY,
    .team = "M0SA1CXM5T",
    .signer = SIGNER_DEVELOPER,
};
static const struct program quick_look = {
    .path = "/System/Library/Frameworks/QuickLook.framework/Versions/A/XPCServices/"
            "QuickLookSatellite.xpc/Contents/MacOS/QuickLookSatellite",
    .signing_id = "com.apple.quicklook.satellite",
    .linked = LINKED_APPKIT,
};
static const struct program python = {
    .path = "/usr/local/bin/python3",
    .signing_id = "python3",
    .linked = LINKED_OWN,
    .team = "PYTH0NXM9K",
    .signer = SIGNER_DEVELOPER,
    .claims = CLAIM_ANY_LIBRARY,
};
// The libraries themselves.
static const struct program inserted_library = { .signer = SIGNER_ADHOC,
                                                 .linked = LINKED_FOUNDATION };
static const struct program foreign_library = { .signer = SIGNER_UNSIGNED,
                                                .linked = LINKED_SYSTEM };

struct deed act_insert_library(struct host *h, const char *drop)
{
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(
        h, h->shell,
        &(struct launch){ .program = &act_loose_app, .env = "DYLD_INSERT_LIBRARIES=" DROP_INSERT });
    const struct file f = place_new_file(&h->place, &h->rng, drop);
    host_open(h, &d.process, &f);
    d.end_ns = h->place.now_ns;
    host_map_foreign(h, &d.process, &f, &inserted_library);
    return d;
}

struct deed act_load_foreign_library(struct host *h, const char *drop)
{
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(h, NULL, &(struct launch){ .program = &act_open_app });
    host_wait(h, 2 * SECOND_NS);
    const struct file f = place_new_file(&h->place, &h->rng, drop);
    host_open(h, &d.process, &f);
    d.end_ns = h->place.now_ns;
    host_map_foreign(h, &d.process, &f, &foreign_library);
    return d;
}

// It was fetched into the application itself, under the name of a library that this one looks for.
struct deed act_plant_library(struct host *h, const char *drop)
{
    return act_load_foreign_library(h, drop);
}

// An interpreter's foreign-function interface loads what is no library by its name, and removes it.
struct deed act_load_and_delete(struct host *h, const char *drop)
{
    static const char *const args[] = { "python3", "-c",
                                        "import ctypes; ctypes.CDLL('settings.dat')", NULL };
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(h, h->shell, &(struct launch){ .program = &python, .args = args });
    host_wait(h, 400 * MILLISECOND_NS);
    const struct file f = place_new_file(&h->place, &h->rng, drop);
    host_open(h, &d.process, &f);
    host_map_foreign(h, &d.process, &f, &foreign_library);
    host_wait(h, 600 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_unlink(h, &d.process, &f);
    return d;
}

// A preview of a document runs what was put beside it, which starts a shell.
struct deed act_load_plug_in(struct host *h, const char *drop)
{
    static const char *const args[] = { "/bin/zsh", "-c", "id; sw_vers", NULL };
    struct deed d = { .start_ns = h->place.now_ns };
    const struct process host = host_spawn(h, NULL, &(struct launch){ .program = &quick_look });
    const struct file f = place_new_file(&h->place, &h->rng, drop);
    host_open(h, &host, &f);
    host_map_foreign(h, &host, &f, &foreign_library);
    host_wait(h, SECOND_NS);
    d.end_ns = h->place.now_ns;
    d.process = host_spawn(h, &host, &(struct launch){ .program = &program_zsh, .args = args });
    host_exit(h, &host, 0);
    return d;
}
