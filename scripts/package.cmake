# `cpack` in the folder of a build makes a Debian package, and `cpack --config CPackSourceConfig.cmake` an archive of
# the sources

set(QBENCH_CONTACT "The qbench authors <qbench@example.org>" CACHE STRING "Who answers for a package")
set(folder ${PROJECT_BINARY_DIR}/package)
set(documents ${CMAKE_INSTALL_DATADIR}/doc/qbench)
install(FILES README.md CHANGELOG.md DESTINATION ${documents})

# What Debian's policy wants beside that: the licence, a history in its own form, and the reason why nothing is
# stripped: findings of verify name lines of sources
install(FILES LICENSE DESTINATION ${documents} RENAME copyright)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${folder}/changelog "qbench (${PROJECT_VERSION}) unstable; urgency=low

  * CHANGELOG.md lists what changed.

 -- ${QBENCH_CONTACT}  ${date}
")
find_program(GZIP gzip)
if(GZIP)
	execute_process(COMMAND ${GZIP} -9nkf ${folder}/changelog COMMAND_ERROR_IS_FATAL ANY)
	install(FILES ${folder}/changelog.gz DESTINATION ${documents})
endif()
file(WRITE ${folder}/qbench "# Findings of verify name the lines of sources, from what stripping takes away
qbench: unstripped-binary-or-object
qbench: unstripped-static-library
")
install(FILES ${folder}/qbench DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${QBENCH_CONTACT})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "measures concurrent queues and says which one to use")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Queues from mutexes to wait-free rings run the same worker pool that walks
directories, the same workloads and the same checks. qbench measures and
verifies them, simulates them on larger machines, and writes reports;
dirwalk is the walk. A queue that is chosen is exported as a header.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "binutils, gcc, gnuplot-nox, node-d3")
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME qbench-${PROJECT_VERSION})
string(REGEX REPLACE "([][+.*()^$?|])" "[\\1]" sources ${PROJECT_SOURCE_DIR}) # they are regular expressions
set(CPACK_SOURCE_IGNORE_FILES ${sources}/build/ ${sources}/results/local/ /[.]git/)
file(WRITE ${folder}/compress.cmake [[
file(GLOB pages "${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man1/*.1")
if(pages)
	execute_process(COMMAND gzip -9nf ${pages} COMMAND_ERROR_IS_FATAL ANY)
endif()
]])
set(CPACK_PRE_BUILD_SCRIPTS ${folder}/compress.cmake)
include(CPack)
