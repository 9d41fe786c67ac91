# MLIR 22, LLVM 22 and lld 22 as Debian packages them, Abseil, zlib, threads.
# find_package(MLIR 22) fails (its version file wants 22.1), so the version is checked by hand.
find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT LLVM_PACKAGE_VERSION VERSION_GREATER_EQUAL 22)
  message(FATAL_ERROR "Etch needs LLVM and MLIR 22 (found ${LLVM_PACKAGE_VERSION}); "
                      "install llvm-22-dev and libmlir-22-dev.")
endif()
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
find_package(absl REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

# Only the shared libraries: mixed with component archives a program aborts at start.
add_library(etch_mlir INTERFACE)
target_include_directories(etch_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
separate_arguments(etch_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(etch_mlir INTERFACE ${etch_llvm_definitions})
target_link_libraries(etch_mlir INTERFACE MLIR LLVM)

# The linker as a library. Its archives use LLVM's shared library; their symbols stay inside ours.
find_library(ETCH_LLD_ELF lldELF HINTS ${LLVM_LIBRARY_DIR})
find_library(ETCH_LLD_COMMON lldCommon HINTS ${LLVM_LIBRARY_DIR})
find_library(ETCH_ZSTD zstd)
if(NOT ETCH_LLD_ELF OR NOT ETCH_LLD_COMMON OR NOT ETCH_ZSTD)
  message(FATAL_ERROR "Etch links native code with lld's library; install liblld-22-dev and "
                      "libzstd-dev.")
endif()
add_library(etch_lld INTERFACE)
target_link_libraries(etch_lld INTERFACE ${ETCH_LLD_ELF} ${ETCH_LLD_COMMON} LLVM ZLIB::ZLIB
                      ${ETCH_ZSTD})
