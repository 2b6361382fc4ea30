// How the public library reads: from where, with which options, what it refuses, and what it asks
// of the caller.

#include "inspect/test_public.h"
#include "platform/platform.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define SIGNED  IMAGES "signed"
#define LATER   "/usr/local/bin/later"
#define ROOT    IMAGES "root"
#define BUNDLE  IMAGES "bundles/right.app/Contents/"
#define THREADS 4u
#define ROUNDS  8u

// What a caller that is asked for octets has.
struct octets {
    uint8_t at[TEST_FILE_MAX];
    size_t len;
    size_t left;  // Calls that succeed.
};

static bool give(void *context, uint64_t offset, void *to, size_t len)
{
    struct octets *octets = context;
    if (octets->left == 0)
        return false;
    octets->left--;
    assert_true(offset <= octets->len && len <= octets->len - offset);
    memcpy(to, octets->at + offset, len);
    return true;
}

static struct octets loaded;

static struct pomona_macho_source load(const char *path)
{
    loaded.len = test_load(path, loaded.at);
    loaded.left = SIZE_MAX;
    return (struct pomona_macho_source){ .read = give, .context = &loaded, .size = loaded.len };
}

static void assert_json_without_path(const struct pomona_macho *file, const char *expected)
{
    char *json = pomona_macho_json(pomona_macho_slice_at(file, 0), true, NULL);
    assert_string_equal(strstr(json, "\"size\""), expected);
    free(json);
}

static void read__tells_the_same_from_everywhere(void **state)
{
    (void)state;
    struct pomona_macho_error error;
    struct pomona_macho *file = test_read(SIGNED, NULL);
    char *json = pomona_macho_json(pomona_macho_slice_at(file, 0), true, NULL);
    const char *expected = strstr(json, "\"size\"");
    pomona_macho_free(file);

    const int fd = open(SIGNED, O_RDONLY);
    assert_true(pomona_macho_read_fd(fd, NULL, &file, &error));
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_int_equal(close(fd), 0);
    assert_json_without_path(file, expected);
    pomona_macho_free(file);

    const struct pomona_macho_source source = load(SIGNED);
    assert_true(pomona_macho_read_source(&source, NULL, &file, &error));
    assert_json_without_path(file, expected);
    pomona_macho_free(file);

    assert_true(pomona_macho_read_memory(loaded.at, loaded.len, NULL, &file, &error));
    memset(loaded.at, 0xff, sizeof loaded.at);  // Nothing that is told lies there.
    assert_json_without_path(file, expected);
    pomona_macho_free(file);
    free(json);
}

static void read__tells_the_path_that_it_is_given(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(SIGNED, TEST_OPTIONS(.path = "/opt/a/tool"));
    char *json = pomona_macho_json(pomona_macho_slice_at(file, 0), false, NULL);
    assert_memory_equal(json, "{\"path\":\"/opt/a/tool\",", 22);
    free(json);
    pomona_macho_free(file);
}

static void read__judges_against_the_frameworks_that_are_asked_for(void **state)
{
    static const char *const cocoa[] = { "Cocoa" };
    (void)state;
    struct pomona_macho *file = test_read(
        IMAGES "links_foundation", TEST_OPTIONS(.api_frameworks = cocoa, .api_framework_count = 1));
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_verdicts_of(s).native_api, POMONA_MACHO_NATIVE_API_NO);
    pomona_macho_free(file);
    // Names of the caller's, which are gone when it is asked what was found.
    char names[2][16] = { "Cocoa", "Foundation" };
    const char *const both[] = { names[0], names[1] };
    file = test_read(IMAGES "links_foundation",
                     TEST_OPTIONS(.api_frameworks = both, .api_framework_count = 2));
    memset(names, 'x', sizeof names);
    s = pomona_macho_slice_at(file, 0);
    test_equal(pomona_macho_item_at(s, POMONA_MACHO_LIST_NATIVE_API_BECAUSE, 0),
               "links Foundation");
    pomona_macho_free(file);
    file = test_read(IMAGES "links_cocoa",
                     TEST_OPTIONS(.api_frameworks = cocoa, .api_framework_count = 1));
    s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_NATIVE_API_BECAUSE), 1);
    test_equal(pomona_macho_item_at(s, POMONA_MACHO_LIST_NATIVE_API_BECAUSE, 0), "links Cocoa");
    pomona_macho_free(file);
}

static void read__verifies_against_anchors(void **state)
{
    static const struct {
        const char *roots;
        enum pomona_macho_chain chain;
        const char *why;
    } tried[] = {
        { "root.pem", POMONA_MACHO_CHAIN_VERIFIED, "" },
        { "other.pem", POMONA_MACHO_CHAIN_CLAIMED, "self-signed certificate" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tried); i++) {
        char path[256];
        struct pomona_macho_anchors *anchors;
        struct pomona_macho_error error;
        (void)snprintf(path, sizeof path, IMAGES "anchors/%s", tried[i].roots);
        assert_true(pomona_macho_anchors_open(path, &anchors, &error));
        struct pomona_macho *file = test_read(SIGNED, TEST_OPTIONS(.anchors = anchors));
        pomona_macho_anchors_close(anchors);
        const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
        assert_int_equal(pomona_macho_chain_of(s), tried[i].chain);
        test_has(pomona_macho_text_of(s, POMONA_MACHO_TEXT_CHAIN_WHY), tried[i].why);
        pomona_macho_free(file);
    }
    struct pomona_macho *file = test_read(SIGNED, NULL);
    assert_int_equal(pomona_macho_chain_of(pomona_macho_slice_at(file, 0)),
                     POMONA_MACHO_CHAIN_CLAIMED);
    pomona_macho_free(file);
}

static void read__verifies_pages_where_asked(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "page_changed", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_PAGES),
                     POMONA_MACHO_SEAL_NOT_READ);
    pomona_macho_free(file);
    file = test_read(IMAGES "page_changed", TEST_OPTIONS(.verify_pages = true));
    s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_PAGES), POMONA_MACHO_SEAL_BROKEN);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_PAGES_BROKEN), 1);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_FIRST_BROKEN), 4096);
    assert_int_equal(pomona_macho_verdicts_of(s).signature, POMONA_MACHO_SIGNATURE_INVALID);
    pomona_macho_free(file);
    file = test_read(IMAGES "sealed", TEST_OPTIONS(.verify_pages = true));
    s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_PAGES), POMONA_MACHO_SEAL_HOLDS);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_REQUIREMENTS),
                     POMONA_MACHO_SEAL_HOLDS);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_ENTITLEMENTS),
                     POMONA_MACHO_SEAL_HOLDS);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_DER_ENTITLEMENTS),
                     POMONA_MACHO_SEAL_HOLDS);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_INFO), POMONA_MACHO_SEAL_NONE);
    pomona_macho_free(file);
}

// --- The disk

static void read__looks_below_a_copy_of_a_disk(void **state)
{
    static const char *const named[] = { LATER, ROOT LATER };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        struct pomona_macho *file = test_read(named[i], TEST_OPTIONS(.disk = ROOT));
        const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
        assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_CANDIDATES), 1);
        const struct pomona_macho_candidate candidate = pomona_macho_candidate_at(s, 0);
        assert_int_equal(candidate.kind, POMONA_MACHO_CANDIDATE_RPATH);
        test_equal(candidate.link, "@rpath/libown.dylib");
        test_equal(candidate.path, "/Library/Pomona/first/libown.dylib");
        char *json = pomona_macho_json(s, false, NULL);
        assert_memory_equal(json, "{\"path\":\"" LATER "\"", sizeof LATER + 9);
        free(json);
        pomona_macho_free(file);
    }
    // Nobody looked.
    struct pomona_macho *file = test_read(ROOT LATER, NULL);
    assert_int_equal(
        pomona_macho_count_of(pomona_macho_slice_at(file, 0), POMONA_MACHO_LIST_CANDIDATES), 0);
    pomona_macho_free(file);
}

static void read__looks_at_the_disk_of_a_mac_only(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(ROOT LATER, TEST_OPTIONS(.disk = "/"));
    // Of this machine: what lies nowhere near the image says nothing where it is no Mac.
    assert_int_equal(
        pomona_macho_count_of(pomona_macho_slice_at(file, 0), POMONA_MACHO_LIST_CANDIDATES),
        platform_is_mac() ? 2 : 0);
    pomona_macho_free(file);
}

static void read__leaves_nothing_open(void **state)
{
    (void)state;
    const int before = dup(STDIN_FILENO);
    assert_int_equal(close(before), 0);
    struct pomona_macho *file = test_read(BUNDLE "MacOS/tool", TEST_OPTIONS(.disk = "/"));
    pomona_macho_free(file);
    assert_false(pomona_macho_read_path(IMAGES, NULL, &file, NULL));
    assert_false(pomona_macho_read_path("README.md", NULL, &file, NULL));
    const int after = dup(STDIN_FILENO);
    assert_int_equal(close(after), 0);
    assert_int_equal(after, before);
}

static void assert_bundle_is_told(const struct pomona_macho *file)
{
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_true(pomona_macho_mark_of(s, POMONA_MACHO_MARK_MAIN_OF_BUNDLE));
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_INFO), POMONA_MACHO_SEAL_HOLDS);
    assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_RESOURCES),
                     POMONA_MACHO_SEAL_HOLDS);
}

static void read__reads_the_bundle_around_the_file(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(BUNDLE "MacOS/tool", TEST_OPTIONS(.disk = "/"));
    assert_bundle_is_told(file);
    pomona_macho_free(file);

    static const struct {
        const char *path;
        enum pomona_macho_seal info;
        enum pomona_macho_seal resources;
    } broken[] = {
        { IMAGES "bundles/changed.app/Contents/MacOS/tool", POMONA_MACHO_SEAL_BROKEN,
          POMONA_MACHO_SEAL_HOLDS },
        { IMAGES "bundles/resources.app/Contents/MacOS/tool", POMONA_MACHO_SEAL_HOLDS,
          POMONA_MACHO_SEAL_BROKEN },
    };
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        file = test_read(broken[i].path, TEST_OPTIONS(.disk = "/"));
        const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
        assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_INFO), broken[i].info);
        assert_int_equal(pomona_macho_seal_of(s, POMONA_MACHO_SEALED_RESOURCES),
                         broken[i].resources);
        pomona_macho_free(file);
    }

    file = test_read(BUNDLE "MacOS/tool", NULL);
    assert_false(
        pomona_macho_mark_of(pomona_macho_slice_at(file, 0), POMONA_MACHO_MARK_MAIN_OF_BUNDLE));
    pomona_macho_free(file);
}

// --- Surroundings

struct around {
    struct octets parts[3];
    size_t opened;
    size_t open;
    char asked[512];
};

static struct around around;

static bool open_part(void *context, enum pomona_macho_part part, struct pomona_macho_source *out)
{
    static const char *const paths[] = {
        [POMONA_MACHO_PART_INFO] = BUNDLE "Info.plist",
        [POMONA_MACHO_PART_RESOURCES] = BUNDLE "_CodeSignature/CodeResources",
    };
    struct around *a = context;
    assert_int_equal(a->open, 0);
    if (part == POMONA_MACHO_PART_TICKET)
        return false;
    struct octets *octets = &a->parts[part];
    octets->len = test_load(paths[part], octets->at);
    octets->left = SIZE_MAX;
    *out = (struct pomona_macho_source){ .read = give, .context = octets, .size = octets->len };
    a->opened++;
    a->open++;
    return true;
}

static void close_part(void *context, struct pomona_macho_source *part)
{
    struct around *a = context;
    assert_ptr_equal(part->read, give);
    assert_int_equal(a->open, 1);
    a->open--;
}

static void look(void *context, const struct pomona_str *paths, size_t count,
                 struct pomona_macho_place *out)
{
    struct around *a = context;
    for (size_t i = 0; i < count; i++) {
        const size_t len = strlen(a->asked);
        (void)snprintf(a->asked + len, sizeof a->asked - len, "%.*s\n", (int)paths[i].len,
                       paths[i].at);
        assert_false(out[i].is_known);
        out[i].is_known = true;
        out[i].is_there = i > 0;
        out[i].is_writable = i > 0;
    }
}

static void read__reads_a_bundle_that_the_caller_has(void **state)
{
    (void)state;
    const struct pomona_macho_surroundings given = { .open_part = open_part,
                                                     .close_part = close_part,
                                                     .context = &around };
    around = (struct around){ .open = 0 };
    struct pomona_macho *file =
        test_read(BUNDLE "MacOS/tool", TEST_OPTIONS(.surroundings = &given));
    assert_bundle_is_told(file);
    assert_true(around.opened >= 2);
    assert_int_equal(around.open, 0);
    pomona_macho_free(file);
}

static void read__asks_the_caller_where_libraries_are(void **state)
{
    (void)state;
    const struct pomona_macho_surroundings given = { .look = look,
                                                     .is_whole = true,
                                                     .context = &around };
    around = (struct around){ .open = 0 };
    struct pomona_macho *file = test_read(ROOT LATER, TEST_OPTIONS(.surroundings = &given));
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_string_equal(around.asked, "/Library/Pomona/first/libown.dylib\n"
                                      "/Library/Pomona/second/libown.dylib\n");
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_CANDIDATES), 2);
    assert_int_equal(pomona_macho_candidate_at(s, 0).kind, POMONA_MACHO_CANDIDATE_RPATH);
    assert_false(pomona_macho_candidate_at(s, 0).is_writable);
    assert_int_equal(pomona_macho_candidate_at(s, 1).kind, POMONA_MACHO_CANDIDATE_WRITABLE);
    assert_true(pomona_macho_candidate_at(s, 1).is_writable);
    pomona_macho_free(file);
}

static void read__needs_no_callback(void **state)
{
    (void)state;
    const struct pomona_macho_surroundings given = { .context = NULL };
    struct pomona_macho *file =
        test_read(BUNDLE "MacOS/tool", TEST_OPTIONS(.surroundings = &given));
    assert_int_equal(
        pomona_macho_seal_of(pomona_macho_slice_at(file, 0), POMONA_MACHO_SEALED_RESOURCES),
        POMONA_MACHO_SEAL_MISSING);
    pomona_macho_free(file);
}

// --- What is refused

static void assert_refused(bool is_read, const struct pomona_macho *file,
                           const struct pomona_macho_error *error,
                           enum pomona_macho_error_kind kind, const char *text)
{
    assert_false(is_read);
    assert_null(file);  // Untouched.
    assert_int_equal(error->kind, kind);
    assert_string_equal(error->text, text);
}

static void read_path__says_why_it_refuses(void **state)
{
    static const struct {
        const char *path;
        const char *disk;
        enum pomona_macho_error_kind kind;
        const char *text;
    } refused[] = {
        { NULL, NULL, POMONA_MACHO_ERROR_USAGE, "no path" },
        { IMAGES "nothing", NULL, POMONA_MACHO_ERROR_IO, "No such file or directory" },
        { IMAGES, NULL, POMONA_MACHO_ERROR_IO, "not a regular file" },
        { "README.md", NULL, POMONA_MACHO_ERROR_FORMAT, "not a Mach-O file (magic 0x2320506f)" },
        { LATER "s", ROOT, POMONA_MACHO_ERROR_IO, "No such file or directory" },
        { "/usr", ROOT, POMONA_MACHO_ERROR_IO, "not a regular file" },
        { LATER, IMAGES "nothing", POMONA_MACHO_ERROR_IO,
          IMAGES "nothing: No such file or directory" },
        { LATER, SIGNED, POMONA_MACHO_ERROR_USAGE, SIGNED ": not a directory" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct pomona_macho *file = NULL;
        struct pomona_macho_error error;
        const bool is_read = pomona_macho_read_path(
            refused[i].path, TEST_OPTIONS(.disk = refused[i].disk), &file, &error);
        assert_refused(is_read, file, &error, refused[i].kind, refused[i].text);
        assert_false(pomona_macho_read_path(refused[i].path, TEST_OPTIONS(.disk = refused[i].disk),
                                            &file, NULL));
    }
}

static void read__refuses_what_is_no_file(void **state)
{
    (void)state;
    struct pomona_macho *file = NULL;
    struct pomona_macho_error error;
    assert_refused(pomona_macho_read_fd(-1, NULL, &file, &error), file, &error,
                   POMONA_MACHO_ERROR_IO, "Bad file descriptor");
    assert_refused(pomona_macho_read_memory(NULL, 100, NULL, &file, &error), file, &error,
                   POMONA_MACHO_ERROR_FORMAT, "not a Mach-O file (0 octets)");
    assert_refused(pomona_macho_read_source(NULL, NULL, &file, &error), file, &error,
                   POMONA_MACHO_ERROR_USAGE, "no source");
    const struct pomona_macho_source mute = { .size = 100 };
    assert_refused(pomona_macho_read_source(&mute, NULL, &file, &error), file, &error,
                   POMONA_MACHO_ERROR_IO, "64 octets at 0 could not be read");
}

static void read__refuses_options_that_make_no_sense(void **state)
{
    struct {
        struct pomona_macho_options known;
        size_t newer;
    } options = { .known = { .size = sizeof options } };
    const struct pomona_macho_surroundings given = { .context = NULL };
    (void)state;
    struct pomona_macho *file = NULL;
    struct pomona_macho_error error;
    char text[64];
    // A newer program that asks for nothing new.
    assert_true(pomona_macho_read_path(SIGNED, &options.known, &file, &error));
    pomona_macho_free(file);
    file = NULL;
    options.newer = 1;
    assert_refused(pomona_macho_read_path(SIGNED, &options.known, &file, &error), file, &error,
                   POMONA_MACHO_ERROR_USAGE,
                   "options that this version of the library does not know");
    const size_t sizes[] = { 0, sizeof options.known - 1, 4097 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        options.known.size = sizes[i];
        (void)snprintf(text, sizeof text, "options of %zu octets; they have %zu", sizes[i],
                       sizeof options.known);
        assert_refused(pomona_macho_read_path(SIGNED, &options.known, &file, &error), file, &error,
                       POMONA_MACHO_ERROR_USAGE, text);
    }
    options.known = (struct pomona_macho_options){ .size = sizeof options.known,
                                                   .disk = "/",
                                                   .surroundings = &given };
    assert_refused(pomona_macho_read_path(SIGNED, &options.known, &file, &error), file, &error,
                   POMONA_MACHO_ERROR_USAGE, "both a disk and surroundings in place of it");
}

static void anchors_open__says_why_it_refuses(void **state)
{
    (void)state;
    struct pomona_macho_anchors *anchors = NULL;
    struct pomona_macho_error error;
    assert_false(pomona_macho_anchors_open(IMAGES "nothing", &anchors, &error));
    assert_null(anchors);
    assert_int_equal(error.kind, POMONA_MACHO_ERROR_IO);
    assert_string_equal(error.text, IMAGES "nothing: No such file or directory");
    assert_false(pomona_macho_anchors_open(SIGNED, &anchors, NULL));
    assert_null(anchors);
}

static void is_image__passes_over_others(void **state)
{
    static const uint8_t java[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 29, 10, 0 };
    (void)state;
    (void)load(SIGNED);
    assert_true(pomona_macho_is_image(loaded.at, POMONA_MACHO_HEAD_BYTES));
    assert_false(pomona_macho_is_image(java, sizeof java));
    assert_false(pomona_macho_is_image(NULL, 12));
    assert_false(pomona_macho_is_image(loaded.at, 0));
}

// --- Damage

static void read__stops_at_no_truncation(void **state)
{
    static const char *const images[] = { "hardened_pair", "hidden", "adhoc_dual" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(images); i++) {
        char path[256];
        size_t read = 0;
        (void)snprintf(path, sizeof path, IMAGES "%s", images[i]);
        (void)load(path);
        // In memory of just that size, for the sanitizer to see what is read behind it.
        for (size_t len = 0; len < loaded.len; len++) {
            uint8_t *at = malloc(len + 1);
            struct pomona_macho *file = NULL;
            struct pomona_macho_error error = { .text = "" };
            memcpy(at + 1, loaded.at, len);
            if (pomona_macho_read_memory(at + 1, len, TEST_OPTIONS(.verify_pages = true), &file,
                                         &error)) {
                free(at);
                at = NULL;
                for (size_t s = 0; s < pomona_macho_slice_count(file); s++)
                    assert_true(test_ask_all(pomona_macho_slice_at(file, s)) > 0);
                assert_int_equal(pomona_macho_size(file), len);
                read++;
            } else {
                assert_int_equal(error.kind, POMONA_MACHO_ERROR_FORMAT);
                assert_true(strlen(error.text) > 0);
            }
            free(at);
            pomona_macho_free(file);
        }
        assert_true(read > loaded.len / 2);
    }
}

static void read_source__survives_a_caller_who_stops(void **state)
{
    (void)state;
    const struct pomona_macho_source source = load(SIGNED);
    size_t failed = 0;
    for (size_t left = 0;; left++) {
        struct pomona_macho *file = NULL;
        struct pomona_macho_error error = { .text = "" };
        loaded.left = left;
        const bool is_read = pomona_macho_read_source(&source, NULL, &file, &error);
        const size_t errors =
            pomona_macho_count_of(pomona_macho_slice_at(file, 0), POMONA_MACHO_LIST_ERRORS);
        pomona_macho_free(file);
        if (is_read && loaded.left > 0)
            break;
        // All that could not be read is said.
        assert_true(is_read ? errors > 0 || loaded.left == 0
                            : strstr(error.text, "could not be read") != NULL);
        failed++;
    }
    assert_true(failed > 4);
}

// --- Threads

static struct pomona_macho_anchors *shared_anchors;
static const struct pomona_macho *shared_file;
static const char *shared_json;

static void *read_in_a_thread(void *unused)
{
    (void)unused;
    size_t differences = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct pomona_macho *file = NULL;
        differences +=
            !pomona_macho_read_path(SIGNED, TEST_OPTIONS(.anchors = shared_anchors), &file, NULL);
        char *mine = pomona_macho_json(pomona_macho_slice_at(file, 0), true, NULL);
        char *ours = pomona_macho_json(pomona_macho_slice_at(shared_file, 0), true, NULL);
        differences += mine == NULL || strcmp(mine, shared_json) != 0;
        differences += ours == NULL || strcmp(ours, shared_json) != 0;
        free(mine);
        free(ours);
        pomona_macho_free(file);
    }
    return differences == 0 ? NULL : shared_anchors;
}

static void handles__are_shared_by_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct pomona_macho_error error;
    assert_true(pomona_macho_anchors_open(IMAGES "anchors/root.pem", &shared_anchors, &error));
    struct pomona_macho *file = test_read(SIGNED, TEST_OPTIONS(.anchors = shared_anchors));
    char *json = pomona_macho_json(pomona_macho_slice_at(file, 0), true, NULL);
    shared_file = file;
    shared_json = json;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_a_thread, NULL), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *differs = NULL;
        assert_int_equal(pthread_join(threads[i], &differs), 0);
        assert_null(differs);
    }
    free(json);
    pomona_macho_free(file);
    pomona_macho_anchors_close(shared_anchors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__tells_the_same_from_everywhere),
        cmocka_unit_test(read__tells_the_path_that_it_is_given),
        cmocka_unit_test(read__judges_against_the_frameworks_that_are_asked_for),
        cmocka_unit_test(read__verifies_against_anchors),
        cmocka_unit_test(read__verifies_pages_where_asked),
        cmocka_unit_test(read__looks_below_a_copy_of_a_disk),
        cmocka_unit_test(read__looks_at_the_disk_of_a_mac_only),
        cmocka_unit_test(read__leaves_nothing_open),
        cmocka_unit_test(read__reads_the_bundle_around_the_file),
        cmocka_unit_test(read__reads_a_bundle_that_the_caller_has),
        cmocka_unit_test(read__asks_the_caller_where_libraries_are),
        cmocka_unit_test(read__needs_no_callback),
        cmocka_unit_test(read_path__says_why_it_refuses),
        cmocka_unit_test(read__refuses_what_is_no_file),
        cmocka_unit_test(read__refuses_options_that_make_no_sense),
        cmocka_unit_test(anchors_open__says_why_it_refuses),
        cmocka_unit_test(is_image__passes_over_others),
        cmocka_unit_test(read__stops_at_no_truncation),
        cmocka_unit_test(read_source__survives_a_caller_who_stops),
        cmocka_unit_test(handles__are_shared_by_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
