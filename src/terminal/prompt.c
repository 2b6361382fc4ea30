#include "terminal/prompt.h"

#include "base/utf8.h"
#include "sink/page.h"

static void insert(struct prompt *p, uint32_t code_point);
static size_t encode(uint32_t code_point, char out[4]);
static void erase(struct prompt *p, size_t from, size_t to);
static size_t before(const struct prompt *p, size_t at);
static size_t behind(const struct prompt *p, size_t at);
static size_t word_before(const struct prompt *p);

void prompt_begin(struct prompt *p, str text)
{
    p->len = text.len < PROMPT_MAX ? text.len : PROMPT_MAX;
    memcpy(p->text, text.at, p->len);
    p->at = p->len;
}

enum prompt_end prompt_press(struct prompt *p, uint32_t key)
{
    switch (key) {
    case KEY_OF_ENTER:
        return PROMPT_TAKEN;
    case KEY_OF_ESCAPE:
    case KEY_OF_CONTROL('G'):
        return PROMPT_GIVEN_UP;
    case KEY_OF_LEFT:
        p->at = before(p, p->at);
        break;
    case KEY_OF_RIGHT:
        p->at = behind(p, p->at);
        break;
    case KEY_OF_HOME:
    case KEY_OF_CONTROL('A'):
        p->at = 0;
        break;
    case KEY_OF_END:
    case KEY_OF_CONTROL('E'):
        p->at = p->len;
        break;
    case KEY_OF_ERASE:
        erase(p, before(p, p->at), p->at);
        break;
    case KEY_OF_DELETE:
        erase(p, p->at, behind(p, p->at));
        break;
    case KEY_OF_CONTROL('U'):
        erase(p, 0, p->at);
        break;
    case KEY_OF_CONTROL('W'):
        erase(p, word_before(p), p->at);
        break;
    default:
        insert(p, key);
    }
    return PROMPT_GOES_ON;
}

// Only what is shown as it stands: who types sees what is kept.
static void insert(struct prompt *p, uint32_t code_point)
{
    char octets[4];
    if (code_point >= KEY_OF_UP || !utf8_is_shown(code_point))
        return;
    const size_t len = encode(code_point, octets);
    if (utf8_len((str){ .at = octets, .len = len }) != len || p->len + len > PROMPT_MAX)
        return;
    memmove(p->text + p->at + len, p->text + p->at, p->len - p->at);
    memcpy(p->text + p->at, octets, len);
    p->len += len;
    p->at += len;
}

static size_t encode(uint32_t code_point, char out[4])
{
    static const struct {
        uint32_t below;
        unsigned char first;
    } forms[] = { { 0x80, 0x00 }, { 0x800, 0xc0 }, { 0x10000, 0xe0 }, { 0x110000, 0xf0 } };
    size_t len = 1;
    while (len < COUNT_OF(forms) && code_point >= forms[len - 1].below)
        len++;
    for (size_t i = len - 1; i > 0; i--, code_point >>= 6)
        out[i] = (char)(0x80 | (code_point & 0x3f));
    out[0] = (char)(forms[len - 1].first | code_point);
    return len;
}

static void erase(struct prompt *p, size_t from, size_t to)
{
    memmove(p->text + from, p->text + to, p->len - to);
    p->len -= to - from;
    p->at = from;
}

static size_t before(const struct prompt *p, size_t at)
{
    while (at > 0 && (p->text[--at] & 0xc0) == 0x80)
        continue;
    return at;
}

static size_t behind(const struct prompt *p, size_t at)
{
    if (at < p->len)
        at++;
    while (at < p->len && (p->text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

static size_t word_before(const struct prompt *p)
{
    size_t at = p->at;
    while (at > 0 && p->text[at - 1] == ' ')
        at--;
    while (at > 0 && p->text[at - 1] != ' ')
        at--;
    return at;
}

str prompt_text(const struct prompt *p)
{
    return (str){ .at = p->text, .len = p->len };
}

void prompt_draw(const struct prompt *p, str label, struct frame *f, unsigned row)
{
    // A label that leaves no room for the line is shown as far as half of it.
    const unsigned most = f->columns / 2;
    const unsigned taken = frame_put(f, row, 0, most, LOOK_BOLD, label);
    const unsigned start = taken + 1;
    if (start >= f->columns)
        return;
    const unsigned room = f->columns - start;
    size_t from = 0;
    while (from < p->at &&
           frame_columns_of((str){ .at = p->text + from, .len = p->at - from }) >= room)
        from = behind(p, from);
    const str shown = { .at = p->text + from, .len = p->len - from };
    (void)frame_put_escaped(f, row, start, room, LOOK_PLAIN, frame_cut(shown, room));
    frame_put_cursor(f, row,
                     start + frame_columns_of((str){ .at = p->text + from, .len = p->at - from }));
}
