# Installs Etch, moves the installed tree, and builds and runs a project outside of the source tree
# against it.
#   cmake -DETCH_BUILD=... -DWORK=... -DPROJECT=dir -DPROGRAMS="a b" -DEXPECT=regex -DFORBID=regex
#         -DCOMPILER=... -DC_COMPILER=... -DFLAGS=... -DBUILD_TYPE=... [-DPREPARE=program]
#         -P run_embedding.cmake
# PREPARE: writes files that the program reads to the folder it is given.
# EXPECT: what each program prints. FORBID: no shared library that a program loads matches it (empty:
# not checked).
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${code}:\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${ETCH_BUILD} --prefix ${WORK}/installed)
file(RENAME ${WORK}/installed ${WORK}/moved)

file(GLOB_RECURSE headers ${WORK}/moved/include/*.h)
foreach(header IN LISTS headers)
  file(STRINGS ${header} lines REGEX "#include [\"<](mlir|llvm|etch/ir|etch/passes|etch/codegen)/")
  if(lines)
    message(FATAL_ERROR "${header} includes what is not installed:\n${lines}")
  endif()
endforeach()

run(${CMAKE_COMMAND} -G Ninja -S ${PROJECT} -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/moved
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_BUILD_TYPE=${BUILD_TYPE}
    -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_C_FLAGS=${FLAGS} --no-warn-unused-cli)
run(${CMAKE_COMMAND} --build ${WORK}/build)
if(PREPARE)
  run(${PREPARE} ${WORK}/build)
endif()
separate_arguments(PROGRAMS)
foreach(program IN LISTS PROGRAMS)
  run(${CMAKE_COMMAND} -E chdir ${WORK}/build ./${program})
  if(NOT output MATCHES "${EXPECT}")
    message(FATAL_ERROR "expected /${EXPECT}/ in the output of ${program}:\n${output}")
  endif()
  if(FORBID)
    run(ldd ${WORK}/build/${program})
    if(output MATCHES "${FORBID}")
      message(FATAL_ERROR "${program} loads ${CMAKE_MATCH_0}:\n${output}")
    endif()
  endif()
endforeach()
