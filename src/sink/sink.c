#include "sink/form.h"
#include "sink/keep.h"

#include <errno.h>
#include <stdlib.h>

static const struct {
    str name;
    sink_add *add;
} forms[SINK_FORM_COUNT] = {
    [SINK_TABLE] = { STR_INIT("table"), sink_add_table },
    [SINK_NDJSON] = { STR_INIT("ndjson"), sink_add_ndjson },
    [SINK_OCSF] = { STR_INIT("ocsf"), sink_add_ocsf },
    [SINK_ECS] = { STR_INIT("ecs"), sink_add_ecs },
};

struct sink {
    struct sink_options options;
    FILE *stream;
    struct buf text;
};

static enum status write_text(const struct sink *s, struct err *err);
static enum status refused(struct err *err);

bool sink_form_of(str name, enum sink_form *out)
{
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (str_eq(forms[i].name, name)) {
            *out = (enum sink_form)i;
            return true;
        }
    }
    return false;
}

struct sink *sink_new(const struct sink_options *options, FILE *stream)
{
    struct sink *s = memory_zeroed(1, sizeof *s);
    s->options = *options;
    s->stream = stream;
    buf_init(&s->text, SINK_FINDING_MAX);
    return s;
}

void sink_free(struct sink *s)
{
    if (s == NULL)
        return;
    buf_done(&s->text);
    free(s);
}

enum status sink_write(struct sink *s, const struct batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->finding_count; i++) {
        const struct finding *finding = batch->findings[i];
        buf_reset(&s->text);
        forms[s->options.form].add(&s->text, finding, &s->options);
        if (s->text.failed)
            return fail(err, ERR_LIMIT, "finding %s of rule %.*s is longer than %u octets",
                        finding->id, STR_ARG(finding->rule->id), SINK_FINDING_MAX);
        const enum status status = write_text(s, err);
        if (status != OK)
            return status;
    }
    // A reader of a pipe sees what was found now, not when the buffer is full.
    if (fflush(s->stream) != 0)
        return refused(err);
    return s->options.store == NULL
               ? OK
               : sink_keep(s->options.store, s->options.now_ns, batch, &s->text, err);
}

static enum status write_text(const struct sink *s, struct err *err)
{
    const str text = buf_str(&s->text);
    return fwrite(text.at, 1, text.len, s->stream) == text.len ? OK : refused(err);
}

// Says what errno says; a pipe whose reader has gone is EPIPE where SIGPIPE is ignored.
static enum status refused(struct err *err)
{
    return fail(err, ERR_IO, "findings cannot be written: %s", strerror(errno));
}
