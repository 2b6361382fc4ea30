// The clauses around conditions: `category where …`, sequences with their stages, pipes.

#include "eql/parser.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_MAX 40u  // Octets of a token that a sentence repeats.

static void take_pipe(struct parser *p, struct ast_query *query);
static void take_query(struct parser *p, struct ast_query *query);
static void refuse_construct(struct parser *p);
static void take_sequence(struct parser *p, struct ast_query *query);
static void refuse_missing(struct parser *p, const struct ast_query *query);
static void take_until(struct parser *p, struct ast_query *query);
static struct ast_stage *take_stage(struct parser *p);
static void take_stage_clauses(struct parser *p, struct ast_stage *stage);
static void take_alias(struct parser *p, struct ast_stage *stage);
static void take_runs(struct parser *p, struct ast_stage *stage);
static void take_keys(struct parser *p, struct ast_keys *keys);
static void take_maxspan(struct parser *p, struct ast_query *query);
static bool span_of(str text, int64_t *out_ns);
static bool at_stage(const struct parser *p);

enum status ast_parse(struct lexer *l, struct ast_query *out)
{
    struct ast_query query = { .maxspan_ns = -1 };
    if (l->text.len > EQL_TEXT_MAX)
        return lexer_refuse(l, ERR_LIMIT, 0, "a query has at most %u octets", EQL_TEXT_MAX);
    struct parser p = { .lexer = l };
    parser_next(&p);
    take_query(&p, &query);
    while (parser_at_sign(&p, "|"))
        take_pipe(&p, &query);
    if (p.token.kind != TOKEN_END)
        parser_refuse_token(&p, "the end of the query");
    if (l->status == OK)
        *out = query;
    return l->status;
}

// | head 5
static void take_pipe(struct parser *p, struct ast_query *query)
{
    if (query->pipe_count == 0)
        query->pipes_at = p->token.at;
    parser_next(p);
    if (parser_at_sign(p, "|"))
        parser_refuse(p, ERR_CONFIG, p->token.at, "conditions are joined by `or`, not by ||");
    const bool is_tail = parser_at_word(p, "tail");
    if (!is_tail && !parser_at_word(p, "head")) {
        if (p->token.kind == TOKEN_NAME)
            parser_refuse(p, ERR_CONFIG, p->token.at,
                          "the pipe `%.*s` is not part of this language; there are head and tail",
                          STR_ARG(str_to(p->token.text, SHOWN_MAX)));
        else
            parser_refuse_token(p, "head or tail");
        return;
    }
    parser_next(p);
    if (p->token.kind != TOKEN_INT || p->token.integer < 0) {
        parser_refuse_token(p, "a whole number, 0 or more");
        return;
    }
    if (is_tail && p->token.integer > (int64_t)EQL_TAIL_MAX) {
        parser_refuse(p, ERR_LIMIT, p->token.at, "tail holds at most %u matches", EQL_TAIL_MAX);
        return;
    }
    if (query->pipe_count == EQL_PIPES_MAX) {
        parser_refuse(p, ERR_LIMIT, p->token.at, "a query has at most %u pipes", EQL_PIPES_MAX);
        return;
    }
    query->pipes[query->pipe_count++] = (struct ast_pipe){ .kind = is_tail ? PIPE_TAIL : PIPE_HEAD,
                                                           .count = (uint64_t)p->token.integer };
    parser_next(p);
}

static void take_query(struct parser *p, struct ast_query *query)
{
    refuse_construct(p);
    if (parser_accepts_word(p, "sequence")) {
        query->is_sequence = true;
        take_sequence(p, query);
        return;
    }
    struct ast_stage *stage = arena_zalloc(p->lexer->arena, sizeof *stage);
    stage->at = p->token.at;
    stage->runs = 1;
    parser_take_body(p, stage);
    query->stages = stage;
    query->stage_count = 1;
}

static void refuse_construct(struct parser *p)
{
    static const char *const constructs[] = { "sample", "join", "macro", "const" };
    if (p->token.kind == TOKEN_END)
        parser_refuse(p, ERR_CONFIG, p->token.at, "the query is empty");
    for (size_t i = 0; i < COUNT_OF(constructs); i++)
        if (parser_at_word(p, constructs[i]))
            parser_refuse(p, ERR_CONFIG, p->token.at, "`%s` is not part of this language",
                          constructs[i]);
}

static void take_sequence(struct parser *p, struct ast_query *query)
{
    bool has_with = false;
    while (!parser_failed(p) && !at_stage(p)) {
        const uint32_t at = p->token.at;
        if (query->keys.count == 0 && parser_accepts_word(p, "by")) {
            query->keys.place = at;
            take_keys(p, &query->keys);
        } else if (!has_with && parser_accepts_word(p, "with")) {
            has_with = true;
            take_maxspan(p, query);
        } else {
            parser_refuse_token(p, "by, with maxspan or [");
        }
    }
    struct ast_stage **link = &query->stages;
    while (!parser_failed(p) && at_stage(p)) {
        *link = take_stage(p);
        query->stage_count += (*link)->runs;
        if (query->stage_count > EQL_STAGES_MAX)
            parser_refuse(p, ERR_LIMIT, (*link)->at, "a sequence has at most %u stages",
                          EQL_STAGES_MAX);
        link = &(*link)->next;
    }
    if (query->stage_count == 1 && p->token.kind != TOKEN_END && !parser_at_word(p, "until") &&
        !parser_at_sign(p, "|"))
        parser_refuse_token(p, "[");
    if (!parser_failed(p) && query->stage_count < 2)
        parser_refuse(p, ERR_CONFIG, p->previous_end, "a sequence has at least two stages");
    refuse_missing(p, query);
    if (parser_accepts_word(p, "until"))
        take_until(p, query);
}

// What must be missing is missing within a time, and beside something that is there.
static void refuse_missing(struct parser *p, const struct ast_query *query)
{
    const struct ast_stage *missing = NULL;
    bool has_positive = false;
    for (const struct ast_stage *s = query->stages; s != NULL; s = s->next) {
        has_positive |= !s->missing;
        if (s->missing && missing == NULL)
            missing = s;
    }
    if (missing == NULL)
        return;
    if (!has_positive)
        parser_refuse(p, ERR_CONFIG, missing->at, "at least one stage must be without !");
    else if (query->maxspan_ns < 0)
        parser_refuse(p, ERR_CONFIG, missing->at,
                      "a sequence with a missing event (![ ]) needs `with maxspan`");
}

static void take_until(struct parser *p, struct ast_query *query)
{
    if (parser_at_sign(p, "!["))
        parser_refuse(p, ERR_CONFIG, p->token.at, "until takes no missing event (![ ])");
    if (!at_stage(p)) {
        parser_refuse_token(p, "[ after until");
        return;
    }
    query->until = take_stage(p);
    if (query->until->runs != 1)
        parser_refuse(p, ERR_CONFIG, query->until->at, "until takes no runs");
    if (query->until->alias.len > 0)
        parser_refuse(p, ERR_CONFIG, query->until->alias_at, "until takes no alias");
}

static struct ast_stage *take_stage(struct parser *p)
{
    struct ast_stage *stage = arena_zalloc(p->lexer->arena, sizeof *stage);
    stage->at = p->token.at;
    stage->runs = 1;
    if (parser_at_word(p, "fork"))
        parser_refuse(p, ERR_CONFIG, p->token.at, "`fork` is not part of this language");
    stage->missing = parser_accepts_sign(p, STR("!["));
    if (!stage->missing)
        parser_expect_sign(p, STR("["), "expected [");
    parser_take_body(p, stage);
    parser_expect_sign(p, STR("]"), "expected ] or `and` or `or`");
    take_stage_clauses(p, stage);
    return stage;
}

// CATEGORY where CONDITION
void parser_take_body(struct parser *p, struct ast_stage *stage)
{
    if (p->token.kind != TOKEN_NAME && p->token.kind != TOKEN_TEXT) {
        parser_refuse_token(p, "a category");
        return;
    }
    stage->category = p->token.text;
    stage->category_at = p->token.at;
    parser_next(p);
    if (!parser_accepts_word(p, "where")) {
        parser_refuse_token(p, "where");
        return;
    }
    const uint32_t from = p->token.at;
    stage->condition = parser_take_condition(p);
    if (stage->condition != NULL)
        stage->condition_text = str_to(str_from(p->lexer->text, from), p->previous_end - from);
}

static void take_stage_clauses(struct parser *p, struct ast_stage *stage)
{
    for (bool has_runs = false; !parser_failed(p);) {
        const uint32_t at = p->token.at;
        if (stage->keys.count == 0 && parser_accepts_word(p, "by")) {
            stage->keys.place = at;
            take_keys(p, &stage->keys);
        } else if (!has_runs && parser_accepts_word(p, "with")) {
            has_runs = true;
            take_runs(p, stage);
        } else if (stage->alias.len == 0 && parser_accepts_word(p, "as")) {
            take_alias(p, stage);
        } else if (parser_at_word(p, "fork")) {
            parser_refuse(p, ERR_CONFIG, at, "`fork` is not part of this language");
        } else {
            return;
        }
    }
}

static void take_alias(struct parser *p, struct ast_stage *stage)
{
    const struct token t = p->token;
    if (t.kind != TOKEN_NAME || t.folds || str_find_char(t.text, '.') < t.text.len) {
        parser_refuse_token(p, "a name without dots after as");
        return;
    }
    if (stage->missing)
        parser_refuse(p, ERR_CONFIG, t.at, "a missing event has no values: ![ ] takes no alias");
    stage->alias = t.text;
    stage->alias_at = t.at;
    parser_next(p);
}

static void take_runs(struct parser *p, struct ast_stage *stage)
{
    if (!parser_accepts_word(p, "runs")) {
        parser_refuse_token(p, "runs");
        return;
    }
    parser_expect_sign(p, STR("="), "expected = after runs");
    const struct token t = p->token;
    if (t.kind != TOKEN_INT || t.integer < 1 || t.integer > (int64_t)EQL_RUNS_MAX) {
        parser_refuse(p, ERR_CONFIG, t.at, "runs is a whole number from 1 to %u", EQL_RUNS_MAX);
        return;
    }
    stage->runs = (uint32_t)t.integer;
    parser_next(p);
}

static void take_keys(struct parser *p, struct ast_keys *keys)
{
    do {
        const bool optional = parser_accepts_sign(p, STR("?"));
        if (p->token.kind != TOKEN_NAME || p->token.folds) {
            parser_refuse_token(p, "a field after by");
            return;
        }
        if (keys->count == EQL_KEYS_MAX) {
            parser_refuse(p, ERR_LIMIT, p->token.at, "at most %u fields may follow by",
                          EQL_KEYS_MAX);
            return;
        }
        struct ast *key = arena_zalloc(p->lexer->arena, sizeof *key);
        key->kind = AST_FIELD;
        key->at = p->token.at;
        key->text = p->token.text;
        key->optional = optional;
        keys->at[keys->count++] = key;
        parser_next(p);
    } while (!parser_failed(p) && parser_accepts_sign(p, STR(",")));
}

static void take_maxspan(struct parser *p, struct ast_query *query)
{
    if (!parser_accepts_word(p, "maxspan")) {
        parser_refuse_token(p, "maxspan");
        return;
    }
    parser_expect_sign(p, STR("="), "expected = after maxspan");
    const struct token t = p->token;
    if ((t.kind != TOKEN_SPAN && t.kind != TOKEN_INT) || !span_of(t.text, &query->maxspan_ns)) {
        parser_refuse(p, ERR_CONFIG, t.at,
                      "maxspan is a whole number above 0 with its unit: ms, s, m, h or d");
        return;
    }
    if (query->maxspan_ns > EQL_SPAN_MAX_NS)
        parser_refuse(p, ERR_LIMIT, t.at, "maxspan is at most 366d");
    parser_next(p);
}

static bool span_of(str text, int64_t *out_ns)
{
    static const struct {
        str name;
        int64_t ns;
    } units[] = {
        { STR_INIT("ms"), 1000000 },
        { STR_INIT("s"), 1000000000 },
        { STR_INIT("m"), INT64_C(60) * 1000000000 },
        { STR_INIT("h"), INT64_C(3600) * 1000000000 },
        { STR_INIT("d"), INT64_C(86400) * 1000000000 },
    };
    size_t digits = 0;
    while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
        digits++;
    int64_t count;
    if (!str_to_i64(str_to(text, digits), &count) || count == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (!str_eq(units[i].name, str_from(text, digits)))
            continue;
        *out_ns = count > INT64_MAX / units[i].ns ? INT64_MAX : count * units[i].ns;
        return true;
    }
    return false;
}

static bool at_stage(const struct parser *p)
{
    return parser_at_sign(p, "[") || parser_at_sign(p, "![") || parser_at_word(p, "fork");
}

void parser_next(struct parser *p)
{
    p->previous_end = p->token.end;
    p->token = lexer_next(p->lexer);
}

bool parser_failed(const struct parser *p)
{
    return p->lexer->status != OK;
}

bool parser_at_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_NAME && !p->token.quoted && !p->token.folds &&
           str_eq(p->token.text, str_of(word));
}

bool parser_accepts_word(struct parser *p, const char *word)
{
    if (!parser_at_word(p, word))
        return false;
    parser_next(p);
    return true;
}

bool parser_accepts_word_folding(struct parser *p, const char *word)
{
    if (p->token.kind != TOKEN_NAME || p->token.quoted || !str_eq(p->token.text, str_of(word)))
        return false;
    parser_next(p);
    return true;
}

bool parser_at_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == TOKEN_SIGN && str_eq(p->token.text, str_of(sign));
}

bool parser_accepts_sign(struct parser *p, str sign)
{
    if (p->token.kind != TOKEN_SIGN || !str_eq(p->token.text, sign))
        return false;
    parser_next(p);
    return true;
}

void parser_expect_sign(struct parser *p, str sign, const char *sentence)
{
    if (parser_accepts_sign(p, sign) || parser_failed(p))
        return;
    if (p->token.kind == TOKEN_END)
        parser_refuse(p, ERR_CONFIG, p->previous_end, "%s, found the end of the query", sentence);
    else
        parser_refuse(p, ERR_CONFIG, p->token.at, "%s, found `%.*s`", sentence,
                      STR_ARG(str_to(p->token.text, SHOWN_MAX)));
}

void parser_refuse_token(struct parser *p, const char *expected)
{
    static const str keywords[] = {
        STR_INIT("and"),   STR_INIT("or"),       STR_INIT("not"),  STR_INIT("in"),
        STR_INIT("like"),  STR_INIT("regex"),    STR_INIT("by"),   STR_INIT("with"),
        STR_INIT("where"), STR_INIT("sequence"), STR_INIT("true"), STR_INIT("until"),
    };
    const struct token t = p->token;
    if (t.kind == TOKEN_END) {
        parser_refuse(p, ERR_CONFIG, p->previous_end, "expected %s, found the end of the query",
                      expected);
        return;
    }
    for (size_t i = 0; t.kind == TOKEN_NAME && i < COUNT_OF(keywords); i++)
        if (!str_eq(t.text, keywords[i]) && str_eq_nocase(t.text, keywords[i]))
            parser_refuse(p, ERR_CONFIG, t.at, "expected %s, found `%.*s`; keywords are lower-case",
                          expected, STR_ARG(t.text));
    parser_refuse(p, ERR_CONFIG, t.at, "expected %s, found `%.*s`", expected,
                  STR_ARG(str_to(t.text, SHOWN_MAX)));
}

void parser_refuse(struct parser *p, enum status status, uint32_t at, const char *format, ...)
{
    if (parser_failed(p))
        return;
    char sentence[ERR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    (void)lexer_refuse(p->lexer, status, at, "%s", sentence);
}
