// Random programs, mostly of movements, with their derivatives: what they compute before and after
// the stage simplify is the same. Compiler bugs show in graphs of five nodes, where folds meet.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "etch/ir/build.h"
#include "etch/ir/reference.h"
#include "etch/passes/pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

namespace etch::passes {
namespace {

using llvm::SmallVector;
using mlir::Value;

constexpr int kPrograms = 600;
constexpr int kOps = 9;
constexpr int64_t kMaxElements = 400;

class ProgramWriter {
 public:
  ProgramWriter(mlir::MLIRContext& context, unsigned seed) : builder_(&context), random_(seed) {}

  // A function of two arguments that require gradients; result 0 is a scalar that depends on all
  // that was built.
  mlir::OwningOpRef<mlir::ModuleOp> write() {
    mlir::Location loc = builder_.getUnknownLoc();
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(builder_, loc);
    mlir::Type element = builder_.getF64Type();
    SmallVector<mlir::Type> arguments = {mlir::RankedTensorType::get(pickShape(), element),
                                         mlir::RankedTensorType::get(pickShape(), element)};
    auto scalar = mlir::RankedTensorType::get({}, element);
    builder_.setInsertionPointToEnd(module->getBody());
    auto main = mlir::func::FuncOp::create(builder_, loc, "main",
                                           builder_.getFunctionType(arguments, scalar));
    mlir::Block* body = main.addEntryBlock();
    builder_.setInsertionPointToStart(body);
    for (Value argument : body->getArguments()) values_.push_back(argument);
    for (unsigned i = 0; i < arguments.size(); ++i)
      main.setArgAttr(i, "etch.requires_grad", builder_.getUnitAttr());
    for (int i = 0; i < kOps; ++i) {
      Value value = step();
      if (ir::tensorType(value).getNumElements() <= kMaxElements) values_.push_back(value);
    }
    Value total = ir::Emitter(builder_, loc).splat(scalar, 0);
    for (Value value : values_) total = emit().add(total, weightedSum(value));
    mlir::func::ReturnOp::create(builder_, loc, total);
    return module;
  }

 private:
  ir::Emitter emit() { return {builder_, builder_.getUnknownLoc()}; }
  int64_t pick(int64_t count) { return static_cast<int64_t>(random_() % count); }
  Value pickValue() { return values_[pick(values_.size())]; }

  SmallVector<int64_t> pickShape() {
    SmallVector<int64_t> shape(pick(4));
    for (int64_t& extent : shape) extent = 1 + pick(3);
    return shape;
  }

  // Elements count differently, so that one in the wrong place shows.
  Value weightedSum(Value x) {
    auto e = emit();
    SmallVector<int64_t> flat = {ir::tensorType(x).getNumElements()};
    Value iota = e.make<ir::IotaOp>(flat, 0, builder_.getF64Type());
    Value weights = e.add(iota, e.like(iota, 1));
    Value sum = e.sum(e.mul(e.reshape(x, flat), weights), {0});
    return e.reshape(sum, {});
  }

  // A value of the type of `x`: another one if there is one, or a constant.
  Value partner(Value x) {
    SmallVector<Value> same;
    for (Value value : values_)
      if (value.getType() == x.getType()) same.push_back(value);
    int64_t choice = pick(same.size() + 1);
    if (choice < static_cast<int64_t>(same.size())) return same[choice];
    return emit().like(x, static_cast<double>(pick(3)));
  }

  Value step() {
    using Maker = Value (ProgramWriter::*)(Value);
    static constexpr Maker kMakers[] = {
        &ProgramWriter::unary,       &ProgramWriter::binary,    &ProgramWriter::binary,
        &ProgramWriter::reshape,     &ProgramWriter::transpose, &ProgramWriter::broadcast,
        &ProgramWriter::slice,       &ProgramWriter::slice,     &ProgramWriter::pad,
        &ProgramWriter::padOfSlices, &ProgramWriter::concat,    &ProgramWriter::reduce,
        &ProgramWriter::select,      &ProgramWriter::matmul,    &ProgramWriter::rows,
        &ProgramWriter::composed};
    return (this->*kMakers[pick(std::size(kMakers))])(pickValue());
  }

  Value unary(Value x) {
    auto e = emit();
    switch (pick(4)) {
      case 0:
        return e.neg(x);
      case 1:
        return e.make<ir::TanhOp>(x);
      case 2:
        return e.make<ir::DetachOp>(x);
      default:
        return e.make<ir::PowOp>(x, e.like(x, static_cast<double>(pick(4))));
    }
  }

  Value binary(Value x) {
    auto e = emit();
    Value y = partner(x);
    switch (pick(4)) {
      case 0:
        return e.sub(x, y);
      case 1:
        return e.mul(x, y);
      case 2:
        return e.make<ir::MaximumOp>(x, y);
      default:
        return e.add(x, y);
    }
  }

  Value reshape(Value x) {
    SmallVector<int64_t> shape = llvm::to_vector(ir::shapeOf(x));
    if (!shape.empty() && pick(2) == 0) {  // merge two, or split off a unit
      int64_t last = shape.pop_back_val();
      if (shape.empty())
        shape = {1, last, 1};
      else
        shape.back() *= last;
    } else {
      shape.insert(shape.begin() + pick(shape.size() + 1), 1);
    }
    return emit().make<ir::ReshapeOp>(x, shape);
  }

  Value transpose(Value x) {
    SmallVector<int64_t> permutation(ir::shapeOf(x).size());
    std::iota(permutation.begin(), permutation.end(), 0);
    std::shuffle(permutation.begin(), permutation.end(), random_);
    return emit().make<ir::TransposeOp>(x, permutation);
  }

  Value broadcast(Value x) {
    SmallVector<int64_t> shape = llvm::to_vector(ir::shapeOf(x));
    for (int64_t& extent : shape)
      if (extent == 1) extent = 1 + pick(3);
    return emit().make<ir::BroadcastOp>(x, shape);
  }

  Value slice(Value x) {
    SmallVector<int64_t> offsets, sizes, strides;
    for (int64_t extent : ir::shapeOf(x)) {
      int64_t offset = pick(extent), stride = 1 + pick(2);
      offsets.push_back(offset);
      strides.push_back(stride);
      sizes.push_back(1 + pick((extent - 1 - offset) / stride + 1));
    }
    return emit().make<ir::SliceOp>(x, offsets, sizes, strides);
  }

  Value pad(Value x) {
    SmallVector<int64_t> low, high, interior;
    for (size_t dim = 0; dim < ir::shapeOf(x).size(); ++dim) {
      low.push_back(pick(2));
      high.push_back(pick(2));
      interior.push_back(pick(4) == 0 ? 1 : 0);
    }
    return emit().pad(x, low, high, interior);
  }

  // A split, something done to the parts, and the sum of their pads.
  Value padOfSlices(Value x) {
    SmallVector<int64_t> shape = llvm::to_vector(ir::shapeOf(x));
    if (shape.empty()) return x;
    auto e = emit();
    int64_t dim = pick(shape.size()), cut = 1 + pick(shape[dim]);
    SmallVector<int64_t> none(shape.size(), 0), after = none, before = none;
    after[dim] = shape[dim] - cut;
    before[dim] = cut;
    Value first = e.neg(e.sliceAlong(x, dim, 0, cut));
    Value rest = e.sliceAlong(x, dim, cut, shape[dim] - cut);
    Value a = e.pad(first, none, after, none);
    Value b = e.pad(rest, before, none, none);
    Value sum = pick(2) == 0 ? e.add(a, b) : e.add(b, a);
    return pick(2) == 0 ? sum : e.add(e.add(a, partner(sum)), b);
  }

  Value concat(Value x) {
    SmallVector<int64_t> shape = llvm::to_vector(ir::shapeOf(x));
    if (shape.empty()) return x;
    int64_t dim = pick(shape.size());
    SmallVector<Value> parts = {x};
    for (int64_t i = pick(3); i > 0; --i) {
      Value y = partner(x);
      parts.push_back(emit().sliceAlong(y, dim, 0, pick(shape[dim] + 1)));
    }
    return emit().make<ir::ConcatOp>(parts, dim);
  }

  Value reduce(Value x) {
    SmallVector<int64_t> dims;
    for (size_t dim = 0; dim < ir::shapeOf(x).size(); ++dim)
      if (pick(2) == 0) dims.push_back(dim);
    switch (pick(4)) {
      case 0:
        return emit().make<ir::ReduceMaxOp>(x, dims);
      case 1:
        return emit().make<ir::ReduceProdOp>(x, dims);
      default:
        return emit().make<ir::ReduceSumOp>(x, dims);
    }
  }

  Value select(Value x) {
    auto e = emit();
    Value y = partner(x);
    return e.select(e.compare(static_cast<ir::Comparison>(pick(6)), x, partner(x)), x, y);
  }

  Value matmul(Value x) {
    auto e = emit();
    if (ir::shapeOf(x).size() < 2) return e.mul(x, x);
    SmallVector<int64_t> swapped(ir::shapeOf(x).size());
    std::iota(swapped.begin(), swapped.end(), 0);
    std::swap(swapped[swapped.size() - 1], swapped[swapped.size() - 2]);
    Value y = partner(x);
    if (pick(2) == 0) return e.make<ir::MatmulOp>(x, y, false, true);
    return e.make<ir::MatmulOp>(x, e.transpose(y, swapped), false, false);
  }

  Value rows(Value x) {
    auto e = emit();
    if (ir::shapeOf(x).empty()) return x;
    SmallVector<int64_t> count = {1 + pick(3)};
    Value indices = e.make<ir::IotaOp>(count, 0, builder_.getI64Type());
    Value read = e.make<ir::GatherOp>(x, indices);
    return pick(2) == 0 ? read : e.make<ir::ScatterAddOp>(indices, read, 1 + pick(4));
  }

  Value composed(Value x) {
    auto e = emit();
    if (ir::shapeOf(x).empty()) return x;
    int64_t dim = pick(ir::shapeOf(x).size());
    if (pick(2) == 0) return e.make<ir::SoftmaxOp>(x, dim);
    return e.make<ir::LogSoftmaxOp>(x, dim);
  }

  mlir::OpBuilder builder_;
  std::mt19937 random_;
  SmallVector<Value> values_;
};

std::vector<ir::ReferenceTensor> evaluate(mlir::ModuleOp module, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.2, 1.5);
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  std::vector<ir::ReferenceTensor> arguments;
  for (mlir::Type type : main.getArgumentTypes()) {
    auto tensor = ir::ReferenceTensor::zeros(llvm::cast<mlir::RankedTensorType>(type));
    for (double& x : tensor.floats) x = uniform(random);
    arguments.push_back(std::move(tensor));
  }
  auto results = ir::evaluateFunction(main, arguments, {.double_precision = true});
  EXPECT_TRUE(succeeded(results));
  return succeeded(results) ? *results : std::vector<ir::ReferenceTensor>();
}

bool agree(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

bool agree(const std::vector<ir::ReferenceTensor>& a, const std::vector<ir::ReferenceTensor>& b) {
  if (a.size() != b.size()) return false;
  for (auto [x, y] : llvm::zip(a, b))
    for (auto [u, v] : llvm::zip_equal(x.floats, y.floats))
      if (!agree(u, v)) return false;
  return true;
}

bool run(mlir::ModuleOp module, void (*build)(mlir::OpPassManager&)) {
  mlir::PassManager manager(module.getContext());
  manager.enableVerifier();
  build(manager);
  return succeeded(manager.run(module)) && succeeded(mlir::verify(module));
}

std::string textOf(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

TEST(MovementPrograms, ComputeTheSameAfterSimplify) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<ir::EtchDialect, mlir::func::FuncDialect>();
  int changed = 0;
  for (unsigned seed = 1; seed <= kPrograms; ++seed) {
    auto module = ProgramWriter(context, seed).write();
    ASSERT_TRUE(succeeded(mlir::verify(*module)));
    ASSERT_TRUE(run(*module, buildAutodiffPipeline)) << textOf(*module);
    std::string before = textOf(*module);
    auto expected = evaluate(*module, seed);
    ASSERT_EQ(expected.size(), 3u);  // the scalar and two gradients
    ASSERT_TRUE(run(*module, buildSimplifyPipeline)) << before;
    EXPECT_TRUE(agree(expected, evaluate(*module, seed))) << "seed " << seed << "\n"
                                                          << before << "\nbecame\n"
                                                          << textOf(*module);
    if (textOf(*module) != before) ++changed;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(changed, kPrograms / 2) << "the stage had nothing to do";
}

// What simplify leaves, it leaves: a second run finds nothing to do, so that stages may be repeated
// and identical kernels stay identical.
TEST(MovementPrograms, SimplifyHasNothingToDoTwice) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<ir::EtchDialect, mlir::func::FuncDialect>();
  int stable = 0;
  for (unsigned seed = 1; seed <= kPrograms; ++seed) {
    auto module = ProgramWriter(context, seed).write();
    ASSERT_TRUE(run(*module, buildAutodiffPipeline));
    ASSERT_TRUE(run(*module, buildSimplifyPipeline));
    auto numOps = [&] {
      int count = 0;
      module->walk([&](mlir::Operation*) { ++count; });
      return count;
    };
    int once = numOps();
    ASSERT_TRUE(run(*module, buildSimplifyPipeline));
    EXPECT_LE(numOps(), once) << "seed " << seed;
    if (numOps() == once) ++stable;
  }
  EXPECT_GT(stable, kPrograms * 9 / 10);
}

}  // namespace
}  // namespace etch::passes
