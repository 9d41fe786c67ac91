// View layouts against their meaning: the element that the result has at an index is found at the
// address that the layout computes, and reshape gives up only where no strides could do it.
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "etch/ir/build.h"
#include "mlir/IR/MLIRContext.h"

namespace etch::ir {
namespace {

using llvm::ArrayRef;
using llvm::SmallVector;

// Addresses of all elements in row-major order.
std::vector<int64_t> addresses(const StridedLayout& layout) {
  std::vector<int64_t> result = {layout.offset};
  for (auto [extent, stride] : llvm::zip(layout.shape, layout.strides)) {
    std::vector<int64_t> next;
    for (int64_t base : result)
      for (int64_t i = 0; i < extent; ++i) next.push_back(base + i * stride);
    result = std::move(next);
  }
  return result;
}

// Strides under which `shape` reads `wanted`, if there are any: each dimension's stride is the
// distance between the first two elements along it.
std::optional<StridedLayout> layoutFor(const std::vector<int64_t>& wanted,
                                       ArrayRef<int64_t> shape) {
  StridedLayout layout{wanted.empty() ? 0 : wanted[0], llvm::to_vector(shape), {}};
  SmallVector<int64_t> dense = denseStrides(shape);
  for (auto [extent, step] : llvm::zip(shape, dense))
    layout.strides.push_back(extent > 1 && !wanted.empty() ? wanted[step] - wanted[0] : 0);
  if (addresses(layout) != wanted) return std::nullopt;
  return layout;
}

class ViewLayout : public testing::Test {
 protected:
  ViewLayout() { context_.loadDialect<EtchDialect>(); }

  // The view op `OpTy` of an operand of this shape.
  template <typename OpTy, typename... Args>
  OpTy make(ArrayRef<int64_t> shape, Args&&... args) {
    mlir::OpBuilder builder(&context_);
    auto type = mlir::RankedTensorType::get(shape, builder.getF32Type());
    auto operand = ConstantOp::create(builder, builder.getUnknownLoc(), splatAttr(type, 0));
    auto op = OpTy::create(builder, builder.getUnknownLoc(), operand, std::forward<Args>(args)...);
    ops_.emplace_back(operand);
    ops_.emplace_back(op);
    return op;
  }

  ~ViewLayout() override {
    for (mlir::Operation* op : llvm::reverse(ops_)) op->destroy();
  }

  mlir::MLIRContext context_;
  std::vector<mlir::Operation*> ops_;
};

TEST_F(ViewLayout, BroadcastRepeatsWithStrideZero) {
  StridedLayout source{5, {1, 3}, {7, 2}};
  auto view = make<BroadcastOp>({1, 3}, ArrayRef<int64_t>{4, 3}).viewLayout(source);
  ASSERT_TRUE(succeeded(view));
  EXPECT_EQ(addresses(*view), (std::vector<int64_t>{5, 7, 9, 5, 7, 9, 5, 7, 9, 5, 7, 9}));
}

TEST_F(ViewLayout, TransposeMovesStrides) {
  StridedLayout source{1, {2, 3}, {10, 1}};
  auto view = make<TransposeOp>({2, 3}, ArrayRef<int64_t>{1, 0}).viewLayout(source);
  ASSERT_TRUE(succeeded(view));
  EXPECT_EQ(addresses(*view), (std::vector<int64_t>{1, 11, 2, 12, 3, 13}));
}

TEST_F(ViewLayout, SliceMovesTheOffsetAndStretchesStrides) {
  StridedLayout source{100, {8}, {-3}};
  auto view = make<SliceOp>({8}, ArrayRef<int64_t>{1}, ArrayRef<int64_t>{3}, ArrayRef<int64_t>{2})
                  .viewLayout(source);
  ASSERT_TRUE(succeeded(view));
  EXPECT_EQ(addresses(*view), (std::vector<int64_t>{97, 91, 85}));
}

TEST_F(ViewLayout, ReverseTurnsStridesAround) {
  StridedLayout source{1, {2, 3}, {10, 2}};
  auto view = make<ReverseOp>({2, 3}, ArrayRef<int64_t>{1}).viewLayout(source);
  ASSERT_TRUE(succeeded(view));
  EXPECT_EQ(addresses(*view), (std::vector<int64_t>{5, 3, 1, 15, 13, 11}));
}

TEST_F(ViewLayout, WindowsOverlap) {
  StridedLayout source{1, {5}, {10}};
  using List = ArrayRef<int64_t>;
  auto view = make<WindowsOp>({5}, List{2}, List{1}, List{2}).viewLayout(source);
  ASSERT_TRUE(succeeded(view));
  EXPECT_EQ(view->shape, (SmallVector<int64_t>{2, 3}));
  EXPECT_EQ(addresses(*view), (std::vector<int64_t>{1, 11, 21, 21, 31, 41}));
  EXPECT_FALSE(view->isDense());
}

TEST_F(ViewLayout, ReshapeOfADenseArrayIsDense) {
  const std::vector<SmallVector<int64_t>> shapes = {{24}, {4, 6}, {2, 3, 4}, {1, 24, 1}, {3, 1, 8}};
  for (const SmallVector<int64_t>& shape : shapes) {
    auto view = make<ReshapeOp>({2, 12}, ArrayRef<int64_t>(shape))
                    .viewLayout(StridedLayout::dense({2, 12}));
    ASSERT_TRUE(succeeded(view));
    EXPECT_TRUE(view->isDense());
  }
}

TEST_F(ViewLayout, ReshapeOfNothingIsAView) {
  auto view = make<ReshapeOp>({0, 4}, ArrayRef<int64_t>{2, 0}).viewLayout({3, {0, 4}, {9, 2}});
  ASSERT_TRUE(succeeded(view));
  EXPECT_EQ(view->shape, (SmallVector<int64_t>{2, 0}));
}

// All splittings and mergings of small shapes, over dense, transposed, sliced and broadcast memory.
TEST_F(ViewLayout, ReshapeIsAViewExactlyWhereStridesExist) {
  std::mt19937 random(7);
  auto pick = [&](int64_t n) { return static_cast<int64_t>(random() % n); };
  const std::vector<SmallVector<int64_t>> shapes = {
      {},      {1},       {1, 1},    {12},         {3, 4},       {4, 3},
      {2, 6},  {6, 2},    {2, 2, 3}, {3, 2, 2},    {2, 3, 2},    {1, 12},
      {12, 1}, {3, 1, 4}, {1, 3, 4}, {2, 1, 6, 1}, {2, 2, 3, 1}, {1, 2, 1, 2, 3}};
  int views = 0, copies = 0;
  for (int round = 0; round < 4000; ++round) {
    const auto& from = shapes[pick(shapes.size())];
    const auto& to = shapes[pick(shapes.size())];
    StridedLayout source = StridedLayout::dense(from), target = StridedLayout::dense(to);
    if (addresses(source).size() != addresses(target).size()) continue;
    source.offset = pick(3);
    for (int64_t& stride : source.strides) {
      if (pick(4) == 0) stride = 0;
      if (pick(4) == 0) stride *= 2;
      if (pick(8) == 0) stride = pick(20);
    }
    if (source.strides.size() > 1 && pick(3) == 0) std::swap(source.strides[0], source.strides[1]);

    std::optional<StridedLayout> expected = layoutFor(addresses(source), to);
    auto view = make<ReshapeOp>(from, ArrayRef<int64_t>(to)).viewLayout(source);
    ASSERT_EQ(succeeded(view), expected.has_value()) << "round " << round;
    if (!expected) {
      ++copies;
      continue;
    }
    ++views;
    EXPECT_EQ(addresses(*view), addresses(source)) << "round " << round;
  }
  EXPECT_GT(views, 200);
  EXPECT_GT(copies, 200);
}

TEST(StridedLayout, IsDenseOnlyFromTheStartAndWithoutGaps) {
  EXPECT_TRUE(StridedLayout::dense({2, 3}).isDense());
  EXPECT_TRUE((StridedLayout{0, {2, 1, 3}, {3, 99, 1}}).isDense()) << "extent 1 is never stepped";
  EXPECT_TRUE((StridedLayout{0, {}, {}}).isDense());
  EXPECT_FALSE((StridedLayout{1, {2, 3}, {3, 1}}).isDense());
  EXPECT_FALSE((StridedLayout{0, {2, 3}, {4, 1}}).isDense());
  EXPECT_FALSE((StridedLayout{0, {2, 3}, {1, 2}}).isDense());
}

}  // namespace
}  // namespace etch::ir
