#include "decode/told.h"

#include "decode/damage.h"

#define HASH   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define MAC    "A0A1A2A3-B0B1-C0C1-D0D1-E0E1E2E3E4E5"
#define UID(n) "0000000" n "-1111-2222-3333-444455556666"

#define HEAD(type)                                                                                \
    "'event.type':'" type "','endpoint.os':'osx','endpoint.name':'mac-of-ada','agent.uuid':'" MAC \
    "','event.time':1767323045678,'timestamp':'2026-01-02T03:04:05.678Z','trace.id':'t',"         \
    "'dataSource.vendor':'SentinelOne','i.scheme':'edr','mgmt.id':'7'"
#define SOURCE                                                                                   \
    "'src.process.uid':'" UID(                                                                   \
        "1") "','src.process.pid':700,'src.process.startTime':"                                  \
             "1767323040000,'src.process.image.path':'/bin/zsh','src.process.cmdline':'zsh -l'," \
             "'src.process.image.sha256':'" HASH "','src.process.user':'ada',"                   \
             "'src.process.signedStatus':'signed','src.process.verifiedStatus':'verified',"      \
             "'src.process.publisher':'<Type=Apple/"                                             \
             "ID=com.apple.zsh>','src.process.parent.uid':'" UID(                                \
                 "0") "','src.process.parent.pid':600,'src.process.parent.startTime':"           \
                      "1767323000000,"                                                           \
                      "'src.process.parent.image.path':'/usr/bin/login','src.process.sessionId':0"
#define TARGET                                                                                   \
    "'tgt.process.uid':'" UID(                                                                   \
        "2") "','tgt.process.pid':701,'tgt.process.startTime':"                                  \
             "1767323045670,'tgt.process.image.path':'/opt/probe','tgt.process.cmdline':'probe " \
             "-x',"                                                                              \
             "'tgt.process.image.sha256':'" HASH "','tgt.process.user':'ada',"                   \
             "'tgt.process.signedStatus':'signed','tgt.process.verifiedStatus':'verified',"      \
             "'tgt.process.publisher':'<Type=DevID/ID=org.invented.probe/Subject=OU:ABCDE12345>'"
#define ACTED(type, more) "{" HEAD(type) "," SOURCE "," more "}"

#define HOST              " " MAC "/mac-of-ada"
#define WHEN              " 1767323045678000000" HOST
#define ZSH                                                                                   \
    "\nprocess: id=700@1767323040000000000#" UID("1") " parent=600@1767323000000000000#" UID( \
        "0") " exe=/bin/zsh cs=20000001 signing=com.apple.zsh platform"
#define ZSH_1 "\nuser.name=ada\nprocess.command_line=zsh -l"
#define ZSH_2                                                                    \
    "\nprocess.hash.sha256=" HASH "\nprocess.parent.executable=/usr/bin/login\n" \
    "process.parent.name=login"
#define PROBE                                                             \
    "id=701@1767323045670000000#" UID("2") " exe=/opt/probe cs=20000001 " \
                                           "signing=org.invented.probe team=ABCDE12345"
#define PROBE_OF(parent)                                                               \
    "\nprocess: id=701@1767323045670000000#" UID(                                      \
        "2") " parent=" parent " exe=/opt/probe "                                      \
             "cs=20000001 signing=org.invented.probe team=ABCDE12345\nuser.name=ada\n" \
             "process.command_line=probe -x\nprocess.hash.sha256=" HASH                \
             "\nprocess.parent.executable=/bin/zsh\nprocess.parent.name=zsh"

#define CREATED ACTED("Process Creation", TARGET)

// An exported search: every value as text.
#define EXPORTED(type, more)                                                                       \
    "{'eventType':'" type "','eventTime':'2026-01-02T03:04:05.678Z','agentOs':'osx','agentName':"  \
    "'mac-of-ada','agentUuid':'" MAC "','srcProcUid':'" UID(                                       \
        "1") "','srcProcPid':'700',"                                                               \
             "'srcProcStartTime':'2026-01-02T03:04:00.000Z','srcProcImagePath':'/bin/"             \
             "zsh','srcProcCmdLine':"                                                              \
             "'zsh -l','srcProcImageSha256':'" HASH                                                \
             "','srcProcUser':'ada','srcProcSignedStatus':'signed',"                               \
             "'srcProcVerifiedStatus':'verified','srcProcPublisher':'<Type=Apple/"                 \
             "ID=com.apple.zsh>',"                                                                 \
             "'srcProcParentUid':'" UID(                                                           \
                 "0") "','srcProcParentPid':'600','srcProcParentStartTime':"                       \
                      "'2026-01-02T03:03:20.000Z','srcProcParentImagePath':'/usr/bin/login'," more \
                      "}"
#define EXPORTED_TARGET                                                                \
    "'tgtProcUid':'" UID("2") "','tgtProcPid':'701','tgtProcessStartTime':"            \
                              "'2026-01-02T03:04:05.670Z','tgtProcImagePath':'/opt/"   \
                              "probe','tgtProcCmdLine':'probe -x',"                    \
                              "'tgtProcImageSha256':'" HASH                            \
                              "','tgtProcUser':'ada','tgtProcSignedStatus':'signed',"  \
                              "'tgtProcVerifiedStatus':'verified','tgtProcPublisher':" \
                              "'<Type=DevID/ID=org.invented.probe/Subject=OU:ABCDE12345>'"

// Cloud Funnel 1.
#define META                                                                                     \
    "'meta':{'uuid':'" MAC "','traceId':'t_1','agentVersion':'S1-MAC/22.2','osFamily':'osx',"    \
    "'computerName':'mac-of-ada','mgmtUrl':'https://s1.invalid'},'trueContext':{'key':{'value':" \
    "'k'}}"
#define PARTY(uid, pid, start, path, line, identity, parent)                                      \
    "{'node':{'key':{'value':'" uid "'}},'executable':{'path':'" path "','signature':{'signed':{" \
    "'identity':'" identity "','valid':{}}},'hashes':{'sha256':'" HASH "'}},'commandLine':'" line \
    "','fullPid':{'pid':" pid ",'startTime':{'millisecondsSinceEpoch':'" start                    \
    "'}},'user':{'name':'ada'},'parent':" parent "}"
#define NO_PARENT(uid) "{'node':{'key':{'value':'" uid "'}},'fullPid':{'startTime':{}}}"
#define NESTED_ZSH                                                                                 \
    PARTY(UID("1"), "700", "1767323040000", "/bin/zsh", "zsh -l", "<Type=Apple/ID=com.apple.zsh>", \
          NO_PARENT(UID("0")))
#define NESTED_PROBE                                                  \
    PARTY(UID("2"), "701", "1767323045670", "/opt/probe", "probe -x", \
          "<Type=DevID/ID=org.invented.probe/Subject=OU:ABCDE12345>", NO_PARENT(UID("1")))
#define NESTED(type, more)                                                                 \
    "{" META ",'timestamp':{'millisecondsSinceEpoch':'1767323045678'},'event_type':'" type \
    "'," more "}"
#define NESTED_ZSH_TOLD                                                \
    "\nprocess: id=700@1767323040000000000#" UID("1") " parent=#" UID( \
        "0") " exe=/bin/zsh "                                          \
             "cs=20000001 signing=com.apple.zsh platform"
#define NESTED_SLOTS "\nuser.name=ada\nprocess.command_line=zsh -l\nprocess.hash.sha256=" HASH
#define INNER                                                                                  \
    "{" META ",'@timestamp':1767323045678,'event':{'type':'fileDeletion','source':" NESTED_ZSH \
    ",'targetFile':{'path':'/tmp/a'}}}"

#define RULE                                                                                       \
    "{'agentDetectionInfo':{'uuid':'" MAC "','name':'mac-of-ada','osFamily':'osx'},'alertInfo':{"  \
    "'alertId':'9','createdAt':'2026-01-02T03:04:05.678Z','eventType':'PROCESSCREATION'},'"        \
    "ruleInfo':"                                                                                   \
    "{'name':'Probe','id':'77','description':'A probe.','severity':'Critical'},"                   \
    "'sourceProcessInfo':{'uniqueId':'" UID(                                                       \
        "1") "','pid':'700','pidStarttime':"                                                       \
             "'2026-01-02T03:04:00Z','filePath':'/bin/zsh','commandline':'zsh "                    \
             "-l','fileHashSha256':'" HASH                                                         \
             "','user':'ada'},'sourceParentProcessInfo':{'uniqueId':'" UID(                        \
                 "0") "','pid':'600',"                                                             \
                      "'pidStarttime':'2026-01-02T03:03:20Z','filePath':'/usr/bin/"                \
                      "login'},'targetProcessInfo':{"                                              \
                      "'tgtProcUid':'" UID("2") "','tgtProcPid':'701','tgtProcessStartTime':"      \
                                                "'2026-01-02T03:04:05.670Z','tgtProcImagePath':'/" \
                                                "opt/probe','tgtFilePath':null}}"

static const struct told_case cases[] = {
    { CREATED, "exec" WHEN PROBE_OF("700@1767323040000000000#" UID("1")) },
    // As agents send it that do not name the parent.
    { "{" HEAD("Process Creation") "," TARGET ",'process.unique.key':'" UID("2") "'}",
      "exec" WHEN "\nprocess: " PROBE "\nuser.name=ada\nprocess.command_line=probe -x\n"
      "process.hash.sha256=" HASH },
    // The same with objects for dots.
    { "{'event':{'type':'Process Exit','time':1767323045678},'endpoint':{'os':'osx','name':"
      "'mac-of-ada'},'agent':{'uuid':'" MAC "'},'src':{'process':{'pid':7,'image':{'path':'/a'}}}}",
      "end" WHEN "\nprocess: id=7 exe=/a" },
    { ACTED("Process Exit", "'a':1"), "end" WHEN ZSH ZSH_1 ZSH_2 },
    { "{" HEAD("Process Termination") ",'tgt.process.uid':'7'}", "end" WHEN "\nprocess: id=#7" },
    { ACTED("Module Load", "'module.path':'/tmp/x.dylib','module.sha1':'0'"),
      "load" WHEN ZSH ZSH_1 ZSH_2 "\ndll.path=/tmp/x.dylib" },
    { ACTED("Open Remote Process Handle", TARGET),
      "process_open" WHEN ZSH "\ntarget: " PROBE ZSH_1 ZSH_2 },
    { ACTED("Duplicate Process Handle", TARGET),
      "process_open" WHEN ZSH "\ntarget: " PROBE ZSH_1 ZSH_2 },
    { ACTED("Remote Thread Creation", TARGET),
      "remote_thread" WHEN ZSH "\ntarget: " PROBE ZSH_1 ZSH_2 },
    { ACTED("File Creation", "'tgt.file.path':'/tmp/a','tgt.file.size':12"),
      "creation" WHEN ZSH ZSH_1 ZSH_2 "\nfile.path=/tmp/a\nfile.size=12" },
    { ACTED("File Modification", "'tgt.file.path':'/tmp/a'"),
      "modification" WHEN ZSH ZSH_1 ZSH_2 "\nfile.path=/tmp/a" },
    { ACTED("File Rename", "'tgt.file.path':'/tmp/a','tgt.file.oldPath':'/tmp/b'"),
      "rename" WHEN ZSH ZSH_1 ZSH_2 "\nfile.path=/tmp/a\nfile.Ext.original.path=/tmp/b" },
    { ACTED("File Deletion", "'tgt.file.path':'/tmp/a'"),
      "deletion" WHEN ZSH ZSH_1 ZSH_2 "\nfile.path=/tmp/a" },
    { ACTED("IP Connect", "'event.network.direction':'OUTGOING','dst.ip.address':'192.0.2.7',"
                          "'dst.port.number':443,'src.ip.address':'192.0.2.1'"),
      "connection_attempted" WHEN ZSH ZSH_1 ZSH_2
      "\ndestination.ip=192.0.2.7\ndestination.port=443" },
    { ACTED("IP Connect", "'event.network.direction':'INCOMING','dst.ip.address':'192.0.2.1',"
                          "'src.ip.address':'192.0.2.7','src.port.number':5000"),
      "connection_accepted" WHEN ZSH ZSH_1 ZSH_2
      "\ndestination.ip=192.0.2.7\ndestination.port=5000" },
    { ACTED("Behavioral Indicators", "'indicator.name':'Injected','indicator.description':'It "
                                     "was.','indicator.category':'Injection'"),
      "alert" WHEN ZSH "\nrule.name=Injected\nmessage=It was." ZSH_1 ZSH_2 },
    { ACTED("Threat Intelligence Indicators", "'tiIndicator.name':'Bad','tiIndicator.uid':'9'"),
      "alert" WHEN ZSH "\nrule.name=Bad\nrule.id=9" ZSH_1 ZSH_2 },
    { EXPORTED("Process Creation", EXPORTED_TARGET),
      "exec" WHEN PROBE_OF("700@1767323040000000000#" UID("1")) },
    { EXPORTED("Remote Thread Creation", EXPORTED_TARGET),
      "remote_thread" WHEN ZSH "\ntarget: " PROBE ZSH_1 ZSH_2 },
    { EXPORTED("IP Connect", "'dstIp':'192.0.2.7','dstPort':'443'"),
      "connection_attempted" WHEN ZSH ZSH_1 ZSH_2
      "\ndestination.ip=192.0.2.7\ndestination.port=443" },
    { EXPORTED("Behavioral Indicators", "'indicatorName':'Injected'"),
      "alert" WHEN ZSH "\nrule.name=Injected" ZSH_1 ZSH_2 },
    { NESTED("processCreation", "'process':" NESTED_PROBE ",'parent':" NESTED_ZSH),
      "exec" WHEN PROBE_OF("700@1767323040000000000#" UID("1")) },
    { NESTED("openProcess", "'source':" NESTED_ZSH ",'target':" NESTED_PROBE),
      "process_open" WHEN NESTED_ZSH_TOLD "\ntarget: id=701@1767323045670000000#" UID(
          "2") " parent=#" UID("1") " exe=/opt/probe cs=20000001 signing=org.invented.probe "
                                    "team=ABCDE12345" NESTED_SLOTS },
    { NESTED("processExit", "'process':" NESTED_ZSH ",'exitCode':3"),
      "end" WHEN NESTED_ZSH_TOLD "\nuser.name=ada\nprocess.command_line=zsh -l\n"
      "process.exit_code=3\nprocess.hash.sha256=" HASH },
    { NESTED("moduleLoad", "'source':" NESTED_ZSH ",'path':'/tmp/x.dylib'"),
      "load" WHEN NESTED_ZSH_TOLD NESTED_SLOTS "\ndll.path=/tmp/x.dylib" },
    { NESTED("tcpv4", "'source':" NESTED_ZSH ",'direction':'OUTGOING','destinationAddress':{"
                      "'address':'192.0.2.7','port':443}"),
      "connection_attempted" WHEN NESTED_ZSH_TOLD NESTED_SLOTS
      "\ndestination.ip=192.0.2.7\ndestination.port=443" },
    { NESTED("behavioralIndicators", "'source':" NESTED_ZSH ",'indicator':'WD109','friendlyName':"
                                     "'Injected','description':'It was.'"),
      "alert" WHEN NESTED_ZSH_TOLD
      "\nrule.name=Injected\nrule.id=WD109\nmessage=It was." NESTED_SLOTS },
    { NESTED("fileCreation", "'source':" NESTED_ZSH ",'file':{'path':'/tmp/a'}"),
      "creation" WHEN NESTED_ZSH_TOLD NESTED_SLOTS "\nfile.path=/tmp/a" },
    { INNER, "deletion" WHEN NESTED_ZSH_TOLD NESTED_SLOTS "\nfile.path=/tmp/a" },
    { RULE,
      "alert" WHEN
      "\nprocess: id=700@1767323040000000000#" UID("1") " parent=600@1767323000000000000#" UID(
          "0") " exe=/bin/zsh\n"
               "target: id=701@1767323045670000000#" UID(
                   "2") " exe=/opt/probe\nrule.name=Probe\n"
                        "rule.id=77\nmessage=A probe." ZSH_1 ZSH_2 },
};

static const struct drop_case dropped[] = {
    { "{'event.type':'Process Creation','endpoint.os':'windows','tgt.process.pid':7}",
      DECODE_DROP_NOT_NEEDED },
    { "{'event.type':'Process Creation','endpoint.os':'linux','tgt.process.pid':7}",
      DECODE_DROP_NOT_NEEDED },
    { ACTED("DNS Resolved", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("Registry Value Create", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("Scheduled Task Start", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("Duplicate Thread Handle", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("Command Script", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("GET", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("Unheard", "'a':1"), DECODE_DROP_UNKNOWN_EVENT },
    { ACTED("Unheard of by anybody who wrote these many names down", "'a':1"),
      DECODE_DROP_UNKNOWN_EVENT },
    { "{" HEAD("Process Creation") "}", DECODE_DROP_MISSING_KEY },
    { "{" HEAD("File Creation") "," TARGET "}", DECODE_DROP_MISSING_KEY },
    { "{'endpoint.os':'osx','src.process.pid':7,'event.time':1}", DECODE_DROP_MISSING_KEY },
    { "{'event.type':'Process Exit','endpoint.os':'osx','src.process.pid':7}",
      DECODE_DROP_MISSING_KEY },
    { "{'event.type':'Process Exit','endpoint.os':'osx','src.process.pid':7,'event.time':'x'}",
      DECODE_DROP_BAD_TIME },
    { "{'event.type':[],'endpoint.os':'osx','src.process.pid':7,'event.time':1}",
      DECODE_DROP_WRONG_TYPE },
    { "{'meta':{'osFamily':'windows','mgmtUrl':'u'},'event_type':'processCreation'}",
      DECODE_DROP_NOT_NEEDED },
    { NESTED("regValueCreate", "'source':" NESTED_ZSH), DECODE_DROP_NOT_NEEDED },
    { NESTED("fileCreation", "'a':1"), DECODE_DROP_MISSING_KEY },
    { "{'threatInfo':{'threatName':'a','identifiedAt':'2026-01-02T03:04:05Z'},"
      "'agentDetectionInfo':{'osFamily':'osx'}}",
      DECODE_DROP_MISSING_KEY },
};

static void sentinelone__tells_all_of_each_event(void **state)
{
    (void)state;
    assert_each_told(cases, COUNT_OF(cases));
}

static void sentinelone__says_why_there_is_no_event(void **state)
{
    (void)state;
    assert_each_dropped("sentinelone", dropped, COUNT_OF(dropped));
}

// Cloud Funnel 1 has an "event_type" as eslogger has; eslogger is asked after it.
static void sentinelone__is_recognised_as_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_recognised("sentinelone", "eslogger", cases[i].record);
}

static void sentinelone__drops_every_truncation(void **state)
{
    (void)state;
    assert_each_truncation_dropped(CREATED);
    assert_each_truncation_dropped(INNER);
}

// Apple's signature is that of macOS only where nothing else can be.
static void sentinelone__knows_macos_by_signature_and_place(void **state)
{
    static const struct {
        const char *path;
        bool is_platform;
    } places[] = {
        { "/usr/bin/curl", true },
        { "/System/Library/a", true },
        { "/sbin/launchd", true },
        { "/bin/zsh", true },
        { "/usr/local/bin/curl", false },
        { "/Applications/Xcode.app/a", false },
        { "/System/Volumes/Data/a", false },
        { "/usr", false },
        { "", false },
    };
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const char *head = told_quoted(
            &arena, HEAD("Process Exit") ",'src.process.pid':7,'src.process.signedStatus':"
                                         "'signed','src.process.verifiedStatus':'verified',"
                                         "'src.process.publisher':'<Type=Apple/ID=a>'");
        const struct event *event =
            decode_record_of(&f, arena_printf(&arena, "{%s,\"src.process.image.path\":\"%s\"}",
                                              head, places[i].path));
        assert_non_null(event);
        assert_int_equal(event->process.is_platform, places[i].is_platform);
    }
    arena_done(&arena);
    close_fixture(&f);
}

static void visit(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/event.type",
                                             "/endpoint.os",
                                             "/eventType",
                                             "/agentOs",
                                             "/eventTime",
                                             "/meta/osFamily",
                                             "/event_type",
                                             "/timestamp",
                                             "/timestamp/millisecondsSinceEpoch",
                                             "/@timestamp",
                                             "/event",
                                             "/event/type",
                                             "/event/source",
                                             "/source",
                                             "/process",
                                             "/agentDetectionInfo/osFamily",
                                             "/alertInfo",
                                             "/alertInfo/createdAt",
                                             "/sourceProcessInfo",
                                             "/tgt.process.uid",
                                             "/endpoint",
                                             "/endpoint/os",
                                             "/event/time",
                                             "/src",
                                             "/src/process",
                                             "/src/process/pid",
                                             "" };
    if (decode_record_of(f, record) == NULL && !damage_is_one_of(path, essential))
        fail_msg("no event without %s (%s)", path, how);
}

static void sentinelone__goes_on_without_what_is_not_essential(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        damage_each(&f, told_quoted(&arena, cases[i].record), visit);
    assert_int_equal(damage_seen_by(&f, "sentinelone"), decoder_counts(f.decoder)->in);
    arena_done(&arena);
    close_fixture(&f);
}

static void sentinelone__reads_real_records(void **state)
{
    static const char *const expected[] = {
        "exec 1733386731479000000 xxxx-XXXXXX-XXXXx-xxxxx/LMFR0205\n"
        "process: id=30273@1733386731479000000#54EDFDFD-139E-4040-A961-59D6F9C33F63 "
        "exe=/usr/bin/curl cs=20000001 signing=com.apple.curl platform\n"
        "user.name=test.user\n"
        "process.command_line=curl -H User-Agent: test.nvim v1.10.0 "
        "(+https://test.test/tttttttt/test.nvim) -fsSL -X GET -o "
        "/Users/test.user/.local/share/nvim/test/registries/github/test-org/test-registry/"
        "registry.json.zip --connect-timeout 30 "
        "https://test.test/test-org/test-registry/releases/download/2024-12-05-doting-coil/"
        "registry.json.zip\n"
        "process.hash.sha256=8577dde932584e03da0f0230dbca16a11fa4f57b3f8b91033f99e83b5a85fd42",
    };
    (void)state;
    if (!told_real_records("../shared/data/telemetry/vendors/sentinelone.ndjson", expected,
                           COUNT_OF(expected)))
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentinelone__tells_all_of_each_event),
        cmocka_unit_test(sentinelone__says_why_there_is_no_event),
        cmocka_unit_test(sentinelone__is_recognised_as_no_other),
        cmocka_unit_test(sentinelone__drops_every_truncation),
        cmocka_unit_test(sentinelone__knows_macos_by_signature_and_place),
        cmocka_unit_test(sentinelone__goes_on_without_what_is_not_essential),
        cmocka_unit_test(sentinelone__reads_real_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
