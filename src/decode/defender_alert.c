// Defender's alerts. An alert of the hunting tables is a row of AlertInfo, which names no device,
// and one of AlertEvidence for each thing that it is about; those about a process are the events
// here. An alert of Sentinel is one row with a list of such things.

#include "decode/defender.h"

#define ENTITIES_MAX 256u  // Things of one alert that are looked through.

static bool take_process(struct decoding *c, yyjson_val *entity);
static yyjson_val *first_entity(yyjson_val *list, str type);
static bool need_process(struct decoding *c);

static const struct mapping evidence[] = {
    MAP_SLOT("Title", AS_TEXT, RULE_NAME),
    MAP_SLOT("AlertId", AS_TEXT, RULE_ID),
    MAP_SLOT("AccountName", AS_TEXT, USER_NAME),
    MAP_SLOT("RemoteIP", AS_TEXT, DESTINATION_IP),
    MAP_SLOT("RemoteUrl", AS_TEXT, DESTINATION_DOMAIN),
};

bool decode_defender_evidence(struct decoding *c, const struct decode_keys *row)
{
    char pool[EDR_POOL_SIZE];
    const str type = decode_text(c, decode_find(row, STR("EntityType")));
    if (type.len > 0 && !str_eq(type, STR("Process")))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "EntityType", NULL);
    yyjson_val *more = decode_defender_json(c, row, STR("AdditionalFields"), pool);
    if (!decode_map_keys(c, row, evidence, COUNT_OF(evidence)) || !take_process(c, more) ||
        !need_process(c))
        return false;
    const str folder = decode_text(c, decode_find(row, STR("FolderPath")));
    if (folder.len > 0)
        c->event->process.executable =
            decode_edr_path(c, folder, decode_text(c, decode_find(row, STR("FileName"))));
    decode_edr_set_sha256(c, decode_text(c, decode_find(row, STR("SHA256"))));
    decode_command_line(c, decode_text(c, decode_find(row, STR("ProcessCommandLine"))));
    return true;
}

static const struct mapping security_alert[] = {
    MAP_SLOT("AlertName", AS_TEXT, RULE_NAME),
    MAP_SLOT("DisplayName", AS_TEXT, RULE_NAME),
    MAP_SLOT("AlertType", AS_TEXT, RULE_ID),
    MAP_SLOT("Description", AS_TEXT, MESSAGE),
};

bool decode_defender_security_alert(struct decoding *c, const struct decode_keys *row)
{
    char pool[EDR_POOL_SIZE];
    yyjson_val *entities = decode_defender_json(c, row, STR("Entities"), pool);
    yyjson_val *host = first_entity(entities, STR("host"));
    const str system = decode_text(c, yyjson_obj_get(host, "OSFamily"));
    decode_edr_set_host(c, decode_text(c, yyjson_obj_get(host, "MdatpDeviceId")),
                        decode_text(c, yyjson_obj_get(host, "HostName")));
    if (str_eq_nocase(system, STR("Windows")) || str_eq_nocase(system, STR("Linux")))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system", NULL);
    return decode_map_keys(c, row, security_alert, COUNT_OF(security_alert)) &&
           take_process(c, first_entity(entities, STR("process"))) && need_process(c);
}

static const struct mapping process_entity[] = {
    MAP_FACT("ProcessId", AS_INT, process.id.pid),
    MAP_FACT("CreationTimeUtc", AS_TIME, process.id.start_ns),
    MAP_FACT("ParentProcess.ProcessId", AS_INT, process.parent.pid),
    MAP_FACT("ParentProcess.CreationTimeUtc", AS_TIME, process.parent.start_ns),
    MAP_FACT("ImageFile.Directory", AS_TEXT, process.executable),
};

static bool take_process(struct decoding *c, yyjson_val *entity)
{
    struct process_facts *process = &c->event->process;
    if (!decode_map(c, entity, process_entity, COUNT_OF(process_entity)))
        return false;
    process->executable = decode_edr_path(c, process->executable,
                                          decode_text(c, decode_at(entity, STR("ImageFile.Name"))));
    if (decode_edr_is_windows(process->executable))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system", NULL);
    decode_command_line(c, decode_text(c, decode_at(entity, STR("CommandLine"))));
    return true;
}

static yyjson_val *first_entity(yyjson_val *list, str type)
{
    struct json_elements e = json_elements_of(list);
    for (size_t i = 0; i < ENTITIES_MAX && json_take_element(&e); i++) {
        yyjson_val *own = yyjson_obj_get(e.val, "Type");
        if (yyjson_is_str(own) && str_eq_nocase(json_str(own), type))
            return e.val;
    }
    return NULL;
}

static bool need_process(struct decoding *c)
{
    return decode_edr_is_told(c, &c->event->process) ||
           decode_refuse(c, DECODE_DROP_MISSING_KEY, "ProcessId", NULL);
}
