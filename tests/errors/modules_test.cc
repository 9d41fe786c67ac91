// Mistakes with modules and layers.
#include "etch/nn/models/gpt.h"
#include "mistake.h"

namespace etch {
namespace {

struct Net : nn::Module {
  nn::Child<nn::Linear> fc{this, "fc", {.in_features = 2, .out_features = 4}};
  nn::Child<nn::Linear> wide{this, "wide", {.in_features = 2, .out_features = 8}};
  nn::Child<nn::Linear> none{this, "none", nullptr};
  nn::Buffer mean{this, "mean", zeros({4})};
  Tensor forward(Tensor x) { return fc(x) - mean; }  // @forward
};
struct TwoInputs : nn::Module {
  Tensor forward(Tensor x, Tensor y) { return x + y; }
};

TEST(Errors, wrong_features_deep_inside) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net(ones({1, 3})),
                 "fc: linear: input [1, 3] has 3 features, weight [4, 2] wants 2 (@forward)");
}

TEST(Errors, calling_a_null_child) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->none(ones({1, 2})),
                 "nn: the module \"none\" is null; assign one to it first");
}

TEST(Errors, calling_a_null_handle) {
  nn::ModuleHandle<nn::ReLU> net;
  EXPECT_MISTAKE(net(ones({1})), "nn: this module handle is null; nn::make makes a module");
}

TEST(Errors, inserting_outside_of_a_list) {
  nn::ModuleList<nn::ReLU> list;
  list.append(nn::make<nn::ReLU>());
  EXPECT_MISTAKE(list.insert(7, nn::make<nn::ReLU>()),
                 "ModuleList: cannot insert at 7 into a list of 1");
  EXPECT_MISTAKE(list.insert(-2, nn::make<nn::ReLU>()),
                 "ModuleList: cannot insert at -2 into a list of 1");
  list.insert(-1, nn::make<nn::ReLU>());
  EXPECT_EQ(list.size(), 2);
}

TEST(Errors, a_module_within_itself) {
  auto outer = nn::make<nn::Sequential>(), inner = nn::make<nn::Sequential>();
  EXPECT_MISTAKE(outer->append(outer),
                 "Sequential: the module \"0\" would contain itself; share its parts instead");
  outer->append(inner);
  EXPECT_MISTAKE(inner->append(outer),
                 "Sequential: the module \"0\" would contain itself; share its parts instead");
}

TEST(Errors, a_name_that_is_taken) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->register_buffer("fc", ones({1})),
                 "Net: the name \"fc\" is taken in this module; give the part another one");
}

TEST(Errors, a_name_with_a_dot) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->add_module("a.b", nn::make<nn::ReLU>()),
                 "Net: the name \"a.b\" has a dot in it; dots join the names of modules");
}

TEST(Errors, a_name_that_is_empty) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(
      net->register_parameter("", ones({1})),
      "Net: the name \"\" is empty; a part's name becomes part of the names of its state");
}

TEST(Errors, a_parameter_of_integers) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->register_parameter("ids", ones({1}, i64)),
                 "ids: a parameter of dtype i64 cannot require grad; pass requires_grad = false or "
                 "register a buffer");
}

TEST(Errors, sequential_with_a_child_that_maps_no_tensor) {
  auto net = nn::make<nn::Sequential>(nn::make<TwoInputs>());
  EXPECT_MISTAKE(net(ones({1})),
                 "0: TwoInputs: forward() of this module does not map one tensor to one tensor; "
                 "use as<M>() to call it with its own arguments");
}

TEST(Errors, sequential_index) {
  auto net = nn::make<nn::Sequential>(nn::make<nn::ReLU>());
  EXPECT_MISTAKE(net[1], "Sequential: index 1 in a list of 1");
}

TEST(Errors, sequential_name) {
  auto net = nn::make<nn::Sequential>(nn::make<nn::ReLU>());
  EXPECT_MISTAKE(net["head"], "Sequential: there is no \"head\" among: 0");
}

TEST(Errors, module_list_index) {
  auto list = nn::make<nn::ModuleList<nn::ReLU>>(std::vector{nn::make<nn::ReLU>()});
  EXPECT_MISTAKE(list[-2], "ModuleList: index -2 in a list of 1");
}

TEST(Errors, module_dict_name) {
  auto dict = nn::make<nn::ModuleDict<>>(
      std::vector<nn::ModuleDict<>::Entry>{{"image", nn::make<nn::ReLU>()}});
  EXPECT_MISTAKE(dict["text"], "ModuleDict: there is no \"text\" among: image");
}

TEST(Errors, tying_weights_of_other_shapes) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(
      net->fc->weight.tie(net->wide->weight),
      "fc.weight: tie: wide.weight has shape [8, 2] and dtype f32, this parameter [4, 2] and f32");
}

TEST(Errors, a_buffer_written_with_another_shape) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->mean = ones({3}), "assign: mean is f32 [4], the value is f32 [3] (@)");
}

TEST(Errors, conversion_to_integers) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->to(i32), "Net: to: modules convert to floating dtypes only, not i32");
}

TEST(Errors, another_device) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(
      net->to("cuda"),
      "Net: to: there is no device \"cuda\"; Etch compiles for the CPU: the device is \"cpu\"");
}

TEST(Errors, updating_with_too_few_parameters) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->update_parameters_({}), "Net: update_parameters_: 0 values for 4 parameters");
}

TEST(Errors, loading_with_a_name_missing) {
  auto linear = nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
  EXPECT_MISTAKE(linear->load_state_dict({{"weight", ones({2, 2})}}),
                 "Linear: load_state_dict: the state does not fit, nothing was loaded\nmissing in "
                 "the state: bias");
}

TEST(Errors, loading_with_a_name_too_many) {
  auto linear = nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
  EXPECT_MISTAKE(
      linear->load_state_dict({{"weight", ones({2, 2})}, {"bais", ones({2})}, {"bias", ones({2})}}),
      "Linear: load_state_dict: the state does not fit, nothing was loaded\nunexpected in the "
      "state: bais");
}

TEST(Errors, loading_another_shape) {
  auto linear = nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
  EXPECT_MISTAKE(linear->load_state_dict({{"weight", ones({2, 3})}, {"bias", ones({2})}}),
                 "Linear: load_state_dict: the state does not fit, nothing was loaded\nmismatched: "
                 "weight: f32 [2, 3] in the state, f32 [2, 2] here");
}

TEST(Errors, loading_integers_into_floats) {
  auto linear = nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
  EXPECT_MISTAKE(linear->load_state_dict({{"weight", ones({2, 2}, i64)}, {"bias", ones({2})}}),
                 "Linear: load_state_dict: the state does not fit, nothing was loaded\nmismatched: "
                 "weight: i64 [2, 2] in the state, f32 [2, 2] here");
}

TEST(Errors, linear_without_features) {
  EXPECT_MISTAKE(nn::make<nn::Linear>({.out_features = 2}),
                 "Linear: in_features = 0, must be 1 or more");
}

TEST(Errors, dropout_that_is_no_probability) {
  EXPECT_MISTAKE(nn::make<nn::Dropout>({.p = 1.5}), "Dropout: p = 1.5, must be in [0, 1]");
}

TEST(Errors, embedding_without_rows) {
  EXPECT_MISTAKE(nn::make<nn::Embedding>({.embedding_dim = 2}),
                 "Embedding: num_embeddings = 0, must be 1 or more");
}

TEST(Errors, layer_norm_of_another_shape) {
  auto norm = nn::make<nn::LayerNorm>(4);
  EXPECT_MISTAKE(norm(ones({2, 3})),
                 "layer_norm: input [2, 3] does not end in the normalized shape [4] (@)");
}

TEST(Errors, attention_heads_that_do_not_divide) {
  EXPECT_MISTAKE(
      nn::make<nn::models::Gpt>({.vocab = 8, .context = 8, .dim = 10, .heads = 3, .layers = 1}),
      "Transformer: heads = 3 does not divide dim = 10");
}

TEST(Errors, a_hook_that_returns_too_much) {
  auto net = nn::make<Net>();
  net->fc->register_forward_hook([](nn::Module&, nn::Inputs, nn::Outputs out) {
    out.push_back(out[0]);
    return out;
  });
  EXPECT_MISTAKE(net(ones({1, 2})),
                 "fc: Linear: a forward hook returned 2 tensors to replace 1 outputs");
}

TEST(Errors, a_pre_hook_that_returns_too_little) {
  auto net = nn::make<Net>();
  net->fc->register_forward_pre_hook([](nn::Module&, nn::Inputs) { return nn::Inputs(); });
  EXPECT_MISTAKE(net(ones({1, 2})),
                 "fc: Linear: a pre-hook returned 0 tensors to replace 1 inputs");
}

TEST(Errors, a_hook_that_breaks_the_shapes) {
  auto net = nn::make<Net>();
  net->fc->register_forward_hook(
      [](nn::Module&, nn::Inputs, Tensor out) { return out + ones({7}); });  // @hook
  EXPECT_MISTAKE(
      net(ones({1, 2})),
      "fc: add: shapes [1, 4] and [7] do not broadcast: 4 against 7 in dimension 1 (@hook)");
}

TEST(Errors, cloning_what_was_changed) {
  auto net = nn::make<Net>();
  net->add_module("late", nn::make<nn::ReLU>());
  EXPECT_MISTAKE(net.clone(), "late: ReLU: clone: \"late\" was changed after construction");
}

}  // namespace
}  // namespace etch
