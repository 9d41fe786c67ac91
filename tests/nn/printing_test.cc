// Texts made by PyTorch, see golden/make_golden.py.
#include "etch/nn/layers/checks.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/nn.h"
#include "testing.h"

namespace etch::nn {
namespace {

struct Mlp : Module {
  int64_t hidden;
  Child<Linear> fc1{this, "fc1", {.in_features = 784, .out_features = hidden}};
  Child<Dropout> drop{this, "drop", {.p = 0.2}};
  Child<Linear> fc2{this, "fc2", {.in_features = hidden, .out_features = 10, .bias = false}};
  explicit Mlp(int64_t hidden) : hidden(hidden) {}
};

struct Odd : Module {
  Child<Sequential> body{this,
                         "body",
                         make<Linear>({.in_features = 2, .out_features = 3}),
                         make<ReLU>(),
                         make<GELU>({.approximate = "tanh"}),
                         make<Softmax>(-1)};
  Child<Linear> again{this, "again",
                      ModuleHandle<Linear>(std::dynamic_pointer_cast<Linear>(body[0].shared()))};
  Child<LayerNorm> norm{
      this, "norm", {.normalized_shape = {4, 8}, .eps = 1e-6, .elementwise_affine = false}};
  Child<ModuleList<Linear>> empty{this, "empty"};
  Child<CrossEntropyLoss> loss{this, "loss"};
  Child<MSELoss> mse{this, "mse"};
  Child<Dropout> drop{this, "drop", 1.0};
  Odd() { add_module("none", {}); }
  std::string extra_repr() const override { return "first=1\nsecond=2"; }
};

std::string print(const auto& module) {
  std::ostringstream text;
  text << module << '\n';
  return text.str();
}

TEST(Printing, IsPyTorchs) {
  EXPECT_EQ(print(make<Mlp>(256)), testing::golden_text("mlp.print.txt"));
  EXPECT_EQ(print(make<Linear>({.in_features = 3, .out_features = 4})),
            testing::golden_text("linear.print.txt"));
  EXPECT_EQ(print(make<Odd>()), testing::golden_text("odd.print.txt"));
  EXPECT_EQ(print(make<Sequential>(make<Sequential>(make<Mlp>(8)))),
            testing::golden_text("nested.print.txt"));
  EXPECT_EQ(print(make<models::Gpt>({.vocab = 76, .layers = 2, .dropout = 0.1})),
            testing::golden_text("gpt.print.txt"));
}

TEST(Printing, NumbersAreWrittenAsPythonDoes) {
  EXPECT_EQ(detail::python_repr(0.1), "0.1");
  EXPECT_EQ(detail::python_repr(1), "1.0");
  EXPECT_EQ(detail::python_repr(1e-5), "1e-05");
  EXPECT_EQ(detail::python_repr(0.0001), "0.0001");
  EXPECT_EQ(detail::python_repr(2.5e-7), "2.5e-07");
  EXPECT_EQ(detail::python_repr(123456.5), "123456.5");
  EXPECT_EQ(detail::python_repr(1e16), "1e+16");
}

}  // namespace
}  // namespace etch::nn
