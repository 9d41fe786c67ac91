// Nests of tensors as arguments and results.
#include "etch/frontend/tree.h"

#include "etch/frontend/compile.h"
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::Near;
using testing::vec;

struct Batch {
  Tensor image;
  std::optional<Tensor> text;
  int repeats = 1;
};

class Scaled {
 public:
  Scaled(Tensor x, double factor) : x_(std::move(x)), factor_(factor) {}
  Tensor value() const { return x_ * factor_; }
  template <typename Visitor>
  void fields(Visitor&& visit) {
    visit(x_, factor_);
  }

 private:
  Tensor x_;
  double factor_;
};

TEST(Tree, AClassNamesItsFields) {
  auto f = compile([](Scaled scaled) { return scaled.value(); });
  EXPECT_THAT(f(Scaled(vec({2}), 3)), Near({6}));
  EXPECT_THAT(f(Scaled(vec({5}), 3)), Near({15}));
  EXPECT_THAT(f(Scaled(vec({5}), 4)), Near({20}));
  EXPECT_EQ(f.num_compilations(), 2);
}

TEST(Tree, StructsAreWalkedAsTheyAre) {
  auto f = compile([](Batch batch) {
    Tensor x = batch.image * batch.repeats;
    if (batch.text) x = x + *batch.text;
    return Batch{x, std::nullopt, batch.repeats};
  });
  EXPECT_THAT(f(Batch{vec({1}), vec({10}), 2}).image, Near({12}));
  EXPECT_THAT(f(Batch{vec({1}), std::nullopt, 2}).image, Near({2}));
  EXPECT_THAT(f(Batch{vec({1}), std::nullopt, 3}).image, Near({3}));
  EXPECT_THAT(f(Batch{vec({2}), vec({10}), 2}).image, Near({14}));
  EXPECT_EQ(f.num_compilations(), 3);
}

TEST(Tree, MapsVectorsAndOptionals) {
  using Dict = std::map<std::string, Tensor>;
  auto f = compile([](Dict inputs, std::vector<Tensor> list, std::optional<Tensor> bias) {
    Tensor total = inputs.at("a") + inputs.at("b");
    for (const Tensor& x : list) total = total + x;
    if (bias) total = total + *bias;
    return Dict{{"total", total}, {"twice", total * 2}};
  });
  Dict result = f(Dict{{"a", vec({1})}, {"b", vec({2})}}, std::vector{vec({3}), vec({4})},
                  std::optional(vec({5})));
  EXPECT_THAT(result.at("total"), Near({15}));
  EXPECT_THAT(result.at("twice"), Near({30}));
}

TEST(Tree, WalksInOrder) {
  auto value = std::tuple(vec({1}), std::array{vec({2}), vec({3})}, std::pair("name", vec({4})));
  std::vector<float> seen;
  tree::for_each_tensor(value, [&](Tensor& x) { seen.push_back(x.item<float>()); });
  EXPECT_EQ(seen, (std::vector<float>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace etch
