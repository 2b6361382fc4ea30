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
    struct keeper *keeper;  // NULL: no store.
    struct buf text;
};

static enum status make_text(struct sink *s, enum sink_form form, const struct finding *finding,
                             struct err *err);
static enum status keep(struct sink *s, const struct finding *finding, struct err *err);
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

enum status sink_new(const struct sink_options *options, FILE *stream, struct sink **out,
                     struct err *err)
{
    struct keeper *keeper = NULL;
    const enum status status = options->store == NULL ? OK
                                                      : keeper_new(options->store, &options->act,
                                                                   options->clock, &keeper, err);
    if (status != OK)
        return status;
    struct sink *s = memory_zeroed(1, sizeof *s);
    *s = (struct sink){ .options = *options, .stream = stream, .keeper = keeper };
    buf_init(&s->text, SINK_FINDING_MAX);
    *out = s;
    return OK;
}

void sink_free(struct sink *s)
{
    if (s == NULL)
        return;
    keeper_free(s->keeper);
    buf_done(&s->text);
    free(s);
}

enum status sink_write(struct sink *s, const struct batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->finding_count; i++) {
        const struct finding *finding = batch->findings[i];
        enum status status = make_text(s, s->options.form, finding, err);
        if (status == OK)
            status = write_text(s, err);
        if (status == OK && s->keeper != NULL)
            status = keep(s, finding, err);
        if (status != OK)
            return status;
    }
    // A reader of a pipe sees what was found now, not when the buffer is full.
    if (fflush(s->stream) != 0)
        return refused(err);
    return s->keeper == NULL ? OK : keeper_end_batch(s->keeper, batch->number, err);
}

static enum status make_text(struct sink *s, enum sink_form form, const struct finding *finding,
                             struct err *err)
{
    buf_reset(&s->text);
    forms[form].add(&s->text, finding, &s->options);
    return s->text.failed ? fail(err, ERR_LIMIT, "finding %s of rule %.*s is longer than %u octets",
                                 finding->id, STR_ARG(finding->rule->id), SINK_FINDING_MAX)
                          : OK;
}

// What was written is what is kept where it is of that form already; without the line's end.
static enum status keep(struct sink *s, const struct finding *finding, struct err *err)
{
    const enum status status =
        s->options.form == SINK_NDJSON ? OK : make_text(s, SINK_NDJSON, finding, err);
    return status == OK
               ? keeper_add(s->keeper, finding, str_to(buf_str(&s->text), s->text.len - 1), err)
               : status;
}

enum status sink_flush(struct sink *s, struct err *err)
{
    return s->keeper == NULL ? OK : keeper_flush(s->keeper, err);
}

uint64_t sink_kept(struct sink *s, const struct batch *batch)
{
    return s->keeper == NULL ? batch->number + 1 : keeper_kept(s->keeper);
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
