// Every schedule against the reference evaluator, on odd sizes, tails and several targets.
#include <gtest/gtest.h>

#include <array>

#include "etch/tests/codegen/agreement.h"
#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

using namespace mlir;

struct Product {
  int64_t m, n, k;
};

std::string productText(const Product& p, bool transposeLhs, bool transposeRhs,
                        const std::string& element, const std::string& batch) {
  auto type = [&](int64_t rows, int64_t columns, bool transposed) {
    if (transposed) std::swap(rows, columns);
    return "tensor<" + batch + std::to_string(rows) + "x" + std::to_string(columns) + "x" +
           element + ">";
  };
  std::string a = type(p.m, p.k, transposeLhs), b = type(p.k, p.n, transposeRhs);
  std::string c = type(p.m, p.n, false);
  std::string flags;
  if (transposeLhs) flags += "transpose_lhs";
  if (transposeRhs) flags += std::string(flags.empty() ? "" : ", ") + "transpose_rhs";
  return "func.func @main(%a: " + a + ", %b: " + b + ") -> " + c +
         " {\n  %y = etch.matmul %a, %b {" + flags + "} : (" + a + ", " + b + ") -> " + c +
         "\n  return %y : " + c + "\n}";
}

class MatmulSchedule : public ::testing::TestWithParam<const char*> {};

// Panels of rows are narrower than vectors: their columns begin anywhere in a run of neighbours.
TEST_P(MatmulSchedule, PacksViewsInPanelsThatAreNoVectors) {
  for (auto [groups, run] : std::vector<std::pair<int64_t, int64_t>>{{3, 32}, {3, 16}, {5, 19}}) {
    std::string m = std::to_string(groups * run), r = std::to_string(run);
    std::string g = std::to_string(groups), wide = std::to_string(2 * run);
    // Runs of columns that lie side by side in memory.
    expectAgreement(
        "func.func @main(%x: tensor<64x" + g + "x" + wide + "xf32>, %d: tensor<64x40xf32>) " +
            "-> tensor<" + m + "x40xf32> {\n" +
            "%s = etch.slice %x {offsets = array<i64: 0, 0, 0>, sizes = array<i64: 64, " + g +
            ", " + r + ">, strides = array<i64: 1, 1, 1>} : (tensor<64x" + g + "x" + wide +
            "xf32>) -> tensor<64x" + g + "x" + r + "xf32>\n" +
            "%r = etch.reshape %s {shape = array<i64: 64, " + m + ">} : (tensor<64x" + g + "x" + r +
            "xf32>) -> tensor<64x" + m + "xf32>\n" +
            "%y = etch.matmul %r, %d {transpose_lhs} : (tensor<64x" + m +
            "xf32>, tensor<64x40xf32>) -> tensor<" + m + "x40xf32>\n" + "return %y : tensor<" + m +
            "x40xf32>\n}",
        GetParam());
    // Rows that do.
    expectAgreement("func.func @main(%x: tensor<" + g + "x" + wide +
                        "x64xf32>, %d: tensor<64x40xf32>) " + "-> tensor<" + m + "x40xf32> {\n" +
                        "%s = etch.slice %x {offsets = array<i64: 0, 0, 0>, sizes = array<i64: " +
                        g + ", " + r + ", 64>, strides = array<i64: 1, 1, 1>} : (tensor<" + g +
                        "x" + wide + "x64xf32>) -> tensor<" + g + "x" + r + "x64xf32>\n" +
                        "%t = etch.transpose %s {permutation = array<i64: 2, 0, 1>} : (tensor<" +
                        g + "x" + r + "x64xf32>) -> tensor<64x" + g + "x" + r + "xf32>\n" +
                        "%r = etch.reshape %t {shape = array<i64: 64, " + m + ">} : (tensor<64x" +
                        g + "x" + r + "xf32>) -> tensor<64x" + m + "xf32>\n" +
                        "%y = etch.matmul %r, %d {transpose_lhs} : (tensor<64x" + m +
                        "xf32>, tensor<64x40xf32>) -> tensor<" + m + "x40xf32>\n" +
                        "return %y : tensor<" + m + "x40xf32>\n}",
                    GetParam());
  }
}

TEST_P(MatmulSchedule, HandlesTailsInAllThreeDimensions) {
  for (const Product& p : {Product{1, 1, 1},
                           {6, 64, 4},
                           {7, 65, 5},
                           {13, 31, 17},
                           {97, 130, 33},
                           {1, 100, 64},
                           {100, 1, 64},
                           {5, 16, 1},
                           {48, 48, 48}})
    for (bool lhs : {false, true})
      for (bool rhs : {false, true})
        expectAgreement(productText(p, lhs, rhs, "f32", ""), GetParam());
}

TEST_P(MatmulSchedule, BlocksLongSums) {
  expectAgreement(productText({9, 70, 1301}, false, false, "f32", ""), GetParam(), 1e-4);
  expectAgreement(productText({9, 70, 513}, true, true, "f32", ""), GetParam(), 1e-4);
}

TEST_P(MatmulSchedule, RunsOverBatches) {
  expectAgreement(productText({9, 20, 8}, false, true, "f32", "2x3x"), GetParam());
  expectAgreement(productText({9, 20, 8}, true, false, "f32", "3x"), GetParam());
}

TEST_P(MatmulSchedule, ComputesInDoubleAndHalfPrecision) {
  expectAgreement(productText({11, 37, 19}, false, true, "f64", ""), GetParam(), 1e-12);
  expectAgreement(productText({11, 37, 19}, false, true, "bf16", ""), GetParam(), 2e-2);
}

TEST_P(MatmulSchedule, AppliesItsEpilogueToEveryElementOnce) {
  for (const char* shape : {"33x50", "4x70"}) {
    std::string s = shape, rows = s.substr(0, s.find('x')), columns = s.substr(s.find('x') + 1);
    std::string x = "tensor<" + rows + "x24xf32>", w = "tensor<" + columns + "x24xf32>";
    std::string y = "tensor<" + s + "xf32>", bias = "tensor<1x" + columns + "xf32>";
    expectAgreement("func.func @main(%x: " + x + ", %w: " + w + ", %b: " + bias + ", %r: " + y +
                        ") -> (" + y + ", " + y + ") {\n" +
                        "  %0 = etch.matmul %x, %w {transpose_rhs} : (" + x + ", " + w + ") -> " +
                        y + "\n  %1 = etch.broadcast %b {shape = array<i64: " + rows + ", " +
                        columns + ">} : (" + bias + ") -> " + y + "\n  %2 = etch.add %0, %1 : (" +
                        y + ", " + y + ") -> " + y + "\n  %3 = etch.erf %2 : (" + y + ") -> " + y +
                        "\n  %4 = etch.mul %2, %3 : (" + y + ", " + y + ") -> " + y +
                        "\n  %5 = etch.add %4, %r : (" + y + ", " + y + ") -> " + y +
                        "\n  return %2, %5 : " + y + ", " + y + "\n}",
                    GetParam());
  }
}

TEST_P(MatmulSchedule, ReadsViewsOfItsOperandsAndWritesTransposed) {
  // The heads of attention: slices, reshapes and transposes on both sides, none of them a copy.
  expectAgreement(R"(
func.func @main(%qkv: tensor<2x5x48xf32>) -> tensor<2x5x16xf32> {
  %q = etch.slice %qkv {offsets = array<i64: 0, 0, 0>, sizes = array<i64: 2, 5, 16>, strides = array<i64: 1, 1, 1>} : (tensor<2x5x48xf32>) -> tensor<2x5x16xf32>
  %k = etch.slice %qkv {offsets = array<i64: 0, 0, 16>, sizes = array<i64: 2, 5, 16>, strides = array<i64: 1, 1, 1>} : (tensor<2x5x48xf32>) -> tensor<2x5x16xf32>
  %q4 = etch.reshape %q {shape = array<i64: 2, 5, 4, 4>} : (tensor<2x5x16xf32>) -> tensor<2x5x4x4xf32>
  %k4 = etch.reshape %k {shape = array<i64: 2, 5, 4, 4>} : (tensor<2x5x16xf32>) -> tensor<2x5x4x4xf32>
  %qt = etch.transpose %q4 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x5x4x4xf32>) -> tensor<2x4x5x4xf32>
  %kt = etch.transpose %k4 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x5x4x4xf32>) -> tensor<2x4x5x4xf32>
  %s = etch.matmul %qt, %kt {transpose_rhs} : (tensor<2x4x5x4xf32>, tensor<2x4x5x4xf32>) -> tensor<2x4x5x5xf32>
  %y = etch.matmul %s, %kt : (tensor<2x4x5x5xf32>, tensor<2x4x5x4xf32>) -> tensor<2x4x5x4xf32>
  %t = etch.transpose %y {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x4x5x4xf32>) -> tensor<2x5x4x4xf32>
  %r = etch.reshape %t {shape = array<i64: 2, 5, 16>} : (tensor<2x5x4x4xf32>) -> tensor<2x5x16xf32>
  return %r : tensor<2x5x16xf32>
})",
                  GetParam());
}

struct AttentionShape {
  int64_t queries, keys, features, values;
  bool causal;
};

// Attention, its derivative by all operands, and both through views: heads of one matrix of
// queries, keys and values, and a result written by position.
std::string attentionText(const AttentionShape& a, const std::string& element) {
  auto type = [&](int64_t rows, int64_t columns) {
    return "tensor<2x" + std::to_string(rows) + "x" + std::to_string(columns) + "x" + element + ">";
  };
  std::string q = type(a.queries, a.features), k = type(a.keys, a.features),
              v = type(a.keys, a.values), y = type(a.queries, a.values), l = type(a.queries, 1),
              options = std::string(" {scale = 0.3 : f64") + (a.causal ? ", causal} : (" : "} : (");
  return "func.func @main(%q: " + q + ", %k: " + k + ", %v: " + v + ", %dy: " + y + ", %d: " + l +
         ") -> (" + y + ", " + q + ", " + k + ", " + v +
         ") {\n  %y, %l = etch.attention %q, %k, %v" + options + q + ", " + k + ", " + v +
         ") -> (" + y + ", " + l +
         ")\n  %dq, %dk, %dv = etch.attention_backward %q, %k, %v, %dy, %l, %d" + options + q +
         ", " + k + ", " + v + ", " + y + ", " + l + ", " + l + ") -> (" + q + ", " + k + ", " + v +
         ")\n  return %y, %dq, %dk, %dv : " + y + ", " + q + ", " + k + ", " + v + "\n}";
}

class AttentionSchedule : public ::testing::TestWithParam<const char*> {};

TEST_P(AttentionSchedule, HandlesTailsOfQueriesKeysAndFeatures) {
  for (const AttentionShape& a : {AttentionShape{1, 1, 1, 1, false},
                                  {1, 40, 24, 16, false},
                                  {17, 33, 5, 70, false},
                                  {64, 64, 32, 32, true},
                                  {65, 65, 16, 33, true},
                                  {130, 130, 20, 4, true}})
    expectAgreement(attentionText(a, "f32"), GetParam(), 1e-4);
  expectAgreement(attentionText({37, 41, 9, 11, false}, "f64"), GetParam(), 1e-12);
}

// More keys than a block of scores holds: results so far shrink as maxima rise.
TEST_P(AttentionSchedule, WalksManyKeysInBlocks) {
  expectAgreement(attentionText({3, 20000, 2, 3, false}, "f32"), GetParam(), 1e-4);
  expectAgreement(attentionText({1300, 1300, 2, 3, true}, "f32"), GetParam(), 1e-4);
}

// The three derivatives are parts of one result.
TEST_P(AttentionSchedule, ReadsHeadsInPlaceAndWritesByPosition) {
  std::string part = "tensor<2x70x12xf32>", head = "tensor<2x70x3x4xf32>",
              heads = "tensor<2x3x70x4xf32>",
              text = "func.func @main(%x: tensor<2x70x36xf32>, %m: tensor<2x1x1x70xi1>) -> (" +
                     part + ", tensor<2x70x36xf32>) {\n";
  for (int i = 0; i < 3; ++i) {
    std::string n = std::to_string(i);
    text += "%s" + n + " = etch.slice %x {offsets = array<i64: 0, 0, " + std::to_string(12 * i) +
            ">, sizes = array<i64: 2, 70, 12>, strides = array<i64: 1, 1, 1>} : " +
            "(tensor<2x70x36xf32>) -> " + part + "\n%r" + n + " = etch.reshape %s" + n +
            " {shape = array<i64: 2, 70, 3, 4>} : (" + part + ") -> " + head + "\n%t" + n +
            " = etch.transpose %r" + n + " {permutation = array<i64: 0, 2, 1, 3>} : (" + head +
            ") -> " + heads + "\n";
  }
  text +=
      "%y, %l = etch.attention %t0, %t1, %t2, %m {scale = 0.5 : f64, causal} : (" + heads + ", " +
      heads + ", " + heads + ", tensor<2x1x1x70xi1>) -> (" + heads + ", tensor<2x3x70x1xf32>)\n" +
      "%z = etch.transpose %y {permutation = array<i64: 0, 2, 1, 3>} : (" + heads + ") -> " + head +
      "\n%w = etch.reshape %z {shape = array<i64: 2, 70, 12>} : (" + head + ") -> " + part + "\n";
  std::string column = "tensor<2x3x70x1xf32>", three = heads + ", " + heads + ", " + heads;
  text += "%y1, %l1 = etch.attention %t0, %t1, %t2 {scale = 0.5 : f64, causal} : (" + three +
          ") -> (" + heads + ", " + column + ")\n" +
          "%d:3 = etch.attention_backward %t0, %t1, %t2, %t2, %l1, %l1 {scale = 0.5 : f64, causal} "
          ": (" +
          three + ", " + heads + ", " + column + ", " + column + ") -> (" + three + ")\n";
  for (int i = 0; i < 3; ++i) {
    std::string n = std::to_string(i);
    text += "%e" + n + " = etch.transpose %d#" + n + " {permutation = array<i64: 0, 2, 1, 3>} : (" +
            heads + ") -> " + head + "\n%f" + n + " = etch.reshape %e" + n +
            " {shape = array<i64: 2, 70, 12>} : (" + head + ") -> " + part + "\n";
  }
  text += "%c = etch.concat %f0, %f1, %f2 {dim = 2 : i64} : (" + part + ", " + part + ", " + part +
          ") -> tensor<2x70x36xf32>\nreturn %w, %c : " + part + ", tensor<2x70x36xf32>\n}";
  expectAgreement(text, GetParam(), 1e-4);
}

class LoopSchedule : public ::testing::TestWithParam<const char*> {};

// Copies between two orders of dimensions transpose squares in registers.
TEST_P(LoopSchedule, CopiesBetweenOrdersOfDimensions) {
  for (auto [rows, columns] :
       std::vector<std::pair<int64_t, int64_t>>{{40, 9}, {17, 33}, {8, 64}}) {
    std::string o = std::to_string(rows), c = std::to_string(columns);
    std::string from = "tensor<3x3x" + c + "x" + o + "xf32>",
                to = "tensor<" + o + "x" + c + "x3x3xf32>";
    expectAgreement("func.func @main(%x: " + from + ") -> " + to +
                        " {\n%y = etch.transpose %x {permutation = array<i64: 3, 2, 0, 1>} : (" +
                        from + ") -> " + to + "\nreturn %y : " + to + "\n}",
                    GetParam());
  }
}

TEST_P(LoopSchedule, FusesNormalizationsOverRowsOfAnyLength) {
  for (int64_t n : {1, 3, 16, 17, 64, 100, 1000}) {
    std::string x = "tensor<5x" + std::to_string(n) + "xf32>", r = "tensor<5x1xf32>";
    expectAgreement(
        "func.func @main(%x: " + x + ") -> (" + x + ", " + x + ", " + r + ") {\n" +
            "  %s = etch.softmax %x {dim = 1 : i64} : (" + x + ") -> " + x +
            "\n  %y, %r = etch.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64}"
            " : (" +
            x + ") -> (" + x + ", " + r + ")\n  return %s, %y, %r : " + x + ", " + x + ", " + r +
            "\n}",
        GetParam(), n == 1 ? 1e-2 : 1e-4);
  }
}

TEST_P(LoopSchedule, ReducesColumnsAndMiddleDimensions) {
  for (const char* dims : {"0", "1", "2", "0, 1", "0, 2", "1, 2", "0, 1, 2"}) {
    std::string d = dims, shape;
    for (int i = 0; i < 3; ++i) {
      bool reduced = d.find(std::to_string(i)) != std::string::npos;
      shape += (reduced ? "1" : i == 0 ? "7" : i == 1 ? "9" : "37") + std::string("x");
    }
    std::string y = "tensor<" + shape + "f32>";
    expectAgreement("func.func @main(%x: tensor<7x9x37xf32>) -> " + y +
                        " {\n  %0 = etch.exp %x : (tensor<7x9x37xf32>) -> tensor<7x9x37xf32>\n" +
                        "  %1 = etch.reduce_sum %0 {dims = array<i64: " + d +
                        ">} : (tensor<7x9x37xf32>) -> " + y + "\n  return %1 : " + y + "\n}",
                    GetParam());
  }
}

// The gradient of a pooling: windows computed from what all their places share, summed where they
// overlap. (Places in a window are numbered; `%i` says which of them count.)
TEST_P(LoopSchedule, SumsOverlappingWindowsThatAreComputed) {
  struct Pool {
    int64_t kernel, stride, dilation, extent;
  };
  for (Pool p : {Pool{3, 2, 1, 15}, {3, 1, 1, 8}, {3, 2, 2, 12}, {2, 1, 1, 7}, {4, 3, 1, 17}}) {
    int64_t count = (p.extent - (p.kernel - 1) * p.dilation - 1) / p.stride + 1;
    auto number = [](int64_t n) { return std::to_string(n); };
    std::string k = number(p.kernel), c = number(count), o = c + "x" + c + "x",
                e = number(p.extent);
    std::string one = "tensor<2x19x1x1x" + o + "f32>", all = "2x19x" + k + "x" + k + "x" + o;
    std::string f = "tensor<" + all + "f32>", b = "tensor<" + all + "i1>";
    std::string shape = "array<i64: 2, 19, " + k + ", " + k + ", " + c + ", " + c + ">";
    std::string y = "tensor<2x19x" + e + "x" + e + "xf32>", steps = number(p.stride);
    auto both = [](const std::string& n) { return "array<i64: " + n + ", " + n + ">"; };
    expectAgreement(
        "func.func @main(%i: " + one + ", %g: " + one + ") -> " + y + " {\n" +
            "%r = etch.iota {dim = 2 : i64, dtype = f32, shape = " + shape + "} : () -> " + f +
            "\n%c = etch.iota {dim = 3 : i64, dtype = f32, shape = " + shape + "} : () -> " + f +
            "\n%k = etch.mul %r, %c : (" + f + ", " + f + ") -> " + f +
            "\n%ib = etch.broadcast %i {shape = " + shape + "} : (" + one + ") -> " + f +
            "\n%gb = etch.broadcast %g {shape = " + shape + "} : (" + one + ") -> " + f +
            "\n%z = etch.constant dense<0.0> : " + f + "\n%s = etch.compare gt, %k, %ib : (" + f +
            ", " + f + ") -> " + b + "\n%x = etch.select %s, %gb, %z : (" + b + ", " + f + ", " +
            f + ") -> " + f + "\n%y = etch.fold %x {extents = " + both(e) +
            ", stride = " + both(steps) + ", dilation = " + both(number(p.dilation)) + "} : (" + f +
            ") -> " + y + "\nreturn %y : " + y + "\n}",
        GetParam());
  }
}

// A scale of the lanes is loaded once: no reason to take images, pages apart, together, nor to have
// fewer pieces.
TEST_P(LoopSchedule, RowsThatShareNothingButAScaleStayApart) {
  const std::string text = R"(func.func @main(%x: tensor<24x49x16xf32>, %s: tensor<1x1x16xf32>)
    -> tensor<24x1x16xf32> {
  %b = etch.broadcast %s {shape = array<i64: 24, 49, 16>} : (tensor<1x1x16xf32>) -> tensor<24x49x16xf32>
  %p = etch.mul %x, %b : (tensor<24x49x16xf32>, tensor<24x49x16xf32>) -> tensor<24x49x16xf32>
  %y = etch.reduce_sum %p {dims = array<i64: 1>} : (tensor<24x49x16xf32>) -> tensor<24x1x16xf32>
  return %y : tensor<24x1x16xf32>
})";
  expectAgreement(text, GetParam());
  EXPECT_GE(mostPieces(text, GetParam()), 24);
}

// One long row of positions is walked tile by tile, in several pieces.
TEST_P(LoopSchedule, AWalkThatIsAloneIsCut) {
  for (int64_t length : {7, 40, 77, 1003}) {
    std::string n = std::to_string(length), m = std::to_string(length - 4);
    std::string text =
        "func.func @main(%x: tensor<1x" + n + "x16xf32>, %w: tensor<16x1x5xf32>) -> tensor<1x" + m +
        "x16xf32> {\n%t = etch.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<1x" + n +
        "x16xf32>) -> tensor<1x16x" + n +
        "xf32>\n%y = etch.conv %t, %w {stride = array<i64: 1>, low = array<i64: 0>, high = "
        "array<i64: 0>, "
        "input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 16 : i64} : "
        "(tensor<1x16x" +
        n + "xf32>, tensor<16x1x5xf32>) -> tensor<1x16x" + m +
        "xf32>\n%z = etch.transpose %y {permutation = array<i64: 0, 2, 1>} : (tensor<1x16x" + m +
        "xf32>) -> tensor<1x" + m + "x16xf32>\nreturn %z : tensor<1x" + m + "x16xf32>\n}";
    expectAgreement(text, GetParam());
    if (length == 1003) EXPECT_GE(mostPieces(text, GetParam()), 16);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, MatmulSchedule, ::testing::ValuesIn(kTargets));
INSTANTIATE_TEST_SUITE_P(Targets, AttentionSchedule, ::testing::ValuesIn(kTargets));
INSTANTIATE_TEST_SUITE_P(Targets, LoopSchedule, ::testing::ValuesIn(kTargets));

}  // namespace
}  // namespace etch::testing
