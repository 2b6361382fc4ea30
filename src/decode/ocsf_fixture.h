// Records in OCSF and their parts, for the tests of that dialect.

#ifndef DECODE_OCSF_FIXTURE_H
#define DECODE_OCSF_FIXTURE_H

#include "decode/damage.h"

#define CDHASH "0123456789abcdef0123456789abcdef01234567"
#define SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define METADATA                                                                         \
    "\"metadata\":{\"uid\":\"r-1\",\"sequence\":41,\"version\":\"1.5.0\",\"profiles\":[" \
    "\"host\",\"datetime\"],\"product\":{\"name\":\"Invented\",\"vendor_name\":\"Nobody\"}}"
#define DEVICE                                                                               \
    "\"device\":{\"uid\":\"dev-7\",\"hostname\":\"mac-7.invented\",\"type_id\":3,\"os\":{"   \
    "\"type_id\":300,\"type\":\"macOS\",\"name\":\"macOS\"},\"hw_info\":{\"serial_number\":" \
    "\"C0INVENTED7\"}}"
#define HEAD_OF(class, activity, type)                                                           \
    "{\"class_uid\":" class ",\"class_name\":\"?\",\"category_uid\":1,\"activity_id\":" activity \
                            ",\"type_uid\":" type ",\"severity_id\":1,\"status_id\":1,\"time\":" \
                            "1767323045678," METADATA "," DEVICE ","
#define SIGNATURE                                                                        \
    "\"signature\":{\"algorithm_id\":5,\"developer_uid\":\"INVENTED01\",\"state_id\":1," \
    "\"certificate\":{\"subject\":\"CN=Developer ID Application: Nobody\",\"issuer\":"   \
    "\"CN=Developer ID Certification Authority\",\"serial_number\":\"1\"}}"
#define FILE_OF(path)                                                                 \
    "{\"name\":\"?\",\"path\":\"" path "\",\"type_id\":1,\"size\":4096,\"hashes\":[{" \
    "\"algorithm_id\":3,\"algorithm\":\"SHA-256\",\"value\":\"" SHA256 "\"},{"        \
    "\"algorithm_id\":99,\"algorithm\":\"CDHash\",\"value\":\"" CDHASH "\"}]," SIGNATURE "}"
#define PROCESS_AT(pid, path)                                                                    \
    "{\"pid\":" pid ",\"uid\":\"life-" pid "\",\"name\":\"tool\",\"file\":" FILE_OF(             \
        path) ",\"cmd_line\":\"tool -x /tmp/a\",\"created_time\":1767323040000,"                 \
              "\"working_directory\":\"/Users/u\",\"user\":{\"uid\":\"501\",\"name\":\"u\"},"    \
              "\"xattributes\":{\"signing_id\":\"org.invented.tool\"},"                          \
              "\"environment_variables\":[{\"name\":\"HOME\",\"value\":\"/Users/u\"},{\"name\":" \
              "\"DYLD_INSERT_LIBRARIES\",\"value\":\"/tmp/"                                      \
              "a.dylib\"}],\"parent_process\":{\"pid\":"                                         \
              "40,\"uid\":\"life-40\",\"name\":\"zsh\",\"file\":{\"name\":\"zsh\",\"path\":"     \
              "\"/bin/zsh\",\"type_id\":1}}}"
#define ACTOR                                                                              \
    "\"actor\":{\"process\":" PROCESS_AT("500", "/bin/bash") ",\"user\":{\"uid\":\"502\"," \
                                                             "\"name\":\"v\"}}"
#define TARGET "\"process\":" PROCESS_AT("600", "/opt/tool")

#define LAUNCH HEAD_OF("1007", "1", "100701") ACTOR "," TARGET "}"
#define END    HEAD_OF("1007", "2", "100702") ACTOR "," TARGET ",\"exit_code\":3}"
#define OPEN   HEAD_OF("1007", "3", "100703") ACTOR "," TARGET ",\"requested_permissions\":1}"
#define INJECT HEAD_OF("1007", "4", "100704") ACTOR "," TARGET ",\"injection_type_id\":1}"
#define SETUID HEAD_OF("1007", "5", "100705") ACTOR "," TARGET "}"
#define LOAD                                \
    HEAD_OF("1005", "1", "100501")          \
    ACTOR ",\"module\":{\"file\":" FILE_OF( \
        "/tmp/a.dylib") ",\"base_address\":\"0x104ccc000\",\"load_type_id\":1}}"
#define MEMORY(activity)                                                        \
    HEAD_OF("1004", activity, "10040" activity)                                 \
    ACTOR ",\"process\":" PROCESS_AT(                                           \
        "500", "/bin/bash") ",\"base_address\":\"0x104ccc000\",\"size\":16384," \
                            "\"requested_permissions\":5,\"actual_permissions\":5}"
#define POKE \
    HEAD_OF("1004", "8", "100408") ACTOR "," TARGET ",\"base_address\":\"4096\",\"size\":8}"
#define CREATE HEAD_OF("1001", "1", "100101") ACTOR ",\"file\":" FILE_OF("/tmp/a.tar.gz") "}"
#define RENAME                     \
    HEAD_OF("1001", "5", "100105") \
    ACTOR ",\"file\":" FILE_OF("/tmp/a") ",\"file_result\":" FILE_OF("/tmp/b.txt") "}"
#define CONNECT                                                                              \
    HEAD_OF("4001", "1", "400101")                                                           \
    ACTOR ",\"connection_info\":{\"direction_id\":2},"                                       \
          "\"src_endpoint\":{\"ip\":\"192.0.2.1\",\"port\":50000},\"dst_endpoint\":{\"ip\":" \
          "\"192.0.2.2\",\"port\":443,\"hostname\":\"host.invented\"}}"
#define FINDING                                                                            \
    HEAD_OF("2004", "1", "200401")                                                         \
    "\"message\":\"A sentence.\",\"finding_info\":{\"uid\":\"f-1\",\"title\":\"A title\"," \
    "\"desc\":\"More.\",\"analytic\":{\"uid\":\"rule-9\",\"type_id\":1}},\"evidences\":[{" \
    "\"data\":{}},{" ACTOR "," TARGET                                                      \
    ",\"file\":" FILE_OF("/tmp/a") ",\"api\":{"                                            \
                                   "\"operation\":\"task_for_pid\"}}]}"

// A sample with one part of it replaced.
static inline str replaced(struct arena *arena, const char *whole, const char *part,
                           const char *other)
{
    const str text = str_of(whole);
    const size_t at = str_find(text, str_of(part));
    assert_true(at < text.len);
    return arena_printf(arena, "%.*s%s%.*s", (int)at, whole, other,
                        STR_ARG(str_from(text, at + strlen(part))));
}

static inline const struct event *decode_with(struct fixture *f, const char *whole,
                                              const char *part, const char *other)
{
    struct arena arena = { 0 };
    const struct event *event = decode_record_of(f, replaced(&arena, whole, part, other));
    arena_done(&arena);
    return event;
}

static inline uint64_t dropped(const struct fixture *f, enum decode_drop reason)
{
    return decoder_counts(f->decoder)->dropped[reason];
}

#endif
