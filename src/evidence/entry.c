#include "evidence/entry.h"

#include "evidence/key.h"
#include "sink/json.h"

void evidence_add_entry(struct buf *b, const struct audit_entry *e)
{
    char hex[EVIDENCE_FINGERPRINT_SIZE];
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_int(b, STR("seq"), e->seq);
    sink_json_int(b, STR("at_ns"), e->at_ns);
    sink_json_text(b, STR("who"), e->who);
    sink_json_text(b, STR("action"), e->action);
    sink_json_text(b, STR("subject"), e->subject);
    sink_json_text(b, STR("why"), e->why);
    sink_json_text(b, STR("detail"), e->detail);
    evidence_hex(e->previous, AUDIT_HASH_BYTES, hex);
    sink_json_text(b, STR("previous"), str_of(hex));
    evidence_hex(e->hash, AUDIT_HASH_BYTES, hex);
    sink_json_text(b, STR("hash"), str_of(hex));
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}
