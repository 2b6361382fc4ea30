// What was written down at an exercise.

#include "decode/dialect.h"
#include "validate/exercise.h"
#include "validate/reading.h"

static enum status read_records(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_record(struct reading *r, const yaml_node_t *node,
                               struct exercise_record *out);
static enum status read_inject(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_classified(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_answer(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_time(struct reading *r, const yaml_node_t *node, void *place,
                             enum exercise_time which);
static enum status read_simulated(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_alerted(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_triaged(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_classified_at(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_contained(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_evidence(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_piece(struct reading *r, const yaml_node_t *node,
                              struct exercise_record *out);
static enum status take_kind(struct reading *r, const yaml_node_t *node, str kind,
                             struct exercise_record *out);
static enum status read_sha256(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_suppression(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_actions(struct reading *r, const yaml_node_t *node, void *place);

#define AT(member) offsetof(struct exercise_file, member)
static const struct reading_key file_keys[] = {
    { STR_INIT("title"), reading_text, AT(title) },
    { STR_INIT("date"), reading_text, AT(date) },
    { STR_INIT("evaluator"), reading_text, AT(evaluator) },
    { STR_INIT("scenarios"), read_records, 0 },
    { STR_INIT("actions"), read_actions, 0 },
};
#undef AT

#define AT(member) offsetof(struct exercise_record, member)
static const struct reading_key record_keys[] = {
    { STR_INIT("scenario"), reading_text, AT(scenario) },
    { STR_INIT("inject"), read_inject, AT(inject) },
    { STR_INIT("simulated_at"), read_simulated, 0 },
    { STR_INIT("alerted_at"), read_alerted, 0 },
    { STR_INIT("triage_started_at"), read_triaged, 0 },
    { STR_INIT("classified_at"), read_classified_at, 0 },
    { STR_INIT("classified_as"), read_classified, AT(is_malicious) },
    { STR_INIT("contained_at"), read_contained, 0 },
    { STR_INIT("contained_correctly"), read_answer, AT(is_contained_well) },
    { STR_INIT("reversible"), read_answer, AT(is_reversible) },
    { STR_INIT("communicated"), read_answer, AT(is_communicated) },
    { STR_INIT("noticed"), read_answer, AT(is_noticed) },
    { STR_INIT("evidence"), read_evidence, 0 },
    { STR_INIT("suppression"), read_suppression, 0 },
    { STR_INIT("notes"), reading_text, AT(notes) },
};

static const struct reading_key suppression_keys[] = {
    { STR_INIT("scope"), reading_text, AT(scope) },
    { STR_INIT("expires"), reading_text, AT(expires) },
    { STR_INIT("owner"), reading_text, AT(owner) },
};
#undef AT

// One piece of evidence, while it is read.
struct piece {
    str kind;
    str file;
    str sha256;
    bool is_falsified;
};
static const struct reading_key piece_keys[] = {
    { STR_INIT("kind"), reading_text, offsetof(struct piece, kind) },
    { STR_INIT("file"), reading_text, offsetof(struct piece, file) },
    { STR_INIT("sha256"), read_sha256, offsetof(struct piece, sha256) },
    { STR_INIT("falsified"), reading_bool, offsetof(struct piece, is_falsified) },
};

static const struct reading_key action_keys[] = {
    { STR_INIT("action"), reading_text, offsetof(struct exercise_action, action) },
    { STR_INIT("owner"), reading_text, offsetof(struct exercise_action, owner) },
    { STR_INIT("due"), reading_text, offsetof(struct exercise_action, due) },
};

static const str evidence_names[EVIDENCE_KIND_COUNT] = {
    [EVIDENCE_SIGNATURE] = STR_INIT("signature"),
    [EVIDENCE_MEMORY] = STR_INIT("memory"),
    [EVIDENCE_LINEAGE] = STR_INIT("lineage"),
    [EVIDENCE_LOG] = STR_INIT("log"),
};

enum status exercise_read(str path, struct arena *arena, struct exercise_file *out, struct err *err)
{
    static const struct document_kind kind = { .name = "what was written down of an exercise",
                                               .bytes_max = SCENARIO_BYTES_MAX };
    struct reading r = { .scenario = NULL };
    struct exercise_file file = { 0 };
    enum status status = document_read(path, &kind, arena, &r.document, err);
    if (status != OK)
        return status;
    status = reading_mapping(&r, yaml_document_get_root_node(&r.document.yaml), file_keys,
                             COUNT_OF(file_keys), &file);
    document_done(&r.document);
    if (status != OK)
        return status;
    str *warnings = arena_alloc(arena, (r.warning_count + 1) * sizeof *warnings);
    memcpy(warnings, r.warnings, r.warning_count * sizeof *warnings);
    file.warnings = warnings;
    file.warning_count = r.warning_count;
    *out = file;
    return OK;
}

static enum status read_records(struct reading *r, const yaml_node_t *node, void *place)
{
    struct exercise_file *file = place;
    const size_t count = reading_count(node);
    if (node->type != YAML_SEQUENCE_NODE || count > EXERCISE_RECORDS_MAX)
        return document_refuse(&r->document, node, "a list of at most 256 scenarios belongs here",
                               STR_EMPTY);
    struct exercise_record *records =
        arena_zalloc(r->document.arena, (count + 1) * sizeof *records);
    for (size_t i = 0; i < count; i++) {
        const enum status status = read_record(r, reading_item(r, node, i), &records[i]);
        if (status != OK)
            return status;
    }
    file->records = records;
    file->record_count = count;
    return OK;
}

static enum status read_record(struct reading *r, const yaml_node_t *node,
                               struct exercise_record *out)
{
    const enum status status = reading_mapping(r, node, record_keys, COUNT_OF(record_keys), out);
    if (status == OK && out->scenario.len == 0)
        return document_refuse(&r->document, node, "what was written down has no", STR("scenario"));
    return status;
}

static enum status read_inject(struct reading *r, const yaml_node_t *node, void *place)
{
    static const str words[INJECT_COUNT] = { [INJECT_BY_LABEL] = STR_INIT("by label"),
                                             [INJECT_DEGRADED] = STR_INIT("degraded"),
                                             [INJECT_AMBIGUOUS] = STR_INIT("ambiguous") };
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    for (size_t i = 0; status == OK && i < INJECT_COUNT; i++)
        if (str_eq(words[i], text)) {
            *(enum exercise_inject *)place = (enum exercise_inject)i;
            return OK;
        }
    return status != OK
               ? status
               : document_refuse(&r->document, node,
                                 "inject is degraded or ambiguous, or left out, not", text);
}

static enum status read_classified(struct reading *r, const yaml_node_t *node, void *place)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    const bool is_malicious = str_eq(text, STR("malicious"));
    if (status == OK && !is_malicious && !str_eq(text, STR("benign")))
        return document_refuse(&r->document, node, "classified_as is malicious or benign, not",
                               text);
    *(enum exercise_answer *)place = is_malicious ? ANSWER_YES : ANSWER_NO;
    return status;
}

static enum status read_answer(struct reading *r, const yaml_node_t *node, void *place)
{
    bool is_so = false;
    const enum status status = reading_bool(r, node, &is_so);
    if (status == OK)
        *(enum exercise_answer *)place = is_so ? ANSWER_YES : ANSWER_NO;
    return status;
}

static enum status read_time(struct reading *r, const yaml_node_t *node, void *place,
                             enum exercise_time which)
{
    struct exercise_record *out = place;
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    if (status == OK && !decode_time_loose(text, &out->time_ns[which]))
        return document_refuse(&r->document, node, "a time is written as 2026-03-02T09:00:10Z, not",
                               text);
    out->has_time[which] = true;
    return status;
}

static enum status read_simulated(struct reading *r, const yaml_node_t *node, void *place)
{
    return read_time(r, node, place, EXERCISE_SIMULATED);
}

static enum status read_alerted(struct reading *r, const yaml_node_t *node, void *place)
{
    return read_time(r, node, place, EXERCISE_ALERTED);
}

static enum status read_triaged(struct reading *r, const yaml_node_t *node, void *place)
{
    return read_time(r, node, place, EXERCISE_TRIAGED);
}

static enum status read_classified_at(struct reading *r, const yaml_node_t *node, void *place)
{
    return read_time(r, node, place, EXERCISE_CLASSIFIED);
}

static enum status read_contained(struct reading *r, const yaml_node_t *node, void *place)
{
    return read_time(r, node, place, EXERCISE_CONTAINED);
}

static enum status read_evidence(struct reading *r, const yaml_node_t *node, void *place)
{
    const size_t count = reading_count(node);
    if (node->type != YAML_SEQUENCE_NODE || count > EXERCISE_EVIDENCE_MAX)
        return document_refuse(&r->document, node,
                               "a list of at most 64 pieces of evidence belongs here", STR_EMPTY);
    ((struct exercise_record *)place)->has_evidence = true;
    for (size_t i = 0; i < count; i++) {
        const enum status status = read_piece(r, reading_item(r, node, i), place);
        if (status != OK)
            return status;
    }
    return OK;
}

// A kind alone: it was looked at, and not preserved.
static enum status read_piece(struct reading *r, const yaml_node_t *node,
                              struct exercise_record *out)
{
    struct piece piece = { .kind = STR_EMPTY };
    if (node->type == YAML_SCALAR_NODE)
        return take_kind(r, node, document_scalar(node), out);
    const enum status status = reading_mapping(r, node, piece_keys, COUNT_OF(piece_keys), &piece);
    if (status != OK)
        return status;
    out->evidence_count++;
    out->hashed_count += piece.sha256.len > 0;
    out->is_falsified |= piece.is_falsified;
    return piece.kind.len == 0 ? OK : take_kind(r, node, piece.kind, out);
}

static enum status take_kind(struct reading *r, const yaml_node_t *node, str kind,
                             struct exercise_record *out)
{
    for (size_t i = 0; i < EVIDENCE_KIND_COUNT; i++)
        if (str_eq(evidence_names[i], kind)) {
            out->kinds |= 1u << i;
            return OK;
        }
    return document_refuse(&r->document, node,
                           "evidence is of kind signature, memory, lineage or log, not", kind);
}

static enum status read_sha256(struct reading *r, const yaml_node_t *node, void *place)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    bool is_hex = text.len == 64;
    for (size_t i = 0; i < text.len && is_hex; i++)
        is_hex = (text.at[i] >= '0' && text.at[i] <= '9') ||
                 (text.at[i] >= 'a' && text.at[i] <= 'f') ||
                 (text.at[i] >= 'A' && text.at[i] <= 'F');
    if (status == OK && !is_hex)
        return document_refuse(&r->document, node, "a SHA-256 has 64 hex digits, not", text);
    *(str *)place = text;
    return status;
}

static enum status read_suppression(struct reading *r, const yaml_node_t *node, void *place)
{
    struct exercise_record *out = place;
    out->has_suppression = true;
    return reading_mapping(r, node, suppression_keys, COUNT_OF(suppression_keys), out);
}

static enum status read_actions(struct reading *r, const yaml_node_t *node, void *place)
{
    struct exercise_file *file = place;
    const size_t count = reading_count(node);
    if (node->type != YAML_SEQUENCE_NODE || count > EXERCISE_ACTIONS_MAX)
        return document_refuse(&r->document, node, "a list of at most 64 actions belongs here",
                               STR_EMPTY);
    struct exercise_action *actions =
        arena_zalloc(r->document.arena, (count + 1) * sizeof *actions);
    for (size_t i = 0; i < count; i++) {
        const enum status status = reading_mapping(r, reading_item(r, node, i), action_keys,
                                                   COUNT_OF(action_keys), &actions[i]);
        if (status != OK)
            return status;
    }
    file->actions = actions;
    file->action_count = count;
    file->has_actions = true;
    return OK;
}
