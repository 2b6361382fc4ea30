// The pack in plain words: what it claims, what it does not, and which controls its members are evidence of.

#include "evidence/gather.h"
#include "fidelity/coverage.h"

#include <inttypes.h>

static void add_claims(struct buf *b, const struct evidence_options *o,
                       const struct evidence_counts *counts);
static void add_decisions(struct buf *b, const struct evidence_counts *counts);
static void add_limits(struct buf *b, const struct evidence_counts *counts, size_t attachments);

static const struct control {
    const char *id;
    const char *what;
    const char *members;
} controls[] = {
    { "NIST SP 800-53 SI-4", "System monitoring",
      "rules/, rules.csv, navigator.json (what is looked for); coverage.csv (where it can be "
      "seen); "
      "findings.ndjson (what was found)" },
    { "NIST SP 800-53 AU-6", "Audit record review, analysis and reporting",
      "findings.ndjson (review, notes and close-out of each); audit-log.ndjson (who decided, when "
      "and why)" },
    { "NIST SP 800-53 RA-3", "Risk assessment",
      "assets.csv (owner, role, criticality); coverage.csv (blind spots); claim.md (limits)" },
    { "NIST SP 800-53 CA-7", "Continuous monitoring",
      "coverage.csv (states over the period); audit-log.ndjson (changes); attachments/ (results of "
      "validation, where given)" },
    { "SOC 2 CC7.2", "Anomalies are monitored and analysed",
      "rules/, rules.csv; coverage.csv; findings.ndjson" },
    { "SOC 2 CC7.3", "Security events are evaluated",
      "findings.ndjson (dispositions and close-outs); audit-log.ndjson" },
};

enum status evidence_gather_claim(const struct evidence_options *o, struct evidence_members *m,
                                  const struct evidence_counts *counts, struct err *err)
{
    struct buf b;
    buf_init(&b, EVIDENCE_MEMBER_MAX);
    add_claims(&b, o, counts);
    add_decisions(&b, counts);
    add_limits(&b, counts, o->attachment_count);
    const enum status status = evidence_members_add(m, STR("claim.md"), &b, err);
    if (status != OK)
        return status;
    buf_init(&b, EVIDENCE_MEMBER_MAX);
    buf_add(&b,
            STR("# Controls\n\nWhich members are evidence of which control. Whether the evidence"
                " is enough, an assessor judges.\n\n"
                "| Control | What it asks | Evidence |\n|---|---|---|\n"));
    for (size_t i = 0; i < COUNT_OF(controls); i++)
        buf_printf(&b, "| %s | %s | %s |\n", controls[i].id, controls[i].what, controls[i].members);
    return evidence_members_add(m, STR("controls.md"), &b, err);
}

static void add_claims(struct buf *b, const struct evidence_options *o,
                       const struct evidence_counts *counts)
{
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
        "on: %" PRId64
        " entries. Each holds the hash of the one before, and all were checked when the pack "
        "was made.\n",
        o->about.audit_count);
    buf_printf(b,
               "- rules/ holds the rules as they were when the pack was made: %zu, of %zu "
               "techniques. rules.csv has their versions and hashes.\n",
               counts->rules, counts->techniques);
    buf_printf(
        b,
        "- assets.csv holds the Macs that are known to belong to the organisation: %" PRIu64 ".\n"
        "- coverage.csv holds what telemetry showed of each Mac and signal in the period, and "
        "what it did not: %" PRIu64 " spans of time.\n\n",
        counts->assets, counts->spans);
}

static void add_decisions(struct buf *b, const struct evidence_counts *counts)
{
    buf_add(b, STR("| Decided | Findings |\n|---|---|\n"));
    buf_printf(b, "| not closed | %" PRIu64 " |\n", counts->closed[DISPOSITION_NONE]);
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        buf_printf(b, "| %.*s | %" PRIu64 " |\n", STR_ARG(disposition_name((enum disposition)i)),
                   counts->closed[i]);
}

static void add_limits(struct buf *b, const struct evidence_counts *counts, size_t attachments)
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
                " version of the rule that made it.\n"
                "- That assets.csv is of the period: it is of the moment when the pack was"
                " made.\n"));
    if (counts->assets == 0)
        buf_add(b, STR("- That all Macs are watched: no assets were imported, and Macs without"
                       " telemetry are in no list.\n"));
    if (counts->spans == 0)
        buf_add(b,
                STR("- That anything could be seen: the store has no coverage of the period.\n"));
    if (attachments == 0)
        buf_add(b, STR("- What was excepted or expected, and how the rules were validated: nothing"
                       " was attached.\n"));
    buf_add(b, STR("\n## What no sensor shows\n\n"));
    for (size_t i = 0; coverage_limit(i).len > 0; i++)
        buf_printf(b, "- %.*s\n", STR_ARG(coverage_limit(i)));
    buf_add(b, STR("\n## What telemetry alone does not answer\n\n"));
    for (size_t i = 0; coverage_unasked(i).len > 0; i++)
        buf_printf(b, "- %.*s\n", STR_ARG(coverage_unasked(i)));
}
