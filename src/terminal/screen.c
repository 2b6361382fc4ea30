#include "terminal/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <ncurses.h>
#include <term.h>

#define WAIT_MS      200  // A signal is noticed after so long at the latest.
#define ESCAPE_MS    50   // What a terminal sends for one key comes in that time.
#define PAIR_RED     1
#define PAIR_YELLOW  2
#define PAIR_CYAN    3
#define WIDE_KEY_MAX 0x10ffffu

static struct {
    SCREEN *screen;
    bool is_unicode;
    bool has_colour;
    volatile sig_atomic_t signal;
} own;

static void watch_signals(void);
static void on_signal(int number);
static void set_up(bool has_colour);
static attr_t attributes_of(unsigned look);
static void note_loss(void);
static uint32_t key_of(int code);

enum status screen_open(bool has_colour, struct err *err)
{
    const char *term = getenv("TERM");
    if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1)
        return fail(err, ERR_CONFIG, "standard input or output is no terminal");
    // Which characters there are is for the terminal's own language to say; nothing else here asks for it.
    (void)setlocale(LC_CTYPE, "");
    own.is_unicode = str_eq(str_of(nl_langinfo(CODESET)), STR("UTF-8"));
    // It is asked first: what newterm() of an unknown terminal takes it never gives back.
    int is_known = 0;
    if (setupterm(term, STDOUT_FILENO, &is_known) != ERR) {
        (void)del_curterm(cur_term);
        own.screen = newterm(term, stdout, stdin);
    }
    if (own.screen == NULL)
        return fail(err, ERR_CONFIG, "no terminal \"%.64s\" is known here; set TERM",
                    term == NULL ? "" : term);
    set_up(has_colour);
    watch_signals();
    return OK;
}

static void set_up(bool has_colour)
{
    (void)cbreak();
    (void)noecho();
    (void)nonl();
    (void)keypad(stdscr, TRUE);
    (void)set_escdelay(ESCAPE_MS);
    wtimeout(stdscr, WAIT_MS);
    own.has_colour = has_colour && has_colors();
    if (!own.has_colour || start_color() == ERR)
        return;
    (void)use_default_colors();
    (void)init_pair(PAIR_RED, COLOR_RED, -1);
    (void)init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
    (void)init_pair(PAIR_CYAN, COLOR_CYAN, -1);
}

static void watch_signals(void)
{
    static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigemptyset(&action.sa_mask);
    own.signal = 0;
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        (void)sigaction(ends[i], &action, NULL);
}

static void on_signal(int number)
{
    own.signal = number;
}

int screen_signal(void)
{
    return own.signal;
}

void screen_close(void)
{
    if (own.screen == NULL)
        return;
    (void)endwin();
    delscreen(own.screen);
    own.screen = NULL;
}

void screen_size(unsigned *out_rows, unsigned *out_columns)
{
    *out_rows = (unsigned)getmaxy(stdscr);
    *out_columns = (unsigned)getmaxx(stdscr);
}

bool screen_is_unicode(void)
{
    return own.is_unicode;
}

void screen_draw(const struct frame *f)
{
    (void)werase(stdscr);
    for (size_t i = 0; i < f->count; i++) {
        const struct frame_piece *piece = &f->pieces[i];
        (void)wattrset(stdscr, (int)attributes_of(piece->look));
        // What would go past the last place of the last line fails there, and is drawn up to it.
        (void)wmove(stdscr, (int)piece->row, (int)piece->column);
        (void)waddnstr(stdscr, piece->text.at, (int)piece->text.len);
    }
    (void)wattrset(stdscr, A_NORMAL);
    (void)curs_set(f->has_cursor ? 1 : 0);
    if (f->has_cursor)
        (void)wmove(stdscr, (int)f->cursor_row, (int)f->cursor_column);
    (void)wrefresh(stdscr);
}

static attr_t attributes_of(unsigned look)
{
    attr_t a = A_NORMAL;
    if ((look & LOOK_DIM) != 0)
        a |= A_DIM;
    if ((look & (LOOK_BOLD | LOOK_RED)) != 0)
        a |= A_BOLD;
    if ((look & LOOK_REVERSE) != 0)
        a |= A_REVERSE;
    if (!own.has_colour)
        return a;
    if ((look & LOOK_RED) != 0)
        a |= (attr_t)COLOR_PAIR(PAIR_RED);
    else if ((look & LOOK_YELLOW) != 0)
        a |= (attr_t)COLOR_PAIR(PAIR_YELLOW);
    else if ((look & LOOK_CYAN) != 0)
        a |= (attr_t)COLOR_PAIR(PAIR_CYAN);
    return a;
}

uint32_t screen_key(void)
{
    while (own.signal == 0) {
        wint_t code = 0;
        const int kind = wget_wch(stdscr, &code);
        if (kind == KEY_CODE_YES)
            return key_of((int)code);
        if (kind != OK) {
            note_loss();
            continue;
        }
        const uint32_t character = (uint32_t)code;
        if (character == '\n' || character == '\r')
            return KEY_OF_ENTER;
        if (character == '\b')
            return KEY_OF_ERASE;
        return character <= WIDE_KEY_MAX ? character : KEY_OF_NOTHING;
    }
    return KEY_OF_NOTHING;
}

// Whoever has no controlling terminal gets no signal when the other end is closed: reading fails at once, for ever.
static void note_loss(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    if (own.signal == 0 && poll(&in, 1, 0) > 0 && (in.revents & (POLLHUP | POLLERR)) != 0)
        own.signal = SIGHUP;
}

static uint32_t key_of(int code)
{
    static const struct {
        int code;
        uint32_t key;
    } keys[] = {
        { KEY_UP, KEY_OF_UP },       { KEY_DOWN, KEY_OF_DOWN },     { KEY_LEFT, KEY_OF_LEFT },
        { KEY_RIGHT, KEY_OF_RIGHT }, { KEY_PPAGE, KEY_OF_PAGE_UP }, { KEY_NPAGE, KEY_OF_PAGE_DOWN },
        { KEY_HOME, KEY_OF_HOME },   { KEY_END, KEY_OF_END },       { KEY_BACKSPACE, KEY_OF_ERASE },
        { KEY_DC, KEY_OF_DELETE },   { KEY_ENTER, KEY_OF_ENTER },
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (keys[i].code == code)
            return keys[i].key;
    return KEY_OF_NOTHING;
}

void screen_leave(void)
{
    (void)def_prog_mode();
    (void)endwin();
}

void screen_return(void)
{
    (void)reset_prog_mode();
    (void)clearok(stdscr, TRUE);
    (void)wrefresh(stdscr);
}
