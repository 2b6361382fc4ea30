// A key: the code point of what it writes, or one of these, which no code point is.

#ifndef TERMINAL_KEY_H
#define TERMINAL_KEY_H

enum key {
    KEY_OF_NOTHING = 0,
    KEY_OF_ENTER = 0x0d,
    KEY_OF_ESCAPE = 0x1b,
    KEY_OF_ERASE = 0x7f,
    KEY_OF_UP = 0x110000,
    KEY_OF_DOWN,
    KEY_OF_LEFT,
    KEY_OF_RIGHT,
    KEY_OF_PAGE_UP,
    KEY_OF_PAGE_DOWN,
    KEY_OF_HOME,
    KEY_OF_END,
    KEY_OF_DELETE,
};
// What is typed with Control held down.
#define KEY_OF_CONTROL(letter) ((uint32_t)(letter)&0x1fu)

#endif
