#include "cli/cli.h"

#include "base/buf.h"
#include "platform/platform.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100u
#define SENTENCE_MAX  4096u  // Octets of one sentence; the rest is cut.

int cli_fail(enum exit_code code, const char *format, ...)
{
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)fputs("pomona: ", stderr);
    cli_say(str_of(text));
    return (int)code;
}

void cli_say(str sentence)
{
    struct buf b;
    buf_init(&b, 4 * SENTENCE_MAX + 1);
    buf_add_printable(&b, str_to(sentence, SENTENCE_MAX));
    buf_add_char(&b, '\n');
    (void)fwrite(b.at, 1, b.len, stderr);
    buf_done(&b);
}

static volatile sig_atomic_t stop_wanted;

static volatile sig_atomic_t *stop_on_signals(unsigned flags);

static void on_stop(int signal_number)
{
    (void)signal_number;
    stop_wanted = 1;
}

// Ctrl-C ends the reading, not the report; a second one ends the program.
volatile sig_atomic_t *cli_stop_on_signals(void)
{
    return stop_on_signals(SA_RESETHAND);
}

volatile sig_atomic_t *cli_stop_after_output(void)
{
    return stop_on_signals(SA_RESETHAND | SA_RESTART);
}

static volatile sig_atomic_t *stop_on_signals(unsigned flags)
{
    struct sigaction stop = { .sa_handler = on_stop, .sa_flags = (int)flags };
    (void)sigemptyset(&stop.sa_mask);
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    return &stop_wanted;
}

enum exit_code cli_exit_of(enum status status)
{
    if (status == OK || status == END)
        return EXIT_DONE;
    return status == ERR_CONFIG ? EXIT_USAGE : EXIT_INPUT;
}

enum status cli_parse(const struct cli_command *command, int argc, char **argv, cli_set_option *set,
                      void *context, bool *helped, struct err *err)
{
    int option;
    opterr = 0;
    *helped = false;
    while ((option = getopt_long(argc, argv, ":h", command->known, NULL)) != -1) {
        // Without an entry of its own --help is unknown; optopt is 0 for unknown long options.
        if (option == 'h' || (option == '?' && str_eq(str_of(argv[optind - 1]), STR("--help")))) {
            (void)fputs(command->help, stdout);
            *helped = true;
            return OK;
        }
        if (option == ':')
            return fail(err, ERR_CONFIG, "%s needs a value", argv[optind - 1]);
        if (option == '?')
            return fail(err, ERR_CONFIG, "no option \"%s\"; see `pomona %s --help`",
                        argv[optind - 1], command->verb);
        const enum status status = set(option, str_of(optarg), context, err);
        if (status != OK)
            return status;
    }
    if (optind == argc && command->needs != NULL)
        return fail(err, ERR_CONFIG, "%s needs %s", command->verb, command->needs);
    return OK;
}

bool cli_colour_of(str choice, int fd, bool *out)
{
    if (str_eq(choice, STR("always")))
        *out = true;
    else if (str_eq(choice, STR("never")))
        *out = false;
    else if (str_eq(choice, STR("auto")))
        *out = isatty(fd) == 1 && str_of(getenv("NO_COLOR")).len == 0;
    else
        return false;
    return true;
}

unsigned cli_width_of(int fd)
{
    struct winsize size;
    if (isatty(fd) != 1)
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH_DEFAULT;
}

str cli_default_rules(struct arena *a)
{
    static const char *const places[] = { "/../share/pomona/rules", "/../../rules" };

    const str directory = platform_program_directory(a);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct stat st;
        const str path = arena_printf(a, "%.*s%s", STR_ARG(directory), places[i]);
        if (directory.len > 0 && stat(path.at, &st) == 0 && S_ISDIR(st.st_mode))
            return path;
    }
    return STR_EMPTY;
}
