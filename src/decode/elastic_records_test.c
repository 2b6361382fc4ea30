#include "decode/fixture.h"

#include "decode/json.h"

#include <stdio.h>

// Records of Elastic Endpoint 7.10 on macOS 10.15, where they are at hand: what they say was read
// from them by hand.

#define RECORDS_PATH "../shared/data/telemetry/elastic/attack-recordings.ndjson"

static const struct {
    uint64_t sequence;
    enum action action;
    int64_t pid;
    const char *name;  // Of the executable.
    int64_t parent_pid;
    bool has_previous;  // exec: the image before; fork: the parent.
    size_t arg_count;
    const char *file;      // How its path ends.
    const char *original;  // Likewise, before it was renamed.
} expected[] = {
    { 206732, ACTION_EXEC, 25623, "osascript", -1, false, 3, "", "" },
    { 146561, ACTION_EXEC, 18884, "pbpaste", -1, false, 1, "", "" },
    { 237140, ACTION_EXEC, 29305, "cat", 25849, true, 2, "", "" },
    { 237141, ACTION_EXEC, 29306, "grep", 25849, true, 3, "", "" },
    { 146429, ACTION_EXEC, 18852, "screencapture", -1, false, 3, "", "" },
    { 146342, ACTION_RENAME, 18834, "screencapture", -1, false, 0, "001.png", ".001.png" },
    { 17418, ACTION_EXEC, 2982, "vmmap", 762, false, 2, "", "" },
    { 15438, ACTION_EXEC, 2216, "grep", 925, true, 2, "", "" },
    { 77103, ACTION_EXEC, 9655, "sw_vers", 9641, true, 2, "", "" },
    { 102972, ACTION_EXEC, 14291, "dscl", -1, false, 4, "", "" },
    { 52293, ACTION_EXEC, 7853, "dscl", 7852, true, 4, "", "" },
    { 7014936, ACTION_EXEC, 27897, "automator", 14121, true, 2, "", "" },
    { 7015323, ACTION_EXEC, 27898, "com.apple.automator.runner", 1, true, 1, "", "" },
    { 7015721, ACTION_EXEC, 27898, "xpcproxy", -1, false, 0, "", "" },
    { 7017734, ACTION_EXEC, 27901, "sh", 27898, true, 3, "", "" },
    { 8242, ACTION_EXEC, 948, "espl", 1, true, 2, "", "" },
    { 91236, ACTION_EXEC, 11146, ".xpcproxy", 1, true, 3, "", "" },
    { 34752, ACTION_EXEC, 6442, "Installer", 1, true, 1, "", "" },
    { 34757, ACTION_RENAME, 6442, "Installer", -1, false, 0, "preinstall", ".BC.T_f7oEB6" },
    { 34503, ACTION_EXEC, 6411, "bash", -1, false, 2, "", "" },
    { 34505, ACTION_EXEC, 6412, "osascript", 6411, true, 3, "", "" },
    { 83033, ACTION_EXEC, 10161, "osascript", 10160, true, 5, "", "" },
    { 225043, ACTION_EXEC, 27796, "Python", 1, true, 3, "", "" },
    { 137676, ACTION_EXEC, 18259, "Python", 18256, true, 6, "", "" },
    { 49572, ACTION_EXEC, 9520, "ReportCrash", 8015, true, 3, "", "" },
    { 5953213, ACTION_MODIFICATION, 26878, "osascript", -1, false, 0, ".zshenv", "" },
    { 102823, ACTION_MODIFICATION, 19660, "osascript", -1, false, 0,
      "44DE480F-3DEA-4827-BD63-374DB0AA3AF0.ics", "" },
    { 102824, ACTION_MODIFICATION, 19660, "osascript", -1, false, 0, "Info.plist", "" },
    { 23843, ACTION_EXEC, 2905, "dscl", -1, false, 6, "", "" },
    { 204440, ACTION_EXEC, 25354, "crontab", -1, false, 2, "", "" },
    { 53220, ACTION_EXEC, 10177, "bash", 10176, true, 3, "", "" },
    { 93503, ACTION_RENAME, 17567, "osascript", -1, false, 0, "com.apple.dock.plist", "tempozhb4" },
    { 7844, ACTION_FORK, 1071, "xpcproxy", 1070, true, 0, "", "" },
    { 7845, ACTION_FORK, 1072, "xpcproxy", 1070, true, 0, "", "" },
    { 7865, ACTION_EXEC, 1071, "curl", 1070, true, 0, "", "" },
    { 7866, ACTION_EXEC, 1072, "bash", 1070, true, 3, "", "" },
    { 1938, ACTION_FORK, 512, "xpcproxy", 511, true, 0, "", "" },
    { 1939, ACTION_FORK, 513, "xpcproxy", 511, true, 0, "", "" },
    { 2259, ACTION_EXEC, 512, "curl", 511, true, 0, "", "" },
    { 2260, ACTION_EXEC, 513, "bash", 511, true, 1, "", "" },
    { 426, ACTION_EXEC, 349, "bash", 307, true, 3, "", "" },
    { 427, ACTION_EXEC, 349, "curl", 307, true, 4, "", "" },
    { 53055, ACTION_MODIFICATION, 8014, "sudo", -1, false, 0, "pers1.plist", "" },
    { 53096, ACTION_MODIFICATION, 8026, "sudo", -1, false, 0, "pers2.plist", "" },
    { 8649, ACTION_MODIFICATION, 1078, "cp", -1, false, 0, "pers3.plist", "" },
    { 7716, ACTION_MODIFICATION, 1005, "sudo", -1, false, 0, ".plist", "" },
    { 7776, ACTION_MODIFICATION, 1050, "cp", -1, false, 0, "tmp1.txt", "" },
    { 91228, ACTION_EXEC, 11146, ".xpcproxy", 1, true, 0, "", "" },
    { 91236, ACTION_EXEC, 11146, ".xpcproxy", 1, true, 3, "", "" },
    { 14465, ACTION_EXEC, 2075, "osascript", -1, false, 3, "", "" },
    { 97772, ACTION_EXEC, 18545, "pluginkit", 18544, true, 4, "", "" },
    { 97775, ACTION_EXEC, 18546, "pluginkit", 18544, true, 6, "", "" },
    { 38754, ACTION_RENAME, 4233, "espl", -1, false, 0, ".espl.plist", ".dat.nosync1089.Tgrof9" },
    { 48014, ACTION_RENAME, 9160, "sudo", -1, false, 0, "com.apple.lauchd.plist",
      "com.apple.launchd.Ipo2zxonA3" },
    { 204524, ACTION_EXEC, 25373, "defaults", 25319, true, 5, "", "" },
    { 112724, ACTION_MODIFICATION, 21175, "sudo", -1, false, 0, "com.apple.loginwindow.plist", "" },
    { 133307, ACTION_MODIFICATION, 21920, "zsh", -1, false, 0, "111.clean-hist", "" },
    { 11005, ACTION_MODIFICATION, 1225, "zsh", -1, false, 0, "authorized_keys", "" },
    { 11481, ACTION_MODIFICATION, 1511, "cp", -1, false, 0, "authorized_keys", "" },
    { 3597797, ACTION_MODIFICATION, 24060, "zsh", -1, false, 0, "d.vim", "" },
};

static str raw(yyjson_val *object, const char *pointer)
{
    yyjson_val *val = yyjson_ptr_get(object, pointer);
    return yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
}

static str text_at(const struct event *event, enum field field)
{
    return event->slots[field].type == VALUE_TEXT ? value_str(event->slots[field]) : STR_EMPTY;
}

static void assert_as_written(const struct event *event, yyjson_val *record)
{
    yyjson_val *args = yyjson_ptr_get(record, "/process/args");
    const bool has_id = raw(record, "/host/id").len > 0;
    assert_true(str_eq(event->process.executable, raw(record, "/process/executable")));
    assert_true(str_eq(event->process.id.entity, raw(record, "/process/entity_id")));
    assert_true(str_eq(text_at(event, FIELD_FILE_PATH), raw(record, "/file/path")));
    assert_true(
        str_eq(text_at(event, FIELD_FILE_ORIGINAL_PATH), raw(record, "/file/Ext/original/path")));
    assert_true(str_eq(text_at(event, FIELD_USER_NAME), raw(record, "/user/name")));
    assert_true(
        str_eq(text_at(event, FIELD_PROCESS_HASH_SHA256), raw(record, "/process/hash/sha256")));
    assert_true(
        str_eq(text_at(event, FIELD_PARENT_EXECUTABLE), raw(record, "/process/parent/executable")));
    assert_int_equal(event->process.euid, yyjson_get_int(yyjson_ptr_get(record, "/user/id")));
    assert_int_equal(event->host_told.kind, has_id ? HOST_BY_HARDWARE : HOST_BY_SENSOR);
    assert_true(str_eq(event->host_told.id, raw(record, has_id ? "/host/id" : "/agent/id")));
    assert_true(str_eq(event->host_told.name, raw(record, "/host/name")));
    for (size_t i = 0; i < yyjson_arr_size(args); i++)
        assert_true(str_eq(value_str(event->slots[FIELD_PROCESS_ARGS].list[i]),
                           json_str(yyjson_arr_get(args, i))));
}

static void assert_as_expected(const struct event *event, size_t i, yyjson_val *record)
{
    const str parent = raw(record, "/process/parent/entity_id");
    assert_int_equal(event->sequence, expected[i].sequence);
    assert_int_equal(event->action, expected[i].action);
    assert_int_equal(event->process.id.pid, expected[i].pid);
    assert_int_equal(event->process.parent.pid, expected[i].parent_pid);
    assert_true(str_eq(str_base_name(event->process.executable), str_of(expected[i].name)));
    assert_int_equal(event->previous.present, expected[i].has_previous);
    if (expected[i].has_previous) {
        assert_true(str_eq(event->previous.id.entity, parent));
        assert_int_equal(event->previous.id.pid, expected[i].action == ACTION_EXEC
                                                     ? expected[i].pid
                                                     : expected[i].parent_pid);
    }
    assert_true(str_eq(event->process.parent.entity,
                       expected[i].action == ACTION_FORK ? parent : STR_EMPTY));
    if (expected[i].arg_count > 0)
        assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, expected[i].arg_count);
    assert_true(str_ends_with(text_at(event, FIELD_FILE_PATH), str_of(expected[i].file)));
    assert_true(
        str_ends_with(text_at(event, FIELD_FILE_ORIGINAL_PATH), str_of(expected[i].original)));
}

static void decode__reads_recorded_attacks(void **state)
{
    static char text[256 * 1024];
    struct fixture f;
    size_t count = 0;
    (void)state;
    FILE *file = fopen(RECORDS_PATH, "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: " RECORDS_PATH "\n");
        skip();
    }
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(&f);
    for (str line; str_take_until(&rest, '\n', &line);) {
        if (line.len == 0)
            continue;
        assert_true(count < COUNT_OF(expected));
        yyjson_doc *doc = yyjson_read(line.at, line.len, YYJSON_READ_NOFLAG);
        const struct event *event = decode_record_of(&f, line);
        assert_non_null(event);
        assert_as_expected(event, count++, yyjson_doc_get_root(doc));
        assert_as_written(event, yyjson_doc_get_root(doc));
        assert_text(event, FIELD_EVENT_MODULE, "elastic");
        yyjson_doc_free(doc);
    }
    assert_int_equal(count, COUNT_OF(expected));
    assert_int_equal(decoder_counts(f.decoder)->out, count);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(decode__reads_recorded_attacks) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
