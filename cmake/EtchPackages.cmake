# `cpack`: Debian packages of what `cmake --install` installs (tools/package builds and tests them).
#   libetch-runtime0.1   the runtime            libetch-runtime-dev   what builds with it
#   libetch0.1           the whole, with LLVM   libetch-dev           what builds with that
#   etch-tools           the commands
# A service that only runs compiled programs, and whoever builds it, installs nothing of LLVM.
set(etch_soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PACKAGE_NAME etch)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Etch authors <authors@etch.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Libraries of other packages from what ours need; ours, by name and version, below.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_COMPONENTS_ALL)
# etch_package(COMPONENT NAME SECTION section SUMMARY text OURS a DEPENDS b): the package NAME of what
# is installed as COMPONENT; OURS are packages of this build.
function(etch_package component name)
  cmake_parse_arguments(ARG "" "SECTION;SUMMARY" "OURS;DEPENDS" ${ARGN})
  set(depends ${ARG_DEPENDS})
  foreach(package IN LISTS ARG_OURS)
    list(APPEND depends "${package} (= ${PROJECT_VERSION}-1)")
  endforeach()
  list(JOIN depends ", " depends)
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${ARG_SECTION} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_DESCRIPTION "${ARG_SUMMARY}" PARENT_SCOPE)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} PARENT_SCOPE)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/copyright
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${component})
endfunction()

etch_package(runtime libetch-runtime${etch_soversion} SECTION libs
  SUMMARY "Runtime of compiled neural networks
 Loads bundles that Etch has compiled, predicts with them and trains them further. Holds no compiler.")
etch_package(runtime_development libetch-runtime-dev SECTION libdevel
  OURS libetch-runtime${etch_soversion} DEPENDS libabsl-dev
  SUMMARY "Runtime of compiled neural networks, files for development
 Headers, the CMake package Etch with its component runtime, and etch-runtime for pkg-config.")
if(TARGET etch)
  # dpkg-shlibdeps finds no package for the link to libLLVM beside libMLIR.
  etch_package(jit libetch${etch_soversion} SECTION libs
    OURS libetch-runtime${etch_soversion} DEPENDS libllvm22
    SUMMARY "Compiler of neural networks, as a library
 Traces modules written in C++, compiles them by MLIR and LLVM, and runs them in the same process.")
  etch_package(development libetch-dev SECTION libdevel
    OURS libetch${etch_soversion} libetch-runtime-dev
    SUMMARY "Compiler of neural networks, files for development
 Headers of C++20, the CMake package Etch with its component jit, and etch for pkg-config.")
  etch_package(tools etch-tools SECTION devel OURS libetch${etch_soversion}
    SUMMARY "Compiler of neural networks, commands
 etch compiles, inspects, runs and profiles models; etch-opt runs passes over their programs.")
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS graphviz)
endif()
include(CPack)
