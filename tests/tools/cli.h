// The command `etch` as a user calls it, for tests.
#ifndef ETCH_TESTS_TOOLS_CLI_H_
#define ETCH_TESTS_TOOLS_CLI_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace etch::testing {

struct Outcome {
  int code;
  std::string out, err;
};

inline std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Cli : public ::testing::Test {
 protected:
  Cli() {
    std::string pattern = ::testing::TempDir() + "etch_cli_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Cli() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }
  Outcome etch(const std::string& arguments, const std::string& environment = "") const {
    std::string command = environment + " " + std::string(ETCH_PROGRAM) + " " + arguments + " >" +
                          file("out") + " 2>" + file("err");
    int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(file("out")),
            contents(file("err"))};
  }

 private:
  std::string folder_;
};

}  // namespace etch::testing

#endif  // ETCH_TESTS_TOOLS_CLI_H_
