#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <numeric>

#include "absl/strings/str_format.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/figures.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/terminal.h"
#include "etch/tools/measure/timing.h"

namespace etch::tools {
namespace {

const char kNotes[] =
    "Runs one after the other on the same arguments. With --runs so many are measured, else as "
    "many\n"
    "as --seconds allow, at least three. The figures of one run of the command: a machine's clock\n"
    "and neighbours change them from minute to minute.\n"
    "\n"
    "JSON: {\"model\", \"program\", \"threads\", \"runs\", \"load_ms\": tracing and compiling, or "
    "loading,\n"
    "\"first_ms\": of the first run, \"median_ms\", \"mean_ms\", \"min_ms\", \"max_ms\", "
    "\"p90_ms\", \"p99_ms\",\n"
    "\"runs_per_second\"}.\n";

struct Options {
  ModelRequest request;
  CodeOptions code;
  int threads = 0;
  int64_t warm_up = 3;
  int64_t runs = 0;  // 0: by time
  double seconds = 3;
  bool json = false;
};

struct Figures {
  double load_ms = 0, first_ms = 0;
  std::vector<double> ms;

  double mean() const {
    return std::accumulate(ms.begin(), ms.end(), 0.0) / static_cast<double>(ms.size());
  }
};

absl::Status measure(const Options& options, Runner& runner, Figures& figures) {
  Progress progress("measuring");
  absl::Status status;
  auto run = [&] { return 1e3 * seconds([&] { status = runner.run(); }); };
  figures.first_ms = run();
  for (int64_t i = 1; status.ok() && i < options.warm_up; ++i) run();
  double total = 0;
  while (status.ok()) {
    auto done = static_cast<int64_t>(figures.ms.size());
    if (options.runs > 0 ? done >= options.runs : done >= 3 && total >= 1e3 * options.seconds)
      break;
    figures.ms.push_back(run());
    total += figures.ms.back();
  }
  return status;
}

std::string text_of(const Options& options, const std::string& program, int threads,
                    const Figures& figures) {
  auto ms = [](double value) { return format_ms(value); };
  return absl::StrFormat(
      "%s %s: %s, %s\n"
      "  median %s ms   p90 %s   p99 %s   min %s   max %s   mean %s\n"
      "  %.4g runs a second; %s ms to load, %s the first run\n",
      options.request.model, program, counted(threads, "thread"),
      counted(static_cast<int64_t>(figures.ms.size()), "run"), ms(median(figures.ms)),
      ms(percentile(figures.ms, 90)), ms(percentile(figures.ms, 99)),
      ms(std::ranges::min(figures.ms)), ms(std::ranges::max(figures.ms)), ms(figures.mean()),
      1e3 / figures.mean(), ms(figures.load_ms), ms(figures.first_ms));
}

absl::Status bench(const Options& options) {
  Threads threads(options.threads);
  Figures figures;
  std::unique_ptr<RunnableModel> model;
  std::unique_ptr<Runner> runner;
  auto load = [&]() -> absl::Status {
    Progress progress("loading " + options.request.model);
    ETCH_ASSIGN_OR_RETURN(model, RunnableModel::load(options.request, options.code));
    ETCH_ASSIGN_OR_RETURN(runner, model->runner({.executor = threads.executor()}));
    return absl::OkStatus();
  };
  absl::Status loaded;
  figures.load_ms = 1e3 * seconds([&] { loaded = load(); });
  ETCH_RETURN_IF_ERROR(loaded);
  ETCH_RETURN_IF_ERROR(measure(options, *runner, figures));
  if (!options.json) {
    std::cout << text_of(options, model->program(), threads.count(), figures);
    return absl::OkStatus();
  }
  std::cout << json_text(llvm::json::Object{{"model", options.request.model},
                                            {"program", model->program()},
                                            {"threads", threads.count()},
                                            {"runs", static_cast<int64_t>(figures.ms.size())},
                                            {"load_ms", figures.load_ms},
                                            {"first_ms", figures.first_ms},
                                            {"median_ms", median(figures.ms)},
                                            {"mean_ms", figures.mean()},
                                            {"min_ms", std::ranges::min(figures.ms)},
                                            {"max_ms", std::ranges::max(figures.ms)},
                                            {"p90_ms", percentile(figures.ms, 90)},
                                            {"p99_ms", percentile(figures.ms, 99)},
                                            {"runs_per_second", 1e3 / figures.mean()}});
  return absl::OkStatus();
}

}  // namespace

void add_bench_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("bench", "Measures the latency and the throughput of a program");
  auto options = std::make_shared<Options>();
  add_request_options(*command, options->request);
  add_code_options(*command, options->code);
  add_threads_option(*command, options->threads);
  command->add_option("--warm-up", options->warm_up, "runs that are not measured")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  command->add_option("--runs", options->runs, "measured runs (default: as --seconds allow)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command->add_option("--seconds", options->seconds, "to measure for, without --runs")
      ->type_name("S")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report(bench(*options)); });
}

}  // namespace etch::tools
