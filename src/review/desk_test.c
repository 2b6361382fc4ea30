#include "review/desk.h"

#include "review/fixture.h"

#define HEAD_HELP "pomona review  help"

// A desk, the store that it is told of, and what it wished for that is no row.
struct office {
    struct desk desk;
    struct pretend store;
    struct frame frame;
    struct buf text;
    enum desk_wish wish;
};

static int open_office(void **state)
{
    struct office *o = memory_zeroed(1, sizeof *o);
    const struct filter filter = { .has_status = false };
    o->store.count = 1000000;
    buf_init(&o->text, 1u << 20);
    desk_init(&o->desk, &filter, STR("ada"), STR("s.db"));
    *state = o;
    return 0;
}

static int close_office(void **state)
{
    struct office *o = *state;
    desk_done(&o->desk);
    frame_done(&o->frame);
    buf_done(&o->text);
    free(o);
    return 0;
}

// Rows and texts are brought; any other wish is kept for the test.
static void follow(struct office *o, enum desk_wish wish)
{
    o->wish = DESK_WAITS;
    while (wish != DESK_WAITS) {
        if (wish == DESK_LOAD) {
            struct findings_filter ask = filter_ask(&o->desk.filter);
            queue_begin(&o->desk.queue, o->desk.load, &ask);
            pretend_list(&o->store, &ask, &o->desk.queue);
            wish = desk_loaded(&o->desk, true);
        } else if (wish == DESK_OPEN) {
            struct finding_row row = { .id = str_of(o->desk.target.id),
                                       .status = o->store.status,
                                       .disposition = DISPOSITION_BENIGN_EXPECTED };
            desk_show(&o->desk, &row, STR("first line\nsecond\nthird\n4\n5\n6\n7\n8\n9\n10\n11\n"));
            wish = DESK_WAITS;
        } else {
            o->wish = wish;
            return;
        }
    }
}

static void size(struct office *o, unsigned rows, unsigned columns)
{
    follow(o, desk_resize(&o->desk, rows, columns));
}

static void press(struct office *o, uint32_t key)
{
    follow(o, desk_press(&o->desk, key));
}

static void type(struct office *o, const char *text)
{
    for (; *text != '\0'; text++)
        press(o, (unsigned char)*text);
}

static const char *lines(struct office *o)
{
    desk_draw(&o->desk, &o->frame);
    buf_reset(&o->text);
    frame_add_lines(&o->text, &o->frame);
    buf_add_char(&o->text, '\0');
    return o->text.at;
}

static void assert_shows(struct office *o, const char *part)
{
    const char *all = lines(o);
    if (strstr(all, part) == NULL)
        fail_msg("\"%s\" is not in\n%s", part, all);
}

static int64_t chosen(const struct office *o)
{
    return pretend_number(queue_chosen(&o->desk.queue));
}

static void desk_draw__is_a_list(void **state)
{
    struct office *o = *state;
    o->store.count = 2;
    o->store.status = FINDING_ASSIGNED;
    o->store.assignee = "bob";
    size(o, 9, 100);
    assert_string_equal(
        lines(o),
        "pomona review  state:unclosed  s.db\n"
        "  LEVL SC  AGE  STATE    RULE        HOST             PROCESS         WHO      TITLE\n"
        "  HIGH 10~   0s assigned S05         mac-07           attachd         bob      Thread in "
        "another pr~\n"
        "  HIGH 99~   0s assigned S05         mac-07           attachd         bob      Thread in "
        "another pr~\n"
        "\n\n\n\n"
        "? help  q quit  Enter show  / search  f filter  Space mark  a assign  c close  n note  r "
        "reopen\n");
}

static void assert_fits(struct office *o, unsigned rows, unsigned columns)
{
    assert_null(strpbrk(lines(o), "\033\r\t\xff"));
    for (size_t i = 0; i < o->frame.count; i++) {
        const struct frame_piece *piece = &o->frame.pieces[i];
        assert_true(piece->row < rows);
        assert_true(piece->column + frame_columns_of(piece->text) <= columns);
    }
}

// Whatever the size and whatever is in a finding: nothing stands outside, nothing steers the terminal.
static void desk_draw__fits_every_terminal(void **state)
{
    struct office *o = *state;
    static const uint32_t keys[] = { 'j',           'G', KEY_OF_ENTER,  'G', '?', 'G',
                                     'q',           'q', 'g',           'c', 't', 'x',
                                     KEY_OF_ESCAPE, '/', KEY_OF_ESCAPE, 'f', 'x' };
    o->store.host = "\033[2Jmac\n\xe2\x80\xae\xff\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2";
    for (unsigned rows = 1; rows < 14; rows++) {
        for (unsigned columns = 1; columns < 130; columns += 7) {
            size(o, rows, columns);
            for (size_t i = 0; i < COUNT_OF(keys); i++) {
                press(o, keys[i]);
                assert_fits(o, rows, columns);
            }
            assert_int_equal(o->desk.mode, DESK_LIST);
        }
    }
}

static void desk_press__moves_through_a_million(void **state)
{
    struct office *o = *state;
    size(o, 24, 80);
    press(o, 'j');
    press(o, KEY_OF_DOWN);
    assert_int_equal(chosen(o), 2);
    press(o, 'k');
    assert_int_equal(chosen(o), 1);
    for (int i = 0; i < 100; i++)
        press(o, KEY_OF_PAGE_DOWN);
    assert_int_equal(chosen(o), 2001);
    press(o, KEY_OF_CONTROL('B'));
    assert_int_equal(chosen(o), 1981);
    press(o, 'G');
    assert_int_equal(chosen(o), 999999);
    press(o, 'g');
    assert_int_equal(chosen(o), 0);
    assert_true(o->store.rows_given < 5000);
}

static void desk_press__shows_one_and_the_next(void **state)
{
    struct office *o = *state;
    size(o, 10, 60);
    press(o, KEY_OF_ENTER);
    assert_shows(o, "finding 00000000000000000000000000000000  lines 1-7 of 11\nfirst line\n");
    press(o, 'J');
    assert_shows(o, "finding 00000000000000000000000000000001");
    press(o, ' ');
    assert_shows(o, "lines 5-11 of 11");
    press(o, 'R');
    assert_shows(o, "lines 5-11 of 11");
    press(o, 'K');
    press(o, 'K');
    assert_shows(o, "there is no other in that direction");
    press(o, 'q');
    assert_shows(o, "pomona review  state:unclosed");
    press(o, 'q');
    assert_int_equal(o->wish, DESK_QUIT);
}

// Where the next one has not been loaded, and where there is none.
static void desk_press__shows_what_has_to_be_loaded(void **state)
{
    struct office *o = *state;
    o->store.count = QUEUE_CHUNK + 1;
    size(o, 10, 60);
    for (unsigned i = 0; i + 1 < QUEUE_CHUNK; i++)
        press(o, 'j');
    press(o, KEY_OF_ENTER);
    assert_shows(o, "finding 000000000000000000000000000000c7");
    press(o, 'J');
    assert_shows(o, "finding 000000000000000000000000000000c8");
    press(o, 'J');
    assert_shows(o, "there is no other in that direction");
    press(o, '?');
    size(o, 10, 20);
    press(o, 'q');
    assert_shows(o, "finding 00000000000~");
}

static void desk_press__closes_what_is_marked(void **state)
{
    struct office *o = *state;
    size(o, 10, 80);
    press(o, ' ');
    press(o, 'j');
    press(o, ' ');
    assert_shows(o, "2 marked");
    assert_shows(o, "\n* HIGH");
    press(o, 'c');
    assert_shows(o, "close 2 as  t true positive  e benign, expected  b benign, unexpected\n"
                    "f false positive  u undetermined  any other key gives up");
    size(o, 10, 40);
    assert_shows(o, "close 2 as  t true  e expected  b unexp.\nf false  u undet.\n");
    size(o, 10, 60);
    assert_shows(o, "close 2 as  t true positive  e benign, expected\n"
                    "b benign, unexpected  f false positive  u undetermined\n");
    size(o, 10, 80);
    press(o, 't');
    press(o, KEY_OF_ENTER);
    assert_shows(o, "this has to be said; Esc gives up");
    type(o, "theft  ");
    press(o, KEY_OF_ENTER);
    assert_shows(o, "scope (which Macs, which code):");
    type(o, "two");
    press(o, KEY_OF_ENTER);
    type(o, "isolated");
    press(o, KEY_OF_ENTER);
    assert_int_equal(o->wish, DESK_CLOSE);
    assert_null(close_out_lacks(&o->desk.close_out));
    assert_int_equal(o->desk.close_out.disposition, DISPOSITION_TRUE_POSITIVE);
    assert_true(str_eq(o->desk.close_out.cause, STR("theft")));
    assert_true(str_eq(o->desk.close_out.scope, STR("two")));
    assert_true(str_eq(o->desk.close_out.containment, STR("isolated")));
    assert_int_equal(desk_target_count(&o->desk), 2);
    assert_string_equal(desk_target(&o->desk, 1)->id, "00000000000000000000000000000002");
    desk_say(&o->desk, "done");
    follow(o, desk_decided(&o->desk));
    assert_int_equal(o->desk.mark_count, 0);
    assert_int_equal(chosen(o), 3);
    assert_shows(o, "\ndone\n");
}

static void desk_press__asks_no_more_than_is_needed(void **state)
{
    static const struct {
        uint32_t key;
        enum disposition disposition;
    } cases[] = {
        { 'e', DISPOSITION_BENIGN_EXPECTED },
        { 'b', DISPOSITION_BENIGN_UNEXPECTED },
        { 'f', DISPOSITION_FALSE_POSITIVE },
        { 'u', DISPOSITION_UNDETERMINED },
    };
    struct office *o = *state;
    size(o, 10, 80);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        press(o, 'c');
        press(o, cases[i].key);
        type(o, "x");
        press(o, KEY_OF_ENTER);
        assert_int_equal(o->wish, DESK_CLOSE);
        assert_int_equal(o->desk.close_out.disposition, cases[i].disposition);
        assert_null(close_out_lacks(&o->desk.close_out));
    }
    press(o, 'c');
    press(o, 'z');
    assert_shows(o, "nothing was changed");
    press(o, 'c');
    press(o, 'u');
    press(o, KEY_OF_ESCAPE);
    assert_int_equal(o->wish, DESK_WAITS);
    assert_int_equal(o->desk.question, DESK_ASKS_NOTHING);
}

static void desk_press__filters(void **state)
{
    struct office *o = *state;
    size(o, 10, 90);
    press(o, '/');
    type(o, "level:high  curl");
    press(o, KEY_OF_ENTER);
    assert_shows(o, "state:unclosed level:high \"curl\"");
    press(o, '/');
    type(o, "colour:red");
    press(o, KEY_OF_ENTER);
    assert_shows(o, "not \"colour\"");
    press(o, KEY_OF_ESCAPE);
    type(o, "fr");
    type(o, "fh");
    type(o, "fm");
    type(o, "fsa");
    type(o, "flc");
    assert_shows(o, "state:assigned level:critical rule:S05 host:mac-07 assignee:ada \"curl\"");
    type(o, "fx");
    assert_shows(o, "pomona review  state:unclosed  s.db");
    type(o, "fsx");
    assert_shows(o, "state:all  ");
}

static void desk_press__proposes_what_was_benign(void **state)
{
    struct office *o = *state;
    size(o, 10, 80);
    press(o, 'p');
    assert_shows(o, "close it as benign-expected or benign-unexpected first");
    o->store.status = FINDING_CLOSED;
    press(o, KEY_OF_ENTER);
    press(o, 'p');
    press(o, 'b');
    assert_shows(o, "into the new file: baseline-000000000000.ndjson");
    press(o, KEY_OF_ENTER);
    assert_int_equal(o->wish, DESK_PROPOSE);
    assert_true(o->desk.proposes_baseline);
    assert_string_equal(o->desk.file, "baseline-000000000000.ndjson");
    press(o, 'p');
    press(o, 'e');
    press(o, KEY_OF_CONTROL('U'));
    press(o, KEY_OF_ENTER);
    assert_shows(o, "a file needs a name");
    type(o, "x.yaml");
    press(o, KEY_OF_ENTER);
    assert_int_equal(o->wish, DESK_PROPOSE);
    assert_string_equal(o->desk.file, "x.yaml");
}

static void desk_press__wishes_of_the_chosen_one(void **state)
{
    static const struct {
        uint32_t key;
        enum desk_wish wish;
    } cases[] = { { 'a', DESK_ASSIGN }, { 'n', DESK_NOTE }, { 'r', DESK_REOPEN } };
    struct office *o = *state;
    size(o, 10, 80);
    press(o, 'j');
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        press(o, cases[i].key);
        assert_int_equal(o->wish, cases[i].wish);
        assert_int_equal(desk_target_count(&o->desk), 1);
        assert_string_equal(desk_target(&o->desk, 0)->id, "00000000000000000000000000000001");
    }
    o->store.count = 0;
    press(o, 'R');
    assert_shows(o, "no finding is like that");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        press(o, cases[i].key);
        assert_int_equal(o->wish, DESK_WAITS);
        assert_shows(o, "there is no finding to do that with");
    }
    press(o, KEY_OF_ENTER);
    press(o, 'G');
    press(o, ' ');
    assert_int_equal(o->desk.mode, DESK_LIST);
}

static void desk_target_holds__unless_somebody_changed_it(void **state)
{
    struct office *o = *state;
    struct finding_row row = { .status = FINDING_OPEN };
    size(o, 10, 80);
    press(o, 'a');
    assert_true(desk_target_holds(desk_target(&o->desk, 0), &row));
    row.assignee = STR("eve");
    assert_false(desk_target_holds(desk_target(&o->desk, 0), &row));
    row = (struct finding_row){ .status = FINDING_CLOSED };
    assert_false(desk_target_holds(desk_target(&o->desk, 0), &row));
}

static void desk_press__refuses_more_than_max(void **state)
{
    struct office *o = *state;
    size(o, 10, 80);
    for (unsigned i = 0; i <= DESK_MARKS_MAX; i++)
        press(o, ' ');
    assert_shows(o, "at most 1000 findings can be marked");
    assert_int_equal(o->desk.mark_count, DESK_MARKS_MAX);
    press(o, 'k');
    press(o, ' ');
    assert_int_equal(o->desk.mark_count, DESK_MARKS_MAX - 1);
}

static void desk_press__helps(void **state)
{
    struct office *o = *state;
    size(o, 40, 80);
    press(o, '?');
    assert_shows(o, HEAD_HELP);
    assert_shows(o, "  Space      marks the finding");
    press(o, 'x');
    press(o, 'G');
    size(o, 12, 80);
    assert_shows(o, HEAD_HELP);
    press(o, '?');
    assert_shows(o, "state:unclosed");
    press(o, 'x');
    assert_shows(o, "no such key here; ? shows the keys");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(desk_draw__is_a_list),
        CASE(desk_draw__fits_every_terminal),
        CASE(desk_press__moves_through_a_million),
        CASE(desk_press__shows_one_and_the_next),
        CASE(desk_press__shows_what_has_to_be_loaded),
        CASE(desk_press__closes_what_is_marked),
        CASE(desk_press__asks_no_more_than_is_needed),
        CASE(desk_press__filters),
        CASE(desk_press__proposes_what_was_benign),
        CASE(desk_press__wishes_of_the_chosen_one),
        CASE(desk_target_holds__unless_somebody_changed_it),
        CASE(desk_press__refuses_more_than_max),
        CASE(desk_press__helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
