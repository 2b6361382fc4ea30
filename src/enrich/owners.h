// Whose application is it? The team behind a .app bundle on a Mac, so that it can be told whether
// the one who writes into it is its owner.
//
// The owner is the team of what was started from the bundle on that Mac, or else of what the link
// inventory has in it. Where two teams are told the bundle is nobody's: who puts a program of his
// own into another's application and starts it does not get to own it. What is ad-hoc or unsigned
// is of no team and tells nothing.

#ifndef ENRICH_OWNERS_H
#define ENRICH_OWNERS_H

#include "base/str.h"

// Applications of all Macs; where there are more, the one that was met first is forgotten.
#define OWNERS_MAX     262144u
#define OWNER_TEAM_MAX 32u  // Apple's have ten letters; a longer one is nobody's.

struct host_links;
struct owners;

// `links` (NULL: no inventory) is borrowed.
struct owners *owners_new(struct host_links *links);
void owners_free(struct owners *o);

// The application that the path lies in, or is: up to its first part that ends in ".app". Empty
// where there is none.
str owners_application_of(str path);

// A valid signature of the team was met in what runs from the application.
void owners_note(struct owners *o, uint32_t host, str application, str team_id);
// The team that owns what lies at the path; empty where it is not known. Lives until the next call.
str owners_find(struct owners *o, uint32_t host, str path);

uint64_t owners_evicted(const struct owners *o);

#endif
