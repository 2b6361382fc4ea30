# pomona_module(NAME SOURCES a.c b.c… [USES libraries…]) makes one room of src/: an object
# library, and one test program for every NAME_test.c that lies beside the sources.

set(POMONA_MODULES "" CACHE INTERNAL "")

function(pomona_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})

  add_library(pomona_${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(pomona_${name} PRIVATE pomona_flags ${ARG_USES})
  set(POMONA_MODULES ${POMONA_MODULES} ${name} CACHE INTERNAL "")
  set_property(GLOBAL APPEND PROPERTY POMONA_USES ${ARG_USES})

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.c)
  foreach(test IN LISTS tests)
    pomona_test(${name} ${test})
  endforeach()
endfunction()

# One test program, named MODULE.FILE, linked with the whole of libpomona.
function(pomona_test module source)
  get_filename_component(stem ${source} NAME_WE)
  set(target ${module}.${stem})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE pomona_flags libpomona PkgConfig::CMOCKA ${ARGN})
  add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${target} PROPERTIES TIMEOUT 300)
endfunction()
