// Mistakes with gradients.
#include "mistake.h"

namespace etch {
namespace {

TEST(Errors, backward_of_many_elements) {
  Tensor w = ones({2});
  w.requires_grad_();
  EXPECT_MISTAKE((w * 2).backward(),
                 "backward: grad can be implicitly created only for scalar outputs; this one has "
                 "shape [2], pass a cotangent (@)");
}

TEST(Errors, backward_twice) {
  Tensor w = ones({2});
  w.requires_grad_();
  Tensor loss = (w * w).sum();
  loss.backward();
  EXPECT_MISTAKE(loss.backward(),
                 "backward: Trying to backward through the graph a second time (or directly access "
                 "saved tensors after they have already been freed). Saved intermediate values of "
                 "the graph are freed when you call .backward() or autograd.grad(). Specify "
                 "retain_graph=True if you need to backward through the graph a second time or if "
                 "you need to access saved tensors after calling backward. (@)");
}

TEST(Errors, backward_without_a_gradient_to_compute) {
  EXPECT_MISTAKE(
      ones({2}).sum().backward(),
      "backward: element 0 of tensors does not require grad and does not have a grad_fn (@)");
}

TEST(Errors, backward_with_a_vector_of_another_shape) {
  Tensor w = ones({2});
  w.requires_grad_();
  EXPECT_MISTAKE(
      (w * 2).backward(ones({3})),
      "backward: Mismatch in shape: grad_output[0] is f32 [3] and output[0] is f32 [2]. (@)");
}

TEST(Errors, gradients_of_integers) {
  EXPECT_MISTAKE(ones({2}, i64).requires_grad_(),
                 "requires_grad_: only Tensors of floating point dtype can require gradients, not "
                 "tensor i64 [2]");
}

TEST(Errors, requires_grad_of_a_result) {
  Tensor w = ones({2});
  w.requires_grad_();
  Tensor y = w * 2;
  EXPECT_MISTAKE(y.requires_grad_(false),
                 "requires_grad_: you can only change requires_grad flags of leaf variables. If "
                 "you want to use a computed variable in a subgraph that doesn't require "
                 "differentiation use var_no_grad = var.detach().");
}

TEST(Errors, writing_a_leaf_that_requires_grad) {
  Tensor w = ones({2});
  w.requires_grad_();
  EXPECT_MISTAKE(w.assign(ones({2})),
                 "assign: a leaf Variable that requires grad (tensor f32 [2]) is being used in an "
                 "in-place operation; do so under etch::no_grad (@)");
}

TEST(Errors, a_gradient_of_another_shape) {
  Tensor w = ones({2});
  w.requires_grad_();
  EXPECT_MISTAKE(w.set_grad(ones({3})),
                 "set_grad: tensor f32 [2] is f32 [2], the gradient is f32 [3]");
}

TEST(Errors, grad_of_something_unrelated) {
  Tensor w = ones({2});
  w.requires_grad_();
  EXPECT_MISTAKE(
      autograd::grad({ones({1}).sum()}, {w}),
      "grad: element 0 of tensors does not require grad and does not have a grad_fn (@)");
}

TEST(Errors, grad_with_too_few_cotangents) {
  Tensor w = ones({2});
  w.requires_grad_();
  EXPECT_MISTAKE(autograd::grad({w * 2, w * 3}, {w}, {.grad_outputs = {ones({2})}}),
                 "grad: got 2 outputs and 1 cotangents (@)");
}

TEST(Errors, backward_of_an_empty_tensor) {
  EXPECT_MISTAKE(Tensor().backward(), "backward: the tensor is empty (@)");
}

TEST(Errors, grad_of_a_tensor_that_needs_none) {
  Tensor w = ones({2});
  w.requires_grad_();
  Tensor x = ones({2});
  EXPECT_MISTAKE(autograd::grad({(w * x).sum()}, {x}),
                 "grad: One of the differentiated Tensors does not require grad (@)");
}

}  // namespace
}  // namespace etch
