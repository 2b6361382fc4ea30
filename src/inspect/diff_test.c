#include "inspect/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct buf lines;
static struct buf objects;

static enum status tell(void *context, const struct diff_change *change, struct err *err)
{
    size_t *left = context;
    if (left != NULL && (*left)-- == 0)
        return (fail)(err, ERR_LIMIT, "enough");  // Not cmocka's macro.
    diff_print_line(&lines, change);
    buf_add_char(&lines, '\n');
    diff_print_json(&objects, change);
    buf_add_char(&objects, '\n');
    return OK;
}

static int forget_lines(void **state)
{
    (void)state;
    buf_reset(&lines);
    buf_reset(&objects);
    return 0;
}

static void assert_lines(const char *name, const char *expected)
{
    if (!str_eq(buf_str(&lines), str_of(expected)))
        fail_msg("%s: said\n%.*s expected\n%s", name, STR_ARG(buf_str(&lines)), expected);
    buf_reset(&lines);
    buf_reset(&objects);
}

// What inspect prints of a slice, with parts of it given.
struct told {
    const char *name;
    const char *a;
    const char *b;
    const char *expected;
};

#define SIGNED(more)                                                        \
    "\"signature\":{\"state\":\"signed\",\"identifier\":\"org.a\","         \
    "\"team_id\":\"TEAM000001\",\"flags\":[\"runtime\"],\"cdhash\":\"aa\"," \
    "\"entitlements\":{\"jit\":true,\"list\":[1,{\"x\":null}]},\"chain\":\"claimed\"" more "}"
#define UNSIGNED                                                                  \
    "\"signature\":{\"state\":\"unsigned\",\"identifier\":null,\"team_id\":null," \
    "\"flags\":[],\"cdhash\":null,\"entitlements\":null,\"chain\":\"none\"}"
#define IMAGE "\"size\":10,\"slice\":0,\"arch\":\"arm64\",\"file_type\":\"execute\","

static const struct told changes[] = {
    { "nothing", IMAGE SIGNED("") "}", IMAGE SIGNED("") "}", "" },
    { "another order of keys", "\"slice\":0,\"arch\":\"arm64\"}", "\"arch\":\"arm64\",\"slice\":0}",
      "" },
    { "links",
      "\"arch\":\"arm64\",\"links\":[{\"kind\":\"load\",\"name\":\"/b\"},"
      "{\"kind\":\"load\",\"name\":\"/a\"},{\"kind\":\"load\",\"name\":\"/c\"}]}",
      "\"arch\":\"arm64\",\"links\":[{\"kind\":\"weak\",\"name\":\"/c\"},"
      "{\"kind\":\"load\",\"name\":\"/b\"},{\"kind\":\"load\",\"name\":\"/d\"},"
      "{\"kind\":\"load\",\"name\":\"/d\"}]}",
      "/new (arm64): no longer links /a\n"
      "/new (arm64): a link was /c (load), is /c (weak)\n"
      "/new (arm64): links /d\n" },
    { "rpaths", "\"arch\":\"arm64\",\"rpaths\":[\"@loader_path\",\"/x\"]}",
      "\"arch\":\"arm64\",\"rpaths\":[\"/y\",\"@loader_path\"]}",
      "/new (arm64): no longer looks for libraries in /x\n"
      "/new (arm64): looks for libraries in /y\n" },
    { "environment", "\"environment\":[\"DYLD_A=1\"]}", "\"environment\":[\"DYLD_B=1\"]}",
      "/new (none): no longer sets for dyld DYLD_A=1\n"
      "/new (none): sets for dyld DYLD_B=1\n" },
    { "imports", "\"imports\":{\"count\":3,\"watched\":[\"_ptrace\"]}}",
      "\"imports\":{\"count\":4,\"watched\":[\"_dlopen\",\"_mmap\"]}}",
      "/new (none): calls _dlopen\n/new (none): calls _mmap\n/new (none): no longer calls "
      "_ptrace\n" },
    { "native api", "\"native_api\":{\"verdict\":\"no\",\"because\":[]}}",
      "\"native_api\":{\"verdict\":\"yes\",\"because\":[\"x\"]}}",
      "/new (none): reaching the native interfaces was no, is yes\n" },
    { "injection", "\"injection\":{\"verdict\":\"closed\"}}",
      "\"injection\":{\"verdict\":\"open\",\"reasons\":[\"a\"]}}",
      "/new (none): the way in for code of others was closed, is open\n" },
    { "image",
      "\"file_type\":\"execute\",\"platform\":\"macos\",\"min_os\":\"11.0\","
      "\"install_name\":null,\"encrypted\":false}",
      "\"file_type\":\"dylib\",\"platform\":\"ios\",\"min_os\":null,"
      "\"install_name\":\"/i\",\"encrypted\":true}",
      "/new (none): the file type was execute, is dylib\n"
      "/new (none): the platform was macos, is ios\n"
      "/new (none): the least version of the system was 11.0, is none\n"
      "/new (none): the install name was none, is /i\n"
      "/new (none): encrypted was false, is true\n" },
    { "lost signature", IMAGE SIGNED("") "}", IMAGE UNSIGNED "}",
      "/new (arm64): lost its signature, which was signed, is unsigned\n"
      "/new (arm64): no longer claims jit=true\n"
      "/new (arm64): no longer claims list=[1,{\"x\":null}]\n" },
    { "gained signature", "\"signature\":{\"state\":\"unsigned\",\"cdhash\":null}}",
      "\"signature\":{\"state\":\"adhoc\",\"cdhash\":\"aa\"}}",
      "/new (none): gained a signature, which was unsigned, is adhoc\n" },
    { "signature",
      "\"signature\":{\"state\":\"signed\",\"identifier\":\"a\",\"team_id\":\"T1\","
      "\"flags\":[\"runtime\",\"adhoc\"],\"chain\":\"verified\",\"cdhash\":\"aa\"}}",
      "\"signature\":{\"state\":\"invalid\",\"identifier\":\"b\",\"team_id\":null,"
      "\"flags\":[\"adhoc\",\"hard\"],\"chain\":\"claimed\",\"cdhash\":\"bb\"}}",
      "/new (none): the signature was signed, is invalid\n"
      "/new (none): the team was T1, is none\n"
      "/new (none): the signing identifier was a, is b\n"
      "/new (none): the chain of certificates was verified, is claimed\n"
      "/new (none): the list of flags was adhoc, runtime, is adhoc, hard\n"
      "/new (none): the cdhash was aa, is bb\n" },
    { "entitlements", "\"signature\":{\"entitlements\":{\"a\":true,\"b\":[1, 2],\"c\":1}}}",
      "\"signature\":{\"entitlements\":{\"d\":{\"k\":\"v\"},\"b\":[1,3],\"c\":1}}}",
      "/new (none): no longer claims a=true\n"
      "/new (none): an entitlement was b=[1,2], is b=[1,3]\n"
      "/new (none): claims d={\"k\":\"v\"}\n" },
    { "rebuilt", "\"size\":10,\"uuid\":\"A\",\"signature\":{\"cdhash\":\"aa\"}}",
      "\"size\":11,\"uuid\":\"B\",\"signature\":{\"cdhash\":\"bb\"}}",
      "/new (none): was built anew and tells the same: the cdhash was aa, is bb\n" },
    { "rebuilt without a signature", "\"size\":10,\"uuid\":\"A\",\"signature\":{\"cdhash\":null}}",
      "\"size\":11,\"uuid\":\"B\",\"signature\":{\"cdhash\":null}}",
      "/new (none): was built anew and tells the same: the uuid was A, is B\n" },
    { "rebuilt and changed", "\"uuid\":\"A\",\"rpaths\":[],\"signature\":{\"cdhash\":\"aa\"}}",
      "\"uuid\":\"B\",\"rpaths\":[\"/x\"],\"signature\":{\"cdhash\":\"bb\"}}",
      "/new (none): looks for libraries in /x\n/new (none): the cdhash was aa, is bb\n" },
    { "size alone", "\"size\":10}", "\"size\":11}",
      "/new (none): nothing but the size of the file: was 10, is 11\n" },
    { "what one side does not tell",
      "\"arch\":\"arm64\",\"uuid\":\"A\",\"links\":[],\"imports\":{\"count\":1}}",
      "\"arch\":\"arm64\",\"rpaths\":[\"/x\"],\"imports\":{\"watched\":[\"_x\"]},"
      "\"injection\":{\"verdict\":\"open\"},\"links\":[]}",
      "" },
    { "null is nothing of it", "\"links\":null,\"imports\":null,\"signature\":{\"flags\":null}}",
      "\"links\":[\"/x\"],\"imports\":{\"watched\":[\"_x\"]},\"signature\":{\"flags\":[]}}",
      "/new (none): links /x\n" },
    { "text that moves the cursor", "\"rpaths\":[]}", "\"rpaths\":[\"\\u001b[2J\\n/x\"]}",
      "/new (none): looks for libraries in \\u{1b}[2J\\u{a}/x\n" },
};

// The columns that an object takes the place of say the same of both.
static struct link_facts file_of(const char *path, const char *object)
{
    return (struct link_facts){ .path = str_of(path), .size = 10, .object = str_of(object) };
}

static enum status diff_objects(const char *a, const char *b, struct err *err)
{
    const struct link_facts from = file_of("/old", a);
    const struct link_facts to = file_of("/new", b);
    return diff_files(&from, 1, &to, 1, tell, NULL, err);
}

static void diff_files__tells_what_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct err err = { .text = "" };
        if (diff_objects(changes[i].a, changes[i].b, &err) != OK)
            fail_msg("%s: %s", changes[i].name, err.text);
        assert_lines(changes[i].name, changes[i].expected);
    }
}

static void diff_print_json__is_one_object_a_change(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(diff_objects("\"arch\":\"arm64\",\"rpaths\":[],\"platform\":\"a\"}",
                                  "\"arch\":\"arm64\",\"rpaths\":[\"/\\\"x\"],\"platform\":\"b\"}",
                                  &err),
                     OK);
    const str expected = STR("{\"host\":null,\"path\":\"/new\",\"slice\":0,\"arch\":\"arm64\","
                             "\"change\":\"changed_platform\",\"from\":\"a\",\"to\":\"b\","
                             "\"says\":\"the platform was a, is b\"}\n"
                             "{\"host\":null,\"path\":\"/new\",\"slice\":0,\"arch\":\"arm64\","
                             "\"change\":\"new_rpath\",\"from\":null,\"to\":\"/\\\"x\","
                             "\"says\":\"looks for libraries in /\\\"x\"}\n");
    if (!str_eq(buf_str(&objects), expected))
        fail_msg("said\n%.*s", STR_ARG(buf_str(&objects)));
    buf_reset(&lines);
    buf_reset(&objects);
}

static void diff_kind_name__is_there_for_each(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DIFF_KIND_COUNT; i++) {
        assert_true(diff_kind_name((enum diff_kind)i).len > 0);
        for (unsigned j = 0; j < i; j++)
            assert_false(
                str_eq(diff_kind_name((enum diff_kind)i), diff_kind_name((enum diff_kind)j)));
    }
}

static struct link_facts slice_of(uint32_t number, const char *arch, const char *rest)
{
    static char texts[16][128];
    static size_t next;
    char *text = texts[next++ % COUNT_OF(texts)];
    (void)snprintf(text, sizeof texts[0], "\"slice\":%u,\"arch\":\"%s\"%s}", (unsigned)number, arch,
                   rest);
    return (struct link_facts){ .path = STR("/fat"), .slice = number, .object = str_of(text) };
}

static void diff_files__pairs_slices_by_architecture(void **state)
{
    (void)state;
    struct err err;
    const struct link_facts a[] = {
        slice_of(0, "x86_64", ""),
        slice_of(1, "arm64", ",\"platform\":\"a\""),
        slice_of(2, "i386", ""),
    };
    const struct link_facts b[] = {
        slice_of(0, "arm64", ",\"platform\":\"b\""),
        slice_of(1, "arm64e", ""),
        slice_of(2, "x86_64", ""),
        slice_of(3, "arm64", ",\"hidden\":true"),
        slice_of(4, "x86_64", ""),
    };
    assert_int_equal(diff_files(a, COUNT_OF(a), b, COUNT_OF(b), tell, NULL, &err), OK);
    assert_lines("slices",
                 "/fat (arm64): the platform was a, is b\n"
                 "/fat (i386): is gone\n"
                 "/fat (arm64e): is new\n"
                 "/fat (arm64): is new and hidden: the count of the fat header leaves it out\n"
                 "/fat (x86_64): is new\n");
    assert_int_equal(diff_files(a, COUNT_OF(a), NULL, 0, tell, NULL, &err), OK);
    assert_lines("gone", "/fat (x86_64): is gone\n/fat (arm64): is gone\n/fat (i386): is gone\n");
    // A slice that hides is not the one that was there.
    const struct link_facts hidden = slice_of(0, "x86_64", ",\"hidden\":true");
    assert_int_equal(diff_files(a, 1, &hidden, 1, tell, NULL, &err), OK);
    assert_lines("hides",
                 "/fat (x86_64): is gone\n"
                 "/fat (x86_64): is new and hidden: the count of the fat header leaves it out\n");
}

static void diff_files__refuses_more_slices_than_max(void **state)
{
    (void)state;
    struct err err;
    static const struct link_facts many[LINKS_PATH_ROWS_MAX + 1];
    assert_int_equal(diff_files(many, COUNT_OF(many), many, 1, tell, NULL, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 65 slices of one file");
    assert_int_equal(diff_files(many, 1, many, COUNT_OF(many), tell, NULL, &err), ERR_LIMIT);
}

// Where one side has no object, its columns stand against what the object tells of them.
static void diff_files__compares_columns_where_there_is_no_object(void **state)
{
    (void)state;
    struct err err;
    const struct link_facts old = {
        .path = STR("/a"),
        .size = 10,
        .arch = STR("arm64"),
        .file_type = STR("execute"),
        .identifier = STR("org.a"),
        .team_id = STR("TEAM000001"),
        .cdhash = STR("aa"),
        .flags = 0x10040,
        .native_api = STR("no"),
        .entitlements = STR("{\"jit\":true}"),
    };
    struct link_facts new = old;
    new.object = STR("\"size\":10,\"arch\":\"arm64\",\"file_type\":\"execute\",\"links\":[\"/x\"],"
                     "\"native_api\":{\"verdict\":\"no\"},\"signature\":{\"state\":\"signed\","
                     "\"identifier\":\"org.a\",\"team_id\":\"TEAM000001\",\"cdhash\":\"aa\","
                     "\"flags\":[\"runtime\",\"0x40\"],\"entitlements\":{\"jit\":true}}}");
    assert_int_equal(diff_files(&old, 1, &new, 1, tell, NULL, &err), OK);
    assert_lines("same", "");

    new.object = STR("\"size\":10,\"arch\":\"arm64\",\"native_api\":{\"verdict\":\"yes\"},"
                     "\"signature\":{\"team_id\":\"EVIL000001\",\"flags\":[\"adhoc\"],"
                     "\"entitlements\":null}}");
    assert_int_equal(diff_files(&old, 1, &new, 1, tell, NULL, &err), OK);
    assert_lines("other", "/a (arm64): the team was TEAM000001, is EVIL000001\n"
                          "/a (arm64): the list of flags was 0x40, runtime, is adhoc\n"
                          "/a (arm64): reaching the native interfaces was no, is yes\n"
                          "/a (arm64): no longer claims jit=true\n");

    new = old;
    new.cdhash = new.identifier = new.team_id = new.entitlements = STR_EMPTY;
    new.flags = 0;
    assert_int_equal(diff_files(&old, 1, &new, 1, tell, NULL, &err), OK);
    assert_lines("lost", "/a (arm64): lost its signature, which was there, is unsigned\n"
                         "/a (arm64): no longer claims jit=true\n");
    assert_int_equal(diff_files(&new, 1, &old, 1, tell, NULL, &err), OK);
    assert_lines("gained", "/a (arm64): gained a signature, which was unsigned, is there\n"
                           "/a (arm64): claims jit=true\n");
}

static const struct {
    const char *object;
    const char *why;
} damaged[] = {
    { "", "" },
    { "\"a\":1", "unexpected end of data" },
    { "\"a\":1}}", "unexpected content after document" },
    { "1]", "unexpected character, expected a string for object key" },
    { "\"links\":3}", "links" },
    { "\"links\":[3]}", "links" },
    { "\"links\":[{\"kind\":\"load\"}]}", "links" },
    { "\"rpaths\":{}}", "rpaths" },
    { "\"uuid\":[]}", "uuid" },
    { "\"size\":-1}", "size" },
    { "\"signature\":true}", "signature" },
    { "\"signature\":{\"entitlements\":[]}}", "entitlements" },
    { "\"imports\":[]}", "imports" },
};

static void diff_files__says_what_is_damaged(void **state)
{
    (void)state;
    for (size_t i = 1; i < COUNT_OF(damaged); i++) {
        char sentence[ERR_TEXT_MAX];
        struct err err = { .text = "" };
        assert_int_equal(diff_objects(damaged[i].object, "\"a\":1}", &err), ERR_FORMAT);
        (void)snprintf(sentence, sizeof sentence, "what is kept of /old, slice 0, is damaged: %s",
                       damaged[i].why);
        assert_string_equal(err.text, sentence);
        assert_int_equal(diff_objects("\"a\":1}", damaged[i].object, &err), ERR_FORMAT);
        assert_true(str_starts_with(str_of(err.text), STR("what is kept of /new, slice 0, is ")));
    }
    const struct link_facts a = { .path = STR("/a\x1b"), .slice = 7, .entitlements = STR("{") };
    const struct link_facts b = { .path = STR("/a") };
    struct err err;
    assert_int_equal(diff_files(&a, 1, &b, 1, tell, NULL, &err), ERR_FORMAT);
    assert_true(
        str_starts_with(str_of(err.text), STR("what is kept of /a\\u{1b}, slice 7, is damaged: ")));
    assert_lines("damaged", "");
}

static void diff_files__stands_every_truncation(void **state)
{
    (void)state;
    const struct told *whole = &changes[2];
    const size_t len = strlen(whole->a);
    for (size_t i = 1; i < len; i++) {
        struct err err = { .text = "" };
        char *part = memory_new(i);  // No octet more, so that a read past it is seen.
        memcpy(part, whole->a, i);
        struct link_facts from = file_of("/old", "");
        from.object = (str){ .at = part, .len = i };
        const struct link_facts to = file_of("/new", whole->b);
        assert_int_equal(diff_files(&from, 1, &to, 1, tell, NULL, &err), ERR_FORMAT);
        assert_true(str_starts_with(str_of(err.text), STR("what is kept of /old")));
        free(part);
    }
    assert_lines("truncated", "");
}

static str nested(struct arena *a, size_t depth)
{
    str text = STR("1");
    for (size_t i = 0; i < depth; i++)
        text = arena_printf(a, "[%.*s]", STR_ARG(text));
    return arena_printf(a, "\"x\":%.*s}", STR_ARG(text));
}

static void diff_files__refuses_more_depth_than_max(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct err err;
    const struct link_facts to = file_of("/new", "\"a\":1}");
    struct link_facts from = file_of("/old", "");
    from.object = nested(&arena, DIFF_DEPTH_MAX - 1);
    assert_int_equal(diff_files(&from, 1, &to, 1, tell, NULL, &err), OK);
    from.object = nested(&arena, DIFF_DEPTH_MAX);
    assert_int_equal(diff_files(&from, 1, &to, 1, tell, NULL, &err), ERR_FORMAT);
    assert_string_equal(err.text, "what is kept of /old, slice 0, is damaged: nested too deep");
    arena_done(&arena);
}

static void diff_files__cuts_long_values(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct err err;
    char *value = memory_new(DIFF_VALUE_MAX + 100);
    memset(value, 'v', DIFF_VALUE_MAX + 100);
    struct link_facts from = file_of("/old", "\"platform\":null}");
    struct link_facts to = file_of("/new", "");
    to.object = arena_printf(&arena, "\"platform\":\"%.*s\"}", (int)DIFF_VALUE_MAX + 100, value);
    assert_int_equal(diff_files(&from, 1, &to, 1, tell, NULL, &err), OK);
    const str cut = arena_printf(&arena, "/new (none): the platform was none, is %.*s...\n",
                                 (int)DIFF_VALUE_MAX, value);
    assert_lines("cut", cut.at);
    // Cut where they are told only: these two differ behind the end of what is told.
    from.object = to.object;
    value[DIFF_VALUE_MAX + 99] = 'w';
    to.object = arena_printf(&arena, "\"platform\":\"%.*s\"}", (int)DIFF_VALUE_MAX + 100, value);
    assert_int_equal(diff_files(&from, 1, &to, 1, tell, NULL, &err), OK);
    assert_true(lines.len > 2 * (size_t)DIFF_VALUE_MAX);
    buf_reset(&lines);
    buf_reset(&objects);
    free(value);
    arena_done(&arena);
}

static void diff_files__stops_where_it_is_told_to(void **state)
{
    (void)state;
    struct err err;
    for (size_t enough = 0; enough < 5; enough++) {
        const struct link_facts from = file_of("/old", changes[8].a);
        const struct link_facts to = file_of("/new", changes[8].b);
        size_t left = enough;
        assert_int_equal(diff_files(&from, 1, &to, 1, tell, &left, &err), ERR_LIMIT);
        assert_string_equal(err.text, "enough");
        size_t count = 0;
        for (size_t i = 0; i < lines.len; i++)
            count += lines.at[i] == '\n';
        assert_int_equal(count, enough);
        buf_reset(&lines);
        buf_reset(&objects);
    }
}

// Rows of the two inventories, "" for those of neither.
struct row {
    const char *host;
    const char *path;
    const char *object;
};

static char paths[2][512];

static int make_paths(void **state)
{
    (void)forget_lines(state);
    const str directory = str_of(getenv("TMPDIR"));
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%.*s/diff_test_XXXXXX",
                       STR_ARG(directory.len > 0 ? directory : STR(".")));
        const int fd = mkstemp(paths[i]);
        if (fd < 0 || close(fd) != 0)
            return -1;
    }
    return 0;
}

static int remove_paths(void **state)
{
    (void)state;
    return unlink(paths[0]) | unlink(paths[1]);
}

static struct links *open_inventory(size_t side, enum links_mode mode)
{
    struct links *links = NULL;
    struct err err;
    if (links_open(str_of(paths[side]), mode, &links, &err) != OK)
        fail_msg("%s", err.text);
    return links;
}

static void put_rows(size_t side, const struct row *rows, size_t count)
{
    struct links *links = open_inventory(side, LINKS_WRITE);
    struct err err;
    for (size_t i = 0; i < count; i++) {
        const struct link_facts facts = file_of(rows[i].path, rows[i].object);
        assert_int_equal(links_put(links, str_of(rows[i].host), &facts, 1, &err), OK);
    }
    assert_int_equal(links_commit(links, &err), OK);
    links_close(links);
}

static enum status diff_both(size_t *left, struct err *err)
{
    struct links *a = open_inventory(0, LINKS_READ);
    struct links *b = open_inventory(1, LINKS_READ);
    const enum status status = diff_inventories(a, b, tell, left, err);
    links_close(a);
    links_close(b);
    return status;
}

#define ONE "\"arch\":\"arm64\",\"platform\":\"1\"}"
#define TWO "\"arch\":\"arm64\",\"platform\":\"2\"}"

static void diff_inventories__goes_host_by_host_and_path_by_path(void **state)
{
    (void)state;
    static const struct row a[] = {
        { "beta", "/z", ONE },  { "beta", "/same", ONE }, { "beta", "/changed", ONE },
        { "alpha", "/a", ONE }, { "gone", "/a", ONE },
    };
    static const struct row b[] = {
        { "beta", "/same", ONE }, { "beta", "/changed", TWO }, { "beta", "/new", ONE },
        { "alpha", "/a", TWO },   { "here", "/b", ONE },
    };
    struct err err = { .text = "" };
    put_rows(0, a, COUNT_OF(a));
    put_rows(1, b, COUNT_OF(b));
    if (diff_both(NULL, &err) != OK)
        fail_msg("%s", err.text);
    const str first = STR("{\"host\":\"alpha\",\"path\":\"/a\",\"slice\":0,\"arch\":\"arm64\",");
    assert_true(str_starts_with(buf_str(&objects), first));
    assert_true(str_contains(buf_str(&objects),
                             STR("{\"host\":\"here\",\"path\":null,\"slice\":null,\"arch\":null,"
                                 "\"change\":\"host_added\",\"from\":null,\"to\":\"here\",")));
    assert_lines("hosts", "alpha: /a (arm64): the platform was 1, is 2\n"
                          "beta: /changed (arm64): the platform was 1, is 2\n"
                          "beta: /new (arm64): is new\n"
                          "beta: /z (arm64): is gone\n"
                          "only the earlier inventory knows the host gone\n"
                          "only the later inventory knows the host here\n");
}

static void diff_inventories__pairs_two_lone_hosts(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    put_rows(0, (const struct row[]){ { "", "/a", ONE } }, 1);
    put_rows(1, (const struct row[]){ { "mac", "/a", TWO } }, 1);
    assert_int_equal(diff_both(NULL, &err), OK);
    assert_lines("lone", "mac: /a (arm64): the platform was 1, is 2\n");
}

static void diff_inventories__takes_an_empty_one(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    put_rows(0, NULL, 0);
    put_rows(1, (const struct row[]){ { "mac", "/a", TWO } }, 1);
    assert_int_equal(diff_both(NULL, &err), OK);
    assert_lines("empty", "only the later inventory knows the host mac\n");
}

static void diff_inventories__says_what_is_damaged_and_stops_when_told(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    size_t none = 0;
    put_rows(0, (const struct row[]){ { "mac", "/a", ONE }, { "mac", "/b", "{{{" } }, 2);
    put_rows(1, (const struct row[]){ { "mac", "/a", TWO }, { "mac", "/b", ONE } }, 2);
    assert_int_equal(diff_both(&none, &err), ERR_LIMIT);
    assert_string_equal(err.text, "enough");
    assert_int_equal(diff_both(NULL, &err), ERR_FORMAT);
    assert_true(str_starts_with(str_of(err.text),
                                STR("what is kept of /b, slice 0, is damaged: unexpected")));
    assert_lines("before it", "mac: /a (arm64): the platform was 1, is 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(diff_files__tells_what_changed, forget_lines),
        cmocka_unit_test_setup(diff_print_json__is_one_object_a_change, forget_lines),
        cmocka_unit_test_setup(diff_kind_name__is_there_for_each, forget_lines),
        cmocka_unit_test_setup(diff_files__pairs_slices_by_architecture, forget_lines),
        cmocka_unit_test_setup(diff_files__refuses_more_slices_than_max, forget_lines),
        cmocka_unit_test_setup(diff_files__compares_columns_where_there_is_no_object, forget_lines),
        cmocka_unit_test_setup(diff_files__says_what_is_damaged, forget_lines),
        cmocka_unit_test_setup(diff_files__stands_every_truncation, forget_lines),
        cmocka_unit_test_setup(diff_files__refuses_more_depth_than_max, forget_lines),
        cmocka_unit_test_setup(diff_files__cuts_long_values, forget_lines),
        cmocka_unit_test_setup(diff_files__stops_where_it_is_told_to, forget_lines),
        cmocka_unit_test_setup_teardown(diff_inventories__goes_host_by_host_and_path_by_path,
                                        make_paths, remove_paths),
        cmocka_unit_test_setup_teardown(diff_inventories__pairs_two_lone_hosts, make_paths,
                                        remove_paths),
        cmocka_unit_test_setup_teardown(diff_inventories__takes_an_empty_one, make_paths,
                                        remove_paths),
        cmocka_unit_test_setup_teardown(diff_inventories__says_what_is_damaged_and_stops_when_told,
                                        make_paths, remove_paths),
    };
    buf_init(&lines, 1u << 20);
    buf_init(&objects, 1u << 20);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_done(&lines);
    buf_done(&objects);
    return failed;
}
