#include "etch/tools/etch/command_options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "etch/tools/etch/program_inputs.h"

namespace etch::tools {
namespace {

const std::map<std::string, MatmulPrecision>& precisions() {
  static const std::map<std::string, MatmulPrecision> names = {
      {"f32", MatmulPrecision::kF32},
      {"bf16", MatmulPrecision::kBf16},
      {"bf16x3", MatmulPrecision::kBf16x3},
      {"bf16x6", MatmulPrecision::kBf16x6}};
  return names;
}

}  // namespace

void add_model_option(CLI::App& command, std::string& model, const std::string& or_else) {
  command.add_option("MODEL", model, "a built-in model (see `etch models`)" + or_else)->required();
}

void add_builtin_program_option(CLI::App& command, std::string& program) {
  command.add_option("--program", program, "predict or train_step (built-in models only)")
      ->capture_default_str();
}

void add_program_option(CLI::App& command, std::string& program) {
  command.add_option("--program", program, "which one, such as train_step (default: the first)");
}

void add_input_options(CLI::App& command, std::vector<std::string>& inputs, uint64_t& seed) {
  command.add_option("--input", inputs, kInputHelp);
  add_seed_option(command, seed, "of random inputs");
}

void add_seed_option(CLI::App& command, uint64_t& seed, const std::string& what) {
  // Without the check -1 would be 2^64 - 1.
  command.add_option("--seed", seed, what)->capture_default_str()->check(CLI::NonNegativeNumber);
}

void add_threads_option(CLI::App& command, int& threads) {
  CLI::Option* option = command.add_option(
      "--threads", threads,
      threads == 0 ? "that work on a run (default: one per core)" : "that work on a run");
  if (threads != 0) option->capture_default_str();
  option->check(CLI::Range(1, 1024));
}

void add_matmul_precision_option(CLI::App& command, std::string& name) {
  command
      .add_option("--matmul-precision", name,
                  "what the factors of f32 products are taken as: f32, bf16 (rounded), bf16x3 or "
                  "bf16x6 (sums of two or three bf16 numbers)")
      ->capture_default_str()
      ->check(CLI::IsMember(precisions()));
}

void add_output_option(CLI::App& command, std::string& output) {
  command.add_option("-o,--output", output, "file to write (default: standard output)");
}

MatmulPrecision matmul_precision_of(const std::string& name) { return precisions().at(name); }

}  // namespace etch::tools
