# Optimization over the whole program, where the compiler can; asked for by the preset release.

option(POMONA_LTO "Optimize over the whole program at link time" OFF)

if(POMONA_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT lto_works OUTPUT lto_reason LANGUAGES C)
  if(lto_works)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  else()
    message(STATUS "no link-time optimization here: ${lto_reason}")
  endif()
endif()
