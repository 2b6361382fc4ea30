#include "score/exception.h"

#include "base/date.h"
#include "score/exception_path.h"
#include "score/signer.h"

#define DAY_NS   (INT64_C(86400) * 1000000000)
#define YEAR_MIN 1970
#define YEAR_MAX 2261  // The last whole year that 64 bits of nanoseconds hold.

// Where a process or a library stands in a step.
static const struct role {
    enum field cdhash;  // FIELD_COUNT: it is not told of such a one.
    enum field path;
} roles[SIGNER_ROLE_COUNT] = {
    [SIGNER_PROCESS] = { FIELD_PROCESS_HASH_CDHASH, FIELD_PROCESS_EXECUTABLE },
    [SIGNER_PARENT] = { FIELD_COUNT, FIELD_PARENT_EXECUTABLE },
    [SIGNER_TARGET] = { FIELD_TARGET_HASH_CDHASH, FIELD_TARGET_EXECUTABLE },
    [SIGNER_LIBRARY] = { FIELD_DLL_HASH_CDHASH, FIELD_DLL_PATH },
};

static bool is_of_host(const struct exception *x, const struct finding *f);
static bool is_of_context(const struct exception *x, const struct finding *f);
static bool covers_step(const struct exception *x, const struct finding *f, struct arena *arena);
static bool every(const struct exception_who *who, const struct finding *f, enum signer_role role,
                  struct arena *arena);
static bool any(const struct exception_who *who, const struct finding *f, struct arena *arena);
static bool has_role(const struct finding_step *step, enum signer_role role);
static bool has_library(const struct finding *f);
static bool is_who(const struct exception_who *who, const struct finding_step *step,
                   enum signer_role role, struct arena *arena);
static bool has_signer(const struct exception_who *who, const struct finding_step *step,
                       enum signer_role role, struct arena *arena);
static bool has_cdhash(const struct exception_who *who, str cdhash);
static bool has_path(const struct exception_who *who, str path, struct arena *arena);
static int two_digits(str text, size_t at);

bool exception_covers(const struct exception *x, const struct finding *finding, struct arena *arena)
{
    // Whoever names a program does not vouch for all that others get into it.
    const bool is_of_library = x->step == EXCEPTION_LIBRARY || x->has_library || x->any_library;
    if (has_library(finding) && !is_of_library)
        return false;
    return is_of_host(x, finding) && is_of_context(x, finding) && covers_step(x, finding, arena) &&
           (!x->has_library || every(&x->library, finding, SIGNER_LIBRARY, arena)) &&
           (!x->has_target || every(&x->target, finding, SIGNER_TARGET, arena));
}

static bool is_of_host(const struct exception *x, const struct finding *f)
{
    for (size_t i = 0; i < x->host_count; i++)
        if (str_eq_nocase(x->hosts[i], f->host_id) || str_eq_nocase(x->hosts[i], f->host_name))
            return true;
    return x->host_count == 0;
}

// Every process that acts must be in one of the contexts.
static bool is_of_context(const struct exception *x, const struct finding *f)
{
    for (size_t s = 0; s < f->step_count && x->context_count > 0; s++) {
        const str context =
            signer_fact_text(signer_facts_of_step(&f->steps[s]), FIELD_PROCESS_CONTEXT);
        bool is_named = false;
        for (size_t i = 0; i < x->context_count && !is_named; i++)
            is_named = str_eq(x->contexts[i], context);
        if (!is_named)
            return false;
    }
    return true;
}

static bool covers_step(const struct exception *x, const struct finding *f, struct arena *arena)
{
    switch (x->step) {
    case EXCEPTION_ACTING:
        return every(&x->who, f, SIGNER_PROCESS, arena);
    case EXCEPTION_ANY:
        return any(&x->who, f, arena);
    case EXCEPTION_LIBRARY:
        return every(&x->who, f, SIGNER_LIBRARY, arena);
    case EXCEPTION_TARGET:
        return every(&x->who, f, SIGNER_TARGET, arena);
    case EXCEPTION_PARENT:
        return every(&x->who, f, SIGNER_PARENT, arena);
    case EXCEPTION_NUMBER:
        break;
    }
    return x->step_number <= f->step_count &&
           is_who(&x->who, &f->steps[x->step_number - 1], SIGNER_PROCESS, arena);
}

// Of the steps that have one, and there is such a step.
static bool every(const struct exception_who *who, const struct finding *f, enum signer_role role,
                  struct arena *arena)
{
    bool is_there = false;
    for (size_t i = 0; i < f->step_count; i++) {
        if (!has_role(&f->steps[i], role))
            continue;
        if (!is_who(who, &f->steps[i], role, arena))
            return false;
        is_there = true;
    }
    return is_there;
}

static bool any(const struct exception_who *who, const struct finding *f, struct arena *arena)
{
    for (size_t i = 0; i < f->step_count; i++)
        if (is_who(who, &f->steps[i], SIGNER_PROCESS, arena) ||
            is_who(who, &f->steps[i], SIGNER_TARGET, arena))
            return true;
    return false;
}

// Every step has somebody who acts, and who was started by somebody.
static bool has_role(const struct finding_step *step, enum signer_role role)
{
    const struct signer_facts facts = signer_facts_of_step(step);
    switch (role) {
    case SIGNER_LIBRARY:
        return signer_fact(facts, FIELD_DLL_PATH).type != VALUE_MISSING;
    case SIGNER_TARGET:
        return signer_fact(facts, FIELD_TARGET_ENTITY_ID).type != VALUE_MISSING ||
               signer_fact(facts, FIELD_TARGET_PID).type != VALUE_MISSING ||
               signer_fact(facts, FIELD_TARGET_EXECUTABLE).type != VALUE_MISSING;
    default:
        return true;
    }
}

static bool has_library(const struct finding *f)
{
    for (size_t i = 0; i < f->step_count; i++)
        if (has_role(&f->steps[i], SIGNER_LIBRARY))
            return true;
    return false;
}

static bool is_who(const struct exception_who *who, const struct finding_step *step,
                   enum signer_role role, struct arena *arena)
{
    const struct signer_facts facts = signer_facts_of_step(step);
    if (who->signer.len > 0 && !has_signer(who, step, role, arena))
        return false;
    if (who->cdhash_count > 0 && !has_cdhash(who, signer_fact_text(facts, roles[role].cdhash)))
        return false;
    return who->path.len == 0 || has_path(who, signer_fact_text(facts, roles[role].path), arena);
}

static bool has_signer(const struct exception_who *who, const struct finding_step *step,
                       enum signer_role role, struct arena *arena)
{
    const str identity = signer_identity(signer_facts_of_step(step), role, arena);
    return who->is_prefix ? str_starts_with(identity, who->signer) : str_eq(identity, who->signer);
}

static bool has_cdhash(const struct exception_who *who, str cdhash)
{
    size_t first = 0;
    size_t end = who->cdhash_count;
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        const int order = str_cmp_nocase(who->cdhashes[middle], cdhash);
        if (order == 0)
            return true;
        if (order < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return false;
}

static bool has_path(const struct exception_who *who, str path, struct arena *arena)
{
    return exception_path_matches(exception_path_shortest(who->path, arena),
                                  exception_path_shortest(path, arena));
}

bool exception_names_rule(const struct exception *x, str rule)
{
    for (size_t i = 0; i < x->rule_count; i++)
        if (str_eq(x->rules[i], rule))
            return true;
    return x->rule_count == 0;
}

int64_t exception_end_ns(const struct exception *x)
{
    return (x->expires_day + 1) * DAY_NS;
}

str exception_step_name(enum exception_step step)
{
    static const str names[] = {
        [EXCEPTION_ACTING] = STR_INIT("acting"),   [EXCEPTION_ANY] = STR_INIT("any"),
        [EXCEPTION_LIBRARY] = STR_INIT("library"), [EXCEPTION_TARGET] = STR_INIT("target"),
        [EXCEPTION_PARENT] = STR_INIT("parent"),   [EXCEPTION_NUMBER] = STR_INIT(""),
    };
    return names[step];
}

bool exception_date(str text, int64_t *out_days)
{
    if (text.len != STR("2026-11-01").len || text.at[4] != '-' || text.at[7] != '-')
        return false;
    const int century = two_digits(text, 0);
    const int year = two_digits(text, 2);
    const int month = two_digits(text, 5);
    const int day = two_digits(text, 8);
    if ((century | year | month | day) < 0)  // One negative makes the whole negative.
        return false;
    const int whole = century * 100 + year;
    if (whole < YEAR_MIN || whole > YEAR_MAX || !date_exists(whole, month, day))
        return false;
    *out_days = date_days_since_1970(whole, month, day);
    return true;
}

// -1 where they are none.
static int two_digits(str text, size_t at)
{
    const unsigned high = (unsigned)(unsigned char)text.at[at] - '0';
    const unsigned low = (unsigned)(unsigned char)text.at[at + 1] - '0';
    return high > 9 || low > 9 ? -1 : (int)(high * 10 + low);
}
