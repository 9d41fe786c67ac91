# etch_add_reference_doc_test(NAME): docs/reference/NAME is what TableGen makes of the .td files.
function(etch_add_reference_doc_test name)
  add_test(NAME docs.${name}_is_current
    COMMAND ${CMAKE_COMMAND}
      -DGENERATED=${CMAKE_BINARY_DIR}/docs/${name}
      -DCOMMITTED=${PROJECT_SOURCE_DIR}/docs/reference/${name}
      -P ${PROJECT_SOURCE_DIR}/tests/compare_reference_doc.cmake)
endfunction()
