// What was before a process or a library came up: when its file was created, who signed what was
// started from the same path before, and whether it was ever seen.

#ifndef ENRICH_PAST_H
#define ENRICH_PAST_H

#include "enrich/enricher.h"

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
// Whether a library was never seen on its Mac before. With `is_mapped` it is from now on.
bool past_is_library_new(struct enricher *e, uint32_t host, str path, str cdhash, bool is_mapped);

#endif
