// The members of an event's body, told apart in one walk.

#include "decode/eslogger.h"

static yyjson_val **member_of(struct eslogger_body *b, str key);

bool decode_eslogger_body(struct decoding *c, yyjson_val *object, struct eslogger_body *out)
{
    *out = (struct eslogger_body){ 0 };
    if (!yyjson_is_obj(object))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "event", "(its only member)");

    struct json_members m = json_members_of(object);
    while (json_take_member(&m)) {
        yyjson_val **member = member_of(out, m.key);
        if (member != NULL)
            *member = m.val;
        else if (!decode_skip(c, m.val))
            return false;
    }
    return true;
}

#define MEMBER(name)             \
    if (JSON_KEY_IS(key, #name)) \
    return &b->name

static yyjson_val **member_of(struct eslogger_body *b, str key)
{
    switch (key.len) {
    case 3:
        MEMBER(cwd);
        MEMBER(env);
        MEMBER(sig);
        break;
    case 4:
        MEMBER(args);
        MEMBER(file);
        MEMBER(size);
        MEMBER(stat);
        MEMBER(type);
        break;
    case 5:
        MEMBER(child);
        MEMBER(flags);
        break;
    case 6:
        MEMBER(source);
        MEMBER(target);
        break;
    case 7:
        MEMBER(address);
        break;
    case 8:
        MEMBER(modified);
        break;
    case 10:
        MEMBER(protection);
        break;
    case 11:
        MEMBER(destination);
        break;
    case 12:
        MEMBER(entitlements);
        MEMBER(thread_state);
        break;
    case 14:
        MEMBER(max_protection);
        break;
    case 15:
        MEMBER(executable_path);
        break;
    default:
        break;
    }
    return NULL;
}
