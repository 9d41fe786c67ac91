# One spelling of an include in the tree and after installation: "etch/ir/dialect.h".
# `build/include/etch` is a link to the source tree; generated files lie under build/gen/etch.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include ${CMAKE_BINARY_DIR}/gen)
file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_BINARY_DIR}/include/etch SYMBOLIC)
include_directories(${CMAKE_BINARY_DIR}/include)
include_directories(SYSTEM ${CMAKE_BINARY_DIR}/gen)

# etch_add_folder(NAME SOURCES a.cc ... DEPENDS lib ...): the object library of one folder. Those that
# depend on MLIR share a precompiled header.
# Folders become object libraries so that each is compiled once and lands in one shared library.
# Link programs and tests with the shared library (etch_runtime, etch_compiler, etch), never with a
# folder and a shared library both: two copies of a dialect in a program do not know each other.
function(etch_add_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(etch_${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(etch_${name} PUBLIC ${ARG_DEPENDS})
  if(ETCH_PRECOMPILE AND "etch_mlir" IN_LIST ARG_DEPENDS)
    if(name STREQUAL ir)
      target_precompile_headers(etch_ir PRIVATE ${PROJECT_SOURCE_DIR}/ir/precompiled.h)
    else()
      target_precompile_headers(etch_${name} REUSE_FROM etch_ir)
    endif()
  endif()
endfunction()

configure_file(${CMAKE_CURRENT_LIST_DIR}/exports.map.in ${CMAKE_BINARY_DIR}/exports.map @ONLY)

# etch_set_up_shared(TARGET EXPORT_NAME): what all shared libraries of ours have in common.
function(etch_set_up_shared target export_name)
  add_library(Etch::${export_name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${export_name}
    LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LINK_DEPENDS ${CMAKE_BINARY_DIR}/exports.map)
  target_link_options(${target} PRIVATE
    LINKER:--version-script=${CMAKE_BINARY_DIR}/exports.map
    # The library calls its own functions. Otherwise a program that includes MLIR's headers puts its
    # copies of their templates in the place of the library's, and tests are compiled without
    # optimization: three quarters of the reference evaluator's time went there.
    LINKER:-Bsymbolic-functions)
endfunction()

# etch_add_shared(TARGET EXPORT_NAME FOLDERS ir ...): the shared library made of folders.
function(etch_add_shared target)
  cmake_parse_arguments(ARG "" "EXPORT_NAME" "FOLDERS" ${ARGN})
  add_library(${target} SHARED)
  foreach(folder IN LISTS ARG_FOLDERS)
    target_link_libraries(${target} PRIVATE etch_${folder})
  endforeach()
  etch_set_up_shared(${target} ${ARG_EXPORT_NAME})
endfunction()

# etch_define_libraries(): libetch_compiler and libetch, from the folders that are there.
#   libetch_runtime   runs compiled programs; Abseil only
#   libetch_compiler  ir, passes, codegen; MLIR and LLVM
#   libetch           frontend and nn: what users link
function(etch_define_libraries)
  set(compiler)
  foreach(folder IN ITEMS ir passes codegen)
    if(TARGET etch_${folder})
      list(APPEND compiler ${folder})
    endif()
  endforeach()
  etch_add_shared(etch_compiler EXPORT_NAME compiler FOLDERS ${compiler})
  target_link_libraries(etch_compiler PUBLIC etch_runtime $<BUILD_INTERFACE:etch_mlir>)
  foreach(folder IN LISTS compiler)
    add_dependencies(etch_compiler etch_${folder})
  endforeach()

  set(front)
  foreach(folder IN ITEMS frontend nn)
    if(TARGET etch_${folder})
      list(APPEND front ${folder})
    endif()
  endforeach()
  if(front)
    etch_add_shared(etch EXPORT_NAME etch FOLDERS ${front})
    target_link_libraries(etch PUBLIC etch_runtime PRIVATE etch_compiler)
    add_library(Etch::jit ALIAS etch)
  endif()
endfunction()
