# pomona_fuzz(MODULE NAME_fuzz.c CORPUS) makes one fuzz target, which is one function:
# LLVMFuzzerTestOneInput, in a file of its own beside the function it is named after.
#
# With POMONA_FUZZ (clang) it becomes the libFuzzer program fuzz.NAME_fuzz. Without, it becomes
# replay.NAME_fuzz, which runs every file of the corpus once and is a test like any other:
# Apple's clang ships no libFuzzer, and a corpus is worth most where everybody runs it.

if(POMONA_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "POMONA_FUZZ needs clang, not ${CMAKE_C_COMPILER_ID}")
  endif()
  if(NOT POMONA_SANITIZE MATCHES "fuzzer-no-link")
    message(FATAL_ERROR "POMONA_FUZZ needs POMONA_SANITIZE=fuzzer-no-link,… so that all code is watched")
  endif()
  add_custom_target(fuzzers)
endif()

function(pomona_fuzz module source corpus)
  get_filename_component(stem ${source} NAME_WE)
  get_filename_component(corpus ${corpus} ABSOLUTE)
  if(POMONA_FUZZ)
    set(target fuzz.${stem})
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE pomona_flags libpomona)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer,address,undefined)
    add_dependencies(fuzzers ${target})
    # What tools/fuzz runs: target and corpus, one line each.
    file(APPEND ${PROJECT_BINARY_DIR}/fuzz-targets.txt "${target}\t${CMAKE_CURRENT_BINARY_DIR}/${target}\t${corpus}\n")
  else()
    set(target replay.${stem})
    add_executable(${target} ${source} ${PROJECT_SOURCE_DIR}/tests/fuzz_replay.c)
    target_link_libraries(${target} PRIVATE pomona_flags libpomona)
    add_test(NAME ${module}.${target} COMMAND ${target} ${corpus} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${module}.${target} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

file(REMOVE ${PROJECT_BINARY_DIR}/fuzz-targets.txt)
