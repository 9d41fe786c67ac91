# One spelling of an include in the tree and after installation: "etch/ir/dialect.h".
# `build/include/etch` is a link to the source tree; generated files lie under build/gen/etch.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include ${CMAKE_BINARY_DIR}/gen)
file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_BINARY_DIR}/include/etch SYMBOLIC)
include_directories(${CMAKE_BINARY_DIR}/include)
include_directories(SYSTEM ${CMAKE_BINARY_DIR}/gen)

# etch_add_folder(NAME SOURCES a.cc ... DEPENDS lib ...): the object library of one folder.
# Folders become object libraries so that each is compiled once and lands in one shared library.
function(etch_add_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(etch_${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(etch_${name} PUBLIC ${ARG_DEPENDS})
endfunction()
