// Findings made by hand, for tests: one whose every part is known, one from a hostile machine
// of which little is known, one that shows nothing at all, and one that was told before.

#ifndef SINK_FIXTURE_H
#define SINK_FIXTURE_H

#include "event/batch.h"

// As (struct value){...}, so that it may stand in an initializer of static storage.
// clang-format off
#define TEXT(literal)  { .text = literal, .len = sizeof(literal) - 1, .type = VALUE_TEXT }
#define NUMBER(n)      { .integer = (n), .type = VALUE_INT }
#define TRUTH(b)       { .boolean = (b), .type = VALUE_BOOL }
#define LIST(values)   { .list = (values), .len = COUNT_OF(values), .type = VALUE_LIST }
#define NS_PER_MS      1000000LL
#define START_NS       (1770110047LL * 1000000000LL)  // 2026-02-03T09:14:07Z

// The program that loads a bundle from memory: what each of its steps shows.
#define DROPPER                                                                                    \
    { FIELD_USER_ID, TEXT("501") },                                                                \
    { FIELD_PROCESS_ENTITY_ID, TEXT("mac-07/501/7") },                                             \
    { FIELD_PROCESS_PID, NUMBER(501) },                                                            \
    { FIELD_PROCESS_PIDVERSION, NUMBER(7) },                                                       \
    { FIELD_PROCESS_EXECUTABLE, TEXT("/Users/Shared/.cache/dropper") },                            \
    { FIELD_PROCESS_HASH_CDHASH, TEXT("00112233445566778899aabbccddeeff00112233") },               \
    { FIELD_PROCESS_SIGNING_ID, TEXT("dropper-55554944") },                                        \
    { FIELD_PROCESS_SIGNATURE_EXISTS, TRUTH(true) },                                               \
    { FIELD_PROCESS_SIGNATURE_VALID, TRUTH(true) },                                                \
    { FIELD_PROCESS_SIGNATURE_TRUSTED, TRUTH(false) },                                             \
    { FIELD_PROCESS_CS_PLATFORM, TRUTH(false) },                                                   \
    { FIELD_PROCESS_CS_ADHOC, TRUTH(true) },                                                       \
    { FIELD_PROCESS_PATH_CLASS, TEXT("hidden") },                                                  \
    { FIELD_PROCESS_KNOWN, TRUTH(true) },                                                          \
    { FIELD_MACHO_NATIVE_API, TEXT("yes") },                                                       \
    { FIELD_MACHO_BECAUSE, TEXT("links Foundation; links CoreServices") },                         \
    { FIELD_PARENT_ENTITY_ID, TEXT("mac-07/400/3") },                                              \
    { FIELD_PARENT_PID, NUMBER(400) },                                                             \
    { FIELD_PARENT_EXECUTABLE, TEXT("/bin/zsh") },                                                 \
    { FIELD_PARENT_KNOWN, TRUTH(true) },                                                           \
    { FIELD_EFFECTIVE_PID, NUMBER(300) },                                                          \
    { FIELD_EFFECTIVE_EXECUTABLE, TEXT("/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal") }

#define BUNDLE "/private/var/folders/zz/T/NSCreateObjectFileImageFromMemory-Ab12Cd34"

static const struct finding_field known_creation[] = {
    DROPPER,
    { FIELD_FILE_PATH, TEXT(BUNDLE) },
    { FIELD_FILE_PATH_CLASS, TEXT("var_folders_t") },
};
static const struct finding_field known_load[] = {
    DROPPER,
    { FIELD_API_PROTECTION, TEXT("R-X") },
    { FIELD_DLL_PATH, TEXT(BUNDLE) },
    { FIELD_DLL_PATH_CLASS, TEXT("var_folders_t") },
    { FIELD_DLL_SIGNER, TEXT("unsigned") },
    { FIELD_DLL_FROM_ENV, TRUTH(false) },
};
static const struct finding_field known_deletion[] = {
    DROPPER,
    { FIELD_FILE_PATH, TEXT(BUNDLE) },
    { FIELD_FILE_PATH_CLASS, TEXT("var_folders_t") },
};
// clang-format on

static const struct finding_step known_steps[] = {
    {
        .time_ns = START_NS + 123456789,
        .sequence = 41,
        .action = ACTION_CREATION,
        .categories = CATEGORY_FILE,
        .fields = known_creation,
        .field_count = COUNT_OF(known_creation),
        .why = STR_INIT(
            "file where event.action == \"creation\" and\n"
            "  file.Ext.path_class == \"var_folders_t\" and process.macho.native_api != \"no\""),
    },
    {
        .time_ns = START_NS + 123456789 + 13 * NS_PER_MS,
        .sequence = 44,
        .action = ACTION_LOAD,
        .categories = CATEGORY_LIBRARY | CATEGORY_API,
        .fields = known_load,
        .field_count = COUNT_OF(known_load),
        .why = STR_INIT("library where dll.Ext.signer == \"unsigned\" and dll.Ext.path_class == "
                        "\"var_folders_t\""),
    },
    {
        .time_ns = START_NS + 123456789 + 1500 * NS_PER_MS,
        .sequence = 49,
        .action = ACTION_DELETION,
        .categories = CATEGORY_FILE,
        .fields = known_deletion,
        .field_count = COUNT_OF(known_deletion),
        .why = STR_INIT("file where event.action == \"deletion\""),
    },
};

static const str known_techniques[] = { STR_INIT("T1106"), STR_INIT("T1620") };
static const str known_falsepositives[] = { STR_INIT("Audio plug-ins that unpack licensed code."),
                                            STR_INIT("Installers run by device management.") };
static const struct rule_facts known_rule = {
    .id = STR_INIT("S01"),
    .title = STR_INIT("A bundle is written by dyld, mapped and removed"),
    .description =
        STR_INIT("Code was loaded from memory:\ndyld wrote it to a file of its own, mapped it, "
                 "and the file went away."),
    .playbook =
        STR_INIT("Keep the process alive, take its memory map, and ask who put the program there."),
    .version = 2,
    .level = LEVEL_HIGH,
    .techniques = known_techniques,
    .technique_count = COUNT_OF(known_techniques),
    .falsepositives = known_falsepositives,
    .falsepositive_count = COUNT_OF(known_falsepositives),
};
static const str known_reasons[] = {
    STR_INIT("70 for level high"),
    STR_INIT("+5 the process is not of a trusted signer"),
    STR_INIT("+5 the program is in a hidden or temporary place (hidden)"),
    STR_INIT("+2 a chain of 3 steps was completed"),
};

// Escape sequences, a line end with a forged record behind it, an override of the direction of
// writing, invalid octets, a quote, a backslash, a NUL.
#define HOSTILE                            \
    "/tmp/\x1b[2J\x1b]0;owned\x07"         \
    "a\r\n{\"id\":\"forged\"}\xe2\x80\xae" \
    "gnp.exe\xff\xc0\x80\"\\\0\xc2\x9b"    \
    "31m"

// clang-format off
static const struct value hostile_variables[] = {
    TEXT("DYLD_INSERT_LIBRARIES=" HOSTILE), TEXT(""),
};
static const struct finding_field hostile_open[] = {
    { FIELD_PROCESS_ENTITY_ID, TEXT("h/66/1") },
    { FIELD_PROCESS_PID, NUMBER(66) },
    { FIELD_PROCESS_EXECUTABLE, TEXT(HOSTILE) },
    { FIELD_PROCESS_DYLD_ENV, LIST(hostile_variables) },
    { FIELD_TARGET_PID, NUMBER(77) },
    { FIELD_TARGET_EXECUTABLE, TEXT("/Applications/\xe7\xbd\x91\xe9\xa1\xb5.app/Contents/MacOS/\xe7\xbd\x91\xe9\xa1\xb5") },
    { FIELD_API_NAME, TEXT("task_for_pid") },
    { FIELD_API_PORT, TEXT("control") },
};
static const struct finding_field hostile_protect[] = {
    { FIELD_PROCESS_ENTITY_ID, TEXT("h/67/1") },
    { FIELD_PROCESS_PID, NUMBER(67) },
    { FIELD_PROCESS_EXECUTABLE, TEXT("/opt/" HOSTILE) },
    { FIELD_PROCESS_SIGNING_ID, TEXT(HOSTILE) },
    { FIELD_PROCESS_SIGNATURE_EXISTS, TRUTH(true) },
    { FIELD_PROCESS_SIGNATURE_VALID, TRUTH(false) },
    { FIELD_MACHO_NATIVE_API, TEXT("unknown") },
    { FIELD_MACHO_BECAUSE, TEXT("image " HOSTILE " is gone") },
    { FIELD_API_ADDRESS, NUMBER(-4096) },
    { FIELD_API_SIZE, NUMBER(16384) },
    { FIELD_API_PROTECTION, TEXT("RWX") },
};
// clang-format on

static const struct finding_step hostile_steps[] = {
    {
        .time_ns = -1,  // Before 1970: a clock that was never set.
        .sequence = 1,
        .action = ACTION_PROCESS_OPEN,
        .categories = CATEGORY_PROCESS,
        .fields = hostile_open,
        .field_count = COUNT_OF(hostile_open),
        .why = STR_INIT(
            "process where event.action == \"process_open\" and process.Ext.dyld_env != null"),
    },
    {
        .time_ns = INT64_MAX,
        .sequence = 2,
        .action = ACTION_MPROTECT,
        .categories = CATEGORY_API,
        .fields = hostile_protect,
        .field_count = COUNT_OF(hostile_protect),
        .why = STR_INIT("api where process.Ext.api.parameters.protection == \"RWX\""),
    },
};
static const str hostile_techniques[] = { STR_INIT("T1055"), STR_INIT("T1574.006"),
                                          STR_INIT("T9999") };
static const struct rule_facts hostile_rule = {
    .id = STR_INIT("S99"),
    .title = STR_INIT(
        "A title that is much longer than any terminal of ordinary width could ever show on "
        "one line, so it is cut"),
    .version = 1,
    .level = LEVEL_CRITICAL,
    .techniques = hostile_techniques,
    .technique_count = COUNT_OF(hostile_techniques),
};
static const str hostile_reasons[] = { STR_INIT("90 for level critical") };
static const str hostile_unseen[] = { STR_INIT("which frameworks the program links is not known"),
                                      STR_INIT("the parent process was not seen") };

static const struct finding_step bare_steps[] = {
    { .action = ACTION_TCC_MODIFY, .categories = CATEGORY_CONFIGURATION },
};
static const struct rule_facts bare_rule = { .id = STR_INIT("S00"), .title = STR_INIT("Bare") };

// Two rules that the same event completed, and one that was told before: nothing but what it was worth.
static const str grown_techniques[] = { STR_INIT("T1574.006") };
static const struct rule_facts grown_rule = {
    .id = STR_INIT("S08"),
    .title = STR_INIT("A library comes in by the environment"),
    .version = 3,
    .level = LEVEL_MEDIUM,
    .techniques = grown_techniques,
    .technique_count = COUNT_OF(grown_techniques),
};
static const struct rule_facts other_rule = { .id = STR_INIT("S09"),
                                              .title = STR_INIT("A library of another signer"),
                                              .version = 1,
                                              .level = LEVEL_LOW,
                                              .techniques = known_techniques,
                                              .technique_count = COUNT_OF(known_techniques) };
static const str grown_reasons[] = { STR_INIT("50 for level medium"),
                                     STR_INIT("82 counts, of S01, which was told before") };
static const str other_reasons[] = { STR_INIT("30 for level low"),
                                     STR_INIT("-2 usual here: on 12 of 40 Macs, 9 days") };
static const struct finding earlier = { .rule = &known_rule,
                                        .time_ns = START_NS - 60000 * NS_PER_MS,
                                        .level = LEVEL_HIGH,
                                        .score = 82,
                                        .confidence = 100,
                                        .verdict = VERDICT_EXPECTED };
static const struct finding other = { .rule = &other_rule,
                                      .time_ns = START_NS + 123456789 + 13 * NS_PER_MS,
                                      .steps = &known_steps[1],
                                      .step_count = 1,
                                      .id = "89abcdef0123456789abcdef01234567",
                                      .level = LEVEL_LOW,
                                      .score = 28,
                                      .confidence = 85,
                                      .reasons = other_reasons,
                                      .reason_count = COUNT_OF(other_reasons),
                                      .verdict = VERDICT_EXPECTED };
static const struct finding *const grown_also[] = { &earlier, &other };

static inline void fixture_fill(struct batch *batch)
{
    *batch_add_finding(batch) = (struct finding){
        .rule = &known_rule,
        .host_id = STR("A1B2C3D4-0000-4000-8000-000000000007"),
        .host_name = STR("mac-07"),
        .time_ns = known_steps[COUNT_OF(known_steps) - 1].time_ns,
        .steps = known_steps,
        .step_count = COUNT_OF(known_steps),
        .id = "0123456789abcdef0123456789abcdef",
        .level = LEVEL_HIGH,
        .score = 82,
        .confidence = 100,
        .reasons = known_reasons,
        .reason_count = COUNT_OF(known_reasons),
    };
    *batch_add_finding(batch) = (struct finding){
        .rule = &hostile_rule,
        .host_id = STR(HOSTILE),
        .time_ns = INT64_MAX,
        .steps = hostile_steps,
        .step_count = COUNT_OF(hostile_steps),
        .id = "fedcba9876543210fedcba9876543210",
        .level = LEVEL_CRITICAL,
        .score = 90,
        .confidence = 70,
        .unseen = hostile_unseen,
        .unseen_count = COUNT_OF(hostile_unseen),
        .reasons = hostile_reasons,
        .reason_count = COUNT_OF(hostile_reasons),
        .verdict = VERDICT_EXCEPTED,
    };
    *batch_add_finding(batch) = (struct finding){
        .rule = &bare_rule,
        .host_id = STR("bare"),
        .steps = bare_steps,
        .step_count = COUNT_OF(bare_steps),
        .id = "00000000000000000000000000000000",
    };
    *batch_add_finding(batch) = (struct finding){
        .rule = &grown_rule,
        .host_id = STR("A1B2C3D4-0000-4000-8000-000000000007"),
        .host_name = STR("mac-07"),
        .time_ns = START_NS + 123456789 + 13 * NS_PER_MS,
        .steps = known_steps,
        .step_count = 2,
        .id = "abcdef0123456789abcdef0123456789",
        .level = LEVEL_HIGH,
        .score = 82,
        .confidence = 85,
        .reasons = grown_reasons,
        .reason_count = COUNT_OF(grown_reasons),
        .verdict = VERDICT_EXPECTED,
        .verdict_by = STR("baseline 17: dropper loads what it unpacks"),
        .rarity = { .is_known = true, .hosts = 12, .hosts_total = 40, .days = 9 },
        .also = grown_also,
        .also_count = COUNT_OF(grown_also),
        .revision = 2,
        .repeats = 10,
    };
}

#endif
