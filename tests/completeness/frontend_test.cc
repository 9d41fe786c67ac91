// Every op can be recorded from C++: each function of frontend/ops/ is called once in a trace, and
// the ops in the traced programs are counted. An op that no call below records has no function, or
// its function is not listed here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "etch/frontend/ops.h"
#include "etch/frontend/ops/boundary.h"
#include "etch/frontend/program.h"
#include "etch/frontend/state.h"
#include "etch/frontend/transforms.h"
#include "etch/ir/dialect.h"
#include "mlir/IR/MLIRContext.h"

namespace etch {
namespace {

// `x`, `y`: f32 [4, 6]; `i`: i64 [4], class numbers; `b`: bool [4, 6]; `w`: f32 [3, 6].
struct Arguments {
  Tensor x, y, i, b, w;
};
using Call = std::function<std::vector<Tensor>(const Arguments&)>;

std::map<std::string, Call> calls() {
  using A = const Arguments&;
  using List = std::vector<Tensor>;
  return {
      // elementwise.h
      {"neg", [](A a) -> List { return {neg(a.x)}; }},
      {"abs", [](A a) -> List { return {abs(a.x)}; }},
      {"sign", [](A a) -> List { return {sign(a.x)}; }},
      {"exp", [](A a) -> List { return {exp(a.x)}; }},
      {"log", [](A a) -> List { return {log(a.x)}; }},
      {"sqrt", [](A a) -> List { return {sqrt(a.x)}; }},
      {"rsqrt", [](A a) -> List { return {rsqrt(a.x)}; }},
      {"tanh", [](A a) -> List { return {tanh(a.x)}; }},
      {"erf", [](A a) -> List { return {erf(a.x)}; }},
      {"sin", [](A a) -> List { return {sin(a.x)}; }},
      {"cos", [](A a) -> List { return {cos(a.x)}; }},
      {"floor", [](A a) -> List { return {floor(a.x)}; }},
      {"ceil", [](A a) -> List { return {ceil(a.x)}; }},
      {"round", [](A a) -> List { return {round(a.x)}; }},
      {"sigmoid", [](A a) -> List { return {sigmoid(a.x)}; }},
      {"relu", [](A a) -> List { return {relu(a.x)}; }},
      {"silu", [](A a) -> List { return {silu(a.x)}; }},
      {"square", [](A a) -> List { return {square(a.x)}; }},
      {"gelu",
       [](A a) -> List {
         return {gelu(a.x), gelu(a.x, true)};
       }},
      {"logical_not", [](A a) -> List { return {logical_not(a.b)}; }},
      {"add", [](A a) -> List { return {add(a.x, a.y)}; }},
      {"sub", [](A a) -> List { return {sub(a.x, a.y)}; }},
      {"mul", [](A a) -> List { return {mul(a.x, a.y)}; }},
      {"div", [](A a) -> List { return {div(a.x, a.y)}; }},
      {"pow",
       [](A a) -> List {
         return {pow(a.x, a.y), pow(a.x, 2.5)};
       }},
      {"maximum", [](A a) -> List { return {maximum(a.x, a.y)}; }},
      {"minimum", [](A a) -> List { return {minimum(a.x, a.y)}; }},
      {"logical_and", [](A a) -> List { return {logical_and(a.b, lt(a.x, a.y))}; }},
      {"logical_or", [](A a) -> List { return {logical_or(a.b, lt(a.x, a.y))}; }},
      {"logical_xor", [](A a) -> List { return {logical_xor(a.b, lt(a.x, a.y))}; }},
      {"clamp", [](A a) -> List { return {clamp(a.x, -1, 1)}; }},
      {"where",
       [](A a) -> List {
         return {where(a.b, a.x, a.y), where(a.b, a.x, 0.0)};
       }},
      {"cast",
       [](A a) -> List {
         return {cast(a.x, i32), a.x.to(f64)};
       }},
      {"eq",
       [](A a) -> List {
         return {eq(a.x, a.y), ne(a.x, a.y)};
       }},
      {"lt",
       [](A a) -> List {
         return {lt(a.x, a.y), le(a.x, a.y)};
       }},
      {"gt",
       [](A a) -> List {
         return {gt(a.x, a.y), ge(a.x, a.y)};
       }},
      {"operators", [](A a) -> List { return {-(a.x + 1.0) * a.y / 2.0 - 3.0}; }},
      {"exp2",
       [](A a) -> List {
         return {exp2(a.x), expm1(a.x)};
       }},
      {"log2",
       [](A a) -> List {
         return {log2(a.x), log10(a.x), log1p(a.x)};
       }},
      {"reciprocal", [](A a) -> List { return {reciprocal(a.x)}; }},
      {"tan", [](A a) -> List { return {tan(a.x)}; }},
      {"asin",
       [](A a) -> List {
         return {asin(a.x), acos(a.x), atan(a.x)};
       }},
      {"sinh",
       [](A a) -> List {
         return {sinh(a.x), cosh(a.x)};
       }},
      {"trunc",
       [](A a) -> List {
         return {trunc(a.x), frac(a.x)};
       }},
      // arithmetic.h, comparison.h
      {"fmod",
       [](A a) -> List {
         return {fmod(a.x, a.y), remainder(a.x, a.y), a.x % 2};
       }},
      {"floor_divide",
       [](A a) -> List {
         return {floor_divide(a.x, a.y), div(a.x, 2, "trunc")};
       }},
      {"atan2", [](A a) -> List { return {atan2(a.x, a.y)}; }},
      {"lerp", [](A a) -> List { return {lerp(a.x, a.y, 0.25)}; }},
      {"bitwise_and",
       [](A a) -> List {
         return {a.i & 6, a.i | 1, a.i ^ 5, ~a.i};
       }},
      {"bitwise_left_shift",
       [](A a) -> List {
         return {a.i << 2, a.i >> 1};
       }},
      {"isnan",
       [](A a) -> List {
         return {isnan(a.x), isinf(a.x), isfinite(a.x)};
       }},
      {"isclose", [](A a) -> List { return {isclose(a.x, a.y)}; }},
      {"masked_fill", [](A a) -> List { return {masked_fill(a.x, a.b, -1.5)}; }},
      {"detach", [](A a) -> List { return {a.x.detach()}; }},
      // boundary.h
      {"boundary",
       [](A a) -> List {
         return frontend::record_boundary({a.x, a.i}, {});
       }},
      // contraction.h
      {"matmul", [](A a) -> List { return {matmul(a.x, transpose(a.y, 0, 1))}; }},
      {"mm",
       [](A a) -> List {
         return {mm(a.x, t(a.y)), addmm(a.y, eye(4), a.x, 2, 3)};
       }},
      {"bmm", [](A a) -> List { return {bmm(unsqueeze(a.x, 0), unsqueeze(t(a.y), 0))}; }},
      {"mv",
       [](A a) -> List {
         return {mv(a.x, a.y[0]), dot(a.x[0], a.y[0])};
       }},
      {"outer", [](A a) -> List { return {outer(a.x[0], a.y[0])}; }},
      {"einsum",
       [](A a) -> List {
         return {einsum("ij,kj->ik", {a.x, a.y})};
       }},
      {"linear", [](A a) -> List { return {linear(a.x, a.w)}; }},
      // attention.h
      {"attention",
       [](A a) -> List {
         Tensor mask = ge(reshape(arange(4), {4, 1}), 0);
         return {grad([&](Tensor x) { return sum(attention(x, a.y, x, {.mask = mask})); })(a.x)};
       }},
      // convolution.h
      {"conv",
       [](A a) -> List {
         return {conv(reshape(a.x, {1, 2, 12}), reshape(a.y, {4, 2, 3}))};
       }},
      {"conv_transpose",
       [](A a) -> List {
         return {conv_transpose(reshape(a.x, {1, 2, 12}), reshape(a.y, {2, 4, 3}))};
       }},
      {"windows",
       [](A a) -> List {
         return {windows(a.x, {2, 3})};
       }},
      {"fold", [](A a) -> List { return {fold(a.x, {9})}; }},
      // reduction.h
      {"sum",
       [](A a) -> List {
         return {sum(a.x), a.x.sum({0}, true)};
       }},
      {"mean", [](A a) -> List { return {mean(a.x, {1})}; }},
      {"var", [](A a) -> List { return {var(a.x, {1})}; }},
      {"std", [](A a) -> List { return {etch::std(a.x, 1)}; }},
      {"norm",
       [](A a) -> List {
         return {norm(a.x), norm(a.x, 3, 1), norm(a.x, "fro")};
       }},
      {"any",
       [](A a) -> List {
         return {any(a.b), all(a.b, 1), count_nonzero(a.b)};
       }},
      {"amax", [](A a) -> List { return {amax(a.x, {1})}; }},
      {"amin", [](A a) -> List { return {amin(a.x, {1})}; }},
      {"prod", [](A a) -> List { return {prod(a.x, {1})}; }},
      {"logsumexp", [](A a) -> List { return {logsumexp(a.x, {1})}; }},
      {"softmax", [](A a) -> List { return {softmax(a.x, -1)}; }},
      {"log_softmax", [](A a) -> List { return {log_softmax(a.x, -1)}; }},
      {"standardize", [](A a) -> List { return {standardize(a.x, {0})}; }},
      {"layer_norm", [](A a) -> List { return {layer_norm(a.x, 1, {}, {})}; }},
      // movement.h
      {"reshape",
       [](A a) -> List {
         return {reshape(a.x, {3, 8}), flatten(a.x)};
       }},
      {"transpose",
       [](A a) -> List {
         return {transpose(a.x, 0, 1), permute(a.x, {1, 0})};
       }},
      {"expand",
       [](A a) -> List {
         return {expand(unsqueeze(a.x, 0), {2, 4, 6})};
       }},
      {"squeeze", [](A a) -> List { return {squeeze(unsqueeze(a.x, 0), 0)}; }},
      {"slice",
       [](A a) -> List {
         return {slice(a.x, 1, 1, 5, 2), select(a.x, 0, 1)};
       }},
      {"split", [](A a) -> List { return split(a.x, 2); }},
      {"chunk", [](A a) -> List { return chunk(a.x, 2, 1); }},
      {"cat",
       [](A a) -> List {
         return {cat({a.x, a.y}), stack({a.x, a.y})};
       }},
      {"unflatten",
       [](A a) -> List {
         return {unflatten(a.x, 1, {2, -1})};
       }},
      {"movedim",
       [](A a) -> List {
         return {movedim(a.x, 0, 1), swapaxes(a.x, 0, 1)};
       }},
      {"expand_as", [](A a) -> List { return {expand_as(a.x[0], a.x)}; }},
      {"repeat",
       [](A a) -> List {
         return {repeat(a.x, {2, 1}), tile(a.x, {2})};
       }},
      {"repeat_interleave", [](A a) -> List { return {repeat_interleave(a.x, 2, 0)}; }},
      {"narrow", [](A a) -> List { return {narrow(a.x, 1, 2, 3)}; }},
      {"roll", [](A a) -> List { return {roll(a.x, 1, 0)}; }},
      {"unbind", [](A a) -> List { return unbind(a.x); }},
      {"diag",
       [](A a) -> List {
         return {diag(a.x[0]), diagonal(a.x)};
       }},
      {"index",
       [](A a) -> List {
         return {a.x[{Slice(1, 3), -1}], a.x.index({a.i, None})};
       }},
      {"pad_modes",
       [](A a) -> List {
         return {pad(a.x, {1, 1}, PadMode::kReflect), pad(a.x, {1, 1}, PadMode::kReplicate),
                 pad(a.x, {1, 1}, PadMode::kCircular), pad(a.x, {1, 1}, PadMode::kConstant, 2)};
       }},
      {"pad",
       [](A a) -> List {
         return {pad(a.x, {1, 2})};
       }},
      {"flip", [](A a) -> List { return {flip(a.x, {0})}; }},
      {"tril",
       [](A a) -> List {
         return {tril(a.x), triu(a.x)};
       }},
      // indexing.h
      {"embedding", [](A a) -> List { return {embedding(a.w, a.i)}; }},
      {"one_hot", [](A a) -> List { return {one_hot(a.i, 5)}; }},
      {"scatter_add_rows", [](A a) -> List { return {scatter_add_rows(a.i, a.x, 3)}; }},
      {"take_last", [](A a) -> List { return {take_last(a.x, a.i)}; }},
      {"gather",
       [](A a) -> List {
         return {gather(a.w, 1, reshape(a.i, {1, 4}))};
       }},
      {"scatter_add",
       [](A a) -> List {
         return {scatter_add(a.w, 1, reshape(a.i, {1, 4}), slice(a.x, 1, 0, 4))};
       }},
      {"update_slice",
       [](A a) -> List { return {update_slice(a.x, 0, sum(a.i), slice(a.x, 0, 0, 1))}; }},
      {"index_select", [](A a) -> List { return {index_select(a.w, 0, a.i)}; }},
      // choice.h
      {"max",
       [](A a) -> List {
         return {max(a.x, 1).values, max(a.x)};
       }},
      {"min",
       [](A a) -> List {
         return {min(a.x, 1).indices, min(a.x)};
       }},
      {"argmax",
       [](A a) -> List {
         return {argmax(a.x), argmin(a.x, 0)};
       }},
      // ordering.h
      {"cumsum", [](A a) -> List { return {cumsum(a.x, 1)}; }},
      {"sort",
       [](A a) -> List {
         return {sort(a.x).values, argsort(a.x, 0)};
       }},
      {"topk", [](A a) -> List { return {topk(a.x, 2).indices}; }},
      // pooling.h
      {"max_pool",
       [](A a) -> List {
         return {max_pool(a.x, {2, 3}), max_pool_with_indices(a.x, {3}).indices};
       }},
      {"avg_pool",
       [](A a) -> List {
         return {avg_pool(a.x, {2, 3})};
       }},
      {"adaptive_avg_pool",
       [](A a) -> List {
         return {adaptive_avg_pool(a.x, {4}), adaptive_max_pool(a.x, {4})};
       }},
      // control.h
      {"cond",
       [](A a) -> List {
         return {cond(
             sum(a.x) > 0, [&] { return a.x; }, [&] { return a.y * 2; })};
       }},
      // loops.h
      {"scan",
       [](A a) -> List {
         return {scan([](Tensor c, Tensor row) { return c + row; }, sum(a.x, {0}), a.x)};
       }},
      {"while_loop",
       [](A a) -> List {
         return {
             while_loop([](Tensor c) { return sum(c) < 9; }, [](Tensor c) { return c * 2; }, a.x)};
       }},
      // regions.h
      {"checkpoint",
       [](A a) -> List { return {checkpoint([](Tensor x) { return tanh(x) * 2; }, a.x)}; }},
      {"custom_vjp",
       [](A a) -> List {
         return {custom_vjp([](Tensor x) { return round(x); },
                            [](Tensor, Tensor, Tensor dy) { return dy; })(a.x)};
       }},
      // creation.h; what these make is combined with an argument, or it would be a constant result
      {"zeros",
       [](A a) -> List {
         return {a.x + zeros({4, 6}), zeros_like(a.x)};
       }},
      {"ones",
       [](A a) -> List {
         return {a.x + ones({4, 6}), ones_like(a.x)};
       }},
      {"full",
       [](A a) -> List {
         return {a.x + full({4, 6}, 3)};
       }},
      {"eye", [](A a) -> List { return {matmul(a.x, eye(6))}; }},
      {"arange",
       [](A a) -> List {
         return {a.i + arange(4), arange(0, 8, 2)};
       }},
      {"linspace", [](A a) -> List { return {a.x + linspace(0, 1, 6)}; }},
      {"full_like", [](A a) -> List { return {a.x + full_like(a.x, 2)}; }},
      {"meshgrid",
       [](A a) -> List {
         return meshgrid({a.x[0], a.i});
       }},
      // random.h
      {"rand_from",
       [](A a) -> List {
         return {a.x + rand_from(frontend::make_random_state("rng.test"), {4, 6})};
       }},
      {"dropout",
       [](A a) -> List { return {dropout(a.x, 0.5, frontend::make_random_state("rng.drop"))}; }},
  };
}

std::set<std::string> opsIn(const std::string& text) {
  static const std::regex kOp("\\betch\\.([a-z_0-9]+)[ (\"]");
  std::set<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), kOp), end; it != end; ++it)
    names.insert((*it)[1]);
  return names;
}

std::set<std::string> recorded_by(const Call& call) {
  auto program = trace(
      [&](const Tensor& x, const Tensor& y, const Tensor& i, const Tensor& b, const Tensor& w) {
        return call({x, y, i, b, w});
      },
      {spec(f32, {4, 6}), spec(f32, {4, 6}), spec(i64, {4}), spec(boolean, {4, 6}),
       spec(f32, {3, 6})});
  EXPECT_TRUE(program.ok()) << program.status().message();
  return program.ok() ? opsIn(program->mlir_text()) : std::set<std::string>{};
}

TEST(FrontendCompleteness, EveryCallRecordsOps) {
  for (const auto& [name, call] : calls())
    EXPECT_FALSE(recorded_by(call).empty()) << name << " records nothing";
}

TEST(FrontendCompleteness, EveryOpIsRecordedByAFunction) {
  std::set<std::string> recorded;
  for (const auto& [name, call] : calls()) recorded.merge(recorded_by(call));

  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<ir::EtchDialect>();
  int internal = 0;
  for (mlir::RegisteredOperationName op : context.getRegisteredOperationsByDialect("etch")) {
    std::string name = op.getStringRef().drop_front(5).str();
    if (op.hasTrait<mlir::OpTrait::IsTerminator>()) continue;  // comes with the op that holds it
    if (op.hasTrait<ir::CompilerInternal>()) {
      EXPECT_FALSE(recorded.count(name)) << name << " is marked CompilerInternal but is recorded";
      ++internal;
    } else {
      EXPECT_TRUE(recorded.count(name)) << "no function of frontend/ops/ records etch." << name;
    }
  }
  EXPECT_GT(recorded.size(), 40u);
  EXPECT_LT(internal, 6) << "CompilerInternal is for what only passes make";
}

}  // namespace
}  // namespace etch
