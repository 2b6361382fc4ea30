// Whatever an inventory is, its records are text that can be kept, of a size that was promised, and what is read of
// it is decided row by row.

#include "assets/import.h"
#include "assets/inventory.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(str text)
{
    if (text.len > INVENTORY_VALUE_MAX)
        abort();
    for (size_t i = 0; i < text.len;) {
        const size_t len = utf8_len(str_from(text, i));
        if (len == 0 || text.at[i] == '\0')
            abort();
        i += len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str text = size == 0 ? STR_EMPTY : (str){ .at = (const char *)data, .len = size };
    struct inventory *inventory = inventory_new(text);
    struct inventory_record record;
    struct columns columns = { .format = FORMAT_OWN };
    struct err err;
    size_t count = 0;
    enum status status;
    while ((status = inventory_next(inventory, &record, &err)) == OK) {
        if (record.count > INVENTORY_NAMES_MAX || record.line == 0)
            abort();
        for (size_t i = 0; i < record.count; i++)
            check_text(record.values[i]);
        count++;
    }
    inventory_free(inventory);

    struct import *import = import_new();
    if (import_read(import, text, &columns, false, &err) == OK) {
        if (status != END || import_count(import) != count)
            abort();
        import_plan(import, STR("fuzz"), 0);
        size_t fates = 0;
        for (unsigned fate = 0; fate < IMPORT_FATES; fate++)
            fates += import_count_of(import, (enum import_fate)fate);
        for (size_t i = 0; i < count; i++)
            if (import_at(import, i)->fate == IMPORT_NEW && import_at(import, i)->asset.id.len == 0)
                abort();
        if (fates != count)
            abort();
    }
    import_free(import);
    return 0;
}
