#include "sink/summary.h"

#include <inttypes.h>

// {field} stands for its value, and for "(not told)" where the step does not show it; what is
// in [brackets] is left out whole where a field inside it is missing or false. A field followed
// by '?' is tested and not shown.
static const str templates[ACTION_COUNT] = {
    [ACTION_EXEC] = STR_INIT("started {process.executable}"),
    [ACTION_FORK] = STR_INIT("was forked[ from {process.parent.executable}]"),
    [ACTION_END] = STR_INIT(
        "ended[ with status {process.exit_code}][, killed by signal {process.Ext.exit_signal}]"),
    [ACTION_SIGNAL] = STR_INIT("sent[ signal {process.Ext.signal}] to {Target.process.executable}[ "
                               "(pid {Target.process.pid})]"),
    [ACTION_PROCESS_OPEN] = STR_INIT(
        "took the[ {process.Ext.api.parameters.port}] task port of {Target.process.executable}[ "
        "(pid {Target.process.pid})][ by {process.Ext.api.name}]"),
    [ACTION_PROC_CHECK] =
        STR_INIT("asked for facts about {Target.process.executable}[ (pid {Target.process.pid})]"),
    [ACTION_REMOTE_THREAD] =
        STR_INIT("created a thread in {Target.process.executable}[ (pid {Target.process.pid})][, "
                 "running at once{process.Ext.api.parameters.thread_state?}]"),
    [ACTION_TRACE] = STR_INIT(
        "attached as a debugger to {Target.process.executable}[ (pid {Target.process.pid})]"),
    [ACTION_SUSPEND] =
        STR_INIT("suspended {Target.process.executable}[ (pid {Target.process.pid})]"),
    [ACTION_RESUME] = STR_INIT("resumed {Target.process.executable}[ (pid {Target.process.pid})]"),
    [ACTION_SHUTDOWN_SOCKETS] = STR_INIT(
        "shut down the sockets of {Target.process.executable}[ (pid {Target.process.pid})]"),
    [ACTION_CS_INVALIDATED] =
        STR_INIT("ran code that its signature does not cover, so its signature is no longer valid"),
    [ACTION_SETUID] = STR_INIT("changed its user[ to {user.id}]"),
    [ACTION_LOAD] =
        STR_INIT("mapped {dll.path} executable[ ({process.Ext.api.parameters.protection})][, "
                 "signer {dll.Ext.signer}][, named by a DYLD variable{dll.Ext.from_env?}]"),
    [ACTION_MMAP] =
        STR_INIT("mapped {dll.path} into memory[ ({process.Ext.api.parameters.protection})]"),
    [ACTION_MPROTECT] = STR_INIT(
        "changed memory[ at {process.Ext.api.parameters.address}][ "
        "({process.Ext.api.parameters.size} octets)] to {process.Ext.api.parameters.protection}"),
    [ACTION_CREATION] = STR_INIT("created {file.path}"),
    [ACTION_MODIFICATION] = STR_INIT("changed {file.path}"),
    [ACTION_CLOSE] = STR_INIT("closed {file.path}[, having written to it{file.Ext.modified?}]"),
    [ACTION_OPEN] = STR_INIT("opened {file.path}"),
    [ACTION_WRITE] = STR_INIT("wrote to {file.path}"),
    [ACTION_RENAME] = STR_INIT("renamed {file.Ext.original.path} to {file.path}"),
    [ACTION_DELETION] = STR_INIT("removed {file.path}"),
    [ACTION_LAUNCH_ITEM_ADD] = STR_INIT("added an item that is started by launchd[, {file.path}]"),
    [ACTION_XPC_CONNECT] = STR_INIT("connected to an XPC service"),
    [ACTION_GATEKEEPER_OVERRIDE] = STR_INIT("let Gatekeeper pass[ {file.path}]"),
    [ACTION_TCC_MODIFY] = STR_INIT("changed a privacy permission"),
    [ACTION_CONNECT] = STR_INIT(
        "connected[ to {destination.ip}][, port {destination.port}][ ({destination.domain})]"),
    [ACTION_ACCEPT] =
        STR_INIT("took a connection[ of {destination.ip}][, on port {destination.port}]"),
    [ACTION_LOAD_DENIED] = STR_INIT("was refused the library {dll.path}"),
    [ACTION_MAP_DENIED] = STR_INIT("was refused memory both writable and executable"),
    [ACTION_SIGNATURE_DENIED] = STR_INIT("was refused for its code signature[: {message}]"),
    [ACTION_CS_KILLED] = STR_INIT("was ended by the kernel for its code signature"),
    [ACTION_LOADER_LOG] = STR_INIT("was told of by the loader[: {message}]"),
    [ACTION_ALERT] = STR_INIT("raised the sensor's alert[ {rule.name}][: {message}]"),
};

static bool part_is_known(str part, const struct finding_step *step);
static void add_part(struct buf *out, str part, const struct finding_step *step);
static struct value take_field(str *part, const struct finding_step *step, enum field *field,
                               bool *shown);
static bool is_true(const struct finding_step *step, enum field field);

void sink_add_summary(struct buf *out, const struct finding_step *step)
{
    str rest = templates[step->action];
    if (rest.len == 0)  // An action that is younger than this table.
        rest = action_traits[step->action].name;

    while (rest.len > 0) {
        const size_t open = str_find_char(rest, '[');
        add_part(out, str_to(rest, open), step);
        rest = str_from(rest, open + 1);
        const size_t close = str_find_char(rest, ']');
        const str optional = str_to(rest, close);
        if (part_is_known(optional, step))
            add_part(out, optional, step);
        rest = str_from(rest, close + 1);
    }
}

static bool part_is_known(str part, const struct finding_step *step)
{
    while (part.len > 0) {
        enum field field;
        bool shown;
        part = str_from(part, str_find_char(part, '{'));
        if (part.len == 0)
            return true;
        const struct value v = take_field(&part, step, &field, &shown);
        if (v.type == VALUE_MISSING || (v.type == VALUE_BOOL && !v.boolean))
            return false;
    }
    return true;
}

static void add_part(struct buf *out, str part, const struct finding_step *step)
{
    while (part.len > 0) {
        enum field field;
        bool shown;
        const size_t open = str_find_char(part, '{');
        buf_add(out, str_to(part, open));
        part = str_from(part, open);
        if (part.len == 0)
            return;
        const struct value v = take_field(&part, step, &field, &shown);
        if (shown)
            sink_add_value(out, field, v);
    }
}

// The value of the {field} at the front of `part`, which then stands behind it.
static struct value take_field(str *part, const struct finding_step *step, enum field *field,
                               bool *shown)
{
    const size_t close = str_find_char(*part, '}');
    str name = str_from(str_to(*part, close), 1);
    *shown = !str_ends_with(name, STR("?"));
    if (!*shown)
        name = str_to(name, name.len - 1);
    *part = str_from(*part, close + 1);
    *field = field_of(name);
    return *field == FIELD_COUNT ? (struct value){ .type = VALUE_MISSING }
                                 : finding_step_value(step, *field);
}

void sink_add_value(struct buf *out, enum field field, struct value value)
{
    switch ((enum value_type)value.type) {
    case VALUE_MISSING:
        buf_add(out, STR("(not told)"));
        return;
    case VALUE_BOOL:
        buf_add(out, value.boolean ? STR("true") : STR("false"));
        return;
    case VALUE_INT:
        if (field == FIELD_API_ADDRESS)
            buf_printf(out, "0x%" PRIx64, (uint64_t)value.integer);
        else
            buf_printf(out, "%" PRId64, value.integer);
        return;
    case VALUE_FLOAT:
        buf_printf(out, "%g", value.real);
        return;
    case VALUE_TEXT:
        buf_add(out, value_str(value));
        return;
    case VALUE_LIST:
        for (uint32_t i = 0; i < value.len; i++) {
            if (i > 0)
                buf_add(out, STR(", "));
            if (value.list[i].type != VALUE_LIST)
                sink_add_value(out, field, value.list[i]);
        }
        return;
    }
}

void sink_add_signer(struct buf *out, const struct finding_step *step)
{
    const str team = sink_text_of(step, FIELD_PROCESS_TEAM_ID);
    const str identifier = sink_text_of(step, FIELD_PROCESS_SIGNING_ID);
    const struct value exists = finding_step_value(step, FIELD_PROCESS_SIGNATURE_EXISTS);
    const struct value valid = finding_step_value(step, FIELD_PROCESS_SIGNATURE_VALID);

    if (is_true(step, FIELD_PROCESS_CS_PLATFORM))
        buf_add(out, STR("part of macOS"));
    else if (exists.type == VALUE_BOOL && !exists.boolean)
        buf_add(out, STR("unsigned"));
    else if (is_true(step, FIELD_PROCESS_CS_ADHOC))
        buf_add(out, STR("ad-hoc (signed by nobody)"));
    else if (team.len > 0)
        buf_printf(out, "team %.*s", STR_ARG(team));
    else if (exists.type == VALUE_BOOL)
        buf_add(out, STR("signed, no team"));
    else
        buf_add(out, STR("unknown"));

    if (identifier.len > 0) {
        buf_add(out, STR(", identifier "));
        buf_add(out, identifier);
    }
    if (is_true(step, FIELD_PROCESS_SIGNATURE_EXISTS) && valid.type == VALUE_BOOL && !valid.boolean)
        buf_add(out, STR(", signature no longer valid"));
}

static bool is_true(const struct finding_step *step, enum field field)
{
    const struct value v = finding_step_value(step, field);
    return v.type == VALUE_BOOL && v.boolean;
}

struct sink_linkage sink_linkage_of(const struct finding *finding)
{
    struct sink_linkage linkage = { .verdict = STR("unknown"), .because = STR_EMPTY };
    const struct finding_step *step = sink_last_step(finding);
    if (step == NULL)
        return linkage;
    const str verdict = sink_text_of(step, FIELD_MACHO_NATIVE_API);
    if (verdict.len > 0)
        linkage.verdict = verdict;
    linkage.because = sink_text_of(step, FIELD_MACHO_BECAUSE);
    return linkage;
}

bool sink_linkage_take(str *because, str *part)
{
    while (str_take_until(because, ';', part)) {
        while (part->len > 0 && part->at[0] == ' ')
            *part = str_from(*part, 1);
        if (part->len > 0)
            return true;
    }
    return false;
}

str sink_category_of(const struct finding_step *step)
{
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++)
        if ((step->categories & (1u << i)) != 0)
            return category_name(1u << i);
    return STR_EMPTY;
}

str sink_text_of(const struct finding_step *step, enum field field)
{
    const struct value v = finding_step_value(step, field);
    return v.type == VALUE_TEXT ? value_str(v) : STR_EMPTY;
}

const struct finding_step *sink_last_step(const struct finding *finding)
{
    return finding->step_count == 0 ? NULL : &finding->steps[finding->step_count - 1];
}

const struct finding_step *sink_target_step(const struct finding *finding)
{
    for (size_t i = finding->step_count; i > 0; i--) {
        const struct finding_step *step = &finding->steps[i - 1];
        if (finding_step_value(step, FIELD_TARGET_ENTITY_ID).type != VALUE_MISSING ||
            finding_step_value(step, FIELD_TARGET_PID).type != VALUE_MISSING)
            return step;
    }
    return NULL;
}
