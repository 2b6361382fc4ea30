// SentinelOne's records with objects in them: events of Cloud Funnel 1 (Deep Visibility streams),
// and alerts of custom rules as the API and its exports have them.

#include "decode/sentinelone.h"

static bool take_time(struct decoding *c, yyjson_val *record);
static bool take_parties(struct decoding *c, yyjson_val *body, enum sentinelone_form form);
static bool take_party(struct decoding *c, yyjson_val *party, struct process_facts *out);
static void take_slots(struct decoding *c, yyjson_val *party);
static bool take_network(struct decoding *c, yyjson_val *body);

// "meta" is an object of other products as well; its members are not.
bool decode_sentinelone_is_nested(const struct json_index *record)
{
    yyjson_val *meta = JSON_GET(record, "meta");
    yyjson_val *source = JSON_GET(record, "source");
    return yyjson_obj_get(meta, "mgmtUrl") != NULL || yyjson_obj_get(meta, "osFamily") != NULL ||
           JSON_GET(record, "trueContext") != NULL || yyjson_obj_get(source, "fullPid") != NULL;
}

bool decode_sentinelone_nested(struct decoding *c, const struct json_index *record)
{
    yyjson_val *meta = JSON_GET(record, "meta");
    yyjson_val *inner = JSON_GET(record, "event");
    yyjson_val *body = yyjson_is_obj(inner) ? inner : record->object;
    decode_edr_set_host(c, decode_text(c, yyjson_obj_get(meta, "uuid")),
                        decode_text(c, yyjson_obj_get(meta, "computerName")));
    if (!decode_sentinelone_is_mac(c, decode_text(c, yyjson_obj_get(meta, "osFamily"))))
        return false;
    yyjson_val *type = body == inner ? yyjson_obj_get(inner, "type") : NULL;
    const struct sentinelone_kind *kind =
        decode_sentinelone_find(c, type != NULL ? type : JSON_GET(record, "event_type"));
    if (kind == NULL || !take_time(c, record->object))
        return false;
    c->event->action = kind->action;
    if (kind->form == SENTINELONE_NETWORK && !take_network(c, body))
        return false;
    return take_parties(c, body, kind->form);
}

static bool take_time(struct decoding *c, yyjson_val *record)
{
    yyjson_val *val = decode_at(record, STR("timestamp.millisecondsSinceEpoch"));
    if (val == NULL)
        val = yyjson_obj_get(record, "@timestamp");
    if (decode_edr_time(val, 1000000, &c->event->time_ns))
        return true;
    return decode_refuse(c, val == NULL ? DECODE_DROP_MISSING_KEY : DECODE_DROP_BAD_TIME,
                         "timestamp", NULL);
}

static const struct mapping rest[] = {
    MAP_SLOT("exitCode", AS_INT, PROCESS_EXIT_CODE),
    MAP_SLOT("friendlyName", AS_TEXT, RULE_NAME),
    MAP_SLOT("indicator", AS_TEXT, RULE_ID),
    MAP_SLOT("description", AS_TEXT, MESSAGE),
};

static bool take_parties(struct decoding *c, yyjson_val *body, enum sentinelone_form form)
{
    struct event *event = c->event;
    yyjson_val *process = yyjson_obj_get(body, "process");
    yyjson_val *source = yyjson_obj_get(body, "source");
    yyjson_val *file = yyjson_obj_get(body, "targetFile");
    struct process_facts parent = event_nobody;
    if (form == SENTINELONE_CREATED || (form == SENTINELONE_ENDED && !yyjson_is_obj(source)))
        source = process;
    if (!decode_map(c, body, rest, COUNT_OF(rest)) || !take_party(c, source, &event->process) ||
        !take_party(c, yyjson_obj_get(body, "parent"), &parent))
        return false;
    if (!event->process.present)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "fullPid", "pid");
    if (parent.present)
        event->process.parent = parent.id;
    decode_edr_set_parent(c, parent.executable);
    if (form == SENTINELONE_ON_TARGET &&
        !take_party(c, yyjson_obj_get(body, "target"), &event->target))
        return false;
    if (form == SENTINELONE_LIBRARY)
        decode_set_library(c, decode_text(c, yyjson_obj_get(body, "path")));
    if (!yyjson_is_obj(file))
        file = yyjson_obj_get(body, "file");
    decode_set_file(c, decode_text(c, yyjson_obj_get(file, "path")));
    take_slots(c, source);
    return true;
}

static const struct mapping party_facts[] = {
    MAP_FACT("node.key.value", AS_TEXT, process.id.entity),
    MAP_FACT("fullPid.pid", AS_INT, process.id.pid),
    MAP_FACT("fullPid.startTime.millisecondsSinceEpoch", AS_MILLISECONDS, process.id.start_ns),
    MAP_FACT("executable.path", AS_TEXT, process.executable),
    MAP_FACT("parent.node.key.value", AS_TEXT, process.parent.entity),
    MAP_FACT("parent.fullPid.pid", AS_INT, process.parent.pid),
    MAP_FACT("parent.fullPid.startTime.millisecondsSinceEpoch", AS_MILLISECONDS,
             process.parent.start_ns),
};

// Signatures are an object with one member: "unsigned", or "signed" with "valid" or "invalid".
static bool take_party(struct decoding *c, yyjson_val *party, struct process_facts *out)
{
    const struct process_facts kept = c->event->process;
    struct process_facts *process = &c->event->process;
    *process = event_nobody;
    const bool is_kept = decode_map(c, party, party_facts, COUNT_OF(party_facts));
    (void)decode_edr_is_told(c, process);
    yyjson_val *signature = decode_at(party, STR("executable.signature"));
    yyjson_val *is_signed = yyjson_obj_get(signature, "signed");
    const bool is_valid = yyjson_obj_get(is_signed, "valid") != NULL;
    const bool is_unsigned = yyjson_obj_get(signature, "unsigned") != NULL;
    decode_sentinelone_sign(
        process, is_signed != NULL ? STR("signed") : (is_unsigned ? STR("unsigned") : STR_EMPTY),
        is_valid ? STR("verified") : STR_EMPTY,
        decode_text(c, yyjson_obj_get(is_signed, "identity")));
    const struct process_facts told = *process;
    *process = kept;
    *out = told;
    return is_kept;
}

static void take_slots(struct decoding *c, yyjson_val *party)
{
    decode_set_text(c, FIELD_USER_NAME, decode_text(c, decode_at(party, STR("user.name"))));
    decode_edr_set_sha256(c, decode_text(c, decode_at(party, STR("executable.hashes.sha256"))));
    decode_command_line(c, decode_text(c, yyjson_obj_get(party, "commandLine")));
}

static const struct mapping outgoing[] = {
    MAP_SLOT("destinationAddress.address", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("destinationAddress.port", AS_INT, DESTINATION_PORT),
};
static const struct mapping incoming[] = {
    MAP_SLOT("sourceAddress.address", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("sourceAddress.port", AS_INT, DESTINATION_PORT),
};

static bool take_network(struct decoding *c, yyjson_val *body)
{
    const str direction = decode_text(c, yyjson_obj_get(body, "direction"));
    const bool is_incoming = str_eq_nocase(direction, STR("INCOMING"));
    if (is_incoming)
        c->event->action = ACTION_ACCEPT;
    return decode_map(c, body, is_incoming ? incoming : outgoing, COUNT_OF(outgoing));
}

// An alert of a custom rule; one of the agent's own engines ("threatInfo") names a file and no
// process, so that no event can be made of it.
bool decode_sentinelone_is_alert(const struct json_index *record)
{
    return JSON_GET(record, "sourceProcessInfo") != NULL ||
           JSON_GET(record, "agentDetectionInfo") != NULL ||
           (JSON_GET(record, "alertInfo") != NULL && JSON_GET(record, "ruleInfo") != NULL) ||
           JSON_GET(record, "threatInfo") != NULL;
}

static const struct mapping alert[] = {
    MAP_FACT("sourceProcessInfo.uniqueId", AS_TEXT, process.id.entity),
    MAP_FACT("sourceProcessInfo.pid", AS_INT, process.id.pid),
    MAP_FACT("sourceProcessInfo.pidStarttime", AS_TIME, process.id.start_ns),
    MAP_FACT("sourceProcessInfo.filePath", AS_TEXT, process.executable),
    MAP_FACT("sourceParentProcessInfo.uniqueId", AS_TEXT, process.parent.entity),
    MAP_FACT("sourceParentProcessInfo.pid", AS_INT, process.parent.pid),
    MAP_FACT("sourceParentProcessInfo.pidStarttime", AS_TIME, process.parent.start_ns),
    MAP_FACT("targetProcessInfo.tgtProcUid", AS_TEXT, target.id.entity),
    MAP_FACT("targetProcessInfo.tgtProcPid", AS_INT, target.id.pid),
    MAP_FACT("targetProcessInfo.tgtProcessStartTime", AS_TIME, target.id.start_ns),
    MAP_FACT("targetProcessInfo.tgtProcImagePath", AS_TEXT, target.executable),
    MAP_SLOT("sourceProcessInfo.user", AS_TEXT, USER_NAME),
    MAP_SLOT("ruleInfo.name", AS_TEXT, RULE_NAME),
    MAP_SLOT("ruleInfo.id", AS_TEXT, RULE_ID),
    MAP_SLOT("ruleInfo.description", AS_TEXT, MESSAGE),
    MAP_SLOT("alertInfo.dstIp", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("alertInfo.dstPort", AS_INT, DESTINATION_PORT),
};

bool decode_sentinelone_alert(struct decoding *c, const struct json_index *record)
{
    yyjson_val *object = record->object;
    yyjson_val *agent = JSON_GET(record, "agentDetectionInfo");
    yyjson_val *created = decode_at(object, STR("alertInfo.createdAt"));
    if (created == NULL)
        created = decode_at(object, STR("threatInfo.identifiedAt"));
    decode_edr_set_host(c, decode_text(c, yyjson_obj_get(agent, "uuid")),
                        decode_text(c, yyjson_obj_get(agent, "name")));
    if (!decode_sentinelone_is_mac(c, decode_text(c, yyjson_obj_get(agent, "osFamily"))))
        return false;
    if (!decode_edr_time(created, 1000000, &c->event->time_ns))
        return decode_refuse(c, created == NULL ? DECODE_DROP_MISSING_KEY : DECODE_DROP_BAD_TIME,
                             "createdAt", NULL);
    c->event->action = ACTION_ALERT;
    if (!decode_map(c, object, alert, COUNT_OF(alert)))
        return false;
    (void)decode_edr_is_told(c, &c->event->target);
    if (!decode_edr_is_told(c, &c->event->process))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "sourceProcessInfo", "pid");
    decode_edr_set_parent(
        c, decode_text(c, decode_at(object, STR("sourceParentProcessInfo.filePath"))));
    decode_set_file(c, decode_text(c, decode_at(object, STR("targetProcessInfo.tgtFilePath"))));
    decode_edr_set_sha256(
        c, decode_text(c, decode_at(object, STR("sourceProcessInfo.fileHashSha256"))));
    decode_command_line(c, decode_text(c, decode_at(object, STR("sourceProcessInfo.commandline"))));
    return true;
}
