// Names of the public library's constants (include/pomona/macho.h): those of our own, which are
// literals and so end in NUL.

#include "inspect/public.h"

const char *pomona_macho_signature_name(enum pomona_macho_signature signature)
{
    return macho_signature_state_name((enum macho_signature_state)signature).at;
}

// Our own functions trust the constants of these.
const char *pomona_macho_injection_name(enum pomona_macho_injection verdict)
{
    return (unsigned)verdict > POMONA_MACHO_INJECTION_OPEN
               ? ""
               : macho_injection_name((enum macho_injection_verdict)verdict).at;
}

const char *pomona_macho_native_api_name(enum pomona_macho_native_api verdict)
{
    return (unsigned)verdict > POMONA_MACHO_NATIVE_API_UNKNOWN
               ? ""
               : macho_native_api_name((enum macho_native_api)verdict).at;
}

const char *pomona_macho_chain_name(enum pomona_macho_chain chain)
{
    return (unsigned)chain > POMONA_MACHO_CHAIN_VERIFIED
               ? ""
               : macho_chain_name((enum macho_chain)chain).at;
}

const char *pomona_macho_seal_name(enum pomona_macho_seal seal)
{
    return (unsigned)seal > POMONA_MACHO_SEAL_NOT_READ ? ""
                                                       : macho_seal_name((enum macho_seal)seal).at;
}

const char *pomona_macho_candidate_kind_name(enum pomona_macho_candidate_kind kind)
{
    return (unsigned)kind > POMONA_MACHO_CANDIDATE_WRITABLE
               ? ""
               : macho_candidate_name((enum macho_candidate_kind)kind).at;
}

const char *pomona_macho_platform_name(uint32_t platform)
{
    return macho_platform_name(platform).at;
}

const char *pomona_macho_link_kind_name(enum pomona_macho_link_kind kind)
{
    return macho_link_kind_name((enum macho_link_kind)kind).at;
}

const char *pomona_macho_hash_name(enum pomona_macho_hash hash)
{
    return macho_hash_name((enum macho_hash)hash).at;
}

const char *pomona_macho_flag_name(uint32_t bit)
{
    return macho_flag_name(bit).at;
}

char *pomona_macho_version_text(uint32_t version, char out[POMONA_MACHO_VERSION_BYTES])
{
    struct arena a = { .chunk = NULL };
    const str text = macho_version_text(version, &a);
    memcpy(out, text.at, text.len + 1);  // 65535.255.255 is the longest.
    arena_done(&a);
    return out;
}
