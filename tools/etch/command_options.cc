#include "etch/tools/etch/command_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "etch/codegen/target.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/program_inputs.h"

namespace etch::tools {

void add_model_option(CLI::App& command, std::string& model, const std::string& help) {
  command.add_option("MODEL", model, help)->required();
}

void add_program_option(CLI::App& command, std::string& program) {
  command.add_option("--program", program, "which one, such as train_step (default: the first)")
      ->type_name("NAME");
}

void add_request_options(CLI::App& command, ModelRequest& request, const std::string& help) {
  add_model_option(command, request.model, help);
  add_program_option(command, request.program);
  command.add_option("--input", request.inputs, kInputHelp)
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  add_seed_option(command, request.seed, "of random inputs");
  add_state_option(command, request.state);
}

void add_input_option(CLI::App& command, std::vector<std::string>& inputs) {
  command
      .add_option("--input", inputs,
                  "shape and dtype of an input, such as images=8x3x224x224xf32 (default: the "
                  "model's own)")
      ->type_name("NAME=SHAPExDTYPE")
      ->allow_extra_args(false);
}

void add_state_option(CLI::App& command, std::string& state) {
  command
      .add_option("--state", state,
                  "values of the state by path: a file of safetensors, PyTorch or numpy (default: "
                  "those that the model begins with; of a program in a file, random ones)")
      ->type_name("FILE");
}

void add_seed_option(CLI::App& command, uint64_t& seed, const std::string& what) {
  // Without the check -1 would be 2^64 - 1.
  command.add_option("--seed", seed, what)
      ->type_name("N")
      ->capture_default_str()
      ->check(not_negative());
}

CLI::Validator not_negative() {
  auto check = [](const std::string& text) {
    double number = 0;
    bool valid = CLI::detail::lexical_cast(text, number) && number >= 0;
    return valid ? "" : "`" + text + "` is no number from 0 on";
  };
  return CLI::Validator(check, "");
}

void add_threads_option(CLI::App& command, int& threads) {
  const char* help = threads == 0
                         ? "that work on a run (default: ETCH_NUM_THREADS, or one per core)"
                         : "that work on a run";
  CLI::Option* option = command.add_option("--threads", threads, help)->type_name("N");
  if (threads != 0) option->capture_default_str();
  option->check(CLI::Range(1, 1024));
}

void add_code_options(CLI::App& command, CodeOptions& options) {
  add_matmul_precision_option(command, options.matmul_precision);
  add_target_features_option(command, options.target_features);
}

void add_matmul_precision_option(CLI::App& command, std::string& name) {
  command
      .add_option("--matmul-precision", name,
                  "what the factors of f32 products are taken as: f32, bf16 (rounded), bf16x3 or "
                  "bf16x6 (sums of two or three bf16 numbers)")
      ->type_name("PRECISION")
      ->capture_default_str()
      ->check(CLI::IsMember(matmul_precisions()));
}

void add_target_features_option(CLI::App& command, std::string& features) {
  command
      .add_option("--target-features", features,
                  "processor features to do without: -avx512f for code without AVX-512 (for code "
                  "that runs on any x86-64 see --target of compile)")
      ->type_name("LIST");
}

void add_single_target_option(CLI::App& command, std::string& target) {
  command
      .add_option("--target", target,
                  "native, or a level of the x86-64 ABI: x86-64, x86-64-v2, x86-64-v3 (AVX2), "
                  "x86-64-v4 (AVX-512) (default: native)")
      ->type_name("TARGET");
}

void add_json_flag(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "prints JSON, for programs");
}

void add_output_option(CLI::App& command, std::string& output) {
  command.add_option("-o,--output", output, "file to write (default: standard output)")
      ->type_name("FILE");
}

const std::vector<std::string>& matmul_precisions() {
  static const std::vector<std::string> names = {"f32", "bf16", "bf16x3", "bf16x6"};
  return names;
}

MatmulPrecision matmul_precision_of(const std::string& name) {
  // In the order of the names above.
  constexpr MatmulPrecision kPrecisions[] = {MatmulPrecision::kF32, MatmulPrecision::kBf16,
                                             MatmulPrecision::kBf16x3, MatmulPrecision::kBf16x6};
  auto found = std::ranges::find(matmul_precisions(), name);
  return kPrecisions[found - matmul_precisions().begin()];
}

absl::Status check_target_name(const std::string& target) {
  const std::vector<std::string>& names = codegen::Target::names();
  if (std::ranges::find(names, target) != names.end()) return absl::OkStatus();
  return absl::NotFoundError(unknown_name_message("target", "targets", target, names));
}

absl::Status check_target_features(const std::string& target, const std::string& features) {
  absl::Status status = codegen::Target::create(target, features).status();
  return status.ok() ? status : absl::NotFoundError(status.message());
}

}  // namespace etch::tools
