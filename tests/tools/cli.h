// The command `etch` as a user calls it, for tests.
#ifndef ETCH_TESTS_TOOLS_CLI_H_
#define ETCH_TESTS_TOOLS_CLI_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "etch/tests/runtime/files.h"

namespace etch::testing {

struct Outcome {
  int code;
  std::string out, err;
};

class Cli : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& text) const {
    write_text(file(name), text);
    return file(name);
  }
  Outcome etch(const std::string& arguments, const std::string& environment = "") const {
    std::string command = environment + " " + std::string(ETCH_PROGRAM) + " " + arguments + " >" +
                          file("out") + " 2>" + file("err");
    int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(file("out")),
            read_text(file("err"))};
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace etch::testing

#endif  // ETCH_TESTS_TOOLS_CLI_H_
