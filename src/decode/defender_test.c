#include "decode/told.h"

#include "decode/damage.h"

#define DEVICE         "d0d1d2d3d4d5d6d7d8d9d0d1d2d3d4d5d6d7d8d9"
#define HASH           "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH_2         "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
#define T(seconds, us) "2026-01-02T03:04:" seconds "." us "Z"

#define ROW(action)                                                                             \
    "'DeviceId':'" DEVICE "','DeviceName':'mac-of-ada.invalid','ActionType':'" action           \
    "','ReportId':17,'Timestamp':'" T("06", "5") "','MachineGroup':null,'AppGuardContainerId':" \
                                                 "null"
#define INITIATING(pid, parent)                                                                 \
    "'InitiatingProcessId':" pid ",'InitiatingProcessCreationTime':'" T(                        \
        "05",                                                                                   \
        "25") "','InitiatingProcessParentId':" parent                                           \
              ",'InitiatingProcessParentCreationTime':'" T(                                     \
                  "04",                                                                         \
                  "0") "','InitiatingProcessFileName':'agent','InitiatingProcessFolderPath':"   \
                       "'/system/library/agent','InitiatingProcessCommandLine':'\\\"/System/"   \
                       "Library/Agent\\\" -a',"                                                 \
                       "'InitiatingProcessParentFileName':'launchd','InitiatingProcessSHA256':" \
                       "'" HASH "','InitiatingProcessAccountName':'root','"                     \
                       "InitiatingProcessSignatureStatus':'Valid',"                             \
                       "'InitiatingProcessSignerType':'OsVendor','"                             \
                       "InitiatingProcessVersionInfoCompanyName':"                              \
                       "'(APPLE)','InitiatingProcessUniqueId':'0'"
#define NEW(pid)                                                                     \
    "'ProcessId':" pid ",'ProcessCreationTime':'" T(                                 \
        "06", "5") "','FileName':'Probe',"                                           \
                   "'FolderPath':'/opt/My Tools/Probe','ProcessCommandLine':'probe " \
                   "-x','AccountName':'ada',"                                        \
                   "'SHA256':'" HASH_2                                               \
                   "','ProcessVersionInfoCompanyName':'ABCDE12345','ProcessUniqueId':'0'"
#define MORE                                                                                       \
    "{\\\"InitiatingProcessPosixEffectiveUser\\\":{\\\"Name\\\":\\\"root\\\",\\\"PosixUserId\\\":" \
    "0},\\\"Initiating"                                                                            \
    "ProcessCurrentWorkingDirectory\\\":\\\"/"                                                     \
    "\\\",\\\"ProcessPosixEffectiveUser\\\":{\\\"PosixUserId\\\":501},"                            \
    "\\\"ProcessCurrentWorkingDirectory\\\":\\\"/Users/ada\\\"}"
#define STREAMED(table, row)                                                                     \
    "{'time':'2026-01-02T03:14:00Z','tenantId':'t','operationName':'Publish','category':"        \
    "'AdvancedHunting-" table "','_TimeReceivedBySvc':'2026-01-02T03:13:00Z','properties':{" row \
    "},'Tenant':'DefaultTenant'}"

#define HOST      " " DEVICE "/mac-of-ada.invalid"
#define TIME      "1767323046500000000"
#define BEFORE    "700@1767323045250000000"
#define PARENT_ID "60@1767323044000000000"
#define AGENT     "exe=/System/Library/Agent"

#define EXEC_IN_PLACE                                                                    \
    STREAMED("DeviceProcessEvents", ROW("ProcessCreated") "," NEW("700") "," INITIATING( \
                                        "700", "60") ",'AdditionalFields':'" MORE "'")
#define EXEC_IN_PLACE_TOLD                                                                         \
    "exec " TIME HOST "\nprocess: id=700@" TIME " parent=" PARENT_ID                               \
    " exe=/opt/My Tools/Probe euid=501 team=ABCDE12345\nprevious: id=" BEFORE " parent=" PARENT_ID \
    " " AGENT " cs=20000001 platform\nuser.name=ada\nprocess.command_line=probe -x\n"              \
    "process.working_directory=/Users/ada\nprocess.hash.sha256=" HASH_2                            \
    "\nprocess.parent.name=launchd"
#define SPAWN                                                \
    "{" ROW("ProcessCreated") "," NEW("701") "," INITIATING( \
        "700",                                               \
        "60") ",'AdditionalFields':"                         \
              "{'ProcessPosixEffectiveUser':{'PosixUserId':501}},'Type':'DeviceProcessEvents'}"
// A chain of execs: nobody says who the parent is.
#define CHAIN                                                                                      \
    "{" ROW("ProcessCreated") "," NEW("700") "," INITIATING("700", "700") ",'AdditionalFields':''" \
                                                                          "}"
#define ACTED(action, more) "{" ROW(action) "," INITIATING("700", "60") "," more "}"
#define ACTOR               HOST "\nprocess: id=" BEFORE " parent=" PARENT_ID " " AGENT " cs=20000001 platform"
#define ACTOR_SLOTS_1       "\nuser.name=root\nprocess.command_line=\"/System/Library/Agent\" -a"
#define ACTOR_SLOTS_2       "\nprocess.hash.sha256=" HASH "\nprocess.parent.name=launchd"
#define ACTOR_SLOTS         ACTOR_SLOTS_1 ACTOR_SLOTS_2

#define EVIDENCE                                                                                  \
    STREAMED(                                                                                     \
        "AlertEvidence",                                                                          \
        "'Timestamp':'" T(                                                                        \
            "06",                                                                                 \
            "5") "','AlertId':'da-1','Title':'Code put "                                          \
                 "into a "                                                                        \
                 "process','EntityType':'Process','EvidenceRole':'Related','ServiceSource':"      \
                 "'Microsoft Defender for Endpoint','DetectionSource':'EDR','Severity':'High',"   \
                 "'DeviceId':'" DEVICE "','DeviceName':'mac-of-ada.invalid','FileName':'Probe',"  \
                 "'FolderPath':'/opt/My Tools','SHA256':'" HASH_2 "','AccountName':'ada',"        \
                 "'ProcessCommandLine':'probe "                                                   \
                 "-x','AdditionalFields':'{\\\"ProcessId\\\":\\\"700\\\","                        \
                 "\\\"CreationTimeUtc\\\":\\\"2026-01-02T03:04:06.5Z\\\",\\\"ParentProcess\\\":{" \
                 "\\\"ProcessId\\\":\\\"60\\\",\\\"CreationTimeUtc\\\":\\\"2026-01-02T03:04:"     \
                 "04Z\\\"}}'")
#define SECURITY_ALERT                                                                            \
    "{'TimeGenerated':'" T(                                                                       \
        "06", "5") "','AlertName':'Code put into a process','AlertType':'inject',"                \
                   "'Description':'Of a "                                                         \
                   "process.','ProviderName':'MDATP','Type':'SecurityAlert','Entities':'["        \
                   "{\\\"$id\\\":\\\"2\\\",\\\"HostName\\\":\\\"mac-of-ada\\\",\\\"OSFamily\\\":" \
                   "\\\"macOS\\\","                                                               \
                   "\\\"MdatpDeviceId\\\":\\\"" DEVICE                                            \
                   "\\\",\\\"Type\\\":\\\"host\\\"},{\\\"ProcessId\\\":\\\"700\\\","              \
                   "\\\"CommandLine\\\":\\\"probe "                                               \
                   "-x\\\",\\\"CreationTimeUtc\\\":\\\"2026-01-02T03:04:06.5Z\\\","               \
                   "\\\"ImageFile\\\":{\\\"Directory\\\":\\\"/opt/My "                            \
                   "Tools\\\",\\\"Name\\\":\\\"Probe\\\"},"                                       \
                   "\\\"Type\\\":\\\"process\\\"}]'}"

static const struct told_case cases[] = {
    { EXEC_IN_PLACE, EXEC_IN_PLACE_TOLD },
    { SPAWN, "exec " TIME HOST "\nprocess: id=701@" TIME " parent=" BEFORE
             " exe=/opt/My Tools/Probe euid=501 team=ABCDE12345\nuser.name=ada\n"
             "process.command_line=probe -x\nprocess.hash.sha256=" HASH_2
             "\nprocess.parent.executable=/System/Library/Agent\nprocess.parent.name=Agent" },
    { CHAIN, "exec " TIME HOST "\nprocess: id=700@" TIME
             " exe=/opt/My Tools/Probe team=ABCDE12345\nprevious: id=" BEFORE " " AGENT
             " cs=20000001 platform\nuser.name=ada\nprocess.command_line=probe -x\n"
             "process.hash.sha256=" HASH_2 },
    { ACTED("OpenProcessApiCall", NEW("701")),
      "process_open " TIME ACTOR "\ntarget: id=701@" TIME
      " exe=/opt/My Tools/Probe team=ABCDE12345" ACTOR_SLOTS },
    { ACTED("CreateRemoteThreadApiCall", NEW("701")),
      "remote_thread " TIME ACTOR "\ntarget: id=701@" TIME
      " exe=/opt/My Tools/Probe team=ABCDE12345" ACTOR_SLOTS },
    { ACTED("PTraceDetected", NEW("701")), "trace " TIME ACTOR "\ntarget: id=701@" TIME
                                           " exe=/opt/My Tools/Probe team=ABCDE12345" ACTOR_SLOTS },
    { ACTED("ImageLoaded", "'FolderPath':'/tmp','FileName':'x.dylib'"),
      "load " TIME ACTOR ACTOR_SLOTS "\ndll.path=/tmp/x.dylib" },
    { STREAMED("DeviceFileEvents",
               ROW("FileCreated") "," INITIATING(
                   "700", "60") ",'FolderPath':"
                                "'/tmp/a','FileName':'a','FileSize':12,'AdditionalFields':'" MORE
                                "'"),
      "creation " TIME HOST "\nprocess: id=" BEFORE " parent=" PARENT_ID " " AGENT
      " euid=0 cs=20000001 platform" ACTOR_SLOTS_1 "\nprocess.working_directory=/" ACTOR_SLOTS_2
      "\nfile.path=/tmp/a\nfile.size=12" },
    { ACTED("FileModified", "'FolderPath':'/tmp/a','FileName':'a'"),
      "modification " TIME ACTOR ACTOR_SLOTS "\nfile.path=/tmp/a" },
    { ACTED("FileRenamed", "'FolderPath':'/tmp/a','FileName':'a','PreviousFolderPath':'/var',"
                           "'PreviousFileName':'b'"),
      "rename " TIME ACTOR ACTOR_SLOTS "\nfile.path=/tmp/a\nfile.Ext.original.path=/var/b" },
    { ACTED("FileDeleted", "'FolderPath':'/tmp/a','FileName':'a'"),
      "deletion " TIME ACTOR ACTOR_SLOTS "\nfile.path=/tmp/a" },
    { ACTED("PlistPropertyModified", "'FolderPath':'/tmp/a.plist','FileName':'a.plist'"),
      "modification " TIME ACTOR ACTOR_SLOTS "\nfile.path=/tmp/a.plist" },
    { ACTED("SensitiveFileRead", "'FolderPath':'/tmp/a','FileName':'a'"),
      "open " TIME ACTOR ACTOR_SLOTS "\nfile.path=/tmp/a" },
    { ACTED("ConnectionRequest", "'RemoteIP':'192.0.2.7','RemotePort':443,'RemoteUrl':'a.invalid'"),
      "connection_attempted " TIME ACTOR ACTOR_SLOTS
      "\ndestination.ip=192.0.2.7\ndestination.port=443\ndestination.domain=a.invalid" },
    { ACTED("ConnectionSuccess", "'RemoteIP':'192.0.2.7','RemotePort':'443','RemoteUrl':null"),
      "connection_attempted " TIME ACTOR ACTOR_SLOTS
      "\ndestination.ip=192.0.2.7\ndestination.port=443" },
    { ACTED("InboundConnectionAccepted", "'RemoteIP':'192.0.2.7'"),
      "connection_accepted " TIME ACTOR ACTOR_SLOTS "\ndestination.ip=192.0.2.7" },
    { ACTED("AntivirusDetection", "'FolderPath':'/tmp/a','FileName':'a','AdditionalFields':"
                                  "'{\\\"ThreatName\\\":\\\"Trojan:MacOS/Invented\\\"}'"),
      "alert " TIME HOST "\nprocess: id=" BEFORE " parent=" PARENT_ID " " AGENT
      " cs=20000001 platform\nrule.name=Trojan:MacOS/Invented" ACTOR_SLOTS "\nfile.path=/tmp/a" },
    { EVIDENCE, "alert " TIME HOST "\nprocess: id=700@" TIME " parent=" PARENT_ID
                " exe=/opt/My Tools/Probe\nrule.name=Code put into a process\nrule.id=da-1\n"
                "user.name=ada\nprocess.command_line=probe -x\n"
                "process.hash.sha256=" HASH_2 },
    { SECURITY_ALERT, "alert " TIME " " DEVICE "/mac-of-ada\nprocess: id=700@" TIME
                      " exe=/opt/My Tools/Probe\nrule.name=Code put into a process\n"
                      "rule.id=inject\nmessage=Of a process.\nprocess.command_line=probe -x" },
};

static const struct drop_case dropped[] = {
    { STREAMED("DeviceInfo", "'DeviceId':'d','OSPlatform':'macOS'"), DECODE_DROP_NOT_NEEDED },
    { STREAMED("DeviceNetworkInfo", "'DeviceId':'d'"), DECODE_DROP_NOT_NEEDED },
    { STREAMED("AlertInfo", "'AlertId':'a','Title':'t'"), DECODE_DROP_NOT_NEEDED },
    { "{'AlertId':'a','Title':'t','ServiceSource':'s'}", DECODE_DROP_NOT_NEEDED },
    { STREAMED("EmailEvents", "'Subject':'t'"), DECODE_DROP_NOT_NEEDED },
    { STREAMED("AlertEvidence", "'AlertId':'a','EntityType':'User','Timestamp':'2026-01-02T03:04:"
                                "06Z'"),
      DECODE_DROP_NOT_NEEDED },
    { STREAMED("AlertEvidence", "'AlertId':'a','EntityType':'Process','Timestamp':'2026-01-02T03:"
                                "04:06Z'"),
      DECODE_DROP_MISSING_KEY },
    { ACTED("RegistryValueSet", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("NtAllocateVirtualMemoryApiCall", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("HttpConnectionInspected", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("ProcessCreatedUsingWmiQuery", "'a':1"), DECODE_DROP_NOT_NEEDED },
    { ACTED("Unheard", "'a':1"), DECODE_DROP_UNKNOWN_EVENT },
    { ACTED("FileCreated", "'FolderPath':'C:\\\\Users\\\\ada\\\\a.txt'"), DECODE_DROP_NOT_NEEDED },
    { ACTED("FileCreated", "'OSPlatform':'Linux'"), DECODE_DROP_NOT_NEEDED },
    { "{" ROW("ProcessCreated") ",'ProcessId':7,'InitiatingProcessFolderPath':"
                                "'\\\\Device\\\\HarddiskVolume3\\\\a.exe'}",
      DECODE_DROP_NOT_NEEDED },
    { "{" ROW("ProcessCreated") ",'InitiatingProcessId':7}", DECODE_DROP_MISSING_KEY },
    { "{" ROW("FileCreated") ",'InitiatingProcessId':0}", DECODE_DROP_MISSING_KEY },
    { "{'DeviceId':'d','ActionType':'ProcessCreated','ProcessId':7}", DECODE_DROP_MISSING_KEY },
    { "{'DeviceId':'d','ActionType':'ProcessCreated','ProcessId':7,'Timestamp':'noon'}",
      DECODE_DROP_BAD_TIME },
    { "{'DeviceId':'d','ActionType':7,'InitiatingProcessId':7}", DECODE_DROP_WRONG_TYPE },
};

static void defender__tells_all_of_each_event(void **state)
{
    (void)state;
    assert_each_told(cases, COUNT_OF(cases));
}

static void defender__says_why_there_is_no_event(void **state)
{
    (void)state;
    assert_each_dropped("defender", dropped, COUNT_OF(dropped));
}

static void defender__is_recognised_as_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_recognised("defender", "", cases[i].record);
}

static void defender__takes_the_rows_of_an_answer(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, told_quoted(&arena, "{'Stats':{},'Schema':[{'Name':'a'}],"
                                                        "'Results':[" SPAWN "," CHAIN "]}")));
    assert_int_equal(f.batch.event_count, 2);
    assert_int_equal(decoder_counts(f.decoder)->out, 2);
    assert_non_null(decode_line(&f, told_quoted(&arena, "{'records':[" EXEC_IN_PLACE "]}")));
    assert_int_equal(dropped_in_all(&f), 0);
    arena_done(&arena);
    close_fixture(&f);
}

static void defender__drops_every_truncation(void **state)
{
    (void)state;
    assert_each_truncation_dropped(EXEC_IN_PLACE);
}

// Nested objects of a column that is text are damaged as text is.
static void defender__survives_every_truncation_of_its_json(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    const str more = str_of(told_quoted(&arena, MORE));
    (void)state;
    open_fixture(&f);
    for (size_t len = 0; len < more.len; len++) {
        const str column = str_to(more, len);
        const bool is_cut_escape = len > 0 && column.at[len - 1] == '\\';
        if (is_cut_escape)
            continue;
        assert_non_null(decode_record_of(
            &f, arena_printf(&arena, "{%s,\"AdditionalFields\":\"%.*s\"}",
                             told_quoted(&arena, ROW("FileDeleted") "," INITIATING("700", "60")),
                             STR_ARG(column))));
    }
    arena_done(&arena);
    close_fixture(&f);
}

static void visit(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/properties",
                                             "/properties/ActionType",
                                             "/properties/Timestamp",
                                             "/properties/ProcessId",
                                             "/properties/InitiatingProcessId",
                                             "/properties/AdditionalFields",
                                             "/properties/EntityType",
                                             "/category",
                                             "/ActionType",
                                             "/Timestamp",
                                             "/TimeGenerated",
                                             "/ProcessId",
                                             "/InitiatingProcessId",
                                             "/Entities",
                                             "/Type",
                                             "" };
    if (decode_record_of(f, record) == NULL && !damage_is_one_of(path, essential))
        fail_msg("no event without %s (%s)", path, how);
}

static void defender__goes_on_without_what_is_not_essential(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        damage_each(&f, told_quoted(&arena, cases[i].record), visit);
    arena_done(&arena);
    close_fixture(&f);
}

static void defender__reads_real_records(void **state)
{
    static const char *const expected[] = {
        "exec 1750700490835162000 adc83b19e793491b1c6ea0fd8b46cd9f32e592fc/example.com\n"
        "process: id=7357@1750700490835162000 "
        "exe=/System/Applications/System Settings.app/Contents/Resources/systemsettingsagent "
        "euid=502\n"
        "previous: id=7357@1750700490835132000 exe=/usr/libexec/xpcproxy\n"
        "user.name=user1\n"
        "process.command_line=\"/System/Applications/System Settings.app/Contents/Resources/"
        "systemsettingsagent\"\n"
        "process.working_directory=/\n"
        "process.hash.sha256=01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
    };
    (void)state;
    if (!told_real_records("../shared/data/telemetry/vendors/defender.ndjson", expected,
                           COUNT_OF(expected)))
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defender__tells_all_of_each_event),
        cmocka_unit_test(defender__says_why_there_is_no_event),
        cmocka_unit_test(defender__is_recognised_as_no_other),
        cmocka_unit_test(defender__takes_the_rows_of_an_answer),
        cmocka_unit_test(defender__drops_every_truncation),
        cmocka_unit_test(defender__survives_every_truncation_of_its_json),
        cmocka_unit_test(defender__goes_on_without_what_is_not_essential),
        cmocka_unit_test(defender__reads_real_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
