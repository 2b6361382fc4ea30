#include "inspect/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

static int make_pair(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static int close_pair(void **state)
{
    (void)state;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static bytes octets_of(const char *text)
{
    return bytes_of_str(str_of(text));
}

static void send_raw(str octets)
{
    assert_int_equal(write(ends[0], octets.at, octets.len), octets.len);
}

static void assert_body(const struct wire_message *message, const char *expected)
{
    assert_true(str_eq(str_of_bytes(message->body), str_of(expected)));
}

static void wire_receive__gives_what_was_sent(void **state)
{
    (void)state;
    struct buf out;
    struct buf in;
    struct err err;
    struct wire_message message;
    buf_init(&out, 1024);
    buf_init(&in, 1024);
    wire_add(&out, WIRE_LOOK, octets_of("/a"));
    wire_add(&out, WIRE_DONE, octets_of(""));
    assert_int_equal(wire_send(ends[0], &out, -1, &err), OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(wire_receive(ends[1], &in, &message, &err), OK);
    assert_int_equal(message.kind, WIRE_LOOK);
    assert_int_equal(message.fd, -1);
    assert_body(&message, "/a");
    assert_int_equal(wire_receive(ends[1], &in, &message, &err), OK);
    assert_int_equal(message.kind, WIRE_DONE);
    assert_int_equal(message.body.len, 0);
    (void)shutdown(ends[0], SHUT_WR);
    assert_int_equal(wire_receive(ends[1], &in, &message, &err), END);
    buf_done(&out);
    buf_done(&in);
}

static bool is_same_file(int a, int b)
{
    struct stat first;
    struct stat second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static void wire_receive__takes_descriptors_with_their_messages(void **state)
{
    (void)state;
    static const char *const names[] = { "/", "/dev/null", "/tmp" };
    struct buf out;
    struct buf in;
    struct err err;
    struct wire_message message;
    const unsigned before = open_descriptors();
    buf_init(&out, 1024);
    buf_init(&in, 1024);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const int fd = open(names[i], O_RDONLY);
        wire_add(&out, WIRE_JOB, octets_of(names[i]));
        assert_int_equal(wire_send(ends[0], &out, fd, &err), OK);
        (void)close(fd);
        wire_add(&out, WIRE_PLACE, octets_of("nothing comes with it"));
        assert_int_equal(wire_send(ends[0], &out, -1, &err), OK);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const int fd = open(names[i], O_RDONLY);
        assert_int_equal(wire_receive(ends[1], &in, &message, &err), OK);
        assert_body(&message, names[i]);
        assert_true(is_same_file(message.fd, fd));
        (void)close(message.fd);
        (void)close(fd);
        assert_int_equal(wire_receive(ends[1], &in, &message, &err), OK);
        assert_int_equal(message.fd, -1);
    }
    assert_int_equal(open_descriptors(), before);
    buf_done(&out);
    buf_done(&in);
}

// The descriptor is closed where its message is none or not whole.
static void wire_receive__keeps_no_descriptor_of_a_cut_message(void **state)
{
    (void)state;
    struct buf whole;
    struct err err;
    buf_init(&whole, 1024);
    wire_add(&whole, WIRE_JOB, octets_of("a path"));
    for (size_t len = 1; len < whole.len; len++) {
        struct buf cut;
        struct buf in;
        struct wire_message message;
        int pair[2];
        buf_init(&cut, 1024);
        buf_init(&in, 1024);
        buf_add(&cut, str_to(buf_str(&whole), len));
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        assert_int_equal(wire_send(pair[0], &cut, pair[0], &err), OK);
        const unsigned before = open_descriptors();
        (void)close(pair[0]);
        // The end that is in the message keeps the connection open: nothing more will come of it.
        assert_int_equal(shutdown(pair[1], SHUT_RD), 0);
        assert_int_equal(wire_receive(pair[1], &in, &message, &err), END);
        assert_int_equal(open_descriptors(), before - 1);
        (void)close(pair[1]);
        buf_done(&cut);
        buf_done(&in);
    }
    buf_done(&whole);
}

static void wire_receive__puts_pieces_together(void **state)
{
    (void)state;
    const size_t len = 300 * 1024;
    char *body = malloc(len);
    struct buf out;
    struct buf in;
    struct err err;
    struct wire_message message;
    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i % 26);
    buf_init(&out, 2 * len);
    buf_init(&in, len);
    wire_add(&out, WIRE_TOLD, (bytes){ .at = (const uint8_t *)body, .len = len });
    const pid_t child = fork();
    if (child == 0) {
        const bool is_sent = wire_send(ends[0], &out, -1, &err) == OK;
        _exit(is_sent ? 0 : 1);
    }
    assert_int_equal(wire_receive(ends[1], &in, &message, &err), OK);
    assert_int_equal(message.body.len, len);
    assert_memory_equal(message.body.at, body, len);
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    buf_done(&out);
    buf_done(&in);
    free(body);
}

static void wire_receive__refuses_what_is_no_message(void **state)
{
    (void)state;
    static const struct {
        str octets;
        const char *sentence;
    } strange[] = {
        { STR_INIT("\0\0\0\0\0\0\0\0"), "a message of kind 0 and 0 octets" },
        { STR_INIT("\x09\0\0\0\1\0\0\0"), "a message of kind 9 and 1 octets" },
        { STR_INIT("\1\0\0\0\1\0\0\4"), "a message of kind 1 and 67108865 octets" },
        { STR_INIT("\1\1\0\0\0\0\0\0"), "a message of kind 257 and 0 octets" },
    };
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        struct buf in;
        struct err err;
        struct wire_message message;
        size_t len;
        buf_init(&in, 1024);
        send_raw(strange[i].octets);
        assert_int_equal(wire_receive(ends[1], &in, &message, &err), ERR_FORMAT);
        assert_string_equal(err.text, strange[i].sentence);
        send_raw(strange[i].octets);
        assert_int_equal(wire_fill(ends[1], &in, &err), OK);
        assert_int_equal(wire_first(&in, &message, &len, &err), ERR_FORMAT);
        assert_string_equal(err.text, strange[i].sentence);
        buf_done(&in);
    }
}

static void wire_receive__refuses_more_than_its_buffer_takes(void **state)
{
    (void)state;
    struct buf out;
    struct buf in;
    struct err err;
    struct wire_message message;
    buf_init(&out, 1024);
    buf_init(&in, 5);
    wire_add(&out, WIRE_TOLD, octets_of("sixsix"));
    assert_int_equal(wire_send(ends[0], &out, -1, &err), OK);
    assert_int_equal(wire_receive(ends[1], &in, &message, &err), ERR_LIMIT);
    assert_string_equal(err.text, "a message of 6 octets");
    buf_done(&out);
    buf_done(&in);
}

static void wire_first__waits_for_the_whole(void **state)
{
    (void)state;
    struct buf whole;
    struct buf in;
    struct err err;
    struct wire_message message;
    size_t len = 0;
    buf_init(&whole, 1024);
    buf_init(&in, 1024);
    wire_add(&whole, WIRE_TOLD, octets_of("first"));
    const size_t first = whole.len;
    wire_add(&whole, WIRE_DONE, octets_of("second"));
    for (size_t i = 0; i < whole.len; i++) {
        assert_int_equal(wire_first(&in, &message, &len, &err), i < first ? END : OK);
        send_raw(str_to(str_from(buf_str(&whole), i), 1));
        assert_int_equal(wire_fill(ends[1], &in, &err), OK);
    }
    assert_int_equal(wire_fill(ends[1], &in, &err), OK);  // Nothing is there, and nothing waits.
    assert_int_equal(wire_first(&in, &message, &len, &err), OK);
    assert_int_equal(len, first);
    assert_int_equal(message.kind, WIRE_TOLD);
    assert_int_equal(message.fd, -1);
    assert_body(&message, "first");
    buf_done(&whole);
    buf_done(&in);
}

static void wire_fill__closes_descriptors_that_nobody_asked_for(void **state)
{
    (void)state;
    struct buf out;
    struct buf in;
    struct err err;
    const unsigned before = open_descriptors();
    buf_init(&out, 1024);
    buf_init(&in, 1024);
    wire_add(&out, WIRE_TOLD, octets_of("x"));
    assert_int_equal(wire_send(ends[0], &out, STDERR_FILENO, &err), OK);
    assert_int_equal(wire_fill(ends[1], &in, &err), OK);
    assert_int_equal(in.len, WIRE_HEADER_BYTES + 1);
    assert_int_equal(open_descriptors(), before);
    buf_done(&out);
    buf_done(&in);
}

static void wire_fill__gives_what_was_said_before_the_end(void **state)
{
    (void)state;
    struct buf in;
    struct err err;
    buf_init(&in, 1024);
    send_raw(STR("last words"));
    assert_int_equal(write(ends[1], "unread", 6), 6);
    (void)close(ends[0]);  // With something unread: a reset.
    const enum status status = wire_fill(ends[1], &in, &err);
    assert_true(status == END || (status == OK && wire_fill(ends[1], &in, &err) == END));
    assert_true(str_eq(buf_str(&in), STR("last words")));
    buf_done(&in);
}

static void wire_fill__refuses_more_than_its_buffer_takes(void **state)
{
    (void)state;
    struct buf in;
    struct err err;
    buf_init(&in, 9);
    send_raw(STR("ten octets"));
    assert_int_equal(wire_fill(ends[1], &in, &err), ERR_LIMIT);
    assert_string_equal(err.text, "messages of more than 9 octets");
    buf_done(&in);
}

// So that a reader that never ends talking does not keep the others from being heard.
static void wire_fill__takes_a_mebibyte_at_a_time(void **state)
{
    (void)state;
    struct buf in;
    struct err err;
    buf_init(&in, 64 * 1024 * 1024);
    const pid_t child = fork();
    if (child == 0) {
        static char piece[256 * 1024];
        for (unsigned i = 0; i < 16; i++)
            for (size_t done = 0; done < sizeof piece;) {
                const ssize_t len = write(ends[0], piece + done, sizeof piece - done);
                done += len > 0 ? (size_t)len : sizeof piece;
            }
        _exit(0);
    }
    (void)close(ends[0]);
    enum status status = OK;
    while (status == OK) {
        const size_t before = in.len;
        status = wire_fill(ends[1], &in, &err);
        assert_true(in.len - before <= 1024 * 1024 + 64 * 1024);
    }
    assert_int_equal(status, END);
    assert_int_equal(in.len, 4 * 1024 * 1024);
    assert_int_equal(waitpid(child, NULL, 0), child);
    ends[0] = -1;
    buf_done(&in);
}

static void wire_send__says_that_nobody_takes_it(void **state)
{
    (void)state;
    struct buf out;
    struct err err;
    buf_init(&out, 4 * 1024 * 1024);
    char *body = calloc(1, 2 * 1024 * 1024);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    wire_add(&out, WIRE_PLACE,
             (bytes){ .at = (const uint8_t *)body, .len = (size_t)2 * 1024 * 1024 });
    assert_int_equal(wire_send(ends[0], &out, -1, &err), ERR_IO);
    free(body);
    buf_reset(&out);
    (void)close(ends[1]);
    wire_add(&out, WIRE_PLACE, octets_of(""));
    assert_int_equal(wire_send(ends[0], &out, -1, &err), ERR_IO);
    assert_string_equal(err.text, "Broken pipe");
    ends[1] = -1;
    buf_done(&out);
}

static void wire_send__refuses_more_than_its_buffer_took(void **state)
{
    (void)state;
    struct buf out;
    struct err err;
    char octet;
    buf_init(&out, 12);
    wire_add(&out, WIRE_PLACE, octets_of("12345"));
    assert_int_equal(wire_send(ends[0], &out, -1, &err), ERR_LIMIT);
    assert_string_equal(err.text, "messages of more than 12 octets");
    assert_int_equal(recv(ends[1], &octet, 1, MSG_DONTWAIT), -1);
    buf_done(&out);
    buf_init(&out, 2 * (size_t)WIRE_MESSAGE_MAX);
    char *body = calloc(1, (size_t)WIRE_MESSAGE_MAX + 1);
    wire_add(&out, WIRE_TOLD, (bytes){ .at = (const uint8_t *)body, .len = WIRE_MESSAGE_MAX });
    assert_false(out.failed);
    buf_reset(&out);
    wire_add(&out, WIRE_TOLD, (bytes){ .at = (const uint8_t *)body, .len = WIRE_MESSAGE_MAX + 1 });
    assert_true(out.failed);
    free(body);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wire_receive__gives_what_was_sent, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(wire_receive__takes_descriptors_with_their_messages,
                                        make_pair, close_pair),
        cmocka_unit_test_setup_teardown(wire_receive__keeps_no_descriptor_of_a_cut_message,
                                        make_pair, close_pair),
        cmocka_unit_test_setup_teardown(wire_receive__puts_pieces_together, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(wire_receive__refuses_what_is_no_message, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(wire_receive__refuses_more_than_its_buffer_takes, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(wire_first__waits_for_the_whole, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(wire_fill__closes_descriptors_that_nobody_asked_for,
                                        make_pair, close_pair),
        cmocka_unit_test_setup_teardown(wire_fill__gives_what_was_said_before_the_end, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(wire_fill__refuses_more_than_its_buffer_takes, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(wire_fill__takes_a_mebibyte_at_a_time, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(wire_send__says_that_nobody_takes_it, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(wire_send__refuses_more_than_its_buffer_took, make_pair,
                                        close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
