// Invented records of Elastic Defend and of others that write ECS, for the tests of this dialect.

#ifndef DECODE_ELASTIC_FIXTURE_H
#define DECODE_ELASTIC_FIXTURE_H

#include "event/event.h"

#define TIME    "\"@timestamp\":\"2026-01-02T03:04:05.678901234Z\""
#define TIME_NS 1767323045678901234LL
#define AGENT                                                                                  \
    "\"agent\":{\"id\":\"11111111-2222-4333-8444-555555555555\",\"type\":\"endpoint\","        \
    "\"version\":\"8.17.4\"},\"ecs\":{\"version\":\"8.10.0\"},\"elastic\":{\"agent\":{\"id\":" \
    "\"66666666-2222-4333-8444-555555555555\"}}"
#define MAC                                                                                    \
    "\"host\":{\"id\":\"0A1B2C3D-1111-5222-8333-444455556666\",\"name\":\"orchard.example\","  \
    "\"hostname\":\"orchard\",\"ip\":[\"127.0.0.1\",\"192.0.2.7\"],\"mac\":[\"02-00-00-00-00-" \
    "07\"],\"os\":{\"type\":\"macos\",\"family\":\"macos\",\"platform\":\"macos\",\"name\":"   \
    "\"macOS\",\"version\":\"26.1\",\"Ext\":{\"variant\":\"macOS\"}},\"architecture\":\"arm64\"}"
#define USER "\"user\":{\"id\":501,\"name\":\"mara\",\"Ext\":{\"real\":{\"id\":501}}}"
#define EVENT(dataset, category, type, action)                                                     \
    "\"event\":{\"kind\":\"event\",\"module\":\"endpoint\",\"dataset\":\"endpoint.events." dataset \
    "\",\"category\":[\"" category "\"],\"type\":[\"" type "\"],\"action\":\"" action              \
    "\",\"sequence\":4711,\"id\":\"N++/1\",\"created\":\"2026-01-02T03:04:05.7Z\"}"

// In base64 "11111111-2222-4333-8444-555555555555-500-13411796645.1", and so on: the process, the
// image before it, and its parent.
#define ENTITY_SELF   "MTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1LTUwMC0xMzQxMTc5NjY0NS4x"
#define ENTITY_BEFORE "MTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1LTUwMC0xMzQxMTc5NjY0NC4x"
#define ENTITY_PARENT "MTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1LTQwLTEzNDExNzk2NjAwLjE="

#define SIGNED(subject, id, team)                                                    \
    "\"code_signature\":{\"exists\":true,\"trusted\":true,\"status\":\"No error.\"," \
    "\"subject_name\":\"" subject "\",\"signing_id\":\"" id "\",\"team_id\":\"" team "\"}"
#define UNTRUSTED                                                                                \
    "\"code_signature\":{\"exists\":true,\"trusted\":false,\"status\":\"code failed to satisfy " \
    "specified code requirement(s)\",\"subject_name\":\"\",\"signing_id\":\"invented-tool\","    \
    "\"team_id\":\"\"}"
#define HASH                                                           \
    "\"hash\":{\"md5\":\"00000000000000000000000000000001\",\"sha1\":" \
    "\"0000000000000000000000000000000000000001\",\"sha256\":"         \
    "\"00000000000000000000000000000000000000000000000000000000000000aa\"}"
#define PARENT(entity)                                                                 \
    "\"parent\":{\"pid\":40,\"entity_id\":\"" entity "\",\"executable\":\"/bin/zsh\"," \
    "\"name\":\"zsh\"," SIGNED("Software Signing", "com.apple.zsh", "") ",\"args\":[]}"
#define SELF \
    "\"pid\":500,\"entity_id\":\"" ENTITY_SELF "\",\"executable\":\"/opt/tool\",\"name\":\"tool\""
#define ACTOR                                                                          \
    "\"process\":{" SELF                                                               \
    "," SIGNED("Developer ID Application: Invented (AB12CD34EF)", "org.invented.tool", \
               "AB12CD34EF") ",\"Ext\":{\"ancestry\":[\"" ENTITY_PARENT "\"]}}"
#define RECORD_WITH(event, rest) "{" TIME "," AGENT "," event "," MAC "," USER "," rest "}"
#define TARGET                                                                           \
    "\"Target\":{\"process\":{\"pid\":600,\"entity_id\":\"T600\",\"executable\":\"/bin/" \
    "sleep\",\"name\":\"sleep\"}}"

#define EXEC                                                                                  \
    RECORD_WITH(EVENT("process", "process", "start", "exec"),                                 \
                "\"process\":{" SELF ",\"args\":[\"tool\",\"-x\",\"/a b\"],\"args_count\":3," \
                "\"command_line\":\"tool -x /a b\",\"working_directory\":\"/Users/mara\","    \
                "\"env_vars\":[\"DYLD_INSERT_LIBRARIES=/tmp/a.dylib\",\"LANG=C\"],"           \
                "\"start\":\"2026-01-02T03:04:05.6Z\"," HASH                                  \
                "," SIGNED("Software Signing", "com.apple.tool", "") "," PARENT(              \
                    ENTITY_BEFORE) ",\"Ext\":{\"ancestry\":[\"" ENTITY_BEFORE                 \
                                   "\",\"" ENTITY_PARENT "\"],"                               \
                                   "\"effective_parent\":{\"pid\":50,\"entity_id\":\"E50\"}}}")
#define FORK                                                  \
    RECORD_WITH(EVENT("process", "process", "start", "fork"), \
                "\"process\":{" SELF ",\"exit_code\":0," PARENT(ENTITY_PARENT) ",\"Ext\":{}}")
#define END                                                \
    RECORD_WITH(EVENT("process", "process", "end", "end"), \
                "\"process\":{" SELF ",\"exit_code\":3," UNTRUSTED ",\"parent\":{\"pid\":40}}")
#define LOAD                                                                                     \
    RECORD_WITH(EVENT("library", "library", "start", "load"),                                    \
                ACTOR ",\"dll\":{\"path\":\"/opt/lib/libx.dylib\",\"name\":\"libx.dylib\"," HASH \
                      "," SIGNED("Developer ID Application: Other (ZZ99)", "libx",               \
                                 "ZZ99") ",\"Ext\":{\"size\":4096}},\"Effective_process\":{"     \
                                         "\"pid\":51,\"entity_id\":\"E51\","                     \
                                         "\"executable\":\"/a\",\"name\":\"a\"}")
#define THREAD RECORD_WITH(EVENT("process", "process", "change", "remote_thread"), ACTOR "," TARGET)
#define OPEN_TASK                                                            \
    RECORD_WITH(                                                             \
        EVENT("process", "process", "access", "process_open"),               \
        "\"process\":{" SELF ",\"Ext\":{\"api\":{\"name\":\"task_for_pid\"," \
        "\"parameters\":{\"address\":4096,\"size\":16384,\"protection\":\"R-X\"}}}}," TARGET)
#define FILE_EVENT(type, action)                                                            \
    RECORD_WITH(EVENT("file", "file", type, action),                                        \
                ACTOR ",\"file\":{\"path\":\"/Users/mara/a.tar.gz\",\"name\":\"a.tar.gz\"," \
                      "\"extension\":\"gz\",\"size\":77}")
#define RENAME                                                                             \
    RECORD_WITH(EVENT("file", "file", "change", "rename"),                                 \
                ACTOR ",\"file\":{\"path\":\"/Users/mara/new\",\"name\":\"new\",\"Ext\":{" \
                      "\"original\":{\"path\":\"/Users/mara/old\",\"name\":\"old\"}}}")
#define LAUNCH_ITEM                                                                               \
    RECORD_WITH(EVENT("file", "file", "change", "launch_daemon"),                                 \
                ACTOR ",\"Persistence\":{\"path\":\"/Library/LaunchDaemons/org.invented.plist\"," \
                      "\"name\":\"org.invented\",\"args\":[\"/opt/tool\"]}")
#define CONNECTION(action)                                                                \
    RECORD_WITH(EVENT("network", "network", "start", action),                             \
                ACTOR ",\"destination\":{\"ip\":\"192.0.2.80\",\"port\":443,\"address\":" \
                      "\"192.0.2.80\",\"domain\":\"www.example\"},\"source\":{\"port\":50000}")
#define SECURITY(action)                                                                        \
    RECORD_WITH(EVENT("security", "configuration", "change", action),                           \
                "\"process\":{\"entity_id\":\"" ENTITY_SELF "\",\"executable\":\"/usr/libexec/" \
                "syspolicyd\"},\"file\":{\"path\":\"/Applications/Tool.app\"}")
#define ALERT_OF(code, rest)                                                                \
    RECORD_WITH(                                                                            \
        "\"event\":{\"kind\":\"alert\",\"module\":\"endpoint\",\"dataset\":"                \
        "\"endpoint.alerts\",\"code\":\"" code "\",\"category\":[\"malware\","              \
        "\"intrusion_detection\"],\"type\":[\"info\",\"denied\"],\"action\":\"execution\"," \
        "\"severity\":73,\"risk_score\":71,\"sequence\":4711}",                             \
        "\"message\":\"Malicious Behavior Detection Alert\"," rest)
#define BEHAVIOR                                                                                 \
    ALERT_OF("behavior", "\"rule\":{\"id\":\"r-1\",\"name\":\"Invented Behaviour\",\"ruleset\":" \
                         "\"production\"}," ACTOR ",\"Events\":[{\"process\":{\"pid\":1}}],"     \
                         "\"file\":{\"path\":\"/tmp/x\"},\"dll\":{\"path\":\"/tmp/y.dylib\"}")
#define MALWARE ALERT_OF("malicious_file", ACTOR ",\"file\":{\"path\":\"/tmp/x\"}")
// What the detection engine makes of an exec.
#define KIBANA                                                                                    \
    "{\"@timestamp\":\"2026-01-02T03:09:00Z\",\"kibana.alert.rule.name\":\"Invented Rule\","      \
    "\"kibana.alert.rule.uuid\":\"u-1\",\"kibana.alert.severity\":\"high\","                      \
    "\"kibana.alert.risk_score\":73,\"kibana.alert.reason\":\"a reason\","                        \
    "\"kibana.alert.original_time\":\"2026-01-02T03:04:05.678901234Z\"," AGENT                    \
    ",\"event\":{\"kind\":\"signal\",\"category\":[\"process\"],\"type\":[\"start\"],\"action\":" \
    "\"exec\"}," MAC "," USER "," ACTOR "}"
// Auditbeat's.
#define BEAT                                                                                    \
    "{" TIME ",\"ecs\":{\"version\":\"1.12.0\"},\"agent\":{\"type\":\"auditbeat\"},\"event\":{" \
    "\"kind\":\"event\",\"category\":[\"process\"],\"type\":[\"start\"],\"action\":"            \
    "\"process_started\"},\"host\":{\"hostname\":\"orchard\",\"os\":{\"family\":\"darwin\","    \
    "\"platform\":\"darwin\"}},\"user\":{\"id\":\"0\",\"name\":\"root\"},\"process\":{\"pid\":" \
    "\"500\",\"executable\":\"/opt/tool\",\"args\":\"tool\",\"parent\":{\"pid\":40}}}"

// One of each kind.
static const struct {
    const char *record;
    enum action action;
} elastic_samples[] = {
    { EXEC, ACTION_EXEC },
    { FORK, ACTION_FORK },
    { END, ACTION_END },
    { LOAD, ACTION_LOAD },
    { THREAD, ACTION_REMOTE_THREAD },
    { OPEN_TASK, ACTION_PROCESS_OPEN },
    { FILE_EVENT("creation", "creation"), ACTION_CREATION },
    { FILE_EVENT("change", "modification"), ACTION_MODIFICATION },
    { FILE_EVENT("change", "overwrite"), ACTION_MODIFICATION },
    { FILE_EVENT("deletion", "deletion"), ACTION_DELETION },
    { FILE_EVENT("access", "open"), ACTION_OPEN },
    { RENAME, ACTION_RENAME },
    { LAUNCH_ITEM, ACTION_LAUNCH_ITEM_ADD },
    { CONNECTION("connection_attempted"), ACTION_CONNECT },
    { CONNECTION("connection_accepted"), ACTION_ACCEPT },
    { SECURITY("gatekeeper_override"), ACTION_GATEKEEPER_OVERRIDE },
    { SECURITY("tcc_modify"), ACTION_TCC_MODIFY },
    { BEHAVIOR, ACTION_ALERT },
    { MALWARE, ACTION_ALERT },
    { KIBANA, ACTION_ALERT },
    { BEAT, ACTION_EXEC },
};

#endif
