// The etch dialect: what a traced program is made of.
#ifndef ETCH_IR_DIALECT_TD_
#define ETCH_IR_DIALECT_TD_

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "etch/ir/interfaces.td"

def Etch_Dialect : Dialect {
  let name = "etch";
  let cppNamespace = "::etch::ir";
  let summary = "Neural network programs over dense tensors of static shape";
  let description = [{
    A program is one `func.func` over tensors. It is pure: state cells (parameters, buffers,
    optimizer slots, random-number states) come in as arguments with an `etch.path` attribute and
    the cells it writes go out as results with the same attribute. Every op carries its module path
    and the user's source line as its location.

    Shapes are static. Operands of an elementwise op have one shape; broadcasting is explicit
    (`etch.reshape` to the rank of the result, then `etch.broadcast` of the extents that are 1).
    Reductions keep the reduced dimensions with extent 1.
  }];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasCanonicalizer = 1;
}

class Etch_Op<string mnemonic, list<Trait> traits = []>
    : Op<Etch_Dialect, mnemonic, traits>;

// Element types. u8 is `ui8`; bool is `i1`, one byte in memory.
def Etch_Float : AnyTypeOf<[F16, BF16, F32, F64], "f16, bf16, f32 or f64">;
def Etch_Integer : AnyTypeOf<[UI8, I8, I32, I64], "ui8, i8, i32 or i64">;
def Etch_Element : AnyTypeOf<[I1, UI8, I8, I32, I64, F16, BF16, F32, F64],
                             "i1, ui8, i8, i32, i64, f16, bf16, f32 or f64">;
def Etch_Number : AnyTypeOf<[UI8, I8, I32, I64, F16, BF16, F32, F64],
                            "ui8, i8, i32, i64, f16, bf16, f32 or f64">;

def Etch_Tensor : StaticShapeTensorOf<[Etch_Element]>;
def Etch_FloatTensor : StaticShapeTensorOf<[Etch_Float]>;
def Etch_WideFloatTensor : StaticShapeTensorOf<[AnyTypeOf<[F32, F64]>]>;
def Etch_NumberTensor : StaticShapeTensorOf<[Etch_Number]>;
def Etch_IntegerTensor : StaticShapeTensorOf<[Etch_Integer]>;
def Etch_IndexTensor : StaticShapeTensorOf<[AnyTypeOf<[I32, I64]>]>;
def Etch_BoolTensor : StaticShapeTensorOf<[I1]>;
def Etch_BitsTensor : StaticShapeTensorOf<[AnyTypeOf<[I1, UI8, I8, I32, I64]>]>;

#endif  // ETCH_IR_DIALECT_TD_
