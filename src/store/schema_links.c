#include "store/schema.h"

// The link inventory (store/links.h). link_image: the facts of an image, once. link_place: where it lies. link_walk:
// the directories that were read whole, and in which run. Of columns that come out of files, which hold
// any octets, none is TEXT; those that are hold words of ours.
//
// The hash is of all that is told of an image. Whoever makes many images of one hash gains nothing but that they
// are no longer looked for among each other (links_put.c).
const char schema_links[] =
    "CREATE TABLE link_host (id BIGINT PRIMARY KEY, name BYTEA NOT NULL UNIQUE,"
    " run BIGINT NOT NULL);"
    "CREATE TABLE link_image (id BIGINT PRIMARY KEY, hash BIGINT NOT NULL, arch TEXT NOT NULL,"
    " file_type TEXT NOT NULL, cdhash TEXT NOT NULL, signature TEXT NOT NULL, chain TEXT NOT NULL,"
    " injection TEXT NOT NULL, native_api TEXT NOT NULL, flags BIGINT NOT NULL,"
    " jit_declared BIGINT NOT NULL, get_task_allow BIGINT NOT NULL,"
    " disable_library_validation BIGINT NOT NULL, allow_dyld_environment BIGINT NOT NULL,"
    " identifier BYTEA NOT NULL, team_id BYTEA NOT NULL, because BYTEA NOT NULL,"
    " frameworks BYTEA NOT NULL, entitlements BYTEA NOT NULL, object BYTEA NOT NULL);"
    "CREATE INDEX link_image_by_hash ON link_image (hash, id);"
    "CREATE INDEX link_image_by_cdhash ON link_image (cdhash);"
    "CREATE TABLE link_place (host BIGINT NOT NULL REFERENCES link_host (id),"
    " path BYTEA NOT NULL, slice BIGINT NOT NULL, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL,"
    " ctime_ns BIGINT NOT NULL, run BIGINT NOT NULL,"
    " image BIGINT NOT NULL REFERENCES link_image (id), around BYTEA NOT NULL,"
    " PRIMARY KEY (host, path, slice));"
    "CREATE INDEX link_place_by_image ON link_place (image, host);"
    "CREATE INDEX link_place_by_path ON link_place (path, image);"
    "CREATE TABLE link_walk (host BIGINT NOT NULL REFERENCES link_host (id), path BYTEA NOT NULL,"
    " run BIGINT NOT NULL, PRIMARY KEY (host, path));";
