// What lies beside a store may have come with it from a stranger.

#include "store/links_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

static char beside[sizeof path + 16];

static const char *name_beside(const char *ending)
{
    (void)snprintf(beside, sizeof beside, "%s%s", path, ending);
    return beside;
}

static int set_up(void **state)
{
    if (server() != NULL)
        return 0;
    if (make_path(state) != 0)
        return -1;
    put_paths("mac", (const char *const[]){ "/a" }, 1);
    return 0;
}

static int tear_down(void **state)
{
    if (server() != NULL)
        return 0;
    (void)unlink(name_beside("-other"));
    return forget(state);
}

static void make_empty(const char *name)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

// A program that ended in the middle of what it wrote, to a store without a log.
static void leave_a_journal(void)
{
    run_sql("PRAGMA journal_mode = DELETE");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sqlite3 *db = NULL;
        const int code =
            sqlite3_open(path, &db) == SQLITE_OK
                ? sqlite3_exec(db,
                               "PRAGMA cache_size = 5; BEGIN; DELETE FROM link_place;"
                               "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
                               " WHERE x < 2000) INSERT INTO link_walk"
                               " SELECT 1, zeroblob(400) || x, 1 FROM n",
                               NULL, NULL, NULL)
                : SQLITE_ERROR;
        _exit(code == SQLITE_OK ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(access(name_beside("-journal"), F_OK), 0);
}

static void assert_refused(enum links_mode mode, enum status expected, const char *sentence)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(str_of(path), mode, &links, &err), expected);
    assert_says(&err, sentence);
    assert_null(links);
}

static void assert_whole(void)
{
    struct links *links = open_good(LINKS_READ);
    assert_paths(links, "mac", "/a\n");
    links_close(links);
}

// Who only reads must not play it back.
static void store_open__plays_a_journal_back_only_to_write(void **state)
{
    (void)state;
    need_file();
    leave_a_journal();
    assert_refused(LINKS_READ, ERR_FORMAT,
                   "was not closed: a journal lies beside it (-journal), which only opening it to "
                   "write takes back");
    assert_int_equal(access(name_beside("-journal"), F_OK), 0);
    links_close(open_good(LINKS_WRITE));
    assert_int_not_equal(access(name_beside("-journal"), F_OK), 0);
    assert_whole();
}

static void add_u32be(FILE *file, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        (void)fputc((int)(value >> (24 - 8 * i) & 0xff), file);
}

// As SQLite writes it at the end of a journal whose transaction spans several databases.
static void name_super_journal(const char *journal, const char *name)
{
    static const char magic[] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    uint32_t sum = 0;
    FILE *file = fopen(journal, "ab");
    assert_non_null(file);
    for (const char *at = name; *at != '\0'; at++)
        sum += (unsigned char)*at;  // As a signed one where SQLite sums; the name is ASCII.
    add_u32be(file, 0x40000000 / 4096 + 1);
    (void)fputs(name, file);
    add_u32be(file, (uint32_t)strlen(name));
    add_u32be(file, sum);
    assert_int_equal(fwrite(magic, 1, 8, file), 8);
    assert_int_equal(fclose(file), 0);
}

static void store_open__refuses_a_journal_that_names_other_files(void **state)
{
    (void)state;
    char other[sizeof path + 16];
    need_file();
    leave_a_journal();
    (void)snprintf(other, sizeof other, "%s-other", path);
    make_empty(other);
    name_super_journal(name_beside("-journal"), other);
    assert_refused(LINKS_WRITE, ERR_FORMAT, "the journal beside it (-journal) names other files");
    assert_int_equal(access(other, F_OK), 0);
}

// SQLite would follow it, and write to whatever it leads to.
static void store_open__refuses_what_is_no_file(void **state)
{
    static const char *const endings[] = { "-wal", "-shm", "-journal" };
    (void)state;
    need_file();
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char sentence[64];
        char other[sizeof path + 16];
        (void)snprintf(other, sizeof other, "%s-other", path);
        (void)snprintf(sentence, sizeof sentence, "what lies beside it (%s) is no regular file",
                       endings[i]);
        make_empty(other);
        assert_int_equal(symlink(other, name_beside(endings[i])), 0);
        assert_refused(LINKS_READ, ERR_FORMAT, sentence);
        assert_refused(LINKS_WRITE, ERR_FORMAT, sentence);
        assert_int_equal(unlink(name_beside(endings[i])), 0);
        struct stat st;
        assert_int_equal(stat(other, &st), 0);
        assert_int_equal(st.st_size, 0);
    }
    assert_whole();
}

static void db_close__leaves_nothing_beside(void **state)
{
    (void)state;
    need_file();
    struct links *first = open_good(LINKS_READ);
    assert_paths(first, "mac", "/a\n");
    struct links *second = open_good(LINKS_READ);
    assert_paths(second, "mac", "/a\n");
    links_close(first);
    assert_paths(second, "mac", "/a\n");
    links_close(second);
    assert_int_not_equal(access(name_beside("-wal"), F_OK), 0);
    assert_int_not_equal(access(name_beside("-shm"), F_OK), 0);

    // What another has open stays.
    struct links *writer = open_good(LINKS_WRITE);
    put_good(writer, sample("/b", 0, HASH_A));
    first = open_good(LINKS_READ);
    assert_paths(first, "mac", "/a\n");
    links_close(first);
    close_good(writer);
    first = open_good(LINKS_READ);
    assert_paths(first, "mac", "/a\n/b\n");
    links_close(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store_open__plays_a_journal_back_only_to_write, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(store_open__refuses_a_journal_that_names_other_files,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_open__refuses_what_is_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(db_close__leaves_nothing_beside, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
