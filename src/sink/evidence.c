#include "sink/evidence.h"

#include "sink/json.h"
#include "sink/sink.h"
#include "sink/summary.h"

#define FILE_UNKNOWN    0
#define FILE_REGULAR    1
#define HASH_MAX        64u
#define HASH_SHA256     3
#define ALGORITHM_OTHER 99
#define SIGNATURE_VALID 1

// Which fields describe a process. FIELD_COUNT: no field does.
struct process_fields {
    enum field entity;
    enum field pid;
    enum field name;
    enum field executable;
    enum field command_line;
    enum field user;
    enum field user_name;
    enum field cdhash;
    enum field sha256;
    enum field signing_id;
    enum field team;
    enum field valid;
};

static const struct process_fields actor_fields = {
    .entity = FIELD_PROCESS_ENTITY_ID,
    .pid = FIELD_PROCESS_PID,
    .name = FIELD_PROCESS_NAME,
    .executable = FIELD_PROCESS_EXECUTABLE,
    .command_line = FIELD_PROCESS_COMMAND_LINE,
    .user = FIELD_USER_ID,
    .user_name = FIELD_USER_NAME,
    .cdhash = FIELD_PROCESS_HASH_CDHASH,
    .sha256 = FIELD_PROCESS_HASH_SHA256,
    .signing_id = FIELD_PROCESS_SIGNING_ID,
    .team = FIELD_PROCESS_TEAM_ID,
    .valid = FIELD_PROCESS_SIGNATURE_VALID,
};
static const struct process_fields parent_fields = {
    .entity = FIELD_PARENT_ENTITY_ID,
    .pid = FIELD_PARENT_PID,
    .name = FIELD_PARENT_NAME,
    .executable = FIELD_PARENT_EXECUTABLE,
    .command_line = FIELD_COUNT,
    .user = FIELD_COUNT,
    .user_name = FIELD_COUNT,
    .cdhash = FIELD_COUNT,
    .sha256 = FIELD_COUNT,
    .signing_id = FIELD_PARENT_SIGNING_ID,
    .team = FIELD_PARENT_TEAM_ID,
    .valid = FIELD_COUNT,
};
static const struct process_fields target_fields = {
    .entity = FIELD_TARGET_ENTITY_ID,
    .pid = FIELD_TARGET_PID,
    .name = FIELD_TARGET_NAME,
    .executable = FIELD_TARGET_EXECUTABLE,
    .command_line = FIELD_COUNT,
    .user = FIELD_COUNT,
    .user_name = FIELD_COUNT,
    .cdhash = FIELD_TARGET_HASH_CDHASH,
    .sha256 = FIELD_COUNT,
    .signing_id = FIELD_TARGET_SIGNING_ID,
    .team = FIELD_TARGET_TEAM_ID,
    .valid = FIELD_COUNT,
};

static void add_process(struct buf *out, const struct finding_step *step,
                        const struct process_fields *f);
static void add_process_keys(struct buf *out, const struct finding_step *step,
                             const struct process_fields *f);
static void add_program(struct buf *out, const struct finding_step *step,
                        const struct process_fields *f);
static void add_file(struct buf *out, const struct finding_step *step);
static void add_file_keys(struct buf *out, str path, int type_id);
static void add_hashes(struct buf *out, str cdhash, str sha256);
static void add_hash(struct buf *out, int algorithm_id, str algorithm, str value);
static void add_signature(struct buf *out, str signing_id, str team, struct value valid);
static void add_api(struct buf *out, const struct finding_step *step);
static void add_data(struct buf *out, const struct finding_step *step);
static struct value pid_of(const struct finding_step *step, enum field field);
static struct value value_of(const struct finding_step *step, enum field field);
static str text_of(const struct finding_step *step, enum field field);
static bool is_told(const struct finding_step *step, const struct process_fields *f);

void sink_add_evidence(struct buf *out, const struct finding_step *step)
{
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_text(out, STR("name"), action_traits[step->action].name);
    if (is_told(step, &actor_fields)) {
        sink_json_open(out, STR("actor"), '{');
        add_process(out, step, &actor_fields);
        sink_json_close(out, '}');
    }
    add_process(out, step, is_told(step, &target_fields) ? &target_fields : &actor_fields);
    add_file(out, step);
    add_api(out, step);
    add_data(out, step);
    sink_json_close(out, '}');
}

static void add_process(struct buf *out, const struct finding_step *step,
                        const struct process_fields *f)
{
    if (!is_told(step, f))
        return;
    sink_json_open(out, STR("process"), '{');
    add_process_keys(out, step, f);
    if (f == &actor_fields && is_told(step, &parent_fields)) {
        sink_json_open(out, STR("parent_process"), '{');
        add_process_keys(out, step, &parent_fields);
        sink_json_close(out, '}');
    }
    sink_json_close(out, '}');
}

static void add_process_keys(struct buf *out, const struct finding_step *step,
                             const struct process_fields *f)
{
    const struct value pid = pid_of(step, f->pid);
    const str path = text_of(step, f->executable);
    const str name = text_of(step, f->name);
    const str user = text_of(step, f->user);
    const str user_name = text_of(step, f->user_name);

    sink_json_text_known(out, STR("uid"), text_of(step, f->entity));
    if (pid.type == VALUE_INT)
        sink_json_int(out, STR("pid"), pid.integer);
    sink_json_text_known(out, STR("name"), name.len > 0 ? name : str_base_name(path));
    sink_json_text_known(out, STR("cmd_line"), text_of(step, f->command_line));
    if (path.len > 0)
        add_program(out, step, f);
    if (user.len > 0 || user_name.len > 0) {
        sink_json_open(out, STR("user"), '{');
        sink_json_text_known(out, STR("uid"), user);
        sink_json_text_known(out, STR("name"), user_name);
        sink_json_close(out, '}');
    }
}

static void add_program(struct buf *out, const struct finding_step *step,
                        const struct process_fields *f)
{
    sink_json_open(out, STR("file"), '{');
    add_file_keys(out, text_of(step, f->executable), FILE_REGULAR);
    add_hashes(out, text_of(step, f->cdhash), text_of(step, f->sha256));
    add_signature(out, text_of(step, f->signing_id), text_of(step, f->team),
                  value_of(step, f->valid));
    sink_json_close(out, '}');
}

// A mapped library, or else the file that the step is about, which may be a directory too.
static void add_file(struct buf *out, const struct finding_step *step)
{
    const str library = sink_text_of(step, FIELD_DLL_PATH);
    const str path = library.len > 0 ? library : sink_text_of(step, FIELD_FILE_PATH);
    if (path.len == 0)
        return;

    sink_json_open(out, STR("file"), '{');
    add_file_keys(out, path, library.len > 0 ? FILE_REGULAR : FILE_UNKNOWN);
    if (library.len > 0) {
        add_hashes(out, sink_text_of(step, FIELD_DLL_HASH_CDHASH), STR_EMPTY);
        add_signature(out, sink_text_of(step, FIELD_DLL_SIGNING_ID),
                      sink_text_of(step, FIELD_DLL_TEAM_ID),
                      (struct value){ .type = VALUE_MISSING });
    }
    sink_json_close(out, '}');
}

static void add_file_keys(struct buf *out, str path, int type_id)
{
    sink_json_text(out, STR("name"), str_base_name(path));
    sink_json_text(out, STR("path"), path);
    sink_json_int(out, STR("type_id"), type_id);
}

static void add_hashes(struct buf *out, str cdhash, str sha256)
{
    if (!sink_is_hash(cdhash) && !sink_is_hash(sha256))
        return;
    sink_json_open(out, STR("hashes"), '[');
    add_hash(out, ALGORITHM_OTHER, STR("cdhash"), cdhash);
    add_hash(out, HASH_SHA256, STR("SHA-256"), sha256);
    sink_json_close(out, ']');
}

static void add_hash(struct buf *out, int algorithm_id, str algorithm, str value)
{
    if (!sink_is_hash(value))
        return;
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_int(out, STR("algorithm_id"), algorithm_id);
    sink_json_text(out, STR("algorithm"), algorithm);
    sink_json_text(out, STR("value"), value);
    sink_json_close(out, '}');
}

bool sink_is_hash(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("0123456789abcdefABCDEF", text.at[i]) == NULL || text.at[i] == '\0')
            return false;
    return text.len > 0 && text.len <= HASH_MAX;
}

// `state_id` has no number for a signature that has become invalid, so it is set for valid ones.
static void add_signature(struct buf *out, str signing_id, str team, struct value valid)
{
    if (signing_id.len == 0 && team.len == 0)
        return;
    sink_json_open(out, STR("signature"), '{');
    sink_json_int(out, STR("algorithm_id"), ALGORITHM_OTHER);
    sink_json_text(out, STR("algorithm"), STR("Apple code signing"));
    sink_json_text_known(out, STR("developer_uid"), team);
    if (valid.type == VALUE_BOOL && valid.boolean)
        sink_json_int(out, STR("state_id"), SIGNATURE_VALID);
    sink_json_close(out, '}');
}

static void add_api(struct buf *out, const struct finding_step *step)
{
    const str name = sink_text_of(step, FIELD_API_NAME);
    if (name.len == 0)
        return;
    sink_json_open(out, STR("api"), '{');
    sink_json_text(out, STR("operation"), name);
    sink_json_close(out, '}');
}

// The rest of the step in our own words.
static void add_data(struct buf *out, const struct finding_step *step)
{
    struct buf summary;
    buf_init(&summary, SINK_FINDING_MAX);
    sink_add_summary(&summary, step);

    sink_json_open(out, STR("data"), '{');
    sink_json_time(out, STR("time"), step->time_ns);
    sink_json_text(out, STR("summary"), buf_str(&summary));
    sink_json_text(out, STR("why"), step->why);
    sink_json_close(out, '}');
    buf_done(&summary);
}

// The schema's integer_t has 32 bits.
static struct value pid_of(const struct finding_step *step, enum field field)
{
    const struct value pid = value_of(step, field);
    const bool fits = pid.type == VALUE_INT && pid.integer >= INT32_MIN && pid.integer <= INT32_MAX;
    return fits ? pid : (struct value){ .type = VALUE_MISSING };
}

static struct value value_of(const struct finding_step *step, enum field field)
{
    return field == FIELD_COUNT ? (struct value){ .type = VALUE_MISSING }
                                : finding_step_value(step, field);
}

static str text_of(const struct finding_step *step, enum field field)
{
    return field == FIELD_COUNT ? STR_EMPTY : sink_text_of(step, field);
}

// A process object needs a pid or a uid.
static bool is_told(const struct finding_step *step, const struct process_fields *f)
{
    return text_of(step, f->entity).len > 0 || pid_of(step, f->pid).type == VALUE_INT;
}
