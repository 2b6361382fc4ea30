// OCSF's objects: processes, files with their hashes and signatures, users, endpoints.

#include "decode/ocsf.h"

#define HASH_SHA256     3
#define SIGNATURE_VALID 1
#define SIGNATURE_MAX   10
#define NS_PER_MS       1000000

static enum decode_drop read_id(struct decoding *c, yyjson_val *process, struct process_id *out);
static bool take_process(struct decoding *c, yyjson_val *process, const char *where,
                         struct process_facts *out, struct ocsf_file *file);
static int64_t created(struct decoding *c, yyjson_val *object);
static void take_signature(struct process_facts *out, const struct ocsf_file *file);
static void take_attributes(struct decoding *c, yyjson_val *attributes, struct process_facts *out);
static int64_t user_id(struct decoding *c, yyjson_val *user);
static void take_hashes(struct decoding *c, yyjson_val *hashes, struct ocsf_file *out);
static bool is_cdhash(str algorithm);
static void read_signature(struct decoding *c, yyjson_val *signature, struct ocsf_file *out);
static bool is_part_of_macos(struct decoding *c, yyjson_val *certificate);
static str common_name(str subject);
static bool take_digit(char digit, uint64_t *n);

bool decode_ocsf_process(struct decoding *c, yyjson_val *process, const char *where)
{
    struct process_facts *facts = &c->event->process;
    struct ocsf_file file = { .path = STR_EMPTY };
    if (!take_process(c, process, where, facts, &file))
        return false;

    const str name = decode_ocsf_text(c, process, "name");
    if (facts->executable.len == 0)
        decode_set_text(c, FIELD_PROCESS_NAME, name.len > 0 ? name : file.name);
    if (decode_wants_executable_born(c))
        c->event->executable_born_ns = created(c, decode_ocsf_object(c, process, "file"));
    decode_set_text(c, FIELD_PROCESS_HASH_SHA256, file.sha256);
    decode_set_text(c, FIELD_PROCESS_WORKING_DIRECTORY,
                    decode_ocsf_text(c, process, "working_directory"));
    decode_set_text(c, FIELD_USER_NAME,
                    decode_ocsf_text(c, decode_ocsf_object(c, process, "user"), "name"));
    decode_command_line(c, decode_ocsf_text(c, process, "cmd_line"));
    return true;
}

bool decode_ocsf_target(struct decoding *c, yyjson_val *process, const char *where)
{
    struct process_facts *facts = &c->event->target;
    struct ocsf_file file = { .path = STR_EMPTY };
    if (!take_process(c, process, where, facts, &file))
        return false;
    const str name = decode_ocsf_text(c, process, "name");
    if (facts->executable.len == 0)
        decode_set_text(c, FIELD_TARGET_NAME, name.len > 0 ? name : file.name);
    return true;
}

void decode_ocsf_previous(struct decoding *c, yyjson_val *process, struct process_facts *out)
{
    struct process_id id = PROCESS_ID_NONE;
    struct ocsf_file file = { .path = STR_EMPTY };
    if (yyjson_is_obj(process) && read_id(c, process, &id) == DECODE_KEPT)
        (void)take_process(c, process, "actor.process", out, &file);
}

struct process_id decode_ocsf_process_id(struct decoding *c, yyjson_val *process)
{
    struct process_id id = PROCESS_ID_NONE;
    if (!yyjson_is_obj(process) || read_id(c, process, &id) != DECODE_KEPT)
        return PROCESS_ID_NONE;
    return id;
}

bool decode_ocsf_is_named(struct decoding *c, yyjson_val *process)
{
    const struct process_id id = decode_ocsf_process_id(c, process);
    return id.pid >= 0 || id.entity.len > 0;
}

bool decode_ocsf_is_same(struct decoding *c, yyjson_val *a, yyjson_val *b)
{
    const struct process_id one = decode_ocsf_process_id(c, a);
    const struct process_id other = decode_ocsf_process_id(c, b);
    if (one.entity.len > 0 && other.entity.len > 0)
        return str_eq(one.entity, other.entity);
    return one.pid >= 0 && one.pid == other.pid;
}

static bool take_process(struct decoding *c, yyjson_val *process, const char *where,
                         struct process_facts *out, struct ocsf_file *file)
{
    if (process == NULL || yyjson_is_null(process))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, NULL);
    if (!yyjson_is_obj(process))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, where, NULL);
    const enum decode_drop drop = read_id(c, process, &out->id);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, where, "pid");

    out->present = true;
    out->parent = decode_ocsf_process_id(c, decode_ocsf_object(c, process, "parent_process"));
    out->euid = user_id(c, decode_ocsf_object(c, process, "user"));
    decode_ocsf_file(c, decode_ocsf_object(c, process, "file"), file);
    // From 1.4 on a process has a path of its own.
    out->executable = file->path.len > 0 ? file->path : decode_ocsf_text(c, process, "path");
    take_signature(out, file);
    take_attributes(c, decode_ocsf_object(c, process, "xattributes"), out);
    return true;
}

// The schema asks for one of the two.
static enum decode_drop read_id(struct decoding *c, yyjson_val *process, struct process_id *out)
{
    yyjson_val *pid = yyjson_obj_get(process, "pid");
    out->entity = decode_ocsf_text(c, process, "uid");
    out->pid = decode_ocsf_int(c, pid, INT32_MAX);
    out->start_ns = created(c, process);
    if (out->pid >= 0 || out->entity.len > 0)
        return DECODE_KEPT;
    int64_t n;
    const enum decode_drop drop = decode_int(pid, 0, INT32_MAX, &n);
    return drop == DECODE_KEPT ? DECODE_DROP_WRONG_TYPE : drop;
}

// When a process or a file came to be; 0 where that is not told.
static int64_t created(struct decoding *c, yyjson_val *object)
{
    int64_t ns;
    yyjson_val *date = yyjson_obj_get(object, "created_time_dt");
    yyjson_val *epoch = yyjson_obj_get(object, "created_time");
    if (yyjson_is_str(date) && decode_time_loose(json_str(date), &ns))
        return ns;
    if (epoch == NULL || yyjson_is_null(epoch))
        return 0;
    if (decode_epoch(epoch, NS_PER_MS, &ns))
        return ns;
    c->is_value_odd = true;
    return 0;
}

static void take_signature(struct process_facts *out, const struct ocsf_file *file)
{
    out->cdhash = file->cdhash;
    out->team_id = file->team_id;
    out->is_platform = file->is_platform;
    out->cs_told = file->is_signature_told;
    if (file->is_signature_told)
        out->cs_flags = CS_SIGNED | (file->is_valid ? CS_VALID : 0);
}

// What the schema has no place for, by the names that Endpoint Security gives it.
static void take_attributes(struct decoding *c, yyjson_val *attributes, struct process_facts *out)
{
    const str cdhash = decode_ocsf_text(c, attributes, "cdhash");
    const str team_id = decode_ocsf_text(c, attributes, "team_id");
    const int64_t flags =
        decode_ocsf_int(c, yyjson_obj_get(attributes, "codesigning_flags"), UINT32_MAX);
    out->signing_id = decode_ocsf_text(c, attributes, "signing_id");
    if (cdhash.len > 0)
        out->cdhash = cdhash;
    if (team_id.len > 0)
        out->team_id = team_id;
    if (yyjson_is_true(yyjson_obj_get(attributes, "is_platform_binary")))
        out->is_platform = true;
    if (flags < 0)
        return;
    out->cs_told = true;
    out->cs_flags = (uint32_t)flags;
}

void decode_ocsf_user(struct decoding *c, yyjson_val *user)
{
    if (c->event->process.euid < 0)
        c->event->process.euid = user_id(c, user);
    if (c->event->slots[FIELD_USER_NAME].type == VALUE_MISSING)
        decode_set_text(c, FIELD_USER_NAME, decode_ocsf_text(c, user, "name"));
}

// Text in the schema, and elsewhere than on Unix no number; such a one is nothing wrong.
static int64_t user_id(struct decoding *c, yyjson_val *user)
{
    int64_t n;
    yyjson_val *uid = yyjson_obj_get(user, "uid");
    if (!yyjson_is_str(uid))
        return decode_ocsf_int(c, uid, UINT32_MAX);
    return str_to_i64(json_str(uid), &n) && n >= 0 && n <= UINT32_MAX ? n : -1;
}

void decode_ocsf_file(struct decoding *c, yyjson_val *file, struct ocsf_file *out)
{
    *out = (struct ocsf_file){
        .path = decode_ocsf_text(c, file, "path"),
        .name = decode_ocsf_text(c, file, "name"),
    };
    take_hashes(c, yyjson_obj_get(file, "hashes"), out);
    read_signature(c, decode_ocsf_object(c, file, "signature"), out);
    // "Part of the operating system"; only with a signature that says so too is it believed.
    if (out->is_valid && yyjson_is_true(yyjson_obj_get(file, "is_system")))
        out->is_platform = true;
}

static void take_hashes(struct decoding *c, yyjson_val *hashes, struct ocsf_file *out)
{
    c->is_value_odd |= hashes != NULL && !yyjson_is_null(hashes) && !yyjson_is_arr(hashes);
    struct json_elements e = json_elements_of(hashes);
    while (json_take_element(&e)) {
        const int64_t id = decode_ocsf_int(c, yyjson_obj_get(e.val, "algorithm_id"), INT32_MAX);
        const str algorithm = decode_ocsf_text(c, e.val, "algorithm");
        const str value = decode_ocsf_text(c, e.val, "value");
        if (is_cdhash(algorithm))
            out->cdhash = value;
        else if (id == HASH_SHA256 || str_eq_nocase(algorithm, STR("SHA-256")))
            out->sha256 = value;
    }
}

// Its own name is the only mark: it is a SHA-256 that is cut, and no hash of the file.
static bool is_cdhash(str algorithm)
{
    return str_eq_nocase(algorithm, STR("cdhash"));
}

static void read_signature(struct decoding *c, yyjson_val *signature, struct ocsf_file *out)
{
    yyjson_val *digest = decode_ocsf_object(c, signature, "digest");
    const int64_t state = decode_ocsf_int(c, yyjson_obj_get(signature, "state_id"), INT32_MAX);
    const bool is_named_valid =
        str_eq_nocase(decode_ocsf_text(c, signature, "state"), STR("Valid"));

    out->team_id = decode_ocsf_text(c, signature, "developer_uid");
    if (is_cdhash(decode_ocsf_text(c, digest, "algorithm")))
        out->cdhash = decode_ocsf_text(c, digest, "value");
    // A number that is none of the schema's leaves it to the name.
    const bool has_state = state >= SIGNATURE_VALID && state <= SIGNATURE_MAX;
    out->is_signature_told = has_state || is_named_valid;
    out->is_valid = has_state ? state == SIGNATURE_VALID : is_named_valid;
    out->is_platform =
        out->is_valid && is_part_of_macos(c, decode_ocsf_object(c, signature, "certificate"));
}

// Apple signs what is part of macOS with a certificate of this name, as codesign(1) shows it, and
// nothing else; its own applications from the App Store have another.
static bool is_part_of_macos(struct decoding *c, yyjson_val *certificate)
{
    return str_eq(common_name(decode_ocsf_text(c, certificate, "subject")),
                  STR("Software Signing")) &&
           str_eq(common_name(decode_ocsf_text(c, certificate, "issuer")),
                  STR("Apple Code Signing Certification Authority"));
}

// "CN=Software Signing, O=Apple Inc., C=US", or the name alone.
static str common_name(str subject)
{
    const size_t at = str_find(subject, STR("CN="));
    if (at == subject.len)
        return subject;
    const str rest = str_from(subject, at + 3);
    const str name = str_to(rest, str_find_char(rest, ','));
    return str_to(name, str_find_char(name, '/'));
}

void decode_ocsf_module(struct decoding *c, yyjson_val *module)
{
    struct ocsf_file file;
    decode_ocsf_file(c, decode_ocsf_object(c, module, "file"), &file);
    decode_set_library(c, file.path);
    if (file.path.len == 0)
        decode_set_text(c, FIELD_DLL_NAME, file.name);
    decode_set_text(c, FIELD_DLL_TEAM_ID, file.team_id);
    decode_set_text(c, FIELD_DLL_HASH_CDHASH, file.cdhash);
    decode_set(c, FIELD_API_ADDRESS,
               decode_ocsf_address(c, yyjson_obj_get(module, "base_address")));
    if (file.is_signature_told)
        c->event->library = (struct library_facts){ .told = true,
                                                    .is_signed = file.is_valid,
                                                    .is_platform = file.is_platform };
    if (decode_wants_library_born(c))
        c->event->library.born_ns = created(c, decode_ocsf_object(c, module, "file"));
}

void decode_ocsf_endpoint(struct decoding *c, yyjson_val *endpoint)
{
    const int64_t port = decode_ocsf_int(c, yyjson_obj_get(endpoint, "port"), UINT16_MAX);
    const str hostname = decode_ocsf_text(c, endpoint, "hostname");
    decode_set_text(c, FIELD_DESTINATION_IP, decode_ocsf_text(c, endpoint, "ip"));
    decode_set_text(c, FIELD_DESTINATION_DOMAIN,
                    hostname.len > 0 ? hostname : decode_ocsf_text(c, endpoint, "domain"));
    if (port >= 0)
        decode_set(c, FIELD_DESTINATION_PORT, value_of_int(port));
}

str decode_ocsf_text(struct decoding *c, yyjson_val *object, const char *name)
{
    yyjson_val *val = yyjson_obj_get(object, name);
    c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val);
    return decode_text(c, val);
}

yyjson_val *decode_ocsf_object(struct decoding *c, yyjson_val *object, const char *name)
{
    yyjson_val *val = yyjson_obj_get(object, name);
    c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_obj(val);
    return yyjson_is_obj(val) ? val : NULL;
}

int64_t decode_ocsf_int(struct decoding *c, yyjson_val *val, int64_t max)
{
    int64_t n;
    if (val == NULL || yyjson_is_null(val))
        return -1;
    if (yyjson_is_str(val) && str_to_i64(json_str(val), &n) && n >= 0 && n <= max)
        return n;
    n = decode_int_or_none(val, max);
    c->is_value_odd |= n < 0;
    return n;
}

// Text in the schema, decimal or as "0x7ff8"; some write the number.
struct value decode_ocsf_address(struct decoding *c, yyjson_val *val)
{
    const str text = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    const bool is_hex = str_starts_with(text, STR("0x")) || str_starts_with(text, STR("0X"));
    uint64_t n = 0;
    bool is_number = false;
    if (!yyjson_is_str(val)) {
        const struct value number = decode_number(val);
        c->is_value_odd |= val != NULL && !yyjson_is_null(val) && number.type == VALUE_MISSING;
        return number;
    }
    if (is_hex && text.len > 2 && text.len <= 18) {
        is_number = true;
        for (size_t i = 2; i < text.len; i++)
            is_number &= take_digit(text.at[i], &n);
    } else {
        is_number = str_to_u64(text, &n);
    }
    c->is_value_odd |= !is_number && text.len > 0;
    if (!is_number)
        return (struct value){ .type = VALUE_MISSING };
    return n > INT64_MAX ? value_of_float((double)n) : value_of_int((int64_t)n);
}

static bool take_digit(char digit, uint64_t *n)
{
    const char lower = (char)(digit | 0x20);
    const bool is_letter = lower >= 'a' && lower <= 'f';
    if (!is_letter && (digit < '0' || digit > '9'))
        return false;
    *n = *n << 4 | (uint64_t)(is_letter ? lower - 'a' + 10 : digit - '0');
    return true;
}
