// One result element from the operands' elements at the same index.
#ifndef ETCH_IR_OPS_ELEMENTWISE_TD_
#define ETCH_IR_OPS_ELEMENTWISE_TD_

include "etch/ir/dialect.td"

// Most ops share one type rule, `inferSameType` of ops/type_rules.h.
class Etch_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : Etch_Op<mnemonic, !listconcat(traits, [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_ElementwiseOpInterface>])> {
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

class Etch_UnaryOp<string mnemonic, string meaning, Type operand = Etch_FloatTensor,
                   list<Trait> traits = [DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>]>
    : Etch_ElementwiseOp<mnemonic, traits> {
  let summary = "Elementwise " # meaning;
  let description = "    result[i] = " # meaning # [{.

    Constraints:
    * (C1) the result has the type of the operand.

    Example:
    ```mlir
    %y = etch.}] # mnemonic # [{ %x : (tensor<8x64xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins operand:$input);
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext*, std::optional<::mlir::Location> loc, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type>& types) {
      return inferSameType(getOperationName(), loc, adaptor.getOperands(), types);
    }
  }];
}

class Etch_BinaryOp<string mnemonic, string meaning, Type operand = Etch_NumberTensor,
                    string example_type = "tensor<8x64xf32>",
                    list<Trait> traits = [DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>]>
    : Etch_ElementwiseOp<mnemonic, traits> {
  let summary = "Elementwise " # meaning;
  let description = "    result[i] = " # meaning # [{.

    Constraints:
    * (C1) the operands have one type, which is that of the result.

    Example:
    ```mlir
    %y = etch.}] # mnemonic # " %a, %b : (" # example_type # ", " # example_type # ") -> "
    # example_type # [{
    ```
  }];
  let arguments = (ins operand:$lhs, operand:$rhs);
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext*, std::optional<::mlir::Location> loc, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type>& types) {
      return inferSameType(getOperationName(), loc, adaptor.getOperands(), types);
    }
  }];
}

def Etch_NegOp : Etch_UnaryOp<"neg", "-x", Etch_NumberTensor> { let hasFolder = 1; }
def Etch_AbsOp : Etch_UnaryOp<"abs", "|x|", Etch_NumberTensor>;
def Etch_SignOp : Etch_UnaryOp<"sign", "-1, 0 or 1 by the sign of x; NaN stays NaN", Etch_NumberTensor>;
def Etch_ExpOp : Etch_UnaryOp<"exp", "e^x">;
def Etch_Exp2Op : Etch_UnaryOp<"exp2", "2^x">;
def Etch_Expm1Op : Etch_UnaryOp<"expm1", "e^x - 1, exact for small x too">;
def Etch_LogOp : Etch_UnaryOp<"log", "natural logarithm of x">;
def Etch_Log2Op : Etch_UnaryOp<"log2", "logarithm of x to base 2">;
def Etch_Log10Op : Etch_UnaryOp<"log10", "logarithm of x to base 10">;
def Etch_Log1pOp : Etch_UnaryOp<"log1p", "natural logarithm of 1 + x, exact for small x too">;
def Etch_SqrtOp : Etch_UnaryOp<"sqrt", "square root of x">;
def Etch_RsqrtOp : Etch_UnaryOp<"rsqrt", "1 / sqrt(x)">;
def Etch_TanhOp : Etch_UnaryOp<"tanh", "hyperbolic tangent of x">;
def Etch_ErfOp : Etch_UnaryOp<"erf", "error function, 2/sqrt(pi) * integral of exp(-t^2) from 0 to x">;
def Etch_SinOp : Etch_UnaryOp<"sin", "sine of x, in radians">;
def Etch_CosOp : Etch_UnaryOp<"cos", "cosine of x, in radians">;
def Etch_AsinOp : Etch_UnaryOp<"asin", "inverse sine of x, in [-pi/2, pi/2]">;
def Etch_AcosOp : Etch_UnaryOp<"acos", "inverse cosine of x, in [0, pi]">;
def Etch_AtanOp : Etch_UnaryOp<"atan", "inverse tangent of x, in [-pi/2, pi/2]">;
def Etch_SinhOp : Etch_UnaryOp<"sinh", "hyperbolic sine of x">;
def Etch_CoshOp : Etch_UnaryOp<"cosh", "hyperbolic cosine of x">;
def Etch_FloorOp : Etch_UnaryOp<"floor", "largest integer not above x">;
def Etch_CeilOp : Etch_UnaryOp<"ceil", "smallest integer not below x">;
def Etch_RoundOp : Etch_UnaryOp<"round", "nearest integer, halves to even">;
def Etch_TruncOp : Etch_UnaryOp<"trunc", "x without its fraction">;

def Etch_DetachOp : Etch_UnaryOp<"detach", "x, through which no gradient flows", Etch_Tensor,
                                 [Etch_NonDifferentiable]> { let hasFolder = 0; }

def Etch_NotOp : Etch_UnaryOp<"not", "bitwise complement; logical for i1", Etch_BitsTensor,
                              [Etch_NonDifferentiable]> {
  let hasFolder = 1;
  let description = [{
    result[i] = bitwise complement of x; for i1 its logical negation.

    Constraints:
    * (C1) the result has the type of the operand.

    Example:
    ```mlir
    %y = etch.not %x : (tensor<8xi1>) -> tensor<8xi1>
    ```
  }];
}

def Etch_AddOp : Etch_BinaryOp<"add", "lhs + rhs"> { let hasFolder = 1; }
def Etch_SubOp : Etch_BinaryOp<"sub", "lhs - rhs"> { let hasFolder = 1; }
def Etch_MulOp : Etch_BinaryOp<"mul", "lhs * rhs"> { let hasFolder = 1; }
def Etch_DivOp : Etch_BinaryOp<"div", "lhs / rhs; integers truncate towards zero, and x / 0 is 0"> {
  let hasFolder = 1;
}
def Etch_FmodOp : Etch_BinaryOp<"fmod",
    "remainder of lhs / rhs truncated, with the sign of lhs; x fmod 0 is x for integers">;
def Etch_Atan2Op : Etch_BinaryOp<"atan2", "angle of the point (rhs, lhs), in [-pi, pi]",
                                 Etch_FloatTensor>;
def Etch_PowOp : Etch_BinaryOp<"pow", "lhs to the power of rhs", Etch_FloatTensor>;
def Etch_MaximumOp : Etch_BinaryOp<"maximum", "the larger of lhs and rhs; NaN if either is">;
def Etch_MinimumOp : Etch_BinaryOp<"minimum", "the smaller of lhs and rhs; NaN if either is">;
def Etch_AndOp : Etch_BinaryOp<"and", "bitwise and", Etch_BitsTensor, "tensor<8xi1>",
                               [Etch_NonDifferentiable]>;
def Etch_OrOp : Etch_BinaryOp<"or", "bitwise or", Etch_BitsTensor, "tensor<8xi1>",
                              [Etch_NonDifferentiable]>;
def Etch_XorOp : Etch_BinaryOp<"xor", "bitwise exclusive or", Etch_BitsTensor, "tensor<8xi1>",
                               [Etch_NonDifferentiable]>;
def Etch_ShiftLeftOp : Etch_BinaryOp<"shift_left",
    "lhs * 2^rhs modulo the integer's range; 0 where rhs is negative or no less than its width",
    Etch_IntegerTensor, "tensor<8xi32>", [Etch_NonDifferentiable]>;
def Etch_ShiftRightOp : Etch_BinaryOp<"shift_right",
    "lhs / 2^rhs rounded down; as if by the whole width where rhs is negative or no less than it",
    Etch_IntegerTensor, "tensor<8xi32>", [Etch_NonDifferentiable]>;

def Etch_CompareEq : I32EnumAttrCase<"eq", 0>;
def Etch_CompareNe : I32EnumAttrCase<"ne", 1>;
def Etch_CompareLt : I32EnumAttrCase<"lt", 2>;
def Etch_CompareLe : I32EnumAttrCase<"le", 3>;
def Etch_CompareGt : I32EnumAttrCase<"gt", 4>;
def Etch_CompareGe : I32EnumAttrCase<"ge", 5>;
def Etch_Comparison : I32EnumAttr<"Comparison", "an ordering of two numbers",
    [Etch_CompareEq, Etch_CompareNe, Etch_CompareLt, Etch_CompareLe, Etch_CompareGt,
     Etch_CompareGe]> {
  let cppNamespace = "::etch::ir";
  let genSpecializedAttr = 0;
}
def Etch_ComparisonAttr : EnumAttr<Etch_Dialect, Etch_Comparison, "comparison">;

def Etch_CompareOp : Etch_ElementwiseOp<"compare", [Etch_NonDifferentiable]> {
  let summary = "lhs compared with rhs";
  let description = [{
    result[i] = whether lhs[i] and rhs[i] stand in the given order. Comparisons with NaN are false,
    but for `ne`, which is true.

    Constraints:
    * (C1) the operands have one type; the result has its shape and element type i1.

    Example:
    ```mlir
    %y = etch.compare lt, %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    ```
  }];
  let arguments = (ins Etch_ComparisonAttr:$order, Etch_Tensor:$lhs, Etch_Tensor:$rhs);
  let assemblyFormat = "$order `,` operands attr-dict `:` functional-type(operands, results)";
}

def Etch_SelectOp : Etch_ElementwiseOp<"select",
    [DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>]> {
  let summary = "on_true where the condition holds, else on_false";
  let description = [{
    result[i] = condition[i] ? on_true[i] : on_false[i]

    Constraints:
    * (C1) `on_true` and `on_false` have one type, which is that of the result.
    * (C2) the condition has their shape.

    Example:
    ```mlir
    %y = etch.select %c, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Etch_BoolTensor:$condition, Etch_Tensor:$on_true, Etch_Tensor:$on_false);
  let hasFolder = 1;
}

def Etch_CastOp : Etch_ElementwiseOp<"cast",
    [DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>]> {
  let summary = "the operand in another element type";
  let description = [{
    result[i] = x[i] converted: floats to integers truncate towards zero and saturate, NaN becomes
    0; integers wrap; anything to i1 is `x != 0`; narrowing floats round to nearest even.

    Constraints:
    * (C1) the result has element type `dtype` and the operand's shape.

    Example:
    ```mlir
    %y = etch.cast %x {dtype = f32} : (tensor<8xi64>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, TypeAttr:$dtype);
  let hasFolder = 1;
}

#endif  // ETCH_IR_OPS_ELEMENTWISE_TD_
