// What records tell of a file's past: when it was created, whether it was downloaded, what it is. One
// record of each dialect that tells it, and what it makes of values that cannot be.

#include "decode/told.h"

#define TIME_NS 1767323045000000000LL  // 2026-01-02T03:04:05Z
#define BORN_NS 1767312000000000000LL  // 2026-01-02T00:00:00Z

struct born_case {
    const char *record;
    int64_t executable_ns;
    int64_t library_ns;
    const char *quarantine;  // NULL: not told, as below.
    const char *macho_type;
};

#define ES_TOKEN    "{'pid':500,'pidversion':1,'euid':501}"
#define ES_FILE(at) "{'path':'/opt/x','path_truncated':false,'stat':{'st_birthtimespec':" at "}}"
#define ES_PROCESS(at) \
    "{'audit_token':" ES_TOKEN ",'codesigning_flags':1,'executable':" ES_FILE(at) "}"
#define ES_EXEC(keys, at)                                                                          \
    "{'schema_version':1,'version':8,'event_type':9," keys ",'seq_num':0,'time':"                  \
    "'2026-01-02T03:04:05.000000000Z','process':" ES_PROCESS(                                      \
        "'2020-01-01T00:00:00.000000Z'") ",'event':{'exec':{'target':" ES_PROCESS(at) ",'args':[]" \
                                                                                      "}}}"
#define ES_MAP(at)                                                                           \
    "{'schema_version':1,'version':8,'event_type':20,'global_seq_num':1,'seq_num':0,'time':" \
    "'2026-01-02T03:04:05.000000000Z','process':" ES_PROCESS(                                \
        "null") ",'event':{'mmap':{"                                                         \
                "'protection':5,'max_protection':5,'flags':18,'source':" ES_FILE(at) "}}}"
#define SANTA_EXEC(times, rest)                                                                \
    "{'machine_id':'5C0FFEE0','event_time':'2026-01-02T03:04:05Z','execution':{'instigator':{" \
    "'id':{'pid':500,'pidversion':1},'executable':{'path':'/bin/zsh','stat':{'birth_time':"    \
    "'2020-01-01T00:00:00Z'}}},'target':{'id':{'pid':500,'pidversion':2},'executable':{"       \
    "'path':'/opt/x','stat':{" times "}}},'decision':'DECISION_ALLOW'" rest "}}"
#define ECS(category, action, rest)                                                    \
    "{'@timestamp':'2026-01-02T03:04:05Z','ecs':{'version':'8.10.0'},'event':{'kind':" \
    "'event','category':['" category "'],'action':'" action "'},'host':{'os':{'type':" \
    "'macos'}}," rest "}"
#define ECS_EXEC(age)                                                        \
    ECS("process", "exec",                                                   \
        "'process':{'pid':500,'entity_id':'e','executable':'/opt/x','Ext':{" \
        "'relative_file_creation_time':" age "}}")
#define ECS_LOAD(age)                                                               \
    ECS("library", "load",                                                          \
        "'process':{'pid':500,'entity_id':'e','Ext':{'relative_file_creation_time'" \
        ":1}},'dll':{'path':'/opt/x','Ext':{'relative_file_creation_time':" age "}}")
#define ECS_FILE(bytes)                                                  \
    ECS("file", "creation",                                              \
        "'process':{'pid':500,'entity_id':'e'},'file':{'path':'/opt/x'," \
        "'Ext':{'header_bytes':" bytes "}}")
#define OCSF_FILE(at) "{'name':'x','path':'/opt/x','type_id':1," at "}"
#define OCSF(class, activity, rest)                                                                \
    "{'class_uid':" class ",'activity_id':" activity                                               \
                          ",'type_uid':" class "0" activity                                        \
                                               ",'time':1767323045000,'metadata':{'version':'1.5." \
                                               "0','product':{'name':'Invented'}}," rest "}"
#define HEADER(type) "'cffaedfe0c00000100000000" type "'"

static const struct born_case cases[] = {
    { ES_EXEC("'global_seq_num':1", "'2026-01-02T00:00:00.000000000Z'"), BORN_NS, 0, NULL, NULL },
    { ES_EXEC("'glob_seq_num':1", "'2026-01-02T00:00:00.000Z'"), BORN_NS, 0, NULL, NULL },
    { ES_EXEC("'global_seq_num':1,'macOS':'26','es_event_type':'ES_EVENT_TYPE_NOTIFY_EXEC'",
              "'2026-01-02T00:00:00.000000000Z'"),
      BORN_NS, 0, NULL, NULL },
    { ES_EXEC("'global_seq_num':1", "'1970-01-01T00:00:00.000000000Z'"), 0, 0, NULL, NULL },
    { ES_EXEC("'global_seq_num':1", "'2261-01-01T00:00:00.000000000Z'"), 9183110400000000000, 0,
      NULL, NULL },
    { ES_EXEC("'global_seq_num':1", "'2999-01-01T00:00:00.000000000Z'"), 0, 0, NULL, NULL },
    { ES_EXEC("'global_seq_num':1", "'-2026'"), 0, 0, NULL, NULL },
    { ES_EXEC("'global_seq_num':1", "7"), 0, 0, NULL, NULL },
    { ES_EXEC("'global_seq_num':1", "{}"), 0, 0, NULL, NULL },
    { ES_MAP("'2026-01-02T00:00:00.000000000Z'"), 0, BORN_NS, NULL, NULL },
    { ES_MAP("[]"), 0, 0, NULL, NULL },
    { SANTA_EXEC("'birth_time':'2026-01-02T00:00:00Z'", ""), BORN_NS, 0, NULL, NULL },
    { SANTA_EXEC("'birthTime':'2026-01-02T00:00:00Z'", ",'quarantineUrl':'https://a.invalid'"),
      BORN_NS, 0, "yes", NULL },
    { SANTA_EXEC("'birth_time':1", ",'quarantine_url':''"), 0, 0, NULL, NULL },
    { SANTA_EXEC("'birth_time':null", ",'quarantine_url':'x'"), 0, 0, "yes", NULL },
    { ECS_EXEC("11045"), BORN_NS, 0, NULL, NULL },
    { ECS_EXEC("[11045.25]"), BORN_NS - 250000000, 0, NULL, NULL },
    { ECS_EXEC("-5"), TIME_NS + 5000000000, 0, NULL, NULL },
    { ECS_EXEC("2999999999.5"), 0, 0, NULL, NULL },
    { ECS_EXEC("-2000000000"), 3767323045000000000, 0, NULL, NULL },
    { ECS_EXEC("1e300"), 0, 0, NULL, NULL },
    { ECS_EXEC("-1e300"), 0, 0, NULL, NULL },
    { ECS_EXEC("18446744073709551615"), 0, 0, NULL, NULL },
    { ECS_EXEC("'11045'"), 0, 0, NULL, NULL },
    { ECS_LOAD("11045"), 0, BORN_NS, NULL, NULL },
    { ECS_FILE(HEADER("02000000")), 0, 0, NULL, "execute" },
    { ECS_FILE(HEADER("06000000")), 0, 0, NULL, "dylib" },
    { ECS_FILE(HEADER("08000000")), 0, 0, NULL, "bundle" },
    { ECS_FILE(HEADER("0b000000")), 0, 0, NULL, "other" },
    { ECS_FILE("'CEFAEDFE0700000103000000"
               "02000000'"),
      0, 0, NULL, "execute" },
    { ECS_FILE("'cafebabe0000000200000000"
               "00000000'"),
      0, 0, NULL, NULL },
    { ECS_FILE("'2321'"), 0, 0, NULL, NULL },
    { ECS_FILE("'23212f62'"), 0, 0, NULL, "none" },
    { ECS_FILE("'cffaedfe'"), 0, 0, NULL, NULL },
    { ECS_FILE("'cffaedfe0c00000100000000020000xx'"), 0, 0, NULL, NULL },
    { ECS_FILE("'zz'"), 0, 0, NULL, NULL },
    { ECS_FILE("9"), 0, 0, NULL, NULL },
    { "{'name':'x','hostIdentifier':'m','unixTime':1767323045,'action':'added','columns':{'pid':"
      "'500','path':'/opt/x','cmdline':'x','auid':'501','euid':'501','time':'1767323045',"
      "'btime':'1767312000'}}",
      BORN_NS, 0, NULL, NULL },
    { "{'name':'x','hostIdentifier':'m','unixTime':1767323045,'action':'added','columns':{'pid':"
      "'500','path':'/opt/x','cmdline':'x','auid':'501','euid':'501','time':'1767323045',"
      "'btime':'9223372036854775807'}}",
      0, 0, NULL, NULL },
    { OCSF("1007", "1",
           "'process':{'pid':500,'file':" OCSF_FILE("'created_time':1767312000000") "}"),
      BORN_NS, 0, NULL, NULL },
    { OCSF("1005", "1",
           "'actor':{'process':{'pid':500}},'module':{'file':" OCSF_FILE(
               "'created_time_dt':'2026-01-02T00:00:00Z'") "}"),
      0, BORN_NS, NULL, NULL },
    { OCSF("1005", "1",
           "'actor':{'process':{'pid':500}},'module':{'file':" OCSF_FILE("'created_time':-1") "}"),
      0, 0, NULL, NULL },
};

static void assert_slot(const struct event *event, enum field field, const char *expected,
                        const char *record)
{
    const struct value slot = event->slots[field];
    const bool is_same = expected == NULL
                             ? slot.type == VALUE_MISSING
                             : slot.type == VALUE_TEXT && str_eq(value_str(slot), str_of(expected));
    if (!is_same)
        fail_msg("%.*s of %s", STR_ARG(field_name(field)), record);
}

static void decode__takes_what_is_told_of_a_files_past(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct born_case *c = &cases[i];
        const struct event *event = decode_line(&f, told_quoted(&arena, c->record));
        if (event == NULL)
            fail_msg("no event of %s", c->record);
        if (event->executable_born_ns != c->executable_ns ||
            event->library.born_ns != c->library_ns)
            fail_msg("born %lld, %lld: %s", (long long)event->executable_born_ns,
                     (long long)event->library.born_ns, c->record);
        assert_slot(event, FIELD_PROCESS_QUARANTINE, c->quarantine, c->record);
        assert_slot(event, FIELD_FILE_MACHO_TYPE, c->macho_type, c->record);
    }
    arena_done(&arena);
    close_fixture(&f);
}

// Reading a date of each mapping would cost all who do not ask.
static void decode__leaves_alone_what_nobody_asks_for(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    decoder_free(f.decoder);
    memset(&f.projection, 0, sizeof f.projection);
    projection_want(&f.projection, ACTION_MPROTECT, FIELD_PROCESS_IMAGE_AGE);
    projection_compile(&f.projection);
    f.decoder = decoder_new(&f.projection, NULL);
    const char *when = ES_MAP("'2026-01-02T00:00:00.000000000Z'");
    assert_int_equal(decode_line(&f, told_quoted(&arena, when))->library.born_ns, 0);
    // An exec tells it for what comes later.
    const char *exec = ES_EXEC("'global_seq_num':1", "'2026-01-02T00:00:00.000000000Z'");
    assert_int_equal(decode_line(&f, told_quoted(&arena, exec))->executable_born_ns, BORN_NS);
    arena_done(&arena);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__takes_what_is_told_of_a_files_past),
        cmocka_unit_test(decode__leaves_alone_what_nobody_asks_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
