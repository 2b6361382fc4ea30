// The Macs that the organisation owns, and every name by which telemetry may know them.

#ifndef STORE_ASSETS_H
#define STORE_ASSETS_H

#include "store/store.h"

#define ASSETS_MAX 200000u

// Of yes-or-no numbers: 1 yes, 0 no, -1 not told. Texts are empty where they are not told.
struct asset_row {
    str id;  // Never changes: of the serial, the hardware UUID and the host name the first that was told.
    str serial;
    str hardware_uuid;
    str host_name;
    str host_id;  // What a sensor calls it, where that is none of these. Given to assets_put() only.
    str owner;
    str team;
    str role;             // Lower case: "developer", "executive", "privileged", "kiosk" …
    int64_t criticality;  // 1 low to 4 critical; 0 not told.
    int64_t in_scope;
    int64_t managed;
    int64_t sensor_expected;
    int64_t full_disk_access;
    int64_t pppc;
    int64_t sip;
    int64_t filevault;
    str os_version;
    str os_build;
    str source;               // The file that told last, and its format.
    int64_t last_checkin_ns;  // 0: not told.
    int64_t imported_ns;
    bool is_retired;
};

// "low" to "critical"; empty where it is not told.
str assets_criticality(int64_t criticality);

enum asset_name_kind {
    ASSET_NAME_SERIAL = 1,
    ASSET_NAME_UUID,
    ASSET_NAME_HOST,
    ASSET_NAME_ID,
};

// In the transaction that is open: as it is now, and its names. Without a host id the one that was told
// before stays.
MUST_CHECK enum status assets_put(struct db *db, const struct asset_row *asset, struct err *err);

typedef void assets_take(void *context, const struct asset_row *asset);
// In order of ids; those of the role only where one is given. Text lives until `take` returns.
MUST_CHECK enum status assets_each(struct db *db, str role, assets_take *take, void *context,
                                   struct err *err);
// Every name of every asset, in order of their ids; in lower case.
typedef void assets_take_name(void *context, str asset, str name);
MUST_CHECK enum status assets_names(struct db *db, assets_take_name *take, void *context,
                                    struct err *err);
// By whatever name telemetry has for it: id, host id, serial, hardware UUID, or host name in either case. Where
// no asset is called just that, a name without a domain is also that of a host with one, and the
// other way round. Every asset that it may be is given out, so two mean that nobody knows.
MUST_CHECK enum status assets_find(struct db *db, str name, assets_take *take, void *context,
                                   struct err *err);

#endif
