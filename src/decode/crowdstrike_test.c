#include "decode/told.h"

#include "decode/damage.h"

#define AID  "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD(name)                                                                  \
    "'event_simpleName':'" name "','event_platform':'Mac','aid':'" AID              \
    "','cid':'c1d2','ComputerName':'mac-of-ada','ConfigStateHash':'77','name':'x'," \
    "'id':'f00d','timestamp':'1767323046000'"
#define CONTEXT(name) \
    HEAD(name) ",'ContextProcessId':'500000000000000001','ContextTimeStamp':'1767323045.678'"
#define HOST  " " AID "/mac-of-ada"
#define ACTOR HOST "\nprocess: id=#500000000000000001"

#define STARTED                                                                                  \
    "{" HEAD("ProcessRollup2") ",'TargetProcessId':'500000000000000002','ParentProcessId':"      \
                               "'500000000000000001','SourceProcessId':'500000000000000001','"   \
                               "RawProcessId':'6812','UID':"                                     \
                               "'501','RUID':'501','ProcessStartTime':'1767323045.567','"        \
                               "ProcessEndTime':'',"                                             \
                               "'ImageFileName':'/opt/tools/probe','CommandLine':'probe -x /a "  \
                               "b','CodeSigningFlags':"                                          \
                               "'570490881','SigningId':'org.invented.probe','TeamId':'"         \
                               "ABCDE12345','CsValidationCategory':"                             \
                               "'6','SHA256HashData':'" HASH                                     \
                               "','ParentBaseFileName':'zsh','UserName':'ada',"                  \
                               "'EnvironmentVariablesString':'HOME=/Users/ada PATH=/usr/bin:/a " \
                               "b=c/d:/e "                                                       \
                               "DYLD_INSERT_LIBRARIES=/tmp/x y.dylib  EMPTY= LAST=1'}"
#define STARTED_TOLD                                                                          \
    "exec 1767323045567000000" HOST                                                           \
    "\nprocess: id=6812@1767323045567000000#500000000000000002 parent=#500000000000000001 "   \
    "exe=/opt/tools/probe euid=501 cs=22010001 category=6 signing=org.invented.probe "        \
    "team=ABCDE12345\nuser.name=ada\nprocess.command_line=probe -x /a b\nprocess.env_vars="   \
    "[HOME=/Users/ada,PATH=/usr/bin:/a,b=c/d:/e,DYLD_INSERT_LIBRARIES=/tmp/x y.dylib,EMPTY=," \
    "LAST=1]\nprocess.hash.sha256=" HASH                                                      \
    "\nprocess.Ext.dyld_env=[DYLD_INSERT_LIBRARIES=/tmp/x y.dylib]\nprocess.parent.name=zsh"

#define SYNTHETIC                                                                                  \
    "{" HEAD("SyntheticProcessRollup2") ",'TargetProcessId':'7','ParentProcessId':'0',"            \
                                        "'RawProcessId':'1','ProcessStartTime':'1767300000.5','"   \
                                        "ImageFileName':'/sbin/launchd',"                          \
                                        "'CodeSigningFlags':'637622017','TeamId':'-','SigningId':" \
                                        "'com.apple.xpc.launchd',"                                 \
                                        "'SHA256HashData':'"                                       \
                                        "00000000000000000000000000000000000000000000000000000000" \
                                        "00000000',"                                               \
                                        "'CommandLine':''}"

#define SUMMARY                                                                            \
    "'ProcessStartTime':1767323045,'ProcessEndTime':0,'ProcessId':500000000000000002,"     \
    "'ParentProcessId':500000000000000001,'UserName':'ada','FileName':'probe','FilePath':" \
    "'/opt/tools/probe','CommandLine':'probe -x','SHA256String':'" HASH "','Severity':70," \
    "'SeverityName':'High','ParentImageFilePath':'/bin/zsh','FalconHostLink':"             \
    "'https://falcon.invalid/1'"
#define SUMMARY_TOLD                                                                             \
    HOST "\nprocess: id=#500000000000000002 parent=#500000000000000001 exe=/opt/tools/probe\n"   \
         "event.severity=70\nrule.name=Injected\nrule.id=30115\nmessage=Something was put into " \
         "something.\nuser.name=ada\nprocess.command_line=probe -x\nprocess.hash.sha256=" HASH   \
         "\nprocess.parent.executable=/bin/zsh\nprocess.parent.name=zsh"
#define DETECTION                                                                             \
    "{'metadata':{'customerIDString':'c','offset':70628,'eventType':'DetectionSummaryEvent'," \
    "'eventCreationTime':1767323046001,'version':'1.0'},'event':{" SUMMARY ",'ComputerName':" \
    "'mac-of-ada','SensorId':'" AID "','DetectName':'Injected','DetectDescription':"          \
    "'Something was put into something.','PatternId':30115,'DetectId':'ldt:1'}}"
#define EPP                                                                              \
    "{" SUMMARY ",'Hostname':'mac-of-ada','AgentId':'" AID "','Name':'Injected',"        \
    "'Description':'Something was put into something.','PatternId':30115,'CompositeId':" \
    "'c:ind:1','PlatformName':'Mac','PatternDispositionValue':0}"

// Of older searches, and of newer ones.
#define DECIMAL                                                                       \
    "{'event_simpleName':'EndOfProcess','event_platform':'Mac','aid':'" AID           \
    "','TargetProcessId_decimal':'500000000000000002','RawProcessId_decimal':'6812'," \
    "'ContextTimeStamp_decimal':'1767323045.678','ExitCode_decimal':'3'}"
#define SHARP                                                                                \
    "{'#event_simpleName':'NetworkConnectIP6','event_platform':'Mac','aid':'" AID            \
    "','@timestamp':1767323046000,'ContextProcessId':500000000000000001,'RemoteAddressIP6':" \
    "'2001:db8::7','RemotePort':443}"

static const struct told_case cases[] = {
    { STARTED, STARTED_TOLD },
    { SYNTHETIC, "exec 1767323046000000000" HOST
                 "\nprocess: id=1@1767300000500000000#7 exe=/sbin/launchd cs=26015701 "
                 "signing=com.apple.xpc.launchd platform" },
    { "{" HEAD("EndOfProcess") ",'ContextTimeStamp':'1767323045.678','TargetProcessId':"
                               "'500000000000000001','ExitCode':'2'}",
      "end 1767323045678000000" ACTOR "\nprocess.exit_code=2" },
    { "{" CONTEXT("TerminateProcess") "}", "end 1767323045678000000" ACTOR },
    { DECIMAL, "end 1767323045678000000 " AID "/\nprocess: id=6812#500000000000000002\n"
               "process.exit_code=3" },
    { SHARP, "connection_attempted 1767323046000000000 " AID "/\nprocess: id=#500000000000000001\n"
             "destination.ip=2001:db8::7\ndestination.port=443" },
    { "{" CONTEXT("NetworkConnectIP4") ",'RemoteAddressIP4':'192.0.2.7','RemotePort':'8443',"
                                       "'LocalPort':'50992','ConnectionDirection':'0'}",
      "connection_attempted 1767323045678000000" ACTOR
      "\ndestination.ip=192.0.2.7\ndestination.port=8443" },
    { "{" CONTEXT("NetworkReceiveAcceptIP4") ",'RemoteAddressIP4':'192.0.2.7','RemotePort':'1'}",
      "connection_accepted 1767323045678000000" ACTOR
      "\ndestination.ip=192.0.2.7\ndestination.port=1" },
    { "{" HEAD("ClassifiedModuleLoad") ",'TargetProcessId':'500000000000000001','ImageFileName':"
                                       "'/tmp/libx.dylib'}",
      "load 1767323046000000000" ACTOR "\ndll.path=/tmp/libx.dylib" },
    { "{" CONTEXT("MachOFileWritten") ",'TargetFileName':'/tmp/a.out','Size':'164',"
                                      "'ContextBaseFileName':'ld','UserName':'ada'}",
      "write 1767323045678000000" ACTOR
      "\nuser.name=ada\nprocess.name=ld\nfile.path=/tmp/a.out\nfile.size=164" },
    { "{" CONTEXT("BZip2FileWritten") ",'TargetFileName':'/tmp/a.bz2'}",
      "write 1767323045678000000" ACTOR "\nfile.path=/tmp/a.bz2" },
    { "{" CONTEXT("NewExecutableWritten") ",'TargetFileName':'/tmp/a.out'}",
      "creation 1767323045678000000" ACTOR "\nfile.path=/tmp/a.out" },
    { "{" CONTEXT("NewScriptWritten") ",'TargetFileName':'/tmp/a.sh'}",
      "creation 1767323045678000000" ACTOR "\nfile.path=/tmp/a.sh" },
    { "{" CONTEXT("DirectoryCreate") ",'TargetDirectoryName':'/tmp/d'}",
      "creation 1767323045678000000" ACTOR "\nfile.path=/tmp/d" },
    { "{" CONTEXT("FileCreateInfo") ",'TargetFileName':'/tmp/a'}",
      "creation 1767323045678000000" ACTOR "\nfile.path=/tmp/a" },
    { "{" CONTEXT("FileDeleteInfo") ",'TargetFileName':'/tmp/a'}",
      "deletion 1767323045678000000" ACTOR "\nfile.path=/tmp/a" },
    { "{" CONTEXT("ExecutableDeleted") ",'TargetFileName':'/tmp/a'}",
      "deletion 1767323045678000000" ACTOR "\nfile.path=/tmp/a" },
    { "{" CONTEXT("NewExecutableRenamed") ",'TargetFileName':'/tmp/b','SourceFileName':'/tmp/a'}",
      "rename 1767323045678000000" ACTOR "\nfile.path=/tmp/b\nfile.Ext.original.path=/tmp/a" },
    { "{" CONTEXT("CriticalFileAccessed") ",'TargetFileName':'/etc/sudoers'}",
      "open 1767323045678000000" ACTOR "\nfile.path=/etc/sudoers" },
    { "{" CONTEXT("CriticalFileModified") ",'TargetFileName':'/etc/sudoers'}",
      "modification 1767323045678000000" ACTOR "\nfile.path=/etc/sudoers" },
    { "{" CONTEXT("AsepFileChange") ",'TargetFileName':'/Library/LaunchDaemons/a.plist'}",
      "modification 1767323045678000000" ACTOR "\nfile.path=/Library/LaunchDaemons/a.plist" },
    { "{" CONTEXT("InjectedThread") ",'TargetProcessId':'9'}",
      "remote_thread 1767323045678000000" ACTOR "\ntarget: id=#9" },
    { "{" CONTEXT("ProcessSubstituteUser") "}", "setuid 1767323045678000000" ACTOR },
    { "{" HEAD("AssociateIndicator") ",'TargetProcessId':'500000000000000001','PatternId':'41'}",
      "alert 1767323046000000000" ACTOR "\nrule.name=AssociateIndicator\nrule.id=41" },
    { "{" CONTEXT("ScriptControlDetectInfo") ",'CommandLine':'osascript a.scpt'}",
      "alert 1767323045678000000" ACTOR
      "\nrule.name=ScriptControlDetectInfo\nprocess.command_line=osascript a.scpt" },
    // A date in place of a number, as searches may show it.
    { "{" HEAD("DirectoryCreate") ",'ContextProcessId':'500000000000000001','ContextTimeStamp':"
                                  "'2026-01-02 03:04:05.678Z','TargetFileName':'/tmp/d'}",
      "creation 1767323045678000000" ACTOR "\nfile.path=/tmp/d" },
    { DETECTION, "alert 1767323046001000000" SUMMARY_TOLD },
    { EPP, "alert 1767323045000000000" SUMMARY_TOLD },
};

static const struct drop_case dropped[] = {
    { "{'event_simpleName':'ProcessRollup2','event_platform':'Win','aid':'1','timestamp':'1'}",
      DECODE_DROP_NOT_NEEDED },
    { "{'event_simpleName':'Unheard','event_platform':'Lin','timestamp':'1'}",
      DECODE_DROP_NOT_NEEDED },
    { "{" CONTEXT("DnsRequest") ",'DomainName':'a.invalid'}", DECODE_DROP_NOT_NEEDED },
    { "{" CONTEXT("NetworkListenIP4") "}", DECODE_DROP_NOT_NEEDED },
    { "{" CONTEXT("KextLoad") "}", DECODE_DROP_NOT_NEEDED },
    { "{" CONTEXT("ScriptControlScanInfo") "}", DECODE_DROP_NOT_NEEDED },
    { "{" CONTEXT("FirewallSetRuleIP4") "}", DECODE_DROP_NOT_NEEDED },
    { "{" HEAD("ProcessRollup2Stats") "}", DECODE_DROP_NOT_NEEDED },
    { "{" CONTEXT("Unheard") "}", DECODE_DROP_UNKNOWN_EVENT },
    { "{" HEAD("DirectoryCreate") "}", DECODE_DROP_MISSING_KEY },
    { "{" HEAD("ProcessRollup2") ",'TargetProcessId':'0'}", DECODE_DROP_MISSING_KEY },
    { "{'event_simpleName':'ProcessRollup2','aid':'1','RawProcessId':'7'}",
      DECODE_DROP_MISSING_KEY },
    { "{'event_simpleName':'ProcessRollup2','RawProcessId':'7','timestamp':'soon'}",
      DECODE_DROP_BAD_TIME },
    { "{'event_simpleName':7,'event_platform':'Mac'}", DECODE_DROP_WRONG_TYPE },
    { "{'metadata':{'eventCreationTime':1,'eventType':'UserActivityAuditEvent'},'event':{}}",
      DECODE_DROP_NOT_NEEDED },
    { "{'metadata':{'eventCreationTime':1,'eventType':'DetectionSummaryEvent'},'event':{"
      "'ProcessId':7,'FilePath':'\\\\Device\\\\HarddiskVolume1\\\\Windows'}}",
      DECODE_DROP_NOT_NEEDED },
    { "{'metadata':{'eventCreationTime':1,'eventType':'DetectionSummaryEvent'},'event':{"
      "'ProcessId':7,'PlatformName':'Linux'}}",
      DECODE_DROP_NOT_NEEDED },
    { "{'metadata':{'eventCreationTime':1,'eventType':'DetectionSummaryEvent'},'event':[]}",
      DECODE_DROP_WRONG_TYPE },
    { "{'metadata':{'eventCreationTime':1,'eventType':'DetectionSummaryEvent'},'event':{}}",
      DECODE_DROP_MISSING_KEY },
};

static void crowdstrike__tells_all_of_each_event(void **state)
{
    (void)state;
    assert_each_told(cases, COUNT_OF(cases));
}

static void crowdstrike__says_why_there_is_no_event(void **state)
{
    (void)state;
    assert_each_dropped("crowdstrike", dropped, COUNT_OF(dropped));
}

static void crowdstrike__is_recognised_as_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_recognised("crowdstrike", "", cases[i].record);
}

static void crowdstrike__drops_every_truncation(void **state)
{
    (void)state;
    assert_each_truncation_dropped(STARTED);
}

// Without one of these there is no event: what it was, that it was a Mac's, when, and who.
static void visit(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/event_simpleName",
                                             "/#event_simpleName",
                                             "/event_platform",
                                             "/timestamp",
                                             "/@timestamp",
                                             "/ContextTimeStamp",
                                             "/ContextTimeStamp_decimal",
                                             "/ContextProcessId",
                                             "/TargetProcessId",
                                             "/metadata",
                                             "/metadata/eventType",
                                             "/event",
                                             "/event/ProcessId",
                                             "/ProcessId",
                                             "/ProcessStartTime",
                                             "/PlatformName",
                                             "" };
    if (decode_record_of(f, record) == NULL && !damage_is_one_of(path, essential))
        fail_msg("no event without %s (%s)", path, how);
}

static void crowdstrike__goes_on_without_what_is_not_essential(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        damage_each(&f, told_quoted(&arena, cases[i].record), visit);
    assert_int_equal(damage_seen_by(&f, "crowdstrike"), decoder_counts(f.decoder)->in);
    arena_done(&arena);
    close_fixture(&f);
}

static void crowdstrike__reads_real_records(void **state)
{
    static const char *const expected[] = {
        "exec 1687509714567000000 111111111111111/\n"
        "process: id=6812@1687509714567000000#494725112584640957 parent=#494714991831837524 "
        "exe=/System/Library/CoreServices/ManagedClient.app/Contents/MacOS/ManagedClient euid=0 "
        "cs=22017b01 signing=com.apple.ManagedClient\n"
        "process.command_line=/System/Library/CoreServices/ManagedClient.app/Contents/MacOS/"
        "ManagedClient\n"
        "process.env_vars=[MallocSpaceEfficient=1,XPC_SERVICE_NAME=com.apple.ManagedClient,PATH=/"
        "usr/bin:/bin:/usr/sbin:/sbin,XPC_FLAGS=1]\n"
        "process.hash.sha256=01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b\n"
        "process.parent.name=launchd",
    };
    (void)state;
    if (!told_real_records("../shared/data/telemetry/vendors/crowdstrike.ndjson", expected,
                           COUNT_OF(expected)))
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crowdstrike__tells_all_of_each_event),
        cmocka_unit_test(crowdstrike__says_why_there_is_no_event),
        cmocka_unit_test(crowdstrike__is_recognised_as_no_other),
        cmocka_unit_test(crowdstrike__drops_every_truncation),
        cmocka_unit_test(crowdstrike__goes_on_without_what_is_not_essential),
        cmocka_unit_test(crowdstrike__reads_real_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
