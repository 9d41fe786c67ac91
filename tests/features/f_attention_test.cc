// Attention and transformer blocks against PyTorch (tests/golden/attention.py).
#include "etch/etch.h"
#include "etch/nn/layers/attention.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::Golden;
using etch::testing::of_function;
using etch::testing::of_module;
using etch::testing::ramp;
using etch::testing::Subject;
using etch::testing::Tensors;
using ::testing::HasSubstr;
using ::testing::Not;

Tensor mask(const std::string& key) { return Golden("attention").tensor("masks", key); }

TEST(Features, F6_equals_the_formula_by_masks) {
  auto with = [](F::AttentionOptions options, bool masked = false) {
    return [options, masked] {
      return of_function([options, masked](const Tensors& x) {
        F::AttentionOptions o = options;
        if (masked) o.attn_mask = x[3];
        return F::scaled_dot_product_attention(x[0], x[1], x[2], o);
      });
    };
  };
  check_cases("attention", "function/",
              {{"plain", with({})},
               {"scale", with({.scale = 0.25})},
               {"causal", with({.causal = true})},
               {"boolean", with({}, true)},
               {"floating", with({}, true)},
               {"point", with({})},
               {"empty", with({})},
               {"heads", with({.causal = true})}});
}

// Whichever way attention is computed, a mask of another dtype leaves the result's alone.
TEST(Features, F6_attention_has_the_dtype_of_its_operands) {
  Tensor x = cast(ramp({1, 4, 8}), bf16), wide = cast(ramp({4, 4}), f32);
  Tensor plain = F::scaled_dot_product_attention(x, x, x, {.attn_mask = wide});
  F::AttentionResult both = F::attention_with_weights(x, x, x, {.attn_mask = wide});
  EXPECT_EQ(plain.dtype(), bf16);
  EXPECT_EQ(both.output.dtype(), bf16);
  EXPECT_EQ(both.weights.dtype(), bf16);
  EXPECT_LT(amax(abs(cast(plain - both.output, f32))).item<float>(), 0.02);
}

Case attention(std::string name, MultiheadAttentionOptions options, AttentionCall call = {},
               int64_t num_heads = 2) {
  options.num_heads = num_heads;
  options.embed_dim = 8;
  return {std::move(name), [options, call] {
            return of_module(make<MultiheadAttention>(options), [call](auto& m, const Tensors& x) {
              return m(x[0], x[1], x[2], call);
            });
          }};
}

TEST(Features, F6_multihead_equals_pytorch) {
  check_cases(
      "attention", "mha/",
      {attention("self", {}), attention("cross", {}), attention("no_bias", {.bias = false}),
       attention("no_weights", {}, {.need_weights = false}),
       attention("by_head", {}, {.average_attn_weights = false}),
       attention("dims", {.kdim = 3, .vdim = 6}), attention("batch_first", {.batch_first = true}),
       attention("one", {}), attention("causal", {}, {.attn_mask = mask("causal")}),
       attention("bias_mask", {}, {.attn_mask = cast(mask("bias"), f32)}),
       attention("each_mask", {}, {.attn_mask = mask("each")}),
       attention("padding", {}, {.key_padding_mask = mask("padding")}),
       attention("both", {},
                 {.key_padding_mask = mask("padding"), .attn_mask = mask("bias") > 0.75}),
       attention("one_head", {}, {}, 1), attention("point", {})});
}

TEST(Features, F6_transformers_equal_pytorch) {
  TransformerLayerOptions options{.d_model = 8, .nhead = 2, .dim_feedforward = 6, .dropout = 0};
  TransformerLayerOptions first = options;
  first.norm_first = true;
  TransformerLayerOptions gelu = first;
  gelu.activation = "gelu";
  TransformerLayerOptions batch_first = options;
  batch_first.batch_first = true;
  batch_first.layer_norm_eps = 0.125;
  check_cases("attention", "encoder/",
              {{"layer",
                [&] {
                  return of_module(make<TransformerEncoderLayer>(options),
                                   [](auto& m, const Tensors& x) { return m(x[0]); });
                }},
               {"gelu_first",
                [&] {
                  return of_module(make<TransformerEncoderLayer>(gelu),
                                   [](auto& m, const Tensors& x) { return m(x[0]); });
                }},
               {"masks",
                [&] {
                  return of_module(
                      make<TransformerEncoderLayer>(batch_first), [](auto& m, const Tensors& x) {
                        return m(x[0], std::optional<Tensor>(), std::optional(mask("padding")));
                      });
                }},
               {"stack", [&] {
                  return of_module(make<TransformerEncoder>(make<TransformerEncoderLayer>(options),
                                                            2, make<LayerNorm>(8)),
                                   [](auto& m, const Tensors& x) {
                                     return m(x[0], std::optional(mask("causal")));
                                   });
                }}});
  check_cases(
      "attention", "decoder/",
      {{"layer",
        [&] {
          return of_module(make<TransformerDecoderLayer>(options), [](auto& m, const Tensors& x) {
            return m(x[0], x[1], std::optional(mask("causal")));
          });
        }},
       {"first",
        [&] {
          return of_module(make<TransformerDecoderLayer>(first), [](auto& m, const Tensors& x) {
            return m(x[0], x[1], std::optional<Tensor>(), std::optional<Tensor>(),
                     std::optional<Tensor>(), std::optional(mask("padding")));
          });
        }},
       {"stack", [&] {
          return of_module(make<TransformerDecoder>(make<TransformerDecoderLayer>(options), 2,
                                                    make<LayerNorm>(8)),
                           [](auto& m, const Tensors& x) { return m(x[0], x[1]); });
        }}});
}

// PyTorch's self.norm = None is no part of the module.
TEST(Features, F6_an_absent_norm_is_not_printed) {
  TransformerLayerOptions options{.d_model = 4, .nhead = 2};
  auto stack = make<TransformerEncoder>(make<TransformerEncoderLayer>(options), 1);
  EXPECT_FALSE(stack->norm);
  EXPECT_THAT(stack->to_string(), Not(HasSubstr("(norm)")));
}

TEST(Features, F6_self_attention_is_one_projection) {
  auto attention = make<MultiheadAttention>({.embed_dim = 8, .num_heads = 2});
  Tensor x = ramp({3, 2, 8});
  auto [joint, weights] = attention(x, x, x);
  auto [apart, same] = attention(x, x + 0.0, x * 1.0);
  std::vector<double> a = etch::testing::values_of(joint), b = etch::testing::values_of(apart);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
  EXPECT_EQ(weights->shape(), Shape({2, 3, 3}));
}

TEST(Features, F6_dropout_acts_in_training_alone) {
  auto attention = make<MultiheadAttention>({.embed_dim = 8, .num_heads = 2, .dropout = 0.5});
  Tensor x = ramp({6, 2, 8});
  auto weights = [&] { return attention(x, x, x).weights->to_vector<float>(); };
  EXPECT_NE(weights(), weights());
  attention->eval();
  EXPECT_EQ(weights(), weights());
}

TEST(Features, F6_multihead_refuses_what_does_not_fit) {
  auto attention = make<MultiheadAttention>({.embed_dim = 8, .num_heads = 2});
  Tensor x = ones({3, 2, 8});
  EXPECT_THAT(error_of([] { make<MultiheadAttention>({.embed_dim = 8, .num_heads = 3}); }),
              HasSubstr("not divisible by num_heads 3"));
  EXPECT_THAT(error_of([&] {
                attention(x, ones({3, 2, 6}), x);
              }),
              HasSubstr("key [3, 2, 6], must be [3, 2, 8]"));
  EXPECT_THAT(error_of([&] { attention(x, ones({3, 8}), x); }), HasSubstr("3 dimensions"));
  EXPECT_THAT(error_of([&] {
                attention(x, x, x, AttentionCall{.attn_mask = ones({3, 4})});
              }),
              HasSubstr("attn_mask [3, 4], must be [3, 3]"));
  EXPECT_THAT(error_of([] { make<TransformerEncoderLayer>({.d_model = 8, .activation = "tanh"}); }),
              HasSubstr("activation = \"tanh\""));
}

}  // namespace
}  // namespace etch::nn
