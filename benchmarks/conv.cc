// Convolutions and their two gradients, against oneDNN in the same run where that is installed.
//
//   conv [--profile] [N C size O kernel stride [groups]]   default: layers of ResNets, batch 1
//
// Activations lie channels last in memory, as between the convolutions of a net; weights are state
// of the program, packed once. oneDNN gets the formats it likes best, ours pays for padding in each
// run. Prints medians of alternating runs in microseconds and the ratio oneDNN / Etch (above 1:
// Etch is faster). One thread each; pin the process to a core.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "conv_layer.h"
#include "etch/etch.h"
#include "etch/tools/measure/timing.h"
#include "support/contest.h"

namespace {

using etch::Tensor;
using etch::benchmarks::Layer;

template <typename T>
T checked(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
  std::exit(1);
}

void compare(const char* what, const Layer& l, const std::function<void()>& ours,
             const std::function<void()>& theirs) {
  std::vector<etch::benchmarks::Contestant> contestants = {{"Etch", ours}};
  if (theirs) contestants.push_back({"oneDNN", theirs});
  etch::benchmarks::contest(contestants, std::clamp<int>(4e10 / l.flops(), 9, 60));
  std::printf("  %-9s", what);
  for (const auto& contestant : contestants) {
    double us = etch::tools::median(contestant.us);
    std::printf("   %s %9.1f us %6.1f GFLOP/s", contestant.name.c_str(), us, l.flops() / us * 1e-3);
  }
  if (theirs)
    std::printf("   ratio %.2f",
                etch::tools::median(contestants[1].us) / etch::tools::median(contestants[0].us));
  std::printf("\n");
}

void measure(const Layer& l, bool profile) {
  etch::ConvOptions options{.stride = {l.stride}, .padding = {l.padding()}, .groups = l.groups};
  std::printf("%ldx%ldx%ldx%ld to %ld, %ldx%ld stride %ld, groups %ld\n", (long)l.n, (long)l.c,
              (long)l.size, (long)l.size, (long)l.o, (long)l.kernel, (long)l.kernel, (long)l.stride,
              (long)l.groups);
  Tensor x = etch::randn({l.n, l.size, l.size, l.c}),
         dy = etch::randn({l.n, l.out(), l.out(), l.o});
  Tensor w = etch::randn({l.o, l.c / l.groups, l.kernel, l.kernel});
  for (const Tensor& t : {x, dy, w}) etch::eval(t);
  Tensor weight = etch::frontend::make_cell(w, etch::CellKind::kParameter, "weight");
  auto channels_first = [](const Tensor& t) { return etch::permute(t, {0, 3, 1, 2}); };
  auto channels_last = [](const Tensor& t) { return etch::permute(t, {0, 2, 3, 1}); };
  auto forward = [&](Tensor a, Tensor) {
    return channels_last(etch::conv(channels_first(a), weight, options));
  };
  auto by_input = [&](Tensor a, Tensor d) {
    Tensor leaf = a.detach().requires_grad_();
    Tensor y = channels_last(etch::conv(channels_first(leaf), weight, options));
    return etch::autograd::grad({y}, {leaf}, {.grad_outputs = {d}})[0];
  };
  auto by_weight = [&](Tensor a, Tensor d) {
    Tensor leaf = weight.detach().requires_grad_();
    Tensor y = channels_last(etch::conv(channels_first(a), leaf, options));
    return etch::autograd::grad({y}, {leaf}, {.grad_outputs = {d}})[0];
  };
  std::vector<etch::TensorSpec> specs = {etch::spec(etch::f32, x.shape()),
                                         etch::spec(etch::f32, dy.shape())};
  auto peers = etch::benchmarks::onednn_runs(l);
  auto run = [&](const char* what, auto function, const std::function<void()>& theirs) {
    auto program = checked(etch::trace(function, specs));
    auto executable = checked(program.compile({.num_threads = 1, .profile = profile}));
    compare(
        what, l,
        [&] {
          checked(executable.run({x, dy}));
        },
        theirs);
    if (profile) std::printf("%s\n", executable.explain().c_str());
  };
  run("forward", forward, peers[0]);
  run("by input", by_input, peers[1]);
  run("by weight", by_weight, peers[2]);
}

}  // namespace

int main(int argc, char** argv) {
  bool profile = argc > 1 && std::strcmp(argv[1], "--profile") == 0;
  if (profile) --argc, ++argv;
  if (argc > 6) {
    auto at = [&](int i) { return static_cast<int64_t>(std::atoll(argv[i])); };
    measure({at(1), at(2), at(3), at(4), at(5), at(6), argc > 7 ? at(7) : 1}, profile);
    return 0;
  }
  for (const Layer& layer : {Layer{1, 64, 56, 64, 3, 1},
                             {1, 512, 7, 512, 3, 1},
                             {1, 256, 14, 256, 3, 1},
                             {1, 64, 56, 256, 1, 1},
                             {1, 1024, 14, 256, 1, 1},
                             {1, 128, 56, 128, 3, 2},
                             {1, 3, 224, 64, 7, 2},
                             {1, 144, 56, 144, 3, 1, 144}})
    measure(layer, profile);
}
