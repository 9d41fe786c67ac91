#include "etch/passes/fusion/fuse.h"

#include <cctype>

#include "etch/ir/build.h"
#include "etch/ir/program.h"
#include "etch/passes/fusion/clusters.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "mlir/IR/IRMapping.h"

namespace etch::passes {
namespace {

using namespace mlir;
using ir::FusionRole;

// Replaces result values that have no kernel of their own (arguments, constants, values returned
// twice) by identity reshapes, which the plan turns into copies.
void separateResults(Block& block) {
  Operation* terminator = block.getTerminator();
  OpBuilder builder(terminator);
  llvm::SmallDenseSet<Value> seen;
  for (OpOperand& operand : terminator->getOpOperands()) {
    Value value = operand.get();
    Operation* def = value.getDefiningOp();
    bool twice = !seen.insert(value).second;
    if (def && !isa<ir::ConstantOp>(def) && !twice) continue;
    auto type = cast<RankedTensorType>(value.getType());
    operand.set(ir::ReshapeOp::create(builder, value.getLoc(), type, value,
                                      builder.getDenseI64ArrayAttr(type.getShape())));
  }
}

// Where a transpose is among the readers of what an op writes in any order, all others read through
// it: the plan has the op write the transpose.
void readThroughTransposes(Block& block) {
  for (Operation& op : block) {
    if (!op.hasTrait<ir::StridedResults>()) continue;
    for (Value result : op.getResults()) {
      auto transposes = llvm::make_filter_range(result.getUsers(), llvm::IsaPred<ir::TransposeOp>);
      if (transposes.empty() || result.hasOneUse()) continue;
      auto transpose = cast<ir::TransposeOp>(*transposes.begin());
      transpose->moveAfter(&op);
      OpBuilder builder(block.getParentOp()->getContext());
      builder.setInsertionPointAfter(transpose);
      Value back =
          ir::Emitter(builder, transpose.getLoc())
              .transpose(transpose.getResult(), ir::inversePermutation(transpose.getPermutation()));
      result.replaceUsesWithIf(back, [&](OpOperand& use) { return use.getOwner() != transpose; });
    }
  }
}

// Makes the kernel function of one cluster.
class Outliner {
 public:
  Outliner(const FusionPlan& plan, ModuleOp module) : plan_(plan), module_(module) {}

  struct Kernel {
    func::FuncOp function;
    SmallVector<Value> inputs;   // in main
    SmallVector<Value> outputs;  // in main: what the results replace
  };

  Kernel outline(const Cluster& cluster, int index) {
    Kernel kernel;
    mapping_.clear();
    arguments_.clear();
    SmallVector<Location> locations;
    for (Operation* op : cluster.ops) locations.push_back(op->getLoc());
    Location loc = FusedLoc::get(module_.getContext(), locations);
    OpBuilder builder(module_.getContext());
    function_ = func::FuncOp::create(loc, "kernel", builder.getFunctionType({}, {}));
    function_.setPrivate();
    function_->setAttr(kKernelAttr, builder.getUnitAttr());
    Block* block = function_.addEntryBlock();
    builder.setInsertionPointToEnd(block);

    for (Operation* op : cluster.ops) cloneInto(op, builder, index);
    SmallVector<Value> results;
    for (Operation* op : cluster.ops) {
      for (Value result : op->getResults()) {
        if (Value exported = exportOf(result, index)) {
          for (Operation* view : viewsTo(exported, result)) builder.clone(*view, mapping_);
          kernel.outputs.push_back(exported);
          results.push_back(mapping_.lookup(exported));
        }
      }
    }
    func::ReturnOp::create(builder, loc, results);
    function_.setType(
        builder.getFunctionType(block->getArgumentTypes(), ValueRange(results).getTypes()));
    kernel.function = function_;
    kernel.inputs.assign(arguments_.begin(), arguments_.end());
    markInPlace(cluster, kernel, results);
    function_.setName(kernelName(cluster, loc));
    return kernel;
  }

 private:
  // The value of the kernel that stands for `value` of main.
  Value lookup(Value value, OpBuilder& builder, int index) {
    if (Value mapped = mapping_.lookupOrNull(value)) return mapped;
    Operation* def = value.getDefiningOp();
    bool outside = !def || plan_.isComputed(def) || exported_.contains(value);
    if (!outside && isa<ir::ConstantOp>(def)) outside = fusionRole(def) != FusionRole::kInline;
    if (outside) {
      arguments_.insert(value);
      Value argument = function_.front().addArgument(value.getType(), value.getLoc());
      mapping_.map(value, argument);
      return argument;
    }
    cloneInto(def, builder, index);
    return mapping_.lookup(value);
  }

  void cloneInto(Operation* op, OpBuilder& builder, int index) {
    SmallVector<Value> operands;
    for (OpOperand& operand : op->getOpOperands())
      if (!onlyOrders(operand)) operands.push_back(lookup(operand.get(), builder, index));
    builder.clone(*op, mapping_)->setOperands(operands);
  }

  bool usedOutside(Value value, int index) {
    return llvm::any_of(value.getUses(), [&](OpOperand& use) {
      Operation* user = use.getOwner();
      if (onlyOrders(use)) return false;
      if (plan_.isComputed(user)) return plan_.clusterOf(user) != index;
      if (user->hasTrait<OpTrait::IsTerminator>()) return true;
      return llvm::any_of(user->getResults(), [&](Value v) { return usedOutside(v, index); });
    });
  }

  // What the kernel hands out for `value`: null when nobody outside reads it; the transpose of it
  // when that is all that is read, so that the kernel writes in the order its reader wants.
  Value exportOf(Value value, int index) {
    // An op that stands alone works in the memory of all its results, but for those that it writes
    // in another order.
    if (plan_.clusters()[index].isolated) return plan_.isPlaced(value) ? nullptr : value;
    if (!usedOutside(value, index)) return nullptr;
    if (value.hasOneUse()) {
      Operation* user = *value.getUsers().begin();
      // What is viewed further is read in place, in the order in which it was computed.
      bool read = llvm::all_of(user->getUsers(), [&](Operation* reader) {
        return plan_.isComputed(reader) && !isa<ir::ViewOpInterface>(reader);
      });
      if (isa<ir::TransposeOp>(user) && !plan_.isComputed(user) && read &&
          !isReturnedThroughViews(user->getResult(0))) {
        exported_.insert(user->getResult(0));
        return user->getResult(0);
      }
    }
    return value;
  }

  // The host function reads a view that is not computed as another shape of its base, which must
  // then be what the kernel hands out.
  bool isReturnedThroughViews(Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation* user) {
      if (isHostUser(user)) return true;
      return !plan_.isComputed(user) && llvm::any_of(user->getResults(), [&](Value result) {
        return isReturnedThroughViews(result);
      });
    });
  }

  SmallVector<Operation*> viewsTo(Value exported, Value value) {
    if (exported == value) return {};
    return {exported.getDefiningOp()};
  }

  // A pointwise kernel, or a product with an epilogue, may write a result over an argument of the
  // same type that it reads at the same index only; an op that stands alone over what it updates.
  void markInPlace(const Cluster& cluster, const Kernel& kernel, ArrayRef<Value> results) {
    SmallVector<int64_t> pairs;
    if (!cluster.domain.reduced.empty()) return;
    if (cluster.isolated) {
      Value updated = updatedOperand(cluster.ops.front());
      auto argument = updated ? dyn_cast<BlockArgument>(mapping_.lookup(updated)) : BlockArgument();
      if (argument && argument.hasOneUse()) markInPlace({0, argument.getArgNumber()});
      return;
    }
    for (auto [r, output] : llvm::enumerate(kernel.outputs)) {
      if (!llvm::is_contained(cluster.ops, output.getDefiningOp())) continue;  // transposed
      for (BlockArgument argument : function_.getArguments()) {
        if (argument.getType() != results[r].getType()) continue;
        bool same_index = llvm::all_of(argument.getUsers(), [](Operation* user) {
          return isa<ir::ElementwiseOpInterface>(user) || user->hasTrait<OpTrait::ReturnLike>();
        });
        if (same_index) pairs.append({static_cast<int64_t>(r), argument.getArgNumber()});
      }
    }
    if (!pairs.empty()) markInPlace(pairs);
  }

  void markInPlace(ArrayRef<int64_t> pairs) {
    function_->setAttr(kInPlaceAttr, DenseI64ArrayAttr::get(module_.getContext(), pairs));
  }

  // "h_0_attn_softmax": the module path and what ends the kernel, for profilers and dumps.
  std::string kernelName(const Cluster& cluster, Location loc) {
    std::string name = ir::modulePath(ir::innermostLocation(loc));
    for (char& c : name)
      if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    // An op that stands alone comes before what it dissolves.
    Operation* main_op = cluster.isolated ? cluster.ops.front() : cluster.ops.back();
    for (Operation* op : cluster.ops) {
      FusionRole role = fusionRole(op);
      if (role == FusionRole::kContraction || role == FusionRole::kReduction) main_op = op;
      if (role == FusionRole::kContraction) break;
    }
    if (!name.empty()) name += "_";
    return name + main_op->getName().stripDialect().str();
  }

  const FusionPlan& plan_;
  ModuleOp module_;
  func::FuncOp function_;
  IRMapping mapping_;
  llvm::SetVector<Value> arguments_;
  // Views that kernels hand out in place of what they view.
  llvm::SmallDenseSet<Value> exported_;
};

std::string fingerprint(func::FuncOp kernel) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string name = kernel.getName().str();
  kernel.setName("k");
  kernel->print(os, OpPrintingFlags().printGenericOpForm().useLocalScope().enableDebugInfo(false));
  kernel.setName(name);
  return text;
}

struct FusePass : PassWrapper<FusePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FusePass)
  StringRef getArgument() const override { return "etch-fuse"; }
  StringRef getDescription() const override {
    return "Move the body of @main into kernels; kernels that are equal become one";
  }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<ir::EtchDialect, func::FuncDialect>();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>(ir::kMainName);
    if (!main) {
      module.emitError("the program has no function @main");
      return signalPassFailure();
    }
    known_.clear();
    if (failed(fuseBlock(main.front()))) signalPassFailure();
  }

  // Leaves launches, control ops (whose regions are fused likewise) and what costs nothing.
  LogicalResult fuseBlock(Block& block) {
    for (auto control : block.getOps<ir::ControlOpInterface>())
      for (Region& region : control->getRegions())
        if (failed(fuseBlock(region.front()))) return failure();
    separateResults(block);
    readThroughTransposes(block);
    FusionPlan plan = FusionPlan::build(block);
    Operation* terminator = block.getTerminator();
    OpBuilder builder(terminator);
    Outliner outliner(plan, getOperation());
    IRMapping fused;  // values of the block that kernels have already replaced
    for (auto [index, cluster] : llvm::enumerate(plan.clusters())) {
      if (cluster.host)
        rebuild(cluster.ops.front(), builder, fused, plan);
      else
        launch(cluster, outliner.outline(cluster, index), builder, fused);
    }
    // What is left of the block reads the launches: views of results, and the end.
    for (OpOperand& operand : terminator->getOpOperands())
      operand.set(remap(operand.get(), builder, fused, plan));
    eraseDead(block);
    for (Operation& op : block.without_terminator())
      if (!isa<ir::LaunchOp, ir::ConstantOp, ir::ReshapeOp, ir::ControlOpInterface>(op))
        return op.emitError("was left out of every kernel");
    return success();
  }

  void launch(const Cluster& cluster, Outliner::Kernel kernel, OpBuilder& builder,
              IRMapping& fused) {
    auto [entry, fresh] = known_.try_emplace(fingerprint(kernel.function), kernel.function);
    if (fresh) {
      kernel.function.setName("k" + std::to_string(known_.size() - 1) + "_" +
                              kernel.function.getName().str());
      getOperation().push_back(kernel.function);
    } else {
      kernel.function.erase();
    }
    SmallVector<Value> inputs;
    for (Value input : kernel.inputs) inputs.push_back(fused.lookupOrDefault(input));
    SmallVector<Location> locations;
    for (Operation* op : cluster.ops) locations.push_back(op->getLoc());
    auto launch = ir::LaunchOp::create(builder, FusedLoc::get(&getContext(), locations),
                                       ValueRange(kernel.outputs).getTypes(),
                                       FlatSymbolRefAttr::get(entry->second.getNameAttr()), inputs);
    for (auto [output, result] : llvm::zip(kernel.outputs, launch.getResults()))
      fused.map(output, result);
  }

  // The control op `op`, on what kernels have made of its operands.
  void rebuild(Operation* op, OpBuilder& builder, IRMapping& fused, const FusionPlan& plan) {
    IRMapping operands;
    for (Value operand : op->getOperands())
      operands.map(operand, remap(operand, builder, fused, plan));
    Operation* copy = builder.clone(*op, operands);
    fused.map(op->getResults(), copy->getResults());
  }

  // What the host function reads in the place of `value`.
  Value remap(Value value, OpBuilder& builder, IRMapping& fused, const FusionPlan& plan) {
    if (Value mapped = fused.lookupOrNull(value)) return mapped;
    Value base = plan.baseOf(value);
    if (base == value) return value;
    // All of a computed value under another shape: the plan copies every other view.
    auto type = cast<RankedTensorType>(value.getType());
    return ir::ReshapeOp::create(builder, value.getLoc(), type, fused.lookupOrDefault(base),
                                 builder.getDenseI64ArrayAttr(type.getShape()));
  }

  static void eraseDead(Block& block) {
    Operation* terminator = block.getTerminator();
    for (Operation& op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (&op != terminator && isOpTriviallyDead(&op)) op.erase();
  }

  llvm::StringMap<func::FuncOp> known_;  // kernels by their text
};

}  // namespace

std::unique_ptr<Pass> createFusePass() { return std::make_unique<FusePass>(); }

}  // namespace etch::passes
