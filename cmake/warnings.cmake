# How every file of the project is compiled: C17, all warnings, banned names.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

option(POMONA_WERROR "Treat warnings as errors" ON)
set(POMONA_SANITIZE "" CACHE STRING "Sanitizers to build with, as in -fsanitize=")
option(POMONA_FUZZ "Build the libFuzzer targets (clang only)" OFF)

add_library(pomona_flags INTERFACE)
target_compile_options(pomona_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wundef -Wcast-qual -Wimplicit-fallthrough -Wformat=2
  -fvisibility=hidden -fno-common -include ${PROJECT_SOURCE_DIR}/src/base/banned.h
  $<$<BOOL:${POMONA_WERROR}>:-Werror>)
target_compile_definitions(pomona_flags INTERFACE
  POMONA_VERSION="${PROJECT_VERSION}"
  $<$<NOT:$<PLATFORM_ID:Darwin>>:_XOPEN_SOURCE=700>
  $<$<PLATFORM_ID:Darwin>:_DARWIN_C_SOURCE>)
target_include_directories(pomona_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)

if(POMONA_SANITIZE)
  target_compile_options(pomona_flags INTERFACE
    -fsanitize=${POMONA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(pomona_flags INTERFACE -fsanitize=${POMONA_SANITIZE})
endif()
