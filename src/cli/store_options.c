#include "cli/store_options.h"

#include "sink/json.h"
#include "store/audit.h"
#include "store/upkeep.h"

#include <pwd.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S           INT64_C(1000000000)
#define CLOCK_TOLERANCE_NS (60 * NS_PER_S)  // Of two machines that write to one store.
#define SENTENCE_MAX       512u
#define EPOCH_MAX          (INT64_C(1) << 33)  // Seconds.

static enum status find_now(int64_t *out, struct err *err);
static int64_t ask_clock(void);
static enum status look_over(struct db *db, const struct store_options *o, struct err *err);
static void say_unlooked(str name);
static void say_clock(int64_t last_ns, int64_t now_ns);

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
    if (status == OK && mode != DB_READ) {
        status = look_over(*out, o, &err);
        if (status != OK) {
            db_close(*out);
            *out = NULL;
        }
    }
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

// What is to be told of a store before it is written to: that it is damaged, or that the clock was put back.
static enum status look_over(struct db *db, const struct store_options *o, struct err *err)
{
    int64_t last_ns = 0;
    enum status status = upkeep_look(db, o->act.now_ns, err);
    if (status == END)
        say_unlooked(o->name);
    if (status == OK || status == END)
        status = audit_last_time(db, &last_ns, err);
    if (status != OK) {
        store_prefix(err, o->name);
        return status;
    }
    if (last_ns > o->act.now_ns + CLOCK_TOLERANCE_NS)
        say_clock(last_ns, o->act.now_ns);
    return OK;
}

static void say_unlooked(str name)
{
    struct buf b;
    buf_init(&b, SENTENCE_MAX);
    buf_printf(
        &b,
        "pomona: %.*s: for %d days nobody has looked whether it is whole, and it is too large to "
        "do so now; `pomona store check` does",
        STR_ARG(str_to(name, SENTENCE_MAX / 2)), UPKEEP_LOOK_DAYS);
    cli_say(buf_str(&b));
    buf_done(&b);
}

static void say_clock(int64_t last_ns, int64_t now_ns)
{
    struct buf b;
    buf_init(&b, SENTENCE_MAX);
    buf_add(&b, STR("pomona: the clock says "));
    sink_add_time(&b, now_ns, ' ', 3);
    buf_add(&b, STR(", and the last entry of the audit log is of "));
    sink_add_time(&b, last_ns, ' ', 3);
    buf_add(&b,
            STR(": was it put back? What is done now is kept with this time, behind that entry"));
    cli_say(buf_str(&b));
    buf_done(&b);
}

enum status store_options_now(struct store_options *o, struct err *err)
{
    return find_now(&o->act.now_ns, err);
}

store_clock *store_options_clock(void)
{
    return str_of(getenv("SOURCE_DATE_EPOCH")).len == 0 ? ask_clock : NULL;
}

static enum status find_now(int64_t *out, struct err *err)
{
    const str given = str_of(getenv("SOURCE_DATE_EPOCH"));
    if (given.len == 0) {
        *out = ask_clock();
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

static int64_t ask_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}
