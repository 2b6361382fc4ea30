// Prints the start of many processes on many Macs, none of which ends, for who wants to know what a
// fleet costs in memory: eslogger's records in envelopes. Everything in them is invented.
//
// usage: fleet HOSTS PROCESSES

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_OF(path)                                                                          \
    "{\"path\":\"" path                                                                        \
    "\",\"path_truncated\":false,\"stat\":{\"st_dev\":16777232,\"st_ino\":1152921500312525,\"" \
    "st_size\":259504,\"st_mode\":33261,\"st_mtimespec\":\"2026-01-09T06:27:14.000000000Z\"}}"
#define TOKEN                                                                 \
    "{\"asid\":100009,\"auid\":501,\"egid\":20,\"euid\":501,\"pid\":%" PRIu64 \
    ",\"pidversion\":%" PRIu64 ",\"rgid\":20,\"ruid\":501}"
#define LAUNCHD                                                                       \
    "{\"asid\":100009,\"auid\":501,\"egid\":0,\"euid\":0,\"pid\":1,\"pidversion\":1," \
    "\"rgid\":0,\"ruid\":0}"

static void print_process(uint64_t pid, uint64_t version, uint64_t program);

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: fleet HOSTS PROCESSES\n", stderr);
        return 2;
    }
    const uint64_t hosts = strtoull(argv[1], NULL, 10);
    const uint64_t processes = strtoull(argv[2], NULL, 10);
    for (uint64_t i = 0; hosts > 0 && i < processes; i++) {
        const uint64_t pid = 100 + i / hosts;
        (void)printf("{\"host\":{\"id\":\"mac-%04" PRIu64 "\",\"name\":\"mac-%04" PRIu64
                     ".example\"},\"record\":{\"schema_version\":1,\"version\":9,\"event_type\":9,"
                     "\"action_type\":1,\"seq_num\":%" PRIu64 ",\"global_seq_num\":%" PRIu64
                     ",\"mach_time\":%" PRIu64 ",\"time\":\"2026-03-02T09:%02" PRIu64 ":%02" PRIu64
                     ".%09" PRIu64 "Z\",\"thread\":{\"thread_id\":7},\"action\":{\"result\":{"
                     "\"result_type\":0,\"result\":{\"auth\":0}}},\"process\":",
                     i % hosts, i % hosts, i / hosts, i / hosts, i, i / hosts / 60 % 60,
                     i / hosts % 60, i % hosts);
        print_process(pid, 2 * pid, i % 211);
        (void)printf(",\"event\":{\"exec\":{\"args\":[\"/opt/example/bin/tool-%" PRIu64
                     "\",\"--serve\",\"--id=%" PRIu64 "\"],\"env\":[\"PATH=/usr/bin:/bin\","
                     "\"HOME=/Users/ana\"],\"cwd\":" FILE_OF("/Users/ana") ",\"target\":",
                     i % 211, i);
        print_process(pid, 2 * pid + 1, i % 211);
        (void)fputs("}}}}\n", stdout);
    }
    return fflush(stdout) == 0 ? 0 : 3;
}

static void print_process(uint64_t pid, uint64_t version, uint64_t program)
{
    (void)printf("{\"audit_token\":" TOKEN ",\"parent_audit_token\":" LAUNCHD
                 ",\"responsible_audit_token\":" TOKEN ",\"ppid\":1,\"original_ppid\":1,"
                 "\"group_id\":1,\"session_id\":1,\"codesigning_flags\":570425345,"
                 "\"is_platform_binary\":false,\"is_es_client\":false,\"cdhash\":\"%040" PRIX64
                 "\",\"signing_id\":\"com.example.tool\",\"team_id\":\"EXAMPLE123\",\"tty\":null,"
                 "\"start_time\":\"2026-03-02T09:00:00.000000Z\",\"executable\":",
                 pid, version, pid, version, program);
    (void)printf("{\"path\":\"/opt/example/bin/tool-%" PRIu64 "\",\"path_truncated\":false}}",
                 program);
}
