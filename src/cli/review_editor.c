#include "cli/review_editor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127

static str editor_of(void);
static enum status make_file(struct review_editor *e, struct err *err);
static enum status run_editor(const struct review_editor *e, const char *command, struct err *err);
static FILE *open_regular(const char *path);
static enum status read_file(struct review_editor *e, size_t max, struct arena *arena, str *out,
                             struct err *err);
static bool is_blank(char c);

bool review_editor_is_there(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

enum status review_editor_write(struct review_editor *e, size_t max, struct arena *arena, str *out,
                                struct err *err)
{
    const str editor = editor_of();
    if (editor.len == 0)
        return fail(err, ERR_CONFIG,
                    "a note needs a text, or an editor to write it in: set EDITOR");
    // What the variable has is a command with its arguments, as everywhere.
    const str command = arena_printf(arena, "%.*s \"$1\"", STR_ARG(editor));
    enum status status = make_file(e, err);
    if (status == OK)
        status = run_editor(e, cstr_of(arena, command), err);
    return status == OK ? read_file(e, max, arena, out, err) : status;
}

static str editor_of(void)
{
    const str visual = str_of(getenv("VISUAL"));
    return visual.len > 0 ? visual : str_of(getenv("EDITOR"));
}

// Nobody else may read it: it is of an intrusion, perhaps.
static enum status make_file(struct review_editor *e, struct err *err)
{
    const str told = str_of(getenv("TMPDIR"));
    const str directory = told.len > 0 ? told : STR("/tmp");
    const int len =
        snprintf(e->path, sizeof e->path, "%.*s/pomona-note-XXXXXX", STR_ARG(directory));
    const bool fits = len > 0 && (size_t)len < sizeof e->path;
    const int fd = fits ? mkstemp(e->path) : -1;
    if (fd >= 0) {
        (void)close(fd);
        return OK;
    }
    e->path[0] = '\0';
    return fail(err, ERR_IO, "no file for the note can be made in %.*s: %s",
                STR_ARG(str_to(directory, ERR_TEXT_MAX / 2)),
                fits ? strerror(errno) : "its name is too long");
}

// Ctrl-C is for the editor, not for who waits for it.
static enum status run_editor(const struct review_editor *e, const char *command, struct err *err)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before[2];
    int how = 0;
    (void)fflush(stdout);
    (void)sigaction(SIGINT, &ignore, &before[0]);
    (void)sigaction(SIGQUIT, &ignore, &before[1]);
    const pid_t child = fork();
    if (child == 0) {
        (void)sigaction(SIGINT, &before[0], NULL);
        (void)sigaction(SIGQUIT, &before[1], NULL);
        (void)execl("/bin/sh", "sh", "-c", command, "sh", e->path, (char *)NULL);
        _exit(EXIT_NOT_STARTED);
    }
    pid_t ended = child;
    while (child > 0 && (ended = waitpid(child, &how, 0)) < 0 && errno == EINTR)
        continue;
    (void)sigaction(SIGINT, &before[0], NULL);
    (void)sigaction(SIGQUIT, &before[1], NULL);
    if (child > 0 && ended == child && WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return OK;
    return fail(err, ERR_CONFIG, "the editor failed, and no note was added");
}

// An editor may have put anything there; opening a pipe would wait for ever.
static FILE *open_regular(const char *path)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *stream = NULL;
    errno = fd < 0 ? errno : EINVAL;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        stream = fdopen(fd, "rb");
    if (fd >= 0 && stream == NULL)
        (void)close(fd);
    return stream;
}

static enum status read_file(struct review_editor *e, size_t max, struct arena *arena, str *out,
                             struct err *err)
{
    FILE *stream = open_regular(e->path);
    if (stream == NULL)
        return fail(err, ERR_IO, "the note cannot be read: %s", strerror(errno));
    // One octet more tells that there is more.
    char *text = arena_alloc(arena, max + 1);
    const size_t len = fread(text, 1, max + 1, stream);
    const bool is_bad = ferror(stream) != 0;
    (void)fclose(stream);
    if (is_bad)
        return fail(err, ERR_IO, "the note cannot be read");
    if (len > max) {
        const enum status status =
            fail(err, ERR_LIMIT, "the note has more than %zu octets; it is left in %.200s", max,
                 e->path);
        e->path[0] = '\0';
        return status;
    }
    size_t first = 0;
    size_t end = len;
    while (end > 0 && is_blank(text[end - 1]))
        end--;
    while (first < end && is_blank(text[first]))
        first++;
    *out = (str){ .at = text + first, .len = end - first };
    return OK;
}

static bool is_blank(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

void review_editor_done(struct review_editor *e)
{
    if (e->path[0] != '\0')
        (void)unlink(e->path);
    *e = (struct review_editor){ .path = "" };
}
