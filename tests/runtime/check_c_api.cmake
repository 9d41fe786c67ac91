# Fails unless the library's functions with C names are those of the C interface, all of them.
# Arguments: NM, LIBRARY, HEADERS (with "," between them).
execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${LIBRARY}
  OUTPUT_VARIABLE symbols RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${NM} shows no symbols of ${LIBRARY} (exit status ${code})")
endif()
# "_Z" begins what C++ has mangled; an underscore what the linker adds.
string(REGEX MATCHALL "(^|\n)[A-Za-z][A-Za-z0-9_]*" exported "\n${symbols}")
list(TRANSFORM exported STRIP)
list(SORT exported)

set(declared)
string(REPLACE "," ";" headers "${HEADERS}")
foreach(header IN LISTS headers)
  file(READ ${header} text)
  string(REGEX MATCHALL "\nETCH_API [^(]*\\(" functions "${text}")
  foreach(function IN LISTS functions)
    string(REGEX REPLACE ".*[ *](etch_[a-z0-9_]+)\\(" "\\1" name "${function}")
    list(APPEND declared ${name})
  endforeach()
endforeach()
list(SORT declared)
list(LENGTH declared count)
if(count LESS 40 OR NOT "${exported}" STREQUAL "${declared}")
  message(FATAL_ERROR "the headers declare\n  ${declared}\nthe library exports\n  ${exported}")
endif()
