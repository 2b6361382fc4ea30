// What an ECS document is about: by event.action, which is the producer's own word, and where that
// is unknown by event.category and event.type, whose words are the schema's.

#include "decode/elastic.h"

struct word {
    str word;
    enum action action;   // ACTION_COUNT: known, and nothing to us.
    uint32_t categories;  // A word of these alone; 0: of any.
};

// What event.type says where event.action does not.
struct meaning {
    uint32_t category;
    str type;
    enum action action;
};

// What event.category says.
struct categories {
    uint32_t ours;
    bool is_schemas;  // One that the schema has and that is nothing to us.
    str strange;      // One that the schema does not have.
};

static bool is_alert(struct decoding *c, const struct elastic_record *r);
static struct categories categories_of(yyjson_val *val);
static bool is_schemas(str category);
static bool find_action(yyjson_val *val, uint32_t categories, enum action *out, str *out_unknown);
static const struct word *find_word(str text, uint32_t categories);
static bool is_defends(struct decoding *c, const struct elastic_record *r);
static bool find_meaning(struct decoding *c, const struct elastic_record *r, uint32_t categories,
                         enum action *out);
static bool has_type(const struct elastic_record *r, str type);

#define ANY        0
#define OF_PROCESS (CATEGORY_PROCESS | CATEGORY_API)
#define OF_LIBRARY CATEGORY_LIBRARY
#define OF_FILE    CATEGORY_FILE
#define OF_NETWORK CATEGORY_NETWORK

// Elastic Defend's words first, in the order of how often they come; then those of Auditbeat and of
// other sensors' events as Elastic's integrations write them. What is missing here and is a name of
// ours is found as well.
static const struct word words[] = {
    { STR_INIT("load"), ACTION_LOAD, OF_LIBRARY },
    { STR_INIT("exec"), ACTION_EXEC, ANY },
    { STR_INIT("fork"), ACTION_FORK, ANY },
    { STR_INIT("end"), ACTION_END, OF_PROCESS },
    { STR_INIT("modification"), ACTION_MODIFICATION, OF_FILE },
    { STR_INIT("creation"), ACTION_CREATION, OF_FILE },
    { STR_INIT("deletion"), ACTION_DELETION, OF_FILE },
    { STR_INIT("rename"), ACTION_RENAME, OF_FILE },
    { STR_INIT("open"), ACTION_OPEN, OF_FILE },
    { STR_INIT("overwrite"), ACTION_MODIFICATION, OF_FILE },
    { STR_INIT("connection_attempted"), ACTION_CONNECT, ANY },
    { STR_INIT("connection_accepted"), ACTION_ACCEPT, ANY },
    { STR_INIT("disconnect_received"), ACTION_COUNT, ANY },
    { STR_INIT("lookup_requested"), ACTION_COUNT, ANY },
    { STR_INIT("lookup_result"), ACTION_COUNT, ANY },
    { STR_INIT("remote_thread"), ACTION_REMOTE_THREAD, ANY },
    { STR_INIT("process_open"), ACTION_PROCESS_OPEN, ANY },
    { STR_INIT("launch_daemon"), ACTION_LAUNCH_ITEM_ADD, ANY },
    { STR_INIT("gatekeeper_override"), ACTION_GATEKEEPER_OVERRIDE, ANY },
    { STR_INIT("tcc_modify"), ACTION_TCC_MODIFY, ANY },
    // It tells of a process, but of nothing that happened.
    { STR_INIT("already_running"), ACTION_COUNT, ANY },
    { STR_INIT("extended_attributes_delete"), ACTION_COUNT, ANY },
    { STR_INIT("endpoint_unquarantine"), ACTION_COUNT, ANY },
    { STR_INIT("mount"), ACTION_COUNT, ANY },
    { STR_INIT("unmount"), ACTION_COUNT, ANY },
    { STR_INIT("gid_change"), ACTION_COUNT, ANY },
    { STR_INIT("session_id_change"), ACTION_COUNT, ANY },
    { STR_INIT("text_output"), ACTION_COUNT, ANY },
    { STR_INIT("uid_change"), ACTION_SETUID, ANY },
    { STR_INIT("ptrace"), ACTION_TRACE, ANY },

    { STR_INIT("process_started"), ACTION_EXEC, ANY },
    { STR_INIT("process_stopped"), ACTION_END, ANY },
    { STR_INIT("existing_process"), ACTION_COUNT, ANY },
    { STR_INIT("process_error"), ACTION_COUNT, ANY },
    { STR_INIT("created"), ACTION_CREATION, OF_FILE },
    { STR_INIT("updated"), ACTION_MODIFICATION, OF_FILE },
    { STR_INIT("deleted"), ACTION_DELETION, OF_FILE },
    { STR_INIT("moved"), ACTION_RENAME, OF_FILE },
    { STR_INIT("attributes_modified"), ACTION_COUNT, OF_FILE },
    { STR_INIT("initial_scan"), ACTION_COUNT, OF_FILE },
    { STR_INIT("network_flow"), ACTION_COUNT, ANY },

    { STR_INIT("start"), ACTION_EXEC, OF_PROCESS },
    { STR_INIT("exit"), ACTION_END, OF_PROCESS },
    { STR_INIT("stop"), ACTION_END, OF_PROCESS },
    { STR_INIT("create"), ACTION_CREATION, OF_FILE },
    { STR_INIT("unlink"), ACTION_DELETION, OF_FILE },
    { STR_INIT("delete"), ACTION_DELETION, OF_FILE },
    { STR_INIT("modify"), ACTION_MODIFICATION, OF_FILE },
    { STR_INIT("get_task"), ACTION_PROCESS_OPEN, ANY },
    { STR_INIT("get_task_read"), ACTION_PROCESS_OPEN, ANY },
    { STR_INIT("task_for_pid"), ACTION_PROCESS_OPEN, ANY },
    { STR_INIT("remote_thread_create"), ACTION_REMOTE_THREAD, ANY },
    { STR_INIT("cs_invalidate"), ACTION_CS_INVALIDATED, ANY },
};

static const struct meaning meanings[] = {
    { CATEGORY_PROCESS, STR_INIT("start"), ACTION_EXEC },
    { CATEGORY_PROCESS, STR_INIT("end"), ACTION_END },
    { CATEGORY_LIBRARY, STR_INIT("start"), ACTION_LOAD },
    { CATEGORY_FILE, STR_INIT("creation"), ACTION_CREATION },
    { CATEGORY_FILE, STR_INIT("deletion"), ACTION_DELETION },
    { CATEGORY_FILE, STR_INIT("change"), ACTION_MODIFICATION },
    { CATEGORY_FILE, STR_INIT("access"), ACTION_OPEN },
};

bool decode_elastic_action(struct decoding *c, const struct elastic_record *r, enum action *out)
{
    str unknown = STR_EMPTY;
    *out = ACTION_ALERT;
    if (is_alert(c, r))
        return true;

    *out = ACTION_COUNT;
    const struct categories given = categories_of(r->event.category);
    if (find_action(r->event.action, given.ours, out, &unknown) ||
        find_action(r->api.name, given.ours, out, &(str){ .len = 0 }) ||
        (!(unknown.len > 0 && is_defends(c, r)) && find_meaning(c, r, given.ours, out)))
        return *out != ACTION_COUNT ||
               decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);

    // What the schema has and nobody looks for may have any action.
    c->unknown_event = given.ours != 0 || !given.is_schemas ? unknown : STR_EMPTY;
    if (given.strange.len > 0 && given.ours == 0)
        c->unknown_event = given.strange;
    return c->unknown_event.len > 0
               ? decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known",
                               NULL)
               : decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
}

// "signal" is what the detection engine makes of an event, of which the rest is a copy.
static bool is_alert(struct decoding *c, const struct elastic_record *r)
{
    const str kind = decode_elastic_text(c, r->event.kind);
    return str_eq(kind, STR("alert")) || str_eq(kind, STR("signal")) || r->signal.name != NULL;
}

static struct categories categories_of(yyjson_val *val)
{
    struct categories given = { .ours = 0 };
    for (struct json_elements e = decode_elastic_each(val); json_take_element(&e);) {
        if (!yyjson_is_str(e.val) || yyjson_get_len(e.val) == 0)
            continue;
        const str name = json_str(e.val);
        const uint32_t bit = category_of(name);
        if (bit != 0 && bit != CATEGORY_ALERT && bit != CATEGORY_ANY)
            given.ours |= bit;
        else if (is_schemas(name))
            given.is_schemas = true;
        else
            given.strange = name;
    }
    return given;
}

// The allowed values of event.category that are not ours, up to ECS 9.
static bool is_schemas(str category)
{
    static const str names[] = {
        STR_INIT("authentication"), STR_INIT("database"), STR_INIT("driver"),
        STR_INIT("email"),          STR_INIT("host"),     STR_INIT("iam"),
        STR_INIT("malware"),        STR_INIT("package"),  STR_INIT("intrusion_detection"),
        STR_INIT("registry"),       STR_INIT("session"),  STR_INIT("threat"),
        STR_INIT("vulnerability"),  STR_INIT("web"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(names[i], category))
            return true;
    return false;
}

// The first action that is known; one that is looked for before one that is not. `out_unknown` is
// the first of the others.
static bool find_action(yyjson_val *val, uint32_t categories, enum action *out, str *out_unknown)
{
    bool is_known = false;
    for (struct json_elements e = decode_elastic_each(val); json_take_element(&e);) {
        if (!yyjson_is_str(e.val) || yyjson_get_len(e.val) == 0)
            continue;
        const str text = json_str(e.val);
        const struct word *word = find_word(text, categories);
        enum action action = word != NULL ? word->action : action_of(text);
        const bool is_ours =
            word == NULL && action < ACTION_ALERT &&
            (categories == 0 || (action_traits[action].categories & categories) != 0);
        if ((word != NULL && action != ACTION_COUNT) || is_ours) {
            *out = action;
            return true;
        }
        if (word != NULL) {
            is_known = true;
            *out = ACTION_COUNT;
        } else if (out_unknown->len == 0) {
            *out_unknown = text;
        }
    }
    return is_known;
}

static const struct word *find_word(str text, uint32_t categories)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq(words[i].word, text) && (words[i].categories == ANY || categories == 0 ||
                                            (words[i].categories & categories) != 0))
            return &words[i];
    return NULL;
}

// Elastic Defend has a word for all that it tells, so an unknown one is something new.
static bool is_defends(struct decoding *c, const struct elastic_record *r)
{
    return str_starts_with(decode_elastic_text(c, r->event.dataset), STR("endpoint."));
}

// What the schema's own words mean. Metrics, states and assets tell what is, not what happened.
static bool find_meaning(struct decoding *c, const struct elastic_record *r, uint32_t categories,
                         enum action *out)
{
    const str kind = decode_elastic_text(c, r->event.kind);
    if (kind.len > 0 && !str_eq(kind, STR("event")))
        return true;
    for (size_t i = 0; i < COUNT_OF(meanings); i++)
        if ((meanings[i].category & categories) != 0 && has_type(r, meanings[i].type)) {
            *out = meanings[i].action;
            return true;
        }
    if ((categories & CATEGORY_NETWORK) == 0 || !has_type(r, STR("start")))
        return false;
    // Only its direction says who began a connection.
    const str direction = decode_elastic_text(c, r->network.direction);
    if (str_eq(direction, STR("egress")) || str_eq(direction, STR("outbound")))
        *out = ACTION_CONNECT;
    else if (str_eq(direction, STR("ingress")) || str_eq(direction, STR("inbound")))
        *out = ACTION_ACCEPT;
    return true;
}

static bool has_type(const struct elastic_record *r, str type)
{
    for (struct json_elements e = decode_elastic_each(r->event.type); json_take_element(&e);)
        if (yyjson_is_str(e.val) && str_eq(json_str(e.val), type))
            return true;
    return false;
}
