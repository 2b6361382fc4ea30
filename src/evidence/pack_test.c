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
struct part {
    str name;
    str content;
};
static const struct part members[] = {
    { STR_INIT("rules/S01.yaml"), STR_INIT("id: S01\n") },
    { STR_INIT("claim.md"), STR_INIT("# Claim\n") },
    { STR_INIT("assets.csv"), STR_INIT("") },
};
static char directory[] = "/tmp/pomona-pack-XXXXXX";

static int make_key(void **state)
{
    struct err err;
    (void)state;
    return mkdtemp(directory) != NULL && evidence_key_make(&key, &err) == OK ? 0 : -1;
}

static int forget_key(void **state)
{
    (void)state;
    evidence_key_free(key);
    arena_done(&arena);
    // Whatever was made is gone, or was taken away by who made it.
    return rmdir(directory);
}

static enum status gather(const struct part *parts, size_t count, struct evidence_members **out,
                          struct err *err)
{
    enum status status;
    assert_int_equal(evidence_members_open(str_of(directory), out, err), OK);
    for (size_t i = 0; i < count; i++) {
        status = evidence_members_add(*out, parts[i].name, parts[i].content, err);
        if (status != OK)
            return status;
    }
    return OK;
}

static enum status write_pack(const struct part *parts, size_t count, str path, struct err *err)
{
    struct evidence_members *m;
    enum status status = gather(parts, count, &m, err);
    if (status == OK)
        status = evidence_pack_write(&about, m, key, path, err);
    evidence_members_free(m);
    return status;
}

static void read_file(str path, struct buf *out)
{
    char piece[4096];
    FILE *file = fopen(path.at, "rb");
    assert_non_null(file);
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(out, (str){ .at = piece, .len = got });
    assert_int_equal(ferror(file), 0);
    (void)fclose(file);
}

// A pack in memory, as it was in its file.
static struct buf written(void)
{
    struct err err;
    struct buf b;
    const str path = arena_printf(&arena, "%s/pack", directory);
    buf_init(&b, EVIDENCE_FILE_MAX);
    assert_int_equal(write_pack(members, COUNT_OF(members), path, &err), OK);
    read_file(path, &b);
    assert_int_equal(unlink(path.at), 0);
    return b;
}

static FILE *file_of(str pack)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(pack.at, 1, pack.len, file), pack.len);
    assert_int_equal(fflush(file), 0);
    return file;
}

static enum status verify_with(str pack, const struct evidence_key *with,
                               struct evidence_verified *out, struct err *err)
{
    FILE *file = file_of(pack);
    const enum status status = evidence_pack_verify(fileno(file), with, &arena, out, err);
    (void)fclose(file);
    return status;
}

static enum status verify(str pack, struct err *err)
{
    struct evidence_verified out;
    return verify_with(pack, key, &out, err);
}

static void evidence_pack__is_the_same_twice_and_verifies(void **state)
{
    (void)state;
    struct err err;
    struct evidence_verified out;
    struct buf one = written();
    struct buf two = written();
    assert_true(str_eq(buf_str(&one), buf_str(&two)));
    assert_int_equal(verify_with(buf_str(&one), key, &out, &err), OK);
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
    FILE *file = file_of(buf_str(&b));
    const int fd = fileno(file);
    struct evidence_verified out;
    for (size_t i = 0; i < b.len; i++) {
        const char was = b.at[i];
        const char changed[] = { (char)(was ^ 1 << i % 8), (char)~was };
        for (size_t j = 0; j < COUNT_OF(changed); j++) {
            assert_int_equal(pwrite(fd, &changed[j], 1, (off_t)i), 1);
            assert_int_not_equal(evidence_pack_verify(fd, key, &arena, &out, &err), OK);
        }
        assert_int_equal(pwrite(fd, &was, 1, (off_t)i), 1);
    }
    assert_int_equal(evidence_pack_verify(fd, key, &arena, &out, &err), OK);
    (void)fclose(file);
    buf_done(&b);
}

static void evidence_pack_verify__detects_every_length(void **state)
{
    (void)state;
    struct err err;
    struct buf b = written();
    for (size_t len = 0; len < b.len; len++) {
        assert_int_not_equal(verify(str_to(buf_str(&b), len), &err), OK);
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
    assert_int_equal(verify_with(buf_str(&b), other, &out, &err), ERR_CONFIG);
    assert_true(str_starts_with(str_of(err.text), STR("was sealed with another key (")));
    evidence_key_free(other);
    buf_done(&b);
}

#define PARTS_MAX 8u
struct parts {
    struct part at[PARTS_MAX];
    size_t count;
};

// What a pack has inside, to be sealed again with the same key: then only the manifest tells.
static struct parts unpack(const struct buf *b)
{
    struct err err;
    struct parts parts = { .count = 0 };
    struct evidence_archive *a;
    str name;
    FILE *file = file_of(buf_str(b));
    assert_int_equal(
        evidence_archive_open(fileno(file), b->len - EVIDENCE_SEAL_BYTES, NULL, &a, &err), OK);
    while (evidence_archive_next(a, &name, &err) == OK) {
        struct part *m = &parts.at[parts.count++];
        bytes piece;
        m->name = arena_str(&arena, name);
        m->content = STR_EMPTY;
        if (evidence_archive_read(a, &piece, &err) == OK)
            m->content = arena_str(&arena, str_of_bytes(piece));
    }
    evidence_archive_close(a);
    (void)fclose(file);
    return parts;
}

static enum status reseal(const struct parts *parts, struct err *err)
{
    struct evidence_members *m;
    struct evidence_verified out;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(gather(parts->at, parts->count, &m, err), OK);
    assert_int_equal(evidence_pack_put(m, 0, 0, key, fileno(file), err), OK);
    evidence_members_free(m);
    const enum status status = evidence_pack_verify(fileno(file), key, &arena, &out, err);
    (void)fclose(file);
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
    p.at[p.count++] = (struct part){ STR("z"), STR("z") };
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
    const str path = arena_printf(&arena, "%s/pack", directory);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct part one = { str_of(bad[i]), STR("x") };
        assert_false(evidence_name_is_safe(one.name));
        assert_int_equal(write_pack(&one, 1, path, &err), ERR_CONFIG);
    }
    const struct part twice[] = { members[0], members[0] };
    assert_int_equal(write_pack(twice, 2, path, &err), ERR_CONFIG);
    assert_string_equal(err.text, "two members have the name rules/S01.yaml");
}

static void evidence_pack_write__never_writes_over_a_file(void **state)
{
    (void)state;
    struct err err;
    struct buf b;
    const str path = arena_printf(&arena, "%s/pack", directory);
    FILE *other = fopen(path.at, "w");
    assert_non_null(other);
    assert_int_equal(fputs("other", other) < 0 || fclose(other) != 0, 0);
    assert_int_equal(write_pack(members, COUNT_OF(members), path, &err), ERR_CONFIG);
    assert_true(str_ends_with(str_of(err.text), STR("/pack: is there already")));
    buf_init(&b, 64);
    read_file(path, &b);
    assert_true(str_eq(buf_str(&b), STR("other")));
    buf_done(&b);
    assert_int_equal(unlink(path.at), 0);
    const str nowhere = arena_printf(&arena, "%s/none/pack", directory);
    assert_int_equal(write_pack(members, COUNT_OF(members), nowhere, &err), ERR_IO);
}

// Rows beyond what is kept in memory lie in the file that has no name, and are hashed on the way.
static void evidence_members__spill_what_is_much(void **state)
{
    (void)state;
    struct err err;
    struct evidence_members *m;
    const size_t rows = 300000;
    assert_int_equal(evidence_members_open(str_of(directory), &m, &err), OK);
    assert_int_equal(evidence_members_add(m, STR("a"), STR("before"), &err), OK);
    struct buf *b = evidence_members_begin(m, STR("dropped"));
    buf_add(b, STR("gone"));
    evidence_members_drop(m);
    b = evidence_members_begin(m, STR("rows"));
    for (size_t i = 0; i < rows; i++) {
        buf_printf(b, "%zu\n", i);
        evidence_members_spill(m);
        assert_true(b->len < (size_t)2 * 1024 * 1024);
    }
    assert_int_equal(evidence_members_end(m, &err), OK);
    assert_null(evidence_members_find(m, STR("dropped")));
    const struct evidence_member *member = evidence_members_find(m, STR("rows"));
    assert_int_equal(member->size, 1988890);
    uint8_t last[16];
    size_t got = 0;
    assert_int_equal(
        evidence_members_read(m, member, member->size - 7, last, sizeof last, &got, &err), OK);
    assert_int_equal(got, 7);
    assert_memory_equal(last, "299999\n", 7);
    assert_int_equal(evidence_members_read(m, member, member->size, last, 1, &got, &err), OK);
    assert_int_equal(got, 0);
    evidence_members_free(m);
}

// Zeros compress to next to nothing.
static void evidence_pack_verify__stops_where_too_much_comes_out(void **state)
{
    (void)state;
    struct err err;
    const size_t len = (size_t)(2 * EVIDENCE_RATIO_FREE + EVIDENCE_RATIO_FREE / 2);
    char *zeros = memory_zeroed(len, 1);
    const struct part bomb = { STR("zeros"), { .at = zeros, .len = len } };
    const struct parts parts = { .at = { { STR("manifest.json"), bomb.content } }, .count = 1 };
    assert_int_equal(reseal(&parts, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 10000 times as large as what is compressed");
    // Nor is such a one written.
    const str path = arena_printf(&arena, "%s/pack", directory);
    assert_int_equal(write_pack(&bomb, 1, path, &err), ERR_LIMIT);
    free(zeros);
}

static void evidence_key__comes_back_from_its_files(void **state)
{
    (void)state;
    struct err err;
    struct evidence_key *back;
    struct stat st;
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
    assert_int_equal(unlink(path.at) | unlink(beside.at), 0);
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
        cmocka_unit_test(evidence_pack_write__never_writes_over_a_file),
        cmocka_unit_test(evidence_members__spill_what_is_much),
        cmocka_unit_test(evidence_pack_verify__stops_where_too_much_comes_out),
        cmocka_unit_test(evidence_key__comes_back_from_its_files),
    };
    return cmocka_run_group_tests(tests, make_key, forget_key);
}
