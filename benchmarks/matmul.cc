// Matrix products with the right-hand side prepared ahead, against OpenBLAS and oneDNN in one run.
//
//   matmul [--rounds N] [--precision f32|bf16|bf16x3|bf16x6] [SHAPE...]
//
// SHAPE is MxNxK or BxMxNxK, with +bias, +relu and +gelu behind it: 128x3072x768+bias+gelu. Without
// any, those of the table in docs/measurements.md. Prints for each contestant the median of
// alternating runs in microseconds, GFLOP/s, its share of the FMA peak measured in between, and the
// ratio of its time to Etch's (above 1: Etch is faster). One thread each; pin the process to a
// core.
//
// Weights are state, so Etch packs them once. oneDNN gets them in the format it asks for, as
// matmul and as inner product (both with the rest fused); OpenBLAS multiplies only. With a
// precision other than f32 Etch's factors are taken so, and with bf16 oneDNN gets bf16 factors, the
// left one converted before.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "etch/benchmarks/support/bound_program.h"
#include "etch/benchmarks/support/contest.h"
#include "etch/nn/functional.h"
#include "etch/runtime/executor.h"
#include "etch/tools/measure/machine_peak.h"
#include "etch/tools/measure/timing.h"
#ifdef ETCH_HAVE_DNNL
#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace {

using etch::benchmarks::Contestant;

struct Work {
  std::string name;
  int64_t batch = 1, m = 0, n = 0, k = 0;
  bool bias = false, relu = false, gelu = false;

  bool plain() const { return !bias && !relu && !gelu; }
  double flops() const { return 2.0 * batch * m * n * k; }
};

// False when `text` is no shape.
bool parse(const std::string& text, Work& work) {
  work.name = text;
  std::vector<std::string> parts = absl::StrSplit(text, '+');
  std::vector<int64_t> extents;
  for (absl::string_view extent : absl::StrSplit(parts[0], 'x'))
    if (int64_t value; absl::SimpleAtoi(extent, &value) && value > 0) extents.push_back(value);
  if (extents.size() < 3 || extents.size() > 4) return false;
  if (extents.size() == 4) work.batch = extents[0];
  work.m = extents.end()[-3], work.n = extents.end()[-2], work.k = extents.end()[-1];
  for (size_t i = 1; i < parts.size(); ++i) {
    bool* flag = parts[i] == "bias"   ? &work.bias
                 : parts[i] == "relu" ? &work.relu
                 : parts[i] == "gelu" ? &work.gelu
                                      : nullptr;
    if (!flag) return false;
    *flag = true;
  }
  return true;
}

struct Data {
  etch::Tensor a, b, bias;
  std::vector<float> av, bv, biasv, result;
};

Contestant etchOf(const Work& w, Data& data, etch::MatmulPrecision precision) {
  using etch::frontend::make_cell;
  bool batched = w.batch > 1;
  // Of many matrices both sides are inputs: nothing is prepared.
  etch::Tensor weight = batched ? data.b : make_cell(data.b, etch::CellKind::kParameter, "weight");
  etch::Tensor bias = make_cell(data.bias, etch::CellKind::kParameter, "bias");
  auto call = etch::benchmarks::bind_program(
      [&](const etch::Tensor& x) {
        etch::Tensor y = etch::matmul(x, weight);
        if (w.bias) y = y + bias;
        if (w.relu) y = etch::relu(y);
        if (w.gelu) y = etch::nn::functional::gelu(y, /*tanh_approximation=*/true);
        return y;
      },
      data.a, {.num_threads = 1, .matmul_precision = precision});
  if (!call.ok()) {
    std::fprintf(stderr, "%s\n", std::string(call.status().message()).c_str());
    std::exit(1);
  }
  return {"Etch", *call};
}

using Gemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int,
                      float, float*, int);

// Loaded at run time, so that building does not need it.
Gemm loadOpenBlas() {
  void* library = dlopen("libopenblas.so.0", RTLD_NOW);
  if (!library) std::printf("libopenblas.so.0 is not installed: left out\n");
  return library ? reinterpret_cast<Gemm>(dlsym(library, "cblas_sgemm")) : nullptr;
}

Contestant openBlasOf(const Work& w, Data& data, Gemm gemm) {
  return {"OpenBLAS", [w, &data, gemm] {
            constexpr int kRowMajor = 101, kNoTranspose = 111;
            for (int64_t i = 0; i < w.batch; ++i)
              gemm(kRowMajor, kNoTranspose, kNoTranspose, w.m, w.n, w.k, 1,
                   data.av.data() + i * w.m * w.k, w.k, data.bv.data() + i * w.k * w.n, w.n, 0,
                   data.result.data() + i * w.m * w.n, w.n);
          }};
}

#ifdef ETCH_HAVE_DNNL
dnnl::primitive_attr postOpsOf(const Work& w) {
  dnnl::post_ops ops;
  if (w.relu) ops.append_eltwise(1.f, dnnl::algorithm::eltwise_relu, 0.f, 0.f);
  if (w.gelu) ops.append_eltwise(1.f, dnnl::algorithm::eltwise_gelu_tanh, 0.f, 0.f);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  return attributes;
}

// Products of f32, or of bf16 factors.
void addOneDnn(const Work& w, Data& data, bool bf16, std::vector<Contestant>& contestants) {
  using Memory = dnnl::memory;
  using Tag = Memory::format_tag;
  constexpr auto kF32 = Memory::data_type::f32;
  const auto factor = bf16 ? Memory::data_type::bf16 : kF32;
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  static dnnl::stream stream(engine);
  auto run = [&](const dnnl::primitive& primitive, std::unordered_map<int, Memory> arguments) {
    if (!w.bias) arguments.erase(DNNL_ARG_BIAS);
    return [primitive, arguments] {
      primitive.execute(stream, arguments);
      stream.wait();
    };
  };
  if (w.batch > 1) {
    Memory::desc a({w.batch, w.m, w.k}, kF32, Tag::abc), b({w.batch, w.k, w.n}, kF32, Tag::abc),
        c({w.batch, w.m, w.n}, kF32, Tag::abc);
    dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, c), engine);
    contestants.push_back(
        {"oneDNN matmul",
         run(dnnl::matmul(description), {{DNNL_ARG_SRC, Memory(a, engine, data.av.data())},
                                         {DNNL_ARG_WEIGHTS, Memory(b, engine, data.bv.data())},
                                         {DNNL_ARG_DST, Memory(c, engine, data.result.data())}})});
    return;
  }
  auto prepared = [&](const Memory::desc& plain, const Memory::desc& wanted, float* values) {
    Memory from(plain, engine, values), to(wanted, engine);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    return to;
  };
  Memory::desc a({w.m, w.k}, factor, Tag::ab), c({w.m, w.n}, kF32, Tag::ab);
  Memory source = prepared({{w.m, w.k}, kF32, Tag::ab}, a, data.av.data());
  Memory result(c, engine, data.result.data());
  {
    Memory::desc any({w.k, w.n}, factor, Tag::any), bias({1, w.n}, kF32, Tag::ab);
    dnnl::matmul::primitive_desc description(
        w.bias ? dnnl::matmul::desc(a, any, bias, c) : dnnl::matmul::desc(a, any, c), postOpsOf(w),
        engine);
    Memory weights =
        prepared({{w.k, w.n}, kF32, Tag::ab}, description.weights_desc(), data.bv.data());
    contestants.push_back(
        {"oneDNN matmul",
         run(dnnl::matmul(description), {{DNNL_ARG_SRC, source},
                                         {DNNL_ARG_WEIGHTS, weights},
                                         {DNNL_ARG_BIAS, Memory(bias, engine, data.biasv.data())},
                                         {DNNL_ARG_DST, result}})});
  }
  Memory::desc any({w.n, w.k}, factor, Tag::any), bias({w.n}, kF32, Tag::a);
  using Inner = dnnl::inner_product_forward;
  auto kind = dnnl::prop_kind::forward_inference;
  Inner::primitive_desc description(
      w.bias ? Inner::desc(kind, a, any, bias, c) : Inner::desc(kind, a, any, c), postOpsOf(w),
      engine);
  Memory weights =
      prepared({{w.n, w.k}, kF32, Tag::ba}, description.weights_desc(), data.bv.data());
  contestants.push_back(
      {"oneDNN inner product",
       run(Inner(description), {{DNNL_ARG_SRC, source},
                                {DNNL_ARG_WEIGHTS, weights},
                                {DNNL_ARG_BIAS, Memory(bias, engine, data.biasv.data())},
                                {DNNL_ARG_DST, result}})});
}
#else
void addOneDnn(const Work&, Data&, bool, std::vector<Contestant>&) {}
#endif

void compare(const Work& w, Gemm gemm, int rounds, etch::MatmulPrecision precision) {
  using etch::Shape;
  Data data;
  data.a = etch::randn(w.batch > 1 ? Shape{w.batch, w.m, w.k} : Shape{w.m, w.k});
  data.b = etch::randn(w.batch > 1 ? Shape{w.batch, w.k, w.n} : Shape{w.k, w.n});
  data.bias = etch::randn({w.n});
  data.av = data.a.to_vector<float>();
  data.bv = data.b.to_vector<float>();
  data.biasv = data.bias.to_vector<float>();
  data.result.resize(w.batch * w.m * w.n);
  std::vector<Contestant> contestants = {etchOf(w, data, precision)};
  if (gemm && w.plain()) contestants.push_back(openBlasOf(w, data, gemm));
  addOneDnn(w, data, precision == etch::MatmulPrecision::kBf16, contestants);
  double peak = 0;
  etch::runtime::ThreadPool alone(1);
  contestants.push_back(
      {"peak", [&] { peak = std::max(peak, etch::tools::measure_fma_peak(alone, 1)); }});
  etch::benchmarks::contest(contestants, rounds);
  contestants.pop_back();
  double ours = etch::tools::median(contestants[0].us);
  for (const Contestant& one : contestants) {
    double us = etch::tools::median(one.us), speed = w.flops() / us * 1e-3;
    std::printf("%-24s %-21s %10.1f us %7.1f GFLOP/s %4.0f %% of peak   %.2f\n", w.name.c_str(),
                one.name.c_str(), us, speed, 100 * speed / peak, us / ours);
  }
}

}  // namespace

constexpr char kUsage[] =
    "usage: matmul [--rounds N] [--precision f32|bf16|bf16x3|bf16x6] [SHAPE]...\n"
    "SHAPE is MxNxK or BxMxNxK, with +bias, +relu, +gelu behind it; a list of its own without\n";

int main(int argc, char** argv) {
  for (const char* name : {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "ETCH_NUM_THREADS"})
    setenv(name, "1", 1);
  int rounds = 15;
  std::vector<std::string> shapes;
  const std::map<std::string, etch::MatmulPrecision> precisions = {
      {"f32", etch::MatmulPrecision::kF32},
      {"bf16", etch::MatmulPrecision::kBf16},
      {"bf16x3", etch::MatmulPrecision::kBf16x3},
      {"bf16x6", etch::MatmulPrecision::kBf16x6}};
  etch::MatmulPrecision precision = etch::MatmulPrecision::kF32;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
      rounds = std::atoi(argv[++i]);
    else if (std::strcmp(argv[i], "--precision") == 0 && i + 1 < argc &&
             precisions.count(argv[i + 1]))
      precision = precisions.at(argv[++i]);
    else if (argv[i][0] == '-')
      return std::fputs(kUsage, stderr), std::strcmp(argv[i], "--help") == 0 ? 0 : 2;
    else
      shapes.push_back(argv[i]);
  }
  if (shapes.empty())
    shapes = {"64x64x64",
              "128x128x128",
              "256x256x256",
              "512x512x512",
              "1024x1024x1024",
              "2048x2048x2048",
              "1x4096x4096",
              "8x1024x1024",
              "128x3072x768",
              "128x3072x768+bias+relu",
              "128x3072x768+bias+gelu",
              "96x128x32x128"};
  Gemm gemm = loadOpenBlas();
  for (const std::string& shape : shapes) {
    Work work;
    if (!parse(shape, work)) {
      std::fprintf(stderr, "%s is no shape: MxNxK or BxMxNxK, with +bias, +relu, +gelu\n",
                   shape.c_str());
      return 2;
    }
    compare(work, gemm, rounds, precision);
  }
  return 0;
}
