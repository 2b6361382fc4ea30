#include "macho/xml.h"

#define COMMENT STR("<!--")

static bool is_utf8(str declaration);
static void take_document_type(struct xml *xml);
static void skip_blank(struct xml *xml);
static void skip_space(struct xml *xml);
static void skip_comment(struct xml *xml);
static const char *oddity_of(str markup);
static str take_name(struct xml *xml);
static str unescape(struct xml *xml, str text);

void xml_begin(struct xml *xml)
{
    // Some tools count the NUL that ends the text.
    while (xml->rest.len > 0 && xml->rest.at[xml->rest.len - 1] == '\0')
        xml->rest.len--;
    skip_space(xml);
    if (str_starts_with(xml->rest, STR("<?xml"))) {
        const size_t end = str_find(xml->rest, STR("?>"));
        if (!is_utf8(str_to(xml->rest, end)))
            xml_refuse(xml, "an encoding that is not UTF-8");
        xml->rest = str_from(xml->rest, end + 2);
    }
    skip_blank(xml);
    if (str_starts_with(xml->rest, STR("<!DOCTYPE")))
        take_document_type(xml);
}

static bool is_utf8(str declaration)
{
    const str word = STR("encoding=");
    const size_t at = str_find(declaration, word);
    if (str_find_char(declaration, '>') != declaration.len)
        return false;
    if (at == declaration.len)
        return true;
    const str value = str_from(declaration, at + word.len);
    return str_starts_with(value, STR("\"UTF-8\"")) || str_starts_with(value, STR("\"utf-8\"")) ||
           str_starts_with(value, STR("'UTF-8'")) || str_starts_with(value, STR("'utf-8'"));
}

// Of one that declares entities, or has a '>' in quotes, parsers see different ends.
static void take_document_type(struct xml *xml)
{
    const size_t end = str_find_char(xml->rest, '>');
    const str type = str_to(xml->rest, end);
    size_t quotes = 0;
    for (size_t i = 0; i < type.len; i++)
        quotes += type.at[i] == '"';
    if (end == xml->rest.len || quotes % 2 != 0 || str_find_char(type, '[') != type.len ||
        str_find_char(type, '\'') != type.len ||
        str_find_char(str_from(type, 1), '<') + 1 != type.len)
        xml_refuse(xml, "a document type of their own");
    else
        xml->rest = str_from(xml->rest, end + 1);
}

void xml_end(struct xml *xml)
{
    for (;;) {
        skip_blank(xml);
        if (xml->failed || xml->rest.len == 0)
            return;
        const struct xml_tag tag = xml_take_tag(xml);
        if (!tag.is_end)
            xml_refuse(xml, "something behind the property list");
    }
}

struct xml_tag xml_take_tag(struct xml *xml)
{
    struct xml_tag tag = { .is_end = false };
    skip_blank(xml);
    const char *oddity = oddity_of(xml->rest);
    if (oddity != NULL)
        xml_refuse(xml, oddity);
    if (!str_starts_with(xml->rest, STR("<"))) {
        xml_fail(xml);
        return tag;
    }
    tag.is_end = str_starts_with(xml->rest, STR("</"));
    xml->rest = str_from(xml->rest, tag.is_end ? 2 : 1);
    tag.name = take_name(xml);
    skip_space(xml);
    if (str_eq(tag.name, STR("plist")) && !tag.is_end)
        xml->rest = str_from(xml->rest, str_find_char(xml->rest, '>'));
    tag.is_empty = !tag.is_end && str_starts_with(xml->rest, STR("/"));
    xml->rest = str_from(xml->rest, tag.is_empty ? 1 : 0);
    if (tag.name.len == 0 || xml->rest.len == 0)
        xml_fail(xml);
    else if (xml->rest.at[0] != '>')
        xml_refuse(xml, "an attribute");
    else
        xml->rest = str_from(xml->rest, 1);
    return tag;
}

void xml_take_end(struct xml *xml, str name)
{
    const struct xml_tag tag = xml_take_tag(xml);
    if (!tag.is_end || !str_eq(tag.name, name))
        xml_fail(xml);
}

str xml_take_text(struct xml *xml, struct xml_tag tag)
{
    if (tag.is_empty || xml->failed)
        return STR_EMPTY;
    const str text = str_to(xml->rest, str_find_char(xml->rest, '<'));
    xml->rest = str_from(xml->rest, text.len);
    if (str_starts_with(xml->rest, COMMENT))
        xml_refuse(xml, "a comment inside a value");
    xml_take_end(xml, tag.name);
    if (str_find_char(text, '\0') != text.len)
        xml_refuse(xml, "a NUL");
    return unescape(xml, text);
}

void xml_fail(struct xml *xml)
{
    xml->failed = true;
    xml->rest = STR_EMPTY;
}

void xml_refuse(struct xml *xml, const char *oddity)
{
    if (!xml->failed)
        xml->oddity = oddity;
    xml_fail(xml);
}

bool xml_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blank(struct xml *xml)
{
    skip_space(xml);
    while (str_starts_with(xml->rest, COMMENT)) {
        skip_comment(xml);
        skip_space(xml);
    }
}

static void skip_space(struct xml *xml)
{
    size_t len = 0;
    while (len < xml->rest.len && xml_is_space(xml->rest.at[len]))
        len++;
    xml->rest = str_from(xml->rest, len);
}

// Of <!--->, <!-->, and of "--" within, some parsers say that the comment ends there. In one that has
// none of it all find the same end.
static void skip_comment(struct xml *xml)
{
    const str inside = str_from(xml->rest, COMMENT.len);
    const size_t len = str_find(inside, STR("--"));
    const str after = str_from(inside, len);
    if (len == 0 || inside.at[0] == '>' || inside.at[0] == '-' ||
        !str_starts_with(after, STR("-->")))
        xml_refuse(xml, "a comment with an uncertain end");
    else
        xml->rest = str_from(after, 3);
}

static const char *oddity_of(str markup)
{
    if (str_starts_with(markup, STR("<![CDATA[")))
        return "CDATA";
    if (str_starts_with(markup, STR("<!")))
        return "a declaration";
    if (str_starts_with(markup, STR("<?")))
        return "a processing instruction";
    return NULL;
}

static str take_name(struct xml *xml)
{
    size_t len = 0;
    while (len < xml->rest.len && xml->rest.at[len] >= 'a' && xml->rest.at[len] <= 'z')
        len++;
    const str name = str_to(xml->rest, len);
    xml->rest = str_from(xml->rest, len);
    return name;
}

// Those that all know; the kernel takes others as they stand, and then it is another text.
static str unescape(struct xml *xml, str text)
{
    static const struct {
        str escape;
        char c;
    } escapes[] = {
        { STR_INIT("&amp;"), '&' },  { STR_INIT("&lt;"), '<' },    { STR_INIT("&gt;"), '>' },
        { STR_INIT("&quot;"), '"' }, { STR_INIT("&apos;"), '\'' },
    };
    char *at = arena_alloc(xml->arena, text.len + 1);
    size_t len = 0;
    while (text.len > 0) {
        size_t i = 0;
        while (text.at[0] == '&' && i < COUNT_OF(escapes) &&
               !str_starts_with(text, escapes[i].escape))
            i++;
        if (i == COUNT_OF(escapes)) {
            xml_refuse(xml, "an entity");
            return STR_EMPTY;
        }
        const bool is_escape = text.at[0] == '&';
        at[len++] = is_escape ? escapes[i].c : text.at[0];
        text = str_from(text, is_escape ? escapes[i].escape.len : 1);
    }
    at[len] = '\0';
    return (str){ .at = at, .len = len };
}
