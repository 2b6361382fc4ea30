#include "pipeline_fidelity.h"

#include "decode/decode.h"

// Records that were nothing to us have told nothing that is now unknown.
static const bool is_harmless[DECODE_DROP_COUNT] = {
    [DECODE_DROP_NO_DIALECT] = true,
    [DECODE_DROP_UNKNOWN_EVENT] = true,
    [DECODE_DROP_NOT_NEEDED] = true,
    [DECODE_DROP_EMPTY] = true,
};

static struct fidelity_rule rule_of(const struct rules *rules, size_t i, struct arena *arena);

struct fidelity *pipeline_fidelity_new(const struct rules *rules, const struct hosts *hosts)
{
    struct arena arena = { 0 };
    const size_t rule_count = rules_count(rules);
    const size_t sensor_count = dialects_count();
    str *sensors = arena_zalloc(&arena, sensor_count * sizeof *sensors);
    struct fidelity_drop_kind drops[DECODE_DROP_COUNT];
    struct fidelity_rule *each = arena_zalloc(&arena, (rule_count + 1) * sizeof *each);
    for (size_t i = 0; i < sensor_count; i++)
        sensors[i] = dialects_name(i);
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        drops[i] = (struct fidelity_drop_kind){ .name = decode_drop_name((enum decode_drop)i),
                                                .is_loss = !is_harmless[i] };
    for (size_t i = 0; i < rule_count; i++)
        each[i] = rule_of(rules, i, &arena);
    const struct fidelity_options options = {
        .profiles = rules_profiles(rules),
        .sensors = sensors,
        .sensor_count = sensor_count,
        .drops = drops,
        .drop_count = DECODE_DROP_COUNT,
        .rules = each,
        .rule_count = rule_count,
        .hosts = hosts,
    };
    struct fidelity *f = fidelity_new(&options);
    arena_done(&arena);
    return f;
}

static struct fidelity_rule rule_of(const struct rules *rules, size_t i, struct arena *arena)
{
    const uint32_t stage_count = rules_stage_count(rules, i);
    struct signal_need *needs = arena_zalloc(arena, (stage_count + 1) * sizeof *needs);
    for (uint32_t stage = 0; stage < stage_count; stage++)
        needs[stage] = rules_need(rules, i, stage);
    return (struct fidelity_rule){ .facts = rules_facts(rules, i),
                                   .needs = needs,
                                   .need_count = stage_count };
}

void pipeline_fidelity_doubt(const struct fidelity *f, struct batch *batch, size_t from)
{
    for (size_t i = from; i < batch->finding_count; i++) {
        struct finding *finding = batch->findings[i];
        struct finding_doubt *doubts =
            arena_alloc(&batch->arena, FIDELITY_DOUBTS_MAX * sizeof *doubts);
        finding->doubt_count = fidelity_unseen(f, finding, &batch->arena, doubts);
        finding->doubts = doubts;
    }
}

void pipeline_fidelity_batch(struct fidelity *f, const struct batch *batch)
{
    for (size_t i = 0; i < batch->drop_count; i++)
        fidelity_drop(f, batch->drops[i].host, batch->drops[i].reason, batch->drops[i].count);
}

// Of each sensor on each Mac, with the kinds of its records.
void pipeline_fidelity_end(struct fidelity *f, const struct order *order)
{
    struct fidelity_stream_kind kinds[ORDER_TYPES_MAX];
    const struct order_sensor_counts *counts;
    for (size_t i = 0; (counts = order_sensor_counts(order, i)) != NULL; i++) {
        struct order_type_counts type;
        struct fidelity_stream stream = {
            .host = counts->host,
            .sensor = counts->sensor,
            .in = counts->records,
            .sessions = counts->sessions,
            .gaps = counts->gaps,
            .missed = counts->missed,
            .duplicates = counts->duplicates,
            .late = counts->late,
            .clamped = counts->clamped,
            .wild = counts->wild,
            .lateness_ns = counts->lateness_ns,
            .kinds = kinds,
        };
        for (size_t k = 0; k < ORDER_TYPES_MAX && order_type_counts(order, i, k, &type); k++)
            kinds[stream.kind_count++] = (struct fidelity_stream_kind){ .action = type.action,
                                                                        .in = type.records,
                                                                        .missed = type.missed };
        fidelity_set_stream(f, &stream);
    }
}
