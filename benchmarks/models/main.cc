// Times whole models.
//
//   models [--threads N] [--runs N] [NAME...]   prints a table; without names, of all workloads
//   models --list                               prints the names of all workloads
//   models --worker                             takes orders on standard input
//
// Orders, as benchmarks/compare gives them:
//     load NAME THREADS   ->  ok LOAD_MILLISECONDS, the first call included; or: absent REASON
//     run N               ->  the milliseconds of N calls, separated by blanks
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "etch/benchmarks/models/workloads.h"
#include "etch/tools/measure/timing.h"

namespace {

using etch::benchmarks::Call;
using etch::benchmarks::make_workload;

double milliseconds(const Call& call) { return 1e3 * etch::tools::seconds(call); }

// Null, with a word on standard output, when it cannot be made.
Call load(const std::string& name, int threads, double* load_ms) {
  absl::StatusOr<Call> call;
  *load_ms = milliseconds([&] {
    call = make_workload(name, threads);
    if (call.ok()) (*call)();
  });
  if (call.ok()) return *call;
  std::cout << "absent " << call.status().message() << std::endl;
  return nullptr;
}

int work() {
  Call call;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, name;
    int number = 0;
    words >> verb;
    if (verb == "load" && words >> name >> number) {
      double ms = 0;
      call = load(name, number, &ms);
      if (call) std::cout << "ok " << ms << std::endl;
    } else if (verb == "run" && words >> number && call) {
      for (int i = 0; i < number; ++i) std::cout << (i ? " " : "") << milliseconds(call);
      std::cout << std::endl;
    } else {
      std::cerr << "models: cannot do: " << line << "\n";
      return 2;
    }
  }
  return 0;
}

void print_row(const std::string& name, int threads, int runs) {
  double load_ms = 0;
  Call call = load(name, threads, &load_ms);
  if (!call) return;
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(milliseconds(call));
  std::printf("%-16s median %9.3f ms, fastest %9.3f ms, trace and compile %6.0f ms\n", name.c_str(),
              etch::tools::median(times), *std::min_element(times.begin(), times.end()), load_ms);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Times whole models");
  bool worker = false, list = false;
  int threads = 1, runs = 10;
  std::vector<std::string> names;
  app.add_flag("--worker", worker, "take orders from standard input");
  app.add_flag("--list", list, "print the names of all workloads");
  app.add_option("--threads", threads, "threads of one call")->check(CLI::Range(1, 1024));
  app.add_option("--runs", runs, "calls of each workload")->check(CLI::Range(1, 1000000));
  app.add_option("NAME", names)->check(CLI::IsMember(etch::benchmarks::workload_names()));
  CLI11_PARSE(app, argc, argv);
  if (worker) return work();
  if (list) {
    for (const std::string& name : etch::benchmarks::workload_names()) std::cout << name << "\n";
    return 0;
  }
  for (const std::string& name : names.empty() ? etch::benchmarks::workload_names() : names)
    print_row(name, threads, runs);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "models: " << error.what() << "\n";
  return 1;
}
