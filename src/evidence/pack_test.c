#include "evidence/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct evidence_key *key;
static struct arena arena;

static const struct evidence_about about = {
    .from = STR_INIT("2026-01-01"),
    .to = STR_INIT("2026-01-31"),
    .end_s = 1769904000,
    .program = STR_INIT("pomona test"),
    .audit_count = 7,
    .audit_head = STR_INIT("00ff"),
};
static const struct evidence_member members[] = {
    { STR_INIT("rules/S01.yaml"), STR_INIT("id: S01\n") },
    { STR_INIT("claim.md"), STR_INIT("# Claim\n") },
    { STR_INIT("assets.csv"), STR_INIT("") },
};

static int make_key(void **state)
{
    struct err err;
    (void)state;
    return evidence_key_make(&key, &err) == OK ? 0 : -1;
}

static int forget_key(void **state)
{
    (void)state;
    evidence_key_free(key);
    arena_done(&arena);
    return 0;
}

static struct buf written(void)
{
    struct err err;
    struct buf b;
    buf_init(&b, EVIDENCE_PACK_MAX);
    assert_int_equal(evidence_pack_write(&about, members, COUNT_OF(members), key, &b, &err), OK);
    return b;
}

static enum status verify(str pack, struct err *err)
{
    struct evidence_verified out;
    return evidence_pack_verify(bytes_of_str(pack), key, &arena, &out, err);
}

static void evidence_pack__is_the_same_twice_and_verifies(void **state)
{
    (void)state;
    struct err err;
    struct evidence_verified out;
    struct buf one = written();
    struct buf two = written();
    assert_true(str_eq(buf_str(&one), buf_str(&two)));
    assert_int_equal(evidence_pack_verify(bytes_of_str(buf_str(&one)), key, &arena, &out, &err),
                     OK);
    assert_int_equal(out.members, COUNT_OF(members));
    assert_int_equal(out.octets, 16);
    assert_int_equal(out.about.audit_count, 7);
    assert_true(str_eq(out.about.audit_head, STR("00ff")));
    assert_true(str_eq(out.about.to, STR("2026-01-31")));
    buf_done(&one);
    buf_done(&two);
}

// Each octet with one bit turned, by turns, and with all of them.
static void evidence_pack_verify__detects_every_octet(void **state)
{
    (void)state;
    struct err err;
    struct buf b = written();
    for (size_t i = 0; i < b.len; i++) {
        const char was = b.at[i];
        b.at[i] = (char)(was ^ 1 << i % 8);
        assert_int_not_equal(verify(buf_str(&b), &err), OK);
        b.at[i] = (char)~was;
        assert_int_not_equal(verify(buf_str(&b), &err), OK);
        b.at[i] = was;
    }
    assert_int_equal(verify(buf_str(&b), &err), OK);
    buf_done(&b);
}

static void evidence_pack_verify__detects_every_length(void **state)
{
    (void)state;
    struct err err;
    struct buf b = written();
    for (size_t len = 0; len < b.len; len++) {
        // Of its own size, so that a read past its end is seen.
        char *cut = memory_new(len + (len == 0));
        memcpy(cut, b.at, len);
        assert_int_not_equal(verify((str){ .at = cut, .len = len }, &err), OK);
        free(cut);
    }
    const size_t whole = b.len;
    for (size_t i = 0; i < EVIDENCE_SEAL_BYTES + 2; i++) {
        buf_add_char(&b, b.at[whole - EVIDENCE_SEAL_BYTES + i % EVIDENCE_SEAL_BYTES]);
        assert_int_not_equal(verify(buf_str(&b), &err), OK);
    }
    buf_done(&b);
}

static void evidence_pack_verify__tells_another_key(void **state)
{
    (void)state;
    struct err err;
    struct buf b = written();
    struct evidence_key *other;
    struct evidence_verified out;
    assert_int_equal(evidence_key_make(&other, &err), OK);
    assert_int_equal(evidence_pack_verify(bytes_of_str(buf_str(&b)), other, &arena, &out, &err),
                     ERR_CONFIG);
    assert_true(str_starts_with(str_of(err.text), STR("was sealed with another key (")));
    evidence_key_free(other);
    buf_done(&b);
}

#define PARTS_MAX 8u
struct parts {
    struct evidence_member at[PARTS_MAX];
    size_t count;
};

// What a pack has inside, to be sealed again with the same key: then only the manifest tells.
static struct parts unpack(const struct buf *b)
{
    struct err err;
    struct parts parts = { .count = 0 };
    struct evidence_archive *a;
    str name;
    const bytes whole = { .at = (const uint8_t *)b->at, .len = b->len - EVIDENCE_SEAL_BYTES };
    assert_int_equal(evidence_archive_open(whole, &a, &err), OK);
    while (evidence_archive_next(a, &name, &err) == OK) {
        struct evidence_member *m = &parts.at[parts.count++];
        bytes piece;
        m->name = arena_str(&arena, name);
        m->content = STR_EMPTY;
        if (evidence_archive_read(a, &piece, &err) == OK)
            m->content = arena_str(&arena, str_of_bytes(piece));
    }
    evidence_archive_close(a);
    return parts;
}

static enum status reseal(const struct parts *parts, struct err *err)
{
    struct buf b;
    buf_init(&b, EVIDENCE_PACK_MAX);
    assert_int_equal(evidence_archive_write(parts->at, parts->count, 0, &b, err), OK);
    assert_int_equal(evidence_pack_seal(key, &b, err), OK);
    const enum status status = verify(buf_str(&b), err);
    buf_done(&b);
    return status;
}

#define CHECK_REFUSED(parts, sentence)                         \
    do {                                                       \
        struct err err_;                                       \
        assert_int_equal(reseal(&(parts), &err_), ERR_FORMAT); \
        assert_string_equal(err_.text, (sentence));            \
    } while (0)

static void evidence_pack_verify__holds_members_to_the_manifest(void **state)
{
    (void)state;
    struct err err;
    struct buf b = written();
    const struct parts good = unpack(&b);
    buf_done(&b);
    assert_int_equal(good.count, 6);
    assert_int_equal(reseal(&good, &err), OK);

    struct parts p = good;
    p.at[4].content = STR("# claim\n");
    CHECK_REFUSED(p, "claim.md is not what manifest.json says");
    p = good;
    p.at[4].content = STR("# Claim\n\n");
    CHECK_REFUSED(p, "claim.md is not what manifest.json says");
    p = good;
    p.count--;
    CHECK_REFUSED(p, "rules/S01.yaml is missing");
    p = good;
    p.at[p.count++] = (struct evidence_member){ STR("z"), STR("z") };
    CHECK_REFUSED(p, "z is in no manifest");
    p = good;
    p.at[3] = good.at[4];
    p.at[4] = good.at[3];
    CHECK_REFUSED(p, "claim.md stands where assets.csv should");
    p = good;
    p.at[0].content = STR("{}\n");
    CHECK_REFUSED(p, "the signature of manifest.json does not hold");
    p = good;
    p.at[1].content = str_to(good.at[1].content, 63);
    CHECK_REFUSED(p, "the signature of manifest.json does not hold");
    p = good;
    p.at[2].content = STR("none");
    CHECK_REFUSED(p, "public-key.pem is not the key that signed");
    p = good;
    p.at[0] = good.at[1];
    CHECK_REFUSED(p, "manifest.json is not where it belongs");
    p.count = 0;
    CHECK_REFUSED(p, "manifest.json is not where it belongs");
}

static void evidence_pack_write__refuses_names_that_climb(void **state)
{
    (void)state;
    static const char *const bad[] = { "",   "/a",    "../a", "a/../b", "a//b", "a/",
                                       ".a", "a/./b", "-rf",  "a b",    "a\\b", "a\n" };
    struct err err;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct evidence_member m = { str_of(bad[i]), STR("x") };
        struct buf b;
        buf_init(&b, EVIDENCE_PACK_MAX);
        assert_false(evidence_name_is_safe(m.name));
        assert_int_equal(evidence_pack_write(&about, &m, 1, key, &b, &err), ERR_CONFIG);
        buf_done(&b);
    }
    const struct evidence_member twice[] = { members[0], members[0] };
    struct buf b;
    buf_init(&b, EVIDENCE_PACK_MAX);
    assert_int_equal(evidence_pack_write(&about, twice, 2, key, &b, &err), ERR_CONFIG);
    assert_string_equal(err.text, "two members have the name rules/S01.yaml");
    buf_done(&b);
}

// Zeros compress to next to nothing.
static void evidence_pack_verify__stops_where_too_much_comes_out(void **state)
{
    (void)state;
    struct err err;
    const size_t len = (size_t)2 * EVIDENCE_RATIO_FREE + EVIDENCE_RATIO_FREE / 2;
    char *zeros = memory_zeroed(len, 1);
    const struct evidence_member m = { STR("zeros"), { .at = zeros, .len = len } };
    struct parts parts = { .at = { { STR("manifest.json"), m.content } }, .count = 1 };
    struct buf b;
    buf_init(&b, EVIDENCE_PACK_MAX);
    assert_int_equal(reseal(&parts, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 10000 times as large as what is compressed");
    // Nor is such a one written.
    assert_int_equal(evidence_pack_write(&about, &m, 1, key, &b, &err), ERR_LIMIT);
    free(zeros);
    buf_done(&b);
}

static void evidence_key__comes_back_from_its_files(void **state)
{
    (void)state;
    struct err err;
    char directory[] = "/tmp/pomona-key-XXXXXX";
    struct evidence_key *back;
    struct stat st;
    assert_non_null(mkdtemp(directory));
    const str path = arena_printf(&arena, "%s/k", directory);
    const str beside = arena_printf(&arena, "%s/k.pub", directory);
    assert_int_equal(evidence_key_write(key, path, &err), OK);
    assert_int_equal(stat(path.at, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(evidence_key_write(key, path, &err), ERR_CONFIG);
    assert_int_equal(evidence_key_read(path, EVIDENCE_KEY_PRIVATE, &back, &err), OK);
    assert_memory_equal(evidence_key_public(back), evidence_key_public(key), EVIDENCE_PUBLIC_BYTES);
    evidence_key_free(back);
    assert_int_equal(evidence_key_read(beside, EVIDENCE_KEY_PUBLIC, &back, &err), OK);
    evidence_key_free(back);
    assert_int_equal(evidence_key_read(beside, EVIDENCE_KEY_PRIVATE, &back, &err), ERR_CONFIG);
    assert_int_equal(evidence_key_read(path, EVIDENCE_KEY_PUBLIC, &back, &err), ERR_FORMAT);
    assert_int_equal(chmod(beside.at, 0600), 0);
    assert_int_equal(evidence_key_read(beside, EVIDENCE_KEY_PRIVATE, &back, &err), ERR_FORMAT);
    assert_int_equal(unlink(path.at) | unlink(beside.at) | rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_pack__is_the_same_twice_and_verifies),
        cmocka_unit_test(evidence_pack_verify__detects_every_octet),
        cmocka_unit_test(evidence_pack_verify__detects_every_length),
        cmocka_unit_test(evidence_pack_verify__tells_another_key),
        cmocka_unit_test(evidence_pack_verify__holds_members_to_the_manifest),
        cmocka_unit_test(evidence_pack_write__refuses_names_that_climb),
        cmocka_unit_test(evidence_pack_verify__stops_where_too_much_comes_out),
        cmocka_unit_test(evidence_key__comes_back_from_its_files),
    };
    return cmocka_run_group_tests(tests, make_key, forget_key);
}
