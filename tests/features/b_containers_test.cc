// Sequential, ModuleList and ModuleDict.
#include <gtest/gtest.h>

#include "etch/etch.h"

namespace {

namespace nn = etch::nn;

TEST(Features, B4_sequential_slice_shares_state) {
  auto net = nn::make<nn::Sequential>(nn::make<nn::Linear>({.in_features = 3, .out_features = 4}),
                                      nn::make<nn::ReLU>(),
                                      nn::make<nn::Linear>({.in_features = 4, .out_features = 2}));
  auto head = net->slice(0, 2);
  etch::Tensor x = etch::ones({1, 3});
  auto before = head(x).to_vector<float>();
  {
    etch::no_grad guard;
    net->find_parameter("0.bias").assign(etch::full({4}, 100.0));
  }
  auto after = head(x).to_vector<float>();
  ASSERT_EQ(after.size(), before.size());
  for (float value : after) EXPECT_GT(value, 90);
  EXPECT_TRUE(head->find_parameter("0.weight").is_same(net->find_parameter("0.weight")));
}

}  // namespace
