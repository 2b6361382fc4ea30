#include "macho/anchors.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

static enum status read_file(str path, struct arena *a, bytes *out, struct err *err);
static enum status add_certificates(struct macho_anchors *anchors, bytes in, struct err *err);
static X509 *next_certificate(BIO *bio, bytes in, size_t *pos);

enum status macho_anchors_open(str path, struct macho_anchors **out, struct err *err)
{
    struct macho_anchors *anchors = memory_zeroed(1, sizeof *anchors);
    struct arena arena = { .chunk = NULL };
    bytes in = { .len = 0 };

    anchors->store = X509_STORE_new();
    if (anchors->store == NULL)
        memory_out(sizeof *anchors);
    enum status status = read_file(path, &arena, &in, err);
    if (status == OK)
        status = add_certificates(anchors, in, err);
    arena_done(&arena);
    if (status != OK) {
        err_prefix(err, "%.*s", STR_ARG(path));
        macho_anchors_close(anchors);
        return status;
    }
    *out = anchors;
    return OK;
}

void macho_anchors_close(struct macho_anchors *anchors)
{
    if (anchors == NULL)
        return;
    X509_STORE_free(anchors->store);
    free(anchors);
}

static enum status read_file(str path, struct arena *a, bytes *out, struct err *err)
{
    const char *name = cstr_of(a, path);
    FILE *file = name == NULL ? NULL : fopen(name, "rb");
    if (file == NULL)
        return fail(err, ERR_IO, "%s", name == NULL ? "a NUL in the name" : strerror(errno));
    uint8_t *to = arena_alloc(a, MACHO_ANCHOR_BYTES_MAX + 1);
    const size_t len = fread(to, 1, MACHO_ANCHOR_BYTES_MAX + 1, file);
    const bool is_read = ferror(file) == 0;
    const int why = errno;
    (void)fclose(file);
    if (!is_read)
        return fail(err, ERR_IO, "%s", strerror(why));
    if (len > MACHO_ANCHOR_BYTES_MAX)
        return fail(err, ERR_LIMIT, "more than %u octets", MACHO_ANCHOR_BYTES_MAX);
    *out = (bytes){ .at = to, .len = len };
    return OK;
}

static enum status add_certificates(struct macho_anchors *anchors, bytes in, struct err *err)
{
    size_t pos = 0;
    enum status status = OK;
    const bool is_pem = str_contains(str_of_bytes(in), STR("-----BEGIN"));
    BIO *bio = is_pem ? BIO_new_mem_buf(in.at, (int)in.len) : NULL;
    X509 *certificate;
    while (status == OK && (certificate = next_certificate(bio, in, &pos)) != NULL) {
        if (anchors->count == MACHO_ANCHORS_MAX)
            status = fail(err, ERR_LIMIT, "more than %u certificates", MACHO_ANCHORS_MAX);
        else if (X509_STORE_add_cert(anchors->store, certificate) != 1)
            memory_out(sizeof certificate);
        anchors->count++;
        X509_free(certificate);
    }
    const bool is_whole =
        is_pem ? ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE : pos == in.len;
    BIO_free(bio);
    ERR_clear_error();
    if (status == OK && anchors->count == 0)
        return fail(err, ERR_FORMAT, "no certificate in %zu octets", in.len);
    if (status == OK && !is_whole)
        return fail(err, ERR_FORMAT, "certificate %zu is damaged", anchors->count + 1);
    return status;
}

static X509 *next_certificate(BIO *bio, bytes in, size_t *pos)
{
    const uint8_t *at = in.at + *pos;
    if (bio != NULL) {
        // With a password of its own it never asks on the terminal.
        static char password[] = "";
        return PEM_read_bio_X509(bio, NULL, NULL, password);
    }
    X509 *certificate = *pos == in.len ? NULL : d2i_X509(NULL, &at, (long)(in.len - *pos));
    if (certificate != NULL)
        *pos = (size_t)(at - in.at);
    return certificate;
}
