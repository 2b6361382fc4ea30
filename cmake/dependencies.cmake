# The libraries of docs/architecture.md, found by pkg-config. Each is used from one directory.

find_package(PkgConfig REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

function(pomona_dependency name)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${ARGN})
endfunction()

pomona_dependency(YYJSON yyjson)
pomona_dependency(YAML yaml-0.1)
pomona_dependency(PCRE2 libpcre2-8)
pomona_dependency(CRYPTO libcrypto)
pomona_dependency(PLIST libplist-2.0)
pomona_dependency(SQLITE sqlite3)
pomona_dependency(POSTGRES libpq)
pomona_dependency(ZLIB zlib)
pomona_dependency(ZSTD libzstd)
pomona_dependency(XXHASH libxxhash)
pomona_dependency(ARCHIVE libarchive)
pomona_dependency(NCURSES ncursesw)
# It asks for an older POSIX than the one that every file here is compiled for.
set_property(TARGET PkgConfig::NCURSES PROPERTY INTERFACE_COMPILE_OPTIONS "")
pomona_dependency(CMOCKA cmocka)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  pomona_dependency(SECCOMP libseccomp)
endif()
