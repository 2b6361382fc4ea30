// simulate: invents the telemetry of a fleet of Macs, with attacks in it whose place is known.
//
// Everything it prints is SYNTHETIC: hosts, people, vendors, team identifiers, hashes and attacks
// are invented, and the same arguments give the same octets. The records have the shape and the
// size of what Apple's eslogger(1) prints.

#include "attacks.h"
#include "fleet.h"

#include <stdlib.h>

#define OUTPUT_BUFFER_SIZE (1u << 20)

static const char usage[] =
    "usage: simulate [options]\n"
    "Invents eslogger telemetry of a fleet of Macs. Everything in it is synthetic.\n"
    "\n"
    "  --hosts N         how many Macs (3; at most 1000)\n"
    "  --minutes M       how long (10)\n"
    "  --seed S          the same seed gives the same octets (1)\n"
    "  --attacks LIST    all, none, or some as in S01,S05 (all); every fourth Mac suffers each\n"
    "  --min-bytes B     goes on past M minutes, without attacks, until so much is written\n"
    "  --envelope        one stream, each record as {\"host\":{...},\"record\":{...}}; the "
    "default\n"
    "  --directory DIR   instead, plain records, one file for each Mac: DIR/mac-0001.ndjson\n"
    "  --labels FILE     what has to be found: rule, host, pid, pidversion, executable, start, "
    "end\n"
    "  --output FILE     instead of standard output\n";

// Arguments as given.
struct arguments {
    struct fleet_options fleet;
    const char *output;
    const char *labels;
    bool asks_for_help;
};

static enum status parse(int argc, char **argv, struct arguments *out, struct err *err);
static enum status parse_value(str name, const char *value, struct arguments *out, struct err *err);
static enum status parse_count(str name, const char *value, uint64_t most, uint64_t *out,
                               struct err *err);
static enum status simulate(struct arguments *a, struct err *err);
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
    *out = (struct arguments){ .fleet = { .hosts = 3, .minutes = 10, .seed = 1 } };
    (void)attacks_parse(STR("all"), &out->fleet.attacks);
    bool is_enveloped = false;
    for (int i = 1; i < argc; i++) {
        const str name = str_of(argv[i]);
        if (str_eq(name, STR("--help")) || str_eq(name, STR("-h"))) {
            out->asks_for_help = true;
        } else if (str_eq(name, STR("--envelope"))) {
            is_enveloped = true;
        } else if (i + 1 == argc) {
            return fail(err, ERR_CONFIG, "%s is no option, or lacks its value", argv[i]);
        } else {
            const enum status status = parse_value(name, argv[++i], out, err);
            if (status != OK)
                return status;
        }
    }
    if (out->fleet.directory != NULL && (is_enveloped || out->output != NULL))
        return fail(err, ERR_CONFIG, "--directory goes neither with --envelope nor with --output");
    return OK;
}

static enum status parse_value(str name, const char *value, struct arguments *out, struct err *err)
{
    struct fleet_options *fleet = &out->fleet;
    uint64_t count = 0;
    enum status status = OK;
    if (str_eq(name, STR("--hosts"))) {
        status = parse_count(name, value, FLEET_HOSTS_MAX, &count, err);
        fleet->hosts = (uint32_t)count;
    } else if (str_eq(name, STR("--minutes"))) {
        status = parse_count(name, value, FLEET_MINUTES_MAX, &count, err);
        fleet->minutes = (uint32_t)count;
    } else if (str_eq(name, STR("--seed"))) {
        if (!str_to_u64(str_of(value), &fleet->seed))
            return fail(err, ERR_CONFIG, "--seed takes a number, not \"%s\"", value);
    } else if (str_eq(name, STR("--min-bytes"))) {
        status = parse_count(name, value, FLEET_BYTES_MAX, &fleet->min_bytes, err);
    } else if (str_eq(name, STR("--attacks"))) {
        if (!attacks_parse(str_of(value), &fleet->attacks))
            return fail(err, ERR_CONFIG, "--attacks takes all, none or names, not \"%s\"", value);
    } else if (str_eq(name, STR("--directory"))) {
        fleet->directory = value;
    } else if (str_eq(name, STR("--labels"))) {
        out->labels = value;
    } else if (str_eq(name, STR("--output"))) {
        out->output = value;
    } else {
        return fail(err, ERR_CONFIG, "there is no option \"%.*s\"", STR_ARG(name));
    }
    return status;
}

static enum status parse_count(str name, const char *value, uint64_t most, uint64_t *out,
                               struct err *err)
{
    uint64_t count;
    if (!str_to_u64(str_of(value), &count) || count == 0 || count > most)
        return fail(err, ERR_CONFIG, "%.*s takes a number from 1 to %llu, not \"%s\"",
                    STR_ARG(name), (unsigned long long)most, value);
    *out = count;
    return OK;
}

static enum status simulate(struct arguments *a, struct err *err)
{
    struct fleet_counts counts = { 0 };
    FILE *output = a->fleet.directory == NULL ? stdout : NULL;
    enum status status = OK;
    if (a->output != NULL)
        status = open_file(a->output, &output, err);
    if (status != OK)
        return status;
    if (a->labels != NULL)
        status = open_file(a->labels, &a->fleet.labels, err);

    a->fleet.out = output;
    if (status == OK && output != NULL)
        (void)setvbuf(output, NULL, _IOFBF, OUTPUT_BUFFER_SIZE);
    if (status == OK)
        status = fleet_run(&a->fleet, &counts, err);
    status = close_file(output, a->output != NULL ? a->output : "standard output", status, err);
    status = close_file(a->fleet.labels, a->labels, status, err);
    if (status == OK)
        (void)fprintf(stderr,
                      "simulate: %llu synthetic records of %u Macs, %llu octets, %llu labels, "
                      "%llu minutes\n",
                      (unsigned long long)counts.records, a->fleet.hosts,
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
