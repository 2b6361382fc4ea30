// What lies below a directory: seen again, gone, and the directories that were walked.
//
// A walk is kept with its path, without the slash at its end, and the run in which it was. One that
// lies below another of the same or a newer run says nothing more and is dropped.

#include "store/links_internal.h"

// A directory that was walked, and when.
struct walk {
    str path;
    int64_t run;
};

// Both parts of a tree: what lies at its root, and what lies below it.
struct tree_sql {
    const char *at;
    const char *below;
    bool forgets;
};

#define IN_TREE(beginning, forgets)                                                         \
    {                                                                                       \
        beginning " WHERE host = $1 AND run < $2 AND path = $3",                            \
            beginning " WHERE host = $1 AND run < $2 AND path >= $3 AND path < $4", forgets \
    }

static const struct tree_sql touch = IN_TREE("UPDATE link_place SET run = $2", false);
static const struct tree_sql images = IN_TREE("SELECT DISTINCT image FROM link_place", false);
static const struct tree_sql forget = IN_TREE("DELETE FROM link_place", true);
static const struct tree_sql walks_of = IN_TREE("DELETE FROM link_walk", false);

static enum status forget_older(struct links *links, const struct links_host *host,
                                struct walk walk, struct err *err);
static enum status drop_below(struct links *links, const struct links_host *host, struct walk walk,
                              struct err *err);
static enum status add_walk(struct links *links, const struct links_host *host, struct walk walk,
                            struct err *err);
static enum status put_walk(struct links *links, const struct links_host *host, struct walk walk,
                            struct err *err);
static enum status drop_oldest(struct links *links, const struct links_host *host, struct err *err);
static enum status list_walks(struct links *links, str host, struct arena *a, struct walk **out,
                              size_t *out_count, struct err *err);
static enum status do_tree(struct links *links, const struct tree_sql *sql,
                           const struct links_host *host, struct walk walk, struct err *err);
static enum status do_below(struct links *links, const char *sql, const struct links_host *host,
                            struct walk walk, struct err *err);
static str with_end(struct arena *a, str path, char end);
static enum status prepare(struct links *links, const char *sql, const struct links_host *host,
                           struct walk walk, struct db_statement **out, struct err *err);
static enum status finish(struct links *links, struct db_statement *s, struct err *err);

enum status links_touch_tree(struct links *links, const struct links_host *host, str path,
                             struct err *err)
{
    return do_tree(links, &touch, host, (struct walk){ .path = path, .run = host->run }, err);
}

enum status links_prune_tree(struct links *links, const struct links_host *host, str path,
                             struct err *err)
{
    const struct walk walk = { .path = path, .run = host->run };
    const enum status status = forget_older(links, host, walk, err);
    return status == OK ? add_walk(links, host, walk, err) : status;
}

// A run of somebody else who writes at the same time has a higher number.
static enum status forget_older(struct links *links, const struct links_host *host,
                                struct walk walk, struct err *err)
{
    const enum status status = do_tree(links, &images, host, walk, err);
    return status == OK ? do_tree(links, &forget, host, walk, err) : status;
}

static enum status add_walk(struct links *links, const struct links_host *host, struct walk walk,
                            struct err *err)
{
    enum status status = drop_below(links, host, walk, err);
    if (status == OK)
        status = put_walk(links, host, walk, err);
    return status == OK ? drop_oldest(links, host, err) : status;
}

static enum status put_walk(struct links *links, const struct links_host *host, struct walk walk,
                            struct err *err)
{
    static const char sql[] = "INSERT INTO link_walk (host, run, path) VALUES ($1, $2, $3)"
                              " ON CONFLICT (host, path) DO UPDATE SET run = excluded.run"
                              " WHERE link_walk.run < excluded.run";
    struct db_statement *s = NULL;
    const enum status status = prepare(links, sql, host, walk, &s, err);
    return status == OK ? db_do(s, err) : status;
}

static enum status drop_oldest(struct links *links, const struct links_host *host, struct err *err)
{
    static const char sql[] =
        "DELETE FROM link_walk WHERE host = $1 AND path NOT IN (SELECT path FROM link_walk"
        " WHERE host = $1 ORDER BY run DESC, path LIMIT $2)";
    struct db_statement *s = NULL;
    const enum status status = db_statement(links->db, sql, &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, host->id);
    db_bind_int(s, 2, LINKS_WALKS_MAX);
    return db_do(s, err);
}

// Also those of the same run.
static enum status drop_below(struct links *links, const struct links_host *host, struct walk walk,
                              struct err *err)
{
    walk.run++;
    return do_below(links, walks_of.below, host, walk, err);
}

enum status links_take_walks(struct links *into, const struct links_host *host, struct links *from,
                             struct err *err)
{
    struct arena arena = { 0 };
    struct walk *walks = NULL;
    size_t count = 0;
    enum status status = list_walks(from, host->name, &arena, &walks, &count, err);
    for (size_t i = 0; status == OK && i < count; i++)
        status = add_walk(into, host, walks[i], err);
    arena_done(&arena);
    return status;
}

enum status links_forget_gone(struct links *links, const struct links_host *host, struct err *err)
{
    struct arena arena = { 0 };
    struct walk *walks = NULL;
    size_t count = 0;
    enum status status = list_walks(links, host->name, &arena, &walks, &count, err);
    for (size_t i = 0; status == OK && i < count; i++) {
        status = drop_below(links, host, walks[i], err);
        if (status == OK)
            status = forget_older(links, host, walks[i], err);
    }
    arena_done(&arena);
    return status;
}

// The newest, where a hand that is not ours wrote more than we would.
static enum status list_walks(struct links *links, str host, struct arena *a, struct walk **out,
                              size_t *out_count, struct err *err)
{
    static const char sql[] = "SELECT w.path, w.run FROM link_host h JOIN link_walk w"
                              " ON w.host = h.id WHERE h.name = $1"
                              " ORDER BY w.run DESC, w.path LIMIT $2";
    struct db_statement *s = NULL;
    enum status status = db_statement(links->db, sql, &s, err);
    *out_count = 0;
    *out = arena_alloc(a, LINKS_WALKS_MAX * sizeof **out);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host));
    db_bind_int(s, 2, LINKS_WALKS_MAX);
    while (*out_count < LINKS_WALKS_MAX && (status = db_step(s, err)) == OK) {
        const str path = str_of_bytes(db_octets(s, 0));
        if (path.len <= LINKS_PATH_MAX)  // We write no other.
            (*out)[(*out_count)++] =
                (struct walk){ .path = arena_str(a, path), .run = db_int(s, 1) };
    }
    db_reset(s);
    return status == END ? OK : status;
}

static enum status do_tree(struct links *links, const struct tree_sql *sql,
                           const struct links_host *host, struct walk walk, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = prepare(links, sql->at, host, walk, &s, err);
    if (status == OK)
        status = finish(links, s, err);
    const uint64_t at = db_changed(links->db);
    if (status == OK)
        status = do_below(links, sql->below, host, walk, err);
    if (status == OK && sql->forgets)
        links->batch.forgotten += at + db_changed(links->db);
    return status;
}

// Below "/a" lies what begins with "/a/", and in the order of octets '0' follows '/'.
static enum status do_below(struct links *links, const char *sql, const struct links_host *host,
                            struct walk walk, struct err *err)
{
    struct arena arena = { 0 };
    struct db_statement *s = NULL;
    const struct walk from = { .path = with_end(&arena, walk.path, '/'), .run = walk.run };
    const str to = with_end(&arena, walk.path, '0');
    enum status status = prepare(links, sql, host, from, &s, err);
    if (status == OK) {
        db_bind_octets(s, 4, bytes_of_str(to));
        status = finish(links, s, err);
    }
    arena_done(&arena);
    return status;
}

static str with_end(struct arena *a, str path, char end)
{
    char *at = arena_alloc(a, path.len + 1);
    if (path.len > 0)
        memcpy(at, path.at, path.len);
    at[path.len] = end;
    return (str){ .at = at, .len = path.len + 1 };
}

static enum status prepare(struct links *links, const char *sql, const struct links_host *host,
                           struct walk walk, struct db_statement **out, struct err *err)
{
    const enum status status = db_statement(links->db, sql, out, err);
    if (status != OK)
        return status;
    db_bind_int(*out, 1, host->id);
    db_bind_int(*out, 2, walk.run);
    db_bind_octets(*out, 3, bytes_of_str(walk.path));
    return OK;
}

// Rows are images that lose a place.
static enum status finish(struct links *links, struct db_statement *s, struct err *err)
{
    enum status status;
    while ((status = db_step(s, err)) == OK)
        links_loosen(links, db_int(s, 0));
    db_reset(s);
    return status == END ? OK : status;
}
