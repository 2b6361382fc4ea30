# What `make install` puts where: the program, and the rules where it looks for them.

include(GNUInstallDirs)

if(TARGET pomona)
  install(TARGETS pomona RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY rules/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pomona/rules FILES_MATCHING
  PATTERN "*.yaml" PATTERN "*.md" PATTERN "*.txt")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
