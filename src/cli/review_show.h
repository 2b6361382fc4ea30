// One finding among those of a run, by its id or how that begins: the last that was told of it.

#ifndef CLI_REVIEW_SHOW_H
#define CLI_REVIEW_SHOW_H

#include "event/finding.h"
#include "sink/sink.h"

#define REVIEW_IDS_MAX 10u  // That are listed where several begin alike.
#define REVIEW_ID_LEN  32u

// By value; all but `wanted` and `options` zero at first.
struct review_show {
    str wanted;
    const struct sink_options *options;
    str rules;  // Where playbooks are; may be empty.
    bool is_playbook_only;
    char *record;  // Of the id that was met first.
    size_t record_len;
    char ids[REVIEW_IDS_MAX][REVIEW_ID_LEN + 1];
    size_t id_count;
    bool has_more;  // Ids than that.
};

void review_show_done(struct review_show *s);
// False where it cannot be how an id begins.
bool review_show_is_id(str wanted);
void review_show_keep(struct review_show *s, const struct finding *finding, str record);
// Returns the code, and says why it is not EXIT_DONE.
int review_show_print(const struct review_show *s, FILE *stream);

#endif
