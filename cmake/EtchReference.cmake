# The target `reference`: what the public headers say, as pages of HTML in build/reference, where
# Doxygen is installed.
find_program(ETCH_DOXYGEN doxygen)
if(NOT ETCH_DOXYGEN)
  message(STATUS "Doxygen is missing: no target `reference`")
  return()
endif()

set(ETCH_REFERENCE ${CMAKE_BINARY_DIR}/reference)
get_target_property(headers etch_runtime HEADER_SET)
if(TARGET etch)
  get_target_property(more etch HEADER_SET)
  list(APPEND headers ${more})
endif()
list(JOIN headers " \\\n                         " ETCH_REFERENCE_INPUT)
configure_file(${PROJECT_SOURCE_DIR}/docs/doxygen/Doxyfile.in ${ETCH_REFERENCE}/Doxyfile @ONLY)
add_custom_target(reference
  COMMAND ${ETCH_DOXYGEN} ${ETCH_REFERENCE}/Doxyfile
  COMMENT "Writing ${ETCH_REFERENCE}/html/index.html" VERBATIM)

if(ETCH_BUILD_TESTS)
  add_test(NAME docs.reference_describes_each_function
    COMMAND ${CMAKE_COMMAND} -DDOXYGEN=${ETCH_DOXYGEN} -DREFERENCE=${ETCH_REFERENCE}
      -P ${PROJECT_SOURCE_DIR}/tests/docs/reference_test.cmake)
endif()
