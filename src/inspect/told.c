#include "inspect/told.h"

#include "base/reader.h"
#include "macho/print.h"

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
static bool has_no_control(str object);
static size_t plain_len(str text);
static bool prints_as_it_is(struct buf *b, str text);
static size_t paint_len(str text);

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

bool told_is_printable(const struct told *told)
{
    bool is_shown = has_no_control(told->facts.object) && has_no_control(told->shown);
    struct buf text;
    buf_init(&text, 4 * TOLD_TEXT_MAX);
    for (str rest = told->page; rest.len > 0 && is_shown;) {
        const size_t painted = rest.at[0] == '\n' ? 1 : paint_len(rest);
        const size_t len = painted > 0 ? painted : plain_len(rest);
        is_shown = painted > 0 || prints_as_it_is(&text, str_to(rest, len));
        rest = str_from(rest, len);
    }
    buf_done(&text);
    return is_shown;
}

static bool has_no_control(str object)
{
    bool has_one = false;
    // Without a way out in between: so it is done many octets at a time.
    for (size_t i = 0; i < object.len; i++)
        has_one |= (unsigned char)object.at[i] < 0x20;
    return !has_one;
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

// ESC [ digits m: a colour, as the page is painted; 0 where there is none.
static size_t paint_len(str text)
{
    size_t i = 2;
    if (!str_starts_with(text, STR("\033[")))
        return 0;
    while (i < text.len && text.at[i] >= '0' && text.at[i] <= '9')
        i++;
    return i < text.len && text.at[i] == 'm' ? i + 1 : 0;
}
