// Softmax, normalizations and cross entropy over rows, forward and backward, on one thread; where
// oneDNN has the same, in turn with it.
//
//   rows [ROWS COLUMNS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "etch/benchmarks/support/bound_program.h"
#include "etch/benchmarks/support/contest.h"
#include "etch/etch.h"
#include "etch/tools/measure/timing.h"

#ifdef ETCH_HAVE_DNNL
#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace {

using etch::Tensor;
using etch::benchmarks::Contestant;
namespace F = etch::nn::functional;

struct Rows {
  int64_t rows, columns;
};

struct Work {
  std::string name;
  std::function<Tensor(const Tensor&)> function;
};

std::vector<Work> works(Rows shape) {
  Tensor weight = etch::ones({shape.columns}), bias = etch::zeros({shape.columns});
  etch::eval(weight);
  etch::eval(bias);
  std::vector<Work> all = {
      {"softmax", [](const Tensor& x) { return softmax(x, -1); }},
      {"log_softmax", [](const Tensor& x) { return log_softmax(x, -1); }},
      {"layer_norm", [=](const Tensor& x) { return layer_norm(x, 1, weight, bias); }},
      {"rms_norm",
       [=](const Tensor& x) { return x * rsqrt(mean(square(x), {-1}, true) + 1e-5) * weight; }},
      {"cross_entropy",
       [=](const Tensor& x) {
         return F::cross_entropy(x, etch::arange(shape.rows, etch::i64) % shape.columns);
       }},
  };
  for (size_t i = 0, count = all.size(); i < count; ++i) {
    auto forward = all[i].function;
    all.push_back({all[i].name + " gradient", [forward](const Tensor& x) {
                     return etch::grad([&](Tensor v) {
                       Tensor y = forward(v);
                       // Of a cotangent that is not constant.
                       return y.dim() == 0 ? y : sum(y * x.detach());
                     })(x);
                   }});
  }
  return all;
}

#ifdef ETCH_HAVE_DNNL

struct Peer {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};

  dnnl::memory filled(const dnnl::memory::desc& desc) {
    dnnl::memory result(desc, engine);
    auto* data = static_cast<float*>(result.get_data_handle());
    for (size_t i = 0; i < desc.get_size() / sizeof(float); ++i) data[i] = 0.01f * (i % 97);
    return result;
  }
  std::function<void()> run(dnnl::primitive primitive,
                            std::unordered_map<int, dnnl::memory> arguments) {
    return [this, primitive, arguments] { primitive.execute(stream, arguments); };
  }
};

// Null where oneDNN has no such primitive.
std::function<void()> onednn_run(const std::string& name, Rows shape) {
  static Peer peer;
  using dnnl::memory, dnnl::prop_kind;
  memory::desc x({shape.rows, shape.columns}, memory::data_type::f32, memory::format_tag::ab);
  memory::desc row({shape.columns}, memory::data_type::f32, memory::format_tag::a);
  if (name == "softmax")
    return peer.run(dnnl::softmax_forward({{prop_kind::forward_inference, x, 1}, peer.engine}),
                    {{DNNL_ARG_SRC, peer.filled(x)}, {DNNL_ARG_DST, peer.filled(x)}});
  if (name == "log_softmax")
    return peer.run(dnnl::logsoftmax_forward({{prop_kind::forward_inference, x, 1}, peer.engine}),
                    {{DNNL_ARG_SRC, peer.filled(x)}, {DNNL_ARG_DST, peer.filled(x)}});
  if (name == "layer_norm") {
    auto flags = dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
    return peer.run(dnnl::layer_normalization_forward(
                        {{prop_kind::forward_inference, x, 1e-5f, flags}, peer.engine}),
                    {{DNNL_ARG_SRC, peer.filled(x)},
                     {DNNL_ARG_DST, peer.filled(x)},
                     {DNNL_ARG_SCALE, peer.filled(row)},
                     {DNNL_ARG_SHIFT, peer.filled(row)}});
  }
  return nullptr;
}

#else

std::function<void()> onednn_run(const std::string&, Rows) { return nullptr; }

#endif

void measure(Rows shape) {
  double megabytes = static_cast<double>(shape.rows * shape.columns) * sizeof(float) * 1e-6;
  std::printf("%lld x %lld, %.1f MB\n", static_cast<long long>(shape.rows),
              static_cast<long long>(shape.columns), megabytes);
  for (const Work& work : works(shape)) {
    auto ours = etch::benchmarks::bind_program(
        work.function, etch::randn({shape.rows, shape.columns}), {.num_threads = 1});
    if (!ours.ok()) {
      std::printf("  %-24s %s\n", work.name.c_str(), std::string(ours.status().message()).c_str());
      continue;
    }
    std::vector<Contestant> contestants = {{"Etch", *ours}};
    if (auto theirs = onednn_run(work.name, shape)) contestants.push_back({"oneDNN", theirs});
    etch::benchmarks::contest(contestants, 25);
    double us = etch::tools::median(contestants[0].us);
    // One read and one write of each element.
    std::printf("  %-24s %9.1f us %6.1f GB/s", work.name.c_str(), us, 2e3 * megabytes / us);
    if (contestants.size() > 1) {
      double other = etch::tools::median(contestants[1].us);
      std::printf("   oneDNN %9.1f us   ratio %.2f", other, other / us);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Rows> shapes;
  for (int i = 1; i < argc; ++i) {
    long long rows = 0, columns = 0;
    int end = 0;
    if (std::sscanf(argv[i], "%lldx%lld%n", &rows, &columns, &end) != 2 || argv[i][end] != '\0' ||
        rows < 1 || columns < 1) {
      std::fputs("usage: rows [ROWSxCOLUMNS]...; a list of its own without\n", stderr);
      return std::string(argv[i]) == "--help" ? 0 : 2;
    }
    shapes.push_back({rows, columns});
  }
  if (shapes.empty())
    shapes = {Rows{1024, 1024}, {1000, 1000}, {8192, 128}, {128, 768}, {64, 50257}};
  for (Rows shape : shapes) measure(shape);
}
