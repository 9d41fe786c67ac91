# `cmake --install`: libraries, public headers, and for those who build with them a CMake package with
# the components runtime (no LLVM needed) and jit (the whole), and descriptions for pkg-config. Headers
# of MLIR and LLVM are needed by neither. Components of the installation, each a Debian package
# (EtchPackages.cmake): runtime, runtime_development, jit, development, tools.
include(CMakePackageConfigHelpers)
include(EtchPublicHeaders)
set(etch_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Etch)

# Users' projects get the language level from the targets they link. Every public header is compiled
# alone by the target all_verify_interface_header_sets.
target_compile_features(etch_runtime PUBLIC cxx_std_20)
set_target_properties(etch_runtime PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

install(TARGETS etch_runtime EXPORT EtchRuntimeTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
  NAMELINK_COMPONENT runtime_development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT runtime_development)
install(EXPORT EtchRuntimeTargets NAMESPACE Etch:: DESTINATION ${etch_package_dir}
        COMPONENT runtime_development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/EtchConfig.cmake.in
  ${CMAKE_BINARY_DIR}/EtchConfig.cmake INSTALL_DESTINATION ${etch_package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/EtchConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/EtchConfig.cmake ${CMAKE_BINARY_DIR}/EtchConfigVersion.cmake
        DESTINATION ${etch_package_dir} COMPONENT runtime_development)

# Found from where the file lies, so that an installed tree can be moved.
function(etch_install_pkgconfig name component)
  file(RELATIVE_PATH etch_pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT ${component})
endfunction()
etch_install_pkgconfig(etch-runtime runtime_development)

if(NOT TARGET etch)
  return()
endif()
etch_public_headers(etch_headers)
list(TRANSFORM etch_headers PREPEND ${CMAKE_BINARY_DIR}/include/etch/)
target_sources(etch PUBLIC FILE_SET HEADERS
  BASE_DIRS ${CMAKE_BINARY_DIR}/include FILES ${etch_headers})
install(TARGETS etch etch_compiler EXPORT EtchTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT jit
  NAMELINK_COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT EtchTargets NAMESPACE Etch:: DESTINATION ${etch_package_dir}
        COMPONENT development)
set_target_properties(etch PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
etch_install_pkgconfig(etch development)
