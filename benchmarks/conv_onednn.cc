#include <memory>
#include <unordered_map>

#include "conv_layer.h"

#ifdef ETCH_HAVE_DNNL
#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace etch::benchmarks {

#ifdef ETCH_HAVE_DNNL

namespace {

using dnnl::memory;

struct Peer {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};

  memory filled(const memory::desc& desc) {
    memory result(desc, engine);
    auto* data = static_cast<float*>(result.get_data_handle());
    for (size_t i = 0; i < desc.get_size() / sizeof(float); ++i) data[i] = 0.5f;
    return result;
  }

  std::function<void()> run(dnnl::primitive primitive, std::unordered_map<int, memory> arguments) {
    return [this, primitive, arguments] { primitive.execute(stream, arguments); };
  }
};

}  // namespace

Runs onednn_runs(const Layer& l) {
  static Peer peer;
  using dnnl::algorithm, dnnl::prop_kind;
  auto any = [](memory::dims dims) {
    return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
  };
  memory::desc x = any({l.n, l.c, l.size, l.size}), y = any({l.n, l.o, l.out(), l.out()});
  memory::desc w = l.groups == 1
                       ? any({l.o, l.c, l.kernel, l.kernel})
                       : any({l.groups, l.o / l.groups, l.c / l.groups, l.kernel, l.kernel});
  memory::dims stride = {l.stride, l.stride}, pad = {l.padding(), l.padding()};
  auto hint = [&](prop_kind kind) {
    return dnnl::convolution_forward::primitive_desc(
        {kind, algorithm::convolution_direct, x, w, y, stride, pad, pad}, peer.engine);
  };
  Runs runs;
  auto forward = hint(prop_kind::forward_inference);
  runs[0] = peer.run(dnnl::convolution_forward(forward),
                     {{DNNL_ARG_SRC, peer.filled(forward.src_desc())},
                      {DNNL_ARG_WEIGHTS, peer.filled(forward.weights_desc())},
                      {DNNL_ARG_DST, peer.filled(forward.dst_desc())}});
  auto training = hint(prop_kind::forward_training);
  dnnl::convolution_backward_data::primitive_desc by_input(
      {algorithm::convolution_direct, x, w, y, stride, pad, pad}, peer.engine, training);
  runs[1] = peer.run(dnnl::convolution_backward_data(by_input),
                     {{DNNL_ARG_DIFF_SRC, peer.filled(by_input.diff_src_desc())},
                      {DNNL_ARG_WEIGHTS, peer.filled(by_input.weights_desc())},
                      {DNNL_ARG_DIFF_DST, peer.filled(by_input.diff_dst_desc())}});
  dnnl::convolution_backward_weights::primitive_desc by_weight(
      {algorithm::convolution_direct, x, w, y, stride, pad, pad}, peer.engine, training);
  runs[2] = peer.run(dnnl::convolution_backward_weights(by_weight),
                     {{DNNL_ARG_SRC, peer.filled(by_weight.src_desc())},
                      {DNNL_ARG_DIFF_WEIGHTS, peer.filled(by_weight.diff_weights_desc())},
                      {DNNL_ARG_DIFF_DST, peer.filled(by_weight.diff_dst_desc())}});
  return runs;
}

#else

Runs onednn_runs(const Layer&) { return {}; }

#endif

}  // namespace etch::benchmarks
