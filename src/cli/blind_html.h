// The parts of the page that `pomona coverage --output html` makes of a store.

#ifndef CLI_BLIND_HTML_H
#define CLI_BLIND_HTML_H

#include "cli/blind_report.h"
#include "cli/html.h"

// The four questions that the first screen answers.
void blind_html_add_cards(const struct blind_report *r, struct buf *out);

// Below it, each with its heading. What is large is written on the way.
void blind_html_add_spots(const struct blind_report *r, struct buf *out, FILE *stream);
void blind_html_add_signals(const struct blind_report *r, struct buf *out);
void blind_html_add_rules(const struct blind_report *r, struct buf *out, FILE *stream);
void blind_html_add_limits(struct buf *out);
void blind_html_add_matrix(const struct blind_report *r, struct buf *out, FILE *stream);

// The host name, or the id where it has none.
str blind_html_name(str name, str id);
// "Robin: developer (high), team Blue": what is known of it.
void blind_html_add_who(struct buf *out, const struct asset_row *asset);

#endif
