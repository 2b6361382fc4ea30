// Archives that nobody should believe: each is refused with a sentence, and what came out until then is bounded.

#include "evidence/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static const struct hostile {
    const char *file;
    enum status status;    // END: nothing is wrong with it as an archive.
    const char *sentence;  // As it begins.
} all[] = {
    { "archive-plain", END, "" },
    { "archive-zst", END, "" },
    { "archive-window", END, "" },
    // Which names there may be, and how often, the manifest says.
    { "archive-twice", END, "" },
    { "archive-behind-end", ERR_FORMAT, "member 2 has a name that may lead elsewhere" },
    { "archive-behind-frame", ERR_FORMAT, "member 2 has a name that may lead elsewhere" },
    { "archive-cut", ERR_FORMAT, "Truncated" },
    { "archive-no-end", ERR_FORMAT, "Truncated" },
    { "archive-climbs", ERR_FORMAT, "member 1 has a name that may lead elsewhere" },
    { "archive-absolute", ERR_FORMAT, "member 1 has a name that may lead elsewhere" },
    { "archive-pax", ERR_FORMAT, "member 1 has a name that may lead elsewhere" },
    { "archive-gnu-long", ERR_FORMAT, "member 1 has a name that may lead elsewhere" },
    { "archive-link", ERR_FORMAT, "member 1 is no plain file" },
    { "archive-hard-link", ERR_FORMAT, "member 2 is no plain file" },
    { "archive-directory", ERR_FORMAT, "member 1 is no plain file" },
    { "archive-device", ERR_FORMAT, "member 1 is no plain file" },
    { "archive-many", ERR_LIMIT, "more than 4096 members" },
    { "archive-zeros", ERR_LIMIT, "more than 10000 times as large as what is compressed" },
    { "archive-claims-8-gib", ERR_FORMAT, "Truncated" },
};

// The first octet of a file is for the fuzz target.
static enum status read_all(const char *name, uint64_t *total, struct err *err)
{
    char path[128];
    uint8_t piece[4096];
    ssize_t got;
    struct evidence_archive *a;
    str member;
    bytes content;
    (void)snprintf(path, sizeof path, "src/evidence/corpus/%s", name);
    FILE *file = tmpfile();
    int fd = -1;
    assert_non_null(file);
    assert_int_equal(evidence_open_file(str_of(path), &fd, err), OK);
    assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
    uint64_t len = 0;
    while ((got = read(fd, piece, sizeof piece)) > 0) {
        assert_int_equal(write(fileno(file), piece, (size_t)got), got);
        len += (uint64_t)got;
    }
    (void)close(fd);
    enum status status = evidence_archive_open(fileno(file), len, NULL, &a, err);
    if (status != OK) {
        (void)fclose(file);
        return status;
    }
    *total = 0;
    while (status == OK && (status = evidence_archive_next(a, &member, err)) == OK) {
        while ((status = evidence_archive_read(a, &content, err)) == OK)
            *total += content.len;
        status = status == END ? OK : status;
    }
    assert_true(*total <= EVIDENCE_RATIO_FREE + EVIDENCE_RATIO_MAX * (len + 1));
    evidence_archive_close(a);
    (void)fclose(file);
    return status;
}

static void evidence_archive_next__refuses_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct err err = { .text = "" };
        uint64_t total = 0;
        const enum status status = read_all(all[i].file, &total, &err);
        if (status != all[i].status || !str_starts_with(str_of(err.text), str_of(all[i].sentence)))
            fail_msg("%s: %d, \"%s\"", all[i].file, (int)status, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_archive_next__refuses_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
