#include "score/exception_propose.h"

#include "score/exceptions.h"
#include "score/signer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_S  INT64_C(1000000000)
#define DAY_S     INT64_C(86400)
#define ID_DIGITS 12u
#define CUT_BY    8u  // Room for the last character, should it be cut and be shown as another.
#define TEXT_MAX  (256u * 1024u)

static enum status name_all(struct exception *x, const struct finding *f, struct arena *arena,
                            struct err *err);
static enum status name_role(struct exception_who *who, const struct finding *f,
                             enum signer_role role, struct arena *arena, struct err *err);
static enum status name_code(struct exception_who *who, const struct finding *f,
                             enum signer_role role, struct arena *arena, struct err *err);
static bool takes_part(const struct finding_step *step, enum signer_role role);
static void name_rules(struct exception *x, const struct finding *f, struct arena *arena);
static void name_host(struct exception *x, const struct finding *f, struct arena *arena);
static str date_of(int64_t now_ns, int64_t days, struct arena *arena);
static void add_remarks(struct buf *b, const struct exception *x, const struct finding *f);
static bool has_target(const struct finding *f);
static enum status read_back(str text, const struct finding *f, struct arena *arena,
                             struct err *err);
static int compare(const void *a, const void *b);

static const struct {
    str name;
    enum field cdhash;
    enum field told_by[3];  // One of them: there is such a one.
} roles[SIGNER_ROLE_COUNT] = {
    [SIGNER_PROCESS] = { STR_INIT("process that acts"), FIELD_PROCESS_HASH_CDHASH, { 0 } },
    [SIGNER_TARGET] = { STR_INIT("process that is acted upon"),
                        FIELD_TARGET_HASH_CDHASH,
                        { FIELD_TARGET_ENTITY_ID, FIELD_TARGET_PID, FIELD_TARGET_EXECUTABLE } },
    [SIGNER_LIBRARY] = { STR_INIT("library"),
                         FIELD_DLL_HASH_CDHASH,
                         { FIELD_DLL_PATH, FIELD_DLL_PATH, FIELD_DLL_PATH } },
};

enum status exception_propose(const struct finding *finding, const struct exception_wish *wish,
                              struct arena *arena, struct buf *out, struct err *err)
{
    struct exception x = {
        .id = arena_printf(arena, "P-%.*s", STR_ARG(str_to(str_of(finding->id), ID_DIGITS))),
        .owner = str_to(wish->owner, EXCEPTION_TEXT_MAX - CUT_BY),
        .reason = str_to(wish->reason, EXCEPTION_REASON_MAX - CUT_BY),
        .created = date_of(wish->now_ns, 0, arena),
        .expires = date_of(wish->now_ns, EXCEPTION_PROPOSED_DAYS, arena),
    };
    enum status status = name_all(&x, finding, arena, err);
    if (status != OK)
        return status;
    name_rules(&x, finding, arena);
    name_host(&x, finding, arena);
    struct buf text;
    buf_init(&text, TEXT_MAX);
    add_remarks(&text, &x, finding);
    exception_add_yaml(&text, &x);
    status = text.failed ? fail(err, ERR_CONFIG, "an exception of it would be too long")
                         : read_back(buf_str(&text), finding, arena, err);
    if (status == OK)
        buf_add(out, buf_str(&text));
    buf_done(&text);
    return status;
}

// A target need not be named, and is where it can be.
static enum status name_all(struct exception *x, const struct finding *f, struct arena *arena,
                            struct err *err)
{
    struct err ignored;
    enum status status = name_role(&x->who, f, SIGNER_PROCESS, arena, err);
    if (status == END)
        return fail(err, ERR_CONFIG, "it has no step");
    if (status == OK) {
        status = name_role(&x->library, f, SIGNER_LIBRARY, arena, err);
        x->has_library = status == OK;
    }
    if (status != OK && status != END)
        return status;
    x->has_target = name_role(&x->target, f, SIGNER_TARGET, arena, &ignored) == OK;
    return OK;
}

// By the one signer whom all steps have, else by the code of each. END where no step has such a one.
static enum status name_role(struct exception_who *who, const struct finding *f,
                             enum signer_role role, struct arena *arena, struct err *err)
{
    struct exception_who named = { .cdhash_count = 0 };
    bool has_one = true;
    for (size_t i = 0; i < f->step_count; i++) {
        if (!takes_part(&f->steps[i], role))
            continue;
        const str identity = signer_identity(signer_facts_of_step(&f->steps[i]), role, arena);
        if (identity.len == 0)
            return fail(err, ERR_CONFIG,
                        "of the %.*s in step %zu neither a signer that holds nor the code is known",
                        STR_ARG(roles[role].name), i + 1);
        if (named.signer.len == 0)
            named.signer = identity;
        has_one &= str_eq(named.signer, identity) && !str_starts_with(identity, STR("cdhash:"));
    }
    if (named.signer.len == 0)
        return END;
    if (has_one) {
        *who = named;
        return OK;
    }
    return name_code(who, f, role, arena, err);
}

static enum status name_code(struct exception_who *who, const struct finding *f,
                             enum signer_role role, struct arena *arena, struct err *err)
{
    str *hashes = arena_zalloc(arena, (f->step_count + 1) * sizeof *hashes);
    size_t count = 0;
    for (size_t i = 0; i < f->step_count; i++) {
        const struct signer_facts facts = signer_facts_of_step(&f->steps[i]);
        if (!takes_part(&f->steps[i], role))
            continue;
        hashes[count] = signer_fact_text(facts, roles[role].cdhash);
        if (hashes[count].len == 0)
            return fail(err, ERR_CONFIG,
                        "its steps have more than one %.*s, and in step %zu the code is not known",
                        STR_ARG(roles[role].name), i + 1);
        size_t known = 0;
        while (!str_eq_nocase(hashes[known], hashes[count]))
            known++;
        count += known == count;
    }
    qsort(hashes, count, sizeof *hashes, compare);
    *who = (struct exception_who){ .cdhashes = hashes, .cdhash_count = count };
    return OK;
}

static bool takes_part(const struct finding_step *step, enum signer_role role)
{
    if (role == SIGNER_PROCESS)
        return true;
    for (size_t i = 0; i < COUNT_OF(roles[role].told_by); i++)
        if (finding_step_value(step, roles[role].told_by[i]).type != VALUE_MISSING)
            return true;
    return false;
}

// Other rules of the same act are judged by themselves: those that the same people completed belong to it. Of some
// a record does not say who that was. Before a Mac is named, which these do not tell.
static void name_rules(struct exception *x, const struct finding *f, struct arena *arena)
{
    str *rules = arena_zalloc(arena, (f->also_count + 1) * sizeof *rules);
    rules[0] = f->rule->id;
    x->rules = rules;
    x->rule_count = 1;
    for (size_t i = 0; i < f->also_count && x->rule_count < EXCEPTION_RULES_MAX; i++) {
        const str rule = f->also[i]->rule->id;
        if (!exception_names_rule(x, rule) && exception_covers(x, f->also[i], arena))
            rules[x->rule_count++] = rule;
    }
}

static void name_host(struct exception *x, const struct finding *f, struct arena *arena)
{
    str *host = arena_alloc(arena, sizeof *host);
    *host = f->host_id.len > 0 ? f->host_id : f->host_name;
    x->hosts = host;
    x->host_count = host->len > 0;
}

static str date_of(int64_t now_ns, int64_t days, struct arena *arena)
{
    const time_t seconds = (time_t)(now_ns / NS_PER_S + days * DAY_S);
    struct tm tm;
    char text[32];
    if (gmtime_r(&seconds, &tm) == NULL)
        return STR_EMPTY;
    return arena_str(arena,
                     (str){ .at = text, .len = strftime(text, sizeof text, "%Y-%m-%d", &tm) });
}

static void add_remarks(struct buf *b, const struct exception *x, const struct finding *f)
{
    bool is_critical = f->level == LEVEL_CRITICAL || f->rule->level == LEVEL_CRITICAL;
    for (size_t i = 0; i < f->also_count; i++)
        is_critical |= f->also[i]->level == LEVEL_CRITICAL;
    buf_printf(b,
               "# Proposed from finding %s. It holds nowhere until it is put into a file of\n"
               "# exceptions; look at who is named before.\n",
               f->id);
    if (is_critical)
        buf_add(
            b, STR("# The finding is critical: it is covered only with `critical: true` added.\n"));
    if (str_starts_with(x->who.signer, STR("platform:")))
        buf_add(b, STR("# Who acts is a part of macOS, which others can make act for them.\n"));
    if (x->host_count == 0)
        buf_add(b, STR("# The finding names no Mac: this holds on all.\n"));
    if (!x->has_target && has_target(f))
        buf_add(b, STR("# Whoever is acted upon: that one cannot be named.\n"));
    for (size_t i = 0; i < f->also_count; i++) {
        if (exception_names_rule(x, f->also[i]->rule->id))
            continue;
        buf_add(b, STR("# Not covered, of the same act: \""));
        buf_add_json(b, f->also[i]->rule->id);
        buf_add(b, STR("\".\n"));
    }
}

static bool has_target(const struct finding *f)
{
    for (size_t i = 0; i < f->step_count; i++)
        if (takes_part(&f->steps[i], SIGNER_TARGET))
            return true;
    return false;
}

// What an exception may say is decided in one place: where it is read.
static enum status read_back(str text, const struct finding *f, struct arena *arena,
                             struct err *err)
{
    struct exceptions *e = NULL;
    size_t problems = 0;
    enum status status = exceptions_load_text(STR("proposal"), text, NULL, &e, err);
    if (status != OK)
        return fail(err, ERR_CONFIG, "what could be proposed cannot be read back");
    const struct exception_problem *problem = exceptions_problems(e, &problems);
    if (exceptions_refused(e) > 0)
        status = fail(err, ERR_CONFIG, "what could be proposed would be refused: %.*s",
                      STR_ARG(problem->text));
    else if (exceptions_count(e) != 1 || !exception_covers(exceptions_at(e, 0), f, arena))
        status = fail(err, ERR_CONFIG, "what could be proposed would not cover it");
    exceptions_free(e);
    return status;
}

static int compare(const void *a, const void *b)
{
    return str_cmp_nocase(*(const str *)a, *(const str *)b);
}
