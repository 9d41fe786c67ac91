# Fails when LIBRARY wants a symbol of LLVM or MLIR. Arguments: NM, LIBRARY.
execute_process(COMMAND ${NM} --dynamic --undefined-only ${LIBRARY}
  OUTPUT_VARIABLE symbols RESULT_VARIABLE code)
if(NOT code EQUAL 0 OR NOT symbols MATCHES " U ")
  message(FATAL_ERROR "${NM} shows no undefined symbols of ${LIBRARY} (exit status ${code})")
endif()
# N4llvm and N4mlir are the namespaces as the compiler mangles them; LLVM* and mlir* the C interfaces.
string(REGEX MATCHALL "[^\n]*(4llvm|4mlir| LLVM| mlir)[^\n]*" wanted "${symbols}")
if(wanted)
  message(FATAL_ERROR "the runtime must do without LLVM and MLIR, but wants: ${wanted}")
endif()
