// What was before a process or a library came up: when its file was created, who signed what was
// started from the same path before, and whether it was ever seen.

#ifndef ENRICH_PAST_H
#define ENRICH_PAST_H

#include "enrich/enricher.h"

#define PAST_DAY_S 86400LL  // What is younger is new.

// What the projection asks for anywhere; the rest is neither remembered nor looked for.
void past_want(struct enricher *e);

// An exec brought the image. `same` (NULL: none) is the image that another sensor told of the same
// exec.
void past_exec(struct enricher *e, const struct event *event, struct image *image,
               const struct image *same);
// What any record tells of the image of its process, and no earlier one did.
void past_see(struct enricher *e, const struct event *event, struct process *p);

// When the executable was created; 0 where nobody knows.
int64_t past_image_born(struct enricher *e, uint32_t host, struct image *image);
// Whether a library was never seen on its Mac before; mapped, it is from now on. The inventory may have
// been made when it was there already, so of what is less than a day old it proves nothing.
bool past_is_library_new(struct enricher *e, const struct event *event, str path, str cdhash,
                         bool is_file_new);
// Whether what was created at `born_ns` (0: not known) was less than PAST_DAY_S old at `now_ns`.
bool past_is_new(int64_t born_ns, int64_t now_ns);

#endif
