// simulate: invents the telemetry of a fleet of Macs, with attacks in it whose place is known.
//
// Everything it prints is SYNTHETIC: hosts, people, vendors, team identifiers, hashes and attacks
// are invented, and the same arguments give the same octets. The records have the shape and the
// size of what Apple's eslogger(1) prints, or of what Elastic Defend sends.

#include "attacks.h"
#include "fleet.h"

#include <stdlib.h>

#define OUTPUT_BUFFER_SIZE (1u << 20)

static const char usage[] =
    "usage: simulate [options]\n"
    "Invents telemetry of a fleet of Macs, as eslogger prints it. Everything in it is synthetic.\n"
    "\n"
    "  --hosts N         how many Macs (3; at most 1000)\n"
    "  --minutes M       how long (10)\n"
    "  --busy P          percent of the time in which a Mac is used at all (100)\n"
    "  --seed S          the same seed gives the same octets (1)\n"
    "  --attacks LIST    all, none, or some as in S01,S05 (all); every fourth Mac suffers each\n"
    "  --min-bytes B     goes on past M minutes, without attacks, until so much is written\n"
    "  --dialect NAME    eslogger; or elastic: the same happenings as Elastic Defend tells of "
    "them, in\n"
    "                    records without an envelope (eslogger)\n"
    "  --envelope        one stream, each record as {\"host\":{...},\"record\":{...}}; the "
    "default\n"
    "  --directory DIR   instead, plain records, one file for each Mac: DIR/mac-0001.ndjson\n"
    "  --labels FILE     what has to be found: rule, host, pid, pidversion, executable, start, "
    "end\n"
    "  --links FILE      what the programs link and who signed them, for `pomona detect --links`\n"
    "  --output FILE     instead of standard output\n";

// Arguments as given.
struct arguments {
    uint64_t hosts;
    uint64_t minutes;
    uint64_t busy;
    uint64_t seed;
    uint64_t min_bytes;
    uint32_t attacks;
    const char *directory;
    const char *labels;
    const char *links;
    const char *output;
    bool is_enveloped;
    bool is_elastic;
    bool asks_for_help;
};

static enum status parse(int argc, char **argv, struct arguments *out, struct err *err);
static enum status parse_value(str name, const char *value, struct arguments *out, struct err *err);
static enum status simulate(const struct arguments *a, struct err *err);
static enum status write_fleet(const struct arguments *a, FILE *output, FILE *labels,
                               struct err *err);
static enum status open_file(const char *path, FILE **out, struct err *err);
static enum status close_file(FILE *file, const char *path, enum status status, struct err *err);

int main(int argc, char **argv)
{
    struct err err;
    struct arguments arguments;
    enum status status = parse(argc, argv, &arguments, &err);
    if (status == OK && arguments.asks_for_help)
        return fputs(usage, stdout) == EOF ? 3 : 0;
    if (status == OK)
        status = simulate(&arguments, &err);
    if (status == OK)
        return 0;
    (void)fprintf(stderr, "simulate: %s\n", err.text);
    return status == ERR_CONFIG ? 2 : 3;
}

static enum status parse(int argc, char **argv, struct arguments *out, struct err *err)
{
    *out = (struct arguments){ .hosts = 3, .minutes = 10, .busy = 100, .seed = 1 };
    (void)attacks_parse(STR("all"), &out->attacks);
    for (int i = 1; i < argc; i++) {
        const str name = str_of(argv[i]);
        if (str_eq(name, STR("--help")) || str_eq(name, STR("-h"))) {
            out->asks_for_help = true;
        } else if (str_eq(name, STR("--envelope"))) {
            out->is_enveloped = true;
        } else if (i + 1 == argc) {
            return fail(err, ERR_CONFIG, "%s is no option, or lacks its value", argv[i]);
        } else {
            const enum status status = parse_value(name, argv[++i], out, err);
            if (status != OK)
                return status;
        }
    }
    if (out->directory != NULL && (out->is_enveloped || out->output != NULL))
        return fail(err, ERR_CONFIG, "--directory goes neither with --envelope nor with --output");
    if (out->is_elastic && out->is_enveloped)
        return fail(err, ERR_CONFIG, "--envelope goes with the dialect eslogger only");
    return OK;
}

static enum status parse_value(str name, const char *value, struct arguments *out, struct err *err)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        { "--directory", &out->directory },
        { "--labels", &out->labels },
        { "--links", &out->links },
        { "--output", &out->output },
    };
    const struct {
        const char *name;
        uint64_t most;
        uint64_t *to;
    } numbers[] = {
        { "--hosts", FLEET_HOSTS_MAX, &out->hosts },
        { "--minutes", FLEET_MINUTES_MAX, &out->minutes },
        { "--busy", 100, &out->busy },
        { "--seed", UINT64_MAX, &out->seed },
        { "--min-bytes", FLEET_BYTES_MAX, &out->min_bytes },
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (str_eq(name, str_of(texts[i].name))) {
            *texts[i].to = value;
            return OK;
        }
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (!str_eq(name, str_of(numbers[i].name)))
            continue;
        uint64_t number;
        if (!str_to_u64(str_of(value), &number) || number == 0 || number > numbers[i].most)
            return fail(err, ERR_CONFIG, "%s takes a number from 1 to %llu, not \"%s\"",
                        numbers[i].name, (unsigned long long)numbers[i].most, value);
        *numbers[i].to = number;
        return OK;
    }
    if (str_eq(name, STR("--dialect"))) {
        out->is_elastic = str_eq(str_of(value), STR("elastic"));
        return out->is_elastic || str_eq(str_of(value), STR("eslogger"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--dialect takes eslogger or elastic, not \"%s\"",
                          value);
    }
    if (!str_eq(name, STR("--attacks")))
        return fail(err, ERR_CONFIG, "there is no option \"%.*s\"", STR_ARG(name));
    if (!attacks_parse(str_of(value), &out->attacks))
        return fail(err, ERR_CONFIG, "--attacks takes all, none or names, not \"%s\"", value);
    return OK;
}

static enum status simulate(const struct arguments *a, struct err *err)
{
    FILE *output = a->directory == NULL ? stdout : NULL;
    FILE *labels = NULL;
    enum status status = OK;
    if (a->output != NULL)
        status = open_file(a->output, &output, err);
    if (status != OK)
        return status;
    if (a->labels != NULL)
        status = open_file(a->labels, &labels, err);
    if (status == OK)
        status = write_fleet(a, output, labels, err);
    status = close_file(output, a->output != NULL ? a->output : "standard output", status, err);
    return close_file(labels, a->labels, status, err);
}

static enum status write_fleet(const struct arguments *a, FILE *output, FILE *labels,
                               struct err *err)
{
    struct fleet_counts counts = { 0 };
    const struct fleet_options options = {
        .hosts = (uint32_t)a->hosts,
        .minutes = (uint32_t)a->minutes,
        .busy_percent = (uint32_t)a->busy,
        .seed = a->seed,
        .attacks = a->attacks,
        .min_bytes = a->min_bytes,
        .out = output,
        .directory = a->directory,
        .labels = labels,
        .links = a->links,
        .is_elastic = a->is_elastic,
    };
    if (output != NULL)
        (void)setvbuf(output, NULL, _IOFBF, OUTPUT_BUFFER_SIZE);
    const enum status status = fleet_run(&options, &counts, err);
    if (status == OK)
        (void)fprintf(stderr,
                      "simulate: %llu synthetic records of %u Macs, %llu octets, %llu labels, "
                      "%llu minutes\n",
                      (unsigned long long)counts.records, options.hosts,
                      (unsigned long long)counts.bytes, (unsigned long long)counts.labels,
                      (unsigned long long)(counts.seconds / 60));
    return status;
}

static enum status open_file(const char *path, FILE **out, struct err *err)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return fail(err, ERR_IO, "%s cannot be written", path);
    *out = file;
    return OK;
}

// Closes in any case; an earlier failure is the one that is told.
static enum status close_file(FILE *file, const char *path, enum status status, struct err *err)
{
    if (file == NULL || fclose(file) == 0 || status != OK)
        return status;
    return fail(err, ERR_IO, "%s cannot be written to its end", path);
}
