// Opening, who acts, and closing.

#include "store/links_internal.h"

#include <stdlib.h>

enum status links_open(str name, enum links_mode mode, struct links **out, struct err *err)
{
    struct links *links = memory_zeroed(1, sizeof *links);
    links->mode = mode;
    links->name = arena_str(&links->arena, name);
    const enum status status =
        store_open(name, mode == LINKS_READ ? DB_READ : DB_CREATE, &links->db, err);
    if (status != OK) {
        links_close(links);
        return status;
    }
    *out = links;
    return OK;
}

void links_act_as(struct links *links, const struct store_act *act, const char *action, str subject)
{
    links->act = *act;
    links->act.who = arena_str(&links->arena, db_printable(&links->arena, act->who));
    links->act.why = arena_str(&links->arena, db_printable(&links->arena, act->why));
    links->subject = arena_str(&links->arena, db_printable(&links->arena, subject));
    links->action = action;
}

enum status links_begin_run(struct links *links, int64_t now_s, struct err *err)
{
    const enum status status = links_check_host(links, STR_EMPTY, err);
    if (status != OK)
        return status;
    const enum status written = links_queue_write(links, err);  // Of the run before.
    links->now_s = now_s < 0 ? 0 : now_s < LINKS_RUN_MAX ? now_s : LINKS_RUN_MAX - 1;
    for (uint32_t i = 0; i < links->hosts.count; i++)
        links->hosts.at[i].has_begun = false;
    return written;
}

void links_close(struct links *links)
{
    if (links == NULL)
        return;
    db_close(links->db);
    map_done(&links->hosts.by_name);
    arena_done(&links->hosts.arena);
    free(links->hosts.at);
    map_done(&links->queue.paths);
    arena_done(&links->queue.arena);
    free(links->queue.tasks);
    free(links->loose.ids);
    arena_done(&links->arena);
    free(links);
}
