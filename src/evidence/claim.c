// The pack in plain words: what it claims, what it does not, and which controls its members are evidence of.

#include "evidence/gather.h"
#include "fidelity/coverage.h"

#include <inttypes.h>

static void add_claims(struct buf *b, const struct evidence_gathering *g);
static void add_more_claims(struct buf *b, const struct evidence_gathering *g);
static void add_decided(struct buf *b, const struct evidence_counts *counts);
static void add_limits(struct buf *b, const struct evidence_gathering *g);
static void add_absent(struct buf *b, const struct evidence_gathering *g);
static void add_unseen(struct buf *b);

static const struct control {
    const char *id;
    const char *what;
    const char *members;
} controls[] = {
    { "NIST SP 800-53 SI-4", "System monitoring",
      "rules/, rules.csv, navigator.json, attack/ (what is looked for, and where that is from); "
      "coverage.csv, fidelity.csv, signals.csv, sight.csv, dettect/ (where it can be seen, and how "
      "well); findings.ndjson (what was found)" },
    { "NIST SP 800-53 AU-6", "Audit record review, analysis and reporting",
      "findings.ndjson (review, notes and close-out of each); exceptions.ndjson, baseline.ndjson "
      "(what is not looked at again, who approved that, why and until when); audit-log.ndjson (who "
      "decided, when and why)" },
    { "NIST SP 800-53 RA-3", "Risk assessment",
      "assets.csv (owner, role, criticality); coverage.csv, sight.csv (blind spots); attack/, "
      "dettect/techniques.yaml (threats, and how well each is seen); claim.md (limits)" },
    { "NIST SP 800-53 CA-7", "Continuous monitoring",
      "coverage.csv, fidelity.csv (states over the period); canaries.csv (what was proved); "
      "validation/ (whether the rules find "
      "what they are for); configuration.json, configuration/ (what was in force); "
      "audit-log.ndjson (changes)" },
    { "SOC 2 CC7.2", "Anomalies are monitored and analysed",
      "rules/, rules.csv; validation/; coverage.csv, signals.csv, dettect/data-sources.yaml; "
      "findings.ndjson" },
    { "SOC 2 CC7.3", "Security events are evaluated",
      "findings.ndjson (dispositions and close-outs); exceptions.ndjson, baseline.ndjson; "
      "audit-log.ndjson" },
};

enum status evidence_gather_claim(struct evidence_gathering *g, struct err *err)
{
    struct buf *b = evidence_members_begin(g->m, STR("claim.md"));
    add_claims(b, g);
    add_more_claims(b, g);
    add_decided(b, g->counts);
    add_limits(b, g);
    add_absent(b, g);
    add_unseen(b);
    const enum status status = evidence_members_end(g->m, err);
    if (status != OK)
        return status;
    b = evidence_members_begin(g->m, STR("controls.md"));
    buf_add(b,
            STR("# Controls\n\nWhich members are evidence of which control. Whether the evidence"
                " is enough, an assessor judges. Members that are not in this pack are named at the"
                " end of claim.md.\n\n"
                "| Control | What it asks | Evidence |\n|---|---|---|\n"));
    for (size_t i = 0; i < COUNT_OF(controls); i++)
        buf_printf(b, "| %s | %s | %s |\n", controls[i].id, controls[i].what, controls[i].members);
    return evidence_members_end(g->m, err);
}

static void add_claims(struct buf *b, const struct evidence_gathering *g)
{
    const struct evidence_options *o = g->o;
    const struct evidence_counts *counts = g->counts;
    buf_printf(
        b,
        "# What this pack claims\n\nPeriod: %.*s to %.*s, both days included, in UTC. Made by "
        "%.*s.\n\n",
        STR_ARG(o->about.from), STR_ARG(o->about.to), STR_ARG(o->about.program));
    buf_printf(b,
               "- findings.ndjson holds each finding of the period that the store has: %" PRIu64
               ". Each has its record, and what was decided of it until the pack was made.\n",
               counts->findings);
    buf_printf(
        b,
        "- audit-log.ndjson holds every change that was made to the store from its beginning "
        "on, but for counts of how often an exception was met: %" PRId64
        " entries. Each holds the hash of the one before, and all were checked when the pack "
        "was made.\n",
        o->about.audit_count);
    buf_printf(b,
               "- rules/ holds the rules as they were when the pack was made: %zu, of %zu "
               "techniques. rules.csv has their versions and hashes.\n",
               counts->rules, counts->techniques);
    if (counts->rules_refused > 0)
        buf_printf(
            b,
            "- %zu things are wrong in the rules, and what they are about is in force nowhere: "
            "`pomona rules check` says why.\n",
            counts->rules_refused);
    buf_printf(
        b,
        "- assets.csv holds the Macs that are known to belong to the organisation: %" PRIu64 ".\n"
        "- coverage.csv holds what telemetry showed of each Mac and signal in the period, and "
        "what it did not: %" PRIu64 " spans of time. fidelity.csv holds, of each Mac, how much was "
        "told and how much was lost in the last run that told of it: %" PRIu64 " Macs.\n",
        counts->assets, counts->spans, counts->hosts);
    buf_printf(
        b,
        "- canaries.csv holds harmless acts that were made on Macs in the period to see whether "
        "they are told, and which of their records came back: %" PRIu64 " rows. What came back "
        "proves the signal at that time on that Mac; coverage.csv has no proofs.\n",
        counts->canary_rows);
    buf_printf(b,
               "- signals.csv and sight.csv say of how many of %zu %s each signal was in which "
               "state, and each rule can see, at the end of the period. dettect/ says the same as "
               "DeTT&CT's scores.\n",
               g->measure.mac_count,
               g->measure.of_assets ? "assets that a sensor is expected on"
                                    : "Macs that were seen");
}

static void add_more_claims(struct buf *b, const struct evidence_gathering *g)
{
    const struct evidence_counts *c = g->counts;
    const struct evidence_attack *a = &g->attack;
    if (a->is_there)
        buf_printf(b,
                   "- attack/ holds ATT&CK's objects that the rules are about, as release %.*s has "
                   "them, octet for octet: %zu. Of the ids that the rules cite it lacks %zu.\n",
                   STR_ARG(a->snapshot.release), c->attack_objects, c->attack_absent);
    buf_printf(b,
               "- exceptions.ndjson holds what was excepted, as %s has it, with owner, reason and "
               "end of each:"
               " %zu, of which %zu ended before the period did.\n",
               g->o->exceptions.len > 0 ? "a file that was given" : "the store", c->exceptions,
               c->exceptions_ended);
    if (c->exceptions_refused > 0)
        buf_printf(b,
                   "- %zu more exceptions make no sense, hold nowhere and are in no row: `pomona "
                   "exceptions check` says why.\n",
                   c->exceptions_refused);
    buf_printf(b,
               "- baseline.ndjson holds what was decided to be expected, as %s has it, with owner, "
               "reason and "
               "end of each: %" PRIu64 "; and what was refused: %" PRIu64 ". %" PRIu64
               " proposals are undecided, change nothing and are in no row.\n",
               g->o->baseline.len > 0 ? "another store that was given" : "the store", c->expected,
               c->refused, c->proposals);
    if (g->validation != NULL)
        buf_printf(
            b,
            "- validation/ holds what the rules of this pack found in %zu labelled "
            "scenarios when it was made: %zu of %zu attacks, %zu findings falsely raised, %zu "
            "scenarios that could not be run. inputs.csv has the hash of each of %zu files "
            "that were read.\n",
            c->scenarios, c->attacks_found, c->attacks, c->falsely_raised, c->scenarios_failed,
            c->inputs);
    buf_add(b, STR("- configuration.json holds which files and settings the pack was made with, and"
                   " the hash of each.\n\n"));
}

static void add_decided(struct buf *b, const struct evidence_counts *counts)
{
    buf_add(b, STR("| Decided | Findings |\n|---|---|\n"));
    buf_printf(b, "| not closed | %" PRIu64 " |\n", counts->closed[DISPOSITION_NONE]);
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        buf_printf(b, "| %.*s | %" PRIu64 " |\n", STR_ARG(disposition_name((enum disposition)i)),
                   counts->closed[i]);
}

static void add_limits(struct buf *b, const struct evidence_gathering *g)
{
    buf_add(b,
            STR("\n# What it does not claim\n\n"
                "- That nothing else happened: a rule that found nothing says something only where"
                " coverage.csv says that it could have found.\n"
                "- That the store tells the truth: the signature says who made this pack and that"
                " it was not changed since. Whoever could write to the store before could write"
                " anything.\n"
                "- When it was signed: no clock but that of the signer's machine says so.\n"
                "- That the rules of today were in force all the time: each finding names the"
                " version of the rule that made it. Nor that the settings were.\n"
                "- That assets.csv is of the period: it is of the moment when the pack was made, as"
                " are exceptions and baseline.\n"
                "- That scenarios are attacks as they will be: they are what their authors thought"
                " of.\n"
                "- That a score of dettect/ is more than its measure, which stands beside it:"
                " timeliness is the age of what is newest and retention that of what is kept of"
                " coverage, since telemetry itself is kept elsewhere.\n"));
    if (g->counts->assets == 0)
        buf_add(b, STR("- That all Macs are watched: no assets were imported, and Macs without"
                       " telemetry are in no list.\n"));
    if (g->counts->spans == 0)
        buf_add(b,
                STR("- That anything could be seen: the store has no coverage of the period.\n"));
}

// What could have been here is named, so that nobody takes silence for a no.
static void add_absent(struct buf *b, const struct evidence_gathering *g)
{
    const struct evidence_options *o = g->o;
    buf_add(b, STR("\n# Not in this pack\n\n"));
    if (!g->attack.is_there)
        buf_add(b, STR("- attack/objects: no snapshot of ATT&CK was imported into the store.\n"));
    if (o->scenarios.len == 0)
        buf_add(b, STR("- validation/: the rules were not validated for this pack.\n"));
    if (o->config_count == 0)
        buf_add(b,
                STR("- configuration/: no configuration of sensors or of the site was given.\n"));
    if (g->counts->assets == 0)
        buf_add(b, STR("- Assets: none were imported; assets.csv is empty.\n"));
    if (g->counts->spans == 0)
        buf_add(b, STR("- Coverage: none is kept of the period; coverage.csv is empty.\n"));
    buf_add(b, STR("- The telemetry itself, which Pomona does not keep.\n"
                   "- The outcome of each check of coverage (T01 to T26) of each run: kept is the"
                   " check that fails of a signal, in coverage.csv.\n"));
}

static void add_unseen(struct buf *b)
{
    buf_add(b, STR("\n## What no sensor shows\n\n"));
    for (size_t i = 0; coverage_limit(i).len > 0; i++)
        buf_printf(b, "- %.*s\n", STR_ARG(coverage_limit(i)));
    buf_add(b, STR("\n## What telemetry alone does not answer\n\n"));
    for (size_t i = 0; coverage_unasked(i).len > 0; i++)
        buf_printf(b, "- %.*s\n", STR_ARG(coverage_unasked(i)));
}
