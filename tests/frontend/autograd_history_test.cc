// Reading a value does not cut the graph: backward records again what has been evaluated.
#include "etch/frontend/autograd.h"
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::error_of;
using testing::Near;
using testing::parameter;
using ::testing::StartsWith;
using testing::vec;

TEST(AutogradHistory, ItemBeforeBackward) {
  Tensor w = parameter(vec({3, 4}), "w");
  Tensor loss = sum(w * w);
  EXPECT_EQ(loss.item<float>(), 25);
  loss.backward();
  EXPECT_THAT(w.grad(), Near({6, 8}));
  EXPECT_THAT(error_of([&] { loss.backward(); }),
              StartsWith("backward: Trying to backward through the graph a second time"));
}

TEST(AutogradHistory, IntermediatesReadBeforeTheLoss) {
  Tensor w = parameter(vec({3}), "w");
  Tensor h = w * w;
  h.item<float>();
  Tensor g = h * w;
  g.item<float>();
  sum(g + h).backward();  // 3w^2 + 2w
  EXPECT_THAT(w.grad(), Near({33}));
}

TEST(AutogradHistory, TwoValuesOfOneEarlierTrace) {
  Tensor w = parameter(vec({3}), "w");
  Tensor a = w * w, b = exp(w * 0);
  a.item<float>();
  sum(a * b).backward();  // 2w + 0
  EXPECT_THAT(w.grad(), Near({6}));
}

// The gradient is that of the values the loss was computed from.
TEST(AutogradHistory, ParametersThatChangedMeanwhile) {
  Tensor w = parameter(vec({3}), "w");
  Tensor loss = sum(w * w);
  loss.item<float>();
  {
    no_grad guard;
    w.assign(w * 100);
  }
  eval();
  loss.backward();
  EXPECT_THAT(w.grad(), Near({6}));
  EXPECT_THAT(w, Near({300}));
}

TEST(AutogradHistory, RandomDrawsAreTheSameAgain) {
  Tensor w = parameter(ones({64}), "w");
  Tensor state = frontend::make_random_state("rng.test");
  Tensor y = dropout(w, 0.5, state);
  Tensor loss = sum(y);
  std::vector<float> kept = y.to_vector<float>();
  loss.backward();
  EXPECT_THAT(w.grad(), Near(kept));
}

TEST(AutogradHistory, BackwardTwiceWithRetainGraph) {
  Tensor w = parameter(vec({3}), "w");
  Tensor loss = sum(w * w);
  loss.item<float>();
  loss.backward(std::nullopt, {.retain_graph = true});
  eval();
  loss.backward();
  EXPECT_THAT(w.grad(), Near({12}));
}

TEST(AutogradHistory, GradWithRespectToAnEvaluatedIntermediate) {
  Tensor w = parameter(vec({3}), "w");
  Tensor h = w * w;
  h.item<float>();
  auto grads = autograd::grad({sum(h * h)}, {h, w});
  EXPECT_THAT(grads[0], Near({18}));
  EXPECT_THAT(grads[1], Near({108}));
}

TEST(AutogradHistory, RetainGradAfterEvaluation) {
  Tensor w = parameter(vec({3}), "w");
  Tensor h = w * w;
  h.item<float>();
  h.retain_grad();
  sum(h * 5).backward();
  EXPECT_THAT(h.grad(), Near({5}));
  EXPECT_THAT(w.grad(), Near({30}));
}

// Nothing is kept, and storage is reused, when backward came before the value was read.
TEST(AutogradHistory, NothingIsKeptAfterBackward) {
  Tensor w = parameter(vec({1, 2, 3}), "w");
  const void* data = nullptr;
  for (int i = 0; i < 3; ++i) {
    w.set_grad(Tensor());
    Tensor loss = sum(w * w);
    loss.backward();
    {
      no_grad guard;
      w.assign(w - 0.1 * w.grad());
    }
    loss.item<float>();
    if (i > 0) EXPECT_EQ(w.view().data, data);
    data = w.view().data;
  }
}

}  // namespace
}  // namespace etch
