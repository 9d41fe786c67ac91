// What a call that must fail says.
#ifndef ETCH_TESTS_ERROR_OF_H_
#define ETCH_TESTS_ERROR_OF_H_

#include <gtest/gtest.h>

#include <string>

#include "etch/frontend/error.h"

namespace etch::testing {

// Runs `f`, which must throw etch::Error, and returns its text.
template <typename F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no etch::Error was thrown";
  return "";
}

}  // namespace etch::testing

#endif  // ETCH_TESTS_ERROR_OF_H_
