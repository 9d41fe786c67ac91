# Writes the reference, and fails when a function of a public header has no comment, or when Doxygen
# does not understand one. Fields, operators, and members of classes need none: their names say it,
# or the class does.
#   cmake -DDOXYGEN=... -DREFERENCE=folder with a Doxyfile -P reference_test.cmake
execute_process(COMMAND ${DOXYGEN} ${REFERENCE}/Doxyfile RESULT_VARIABLE code)
if(NOT code EQUAL 0 OR NOT EXISTS ${REFERENCE}/html/index.html)
  message(FATAL_ERROR "doxygen ended with ${code}")
endif()
file(STRINGS ${REFERENCE}/warnings.txt warnings)
set(problems)
foreach(warning IN LISTS warnings)
  if(NOT warning MATCHES "is not documented"
     OR warning MATCHES "\\(function\\) of (namespace|file)" AND NOT warning MATCHES "Member operator|->")
    list(APPEND problems ${warning})
  endif()
endforeach()
if(problems)
  list(REMOVE_DUPLICATES problems)
  list(JOIN problems "\n" problems)
  message(FATAL_ERROR "${problems}")
endif()
