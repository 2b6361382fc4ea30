// Where the values of an ECS document stand. Objects in one another are gone into once each. What
// has a key with a dot in it is walked over, and each path compared with all that are known: that
// costs more, so it is done only where there is such a key.

#include "decode/elastic.h"

#include <stddef.h>

#define PATH_MAX_LEN 64u  // Longer ones are none of ours.
#define DEPTH_MAX    8u   // Nor are deeper ones.

// A path as it is being walked.
struct place {
    char path[PATH_MAX_LEN];
    size_t len;
    unsigned depth;
};

struct known_path {
    str path;
    uint16_t at;  // In struct elastic_record.
};

static bool is_mixed(const struct json_index *document, const struct json_index *process,
                     const struct json_index *host);
static bool has_dots(yyjson_val *object);
static uint64_t dots_in(const char *at, size_t len);
static yyjson_val *get_short(const struct json_index *index, uint32_t mixed, str name);
static void find_event(yyjson_val *object, struct elastic_record *out);
static void find_host(const struct json_index *document, const struct json_index *host,
                      struct elastic_record *out);
static void find_rule(const struct json_index *document, struct elastic_record *out);
static void find_files(const struct json_index *document, struct elastic_record *out);
static void find_network(const struct json_index *document, struct elastic_record *out);
static void find_process(const struct json_index *process, struct elastic_process *out);
static void find_parts(const struct json_index *process, struct elastic_record *out);
static void find_target(const struct json_index *document, struct elastic_record *out);
static void find_signature(yyjson_val *object, struct elastic_signature *out);
static struct elastic_identity identity_of(yyjson_val *object);
static yyjson_val *member(yyjson_val *object, str name);
static void walk(yyjson_val *object, struct place place, struct elastic_record *out);
static void note(const struct place *place, yyjson_val *val, struct elastic_record *out);

#define ROW(name, prefix, member) \
    { STR_INIT(prefix "." #name), offsetof(struct elastic_record, member.name) },
#define ROW_OF(path, member)           { STR_INIT(path), offsetof(struct elastic_record, member) },
#define SIGNATURE_ROWS(prefix, member) ELASTIC_SIGNATURE(ROW, prefix ".code_signature", member)
#define PROCESS_ROWS(prefix, member)          \
    ELASTIC_PROCESS(ROW, prefix, member)      \
    ELASTIC_HASH(ROW, prefix ".hash", member) \
    SIGNATURE_ROWS(prefix, member.signature)

// clang-format off
static const struct known_path known_paths[] = {
    ROW_OF("@timestamp", timestamp)
    ROW_OF("message", message)
    ELASTIC_EVENT(ROW, "event", event)
    ROW_OF("agent.id", agent.id)
    ROW_OF("host.id", host.id)
    ROW_OF("host.name", host.name)
    ROW_OF("host.hostname", host.hostname)
    ELASTIC_OS(ROW, "host.os", os)
    ROW_OF("user.id", user.id)
    ROW_OF("user.name", user.name)
    ROW_OF("rule.id", rule.id)
    ROW_OF("rule.name", rule.name)
    ELASTIC_SIGNAL(ROW, "kibana.alert", signal)
    ROW_OF("kibana.alert.rule.name", signal.name)
    ROW_OF("kibana.alert.rule.uuid", signal.id)
    ELASTIC_SIGNAL(ROW, "signal", signal)  // Before 8.0.
    ROW_OF("signal.rule.name", signal.name)
    ROW_OF("signal.rule.id", signal.id)
    ROW_OF("signal.rule.risk_score", signal.risk_score)
    ROW_OF("file.path", file.path)
    ROW_OF("file.size", file.size)
    ROW_OF("file.Ext.original.path", file.original_path)
    ROW_OF("file.Ext.header_bytes", file.header_bytes)
    ROW_OF("dll.path", dll.path)
    ROW_OF("dll.hash.cdhash", dll.cdhash)
    ROW_OF("dll.Ext.relative_file_creation_time", dll.age)
    SIGNATURE_ROWS("dll", dll.signature)
    ROW_OF("destination.ip", destination.ip)
    ROW_OF("destination.port", destination.port)
    ROW_OF("destination.domain", destination.domain)
    ROW_OF("network.direction", network.direction)
    ROW_OF("Persistence.path", persistence.path)
    ROW_OF("Persistence.executable", persistence.executable)
    ROW_OF("process.Ext.relative_file_creation_time", age)
    ROW_OF("process.Ext.api.name", api.name)
    ELASTIC_API(ROW, "process.Ext.api.parameters", api)
    PROCESS_ROWS("process", process)
    PROCESS_ROWS("process.parent", parent)
    PROCESS_ROWS("Target.process", target)
    ROW_OF("Effective_process.pid", effective.pid)
    ROW_OF("Effective_process.entity_id", effective.entity_id)
    ROW_OF("process.Ext.effective_parent.pid", effective_parent.pid)
    ROW_OF("process.Ext.effective_parent.entity_id", effective_parent.entity_id)
};
// clang-format on

// A member whose name has two letters: behind them stand what became of the quote, and a colon, if
// the writer put no blank before it. Otherwise the object is searched.
#define GET_SHORT(index, name) \
    get_short((index), json_mixed("" name "\0:", sizeof(name) - 1), STR(name))

#define TAKE(name, index, to) to->name = JSON_GET(index, #name);

// As Elasticsearch returns it and as its exports have it: under "_source", or what was asked for of
// it under "fields". Beats write a "fields" of their own beside a document's other keys.
const struct json_index *decode_elastic_document(const struct json_index *record,
                                                 struct json_index *room, bool *is_flat)
{
    *is_flat = false;
    if (JSON_GET(record, "@timestamp") != NULL)
        return record;
    yyjson_val *source = JSON_GET(record, "_source");
    yyjson_val *fields = JSON_GET(record, "fields");
    const bool has_source = yyjson_is_obj(source) && yyjson_obj_size(source) > 0;
    if (!has_source && !yyjson_is_obj(fields))
        return record;
    *is_flat = !has_source;
    json_index_of(has_source ? source : fields, room);
    return room;
}

void decode_elastic_find(const struct json_index *document, bool is_flat,
                         struct elastic_record *out)
{
    struct json_index process;
    struct json_index host;
    json_index_of(JSON_GET(document, "process"), &process);
    json_index_of(JSON_GET(document, "host"), &host);
    memset(out, 0, sizeof *out);
    if (is_flat || is_mixed(document, &process, &host)) {
        walk(document->object, (struct place){ .len = 0 }, out);
        return;
    }

    out->timestamp = JSON_GET(document, "@timestamp");
    out->message = JSON_GET(document, "message");
    find_event(JSON_GET(document, "event"), out);
    find_host(document, &host, out);
    find_rule(document, out);
    find_files(document, out);
    find_network(document, out);
    find_process(&process, &out->process);
    find_parts(&process, out);
    find_target(document, out);
    out->effective = identity_of(JSON_GET(document, "Effective_process"));
}

// An object that is there leaves nothing of its to a key with dots.
static bool is_mixed(const struct json_index *document, const struct json_index *process,
                     const struct json_index *host)
{
    // Elastic Defend itself writes objects; who makes an alert of its event adds keys with dots.
    yyjson_val *kind = yyjson_obj_get(JSON_GET(document, "event"), "kind");
    if (yyjson_is_obj(JSON_GET(document, "data_stream")) && yyjson_equals_str(kind, "event"))
        return false;
    const bool is_whole = JSON_GET(process, "parent") != NULL && JSON_GET(process, "Ext") != NULL &&
                          JSON_GET(process, "hash") != NULL &&
                          JSON_GET(process, "code_signature") != NULL;
    return has_dots(document->object) || (!is_whole && has_dots(process->object)) ||
           (GET_SHORT(host, "os") == NULL && has_dots(host->object));
}

static bool has_dots(yyjson_val *object)
{
    uint64_t found = 0;
    struct json_members m = json_members_of(object);
    while (json_take_member(&m))
        for (size_t i = 0; i < m.key.len; i += sizeof(uint64_t))
            found |= dots_in(m.key.at + i, m.key.len - i);
    return found != 0;
}

// Eight octets at once, of which the first `len` count. They are always there: after the shortest
// key come at least four of the record, and then the zeros behind it. Subtracting a one from an octet
// that is none borrows from its highest bit.
static uint64_t dots_in(const char *at, size_t len)
{
    static const unsigned char masks[8][8] = {
        { 0 },
        { 255 },
        { 255, 255 },
        { 255, 255, 255 },
        { 255, 255, 255, 255 },
        { 255, 255, 255, 255, 255 },
        { 255, 255, 255, 255, 255, 255 },
        { 255, 255, 255, 255, 255, 255, 255 },
    };
    const uint64_t ones = 0x0101010101010101u;
    uint64_t eight;
    uint64_t mask = UINT64_MAX;
    memcpy(&eight, at, sizeof eight);
    if (len < sizeof mask)
        memcpy(&mask, masks[len], sizeof mask);
    const uint64_t x = eight ^ (ones * '.');
    return (x - ones) & ~x & (ones * 0x80) & mask;
}

static yyjson_val *get_short(const struct json_index *index, uint32_t mixed, str name)
{
    const uint32_t slot = mixed >> (32 - JSON_SLOT_BITS);
    yyjson_val *key = (index->taken >> slot & 1) != 0 ? index->keys[slot] : NULL;
    if (key != NULL && str_eq(json_str(key), name))
        return key + 1;
    return yyjson_obj_getn(index->object, name.at, name.len);
}

static void find_event(yyjson_val *object, struct elastic_record *out)
{
    struct json_index event;
    json_index_of(object, &event);
    ELASTIC_EVENT(TAKE, &event, (&out->event))
}

static void find_host(const struct json_index *document, const struct json_index *host,
                      struct elastic_record *out)
{
    struct json_index os;
    out->host.id = GET_SHORT(host, "id");
    out->host.name = JSON_GET(host, "name");
    out->host.hostname = JSON_GET(host, "hostname");
    json_index_of(GET_SHORT(host, "os"), &os);
    ELASTIC_OS(TAKE, &os, (&out->os))
    out->agent.id = member(JSON_GET(document, "agent"), STR("id"));
    yyjson_val *user = JSON_GET(document, "user");
    out->user.id = member(user, STR("id"));
    out->user.name = member(user, STR("name"));
}

// The keys of Kibana's own alerts have dots in them, but may have been taken apart since.
static void find_rule(const struct json_index *document, struct elastic_record *out)
{
    yyjson_val *rule = JSON_GET(document, "rule");
    out->rule.id = member(rule, STR("id"));
    out->rule.name = member(rule, STR("name"));

    const bool is_old = JSON_GET(document, "signal") != NULL;
    yyjson_val *signal =
        is_old ? JSON_GET(document, "signal") : member(JSON_GET(document, "kibana"), STR("alert"));
    if (signal == NULL)
        return;
    struct json_index members;
    json_index_of(signal, &members);
    ELASTIC_SIGNAL(TAKE, &members, (&out->signal))
    rule = JSON_GET(&members, "rule");
    out->signal.name = member(rule, STR("name"));
    out->signal.id = member(rule, is_old ? STR("id") : STR("uuid"));
    if (out->signal.risk_score == NULL)
        out->signal.risk_score = member(rule, STR("risk_score"));
}

static void find_files(const struct json_index *document, struct elastic_record *out)
{
    yyjson_val *file = JSON_GET(document, "file");
    yyjson_val *dll = JSON_GET(document, "dll");
    if (file != NULL) {
        out->file.path = member(file, STR("path"));
        out->file.size = member(file, STR("size"));
        yyjson_val *ext = member(file, STR("Ext"));
        out->file.original_path = member(member(ext, STR("original")), STR("path"));
        out->file.header_bytes = member(ext, STR("header_bytes"));
    }
    if (dll != NULL) {
        out->dll.path = member(dll, STR("path"));
        out->dll.cdhash = member(member(dll, STR("hash")), STR("cdhash"));
        out->dll.age = member(member(dll, STR("Ext")), STR("relative_file_creation_time"));
        find_signature(member(dll, STR("code_signature")), &out->dll.signature);
    }
    out->persistence.path = member(JSON_GET(document, "Persistence"), STR("path"));
    out->persistence.executable = member(JSON_GET(document, "Persistence"), STR("executable"));
}

static void find_network(const struct json_index *document, struct elastic_record *out)
{
    yyjson_val *destination = JSON_GET(document, "destination");
    out->destination.ip = member(destination, STR("ip"));
    out->destination.port = member(destination, STR("port"));
    out->destination.domain = member(destination, STR("domain"));
    out->network.direction = member(JSON_GET(document, "network"), STR("direction"));
}

static void find_target(const struct json_index *document, struct elastic_record *out)
{
    struct json_index target;
    yyjson_val *object = member(JSON_GET(document, "Target"), STR("process"));
    if (object == NULL)
        return;
    json_index_of(object, &target);
    find_process(&target, &out->target);
}

static void find_process(const struct json_index *process, struct elastic_process *out)
{
    ELASTIC_PROCESS(TAKE, process, out)
    yyjson_val *hash = JSON_GET(process, "hash");
    out->sha256 = member(hash, STR("sha256"));
    out->cdhash = member(hash, STR("cdhash"));
    find_signature(JSON_GET(process, "code_signature"), &out->signature);
}

// What belongs to others, and what Elastic adds to the schema.
static void find_parts(const struct json_index *process, struct elastic_record *out)
{
    struct json_index parent;
    struct json_index ext;
    json_index_of(JSON_GET(process, "parent"), &parent);
    if (parent.object != NULL)
        find_process(&parent, &out->parent);

    json_index_of(JSON_GET(process, "Ext"), &ext);
    out->effective_parent = identity_of(JSON_GET(&ext, "effective_parent"));
    out->age = JSON_GET(&ext, "relative_file_creation_time");
    yyjson_val *api = JSON_GET(&ext, "api");
    if (api == NULL)
        return;
    struct json_index parameters;
    out->api.name = member(api, STR("name"));
    json_index_of(member(api, STR("parameters")), &parameters);
    ELASTIC_API(TAKE, &parameters, (&out->api))
}

static void find_signature(yyjson_val *object, struct elastic_signature *out)
{
    struct json_index signature;
    if (object == NULL)
        return;
    json_index_of(object, &signature);
    ELASTIC_SIGNATURE(TAKE, &signature, out)
}

static struct elastic_identity identity_of(yyjson_val *object)
{
    return (struct elastic_identity){ .pid = member(object, STR("pid")),
                                      .entity_id = member(object, STR("entity_id")) };
}

// Of small objects, and of those of which one member is wanted.
static yyjson_val *member(yyjson_val *object, str name)
{
    return object == NULL ? NULL : yyjson_obj_getn(object, name.at, name.len);
}

static void walk(yyjson_val *object, struct place place, struct elastic_record *out)
{
    struct json_members m = json_members_of(object);
    while (json_take_member(&m)) {
        struct place at = place;
        if (at.len + m.key.len + 1 > sizeof at.path)
            continue;
        memcpy(at.path + at.len, m.key.at, m.key.len);
        at.len += m.key.len;
        if (!yyjson_is_obj(m.val)) {
            note(&at, m.val, out);
        } else if (++at.depth < DEPTH_MAX) {
            at.path[at.len++] = '.';
            walk(m.val, at, out);
        }
    }
}

// The first of a path counts.
static void note(const struct place *place, yyjson_val *val, struct elastic_record *out)
{
    const str path = { .at = place->path, .len = place->len };
    for (size_t i = 0; i < COUNT_OF(known_paths); i++) {
        if (!str_eq(known_paths[i].path, path))
            continue;
        yyjson_val **at = (yyjson_val **)(void *)((char *)out + known_paths[i].at);
        if (*at == NULL)
            *at = val;
        return;
    }
}
