#include "decode/edr.h"

#include "event/host.h"

#define TEAM_LEN   10u
#define SHA256_LEN 64u

static bool is_name_at_end(str folder, str name);
static bool is_hex(char c);

bool decode_edr_is_told(struct decoding *c, struct process_facts *process)
{
    int64_t *const pids[] = { &process->id.pid, &process->parent.pid };
    for (size_t i = 0; i < COUNT_OF(pids); i++) {
        c->is_value_odd |= *pids[i] < -1 || *pids[i] > INT32_MAX;
        if (*pids[i] <= 0 || *pids[i] > INT32_MAX)
            *pids[i] = -1;
    }
    if (process->euid < -1 || process->euid > UINT32_MAX) {
        c->is_value_odd = true;
        process->euid = -1;
    }
    process->present = process->id.pid > 0 || process->id.entity.len > 0;
    return process->present;
}

void decode_edr_set_host(struct decoding *c, str id, str name)
{
    if (c->event->host_told.kind != HOST_NOT_TOLD)
        return;
    const bool is_id = id.len > 0 && id.len <= HOST_TEXT_MAX;
    const bool is_name = name.len > 0 && name.len <= HOST_TEXT_MAX;
    c->is_value_odd |= id.len > HOST_TEXT_MAX || name.len > HOST_TEXT_MAX;
    c->event->host_told.id = is_id ? id : STR_EMPTY;
    c->event->host_told.name = is_name ? name : STR_EMPTY;
    if (is_id || is_name)
        c->event->host_told.kind = is_id ? HOST_BY_SENSOR : HOST_BY_NAME;
}

str decode_edr_entity(struct decoding *c, yyjson_val *val)
{
    if (yyjson_is_uint(val) && yyjson_get_uint(val) > 0)
        return arena_printf(&c->batch->arena, "%llu", (unsigned long long)yyjson_get_uint(val));
    const str text = decode_text(c, val);
    c->is_value_odd |=
        val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val) && !yyjson_is_uint(val);
    return str_eq(text, STR("0")) || str_eq(text, STR("-")) ? STR_EMPTY : text;
}

bool decode_edr_time(yyjson_val *val, int64_t unit_ns, int64_t *out_ns)
{
    return decode_epoch(val, unit_ns, out_ns) ||
           (yyjson_is_str(val) && decode_time_loose(json_str(val), out_ns));
}

str decode_edr_path(struct decoding *c, str folder, str name)
{
    if (folder.len == 0 || name.len == 0 || is_name_at_end(folder, name))
        return folder;
    while (folder.len > 0 && folder.at[folder.len - 1] == '/')
        folder.len--;
    const size_t len = folder.len + 1 + name.len;
    char *path = arena_alloc(&c->batch->arena, len);
    if (folder.len > 0)
        memcpy(path, folder.at, folder.len);
    path[folder.len] = '/';
    memcpy(path + folder.len + 1, name.at, name.len);
    c->is_text_cut |= len > DECODE_TEXT_MAX;
    return str_to((str){ .at = path, .len = len }, DECODE_TEXT_MAX);
}

// One of the two may have lost its capitals.
static bool is_name_at_end(str folder, str name)
{
    if (folder.len < name.len)
        return false;
    const size_t at = folder.len - name.len;
    return str_eq_nocase(str_from(folder, at), name) && (at == 0 || folder.at[at - 1] == '/');
}

bool decode_edr_is_windows(str path)
{
    const bool has_drive =
        path.len >= 3 && path.at[1] == ':' && path.at[2] == '\\' &&
        ((path.at[0] >= 'A' && path.at[0] <= 'Z') || (path.at[0] >= 'a' && path.at[0] <= 'z'));
    return has_drive || (path.len > 0 && path.at[0] == '\\');
}

bool decode_edr_is_of_system(str path)
{
    static const str places[] = { STR_INIT("/System/"), STR_INIT("/usr/"), STR_INIT("/bin/"),
                                  STR_INIT("/sbin/") };
    const str local = STR("/usr/local/");
    const str data = STR("/System/Volumes/");
    if (str_eq_nocase(str_to(path, local.len), local) ||
        str_eq_nocase(str_to(path, data.len), data))
        return false;
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (str_eq_nocase(str_to(path, places[i].len), places[i]))
            return true;
    return false;
}

bool decode_edr_is_team(str text)
{
    if (text.len != TEAM_LEN)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char ch = text.at[i];
        if (!(ch >= '0' && ch <= '9') && !(ch >= 'A' && ch <= 'Z'))
            return false;
    }
    return true;
}

void decode_edr_set_sha256(struct decoding *c, str text)
{
    bool is_hash = text.len == SHA256_LEN;
    bool is_zero = true;
    for (size_t i = 0; is_hash && i < text.len; i++) {
        is_hash = is_hex(text.at[i]);
        is_zero &= text.at[i] == '0';
    }
    if (is_hash && !is_zero)
        decode_set_text(c, FIELD_PROCESS_HASH_SHA256, text);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

void decode_edr_set_parent(struct decoding *c, str path)
{
    decode_set_text(c, FIELD_PARENT_EXECUTABLE, path);
    decode_set_text(c, FIELD_PARENT_NAME, str_base_name(path));
}

yyjson_val *decode_edr_parse(struct decoding *c, yyjson_val *val, char *pool)
{
    yyjson_alc alc;
    if (yyjson_is_ctn(val))
        return val;
    const str text = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    if (text.len == 0 || !yyjson_alc_pool_init(&alc, pool, EDR_POOL_SIZE))
        return NULL;
    // The copy is what its texts are borrowed from.
    char *copy = text.len > DECODE_TEXT_MAX
                     ? NULL
                     : arena_zalloc(&c->batch->arena, text.len + YYJSON_PADDING_SIZE);
    if (copy != NULL)
        memcpy(copy, text.at, text.len);
    yyjson_doc *doc =
        copy == NULL
            ? NULL
            : yyjson_read_opts(copy, text.len,
                               YYJSON_READ_INSITU | YYJSON_READ_ALLOW_INVALID_UNICODE, &alc, NULL);
    yyjson_val *root = yyjson_doc_get_root(doc);
    c->is_value_odd |= !yyjson_is_ctn(root);
    return yyjson_is_ctn(root) ? root : NULL;
}
