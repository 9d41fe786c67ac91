// Kernels as gdb and perf see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

struct Outcome {
  int code;
  std::string out;  // and what went to standard error
};

class Debugging : public ::testing::Test {
 protected:
  Debugging() {
    std::string pattern = ::testing::TempDir() + "etch_debug_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Debugging() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  Outcome run(const std::string& command) const {
    int status = std::system(("(" + command + ") >" + file("out") + " 2>&1").c_str());
    std::ostringstream text;
    text << std::ifstream(file("out")).rdbuf();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text.str()};
  }
  bool has(const std::string& program) const { return run("command -v " + program).code == 0; }

  // The symbol of the product of a perceptron's first layer.
  std::string kernel() const {
    std::string json = run(kProfile + " --json").out;
    std::smatch found;
    std::regex_search(json, found, std::regex("\"(k[0-9]+_layers_0_matmul)\""));
    return found.size() > 1 ? found.str(1) : "";
  }
  // `command` under ETCH_DEBUG, in a process that first prints its number.
  static std::string numbered(const std::string& command) {
    return "sh -c 'echo process $$; ETCH_DEBUG=1 exec " + command + "'";
  }
  // Takes the map that a process has left for perf; `out` says "process NUMBER".
  static std::string take_map(const std::string& out) {
    std::smatch found;
    if (!std::regex_search(out, found, std::regex("process ([0-9]+)"))) return "";
    std::string path = "/tmp/perf-" + found.str(1) + ".map";
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    std::filesystem::remove(path);
    return text.str();
  }

  static inline const std::string kProfile =
      std::string(ETCH_PROGRAM) + " profile mlp --runs 2 --threads 1";

 private:
  std::string folder_;
};

TEST_F(Debugging, PerfIsToldOfKernelsWhereItIsWanted) {
  EXPECT_THAT(take_map(run(numbered(kProfile)).out),
              ContainsRegex("[0-9a-f]+ [0-9a-f]+ k[0-9]+_layers_0_matmul\n"));
  ASSERT_EQ(run(std::string(ETCH_PROGRAM) + " compile mlp -o " + file("mlp.etch")).code, 0);
  EXPECT_THAT(take_map(run(numbered(std::string(ETCH_PROGRAM) + " run " + file("mlp.etch"))).out),
              ContainsRegex("[0-9a-f]+ [0-9a-f]+ k[0-9]+_layers_0_matmul\n"));
}

TEST_F(Debugging, GdbStopsInAKernelAndShowsTheUsersLine) {
  if (!has("gdb")) GTEST_SKIP() << "gdb is not installed";
  std::string name = kernel();
  ASSERT_NE(name, "");
  std::ofstream(file("commands"))
      << "set pagination off\nset breakpoint pending on\nset style enabled off\n"
      << "break " << name << "\nrun\nbacktrace 4\n"
      << "printf \"process %d\\n\", (int)getpid()\n";
  Outcome gdb =
      run("ETCH_DEBUG=1 timeout 200 gdb -nx -batch -x " + file("commands") + " --args " + kProfile);
  if (gdb.out.find("ptrace") != std::string::npos) GTEST_SKIP() << "this machine forbids ptrace";
  take_map(gdb.out);
  EXPECT_THAT(gdb.out, ContainsRegex("#0 +" + name + " \\(\\) at .*nn/models/mlp.cc:[0-9]+"));
  EXPECT_THAT(gdb.out, HasSubstr("etch::runtime::LaunchContext::"));
  EXPECT_THAT(gdb.out, ContainsRegex("etch_entry \\(\\) at .*mlp.cc:[0-9]+"));
}

TEST_F(Debugging, PerfReportsKernelsByName) {
  if (!has("perf")) GTEST_SKIP() << "perf is not installed";
  Outcome record = run("perf record -o " + file("data") + " " +
                       numbered(std::string(ETCH_PROGRAM) + " profile mlp --runs 100 --threads 1"));
  if (record.code != 0) GTEST_SKIP() << "this machine forbids perf: " << record.out;
  std::string report = run("perf report --stdio -i " + file("data")).out;
  take_map(record.out);
  EXPECT_THAT(report, ContainsRegex("k[0-9]+_layers_0_matmul"));
}

}  // namespace
