#include "inspect/told.h"

#include "base/reader.h"
#include "inspect/disk.h"
#include "macho/print.h"

#include <string.h>

#define PLAIN "\033[0m"

// In the order in which they are written.
static const size_t texts[] = {
    offsetof(struct told, facts.arch),
    offsetof(struct told, facts.file_type),
    offsetof(struct told, facts.cdhash),
    offsetof(struct told, facts.identifier),
    offsetof(struct told, facts.team_id),
    offsetof(struct told, facts.native_api),
    offsetof(struct told, facts.because),
    offsetof(struct told, facts.frameworks),
    offsetof(struct told, facts.entitlements),
    offsetof(struct told, facts.signature),
    offsetof(struct told, facts.chain),
    offsetof(struct told, facts.injection),
    offsetof(struct told, facts.object),
    offsetof(struct told, shown),
    offsetof(struct told, page),
};
static const size_t marks[] = {
    offsetof(struct told, facts.jit_declared),
    offsetof(struct told, facts.get_task_allow),
    offsetof(struct told, facts.disable_library_validation),
    offsetof(struct told, facts.allow_dyld_environment),
};

static void add_u32(struct buf *b, uint32_t value);
static bool page_is_printable(str page, bool in_colour);
static size_t plain_len(str text);
static bool prints_as_it_is(struct buf *b, str text);
static size_t paint_len(str text);
static str without_paint(str line);

void told_write(struct buf *b, const struct told *told)
{
    add_u32(b, told->facts.slice);
    add_u32(b, told->facts.flags);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const bool *mark = (const bool *)(const void *)((const char *)told + marks[i]);
        buf_add_char(b, *mark ? 1 : 0);
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const str *text = (const str *)(const void *)((const char *)told + texts[i]);
        add_u32(b, (uint32_t)text->len);
        buf_add(b, *text);
        if (text->len > TOLD_TEXT_MAX)
            b->failed = true;
    }
}

static void add_u32(struct buf *b, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        buf_add_char(b, (char)(unsigned char)(value >> (8 * i)));
}

bool told_read(bytes in, struct told *out)
{
    struct told told = { .facts = { .slice = 0 } };
    struct reader r = reader_of(in);
    bool is_strange = false;
    told.facts.slice = reader_u32le(&r);
    told.facts.flags = reader_u32le(&r);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        bool *mark = (bool *)(void *)((char *)&told + marks[i]);
        const uint8_t octet = reader_u8(&r);
        *mark = octet == 1;
        is_strange = is_strange || octet > 1;
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        str *text = (str *)(void *)((char *)&told + texts[i]);
        const uint32_t len = reader_u32le(&r);
        *text = str_of_bytes(reader_take(&r, len <= TOLD_TEXT_MAX ? len : SIZE_MAX));
    }
    if (r.failed || r.pos != in.len || is_strange)
        return false;
    *out = told;
    return true;
}

bool told_is_printable(const struct told *told, bool in_colour)
{
    const bool is_whole =
        told_is_object(told->facts.object) && (told->shown.len == 0 || told_is_object(told->shown));
    return is_whole && page_is_printable(told->page, in_colour);
}

static bool page_is_printable(str page, bool in_colour)
{
    bool is_fine = true;
    bool is_plain = true;
    struct buf text;
    buf_init(&text, 4 * TOLD_TEXT_MAX);
    for (str rest = page; rest.len > 0 && is_fine;) {
        const size_t paint = in_colour ? paint_len(rest) : 0;
        size_t len = rest.at[0] == '\n' ? 1 : paint;
        if (paint > 0)
            is_plain = str_starts_with(rest, STR(PLAIN));
        if (len == 0) {
            len = plain_len(rest);
            is_fine = prints_as_it_is(&text, str_to(rest, len));
        }
        rest = str_from(rest, len);
    }
    buf_done(&text);
    return is_fine && is_plain;
}

// Up to what may stand in a page between texts.
static size_t plain_len(str text)
{
    size_t i = 1;
    while (i < text.len && text.at[i] != '\n' && text.at[i] != '\033')
        i++;
    return i;
}

static bool prints_as_it_is(struct buf *b, str text)
{
    buf_reset(b);
    macho_print_text(b, text);
    return str_eq(buf_str(b), text);
}

// Of the colours in which pages are painted; 0 where there is none.
static size_t paint_len(str text)
{
    static const char *const paints[] = { "\033[1m",  "\033[2m",  "\033[31m",
                                          "\033[32m", "\033[33m", PLAIN };
    for (size_t i = 0; i < COUNT_OF(paints); i++)
        if (str_starts_with(text, str_of(paints[i])))
            return strlen(paints[i]);
    return 0;
}

bool told_is_page_of(str page, str path)
{
    str rest = page;
    str line;
    struct buf shown;
    buf_init(&shown, 8 * DISK_PATH_MAX);
    macho_print_text(&shown, path);
    bool is_fine = str_take_until(&rest, '\n', &line) && !shown.failed &&
                   str_starts_with(without_paint(line), buf_str(&shown));
    buf_done(&shown);
    while (is_fine && str_take_until(&rest, '\n', &line)) {
        line = without_paint(line);
        is_fine = line.len == 0 || str_starts_with(line, STR("  "));
    }
    return is_fine;
}

static str without_paint(str line)
{
    return str_from(line, paint_len(line));
}
