// Which column of an inventory is what: ready-made for the exports and the APIs of Jamf Pro, Intune, Kandji (Iru),
// Mosyle and Fleet, which are told apart by the names that only they have. Our own names count in
// every one of them, so that a column can be added by hand; and what is mapped by hand goes before all.
//
// Names are compared without case, and blanks, "_" and "-" are the same.

#ifndef ASSETS_COLUMNS_H
#define ASSETS_COLUMNS_H

#include "assets/inventory.h"

enum column {
    COLUMN_SERIAL,
    COLUMN_HARDWARE_UUID,
    COLUMN_HOST_NAME,
    COLUMN_HOST_ID,
    COLUMN_OWNER,
    COLUMN_TEAM,
    COLUMN_ROLE,
    COLUMN_CRITICALITY,
    COLUMN_IN_SCOPE,
    COLUMN_MANAGED,
    COLUMN_SENSOR_EXPECTED,
    COLUMN_FULL_DISK_ACCESS,
    COLUMN_PPPC,
    COLUMN_SIP,
    COLUMN_FILEVAULT,
    COLUMN_OS_VERSION,
    COLUMN_OS_BUILD,
    COLUMN_LAST_CHECKIN,
    COLUMN_RETIRED,
    COLUMN_PLATFORM,
    COLUMN_COUNT,
};

enum column_format {
    FORMAT_OWN,
    FORMAT_JAMF,
    FORMAT_INTUNE,
    FORMAT_KANDJI,
    FORMAT_MOSYLE,
    FORMAT_FLEET,
    FORMAT_COUNT,
};

struct columns {
    enum column_format format;
    str mapped[COLUMN_COUNT];  // By hand; empty: not.
};

str column_name(enum column column);
str column_format_name(enum column_format format);
bool column_format_of(str name, enum column_format *out);

// "field=Column", as the command line has it. ERR_CONFIG where there is no such field.
MUST_CHECK enum status columns_map(struct columns *c, str text, struct err *err);
// The format that the record's names tell; FORMAT_OWN where they tell none. ERR_CONFIG where they tell two.
MUST_CHECK enum status columns_recognise(const struct inventory_record *record,
                                         enum column_format *out, struct err *err);
// Whether the record has two of one name that is looked for, and they say different things: which is meant nobody
// knows.
bool columns_contradict(const struct columns *c, const struct inventory_record *record, str *name);
// Whether the record has the column at all. The value is that of the first name that has one; without what
// is blank around it.
bool columns_has(const struct columns *c, const struct inventory_record *record,
                 enum column column);
str columns_value(const struct columns *c, const struct inventory_record *record,
                  enum column column);
// Whether a column of this name is read at all.
bool columns_reads(const struct columns *c, str name);

#endif
