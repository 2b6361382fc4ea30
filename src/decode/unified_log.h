// The parts of the unified log's dialect, for each other.

#ifndef DECODE_UNIFIED_LOG_H
#define DECODE_UNIFIED_LOG_H

#include "decode/dialect.h"

// Octets of a message that are looked at; the messages that are looked for are shorter.
#define LOG_MESSAGE_MAX 4096u

// Who wrote a line. Anybody may write anything into the log, so what the kernel says is believed
// of the kernel alone. A line that does not tell is believed.
enum log_writer {
    LOG_KERNEL = 1u << 0,
    LOG_AMFID = 1u << 1,
    LOG_SYSPOLICYD = 1u << 2,
    LOG_DYLD = 1u << 3,  // In the process that it loads for.
    LOG_OTHERS = 1u << 4,
};

// What a message names. Empty and -1: not told, or hidden as "<private>".
struct log_captures {
    int64_t pid;
    str name;
    str path;  // Begins with '/'.
    str file;  // What stands in a path's place and is none.
    str team_id;
    str process_team_id;
    str reason;
    bool is_platform;
    bool is_process_platform;
};
#define LOG_NOTHING ((struct log_captures){ .pid = -1 })

// unified_log_match.c: whether `message` begins as `pattern` says. Text stands for itself; "%" and
// a letter for what stands up to the text behind it (or the end), which goes into `out`:
//     %p pid, in digits   %n name of the process   %q both: name(pid), or the name
//     %f path             %t team of the file      %y whether it is a platform's: yes, no
//     %r reason           %T team of the process   %Y likewise
//     %* anything
bool decode_log_match(str pattern, str message, struct log_captures *out);

// unified_log_message.c: what the message makes of the event; false (refused) where it is nothing
// to us, which nearly all are.
bool decode_log_message(struct decoding *c, str message, uint32_t writer,
                        struct log_captures *captures);

#endif
