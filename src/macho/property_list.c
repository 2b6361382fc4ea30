#include "macho/property_list.h"

static size_t count_containers(str xml);
static size_t count_of(str text, str needle);

enum status property_list_read(bytes xml, const char *what, size_t containers_max, plist_t *out,
                               struct err *err)
{
    const str text = str_of_bytes(xml);
    plist_t root = NULL;
    if (xml.len > PROPERTY_LIST_BYTES_MAX)
        return fail(err, ERR_LIMIT, "%s of %zu octets; at most %u are read", what, xml.len,
                    PROPERTY_LIST_BYTES_MAX);
    const size_t containers = count_containers(text);
    if (containers > containers_max)
        return fail(err, ERR_LIMIT, "%zu dictionaries and arrays in the %s; at most %zu are read",
                    containers, what, containers_max);
    const size_t escapes = count_of(text, STR("&"));
    if (escapes > PROPERTY_LIST_ESCAPES_MAX)
        return fail(err, ERR_LIMIT, "%zu escapes in the %s; at most %u are read", escapes, what,
                    PROPERTY_LIST_ESCAPES_MAX);
    plist_from_xml(text.at, (uint32_t)text.len, &root);
    if (root == NULL || plist_get_node_type(root) != PLIST_DICT) {
        plist_free(root);
        return fail(err, ERR_FORMAT, "%s of %zu octets are not a property list with a dictionary",
                    what, xml.len);
    }
    *out = root;
    return OK;
}

// At least as many as the parser will find, whatever is written between the tags.
static size_t count_containers(str xml)
{
    return count_of(xml, STR("<dict")) + count_of(xml, STR("<array"));
}

static size_t count_of(str text, str needle)
{
    size_t count = 0;
    for (str rest = text;;) {
        const size_t at = str_find(rest, needle);
        if (at == rest.len)
            return count;
        count++;
        rest = str_from(rest, at + needle.len);
    }
}
