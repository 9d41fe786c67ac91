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
      {"expm1", [](A a) -> List { return {expm1(a.x), log1p(a.y)}; }},
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
      {"detach", [](A a) -> List { return {a.x.detach()}; }},
      // boundary.h
      {"boundary", [](A a) -> List { return frontend::record_boundary({a.x, a.i}, {}); }},
      // contraction.h
      {"matmul", [](A a) -> List { return {matmul(a.x, transpose(a.y, 0, 1))}; }},
      {"linear", [](A a) -> List { return {linear(a.x, a.w)}; }},
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
      {"amax", [](A a) -> List { return {amax(a.x, {1})}; }},
      {"amin", [](A a) -> List { return {amin(a.x, {1})}; }},
      {"prod", [](A a) -> List { return {prod(a.x, {1})}; }},
      {"logsumexp", [](A a) -> List { return {logsumexp(a.x, {1})}; }},
      {"softmax", [](A a) -> List { return {softmax(a.x, -1)}; }},
      {"log_softmax", [](A a) -> List { return {log_softmax(a.x, -1)}; }},
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
      {"gather", [](A a) -> List { return {gather(a.w, 1, reshape(a.i, {1, 4}))}; }},
      {"scatter_add",
       [](A a) -> List {
         return {scatter_add(a.w, 1, reshape(a.i, {1, 4}), slice(a.x, 1, 0, 4))};
       }},
      {"index_select", [](A a) -> List { return {index_select(a.w, 0, a.i)}; }},
      // choice.h
      {"max", [](A a) -> List { return {max(a.x, 1).values, max(a.x)}; }},
      {"min", [](A a) -> List { return {min(a.x, 1).indices, min(a.x)}; }},
      {"argmax", [](A a) -> List { return {argmax(a.x), argmin(a.x, 0)}; }},
      // ordering.h
      {"cumsum", [](A a) -> List { return {cumsum(a.x, 1)}; }},
      {"sort", [](A a) -> List { return {sort(a.x).values, argsort(a.x, 0)}; }},
      {"topk", [](A a) -> List { return {topk(a.x, 2).indices}; }},
      // pooling.h
      {"max_pool",
       [](A a) -> List { return {max_pool(a.x, {2, 3}), max_pool_with_indices(a.x, {3}).indices}; }},
      {"avg_pool", [](A a) -> List { return {avg_pool(a.x, {2, 3})}; }},
      {"adaptive_avg_pool",
       [](A a) -> List { return {adaptive_avg_pool(a.x, {4}), adaptive_max_pool(a.x, {4})}; }},
      // control.h
      {"cond",
       [](A a) -> List {
         return {cond(
             sum(a.x) > 0, [&] { return a.x; }, [&] { return a.y * 2; })};
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
  static const std::regex kOp("\\betch\\.([a-z0-9_]+)[ \"]");
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
