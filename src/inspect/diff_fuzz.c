// diff_files(): whatever two objects say, their comparison ends in changes or in one sentence; nothing
// changes from a slice to itself; what is told against one direction is told against the other;
// and a line of a change is a line.
//
// An input is two objects, with the octet 0xff between them.

#include "inspect/diff.h"

#include <stdlib.h>

#define SEPARATOR   ((char)0xff)
#define CHANGES_MAX (64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    size_t count;
    struct buf text;
};

static void check(bool is_so)
{
    if (!is_so)
        abort();
}

static enum status tell(void *context, const struct diff_change *change, struct err *err)
{
    struct told *told = context;
    (void)err;
    told->count++;
    buf_reset(&told->text);
    diff_print_line(&told->text, change);
    check(told->text.len > 0 && !told->text.failed);
    for (size_t i = 0; i < told->text.len; i++)
        check((unsigned char)told->text.at[i] >= 0x20);
    buf_reset(&told->text);
    diff_print_json(&told->text, change);
    check(told->text.at[0] == '{' && told->text.at[told->text.len - 1] == '}');
    check(change->from.len <= DIFF_VALUE_MAX + 3 && change->to.len <= DIFF_VALUE_MAX + 3);
    return OK;
}

static enum status compare(str a, str b, size_t *out_count)
{
    const struct link_facts from = { .path = STR("/a"), .object = a };
    const struct link_facts to = { .path = STR("/a"), .object = b };
    struct told told = { .count = 0 };
    struct err err = { .text = "" };
    buf_init(&told.text, CHANGES_MAX);
    const enum status status = diff_files(&from, 1, &to, 1, tell, &told, &err);
    check(status == OK || (status == ERR_FORMAT && err.text[0] != '\0'));
    buf_done(&told.text);
    *out_count = told.count;
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str whole = str_of_bytes((bytes){ .at = data, .len = size });
    const str a = str_to(whole, str_find_char(whole, SEPARATOR));
    const str b = str_from(whole, a.len + 1);
    size_t there;
    size_t back;
    if (a.len > LINKS_OBJECT_MAX || b.len > LINKS_OBJECT_MAX)
        return 0;
    const bool is_good = compare(a, b, &there) == OK;
    const bool is_good_back = compare(b, a, &back) == OK;
    check(is_good == is_good_back);
    check(!is_good || there == back);
    check(compare(a, a, &there) != OK || there == 0);
    return 0;
}
