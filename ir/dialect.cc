#include "etch/ir/dialect.h"

#include "etch/ir/build.h"

#include "etch/ir/dialect.cc.inc"
#include "etch/ir/enums.cc.inc"
#include "etch/ir/interfaces.cc.inc"
#include "etch/ir/ops/type_rules.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/DialectImplementation.h"

#define GET_ATTRDEF_CLASSES
#include "etch/ir/attributes.cc.inc"

#define GET_OP_CLASSES
#include "etch/ir/ops.cc.inc"

namespace etch::ir {

void EtchDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "etch/ir/attributes.cc.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "etch/ir/ops.cc.inc"
      >();
}

mlir::Operation* EtchDialect::materializeConstant(mlir::OpBuilder& builder, mlir::Attribute value,
                                                  mlir::Type type, mlir::Location loc) {
  auto elements = llvm::dyn_cast<mlir::ElementsAttr>(value);
  if (!elements || elements.getType() != type) return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

}  // namespace etch::ir
