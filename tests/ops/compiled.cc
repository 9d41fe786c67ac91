#include "etch/tests/ops/compiled.h"

#include <cstring>

#include "etch/codegen/compiler.h"
#include "etch/codegen/dialects.h"
#include "etch/ir/program.h"
#include "etch/runtime/session.h"
#include "etch/runtime/status.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace etch::testing {
namespace {

// Gives @main what the compiler wants: dialects to lower to, and names on its signature.
func::FuncOp prepare(ModuleOp module) {
  DialectRegistry registry;
  codegen::registerDialects(registry);
  module.getContext()->appendDialectRegistry(registry);
  module.getContext()->loadAllAvailableDialects();
  auto main = module.lookupSymbol<func::FuncOp>(ir::kMainName);
  OpBuilder builder(main.getContext());
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    main.setArgAttr(i, ir::kNameAttr, builder.getStringAttr("x" + std::to_string(i)));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    main.setResultAttr(i, ir::kNameAttr, builder.getStringAttr("out" + std::to_string(i)));
  return main;
}

// Makes each result the new value of a cell whose old one is an argument of its type, as long as
// there are such.
void makeState(func::FuncOp main) {
  OpBuilder builder(main.getContext());
  llvm::SmallDenseSet<unsigned> taken;
  for (unsigned r = 0; r < main.getNumResults(); ++r)
    for (unsigned a = 0; a < main.getNumArguments(); ++a) {
      if (main.getResultTypes()[r] != main.getArgumentTypes()[a] || !taken.insert(a).second)
        continue;
      auto path = builder.getStringAttr("cell" + std::to_string(a));
      main.setArgAttr(a, ir::kKindAttr, builder.getStringAttr("state"));
      main.setArgAttr(a, ir::kPathAttr, path);
      main.setResultAttr(r, ir::kKindAttr, builder.getStringAttr("state"));
      main.setResultAttr(r, ir::kPathAttr, path);
      break;
    }
}

}  // namespace

absl::StatusOr<std::vector<ir::ReferenceTensor>> compileAndRun(
    ModuleOp module, const std::vector<ir::ReferenceTensor>& inputs,
    const std::string& targetFeatures, bool donate) {
  codegen::CompileOptions options;
  options.num_threads = 2;
  options.target_features = targetFeatures;
  return compileAndRun(module, inputs, options, donate);
}

absl::StatusOr<std::vector<ir::ReferenceTensor>> compileAndRun(
    ModuleOp module, const std::vector<ir::ReferenceTensor>& inputs,
    codegen::CompileOptions options, bool donate) {
  func::FuncOp main = prepare(module);
  if (donate) makeState(main);
  SmallVector<RankedTensorType> resultTypes;
  for (Type type : main.getResultTypes()) resultTypes.push_back(cast<RankedTensorType>(type));

  options.verify = true;
  auto program = codegen::compileProgram(module, options);
  if (!program.ok()) return program.status();
  auto session = runtime::Session::create(*program);
  if (!session.ok()) return session.status();

  std::vector<std::shared_ptr<runtime::Storage>> buffers;
  std::vector<void*> inputPointers;
  std::vector<void*> resultPointers;
  for (const ir::ReferenceTensor& input : inputs) {
    auto buffer = runtime::Storage::from_bytes(ir::toBytes(input));
    if (!buffer.ok()) return buffer.status();
    inputPointers.push_back((*buffer)->data());
    buffers.push_back(*std::move(buffer));
  }
  for (auto [i, type] : llvm::enumerate(resultTypes)) {
    if (int32_t donated = (*program)->results[i].donated_input; donated >= 0) {
      resultPointers.push_back(inputPointers[donated]);
      continue;
    }
    auto buffer =
        runtime::Storage::allocate(type.getNumElements() * ir::elementBytes(type.getElementType()));
    if (!buffer.ok()) return buffer.status();
    // What the program forgets to write shows.
    std::memset((*buffer)->data(), 0xEE, (*buffer)->size());
    resultPointers.push_back((*buffer)->data());
    buffers.push_back(*std::move(buffer));
  }
  std::vector<const void*> readPointers(inputPointers.begin(), inputPointers.end());
  if (absl::Status status = (*session)->run(readPointers, resultPointers); !status.ok())
    return status;

  std::vector<ir::ReferenceTensor> results;
  for (auto [type, data] : llvm::zip_equal(resultTypes, resultPointers))
    results.push_back(ir::fromBytes(type, data));
  return results;
}

absl::StatusOr<std::string> dumpFused(ModuleOp module) {
  prepare(module);
  return codegen::dumpStage(module, "fuse", {});
}

OwningOpRef<ModuleOp> mergeFunctions(ArrayRef<func::FuncOp> mains) {
  SmallVector<Type> arguments, results;
  for (func::FuncOp main : mains) {
    llvm::append_range(arguments, main.getArgumentTypes());
    llvm::append_range(results, main.getResultTypes());
  }
  OpBuilder builder(func::FuncOp(mains.front()).getContext());
  ModuleOp module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToStart(module.getBody());
  auto merged = func::FuncOp::create(builder, builder.getUnknownLoc(), ir::kMainName,
                                     builder.getFunctionType(arguments, results));
  Block* body = merged.addEntryBlock();
  builder.setInsertionPointToStart(body);

  SmallVector<Value> values;
  unsigned next = 0;
  for (func::FuncOp main : mains) {
    IRMapping mapping;
    for (Value argument : main.getArguments()) mapping.map(argument, body->getArgument(next++));
    Block& block = main.getBody().front();
    for (Operation& op : block.without_terminator()) builder.clone(op, mapping);
    for (Value value : block.getTerminator()->getOperands())
      values.push_back(mapping.lookup(value));
  }
  func::ReturnOp::create(builder, builder.getUnknownLoc(), values);
  return module;
}

}  // namespace etch::testing
