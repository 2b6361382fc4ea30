#include "evidence/dettect.h"

#include "evidence/gather.h"
#include "evidence/yaml.h"

#include <inttypes.h>
#include <stdlib.h>

#define NS_PER_HOUR   INT64_C(3600000000000)
#define NS_PER_DAY    (24 * NS_PER_HOUR)
#define PRODUCTS_MAX  32u
#define COMMENT_BYTES 1024u

// A data component of ATT&CK, by its name there, which is the name of a data source in DeTT&CT. It is told by events of
// any of the signals; its fields are the facts.
static const struct component {
    const char *name;
    uint32_t signals;
    uint32_t facts;
} components[] = {
    { "Command Execution", SIGNAL_BIT(SIGNAL_EXEC), SIGNAL_BIT(SIGNAL_ARGUMENTS) },
    { "File Creation", SIGNAL_BIT(SIGNAL_FILE), 0 },
    { "File Deletion", SIGNAL_BIT(SIGNAL_FILE), 0 },
    { "File Modification", SIGNAL_BIT(SIGNAL_FILE), 0 },
    { "Module Load", SIGNAL_BIT(SIGNAL_LIBRARY_LOAD), SIGNAL_BIT(SIGNAL_LIBRARY_IDENTITY) },
    { "Network Connection Creation", SIGNAL_BIT(SIGNAL_NETWORK), 0 },
    { "OS API Execution",
      SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION) | SIGNAL_BIT(SIGNAL_MEMORY_MAP) |
          SIGNAL_BIT(SIGNAL_TASK_PORT) | SIGNAL_BIT(SIGNAL_REMOTE_THREAD) |
          SIGNAL_BIT(SIGNAL_TRACE),
      0 },
    { "Process Access",
      SIGNAL_BIT(SIGNAL_TASK_PORT) | SIGNAL_BIT(SIGNAL_PROCESS_CHECK) | SIGNAL_BIT(SIGNAL_TRACE),
      0 },
    { "Process Creation", SIGNAL_BIT(SIGNAL_EXEC),
      SIGNAL_BIT(SIGNAL_PARENT) | SIGNAL_BIT(SIGNAL_ARGUMENTS) | SIGNAL_BIT(SIGNAL_SIGNATURE) },
    { "Process Metadata", SIGNAL_BIT(SIGNAL_EXEC),
      SIGNAL_BIT(SIGNAL_SIGNATURE) | SIGNAL_BIT(SIGNAL_CDHASH) | SIGNAL_BIT(SIGNAL_ENVIRONMENT) |
          SIGNAL_BIT(SIGNAL_LINKAGE) },
    { "Process Modification",
      SIGNAL_BIT(SIGNAL_REMOTE_THREAD) | SIGNAL_BIT(SIGNAL_SUSPEND) |
          SIGNAL_BIT(SIGNAL_CS_INVALIDATION),
      0 },
    { "Process Termination", SIGNAL_BIT(SIGNAL_EXIT), 0 },
    { "Service Creation", SIGNAL_BIT(SIGNAL_PERSISTENCE), 0 },
};

// What is counted of one component.
struct tally {
    uint64_t macs;      // That show it.
    uint64_t unproved;  // Of these, by a rare signal of which nothing came.
    uint64_t whole;     // Without losses, and proved by events.
    uint64_t points;    // Of fields: two for each that is whole, one for a part,
    uint64_t fields;    // of twice as many.
    uint64_t sensors;
    int64_t *ages;  // Of the last event of each Mac that shows it.
};

static void add_source(const struct evidence_dettect *d, const struct component *c,
                       struct buf *out);
static void count(const struct evidence_dettect *d, const struct component *c, struct tally *t);
static const struct kept_signal *best_of(const struct evidence_mac *mac, uint32_t any_of,
                                         enum signal *which);
static bool is_shown(enum coverage_state state, enum signal s, bool ever_came);
static void count_fields(const struct evidence_mac *mac, uint32_t facts,
                         const struct kept_signal *own, struct tally *t);
static void add_quality(const struct evidence_dettect *d, const struct tally *t, struct buf *out);
static unsigned timeliness(struct tally *t, int64_t *age_ns);
static int by_age(const void *a, const void *b);
static unsigned consistency(const struct tally *t);
static int64_t kept_days(const struct evidence_dettect *d);
static void add_comment(const struct evidence_dettect *d, const struct component *c,
                        struct tally *t, struct buf *out);
static void add_products(const struct evidence_dettect *d, bool is_shown, struct buf *out);
static int64_t first_of(const struct evidence_measure *m, uint32_t signals);

unsigned evidence_dettect_score(uint64_t part, uint64_t whole)
{
    if (part == 0 || whole == 0)
        return 0;
    if (part >= whole)
        return 5;
    return (unsigned)((4 * part + whole - 1) / whole);
}

void evidence_dettect_sources(const struct evidence_dettect *d, struct buf *out)
{
    buf_add(out, STR("version: 1.1\nfile_type: data-source-administration\nname: pomona\n"
                     "domain: enterprise-attack\nsystems:\n  - applicable_to: Macs\n"
                     "    platform: [macOS]\ndata_sources:\n"));
    for (size_t i = 0; i < COUNT_OF(components); i++)
        add_source(d, &components[i], out);
}

static void add_source(const struct evidence_dettect *d, const struct component *c, struct buf *out)
{
    struct tally t = { .ages = memory_zeroed(d->measure->mac_count + 1, sizeof *t.ages) };
    count(d, c, &t);
    buf_printf(out, "  - data_source_name: %s\n    data_source:\n", c->name);
    buf_add(out, STR("      - applicable_to: [Macs]\n"));
    yaml_add_date(out, "        date_registered", t.macs > 0 ? d->registered_ns : 0);
    yaml_add_date(out, "        date_connected", t.macs > 0 ? first_of(d->measure, c->signals) : 0);
    add_products(d, t.macs > 0, out);
    buf_printf(out, "        available_for_data_analytics: %s\n", t.macs > 0 ? "true" : "false");
    add_comment(d, c, &t, out);
    add_quality(d, &t, out);
    free(t.ages);
}

static void count(const struct evidence_dettect *d, const struct component *c, struct tally *t)
{
    const struct evidence_measure *m = d->measure;
    const bool ever_came = first_of(m, c->signals) != 0;
    for (size_t i = 0; i < m->mac_count; i++) {
        const struct evidence_mac *mac = &m->macs[i];
        enum signal which = SIGNAL_COUNT;
        const struct kept_signal *best = best_of(mac, c->signals, &which);
        if (mac->is_silent || best == NULL || !is_shown(best->state, which, ever_came))
            continue;
        const int64_t age = m->at_ns - mac->last_ns;
        t->ages[t->macs++] = age < 0 ? 0 : age;
        t->unproved += best->state == COVERAGE_SILENT ? 1 : 0;
        t->whole += best->state <= COVERAGE_SEEN ? 1 : 0;
        count_fields(mac, c->facts, best, t);
    }
}

static const struct kept_signal *best_of(const struct evidence_mac *mac, uint32_t any_of,
                                         enum signal *which)
{
    const struct kept_signal *best = NULL;
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        const bool is_of_it = (any_of & SIGNAL_BIT(s)) != 0;
        if (is_of_it && (best == NULL || mac->signals[s].state < best->state)) {
            best = &mac->signals[s];
            *which = (enum signal)s;
        }
    }
    return best;
}

// That nothing of what is rare came, though the sensor can show it, may be as it should be: where it came of one Mac at
// least, so that it is known to arrive.
static bool is_shown(enum coverage_state state, enum signal s, bool ever_came)
{
    return state <= COVERAGE_BLIND_IN_PART ||
           (state == COVERAGE_SILENT && ever_came && signal_traits[s].kind == SIGNAL_RARE);
}

// Facts; and of a component without any whether its records were whole (T09) and told all (T26).
static void count_fields(const struct evidence_mac *mac, uint32_t facts,
                         const struct kept_signal *own, struct tally *t)
{
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        const enum coverage_state state = mac->signals[s].state;
        if ((facts & SIGNAL_BIT(s)) == 0)
            continue;
        t->fields += 2;
        t->points += state <= COVERAGE_SEEN ? 2 : state <= COVERAGE_BLIND_IN_PART ? 1 : 0;
    }
    if (facts != 0)
        return;
    t->fields += 2;
    const bool is_part = str_eq(own->check, STR("T09")) || str_eq(own->check, STR("T26"));
    t->points += own->state > COVERAGE_SEEN && is_part ? 1 : 2;
}

static void add_quality(const struct evidence_dettect *d, const struct tally *t, struct buf *out)
{
    struct tally sorted = *t;
    int64_t age = 0;
    const uint64_t days = (uint64_t)kept_days(d);
    const unsigned retention =
        t->macs > 0 ? evidence_dettect_score(days, (uint64_t)d->retention_days) : 0;
    buf_printf(out,
               "        data_quality:\n"
               "          device_completeness: %u\n"
               "          data_field_completeness: %u\n"
               "          timeliness: %u\n"
               "          consistency: %u\n"
               "          retention: %u\n",
               evidence_dettect_score(t->macs, d->measure->mac_count),
               evidence_dettect_score(t->points, t->fields), timeliness(&sorted, &age),
               consistency(t), retention);
}

// The age of the newest event that nine in ten of the Macs do not exceed.
static unsigned timeliness(struct tally *t, int64_t *age_ns)
{
    static const int64_t most[] = { 30 * NS_PER_DAY, 7 * NS_PER_DAY, 2 * NS_PER_DAY, NS_PER_DAY,
                                    NS_PER_HOUR };
    unsigned score = 0;
    if (t->macs == 0)
        return 0;
    qsort(t->ages, (size_t)t->macs, sizeof *t->ages, by_age);
    *age_ns = t->ages[(9 * t->macs + 9) / 10 - 1];
    while (score < COUNT_OF(most) && *age_ns <= most[score])
        score++;
    return score;
}

static int by_age(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

// Names and types of fields are the same for all sensors once they are read; what differs is what is lost and what
// is told in part.
static unsigned consistency(const struct tally *t)
{
    return evidence_dettect_score(t->whole, t->macs);
}

// From the oldest to the newest that is kept; a day that is begun counts.
static int64_t kept_days(const struct evidence_dettect *d)
{
    const struct evidence_measure *m = d->measure;
    return (m->newest_ns - m->oldest_ns + NS_PER_DAY - 1) / NS_PER_DAY;
}

static void add_comment(const struct evidence_dettect *d, const struct component *c,
                        struct tally *t, struct buf *out)
{
    struct buf b;
    int64_t age = 0;
    buf_init(&b, COMMENT_BYTES);
    buf_printf(&b, "measured: %" PRIu64 " of %zu %s", t->macs, d->measure->mac_count,
               d->measure->of_assets ? "assets" : "Macs that were seen (no assets are known)");
    if (t->unproved > 0)
        buf_printf(&b, ", of which %" PRIu64 " sent nothing of it yet", t->unproved);
    if (t->macs > 0) {
        (void)timeliness(t, &age);
        buf_printf(&b,
                   "; fields %" PRIu64 " %%; %" PRIu64 " %% without losses; nine in ten heard "
                   "within %" PRId64 " h; coverage kept for %" PRId64 " of %" PRId64 " days",
                   t->fields == 0 ? 0 : 100 * t->points / t->fields, 100 * t->whole / t->macs,
                   (age + NS_PER_HOUR - 1) / NS_PER_HOUR, kept_days(d), d->retention_days);
    }
    if (d->attack != NULL && d->attack->is_there &&
        !evidence_attack_has_component(d->attack, str_of(c->name)))
        buf_add(&b, STR("; the imported ATT&CK snapshot has no data component of this name"));
    yaml_add_text(out, "        comment", buf_str(&b));
    buf_done(&b);
}

// All sensors that the Macs were seen through.
static void add_products(const struct evidence_dettect *d, bool is_shown, struct buf *out)
{
    const struct kept *k = &d->measure->kept;
    const struct sensor_profiles *profiles = rules_profiles(d->rules);
    str found[PRODUCTS_MAX];
    size_t found_count = 0;
    for (size_t i = 0; i < k->host_count && is_shown; i++) {
        str rest = k->hosts[i].row.sensors;
        for (str sensor; str_take_until(&rest, ',', &sensor);) {
            while (str_starts_with(sensor, STR(" ")))
                sensor = str_from(sensor, 1);
            size_t at = 0;
            while (at < found_count && !str_eq(found[at], sensor))
                at++;
            if (at == found_count && found_count < PRODUCTS_MAX && sensor.len > 0)
                found[found_count++] = sensor;
        }
    }
    buf_add(out, STR("        products: ["));
    for (size_t i = 0; i < found_count; i++) {
        const struct sensor_profile *profile = sensor_profile_find(profiles, found[i]);
        buf_add(out, i > 0 ? STR(", ") : STR_EMPTY);
        yaml_add_quoted(out, profile == NULL ? found[i] : profile->product);
    }
    buf_add(out, STR("]\n"));
}

static int64_t first_of(const struct evidence_measure *m, uint32_t signals)
{
    int64_t first = 0;
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        if ((signals & SIGNAL_BIT(s)) != 0 && m->first_ns[s] != 0 &&
            (first == 0 || m->first_ns[s] < first))
            first = m->first_ns[s];
    return first;
}

enum status evidence_gather_dettect(struct evidence_gathering *g, struct err *err)
{
    const struct evidence_dettect d = {
        .measure = &g->measure,
        .rules = g->rules,
        .needs = coverage_options(g->fidelity),
        .attack = &g->attack,
        .validation = g->validation,
        .db = g->db,
        .registered_ns = g->registered_ns,
        .retention_days = g->o->retention_days,
    };
    evidence_dettect_sources(&d, evidence_members_begin(g->m, STR("dettect/data-sources.yaml")));
    enum status status = evidence_members_end(g->m, err);
    if (status != OK)
        return status;
    struct buf *b = evidence_members_begin(g->m, STR("dettect/techniques.yaml"));
    status = evidence_dettect_techniques(&d, b, err);
    if (status == OK)
        return evidence_members_end(g->m, err);
    evidence_members_drop(g->m);
    return status;
}
