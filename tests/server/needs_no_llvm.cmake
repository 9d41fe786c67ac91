# cmake -DPROGRAM=... -P needs_no_llvm.cmake: fails when PROGRAM loads a library of the compiler.
execute_process(COMMAND ldd ${PROGRAM} OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
if(libraries MATCHES "lib(LLVM|MLIR|etch_compiler|etch\\.so)")
  message(FATAL_ERROR "${PROGRAM} loads ${CMAKE_MATCH_0}:\n${libraries}")
endif()
if(NOT libraries MATCHES "libetch_runtime")
  message(FATAL_ERROR "${PROGRAM} does not load libetch_runtime:\n${libraries}")
endif()
