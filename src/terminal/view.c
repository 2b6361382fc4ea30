#include "terminal/view.h"

#include "base/utf8.h"

#include <stdlib.h>

#define LEFT_OUT STR("\n(the rest is too long to be shown here)")

static void break_lines(struct view *v, unsigned columns);
static void break_line(struct view *v, size_t at, size_t end, unsigned columns);
static void add_line(struct view *v, size_t at, size_t len);
static size_t last_top(const struct view *v, unsigned height);
static bool is_heading(str line);

void view_done(struct view *v)
{
    free(v->text);
    free(v->lines);
    *v = (struct view){ .count = 0 };
}

void view_set(struct view *v, str text, unsigned columns, bool keeps_place)
{
    const str kept = str_to(text, VIEW_TEXT_MAX);
    const str end = kept.len < text.len ? LEFT_OUT : STR_EMPTY;
    v->text = memory_resize(v->text, kept.len + end.len + 1);
    if (kept.len > 0)
        memcpy(v->text, kept.at, kept.len);
    memcpy(v->text + kept.len, end.at, end.len);
    v->len = kept.len + end.len;
    v->count = 0;
    if (!keeps_place)
        v->top = 0;
    break_lines(v, columns > 0 ? columns : 1);
}

static void break_lines(struct view *v, unsigned columns)
{
    size_t at = 0;
    while (at < v->len) {
        const str rest = { .at = v->text + at, .len = v->len - at };
        const size_t len = str_find_char(rest, '\n');
        break_line(v, at, at + len, columns);
        at += len + 1;
    }
}

static void break_line(struct view *v, size_t at, size_t end, unsigned columns)
{
    for (;;) {
        const str rest = { .at = v->text + at, .len = end - at };
        size_t len = frame_cut(rest, columns).len;
        if (len == 0 && rest.len > 0)
            len = rest.len;  // One character is wider than the terminal.
        if (len == rest.len) {
            add_line(v, at, len);
            return;
        }
        const size_t blank = str_rfind_char(str_to(rest, len + 1), ' ');
        // A blank that is far to the left would leave most of the line empty.
        const bool ends_word = blank <= len && blank > len / 2;
        add_line(v, at, ends_word ? blank : len);
        at += ends_word ? blank + 1 : len;
    }
}

static void add_line(struct view *v, size_t at, size_t len)
{
    if (v->count == VIEW_LINES_MAX)
        return;
    if (v->count == v->capacity) {
        v->capacity = v->capacity == 0 ? 256 : 2 * v->capacity;
        v->lines = memory_resize(v->lines, v->capacity * sizeof *v->lines);
    }
    v->lines[v->count++] = (struct view_line){ .at = at, .len = len };
}

bool view_press(struct view *v, uint32_t key, unsigned height)
{
    const size_t page = height > 1 ? height - 1 : 1;
    const size_t last = last_top(v, height);
    switch (key) {
    case KEY_OF_DOWN:
    case 'j':
    case KEY_OF_ENTER:
        v->top++;
        break;
    case KEY_OF_UP:
    case 'k':
        v->top -= v->top > 0;
        break;
    case KEY_OF_PAGE_DOWN:
    case KEY_OF_CONTROL('F'):
    case ' ':
        v->top += page;
        break;
    case KEY_OF_PAGE_UP:
    case KEY_OF_CONTROL('B'):
        v->top -= v->top < page ? v->top : page;
        break;
    case KEY_OF_HOME:
    case 'g':
        v->top = 0;
        break;
    case KEY_OF_END:
    case 'G':
        v->top = last;
        break;
    default:
        return false;
    }
    if (v->top > last)
        v->top = last;
    return true;
}

static size_t last_top(const struct view *v, unsigned height)
{
    return v->count > height ? v->count - height : 0;
}

void view_draw(struct view *v, struct frame *f, unsigned row, unsigned height)
{
    if (v->top > last_top(v, height))
        v->top = last_top(v, height);
    for (unsigned i = 0; i < height && v->top + i < v->count; i++) {
        const struct view_line *line = &v->lines[v->top + i];
        const str text = { .at = v->text + line->at, .len = line->len };
        (void)frame_put_escaped(f, row + i, 0, f->columns,
                                is_heading(text) ? LOOK_BOLD : LOOK_PLAIN, text);
    }
}

// As tables of findings and playbooks have them.
static bool is_heading(str line)
{
    return str_starts_with(line, STR("\xe2\x94\x80\xe2\x94\x80 ")) ||
           str_starts_with(line, STR("-- ")) || str_starts_with(line, STR("# ")) ||
           str_starts_with(line, STR("## "));
}
