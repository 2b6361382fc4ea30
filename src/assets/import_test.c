#include "assets/import.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define UUID_A    "AAAAAAAA-0000-4000-8000-00000000000A"
#define UUID_B    "BBBBBBBB-0000-4000-8000-00000000000B"
#define SHOWN_MAX 2048u

static const struct asset_row store[] = {
    { .id = STR_INIT("SERA"),
      .serial = STR_INIT("SERA"),
      .hardware_uuid = STR_INIT(UUID_A),
      .host_name = STR_INIT("mac-a"),
      .owner = STR_INIT("ann"),
      .managed = 1,
      .sip = -1 },
    { .id = STR_INIT("SERB"),
      .serial = STR_INIT("SERB"),
      .hardware_uuid = STR_INIT(UUID_B),
      .host_name = STR_INIT("Mac-Twin") },
    { .id = STR_INIT("SERC"), .serial = STR_INIT("SERC"), .host_name = STR_INIT("mac-twin") },
    { .id = STR_INIT("mac-bare"), .host_name = STR_INIT("mac-bare") },
    { .id = STR_INIT("SERD"),
      .serial = STR_INIT("SERD"),
      .host_name = STR_INIT("mac-old"),
      .is_retired = true },
};

// Of each row "fate id: reason; remark", one a line.
static void plan(const char *text, char out[static SHOWN_MAX])
{
    struct import *import = import_new();
    struct columns columns = { .format = FORMAT_OWN };
    struct err err;
    size_t used = 0;
    const enum status status = import_read(import, str_of(text), &columns, false, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
    for (size_t i = 0; i < COUNT_OF(store); i++)
        import_known(import, &store[i]);
    import_plan(import, STR("a test"), 1);
    out[0] = '\0';
    for (size_t i = 0; i < import_count(import); i++) {
        const struct import_row *row = import_at(import, i);
        used += (size_t)snprintf(out + used, SHOWN_MAX - used, "%.*s %.*s:%s%.*s%s%.*s\n",
                                 STR_ARG(import_fate_name(row->fate)), STR_ARG(row->asset.id),
                                 row->reason.len > 0 ? " " : "", STR_ARG(row->reason),
                                 row->remark.len > 0 ? " " : "", STR_ARG(row->remark));
    }
    import_free(import);
}

static void import_plan__decides_every_row(void **state)
{
    static const struct {
        const char *text;
        const char *fates;
    } cases[] = {
        { "serial,owner\nSERX,bob\nsera,ann\nSERA2,\n", "new SERX:\nsame SERA:\nnew SERA2:\n" },
        { "hardware_uuid,managed\n" UUID_A ",no\n", "changed SERA:\n" },
        { "serial,hardware_uuid\nSERA," UUID_B "\n",
          "conflict : its serial number is that of asset SERA, its hardware UUID that of SERB\n" },
        { "serial,hardware_uuid\nSERX," UUID_A "\n",
          "conflict : asset SERA has its hardware UUID and another serial number, SERA\n" },
        { "serial,hardware_uuid\nSERA,CCCCCCCC-0000-4000-8000-00000000000C\n",
          "conflict : asset SERA has its serial number and another hardware UUID, " UUID_A "\n" },
        // Host names decide only where nothing else does.
        { "host_name\nMAC-A\nmac-twin\nmac-x\n", "same SERA:\nconflict : several assets have its "
                                                 "host name, SERB among them\nnew mac-x:\n" },
        { "serial,host_name\nSERX,mac-bare\nSERY,mac-a\n", "changed mac-bare:\nnew SERY:\n" },
        { "host_name\nmac-old\n", "same SERD:\n" },
        // Within the file.
        { "serial,owner\nSERX,bob\nSERX,bob\nserx,bob\n",
          "new SERX:\nduplicate : the same as line 2\nduplicate : the same as line 2\n" },
        { "serial,owner\nSERX,bob\nSERX,eve\nSERX,bob\n",
          "conflict : line 3 is of the same Mac and says something else\n"
          "conflict : line 2 is of the same Mac and says something else\n"
          "conflict : line 3 is of the same Mac and says something else\n" },
        { "serial,host_name\nSERX,mac-x\n,mac-x\n",
          "new SERX:\nconflict : it has a host name only, which line 2 has too; nobody knows "
          "whether "
          "they are one Mac\n" },
        { "serial,hardware_uuid\nSERA,\n," UUID_A "\n",
          "conflict : line 3 is of the same asset SERA\n"
          "conflict : line 2 is of the same asset SERA\n" },
        { "serial,host_name,platform\n,,\nSERX,,Windows\n",
          "nameless : it has no serial number, hardware UUID or host name\nother :\n" },
        { "serial,sip,criticality\nSERX,perhaps,severe\n",
          "new SERX: sip \"perhaps\" is neither yes nor no; criticality \"severe\" is not low, "
          "medium, high or critical\n" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[SHOWN_MAX];
        plan(cases[i].text, out);
        assert_string_equal(out, cases[i].fates);
    }
}

// What a row does not tell stays.
static void import_plan__keeps_what_is_not_told(void **state)
{
    struct import *import = import_new();
    struct columns columns = { .format = FORMAT_OWN };
    struct err err;
    (void)state;
    assert_int_equal(
        import_read(import, STR("serial,team,sip\nSERA,ops,no\n"), &columns, false, &err), OK);
    import_known(import, &store[0]);
    import_plan(import, STR("a test"), 7);
    const struct asset_row *asset = &import_at(import, 0)->asset;
    assert_true(str_eq(asset->owner, STR("ann")));
    assert_true(str_eq(asset->team, STR("ops")));
    assert_int_equal(asset->managed, 1);
    assert_int_equal(asset->sip, 0);
    assert_int_equal(asset->imported_ns, 7);
    import_free(import);
}

// One invented Mac in the form of each product: what is understood of it is the same.
static void import_read__understands_each_product(void **state)
{
    static const struct {
        enum column_format format;
        const char *text;
    } cases[] = {
        { FORMAT_JAMF,
          "Computer Name,Serial Number,UDID,Managed,Operating System Version,"
          "FileVault 2 Status,Email Address\n"
          "mac-z,SERZ," UUID_A ",Managed,15.1,Boot Partitions Encrypted,z@example.org" },
        { FORMAT_JAMF,
          "{\"totalCount\":1,\"results\":[{\"id\":\"1\",\"udid\":\"" UUID_A "\",\"general\":{"
          "\"name\":\"mac-z\",\"platform\":\"Mac\",\"remoteManagement\":{\"managed\":true}},"
          "\"hardware\":{\"serialNumber\":\"SERZ\"},\"userAndLocation\":{\"email\":"
          "\"z@example.org\"},\"operatingSystem\":{\"version\":\"15.1\",\"fileVault2Status\":"
          "\"BOOT_ENCRYPTED\"},\"applications\":[{\"name\":\"x\"}]}]}" },
        { FORMAT_INTUNE, "Device ID,Device name,OS version,Serial number,Primary user UPN,"
                         "Managed by,Encrypted,OS\n"
                         "1,mac-z,15.1,SERZ,z@example.org,Intune,True,macOS\n" },
        { FORMAT_INTUNE,
          "{\"value\":[{\"deviceName\":\"mac-z\",\"serialNumber\":\"SERZ\",\"managementAgent\":"
          "\"mdm\",\"isEncrypted\":true,\"operatingSystem\":\"macOS\",\"osVersion\":\"15.1\","
          "\"userPrincipalName\":\"z@example.org\"}]}" },
        { FORMAT_KANDJI,
          "[{\"device_id\":\"d\",\"device_name\":\"mac-z\",\"serial_number\":\"SERZ\","
          "\"platform\":\"Mac\",\"os_version\":\"15.1\",\"user\":{\"email\":\"z@example.org\"},"
          "\"blueprint_name\":\"All\",\"mdm_enabled\":true,\"filevault_enabled\":true}]" },
        { FORMAT_MOSYLE,
          "{\"status\":\"OK\",\"response\":[{\"devices\":[{\"deviceudid\":\"" UUID_A "\","
          "\"serial_number\":\"SERZ\",\"device_name\":\"Zed's Mac\",\"HostName\":\"mac-z\","
          "\"os\":\"mac\",\"osversion\":\"15.1\",\"useremail\":\"z@example.org\","
          "\"ManagementStatus\":\"Managed\",\"FDE_Enabled\":true}],\"rows\":1}]}" },
        { FORMAT_FLEET,
          "{\"hosts\":[{\"hostname\":\"mac-z\",\"uuid\":\"" UUID_A "\",\"hardware_serial\":"
          "\"SERZ\",\"computer_name\":\"Zed's Mac\",\"platform\":\"darwin\",\"os_version\":"
          "\"macOS 15.1\",\"owner\":\"z@example.org\",\"disk_encryption_enabled\":true,"
          "\"mdm\":{\"enrollment_status\":\"On (manual)\"}}]}" },
        { FORMAT_FLEET,
          "{\"apiVersion\":\"v1\",\"kind\":\"host\",\"spec\":{\"hostname\":\"mac-z\","
          "\"hardware_serial\":\"SERZ\",\"owner\":\"z@example.org\",\"filevault\":\"yes\","
          "\"os_version\":\"macOS 15.1\",\"mdm\":{\"enrollment_status\":\"On (manual)\"}}}\n" },
        { FORMAT_OWN, "host-name;SERIAL;owner;managed;filevault;os version\n"
                      "mac-z;serz;z@example.org;yes;yes;15.1\n" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct import *import = import_new();
        struct columns columns = { .format = FORMAT_OWN };
        struct err err;
        assert_int_equal(import_read(import, str_of(cases[i].text), &columns, false, &err), OK);
        assert_int_equal(columns.format, cases[i].format);
        assert_int_equal(import_count(import), 1);
        const struct import_row *row = import_at(import, 0);
        assert_int_equal(row->remark.len, 0);
        assert_int_equal(row->fate, IMPORT_NEW);
        assert_true(str_eq(row->asset.serial, STR("SERZ")));
        assert_true(str_eq(row->asset.host_name, STR("mac-z")));
        assert_true(str_eq(row->asset.owner, STR("z@example.org")));
        assert_true(str_eq(row->asset.os_version, STR("15.1")));
        assert_int_equal(row->asset.managed, 1);
        assert_int_equal(row->asset.filevault, 1);
        import_free(import);
    }
}

static void import_read__says_what_is_wrong(void **state)
{
    static const struct {
        const char *map;
        const char *text;
        enum status status;
        const char *sentence;
    } cases[] = {
        { NULL, "", ERR_FORMAT, "1: there are no rows" },
        { NULL, "serial,owner\n", ERR_FORMAT, "1: there are no rows" },
        { NULL, "serial,owner\nSERX\n", ERR_FORMAT,
          "2:1: this row has 1 cells, the first row has 2" },
        { NULL, "a,b\n1,2\n", ERR_CONFIG,
          "1: no column for a serial number, hardware UUID or host name is known; name one with "
          "--map serial=COLUMN, or say with --format what wrote it" },
        { "serial=Tag", "serial,owner\nSERX,\n", ERR_CONFIG,
          "1: there is no column \"Tag\", which --map names" },
        { NULL, "hardware_serial,deviceudid\nSERX,\n", ERR_CONFIG,
          "2: its columns are those of mosyle and of fleet; say which with --format" },
        { NULL, "{\"serial\":\"SERX\"}\n{\"serial\":", ERR_FORMAT, "2:11: this is no JSON: " },
        { NULL, "\n[{\"serial\":\"SERX\"},7]", ERR_FORMAT, "2: record 2: this is no object" },
        { NULL, "{\"serial\":\"SERX\",\"owner\":\"a\\u0000b\"}", ERR_FORMAT,
          "1: \"owner\" has a NUL, which no text has" },
        { NULL, "serial,owner,Serial\nSERX,a,SERX\nSERY,a,SERZ\n", ERR_FORMAT,
          "3: two columns are called \"serial\" and say different things; rename one" },
        { NULL, "{\"serial\":\"SERX\",\"serial\":\"SERY\"}", ERR_FORMAT,
          "1: two columns are called \"serial\"" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct import *import = import_new();
        struct columns columns = { .format = FORMAT_OWN };
        struct err err;
        if (cases[i].map != NULL)
            assert_int_equal(columns_map(&columns, str_of(cases[i].map), &err), OK);
        assert_int_equal(import_read(import, str_of(cases[i].text), &columns, false, &err),
                         cases[i].status);
        if (!str_starts_with(str_of(err.text), str_of(cases[i].sentence)))
            print_error("%s\n", err.text);
        assert_true(str_starts_with(str_of(err.text), str_of(cases[i].sentence)));
        import_free(import);
    }
}

// Of documents one behind the other each may be larger than the piece in which it is looked for first.
static void import_read__finds_documents_of_any_size(void **state)
{
    static const size_t sizes[] = { 1, 20000, 3, 4096, 50000, 1 };
    struct buf text;
    (void)state;
    buf_init(&text, 1u << 20);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        buf_printf(&text, "{\"serial\":\"SER%zu\",\"other\":\"", i);
        for (size_t n = 0; n < sizes[i]; n++)
            buf_add(&text, n % 7 == 0 ? STR("\xc3\xa4") : STR("x"));
        buf_add(&text, STR("\"}\n"));
    }
    struct import *import = import_new();
    struct columns columns = { .format = FORMAT_OWN };
    struct err err;
    assert_int_equal(import_read(import, buf_str(&text), &columns, false, &err), OK);
    assert_int_equal(import_count(import), COUNT_OF(sizes));
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        assert_int_equal(import_at(import, i)->line, i + 1);
    import_free(import);
    buf_done(&text);
}

static void import_read__takes_back_what_no_spreadsheet_runs(void **state)
{
    static const char *const owners[][2] = {
        { "'=ann", "=ann" }, { "'@ann ", "@ann" }, { "'ann", "'ann" }, { "'", "'" }
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        struct import *import = import_new();
        struct columns columns = { .format = FORMAT_OWN };
        struct err err;
        char text[64];
        (void)snprintf(text, sizeof text, "serial,owner\nSERX,%s\n", owners[i][0]);
        assert_int_equal(import_read(import, str_of(text), &columns, false, &err), OK);
        assert_true(str_eq(import_at(import, 0)->asset.owner, str_of(owners[i][1])));
        import_free(import);
    }
}

static void columns_map__names_a_column(void **state)
{
    struct columns columns = { .format = FORMAT_OWN };
    struct err err;
    (void)state;
    assert_int_equal(columns_map(&columns, STR("Full-Disk Access= FDA "), &err), OK);
    assert_true(str_eq(columns.mapped[COLUMN_FULL_DISK_ACCESS], STR("FDA")));
    assert_int_equal(columns_map(&columns, STR("serial"), &err), ERR_CONFIG);
    assert_string_equal(err.text, "--map takes field=Column, like serial=\"Serial Number\"");
    assert_int_equal(columns_map(&columns, STR("colour=Red"), &err), ERR_CONFIG);
    assert_string_equal(err.text, "--map knows no field \"colour\"; see `pomona assets --help`");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(import_plan__decides_every_row),
        cmocka_unit_test(import_plan__keeps_what_is_not_told),
        cmocka_unit_test(import_read__understands_each_product),
        cmocka_unit_test(import_read__says_what_is_wrong),
        cmocka_unit_test(import_read__finds_documents_of_any_size),
        cmocka_unit_test(import_read__takes_back_what_no_spreadsheet_runs),
        cmocka_unit_test(columns_map__names_a_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
