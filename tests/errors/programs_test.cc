// Mistakes with etch::compile, etch::trace and etch::cond.
#include <sstream>

#include "mistake.h"

namespace etch {
namespace {

struct Mean : nn::Module {
  nn::Buffer mean{this, "mean", zeros({2, 3})};
  Tensor forward(Tensor x) { return x - mean; }
};

TEST(Errors, reading_a_value_while_compiling) {
  auto step = compile([](Tensor x) { return x * x.item<float>(); });  // @item
  EXPECT_MISTAKE(
      step(ones({1})),
      "item: the value of tensor f32 [1] is not known while etch::compile or etch::trace records; "
      "choose by value with etch::where or etch::cond, look at it with a tap, or return it "
      "(@item)");
}

TEST(Errors, branching_on_a_value_while_compiling) {
  auto step = compile([](Tensor x) { return x.sum() > 0 ? x : -x; });  // @branch
  EXPECT_MISTAKE(step(ones({1})),
                 "bool: the value of tensor bool [] is not known while etch::compile or "
                 "etch::trace records, computed at @branch; choose by value with etch::where or "
                 "etch::cond, look at it with a tap, or return it");
}

TEST(Errors, printing_a_value_while_compiling) {
  auto step = compile([](Tensor x) {
    std::ostringstream() << x;
    return x;
  });
  EXPECT_MISTAKE(step(ones({1})),
                 "to_string: the value of tensor f32 [1] is not known while etch::compile or "
                 "etch::trace records; choose by value with etch::where or etch::cond, look at it "
                 "with a tap, or return it");
}

TEST(Errors, using_a_traced_tensor_afterwards) {
  Tensor leaked;
  auto step = compile([&](Tensor x) {
    leaked = x * 2;  // @leak
    return x;
  });
  step(ones({1}));
  EXPECT_MISTAKE(
      leaked + 1,
      "add: this tensor (f32 [1], computed at @leak) was traced by a call of etch::compile or "
      "etch::trace that is over, and has no value; return it from the traced function instead (@)");
}

TEST(Errors, branches_of_different_shapes) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(cond(
                     x.sum() > 0, [&] { return x; }, [&] { return x.sum(); }),
                 "cond: result 0 is f32 [2, 3] in one branch and f32 [] in the other (@)");
}

TEST(Errors, a_condition_of_many_elements) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(cond(
                     x > 0, [&] { return x; }, [&] { return -x; }),
                 "cond: the predicate has shape [2, 3], not one element (@)");
}

TEST(Errors, writing_state_in_a_branch) {
  Tensor x = ones({2, 3});
  auto net = nn::make<Mean>();
  EXPECT_MISTAKE(cond(
                     x.sum() > 0,
                     [&] {
                       net->mean = x;
                       return x;
                     },
                     [&] { return x; }),
                 "assign: a branch of etch::cond cannot write state; return the value and use it "
                 "outside (@)");
}

TEST(Errors, drawing_in_a_branch) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(cond(
                     x.sum() > 0,
                     [&] {
                       return x + rand({2, 3});
                     },
                     [&] { return x; }),
                 "assign: a branch of etch::cond cannot write state; return the value and use it "
                 "outside (@)");
}

TEST(Errors, backward_in_a_branch) {
  Tensor x = ones({2, 3});
  x.requires_grad_();
  Tensor y = x.sum();
  EXPECT_MISTAKE(
      cond(
          x.sum() > 0,
          [&] {
            y.backward();
            return x;
          },
          [&] { return x; }),
      "backward: a branch of etch::cond cannot look at gradients; return the value and use it "
      "outside (@)");
}

TEST(Errors, tracing_with_too_few_specs) {
  EXPECT_REFUSED(trace([](Tensor a, Tensor b) { return a + b; }, {spec(f32, {2})}),
                 "trace: the function does not take 1 tensors, the number of specs; give it one "
                 "spec for each of its arguments");
}

TEST(Errors, a_mistake_inside_trace) {
  EXPECT_REFUSED(trace([](Tensor a) { return matmul(a, a); }, {spec(f32, {2, 3})}),
                 "matmul: the last dimension of [2, 3] is 3, [2, 3] wants 2 (@)");
}

TEST(Errors, running_with_too_few_arguments) {
  auto executable =
      trace([](Tensor a, Tensor b) { return a + b; }, {spec(f32, {2}), spec(f32, {2})})
          ->compile()
          .value();
  EXPECT_REFUSED(executable.run({ones({2})}),
                 "the program takes 2 arguments (arg0 f32 [2], arg1 f32 [2]), not 1");
}

TEST(Errors, running_with_an_argument_of_another_shape) {
  auto executable = trace([](Tensor a) { return a * 2; }, {spec(f32, {2}, "x")})->compile().value();
  EXPECT_REFUSED(executable.run({ones({3})}), "argument x is f32 [3], the program takes f32 [2]");
}

TEST(Errors, running_with_an_argument_of_another_dtype) {
  auto executable = trace([](Tensor a) { return a * 2; }, {spec(f32, {2}, "x")})->compile().value();
  EXPECT_REFUSED(executable.run({ones({2}, f64)}),
                 "argument x is f64 [2], the program takes f32 [2]");
}

TEST(Errors, more_memory_than_allowed) {
  auto program =
      trace([](Tensor a) { return matmul(matmul(a, a), a); }, {spec(f32, {64, 64})}).value();
  EXPECT_REFUSED(
      program.compile({.max_workspace_bytes = 100}),
      "the program needs 16384 bytes of workspace, 100 are allowed (max_workspace_bytes)");
}

TEST(Errors, saving_into_a_folder_that_is_not_there) {
  auto program = trace([](Tensor a) { return a * 2; }, {spec(f32, {2})}).value();
  EXPECT_REFUSED(program.save("/no/such/folder/p.mlir"),
                 "cannot write /no/such/folder/p.mlir: its folder does not exist; make it first");
}

TEST(Errors, a_target_feature_that_is_not_there) {
  auto program = trace([](Tensor a) { return a * 2; }, {spec(f32, {2})}).value();
  EXPECT_REFUSED(
      program.compile({.target_features = "+warp_drive"}),
      "there is no target feature warp_drive; /proc/cpuinfo lists those of this machine");
}

}  // namespace
}  // namespace etch
