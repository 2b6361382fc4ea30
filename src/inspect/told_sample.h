// What told_test.c and told_fuzz.c begin with, and what both ask of the result.

#ifndef INSPECT_TOLD_SAMPLE_H
#define INSPECT_TOLD_SAMPLE_H

#include "inspect/told.h"

static inline struct told told_sample(void)
{
    return (struct told){
        .facts = { .slice = 3,
                   .flags = 0x80010000,
                   .arch = STR("arm64"),
                   .file_type = STR("execute"),
                   .cdhash = STR("00112233445566778899aabbccddeeff00112233"),
                   .identifier = STR("org.pomona.told"),
                   .team_id = STR("TEAM123456"),
                   .native_api = STR("yes"),
                   .because = STR("links Foundation\nlinks Cocoa"),
                   .frameworks = STR("Foundation"),
                   .entitlements = STR("{\"a\":true}"),
                   .signature = STR("signed"),
                   .chain = STR("claimed"),
                   .injection = STR("limited"),
                   .object = STR("\"size\":178104}"),
                   .jit_declared = true,
                   .disable_library_validation = true },
        .page = STR("\033[1m/bin/told\033[0m  arm64\n  signed\n"),
    };
}

// What told_is_printable() promises, said otherwise: octet by octet.
static inline bool told_shows_no_control(const struct told *told)
{
    const str page = told->page;
    for (size_t i = 0; i < told->facts.object.len; i++)
        if ((unsigned char)told->facts.object.at[i] < 0x20)
            return false;
    for (size_t i = 0; i < page.len; i++) {
        const unsigned char c = (unsigned char)page.at[i];
        const bool begins_colour = c == 0x1b && i + 2 < page.len && page.at[i + 1] == '[';
        const bool is_high_control =
            c == 0xc2 && i + 1 < page.len && (unsigned char)page.at[i + 1] < 0xa0;
        if ((c < 0x20 && c != '\n' && !begins_colour) || c == 0x7f || is_high_control)
            return false;
    }
    return true;
}

#endif
