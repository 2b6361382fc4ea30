// Fuzz target of macho_read_signers(): any octets as a CMS signature, with and without its being
// verified, and with anchors. Nothing leads to the one anchor there is, so nothing may be verified.

#include "macho/signers.h"

#include "macho/anchors.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct macho_signers read_signers(bytes *in, const struct macho_anchors *anchors,
                                         bool checks_signature, struct arena *arena);
static void check_signers(const struct macho_signers *signers, size_t size);
static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len,
                           struct err *err);
static void check(bool holds);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct macho_anchors anchors;
    struct arena arena = { 0 };
    bytes in = { .at = data, .len = size };

    if (anchors.store == NULL) {
        macho_signers_prepare();
        anchors.store = X509_STORE_new();
    }
    const struct macho_signers claimed = read_signers(&in, NULL, false, &arena);
    const struct macho_signers checked = read_signers(&in, NULL, true, &arena);
    const struct macho_signers judged = read_signers(&in, &anchors, false, &arena);
    check((judged.chain == MACHO_CHAIN_CLAIMED) == (judged.why.len > 0));
    // What needs less is said first, so more that is asked changes nothing of it.
    check(claimed.why.len == 0 || str_eq(claimed.why, checked.why));
    check(checked.why.len == 0 || str_eq(checked.why, judged.why));
    check(judged.names.count == claimed.names.count);
    check(ERR_peek_error() == 0);
    arena_done(&arena);
    return 0;
}

// The first octets of the input are also what is called the code directory.
static struct macho_signers read_signers(bytes *in, const struct macho_anchors *anchors,
                                         bool checks_signature, struct arena *arena)
{
    static struct macho_image image;
    struct macho_signers signers;
    const size_t size = in->len;
    const struct macho_source source = { .read = read_at, .context = in, .size = size + 8 };
    image = (struct macho_image){ .size = size + 8 };
    image.signature = (struct macho_signature){
        .state = MACHO_SIGNED,
        .has_cms = size > 0,
        .cms = { .size = size + 8 },
        .directories = { { .hash = MACHO_HASH_SHA1,
                           .extent = { .offset = 8, .size = size < 16 ? size : 16 },
                           .team_id = STR_INIT("TEAM123456") } },
        .directory_count = 1,
    };
    macho_read_signers(&source, &image, anchors, checks_signature, arena, &signers);
    check_signers(&signers, size);
    check(image.signature.state == MACHO_SIGNED || image.error_count > 0);
    return signers;
}

static void check_signers(const struct macho_signers *signers, size_t size)
{
    check(signers->chain == (size == 0 ? MACHO_CHAIN_NONE : MACHO_CHAIN_CLAIMED));
    check(signers->names.count <= MACHO_CERTIFICATES_MAX);
    check(signers->signing_time.len == 0 || signers->signing_time.len == 20);
    // A name is printed with escapes: an octet becomes at most four, and a kind at most its numbers.
    size_t sum = 0;
    for (size_t i = 0; i < signers->names.count; i++)
        sum += signers->names.at[i].len;
    check(sum <= 64 * size);
}

// The header of the blob is not read.
static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const bytes *in = context;
    (void)err;
    check(offset >= 8 && offset - 8 <= in->len && len <= in->len - (offset - 8));
    if (len > 0)
        memcpy(to, in->at + (offset - 8), len);
    return OK;
}

static void check(bool holds)
{
    if (!holds)
        abort();
}
