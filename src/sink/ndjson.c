// Pomona's own form: one object a line, keys in a fixed order. A key is added, never renamed.

#include "sink/form.h"
#include "sink/json.h"
#include "sink/native.h"
#include "sink/summary.h"

// A key of an object that stands for a process, and the field it comes from.
struct process_key {
    str key;
    enum field field;
};

static const struct process_key entity_keys[] = {
    { STR_INIT("id"), FIELD_PROCESS_ENTITY_ID },
    { STR_INIT("pid"), FIELD_PROCESS_PID },
    { STR_INIT("pidversion"), FIELD_PROCESS_PIDVERSION },
    { STR_INIT("executable"), FIELD_PROCESS_EXECUTABLE },
    { STR_INIT("signing_id"), FIELD_PROCESS_SIGNING_ID },
    { STR_INIT("team_id"), FIELD_PROCESS_TEAM_ID },
    { STR_INIT("cdhash"), FIELD_PROCESS_HASH_CDHASH },
};

static const struct process_key target_keys[] = {
    { STR_INIT("id"), FIELD_TARGET_ENTITY_ID },
    { STR_INIT("pid"), FIELD_TARGET_PID },
    { STR_INIT("pidversion"), FIELD_TARGET_PIDVERSION },
    { STR_INIT("executable"), FIELD_TARGET_EXECUTABLE },
    { STR_INIT("signing_id"), FIELD_TARGET_SIGNING_ID },
    { STR_INIT("team_id"), FIELD_TARGET_TEAM_ID },
    { STR_INIT("cdhash"), FIELD_TARGET_HASH_CDHASH },
};

static void add_process(struct buf *out, str key, const struct finding_step *step,
                        const struct process_key *keys, size_t count);
static void add_attack(struct buf *out, const struct rule_facts *rule);

void sink_add_ndjson(struct buf *out, const struct finding *f, const struct sink_options *options)
{
    (void)options;
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_text(out, STR("id"), str_of(f->id));
    sink_json_time(out, STR("time"), f->time_ns);
    sink_add_rule(out, f->rule);
    sink_json_text(out, STR("level"), level_name(f->level));
    sink_json_int(out, STR("score"), f->score);
    sink_json_int(out, STR("confidence"), f->confidence);
    sink_json_texts(out, STR("unseen"), f->unseen, f->unseen_count);
    sink_json_texts(out, STR("reasons"), f->reasons, f->reason_count);
    sink_json_open(out, STR("host"), '{');
    sink_json_text(out, STR("id"), f->host_id);
    sink_json_text(out, STR("name"), f->host_name);
    sink_json_close(out, '}');
    add_process(out, STR("entity"), sink_last_step(f), entity_keys, COUNT_OF(entity_keys));
    add_process(out, STR("target"), sink_target_step(f), target_keys, COUNT_OF(target_keys));
    sink_add_steps(out, f);
    sink_add_linkage(out, f);
    sink_json_text(out, STR("verdict"), verdict_name(f->verdict));
    sink_add_company(out, f);
    add_attack(out, f->rule);
    sink_json_text(out, STR("playbook"), f->rule->playbook);
    sink_json_close(out, '}');
    buf_add_char(out, '\n');
}

// Every key is there, with null where the step does not show it; null where there is no step.
static void add_process(struct buf *out, str key, const struct finding_step *step,
                        const struct process_key *keys, size_t count)
{
    if (step == NULL) {
        sink_json_value(out, key, (struct value){ .type = VALUE_MISSING });
        return;
    }
    sink_json_open(out, key, '{');
    for (size_t i = 0; i < count; i++)
        sink_json_value(out, keys[i].key, finding_step_value(step, keys[i].field));
    sink_json_close(out, '}');
}

static void add_attack(struct buf *out, const struct rule_facts *rule)
{
    sink_json_open(out, STR("attack"), '{');
    sink_json_text(out, STR("analytic"), STR(SINK_ANALYTIC));
    sink_json_text(out, STR("strategy"), STR(SINK_STRATEGY));
    sink_json_texts(out, STR("techniques"), rule->techniques, rule->technique_count);
    sink_json_close(out, '}');
}
