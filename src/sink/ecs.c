// An alert as the Elastic Common Schema has it: docs/FINDINGS.md says what comes from where.

#include "sink/form.h"
#include "sink/json.h"
#include "sink/native.h"
#include "sink/nest.h"
#include "sink/summary.h"

#include <arpa/inet.h>
#include <inttypes.h>

#define ECS_VERSION "8.17.0"
#define NUMBER_MAX  16u
#define DATE_MAX    64u

// event.severity: the numbers that Elastic's own rules have for their levels; informational is
// below them.
static const int64_t severities[LEVEL_COUNT] = { 1, 21, 47, 73, 99 };

// Our categories that the schema has too.
static const str categories[] = {
    STR_INIT("process"), STR_INIT("library"), STR_INIT("api"),
    STR_INIT("file"),    STR_INIT("network"), STR_INIT("configuration"),
};

// Objects of the alert itself. A step's fields of these names are told in pomona.steps.
static const str own_objects[] = {
    STR_INIT("@timestamp"), STR_INIT("ecs"),     STR_INIT("event"),
    STR_INIT("host"),       STR_INIT("message"), STR_INIT("rule"),
    STR_INIT("tags"),       STR_INIT("threat"),  STR_INIT("pomona"),
};

// Names that are the last part of a path, where a step shows the path alone.
static const struct {
    enum field name;
    enum field path;
} names[] = {
    { FIELD_PROCESS_NAME, FIELD_PROCESS_EXECUTABLE },
    { FIELD_PARENT_NAME, FIELD_PARENT_EXECUTABLE },
    { FIELD_TARGET_NAME, FIELD_TARGET_EXECUTABLE },
    { FIELD_DLL_NAME, FIELD_DLL_PATH },
    { FIELD_FILE_NAME, FIELD_FILE_PATH },
};

// Whether a technique is wanted as a whole or as a part of another.
enum technique {
    TECHNIQUE_WHOLE,
    TECHNIQUE_PART
};

static void add_event(struct buf *out, const struct finding *f);
static void add_categories(struct buf *out, const struct finding_step *step);
static void add_types(struct buf *out, const struct finding_step *step);
static void add_reason(struct buf *out, const struct finding *f);
static void add_rule(struct buf *out, const struct rule_facts *rule);
static void add_threat(struct buf *out, const struct rule_facts *rule);
static void add_techniques(struct buf *out, const struct rule_facts *rule, enum technique kind);
static bool take_technique(str id, enum technique kind, str *out);
static void add_host(struct buf *out, const struct finding *f);
static void add_fields(struct buf *out, const struct finding *f);
static void choose_values(const struct finding *f, struct value values[static FIELD_COUNT]);
static void fit_types(struct value values[static FIELD_COUNT], struct buf *date);
static bool is_address(struct value value);
static const struct finding_step *last_step_with(const struct finding *f, str object);
static bool shows(const struct finding_step *step, str object);
static str object_of(enum field field);
static bool is_one_of(str name, const str *known, size_t count);
static void add_own(struct buf *out, const struct finding *f);

void sink_add_ecs(struct buf *out, const struct finding *f, const struct sink_options *options)
{
    (void)options;
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_time(out, STR("@timestamp"), f->time_ns);
    sink_json_open(out, STR("ecs"), '{');
    sink_json_text(out, STR("version"), STR(ECS_VERSION));
    sink_json_close(out, '}');
    sink_json_text(out, STR("message"), f->rule->title);
    add_event(out, f);
    add_rule(out, f->rule);
    add_threat(out, f->rule);
    add_host(out, f);
    add_fields(out, f);
    add_own(out, f);
    sink_json_close(out, '}');
    buf_add_char(out, '\n');
}

static void add_event(struct buf *out, const struct finding *f)
{
    const struct finding_step *last = sink_last_step(f);

    sink_json_open(out, STR("event"), '{');
    sink_json_text(out, STR("kind"), STR("alert"));
    add_categories(out, last);
    add_types(out, last);
    if (last != NULL)
        sink_json_text(out, STR("action"), action_traits[last->action].name);
    sink_json_text(out, STR("id"), str_of(f->id));
    sink_json_int(out, STR("severity"), severities[f->level]);
    sink_json_int(out, STR("risk_score"), f->score);
    add_reason(out, f);
    if (last != NULL) {
        sink_json_time(out, STR("start"), f->steps[0].time_ns);
        sink_json_time(out, STR("end"), last->time_ns);
    }
    sink_json_text(out, STR("module"), STR("pomona"));
    sink_json_text(out, STR("dataset"), STR("pomona.findings"));
    sink_json_close(out, '}');
}

static void add_categories(struct buf *out, const struct finding_step *step)
{
    sink_json_open(out, STR("category"), '[');
    sink_json_text(out, STR_EMPTY, STR("intrusion_detection"));
    for (uint32_t i = 0; step != NULL && i < CATEGORY_COUNT; i++) {
        const str name = category_name(1u << i);
        if ((step->categories & (1u << i)) != 0 &&
            is_one_of(name, categories, COUNT_OF(categories)))
            sink_json_text(out, STR_EMPTY, name);
    }
    sink_json_close(out, ']');
}

static void add_types(struct buf *out, const struct finding_step *step)
{
    const str alert = STR("info");

    sink_json_open(out, STR("type"), '[');
    sink_json_text(out, STR_EMPTY, alert);
    if (step != NULL && !str_eq(action_traits[step->action].type, alert))
        sink_json_text(out, STR_EMPTY, action_traits[step->action].type);
    sink_json_close(out, ']');
}

// What happened, step by step, in one line.
static void add_reason(struct buf *out, const struct finding *f)
{
    struct buf reason;
    if (f->step_count == 0)
        return;
    buf_init(&reason, SINK_FINDING_MAX);
    for (size_t i = 0; i < f->step_count; i++) {
        if (i > 0)
            buf_add(&reason, STR("; "));
        sink_add_summary(&reason, &f->steps[i]);
    }
    sink_json_text(out, STR("reason"), buf_str(&reason));
    buf_done(&reason);
}

static void add_rule(struct buf *out, const struct rule_facts *rule)
{
    char version[NUMBER_MAX];
    (void)snprintf(version, sizeof version, "%" PRIu32, rule->version);

    sink_json_open(out, STR("rule"), '{');
    sink_json_text(out, STR("id"), rule->id);
    sink_json_text(out, STR("name"), rule->title);
    sink_json_text(out, STR("version"), str_of(version));
    sink_json_text_known(out, STR("description"), rule->description);
    sink_json_text(out, STR("ruleset"), STR(SINK_ANALYTIC));
    sink_json_close(out, '}');
}

static void add_threat(struct buf *out, const struct rule_facts *rule)
{
    if (rule->technique_count == 0)
        return;
    sink_json_open(out, STR("threat"), '{');
    sink_json_text(out, STR("framework"), STR("MITRE ATT&CK"));
    sink_json_open(out, STR("technique"), '{');
    sink_json_open(out, STR("id"), '[');
    add_techniques(out, rule, TECHNIQUE_WHOLE);
    sink_json_close(out, ']');

    str part;
    bool has_part = false;
    for (size_t i = 0; i < rule->technique_count; i++)
        has_part |= take_technique(rule->techniques[i], TECHNIQUE_PART, &part);
    if (has_part) {
        sink_json_open(out, STR("subtechnique"), '{');
        sink_json_open(out, STR("id"), '[');
        add_techniques(out, rule, TECHNIQUE_PART);
        sink_json_close(out, ']');
        sink_json_close(out, '}');
    }
    sink_json_close(out, '}');
    sink_json_close(out, '}');
}

// Each once, in the order of the rule: T1574 and T1574.006 are of one technique.
static void add_techniques(struct buf *out, const struct rule_facts *rule, enum technique kind)
{
    for (size_t i = 0; i < rule->technique_count; i++) {
        str id;
        str earlier;
        if (!take_technique(rule->techniques[i], kind, &id))
            continue;
        bool is_told = false;
        for (size_t e = 0; e < i && !is_told; e++)
            is_told = take_technique(rule->techniques[e], kind, &earlier) && str_eq(earlier, id);
        if (!is_told)
            sink_json_text(out, STR_EMPTY, id);
    }
}

static bool take_technique(str id, enum technique kind, str *out)
{
    const size_t dot = str_find_char(id, '.');
    *out = kind == TECHNIQUE_WHOLE ? str_to(id, dot) : id;
    return kind == TECHNIQUE_WHOLE || dot < id.len;
}

static void add_host(struct buf *out, const struct finding *f)
{
    sink_json_open(out, STR("host"), '{');
    sink_json_text(out, STR("id"), f->host_id);
    sink_json_text_known(out, STR("name"), f->host_name);
    sink_json_close(out, '}');
}

// Process, target, library, file: each as the last step shows it that shows it at all. An object
// is of one step, never put together from two.
static void add_fields(struct buf *out, const struct finding *f)
{
    struct value values[FIELD_COUNT];
    struct finding_field fields[FIELD_COUNT];
    struct buf date;
    size_t count = 0;

    buf_init(&date, DATE_MAX);
    choose_values(f, values);
    fit_types(values, &date);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (values[i].type != VALUE_MISSING)
            fields[count++] = (struct finding_field){ .field = (enum field)i, .value = values[i] };
    sink_add_nested(out, fields, count, STR_EMPTY);
    buf_done(&date);
}

static void choose_values(const struct finding *f, struct value values[static FIELD_COUNT])
{
    const struct finding_step *step = NULL;
    str object = STR_EMPTY;  // Of `step`: the fields of an object mostly stand together.
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const enum field field = (enum field)i;
        if (!str_eq(object_of(field), object)) {
            object = object_of(field);
            step = is_one_of(object, own_objects, COUNT_OF(own_objects))
                       ? NULL
                       : last_step_with(f, object);
        }
        values[i] = step == NULL ? (struct value){ .type = VALUE_MISSING }
                                 : finding_step_value(step, field);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct value path = values[names[i].path];
        if (values[names[i].name].type == VALUE_MISSING && path.type == VALUE_TEXT)
            values[names[i].name] = value_of_text(str_base_name(value_str(path)));
    }
}

// An index refuses a whole document for one value that is not of its field's type: a date is text
// here, and what is no address is left to pomona.steps. `date` keeps the text.
static void fit_types(struct value values[static FIELD_COUNT], struct buf *date)
{
    struct value *start = &values[FIELD_PROCESS_START];
    struct value *address = &values[FIELD_DESTINATION_IP];

    if (start->type == VALUE_INT) {
        sink_add_time(date, start->integer, 'T', 9);
        buf_add_char(date, 'Z');
        *start = value_of_text(buf_str(date));
    } else {
        *start = (struct value){ .type = VALUE_MISSING };
    }
    if (!is_address(*address))
        *address = (struct value){ .type = VALUE_MISSING };
}

static bool is_address(struct value value)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr parsed;  // The larger of the two.
    if (value.type != VALUE_TEXT || value.len >= sizeof text)
        return false;
    memcpy(text, value.text, value.len);
    return strlen(text) == value.len &&
           (inet_pton(AF_INET, text, &parsed) == 1 || inet_pton(AF_INET6, text, &parsed) == 1);
}

static const struct finding_step *last_step_with(const struct finding *f, str object)
{
    for (size_t i = f->step_count; i > 0; i--)
        if (shows(&f->steps[i - 1], object))
            return &f->steps[i - 1];
    return NULL;
}

static bool shows(const struct finding_step *step, str object)
{
    for (size_t i = 0; i < step->field_count; i++)
        if (step->fields[i].value.type != VALUE_MISSING &&
            str_eq(object_of(step->fields[i].field), object))
            return true;
    return false;
}

// The outermost object that a field is of.
static str object_of(enum field field)
{
    const str name = field_name(field);
    return str_to(name, str_find_char(name, '.'));
}

static bool is_one_of(str name, const str *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(known[i], name))
            return true;
    return false;
}

// What the schema has no field for, named and shaped as in the native form.
static void add_own(struct buf *out, const struct finding *f)
{
    sink_json_open(out, STR("pomona"), '{');
    sink_json_open(out, STR("finding"), '{');
    sink_json_text(out, STR("level"), level_name(f->level));
    sink_json_int(out, STR("confidence"), f->confidence);
    sink_json_close(out, '}');
    sink_json_texts(out, STR("unseen"), f->unseen, f->unseen_count);
    sink_json_texts(out, STR("reasons"), f->reasons, f->reason_count);
    sink_json_text(out, STR("verdict"), verdict_name(f->verdict));
    sink_add_company(out, f);
    sink_add_linkage(out, f);
    sink_add_steps(out, f);
    sink_json_text(out, STR("strategy"), STR(SINK_STRATEGY));
    sink_json_text(out, STR("playbook"), f->rule->playbook);
    sink_json_close(out, '}');
}
