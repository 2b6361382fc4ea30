#include "sink/native.h"

#include "sink/json.h"
#include "sink/sink.h"
#include "sink/summary.h"

static void add_step(struct buf *out, const struct finding_step *step);

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
