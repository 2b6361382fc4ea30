// What holds of all dialects together: each knows its own records and no other's, a file may mix
// them, and whatever happens to a record, it is an event or a counted drop.

#include "decode/fixture.h"

#include <dirent.h>
#include <stdio.h>

#define CORPUS      "src/decode/corpus"
#define SAMPLES_MAX 200u
#define SAMPLE_MAX  (64u * 1024u)
#define ROUNDS      400u
#define WOUNDS_MAX  12u

struct sample {
    char name[128];
    size_t dialect;  // By the front of its name.
    str text;
};

static struct sample samples[SAMPLES_MAX];
static size_t sample_count;

// The longest name of a dialect that a file's name begins with: jamf-alert before jamf.
static size_t dialect_of(const char *file)
{
    size_t best = dialects_count();
    for (size_t i = 0; i < dialects_count(); i++) {
        const str name = dialects_name(i);
        if (str_starts_with(str_of(file), name) &&
            (best == dialects_count() || name.len > dialects_name(best).len))
            best = i;
    }
    return best;
}

static void read_sample(const char *file)
{
    struct sample *s = &samples[sample_count];
    char path[512];
    (void)snprintf(path, sizeof path, CORPUS "/%s", file);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    char *octets = memory_new(SAMPLE_MAX);
    const size_t len = fread(octets, 1, SAMPLE_MAX, stream);
    assert_in_range(len, 1, SAMPLE_MAX - 1);
    (void)fclose(stream);
    (void)snprintf(s->name, sizeof s->name, "%.127s", file);
    s->dialect = dialect_of(file);
    s->text = (str){ .at = octets, .len = octets[len - 1] == '\n' ? len - 1 : len };
    sample_count++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct sample *)a)->name, ((const struct sample *)b)->name);
}

static int read_samples(void **state)
{
    (void)state;
    DIR *directory = opendir(CORPUS);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        assert_in_range(sample_count, 0, SAMPLES_MAX - 1);
        if (entry->d_name[0] != '.')
            read_sample(entry->d_name);
    }
    (void)closedir(directory);
    qsort(samples, sample_count, sizeof samples[0], by_name);
    return 0;
}

static int free_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sample_count; i++) {
        const union {
            const char *borrowed;
            char *own;
        } text = { .borrowed = samples[i].text.at };
        free(text.own);
    }
    return 0;
}

static void dialects__know_their_own_records_and_no_others(void **state)
{
    bool has_sample[DIALECTS_MAX] = { false };
    (void)state;
    for (size_t i = 0; i < sample_count; i++) {
        struct fixture f;
        if (samples[i].dialect == dialects_count())
            continue;
        open_fixture(&f);
        (void)decode_record_of(&f, samples[i].text);
        for (size_t k = 0; k < dialects_count(); k++) {
            const bool is_known = decoder_counts(f.decoder)->by_dialect[k].in > 0;
            if (is_known != (k == samples[i].dialect))
                fail_msg("%s: %.*s", samples[i].name, STR_ARG(dialects_name(k)));
        }
        has_sample[samples[i].dialect] = true;
        close_fixture(&f);
    }
    for (size_t k = 0; k < dialects_count(); k++)
        if (!has_sample[k] && !str_eq(dialects_name(k), STR("eslogger")))
            fail_msg("there is no sample of %.*s", STR_ARG(dialects_name(k)));
}

static uint64_t next(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

// Octets are changed, removed or said twice. decode_record_of() checks that nothing is lost.
static size_t wound(char *text, size_t len, uint64_t *random)
{
    static const char likely[] = "\"{}[]:,\\0-9.eE\x80\xff\n nulltrue";
    for (uint64_t left = 1 + next(random) % WOUNDS_MAX; left > 0 && len > 1; left--) {
        const size_t at = next(random) % len;
        const size_t span = 1 + next(random) % 16;
        switch (next(random) % 4) {
        case 0:
            text[at] = likely[next(random) % (sizeof likely - 1)];
            break;
        case 1:
            text[at] = (char)next(random);
            break;
        case 2:
            if (at + span < len) {
                memmove(text + at, text + at + span, len - at - span);
                len -= span;
            }
            break;
        default:
            if (at + 2 * span < len)
                memcpy(text + at + span, text + at, span);
            break;
        }
    }
    return len;
}

static void decode__loses_nothing_of_a_damaged_record(void **state)
{
    static char text[SAMPLE_MAX];
    uint64_t random = 0x9e3779b97f4a7c15u;
    (void)state;
    struct fixture f;
    open_fixture(&f);
    uint64_t given = 0;
    for (size_t i = 0; i < sample_count; i++)
        for (size_t round = 0; round < ROUNDS; round++) {
            memcpy(text, samples[i].text.at, samples[i].text.len);
            const size_t len = wound(text, samples[i].text.len, &random);
            (void)decode_record_of(&f, (str){ .at = text, .len = len });
            given++;
            uint64_t noted = 0;
            for (size_t k = 0; k < f.batch.drop_count; k++)
                noted += f.batch.drops[k].count;
            uint64_t events = 0;
            for (size_t k = 0; k < f.batch.event_count; k++)
                events += f.batch.events[k]->action != ACTION_COUNT;
            assert_true(noted + events > 0);
        }
    const struct decode_counts *counts = decoder_counts(f.decoder);
    assert_int_equal(counts->in, given + counts->unpacked);
    close_fixture(&f);
}

// One decoder, one file: a record of each dialect after the other, twice.
static void decode__takes_a_file_that_changes_its_dialect(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sample_count; i++) {
            const struct dialect_counts before =
                samples[i].dialect < dialects_count()
                    ? decoder_counts(f.decoder)->by_dialect[samples[i].dialect]
                    : (struct dialect_counts){ 0 };
            (void)decode_record_of(&f, samples[i].text);
            if (samples[i].dialect < dialects_count())
                assert_true(decoder_counts(f.decoder)->by_dialect[samples[i].dialect].in >
                            before.in);
        }
    close_fixture(&f);
}

// Forced, a dialect is given what is not its own: it refuses, and counts why.
static void decode__takes_what_it_is_told_to_take(void **state)
{
    (void)state;
    for (size_t forced = 0; forced < dialects_count(); forced++) {
        const struct decode_options options = { .is_forced = true, .dialect = forced };
        struct fixture f;
        open_fixture(&f);
        decoder_free(f.decoder);
        f.decoder = decoder_new(&f.projection, &options);
        for (size_t i = 0; i < sample_count; i++)
            (void)decode_record_of(&f, samples[i].text);
        for (size_t k = 0; k < dialects_count(); k++)
            if (k != forced)
                assert_int_equal(decoder_counts(f.decoder)->by_dialect[k].in, 0);
        assert_true(decoder_counts(f.decoder)->by_dialect[forced].in > 0);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialects__know_their_own_records_and_no_others),
        cmocka_unit_test(decode__loses_nothing_of_a_damaged_record),
        cmocka_unit_test(decode__takes_a_file_that_changes_its_dialect),
        cmocka_unit_test(decode__takes_what_it_is_told_to_take),
    };
    return cmocka_run_group_tests(tests, read_samples, free_samples);
}
