// The link inventory, as it speaks for the Mac of an event.
//
// What lies at a path is a matter of each Mac. A host of the records is a host of the inventory
// where its id is the name there, or else its name is and no other host of the records bears it.
// Then that host's rows count and nobody else's, also where it has none. For any other host all hosts
// of the inventory must agree on who signed what lies at the path.

#ifndef ENRICH_HOST_LINKS_H
#define ENRICH_HOST_LINKS_H

#include "event/host.h"
#include "store/links.h"

// Hosts that are not in the inventory, which all get the same answers.
#define HOST_LINKS_ANY UINT32_MAX

struct host_links;

// Owns `links`; `hosts` is borrowed.
struct host_links *host_links_new_own(struct links *links, const struct hosts *hosts);
void host_links_free(struct host_links *h);

struct links *host_links_inventory(struct host_links *h);

// Of whom the answers for `host` are: the same number, the same answers. It changes where a second
// host comes up that bears the name of the first.
uint32_t host_links_asked(struct host_links *h, uint32_t host);

// The slices that lie at the path on what host_links_asked() gave. False where there is none, where
// hosts do not agree, or where the inventory cannot be read.
bool host_links_find(struct host_links *h, uint32_t asked, str path, struct arena *a,
                     struct link_facts **out, size_t *out_count);

// Whether an image of the cdhash, or anything at the path, lies on what host_links_asked() gave; of
// hosts that are not in the inventory, on any of its hosts.
bool host_links_has_cdhash(struct host_links *h, uint32_t asked, str cdhash, struct arena *a);
bool host_links_has_path(struct host_links *h, uint32_t asked, str path, struct arena *a);

#endif
