#include "host.h"

#include "record.h"

#include <stdio.h>
#include <stdlib.h>

#define USER_ID              501u
#define STAFF_GROUP          20u
#define NO_AUDIT_USER        UINT32_MAX
#define SYSTEM_SESSION       100000u
#define PID_MAX              99998u
#define PID_AFTER_MAX        400u  // The kernel starts again, below what it reached.
#define VERSIONS_PER_PROCESS 4u    // Room for the execs of each.
#define ARGS_MAX             16
#define ENV_MAX              40
#define TEXT_SIZE            16384  // All arguments and variables of one exec.
#define CPU_ARM64            16777228u
#define CPU_X86_64           16777223u
#define CPU_SUBTYPE_ARM64E   (-2147483646)
#define CPU_SUBTYPE_X86_ALL  3
#define DESCRIPTOR_TYPES     3

// Message versions by Mac; the second Mac also prints audit tokens as arrays (macOS 26 betas).
static const unsigned versions[] = { 9, 10, 8, 7, 10 };
#define ARRAY_TOKENS_INDEX 1u

static const char *const users[] = { "mara", "jonas", "ines", "tomas", "wei", "amina", "rhea" };

// Environment of what launchd starts, and of what the shell starts.
static const char *const agent_env[] = {
    "USER=%",
    "LOGNAME=%",
    "PATH=/usr/bin:/bin:/usr/sbin:/sbin",
    "HOME=~",
    "TMPDIR=$/",
    "SHELL=/bin/zsh",
    "XPC_FLAGS=0x0",
    "XPC_SERVICE_NAME=0",
    "__CF_USER_TEXT_ENCODING=0x1F5:0x0:0x0",
    "SSH_AUTH_SOCK=/private/tmp/com.apple.launchd.**********/Listeners",
    "__CFBundleIdentifier=com.example.session",
    "COMMAND_MODE=unix2003",
    "OSLogRateLimit=64",
    "MallocSpaceEfficient=1",
    "MallocNanoZone=1",
};
static const char *const shell_env[] = {
    "TERM_PROGRAM=Apple_Terminal",
    "TERM_PROGRAM_VERSION=455.1",
    "TERM=xterm-256color",
    "TERM_SESSION_ID=3C1A5E2D-77B0-4F6E-9D21-5B0E4C8A1F##",
    "SHLVL=1",
    "LANG=en_GB.UTF-8",
    "OLDPWD=~",
    "PWD=~/src/kestrel",
    "HOMEBREW_PREFIX=/opt/homebrew",
    "EDITOR=vim",
    "LESS=-FRX",
    "COLORTERM=truecolor",
    ("PATH=/opt/homebrew/bin:/opt/homebrew/sbin:/usr/local/bin:/System/Cryptexes/App/usr/bin:"
     "/usr/bin:/bin:/usr/sbin:/sbin:/var/run/com.apple.security.cryptexd/codex.system/bootstrap/"
     "usr/local/bin:/Library/Apple/usr/bin:~/bin"),
    "_=/usr/bin/env",
};

// Texts of one exec, expanded.
struct texts {
    char store[TEXT_SIZE];
    size_t used;
    str args[ARGS_MAX];
    size_t arg_count;
    str env[ENV_MAX];
    size_t env_count;
};

static struct process process_of(struct host *h, const struct program *program,
                                 const struct process *parent);
static struct token token_of(const struct host *h, const struct program *program);
static void number_process(struct host *h, struct token *token);
static bool is_taken(const struct host *h, uint32_t pid);
static uint64_t code_of(const struct program *program, uint64_t variant);
static void load_image(struct host *h, struct process *p, const struct launch *launch);
static void expand_texts(struct host *h, const struct process *p, const struct launch *launch,
                         struct texts *t);
static str expand(struct host *h, struct texts *t, const char *pattern);
static json_write write_descriptors;
static void start_session(struct host *h);

void host_init(struct host *h, uint64_t seed, unsigned index, bool in_envelopes,
               struct inventory *inventory)
{
    *h = (struct host){ .index = index, .in_envelopes = in_envelopes, .inventory = inventory };
    (void)snprintf(h->id, sizeof h->id, "mac-%04u", index + 1);
    (void)snprintf(h->name, sizeof h->name, "mac-%04u.example", index + 1);
    h->rng = rng_of(seed, index);
    h->place.salt = rng_next(&h->rng);
    h->place.now_ns = HOST_START_NS + rng_below(&h->rng, SECOND_NS);
    (void)snprintf(h->place.user, sizeof h->place.user, "%s",
                   users[rng_below(&h->rng, COUNT_OF(users))]);
    (void)snprintf(h->place.home, sizeof h->place.home, "/Users/%s", h->place.user);
    (void)place_path(&h->place, &h->rng, "/private/var/folders/**/****************0000gn/T",
                     h->place.temp, sizeof h->place.temp);
    h->session_id = SYSTEM_SESSION + 3 + rng_below(&h->rng, 40);
    h->next_pid = 400 + rng_below(&h->rng, 200);
    h->next_pidversion = 900 + rng_below(&h->rng, 400);
    buf_init(&h->out, HOST_OUT_MAX);
    h->json = (struct json){
        .version = versions[index % COUNT_OF(versions)],
        .array_tokens = index == ARRAY_TOKENS_INDEX,
        .out = &h->out,
        .rng = &h->rng,
    };
    start_session(h);
}

void host_use_elastic(struct host *h)
{
    h->is_elastic = true;
    h->in_envelopes = false;
    h->elastic_rng = rng_of(h->place.salt, h->index);
    h->elastic_json =
        (struct json){ .out = &h->out, .rng = &h->elastic_rng, .plain_slashes = true };
}

void host_done(struct host *h)
{
    buf_done(&h->out);
    free(h->marks);
}

// What runs before the sensor is started: nothing of it is recorded.
static void start_session(struct host *h)
{
    struct process launchd = process_of(h, &program_launchd, NULL);
    launchd.token.pid = launchd.group = 1;
    launchd.parent = (struct token){ .auid = NO_AUDIT_USER };
    launchd.responsible = launchd.token;
    const struct process *root = host_keep(h, &launchd);
    for (size_t i = 0; i < program_daemon_count; i++) {
        const struct process p = process_of(h, &program_daemons[i], root);
        (void)host_keep(h, &p);
    }
    for (size_t i = 0; i < program_agent_count; i++) {
        const struct process p = process_of(h, &program_agents[i], root);
        (void)host_keep(h, &p);
    }
    const struct process terminal = process_of(h, &program_terminal, root);
    (void)host_keep(h, &terminal);
    struct process shell = process_of(h, &program_zsh, &terminal);
    shell.responsible = terminal.token;
    shell.session = shell.token.pid;
    shell.terminal = 1 + rng_below(&h->rng, 6);
    h->shell = host_keep(h, &shell);
    h->fixed_count = h->live_count;
}

static struct process process_of(struct host *h, const struct program *program,
                                 const struct process *parent)
{
    struct process p = { .session = 1 };
    p.started_ns = h->place.now_ns - rng_between(&h->rng, 600, 80000) * SECOND_NS;
    p.token = token_of(h, program);
    number_process(h, &p.token);
    p.responsible = p.token;
    p.group = p.token.pid;
    if (parent != NULL)
        p.parent = parent->token;
    load_image(h, &p, &(struct launch){ .program = program });
    return p;
}

// Who runs it; not yet which process it is.
static struct token token_of(const struct host *h, const struct program *program)
{
    const bool is_root = program->runs_as_root;
    return (struct token){
        .auid = is_root ? NO_AUDIT_USER : USER_ID,
        .euid = is_root ? 0 : USER_ID,
        .egid = is_root ? 0 : STAFF_GROUP,
        .ruid = is_root ? 0 : USER_ID,
        .rgid = is_root ? 0 : STAFF_GROUP,
        .asid = is_root ? SYSTEM_SESSION : h->session_id,
    };
}

static void number_process(struct host *h, struct token *token)
{
    do {
        h->next_pid += 1 + rng_below(&h->rng, 3);
        if (h->next_pid > PID_MAX)
            h->next_pid = PID_AFTER_MAX;
    } while (is_taken(h, h->next_pid));
    h->next_pidversion += VERSIONS_PER_PROCESS;
    token->pid = h->next_pid;
    token->pidversion = h->next_pidversion;
}

static bool is_taken(const struct host *h, uint32_t pid)
{
    for (size_t i = 0; i < h->live_count; i++) {
        if (h->live[i].token.pid == pid)
            return true;
    }
    return false;
}

static void load_image(struct host *h, struct process *p, const struct launch *launch)
{
    p->program = launch->program;
    p->flags = program_flags(launch->program);
    p->code = code_of(launch->program, launch->code);
    p->born_ns = launch->is_new ? h->place.now_ns : 0;
    (void)place_path(&h->place, &h->rng, launch->program->path, p->path, sizeof p->path);
    struct file file = place_file(&h->place, &h->rng, p->path);
    if (p->born_ns != 0)
        file.modified_ns = p->born_ns;
    inventory_add_program(h->inventory, str_of(h->id), p->program, &file, p->code);
}

// One release of a program has one cdhash, on whatever Mac.
static uint64_t code_of(const struct program *program, uint64_t variant)
{
    return str_hash(str_of(program->path), str_hash(str_of(program->signing_id), variant));
}

struct process host_fork(struct host *h, const struct process *parent)
{
    struct process child = *parent;
    number_process(h, &child.token);
    child.parent = parent->token;
    child.started_ns = h->place.now_ns;
    const struct subject subject = { .host = h, .process = &child };
    const struct json_member members[] = { PART_AS("child", record_process, &subject) };
    record_add(h, EVENT_FORK, parent, members, COUNT_OF(members));
    return child;
}

struct process host_spawn(struct host *h, const struct process *parent, const struct launch *launch)
{
    const bool by_launchd = parent == NULL;
    struct process p = host_fork(h, by_launchd ? &h->live[0] : parent);
    if (by_launchd) {
        const struct token forked = p.token;
        p.token = token_of(h, launch->program);
        p.token.pid = forked.pid;
        p.token.pidversion = forked.pidversion;
        p.responsible = p.token;
        p.session = 1;
    }
    p.group = p.token.pid;
    host_exec(h, &p, launch);
    return p;
}

void host_exec(struct host *h, struct process *p, const struct launch *launch)
{
    struct process target = *p;
    target.token.pidversion++;
    if (target.responsible.pid == target.token.pid)
        target.responsible = target.token;
    load_image(h, &target, launch);

    struct texts texts;
    expand_texts(h, &target, launch, &texts);
    const bool is_platform = launch->program->signer == SIGNER_PLATFORM;
    const bool is_intel = launch->program->translated;
    const struct subject subject = { .host = h, .process = &target };
    const struct file cwd =
        place_directory(&h->place, &h->rng, target.terminal != 0 ? "~/src/kestrel" : "/");
    struct file script = { 0 };
    if (launch->script != NULL)
        script = place_file(&h->place, &h->rng, launch->script);
    const struct json_member script_file = PART_AS("script", record_file, &script);
    const struct json_member no_script = NULL_AS("script");
    const struct json_texts args = { .at = texts.args, .count = texts.arg_count };
    const struct json_texts env = { .at = texts.env, .count = texts.env_count };
    const struct json_member members[] = {
        PART_AS("target", record_process, &subject),
        PART_AS("args", json_texts, &args),
        PART_AS("env", json_texts, &env),
        PART_AS("cwd", record_file, &cwd),
        launch->script != NULL ? script_file : no_script,
        TEXT_AS("dyld_exec_path", str_of(target.path)),
        UINT_AS("image_cputype", is_intel ? CPU_X86_64 : CPU_ARM64),
        INT_AS("image_cpusubtype", is_platform ? CPU_SUBTYPE_ARM64E
                                   : is_intel  ? CPU_SUBTYPE_X86_ALL
                                               : 0),
        PART_AS("fds", write_descriptors, p),
        UINT_AS("last_fd", DESCRIPTOR_TYPES - 1),
    };
    record_add(h, EVENT_EXEC, p, members, COUNT_OF(members));
    *p = target;
}

static void expand_texts(struct host *h, const struct process *p, const struct launch *launch,
                         struct texts *t)
{
    t->used = t->arg_count = t->env_count = 0;
    if (launch->args == NULL)
        t->args[t->arg_count++] = expand(h, t, p->path);
    for (size_t i = 0; launch->args != NULL && launch->args[i] != NULL && i < ARGS_MAX; i++)
        t->args[t->arg_count++] = expand(h, t, launch->args[i]);

    for (size_t i = 0; i < COUNT_OF(agent_env); i++)
        t->env[t->env_count++] = expand(h, t, agent_env[i]);
    for (size_t i = 0; p->terminal != 0 && i < COUNT_OF(shell_env); i++)
        t->env[t->env_count++] = expand(h, t, shell_env[i]);
    if (launch->env != NULL)
        t->env[t->env_count++] = expand(h, t, launch->env);
}

static str expand(struct host *h, struct texts *t, const char *pattern)
{
    char *at = t->store + t->used;
    const size_t len = place_path(&h->place, &h->rng, pattern, at, sizeof t->store - t->used);
    t->used += len;
    return (str){ .at = at, .len = len };
}

// Standard input, output and error: terminals, or /dev/null.
static void write_descriptors(struct json *j, const void *of)
{
    const struct process *p = of;
    buf_add_char(j->out, '[');
    for (uint64_t fd = 0; fd < DESCRIPTOR_TYPES; fd++) {
        if (fd > 0)
            buf_add_char(j->out, ',');
        const struct json_member members[] = {
            UINT_AS("fd", fd),
            UINT_AS("fdtype", p->terminal != 0 ? 2 : 1),
        };
        json_object(j, members, COUNT_OF(members));
    }
    buf_add_char(j->out, ']');
}

void host_exit(struct host *h, const struct process *p, uint32_t status)
{
    const struct json_member members[] = { UINT_AS("stat", status) };
    record_add(h, EVENT_EXIT, p, members, COUNT_OF(members));
}

struct process *host_find(struct host *h, const char *signing_id)
{
    for (size_t i = 0; i < h->live_count; i++) {
        if (strcmp(h->live[i].program->signing_id, signing_id) == 0)
            return &h->live[i];
    }
    return NULL;
}

struct process *host_any_app(struct host *h)
{
    struct process *found = NULL;
    const size_t from = rng_below(&h->rng, (uint32_t)h->live_count);
    for (size_t i = 0; i < h->live_count && found == NULL; i++) {
        struct process *p = &h->live[(from + i) % h->live_count];
        if (p->program->team != NULL && !p->program->is_es_client)
            found = p;
    }
    return found;
}

struct process *host_keep(struct host *h, const struct process *p)
{
    if (h->live_count == HOST_LIVE_MAX)
        return NULL;
    h->live[h->live_count] = *p;
    return &h->live[h->live_count++];
}

void host_forget(struct host *h, size_t index)
{
    h->live[index] = h->live[--h->live_count];
}
