# The C++ code on the README's first screen compiles: what it declares at namespace scope, the rest
# in a function.
#   cmake -DREADME=... -DWORK=... -DCOMPILER=... -DINCLUDE=... -P readme_test.cmake
file(READ ${README} text)
string(REGEX MATCH "```cpp\n(.*)\n```\n\nMisuse" found "${text}")
if(NOT found)
  message(FATAL_ERROR "no C++ code found in ${README}")
endif()
set(code "${CMAKE_MATCH_1}")
string(FIND "${code}" "\n};\n" declarations_end)
math(EXPR declarations_end "${declarations_end} + 4")
string(SUBSTRING "${code}" 0 ${declarations_end} declarations)
string(SUBSTRING "${code}" ${declarations_end} -1 statements)
file(WRITE ${WORK}/readme.cc
  "#include <iostream>\n#include <utility>\n#include <vector>\n${declarations}\n"
  "void readme(const std::vector<std::pair<etch::Tensor, etch::Tensor>>& batches) {\n"
  "${statements}\n}\n")
execute_process(COMMAND ${COMPILER} -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I${INCLUDE}
                        ${WORK}/readme.cc
                RESULT_VARIABLE code ERROR_VARIABLE errors)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "the README's code does not compile:\n${errors}")
endif()
