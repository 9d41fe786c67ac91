// Native code for tests of bundles, as the compiler would make it: a program that reads state, one
// that writes it in place, one that cannot.
//
//   predict   out = scale * x + offset; `scale * scale` is derived ahead and added to the first
//   step      scale = scale + x, in place; steps = steps + 1, not in place; out = the old steps
#include <math.h>
#include <string.h>

#include "etch/runtime/abi.h"

using etch::runtime::CallFrame;

namespace {
constexpr int64_t kSize = 20;
}

extern "C" {

// scale -> its square
void square(void* const* buffers, int64_t begin, int64_t end) {
  auto* scale = static_cast<const float*>(buffers[0]);
  auto* squared = static_cast<float*>(buffers[1]);
  for (int64_t i = begin; i < end; ++i) squared[i] = fmaf(scale[i], scale[i], 0);
}

// scale, offset, squared, x -> out
void affine(void* const* buffers, int64_t begin, int64_t end) {
  auto* scale = static_cast<const float*>(buffers[0]);
  auto* offset = static_cast<const float*>(buffers[1]);
  auto* squared = static_cast<const float*>(buffers[2]);
  auto* x = static_cast<const float*>(buffers[3]);
  auto* out = static_cast<float*>(buffers[4]);
  for (int64_t i = begin; i < end; ++i)
    out[i] = scale[i] * x[i] + offset[i] + (i == 0 ? squared[0] : 0);
}

// scale, x -> scale
void add(void* const* buffers, int64_t begin, int64_t end) {
  auto* scale = static_cast<const float*>(buffers[0]);
  auto* x = static_cast<const float*>(buffers[1]);
  auto* out = static_cast<float*>(buffers[2]);
  for (int64_t i = begin; i < end; ++i) out[i] = scale[i] + x[i];
}

void predict_prepare(CallFrame* frame) {
  void* buffers[] = {frame->buffers[0], frame->derived};
  frame->launch(frame, 0, square, buffers, kSize);
}

// scale, offset, x; out
void predict(CallFrame* frame) {
  void* buffers[] = {frame->buffers[0], frame->buffers[1], frame->derived, frame->buffers[2],
                     frame->arena};
  frame->launch(frame, 0, affine, buffers, kSize);
  memcpy(frame->buffers[3], frame->arena, kSize * sizeof(float));
}

// scale, steps, x; scale, steps, out
void step(CallFrame* frame) {
  void* buffers[] = {frame->buffers[0], frame->buffers[2], frame->buffers[3]};
  frame->launch(frame, 0, add, buffers, kSize);
  int64_t steps = *static_cast<int64_t*>(frame->buffers[1]);
  *static_cast<int64_t*>(frame->buffers[4]) = steps + 1;
  *static_cast<float*>(frame->buffers[5]) =
      static_cast<float>(*static_cast<int64_t*>(frame->buffers[1]));
}

// A table of addresses, so that there is something to relocate.
extern void (*const kernels[])(void* const*, int64_t, int64_t);
void (*const kernels[])(void* const*, int64_t, int64_t) = {square, affine, add};
}
