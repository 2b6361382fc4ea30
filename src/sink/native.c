#include "sink/native.h"

#include "sink/json.h"
#include "sink/sink.h"
#include "sink/summary.h"

static void add_step(struct buf *out, const struct finding_step *step);
static void add_rarity(struct buf *out, const struct finding_rarity *rarity);
static void add_other(struct buf *out, const struct finding *other);

void sink_add_steps(struct buf *out, const struct finding *finding)
{
    sink_json_open(out, STR("steps"), '[');
    for (size_t i = 0; i < finding->step_count; i++)
        add_step(out, &finding->steps[i]);
    sink_json_close(out, ']');
}

static void add_step(struct buf *out, const struct finding_step *step)
{
    struct buf summary;
    buf_init(&summary, SINK_FINDING_MAX);
    sink_add_summary(&summary, step);

    sink_json_open(out, STR_EMPTY, '{');
    sink_json_time(out, STR("time"), step->time_ns);
    sink_json_text(out, STR("category"), sink_category_of(step));
    sink_json_text(out, STR("action"), action_traits[step->action].name);
    sink_json_text(out, STR("summary"), buf_str(&summary));
    sink_json_open(out, STR("fields"), '{');
    for (size_t i = 0; i < step->field_count; i++)
        if (step->fields[i].value.type != VALUE_MISSING)
            sink_json_value(out, field_name(step->fields[i].field), step->fields[i].value);
    sink_json_close(out, '}');
    sink_json_text(out, STR("why"), step->why);
    sink_json_close(out, '}');
    buf_done(&summary);
}

void sink_add_linkage(struct buf *out, const struct finding *finding)
{
    const struct sink_linkage linkage = sink_linkage_of(finding);
    str rest = linkage.because;

    sink_json_open(out, STR("native_api"), '{');
    sink_json_text(out, STR("verdict"), linkage.verdict);
    sink_json_open(out, STR("because"), '[');
    for (str part; sink_linkage_take(&rest, &part);)
        sink_json_text(out, STR_EMPTY, part);
    sink_json_close(out, ']');
    sink_json_close(out, '}');
}

void sink_add_rule(struct buf *out, const struct rule_facts *rule)
{
    sink_json_open(out, STR("rule"), '{');
    sink_json_text(out, STR("id"), rule->id);
    sink_json_text(out, STR("title"), rule->title);
    sink_json_int(out, STR("version"), rule->version);
    sink_json_text(out, STR("level"), level_name(rule->level));
    sink_json_close(out, '}');
}

void sink_add_company(struct buf *out, const struct finding *finding)
{
    sink_json_text(out, STR("verdict_by"), finding->verdict_by);
    add_rarity(out, &finding->rarity);
    sink_json_int(out, STR("revision"), finding->revision);
    sink_json_int(out, STR("repeats"), (int64_t)finding->repeats);
    sink_json_open(out, STR("also"), '[');
    for (size_t i = 0; i < finding->also_count; i++)
        add_other(out, finding->also[i]);
    sink_json_close(out, ']');
}

static void add_rarity(struct buf *out, const struct finding_rarity *rarity)
{
    if (!rarity->is_known) {
        sink_json_value(out, STR("rarity"), (struct value){ .type = VALUE_MISSING });
        return;
    }
    sink_json_open(out, STR("rarity"), '{');
    sink_json_int(out, STR("hosts"), (int64_t)rarity->hosts);
    sink_json_int(out, STR("hosts_total"), (int64_t)rarity->hosts_total);
    sink_json_int(out, STR("days"), (int64_t)rarity->days);
    sink_json_close(out, '}');
}

static void add_other(struct buf *out, const struct finding *other)
{
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_time(out, STR("time"), other->time_ns);
    sink_add_rule(out, other->rule);
    sink_json_text(out, STR("level"), level_name(other->level));
    sink_json_int(out, STR("score"), other->score);
    sink_json_int(out, STR("confidence"), other->confidence);
    sink_json_text(out, STR("verdict"), verdict_name(other->verdict));
    sink_json_texts(out, STR("reasons"), other->reasons, other->reason_count);
    sink_json_texts(out, STR("techniques"), other->rule->techniques, other->rule->technique_count);
    sink_add_steps(out, other);
    sink_json_close(out, '}');
}
