# Language level, warnings and sanitizers that hold for the whole tree.

# C, for programs that use the C interface: the compiler that belongs to the C++ one, so that their
# sanitizers agree.
if(NOT CMAKE_C_COMPILER)
  get_filename_component(etch_c_compiler ${CMAKE_CXX_COMPILER} NAME)
  string(REPLACE "clang++" "clang" etch_c_compiler ${etch_c_compiler})
  string(REPLACE "g++" "gcc" etch_c_compiler ${etch_c_compiler})
  string(REPLACE "c++" "cc" etch_c_compiler ${etch_c_compiler})
  get_filename_component(etch_c_folder ${CMAKE_CXX_COMPILER} DIRECTORY)
  set(CMAKE_C_COMPILER ${etch_c_folder}/${etch_c_compiler})
endif()
enable_language(C)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Programs and libraries lie together, as they do once installed.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
# An installed tree can be moved; what is found outside of it (MLIR) keeps its path.
include(GNUInstallDirs)
set(CMAKE_INSTALL_RPATH "$ORIGIN" "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "Etch needs g++ 12 or newer (found ${CMAKE_CXX_COMPILER_VERSION}); "
                      "install clang-22 or g++-12 and configure with -DCMAKE_CXX_COMPILER=clang++-22.")
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "Etch needs clang 14 or newer (found ${CMAKE_CXX_COMPILER_VERSION}); "
                      "install clang-22 and configure with -DCMAKE_CXX_COMPILER=clang++-22.")
elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "Etch is built with g++ 12 or newer or clang 14 or newer; "
                      "${CMAKE_CXX_COMPILER_ID} is not supported.")
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports uninitialized std::optional members that it cannot prove set.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized;-Wno-dangling-reference>")
endif()

if(ETCH_VERIFY_IR)
  add_compile_definitions(ETCH_VERIFY_IR=1)
endif()

# Abseil's CMake targets name forty libraries, of which a program needs a few.
add_link_options(-Wl,--as-needed)

# The build type of the asan and tsan presets: quick enough to run all tests, assertions on.
# (CMake has put it into the cache already, empty.)
if(NOT CMAKE_CXX_FLAGS_SANITIZE)
  set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1" CACHE STRING "Flags of the build type Sanitize" FORCE)
endif()
set(CMAKE_C_FLAGS_SANITIZE ${CMAKE_CXX_FLAGS_SANITIZE})
set(ETCH_SANITIZE "" CACHE STRING "Sanitizers for the whole tree, such as address,undefined or thread")
if(ETCH_SANITIZE)
  # LLVM's classes come from a library without sanitizers: their vptr is not what -fsanitize=vptr wants.
  add_compile_options(-fsanitize=${ETCH_SANITIZE} -fno-omit-frame-pointer
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize=vptr> -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ETCH_SANITIZE})
else()
  # A symbol that a shared library lacks is an error where the library is linked.
  string(APPEND CMAKE_SHARED_LINKER_FLAGS " -Wl,-z,defs")
endif()

find_program(ETCH_CCACHE ccache)
if(ETCH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${ETCH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ETCH_CCACHE})
endif()
find_program(ETCH_LLD NAMES ld.lld-22 ld.lld)
if(ETCH_LLD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=${ETCH_LLD})
endif()

option(ETCH_PRECOMPILE "Precompile headers: a build without shows includes that are missing" ON)

# A file that includes MLIR takes up to 1.5 GB to compile: a limit for machines with little memory.
set(ETCH_COMPILE_JOBS 0 CACHE STRING "Parallel compile jobs (0: as many as Ninja chooses)")
if(ETCH_COMPILE_JOBS GREATER 0)
  set_property(GLOBAL APPEND PROPERTY JOB_POOLS compile=${ETCH_COMPILE_JOBS})
  set(CMAKE_JOB_POOL_COMPILE compile)
endif()
