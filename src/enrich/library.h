// Who signed a mapped library, told against the process that mapped it; and whether a DYLD_*
// variable of the process named it.
//
// A record of a mapping has a path and nothing of the signature. Where the path lies on the
// signed system volume, it is Apple's. Otherwise the file itself is asked, where it may be read,
// or else the link inventory, under the host and the path; the team is what the file claims, and the
// inventory's is of the day on which it was made. Otherwise it is unknown, and that is said.

#ifndef ENRICH_LIBRARY_H
#define ENRICH_LIBRARY_H

#include "enrich/image.h"
#include "platform/platform.h"

#define LIBRARIES_REMEMBERED_MAX 65536u
#define LIBRARY_TEXT_MAX         1024u  // Octets of a signer's names together; longer ones are not kept.

enum library_signature {
    LIBRARY_UNKNOWN,  // Also: signed by somebody whom the file does not name.
    LIBRARY_PLATFORM,
    LIBRARY_SIGNED,  // By a team.
    LIBRARY_ADHOC,
    LIBRARY_UNSIGNED,
};

struct library {
    enum library_signature signature;
    str team_id;
    str signing_id;
    str cdhash;
    str cdhashes;     // Of all its slices, one a line: only of a file that was read.
    str macho_type;   // As file.Ext.macho_type; empty: not known.
    int64_t born_ns;  // When the file was created, where it is here; 0: not known.
    enum platform_mark quarantine;
};

struct libraries;

// `links` (NULL: no inventory) is borrowed.
struct libraries *libraries_new(struct host_links *links, bool read_images);
void libraries_free(struct libraries *l);

// Never NULL; lives until the next call.
const struct library *libraries_find(struct libraries *l, uint32_t host, str path,
                                     enum path_class class);

// platform, same_team, foreign, adhoc, unsigned or unknown.
str library_signer(const struct library *library, str process_team_id);

// Whether one of the variables ("DYLD_INSERT_LIBRARIES=a:b", "DYLD_LIBRARY_PATH=c") names the
// path: as one of the libraries, or as lying below one of the directories.
bool library_is_from_env(str path, const struct value *variables, size_t count);

#endif
