// Elements chosen, ordered and summed by index: argmax, max, cumsum, sort, topk, gather,
// scatter_add, index_select, update_slice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "etch/etch.h"
#include "etch/nn/layers/key_value_cache.h"
#include "etch/tests/error_of.h"
#include "etch/tests/golden/golden.h"

namespace {

using etch::Tensor;
using etch::testing::error_of;
using etch::testing::expect_close;
using etch::testing::Golden;
using ::testing::HasSubstr;

// The golden input of shape [4, 5, 6].
Tensor input(const Golden& golden, etch::DType dtype) {
  return golden.tensor("input", "x", dtype).detach().requires_grad_();
}

// Checks a result and the gradients of `leaves` for the cotangent "dy".
void check(const Golden& golden, const std::string& name, const Tensor& y,
           const std::vector<Tensor>& leaves) {
  double rtol = etch::testing::tolerance_of(y.dtype());
  y.backward(golden.tensor(name, "dy", y.dtype()));
  expect_close(y, golden.tensor(name, "y"), rtol, name);
  for (size_t i = 0; i < leaves.size(); ++i)
    expect_close(leaves[i].grad(), golden.tensor(name, "g" + std::to_string(i)), rtol, name);
}

void check(const Golden& golden, const std::string& name, const etch::Chosen& y,
           const std::vector<Tensor>& leaves) {
  expect_close(y.indices, golden.tensor(name, "i"), 0, name + " indices");
  check(golden, name, y.values, leaves);
}

// Calls `body(golden, dtype, dim)` for each dimension of the input in both precisions.
template <typename Body>
void for_each_dim(const Body& body) {
  Golden golden("ordering");
  for (etch::DType dtype : {etch::f64, etch::f32})
    for (int64_t dim = 0; dim < 3; ++dim) body(golden, dtype, dim);
}

TEST(Features, F10_max_and_min_along_a_dim_send_the_gradient_to_the_chosen_element) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    Tensor x = input(golden, dtype), z = input(golden, dtype);
    check(golden, "max/" + std::to_string(dim), etch::max(x, dim), {x});
    check(golden, "min/" + std::to_string(dim), etch::min(z, dim - 3), {z});
  });
}

TEST(Features, F10_argmax_and_argmin_take_the_first_of_equals_and_nan_before_all) {
  Golden golden("ordering");
  Tensor x = golden.tensor("input", "x");
  EXPECT_EQ(etch::argmax(x).item<int64_t>(), golden.tensor("argmax", "y").item<int64_t>());
  EXPECT_EQ(etch::argmin(x).item<int64_t>(), golden.tensor("argmin", "y").item<int64_t>());
  Tensor ties = Tensor::from_data(std::vector<float>{1, 3, 3, 2, 0, 0, 0, 0}, {2, 4});
  expect_close(etch::argmax(ties, 1), golden.tensor("argmax", "first"), 0);
  EXPECT_EQ(etch::argmax(ties, 1, /*keepdim=*/true).shape(), etch::Shape({2, 1}));

  Tensor special = golden.tensor("special", "x");
  expect_close(etch::argmax(special, 1), golden.tensor("special", "argmax"), 0);
  expect_close(etch::argmin(special, 1), golden.tensor("special", "argmin"), 0);
  expect_close(etch::max(special, 1).values, golden.tensor("special", "max"), 0);
  expect_close(etch::min(special, 1).values, golden.tensor("special", "min"), 0);
}

TEST(Features, F10_max_of_all_elements) {
  Tensor x = Tensor::from_data(std::vector<double>{1, 4, 4, 2}, {2, 2}).requires_grad_();
  Tensor y = etch::max(x);
  y.backward();
  EXPECT_EQ(y.item<double>(), 4);
  EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{0, 0.5, 0.5, 0}));  // as PyTorch's
  EXPECT_EQ(etch::min(x).item<double>(), 1);
}

TEST(Features, F10_cumsum) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    Tensor x = input(golden, dtype);
    check(golden, "cumsum/" + std::to_string(dim), etch::cumsum(x, dim), {x});
  });
  Golden golden("ordering");
  expect_close(etch::cumsum(golden.tensor("special", "x"), 1), golden.tensor("special", "cumsum"),
               0);
  Tensor sums = etch::cumsum(golden.tensor("integers", "x").to(etch::i8), 1);
  EXPECT_EQ(sums.dtype(), etch::i64);
  expect_close(sums, golden.tensor("integers", "cumsum"), 0);
}

TEST(Features, F10_sort_is_stable_and_differentiable) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    for (bool descending : {false, true}) {
      Tensor x = input(golden, dtype);
      check(golden, "sort/" + std::to_string(dim) + (descending ? "d" : "a"),
            etch::sort(x, dim, descending), {x});
    }
  });
  Golden golden("ordering");
  Tensor special = golden.tensor("special", "x"), integers = golden.tensor("integers", "x");
  etch::Chosen rising = etch::sort(special, 1);
  expect_close(rising.values, golden.tensor("special", "sorted"), 0);
  expect_close(rising.indices, golden.tensor("special", "order"), 0);
  expect_close(etch::argsort(special, 1, /*descending=*/true), golden.tensor("special", "falling"),
               0);
  expect_close(etch::sort(integers).values, golden.tensor("integers", "sorted"), 0);
  expect_close(etch::argsort(integers), golden.tensor("integers", "order"), 0);
}

TEST(Features, F10_topk) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    for (bool largest : {false, true}) {
      Tensor x = input(golden, dtype);
      check(golden, "topk/" + std::to_string(dim) + (largest ? "l" : "s"),
            etch::topk(x, 3, dim, largest), {x});
    }
  });
  EXPECT_THROW(etch::topk(etch::ones({2, 3}), 4), etch::Error);
}

TEST(Features, F10_gather) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    std::string name = "gather/" + std::to_string(dim);
    Tensor x = input(golden, dtype);
    check(golden, name, etch::gather(x, dim, golden.tensor(name, "i")), {x});
  });
  EXPECT_THROW(etch::gather(etch::ones({2, 3}), 0, etch::zeros({2, 4}, etch::i64)), etch::Error);
  EXPECT_THROW(etch::gather(etch::ones({2, 3}), 0, etch::zeros({2, 3})), etch::Error);
}

TEST(Features, F10_scatter_add) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    std::string name = "scatter_add/" + std::to_string(dim);
    Tensor x = input(golden, dtype);
    Tensor src = golden.tensor(name, "src", dtype).requires_grad_();
    check(golden, name, etch::scatter_add(x, dim, golden.tensor(name, "i"), src), {x, src});
  });
}

TEST(Features, F10_index_select) {
  for_each_dim([](const Golden& golden, etch::DType dtype, int64_t dim) {
    std::string name = "index_select/" + std::to_string(dim);
    Tensor x = input(golden, dtype);
    check(golden, name, etch::index_select(x, dim, golden.tensor(name, "i")), {x});
  });
}

// Rows from a computed one on are replaced, as by slice_scatter; what falls outside is dropped.
TEST(Features, F10_update_slice) {
  auto row = [](std::vector<float> values) { return Tensor::from_data(values, {1, 3}); };
  Tensor x = etch::zeros({1, 3}).requires_grad_(), rows = row({5, 6, 7}).requires_grad_();
  auto at = [](int64_t i) { return etch::full({}, i, etch::i64); };
  EXPECT_EQ(etch::update_slice(x, 1, at(1), etch::slice(rows, 1, 0, 1)).to_vector<float>(),
            (std::vector<float>{0, 5, 0}));
  EXPECT_EQ(etch::update_slice(x, -1, at(-2), rows).to_vector<float>(),
            (std::vector<float>{7, 0, 0}));
  Tensor y = etch::update_slice(x, 1, at(2), rows);
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{0, 0, 5}));
  y.backward(row({1, 2, 3}));
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{1, 2, 0}));
  EXPECT_EQ(rows.grad().to_vector<float>(), (std::vector<float>{3, 0, 0}));
  Tensor bits = etch::update_slice(x > 0, 1, etch::cast(at(1), etch::i32), rows < 6);
  EXPECT_EQ(etch::cast(bits, etch::i64).to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 0}));
  EXPECT_THAT(error_of([&] { etch::update_slice(x, 1, etch::full({}, 1, etch::i8), rows); }),
              HasSubstr("start must be a scalar of i32 or i64, not i8 []"));
  EXPECT_THAT(error_of([&] {
                etch::update_slice(x, 0, at(0), etch::zeros({1, 2}));
              }),
              HasSubstr("rows f32 [1, 2] must be as x f32 [1, 3] but along dimension 0"));
}

// State that a program updates is written where it lies; state that somebody else holds is copied.
TEST(Features, F10_update_slice_writes_state_in_place) {
  etch::nn::KeyValueCache cache({.capacity = 3, .width = 2});
  auto append = [&](const Tensor& row, const Tensor& i) {
    auto [keys, values] = cache.append(row, row * 2, i);
    return etch::sum(keys, {-1}) + etch::sum(values, {-1});
  };
  auto step = etch::compile(append, {.profile = true});
  etch::no_grad guard;
  std::vector<float> sums(3);
  // The cache begins with the storage of a tensor that keeps its values.
  Tensor held = Tensor::from_data(std::vector<float>(6, 0), {1, 1, 3, 2});
  cache.keys = held;
  for (int64_t i : {0, 2, 1, 2, 3}) {
    Tensor row = etch::full({1, 1, 1, 2}, static_cast<double>(i + 1));
    if (i < 3) sums[i] = static_cast<float>(6 * (i + 1));
    EXPECT_EQ(step(row, etch::full({}, i, etch::i64)).to_vector<float>(), sums) << i;
  }
  EXPECT_EQ(held.to_vector<float>(), (std::vector<float>(6, 0)));
  EXPECT_NE(step.explain().find("update_slice"), std::string::npos);
}

// A row of logits is cut to its 2 largest and drawn from: the program that samples a text.
TEST(Features, F10_topk_masks_logits_in_a_compiled_program) {
  auto keep = etch::compile([](const Tensor& logits) {
    Tensor threshold = etch::slice(etch::topk(logits, 2).values, 1, 1, 2);
    return etch::where(logits < threshold, etch::full({2, 4}, -100.0), logits);
  });
  Tensor logits = Tensor::from_data(std::vector<float>{1, 4, 2, 3, 0, -1, 5, 0}, {2, 4});
  EXPECT_EQ(keep(logits).to_vector<float>(), (std::vector<float>{-100, 4, -100, 3, 0, -100, 5, 0}));
}

// A class out of range has no 1.
TEST(Features, F10_one_hot) {
  Tensor classes = Tensor::from_data<int64_t>({2, 0, 1, 5}, {2, 2});
  Tensor y = etch::one_hot(classes, 3);
  EXPECT_EQ(y.dtype(), etch::i64);
  EXPECT_EQ(y.shape(), etch::Shape({2, 2, 3}));
  EXPECT_EQ(y.to_vector<int64_t>(), (std::vector<int64_t>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0}));
}

}  // namespace
