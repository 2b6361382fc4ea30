// Canaries with their proofs, as they are kept, and Macs of which only a canary told.

#include "coverage/kept.h"

#include <stdlib.h>

// Both lists come in the order of nonces and hosts: a proof is of the canary at hand or of one behind it.
struct reading {
    struct kept *kept;
    size_t at;
    bool is_past_max;
};

static void take_canary(void *context, const struct canaries_row *row);
static void take_proof(void *context, const struct canaries_proof *proof);
static int64_t sane(int64_t time_ns);
static struct kept_canary *find(struct reading *r, str nonce, str host);
static int by_time(const void *a, const void *b);
static enum status add_hosts(struct kept *k, struct err *err);
static int by_id(const void *a, const void *b);
static int by_host(const void *a, const void *b);
static void add_host(struct kept *k, const struct kept_canary *canary, bool is_same);

enum status kept_read_canaries(struct db *db, struct kept *k, struct err *err)
{
    struct reading r = { .kept = k };
    enum status status = canaries_each(db, STR_EMPTY, take_canary, &r, err);
    if (status == OK)
        status = canaries_proofs(db, STR_EMPTY, take_proof, &r, err);
    if (status != OK)
        return status;
    if (r.is_past_max)
        return fail(err, ERR_LIMIT,
                    "the store has more than %u canaries; `pomona store vacuum "
                    "--keep DAYS` forgets old ones",
                    KEPT_CANARIES_MAX);
    if (k->canary_count > 0)
        qsort(k->canaries, k->canary_count, sizeof *k->canaries, by_time);
    return add_hosts(k, err);
}

static void take_canary(void *context, const struct canaries_row *row)
{
    struct reading *r = context;
    struct kept *k = r->kept;
    if (k->canary_count == KEPT_CANARIES_MAX) {
        r->is_past_max = true;
        return;
    }
    k->canaries = kept_with_room(k->canaries, k->canary_count, sizeof *k->canaries);
    struct kept_canary *to = &k->canaries[k->canary_count++];
    *to = (struct kept_canary){ .row = *row, .at_ns = sane(row->emitted_ns) };
    to->row.emitted_ns = to->at_ns;
    to->row.looked_ns = sane(row->looked_ns);
    to->row.looked_to_ns = sane(row->looked_to_ns);
    to->row.nonce = arena_str(&k->arena, row->nonce);
    to->row.host = arena_str(&k->arena, row->host);
}

// A store may come from anywhere, and times are added to and taken from each other.
static int64_t sane(int64_t time_ns)
{
    return time_ns < 0 ? 0 : time_ns > INT64_MAX / 2 ? INT64_MAX / 2 : time_ns;
}

// Of two that came back, that which came first is when the canary was there.
static void take_proof(void *context, const struct canaries_proof *proof)
{
    struct reading *r = context;
    struct kept *k = r->kept;
    const int64_t at_ns = sane(proof->at_ns);
    struct kept_canary *canary = find(r, proof->nonce, proof->host);
    if (canary == NULL || r->is_past_max)
        return;
    if (canary->proof_count == 0) {
        canary->proof = k->proof_count;
        canary->host_id = arena_str(&k->arena, proof->host_id);
        canary->host_name = arena_str(&k->arena, proof->host_name);
        canary->at_ns = at_ns;
    }
    canary->at_ns = at_ns < canary->at_ns ? at_ns : canary->at_ns;
    canary->proved |= SIGNAL_BIT(proof->signal);
    canary->proof_count++;
    k->proofs = kept_with_room(k->proofs, k->proof_count, sizeof *k->proofs);
    k->proofs[k->proof_count++] =
        (struct kept_proof){ .signal = proof->signal,
                             .at_ns = at_ns,
                             .sensor = arena_str(&k->arena, proof->sensor),
                             .evidence = arena_str(&k->arena, proof->evidence) };
}

static struct kept_canary *find(struct reading *r, str nonce, str host)
{
    struct kept *k = r->kept;
    size_t at = r->at;
    while (at < k->canary_count &&
           !(str_eq(k->canaries[at].row.nonce, nonce) && str_eq(k->canaries[at].row.host, host)))
        at++;
    if (at == k->canary_count)
        return NULL;
    r->at = at;
    return &k->canaries[at];
}

static int by_time(const void *a, const void *b)
{
    const struct kept_canary *one = a;
    const struct kept_canary *other = b;
    if (one->at_ns != other->at_ns)
        return one->at_ns < other->at_ns ? -1 : 1;
    const int order = str_cmp(one->row.nonce, other->row.nonce);
    return order != 0 ? order : str_cmp(one->row.host, other->row.host);
}

// A Mac from which a canary came back is one that tells, whether or not its coverage was ever kept.
static enum status add_hosts(struct kept *k, struct err *err)
{
    str *known = memory_zeroed(k->host_count + 1, sizeof *known);
    const struct kept_canary **found = memory_zeroed(k->canary_count + 1, sizeof *found);
    const size_t known_count = k->host_count;
    size_t count = 0;
    for (size_t i = 0; i < known_count; i++)
        known[i] = k->hosts[i].row.id;
    qsort(known, known_count, sizeof *known, by_id);
    for (size_t i = 0; i < k->canary_count; i++) {
        const struct kept_canary *canary = &k->canaries[i];
        if (canary->proof_count > 0 &&
            bsearch(&canary->host_id, known, known_count, sizeof *known, by_id) == NULL)
            found[count++] = canary;
    }
    qsort(found, count, sizeof *found, by_host);
    for (size_t i = 0; i < count && k->host_count <= KEPT_HOSTS_MAX; i++)
        add_host(k, found[i], i > 0 && str_eq(found[i - 1]->host_id, found[i]->host_id));
    free(found);
    free(known);
    return k->host_count <= KEPT_HOSTS_MAX
               ? OK
               : fail(err, ERR_LIMIT, "the store has more than %u Macs", KEPT_HOSTS_MAX);
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static int by_host(const void *a, const void *b)
{
    const struct kept_canary *one = *(const struct kept_canary *const *)a;
    const struct kept_canary *other = *(const struct kept_canary *const *)b;
    const int order = str_cmp(one->host_id, other->host_id);
    return order != 0 ? order : by_time(one, other);
}

static void add_host(struct kept *k, const struct kept_canary *canary, bool is_same)
{
    if (!is_same) {
        k->hosts = kept_with_room(k->hosts, k->host_count, sizeof *k->hosts);
        struct kept_host *to = &k->hosts[k->host_count++];
        *to = (struct kept_host){ .row = { .id = canary->host_id, .first_ns = canary->at_ns },
                                  .is_of_canary = true };
        kept_host_untold(to);
    }
    struct coverage_kept_host *row = &k->hosts[k->host_count - 1].row;
    row->name = canary->host_name;
    row->sensors = k->proofs[canary->proof].sensor;
    row->last_ns = canary->at_ns;
}
