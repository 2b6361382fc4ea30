// exceptions_load_text(): whatever is kept of a text is sound, and what it is printed as reads back as
// the same. Nothing is lost silently: with no problem, no entry is missing.

#include "score/exceptions.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PRINT_MAX (64u * 1024u * 1024u)

static void expect(bool is_so)
{
    if (!is_so)
        abort();
}

static void print(const struct exceptions *e, struct buf *out)
{
    buf_init(out, PRINT_MAX);
    for (size_t i = 0; i < exceptions_count(e); i++) {
        const struct exception *x = exceptions_at(e, i);
        expect(x->who.signer.len > 0 || x->who.cdhash_count > 0);
        expect(!x->has_library || x->library.signer.len > 0 || x->library.cdhash_count > 0);
        expect(x->owner.len > 0 && x->reason.len > 0 && x->expires.len > 0);
        exception_add_yaml(out, x);
    }
}

static void judge(struct exceptions *e)
{
    static const struct finding_field fields[] = {
        { FIELD_PROCESS_CS_PLATFORM, { .boolean = true, .type = VALUE_BOOL } },
        { FIELD_PROCESS_SIGNING_ID, { .text = "com.apple.x", .len = 11, .type = VALUE_TEXT } },
        { FIELD_PROCESS_EXECUTABLE,
          { .text = "/private/tmp/1.2/x", .len = 18, .type = VALUE_TEXT } },
    };
    static const struct finding_step step = { .fields = fields, .field_count = COUNT_OF(fields) };
    static const struct rule_facts rule = { .id = STR_INIT("S09") };
    struct finding finding = { .rule = &rule, .steps = &step, .step_count = 1 };
    exceptions_judge(e, &finding);
    expect((finding.verdict == VERDICT_EXCEPTED) == (finding.verdict_by.len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str text = str_of_bytes((bytes){ .at = data, .len = size });
    struct exceptions *first = NULL;
    struct exceptions *second = NULL;
    struct buf once;
    struct buf twice;
    struct err err;
    size_t problem_count;
    if (exceptions_load_text(STR("x"), text, NULL, &first, &err) != OK)
        return 0;
    (void)exceptions_problems(first, &problem_count);
    expect(exceptions_refused(first) == 0 || problem_count > 0);
    print(first, &once);
    judge(first);
    if (exceptions_count(first) > 0 && !once.failed) {
        expect(exceptions_load_text(STR("x"), buf_str(&once), NULL, &second, &err) == OK);
        expect(exceptions_refused(second) == 0);
        print(second, &twice);
        expect(str_eq(buf_str(&once), buf_str(&twice)));
        buf_done(&twice);
    }
    buf_done(&once);
    exceptions_free(second);
    exceptions_free(first);
    return 0;
}
