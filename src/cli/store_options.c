#include "cli/store_options.h"

#include <pwd.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define EPOCH_MAX (INT64_C(1) << 33)  // Seconds.

static enum status find_now(int64_t *out, struct err *err);

bool store_options_take(struct store_options *o, int option, str value)
{
    switch (option) {
    case STORE_OPT_STORE:
        o->name = value;
        return true;
    case STORE_OPT_AS:
        o->act.who = value;
        return true;
    case STORE_OPT_WHY:
        o->act.why = value;
        return true;
    default:
        return false;
    }
}

bool store_options_has(const struct store_options *o)
{
    return o->name.len > 0 || str_of(getenv("POMONA_STORE")).len > 0;
}

int store_options_find(struct store_options *o)
{
    if (o->name.len == 0)
        o->name = str_of(getenv("POMONA_STORE"));
    return o->name.len > 0
               ? EXIT_DONE
               : cli_fail(EXIT_USAGE, "which store? Give --store FILE, or set POMONA_STORE");
}

int store_options_open(struct store_options *o, enum db_mode mode, struct db **out)
{
    struct err err;
    const int code = store_options_find(o);
    if (code != EXIT_DONE)
        return code;
    enum status status = store_options_fill(o, &err);
    if (status == OK)
        status = store_open(o->name, mode, out, &err);
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

enum status store_options_fill(struct store_options *o, struct err *err)
{
    if (o->act.who.len == 0) {
        const struct passwd *user = getpwuid(geteuid());
        o->act.who = user == NULL ? STR("unknown") : str_of(user->pw_name);
    }
    return store_options_now(o, err);
}

enum status store_options_now(struct store_options *o, struct err *err)
{
    return find_now(&o->act.now_ns, err);
}

static enum status find_now(int64_t *out, struct err *err)
{
    const str given = str_of(getenv("SOURCE_DATE_EPOCH"));
    if (given.len == 0) {
        struct timespec now;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        *out = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
        return OK;
    }
    int64_t seconds;
    if (!str_to_i64(given, &seconds) || seconds < 0 || seconds > EPOCH_MAX)
        return fail(err, ERR_CONFIG,
                    "SOURCE_DATE_EPOCH is a number of seconds since 1970, not \"%.*s\"",
                    STR_ARG(given));
    *out = seconds * NS_PER_S;
    return OK;
}
