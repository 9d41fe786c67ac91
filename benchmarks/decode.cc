// Generates text greedily with GPT-2's sizes, one token a call, and compares each token with
// reading the weights once: a product of a matrix with one row cannot take less.
//
//   decode [--threads N] [--prompt N] [--tokens N] [f32 | bf16 ...]
//
// Bandwidth is measured in the same run, between every few tokens: one core reads as many bytes as
// the weights have.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "etch/etch.h"
#include "etch/nn/models/transformer.h"
#include "etch/runtime/executor.h"
#include "etch/tools/measure/machine_peak.h"
#include "etch/tools/measure/timing.h"

namespace {

using etch::Tensor;
using etch::tools::median;
namespace models = etch::nn::models;

struct Options {
  int threads = 1, prompt = 128, tokens = 128;
};

void decode(const std::string& dtype, const Options& options) {
  auto net = etch::nn::make<models::Transformer>(
      {.vocab = 50257, .context = 1024, .dim = 768, .heads = 12, .layers = 12});
  net->eval();
  etch::DType type = dtype == "bf16" ? etch::bf16 : etch::f32;
  net->to(type);
  auto memory = etch::nn::make<models::TransformerMemory>(
      {.model = net->options(), .capacity = options.prompt + options.tokens, .dtype = type});
  // Of the embeddings single rows are read.
  int64_t bytes = 0;
  for (const auto& [name, parameter] : net->named_parameters())
    if (name != "wte.weight" && name != "wpe.weight")
      bytes += parameter.numel() * static_cast<int64_t>(etch::size_of(parameter.dtype()));

  auto next = etch::compile(
      [net, memory](const Tensor& ids) mutable {
        Tensor logits = net->extend(ids, *memory.get());
        return argmax(slice(logits, 1, ids.size(1) - 1, ids.size(1)), -1);
      },
      {.name = "next", .num_threads = options.threads});
  etch::no_grad guard;
  Tensor token = next(etch::randint(0, 50257, {1, options.prompt}));
  etch::eval(token);
  std::vector<double> steps, bandwidths;
  etch::runtime::ThreadPool alone(1);
  for (int i = 0; i < options.tokens; ++i) {
    double step = etch::tools::seconds([&] {
      token = next(token);
      etch::eval(token);
    });
    if (i > 0) steps.push_back(step * 1e3);  // the first one compiles
    if (i % 16 == 0) bandwidths.push_back(etch::tools::measure_read_bandwidth(alone, bytes));
  }
  double step = median(steps), bandwidth = median(bandwidths);
  double megabytes = static_cast<double>(bytes) * 1e-6, read = megabytes / bandwidth;
  std::printf("%-5s %6.1f MB of weights at %5.1f GB/s: %6.2f ms; a token: %6.2f ms, %.2f times\n",
              dtype.c_str(), megabytes, bandwidth, read, step, step / read);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Greedy decoding with GPT-2's sizes"};
  Options options;
  std::vector<std::string> dtypes = {"f32", "bf16"};
  app.add_option("--threads", options.threads, "threads of a step");
  app.add_option("--prompt", options.prompt, "tokens that are given");
  app.add_option("--tokens", options.tokens, "tokens that are generated");
  app.add_option("dtypes", dtypes, "of the weights: f32, bf16");
  CLI11_PARSE(app, argc, argv);
  for (const std::string& dtype : dtypes) decode(dtype, options);
}
