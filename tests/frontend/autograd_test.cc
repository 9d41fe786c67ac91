// requires_grad, backward, .grad: PyTorch's meaning.
#include "etch/frontend/autograd.h"

#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::Near;
using testing::parameter;
using ::testing::StartsWith;
using testing::vec;

TEST(Autograd, RequiresGradSpreadsFromOperands) {
  Tensor x = vec({1, 2}), w = vec({3, 4}).requires_grad_();
  EXPECT_FALSE(x.requires_grad());
  EXPECT_TRUE(w.is_leaf());
  Tensor y = x * w;
  EXPECT_TRUE(y.requires_grad());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_FALSE((x + 1).requires_grad());
  EXPECT_TRUE((x + 1).is_leaf());
  EXPECT_FALSE((w > 1).requires_grad());
  EXPECT_FALSE(w.detach().requires_grad());
  no_grad guard;
  EXPECT_FALSE((x * w).requires_grad());
}

TEST(Autograd, BackwardFillsGradOfLeaves) {
  Tensor x = vec({1, 2}), w = vec({3, 4}).requires_grad_();
  EXPECT_FALSE(w.grad().defined());
  Tensor y = x * w;
  sum(y * y).backward();
  EXPECT_THAT(w.grad(), Near({6, 32}));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(y.grad().defined());
}

TEST(Autograd, GradAccumulatesUntilEmptied) {
  Tensor w = vec({1, 2}).requires_grad_();
  sum(w * 2).backward();
  sum(w * 3).backward();
  EXPECT_THAT(w.grad(), Near({5, 5}));
  sum(w * 4).backward();  // onto a gradient that has been computed
  EXPECT_THAT(w.grad(), Near({9, 9}));
  w.set_grad(Tensor());
  EXPECT_FALSE(w.grad().defined());
  sum(w).backward();
  EXPECT_THAT(w.grad(), Near({1, 1}));
}

TEST(Autograd, BackwardWithACotangent) {
  Tensor w = vec({1, 2}).requires_grad_();
  square(w).backward(vec({1, 10}));
  EXPECT_THAT(w.grad(), Near({2, 40}));
}

TEST(Autograd, DetachAndNoGradCutTheGraph) {
  Tensor w = vec({3}).requires_grad_();
  Tensor held;
  {
    no_grad guard;
    held = w * 2;
  }
  sum(w * held + w.detach() * w).backward();
  EXPECT_THAT(w.grad(), Near({9}));
}

TEST(Autograd, FrozenTensorsGetNoGrad) {
  Tensor frozen = parameter(vec({2}), "frozen"), free = parameter(vec({3}), "free");
  frozen.requires_grad_(false);
  sum(frozen * free).backward();
  EXPECT_FALSE(frozen.grad().defined());
  EXPECT_THAT(free.grad(), Near({2}));
}

TEST(Autograd, RequiresGradOfAComputedTensorMakesALeaf) {
  Tensor a = vec({2}) * 3;
  Tensor before = a * 10;
  a.requires_grad_();
  EXPECT_TRUE(a.is_leaf());
  sum(before + a * a).backward();
  EXPECT_THAT(a.grad(), Near({12}));
}

TEST(Autograd, RetainGradFillsIntermediates) {
  Tensor w = vec({3}).requires_grad_();
  Tensor y = w * 2;
  y.retain_grad();
  sum(y * y).backward();
  EXPECT_THAT(y.grad(), Near({12}));
  EXPECT_THAT(w.grad(), Near({24}));
}

TEST(Autograd, AnUpdatedLeafIsDifferentiatedAtItsNewValue) {
  Tensor w = parameter(vec({3}), "w");
  auto step = [&] {
    w.set_grad(Tensor());
    sum(w * w * w).backward();
    no_grad guard;
    w.assign(w - 0.1 * w.grad());
  };
  step();  // 3 - 0.1 * 27 = 0.3
  step();  // 0.3 - 0.1 * 0.27 = 0.273
  EXPECT_THAT(w, Near({0.273f}));
  EXPECT_THAT(w.grad(), Near({0.27f}));
}

TEST(Autograd, SecondBackwardWithoutRetainGraph) {
  Tensor w = vec({3}).requires_grad_();
  Tensor loss = sum(w * w);
  loss.backward();
  EXPECT_THAT(error_of([&] { loss.backward(); }),
              StartsWith("backward: Trying to backward through the graph a second time"));
}

TEST(Autograd, SecondBackwardWithRetainGraph) {
  Tensor w = vec({3}).requires_grad_();
  Tensor loss = sum(w * w);
  loss.backward(std::nullopt, {.retain_graph = true});
  loss.backward();
  EXPECT_THAT(w.grad(), Near({12}));
}

// As in PyTorch: an addition saves nothing, so it can be passed twice.
TEST(Autograd, SecondBackwardThroughOpsThatSaveNothing) {
  Tensor w = vec({3}).requires_grad_();
  Tensor y = w + 1;
  sum(y).backward();
  sum(y).backward();
  EXPECT_THAT(w.grad(), Near({2}));
}

TEST(Autograd, ErrorsInPyTorchsWords) {
  Tensor x = vec({1, 2}), w = vec({1, 2}).requires_grad_();
  EXPECT_THAT(error_of([&] { sum(x).backward(); }),
              StartsWith("backward: element 0 of tensors does not require grad and does not have a "
                         "grad_fn (autograd_test.cc:"));
  EXPECT_THAT(error_of([&] { (w * 2).backward(); }),
              StartsWith("backward: grad can be implicitly created only for scalar outputs"));
  EXPECT_THAT(error_of([&] { (w * 2).backward(vec({1})); }),
              StartsWith("backward: Mismatch in shape: grad_output[0] is f32 [1] and output[0] is "
                         "f32 [2]"));
  EXPECT_THAT(error_of([&] { (w * 2).requires_grad_(false); }),
              HasSubstr("you can only change requires_grad flags of leaf variables"));
  EXPECT_THAT(error_of([&] { cast(x, i64).requires_grad_(); }),
              HasSubstr("only Tensors of floating point dtype can require gradients"));
  EXPECT_THAT(error_of([&] { w.assign(x); }),
              HasSubstr("a leaf Variable that requires grad (tensor f32 [2]) is being used in an "
                        "in-place operation; do so under etch::no_grad"));
  EXPECT_THAT(error_of([&] { x.retain_grad(); }), HasSubstr("can't retain_grad on Tensor"));
}

TEST(Autograd, GradReturnsGradients) {
  Tensor a = vec({2}).requires_grad_(), b = vec({5}).requires_grad_(),
         c = vec({1}).requires_grad_();
  Tensor mid = a * b;
  auto grads = autograd::grad({sum(mid * mid)}, {a, b, mid, c}, {.allow_unused = true});
  EXPECT_THAT(grads[0], Near({100}));
  EXPECT_THAT(grads[1], Near({40}));
  EXPECT_THAT(grads[2], Near({20}));
  EXPECT_FALSE(grads[3].defined());
  EXPECT_FALSE(a.grad().defined());
  EXPECT_FALSE(grads[0].requires_grad());
}

TEST(Autograd, GradientsOfGradients) {
  Tensor x = vec({2}).requires_grad_();
  Tensor first = autograd::grad({sum(x * x * x)}, {x}, {.create_graph = true})[0];
  EXPECT_TRUE(first.requires_grad());
  Tensor second = autograd::grad({sum(first)}, {x}, {.create_graph = true})[0];
  Tensor third = autograd::grad({sum(second)}, {x})[0];
  EXPECT_THAT(first, Near({12}));
  EXPECT_THAT(second, Near({12}));
  EXPECT_THAT(third, Near({6}));
}

// A gradient penalty: the loss contains the gradient.
TEST(Autograd, BackwardThroughAGradient) {
  Tensor x = vec({3}).requires_grad_();
  Tensor g = autograd::grad({sum(x * x)}, {x}, {.create_graph = true})[0];
  sum(g * g).backward();  // (2x)^2
  EXPECT_THAT(x.grad(), Near({24}));
}

TEST(Autograd, GradientsWithoutGraphAreConstants) {
  Tensor x = vec({3}).requires_grad_();
  Tensor g = autograd::grad({sum(x * x)}, {x})[0];
  sum(g * x).backward();
  EXPECT_THAT(x.grad(), Near({6}));
}

}  // namespace
}  // namespace etch
