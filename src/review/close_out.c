#include "review/close_out.h"

#include "sink/json.h"

const char *close_out_lacks(const struct close_out *c)
{
    const str texts[] = { c->cause, c->scope, c->containment, c->hypothesis };
    if (c->disposition == DISPOSITION_NONE)
        return "--disposition true-positive, benign-expected, benign-unexpected, false-positive or "
               "undetermined";
    if (c->cause.len == 0)
        return c->disposition == DISPOSITION_UNDETERMINED
                   ? "--cause TEXT: what could not be found out, and why"
                   : "--cause TEXT: why it came to be";
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].len > FINDINGS_NOTE_MAX)
            return "texts of at most 65536 octets";
    if (!close_out_needs_scope(c->disposition))
        return NULL;
    if (c->scope.len == 0)
        return "--scope TEXT of a true positive: which Macs and which code";
    return c->containment.len == 0 ? "--containment TEXT of a true positive: what was done about it"
                                   : NULL;
}

bool close_out_needs_scope(enum disposition disposition)
{
    return disposition == DISPOSITION_TRUE_POSITIVE;
}

bool close_out_is_benign(enum disposition disposition)
{
    return disposition == DISPOSITION_BENIGN_EXPECTED ||
           disposition == DISPOSITION_BENIGN_UNEXPECTED;
}

void close_out_add(struct buf *out, const struct close_out *c)
{
    const struct {
        str key;
        str text;
    } fields[] = {
        { STR("cause"), c->cause },
        { STR("scope"), c->scope },
        { STR("containment"), c->containment },
        { STR("hypothesis"), c->hypothesis },
    };
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_text(out, STR("disposition"), disposition_name(c->disposition));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (fields[i].text.len > 0)
            sink_json_text(out, fields[i].key, fields[i].text);
    sink_json_close(out, '}');
}
