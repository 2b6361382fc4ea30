// source_read(): whatever the octets, they are in the records, in their order and on the lines that
// are told, and what is not in a record only divides records. How the input was divided into
// readings, which the first octet says, changes nothing.

#include "source/source.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

struct walk {
    str text;
    size_t at;
    uint64_t line;
    bool is_framed;
    uint64_t records;
    uint64_t hash;
};

static bool is_packed(str text);
static struct walk walk_over(str text, size_t read_max);
static void pass_record(struct walk *w, const struct record *record);
static void pass_gap(struct walk *w);
static void pass(struct walk *w, size_t len);
static bool is_gap(const struct walk *w, size_t *len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    if (size == 0)
        return 0;
    const str text = { .at = (const char *)octets + 1, .len = size - 1 };
    if (is_packed(text))
        return 0;
    const struct walk at_once = walk_over(text, 0);
    const struct walk divided = walk_over(text, (size_t)octets[0] + 1);
    if (at_once.hash != divided.hash || at_once.records != divided.records ||
        at_once.is_framed != divided.is_framed)
        abort();
    return 0;
}

// What is read is not what was given, then.
static bool is_packed(str text)
{
    return str_starts_with(text, STR("\x1f\x8b")) || str_starts_with(text, STR("\x28\xb5\x2f\xfd"));
}

static struct walk walk_over(str text, size_t read_max)
{
    const struct source_options options = { .read_max = read_max };
    struct walk w = { .text = text, .line = 1 };
    struct hosts hosts;
    struct batch batch;
    struct source *source;
    struct err err;
    hosts_init(&hosts);
    batch_init(&batch);
    if (source_open_memory(bytes_of_str(text), &options, &hosts, &source, &err) != OK)
        abort();
    const struct source_counts *counts = source_counts(source);
    while (source_read(source, &batch, &err) == OK) {
        w.is_framed = counts->inputs_framed == 1;
        for (size_t i = 0; i < batch.record_count; i++)
            pass_record(&w, &batch.records[i]);
        batch_reset(&batch);
    }
    w.is_framed = counts->inputs_framed == 1;
    pass_gap(&w);
    if (counts->records != w.records || counts->bytes != text.len || w.at != text.len)
        abort();
    source_close(source);
    batch_done(&batch);
    hosts_done(&hosts);
    return w;
}

static void pass_record(struct walk *w, const struct record *record)
{
    const str octets = { .at = record->at, .len = record->len };
    pass_gap(w);
    if (octets.len == 0 || record->line != w->line ||
        !str_starts_with(str_from(w->text, w->at), octets))
        abort();
    w->hash = str_hash(octets, w->hash);
    w->records++;
    pass(w, octets.len);
}

static void pass_gap(struct walk *w)
{
    size_t len;
    while (w->at < w->text.len && is_gap(w, &len))
        pass(w, len);
}

static void pass(struct walk *w, size_t len)
{
    for (size_t i = 0; i < len; i++)
        w->line += w->text.at[w->at++] == '\n';
}

static bool is_gap(const struct walk *w, size_t *len)
{
    const str rest = str_from(w->text, w->at);
    const str mark = STR("\xef\xbb\xbf");
    *len = 1;
    if (w->is_framed && w->at == 0 && str_starts_with(rest, mark))
        *len = mark.len;
    else if (w->is_framed)
        return memchr(" \t\r\n,[]", rest.at[0], 7) != NULL;
    else if (rest.at[0] == '\r' && rest.len > 1 && rest.at[1] == '\n')
        *len = 2;
    else
        return rest.at[0] == '\n' || (rest.at[0] == '\r' && rest.len == 1);
    return true;
}
