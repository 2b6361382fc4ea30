// The little of XML that property lists need, and only where no two parsers disagree: tags without
// attributes, text, the five named escapes, comments that end where they seem to. The first thing
// that is none of it ends the reading, by name where parsers are known to read it differently.

#ifndef MACHO_XML_H
#define MACHO_XML_H

#include "base/arena.h"
#include "base/str.h"

struct xml {
    str rest;
    struct arena *arena;
    bool failed;         // Sticky; nothing is left to read then.
    const char *oddity;  // What it failed at; NULL where it is no XML at all.
};

struct xml_tag {
    str name;
    bool is_end;    // </name>
    bool is_empty;  // <name/>
};

// Past <?xml …?>, in UTF-8, and a <!DOCTYPE …> that declares nothing itself.
void xml_begin(struct xml *xml);
// Nothing but white space, comments and end tags may follow.
void xml_end(struct xml *xml);

// The next tag, behind white space and comments. <plist> may have attributes.
struct xml_tag xml_take_tag(struct xml *xml);
void xml_take_end(struct xml *xml, str name);
// What stands between the tag and its end, without escapes.
str xml_take_text(struct xml *xml, struct xml_tag tag);

void xml_fail(struct xml *xml);
void xml_refuse(struct xml *xml, const char *oddity);
bool xml_is_space(char c);

#endif
