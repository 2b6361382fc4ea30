// sentinelone: SentinelOne's Deep Visibility events. Flat records are decoded here, by tables of
// their keys: Cloud Funnel 2 ("src.process.pid") and exported searches of Deep Visibility
// ("srcProcPid"). Nested ones are in sentinelone_nested.c.

#include "decode/sentinelone.h"

// The keys of one shape.
struct shape {
    str system;
    str host_id;
    str host_name;
    str event;
    str times[3];  // The first that is there.
    int64_t time_unit_ns;
    str direction;
    str library;
    struct party {
        const struct mapping *facts;
        size_t fact_count;
        const struct mapping *slots;
        size_t slot_count;
        str is_signed;
        str verified;
        str publisher;
        str sha256;
        str command_line;
    } source, target;
    str parent_path;  // Of the source.
    str file;
    const struct mapping *outgoing;  // Three each.
    const struct mapping *incoming;
    const struct mapping *rest;
    size_t rest_count;
};

static bool is_sentinelone(const struct json_index *record);
static bool is_dotted(const struct json_index *record);
static bool is_exported(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static bool decode_flat(struct decoding *c, const struct decode_keys *keys,
                        const struct shape *shape);
static bool take_time(struct decoding *c, const struct decode_keys *keys,
                      const struct shape *shape);
static bool take_parties(struct decoding *c, const struct decode_keys *keys,
                         const struct shape *shape, enum sentinelone_form form);
static bool take_party(struct decoding *c, const struct decode_keys *keys,
                       const struct party *party);
static bool take_slots(struct decoding *c, const struct decode_keys *keys,
                       const struct party *party);
static bool take_network(struct decoding *c, const struct decode_keys *keys,
                         const struct shape *shape);
static str text_at(struct decoding *c, const struct decode_keys *keys, str name);

const struct dialect decode_sentinelone = {
    .name = STR_INIT("sentinelone"),
    .recognises = is_sentinelone,
    .decode = decode_record,
};

static const struct mapping dotted_source[] = {
    MAP_FACT("src.process.uid", AS_TEXT, process.id.entity),
    MAP_FACT("src.process.pid", AS_INT, process.id.pid),
    MAP_FACT("src.process.startTime", AS_MILLISECONDS, process.id.start_ns),
    MAP_FACT("src.process.image.path", AS_TEXT, process.executable),
    MAP_FACT("src.process.parent.uid", AS_TEXT, process.parent.entity),
    MAP_FACT("src.process.parent.pid", AS_INT, process.parent.pid),
    MAP_FACT("src.process.parent.startTime", AS_MILLISECONDS, process.parent.start_ns),
};
static const struct mapping dotted_target[] = {
    MAP_FACT("tgt.process.uid", AS_TEXT, process.id.entity),
    MAP_FACT("tgt.process.pid", AS_INT, process.id.pid),
    MAP_FACT("tgt.process.startTime", AS_MILLISECONDS, process.id.start_ns),
    MAP_FACT("tgt.process.image.path", AS_TEXT, process.executable),
};
static const struct mapping dotted_source_slots[] = {
    MAP_SLOT("src.process.user", AS_TEXT, USER_NAME),
};
static const struct mapping dotted_target_slots[] = {
    MAP_SLOT("tgt.process.user", AS_TEXT, USER_NAME),
};
static const struct mapping dotted_outgoing[] = {
    MAP_SLOT("dst.ip.address", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("dst.port.number", AS_INT, DESTINATION_PORT),
    MAP_SLOT("event.dns.request", AS_TEXT, DESTINATION_DOMAIN),
};
static const struct mapping dotted_incoming[] = {
    MAP_SLOT("src.ip.address", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("src.port.number", AS_INT, DESTINATION_PORT),
    MAP_SLOT("event.dns.request", AS_TEXT, DESTINATION_DOMAIN),
};
static const struct mapping dotted_rest[] = {
    MAP_SLOT("tgt.file.oldPath", AS_TEXT, FILE_ORIGINAL_PATH),
    MAP_SLOT("tgt.file.size", AS_INT, FILE_SIZE),
    MAP_SLOT("indicator.name", AS_TEXT, RULE_NAME),
    MAP_SLOT("indicator.description", AS_TEXT, MESSAGE),
    MAP_SLOT("indicator.identifier", AS_TEXT, RULE_ID),
    MAP_SLOT("tiIndicator.name", AS_TEXT, RULE_NAME),
    MAP_SLOT("tiIndicator.description", AS_TEXT, MESSAGE),
    MAP_SLOT("tiIndicator.uid", AS_TEXT, RULE_ID),
};

static const struct shape dotted = {
    .system = STR_INIT("endpoint.os"),
    .host_id = STR_INIT("agent.uuid"),
    .host_name = STR_INIT("endpoint.name"),
    .event = STR_INIT("event.type"),
    .times = { STR_INIT("event.time"), STR_INIT("timestamp"), STR_INIT("") },
    .time_unit_ns = 1000000,
    .direction = STR_INIT("event.network.direction"),
    .library = STR_INIT("module.path"),
    .source = { dotted_source, COUNT_OF(dotted_source), dotted_source_slots,
                COUNT_OF(dotted_source_slots), STR_INIT("src.process.signedStatus"),
                STR_INIT("src.process.verifiedStatus"), STR_INIT("src.process.publisher"),
                STR_INIT("src.process.image.sha256"), STR_INIT("src.process.cmdline") },
    .target = { dotted_target, COUNT_OF(dotted_target), dotted_target_slots,
                COUNT_OF(dotted_target_slots), STR_INIT("tgt.process.signedStatus"),
                STR_INIT("tgt.process.verifiedStatus"), STR_INIT("tgt.process.publisher"),
                STR_INIT("tgt.process.image.sha256"), STR_INIT("tgt.process.cmdline") },
    .parent_path = STR_INIT("src.process.parent.image.path"),
    .file = STR_INIT("tgt.file.path"),
    .outgoing = dotted_outgoing,
    .incoming = dotted_incoming,
    .rest = dotted_rest,
    .rest_count = COUNT_OF(dotted_rest),
};

static const struct mapping exported_source[] = {
    MAP_FACT("srcProcUid", AS_TEXT, process.id.entity),
    MAP_FACT("srcProcPid", AS_INT, process.id.pid),
    MAP_FACT("srcProcStartTime", AS_TIME, process.id.start_ns),
    MAP_FACT("srcProcImagePath", AS_TEXT, process.executable),
    MAP_FACT("srcProcParentUid", AS_TEXT, process.parent.entity),
    MAP_FACT("srcProcParentPid", AS_INT, process.parent.pid),
    MAP_FACT("srcProcParentStartTime", AS_TIME, process.parent.start_ns),
};
static const struct mapping exported_target[] = {
    MAP_FACT("tgtProcUid", AS_TEXT, process.id.entity),
    MAP_FACT("tgtProcPid", AS_INT, process.id.pid),
    MAP_FACT("tgtProcessStartTime", AS_TIME, process.id.start_ns),
    MAP_FACT("tgtProcStartTime", AS_TIME, process.id.start_ns),
    MAP_FACT("tgtProcImagePath", AS_TEXT, process.executable),
};
static const struct mapping exported_source_slots[] = {
    MAP_SLOT("srcProcUser", AS_TEXT, USER_NAME),
};
static const struct mapping exported_target_slots[] = {
    MAP_SLOT("tgtProcUser", AS_TEXT, USER_NAME),
};
static const struct mapping exported_outgoing[] = {
    MAP_SLOT("dstIp", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("dstPort", AS_INT, DESTINATION_PORT),
    MAP_SLOT("dnsRequest", AS_TEXT, DESTINATION_DOMAIN),
};
static const struct mapping exported_incoming[] = {
    MAP_SLOT("srcIp", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("srcPort", AS_INT, DESTINATION_PORT),
    MAP_SLOT("dnsRequest", AS_TEXT, DESTINATION_DOMAIN),
};
static const struct mapping exported_rest[] = {
    MAP_SLOT("tgtFileOldPath", AS_TEXT, FILE_ORIGINAL_PATH),
    MAP_SLOT("tgtFileSize", AS_INT, FILE_SIZE),
    MAP_SLOT("indicatorName", AS_TEXT, RULE_NAME),
    MAP_SLOT("indicatorDescription", AS_TEXT, MESSAGE),
    MAP_SLOT("tiIndicatorName", AS_TEXT, RULE_NAME),
    MAP_SLOT("tiIndicatorDescription", AS_TEXT, MESSAGE),
    MAP_SLOT("tiIndicatorUid", AS_TEXT, RULE_ID),
};

static const struct shape exported = {
    .system = STR_INIT("agentOs"),
    .host_id = STR_INIT("agentUuid"),
    .host_name = STR_INIT("agentName"),
    .event = STR_INIT("eventType"),
    .times = { STR_INIT("eventTime"), STR_INIT("createdAt"), STR_INIT("processStartTime") },
    .time_unit_ns = 1000000,
    .direction = STR_INIT("netEventDirection"),
    .library = STR_INIT("modulePath"),
    .source = { exported_source, COUNT_OF(exported_source), exported_source_slots,
                COUNT_OF(exported_source_slots), STR_INIT("srcProcSignedStatus"),
                STR_INIT("srcProcVerifiedStatus"), STR_INIT("srcProcPublisher"),
                STR_INIT("srcProcImageSha256"), STR_INIT("srcProcCmdLine") },
    .target = { exported_target, COUNT_OF(exported_target), exported_target_slots,
                COUNT_OF(exported_target_slots), STR_INIT("tgtProcSignedStatus"),
                STR_INIT("tgtProcVerifiedStatus"), STR_INIT("tgtProcPublisher"),
                STR_INIT("tgtProcImageSha256"), STR_INIT("tgtProcCmdLine") },
    .parent_path = STR_INIT("srcProcParentImagePath"),
    .file = STR_INIT("tgtFilePath"),
    .outgoing = exported_outgoing,
    .incoming = exported_incoming,
    .rest = exported_rest,
    .rest_count = COUNT_OF(exported_rest),
};

static bool is_sentinelone(const struct json_index *record)
{
    return is_dotted(record) || is_exported(record) || decode_sentinelone_is_nested(record) ||
           decode_sentinelone_is_alert(record);
}

// On its way some programs make objects of the dots.
static bool is_dotted(const struct json_index *record)
{
    return JSON_GET(record, "endpoint.os") != NULL || JSON_GET(record, "agent.uuid") != NULL ||
           JSON_GET(record, "endpoint.name") != NULL ||
           JSON_GET(record, "meta.event.name") != NULL ||
           JSON_GET(record, "src.process.uid") != NULL ||
           JSON_GET(record, "src.process.pid") != NULL ||
           JSON_GET(record, "tgt.process.uid") != NULL ||
           JSON_GET(record, "tgt.process.pid") != NULL ||
           yyjson_obj_get(JSON_GET(record, "endpoint"), "os") != NULL ||
           yyjson_obj_get(JSON_GET(record, "src"), "process") != NULL ||
           yyjson_obj_get(JSON_GET(record, "tgt"), "process") != NULL;
}

static bool is_exported(const struct json_index *record)
{
    return JSON_GET(record, "srcProcUid") != NULL || JSON_GET(record, "srcProcPid") != NULL ||
           JSON_GET(record, "tgtProcUid") != NULL || JSON_GET(record, "tgtProcPid") != NULL ||
           JSON_GET(record, "srcProcStorylineId") != NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    struct decode_keys keys;
    const bool is_flat = is_dotted(record);
    if (!is_flat && !is_exported(record))
        return decode_sentinelone_is_nested(record) ? decode_sentinelone_nested(c, record)
                                                    : decode_sentinelone_alert(c, record);
    decode_keys_of(record->object, &keys);
    return decode_flat(c, &keys, is_flat ? &dotted : &exported);
}

static bool decode_flat(struct decoding *c, const struct decode_keys *keys,
                        const struct shape *shape)
{
    decode_edr_set_host(c, text_at(c, keys, shape->host_id), text_at(c, keys, shape->host_name));
    if (!decode_sentinelone_is_mac(c, text_at(c, keys, shape->system)))
        return false;
    const struct sentinelone_kind *kind =
        decode_sentinelone_find(c, decode_find(keys, shape->event));
    if (kind == NULL || !take_time(c, keys, shape))
        return false;
    c->event->action = kind->action;
    if (!decode_map_keys(c, keys, shape->rest, shape->rest_count))
        return false;
    decode_set_file(c, text_at(c, keys, shape->file));
    if (kind->form == SENTINELONE_LIBRARY)
        decode_set_library(c, text_at(c, keys, shape->library));
    if (kind->form == SENTINELONE_NETWORK && !take_network(c, keys, shape))
        return false;
    return take_parties(c, keys, shape, kind->form);
}

static bool take_time(struct decoding *c, const struct decode_keys *keys, const struct shape *shape)
{
    bool is_there = false;
    for (size_t i = 0; i < COUNT_OF(shape->times); i++) {
        yyjson_val *val = decode_find(keys, shape->times[i]);
        if (val == NULL || yyjson_is_null(val))
            continue;
        if (decode_edr_time(val, shape->time_unit_ns, &c->event->time_ns))
            return true;
        is_there = true;
    }
    return decode_refuse(c, is_there ? DECODE_DROP_BAD_TIME : DECODE_DROP_MISSING_KEY, "time",
                         NULL);
}

static bool take_parties(struct decoding *c, const struct decode_keys *keys,
                         const struct shape *shape, enum sentinelone_form form)
{
    struct event *event = c->event;
    if (!take_party(c, keys, &shape->target))
        return false;
    const struct process_facts target = event->process;
    event->process = event_nobody;
    if (!take_party(c, keys, &shape->source))
        return false;

    const bool is_target =
        form == SENTINELONE_CREATED || (form == SENTINELONE_ENDED && !event->process.present);
    if (form == SENTINELONE_CREATED) {
        const struct process_facts source = event->process;
        event->process = target;
        event->process.parent = source.id;
        decode_edr_set_parent(c, source.executable);
    } else if (is_target) {
        event->process = target;
    } else {
        event->target = form == SENTINELONE_ON_TARGET ? target : event_nobody;
        decode_edr_set_parent(c, text_at(c, keys, shape->parent_path));
    }
    if (!event->process.present)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "process", "uid");
    return take_slots(c, keys, is_target ? &shape->target : &shape->source);
}

static bool take_party(struct decoding *c, const struct decode_keys *keys,
                       const struct party *party)
{
    struct process_facts *process = &c->event->process;
    if (!decode_map_keys(c, keys, party->facts, party->fact_count))
        return false;
    (void)decode_edr_is_told(c, process);
    decode_sentinelone_sign(process, text_at(c, keys, party->is_signed),
                            text_at(c, keys, party->verified), text_at(c, keys, party->publisher));
    return true;
}

static bool take_slots(struct decoding *c, const struct decode_keys *keys,
                       const struct party *party)
{
    if (!decode_map_keys(c, keys, party->slots, party->slot_count))
        return false;
    decode_edr_set_sha256(c, text_at(c, keys, party->sha256));
    decode_command_line(c, text_at(c, keys, party->command_line));
    return true;
}

// The other side: of what comes in, that is its source.
static bool take_network(struct decoding *c, const struct decode_keys *keys,
                         const struct shape *shape)
{
    const bool is_incoming = str_eq_nocase(text_at(c, keys, shape->direction), STR("INCOMING"));
    if (is_incoming)
        c->event->action = ACTION_ACCEPT;
    return decode_map_keys(c, keys, is_incoming ? shape->incoming : shape->outgoing, 3);
}

static str text_at(struct decoding *c, const struct decode_keys *keys, str name)
{
    yyjson_val *val = decode_find(keys, name);
    c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val);
    return decode_text(c, val);
}
