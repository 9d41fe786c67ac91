# etch_add_lit_tests(NAME): the .mlir files of this folder, as one ctest test. They run etch-opt and
# FileCheck; how is said in tests/lit.cfg.py.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
find_program(ETCH_LIT NAMES lit-22 lit HINTS ${LLVM_TOOLS_BINARY_DIR})
find_program(ETCH_FILECHECK NAMES FileCheck FileCheck-22 HINTS ${LLVM_TOOLS_BINARY_DIR}
             NO_DEFAULT_PATH)
if(NOT ETCH_LIT OR NOT ETCH_FILECHECK)
  message(FATAL_ERROR "The tests need lit and FileCheck; install llvm-22-tools, or configure with "
                      "-DETCH_BUILD_TESTS=OFF.")
endif()

function(etch_add_lit_tests name)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/lit.site.cfg.py
    "config.test_source_root = '${CMAKE_CURRENT_SOURCE_DIR}'\n"
    "config.test_exec_root = '${CMAKE_CURRENT_BINARY_DIR}'\n"
    "config.etch_tools = ['${CMAKE_BINARY_DIR}/bin', '${LLVM_TOOLS_BINARY_DIR}']\n"
    "lit_config.load_config(config, '${PROJECT_SOURCE_DIR}/tests/lit.cfg.py')\n")
  add_test(NAME ${name} COMMAND ${ETCH_LIT} -v --timeout 60 ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
