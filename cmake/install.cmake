# What `make install` puts where: the program, the rules where it looks for them, the library for
# other programs with its headers, and the manual.

include(GNUInstallDirs)

if(TARGET pomona)
  install(TARGETS pomona RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY rules/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pomona/rules FILES_MATCHING
  PATTERN "*.yaml" PATTERN "*.md" PATTERN "*.txt")
install(FILES LICENSE README.md CHANGELOG.md docs/COVERAGE.md docs/EQL.md docs/EXCEPTIONS.md docs/FINDINGS.md docs/SCENARIOS.md docs/finding.schema.json
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/man/pomona.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

if(TARGET libpomona_shared)
  set_target_properties(libpomona_shared PROPERTIES
    INSTALL_NAME_DIR "$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS libpomona_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES include/pomona/eql.h include/pomona/macho.h include/pomona/str.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pomona)
  install(FILES docs/man/pomona_eql.3 docs/man/pomona_macho.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)

  # The file says where it stands itself, so a tree that is installed can be moved.
  file(RELATIVE_PATH POMONA_PC_UP /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" POMONA_PC_UP "${POMONA_PC_UP}")
  configure_file(cmake/pomona.pc.in ${PROJECT_BINARY_DIR}/pomona.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pomona.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

  # What is installed together is built together, also where only the program is asked for.
  if(TARGET pomona)
    add_dependencies(pomona libpomona_shared)
  endif()
endif()
