// Mistakes with losses, optimizers and files.
#include <fstream>

#include "mistake.h"

namespace etch {
namespace {

TEST(Errors, optimizing_what_was_computed) {
  Tensor w = ones({2}).requires_grad_();
  EXPECT_MISTAKE(nn::optim::SGD({w * 2}, {.lr = 0.1}),
                 "SGD: a tensor that was computed cannot be trained; pass the parameters it was "
                 "computed from");
  EXPECT_MISTAKE(nn::optim::SGD({w}, {.lr = std::nan("")}), "SGD: lr is not a number");
}

TEST(Errors, cross_entropy_with_floating_classes) {
  EXPECT_MISTAKE(nn::functional::cross_entropy(ones({4, 3}), ones({4})),
                 "cross_entropy: target holds class numbers, i32 or i64; it is f32 (@)");
}

TEST(Errors, cross_entropy_with_too_few_classes) {
  EXPECT_MISTAKE(nn::functional::cross_entropy(ones({4, 3}), zeros({5}, i64)),
                 "cross_entropy: input [4, 3] and target [5] do not fit; they are [n, classes, "
                 "...] and [n, ...], or [classes] and [] (@)");
}

TEST(Errors, cross_entropy_of_one_hot_integers) {
  EXPECT_MISTAKE(nn::functional::cross_entropy(ones({4, 3}), zeros({4, 3}, i64)),
                 "cross_entropy: input [4, 3] and target [4, 3] do not fit; they are [n, classes, "
                 "...] and [n, ...], or [classes] and [] (@)");
}

TEST(Errors, mse_loss_of_other_shapes) {
  EXPECT_MISTAKE(nn::functional::mse_loss(ones({4, 1}), ones({4})),
                 "mse_loss: input [4, 1] and target [4] differ in shape (@)");
}

TEST(Errors, an_optimizer_of_nothing) {
  EXPECT_MISTAKE(nn::optim::SGD({}, {.lr = 0.1}), "SGD: there are no parameters to optimize");
}

TEST(Errors, an_optimizer_of_a_parameter_twice) {
  Tensor p = ones({2});
  p.requires_grad_();
  EXPECT_MISTAKE(nn::optim::SGD({p, p}, {.lr = 0.1}), "SGD: the parameter [2] is there twice");
}

TEST(Errors, a_negative_learning_rate) {
  Tensor p = ones({2});
  p.requires_grad_();
  EXPECT_MISTAKE(nn::optim::AdamW({p}, {.lr = -1}), "AdamW: lr -1 is negative");
}

TEST(Errors, a_beta_of_one) {
  Tensor p = ones({2});
  p.requires_grad_();
  EXPECT_MISTAKE(nn::optim::Adam({p}, {.betas = {0.9, 1.0}}), "Adam: beta2 1 is not in [0, 1)");
}

TEST(Errors, a_learning_rate_set_while_compiling) {
  Tensor p = ones({2});
  p.requires_grad_();
  nn::optim::SGD opt({p}, {.lr = 0.1});
  auto step = compile([&](Tensor x) {
    opt.set_lr(0.2);
    return x;
  });
  EXPECT_MISTAKE(step(ones({2})),
                 "SGD: setting lr inside etch::compile or etch::trace would happen once, while "
                 "tracing; do so outside, compiled programs see the new value");
}

TEST(Errors, loading_the_state_of_another_optimizer) {
  Tensor p = ones({2});
  p.requires_grad_();
  nn::optim::SGD opt({p}, {.lr = 0.1});
  EXPECT_MISTAKE(opt.load_state_dict({{"optim.momentum", ones({2})}}),
                 "optim: load_state_dict: the state does not fit, nothing was loaded\nmissing in "
                 "the state: optim.lr, optim.dampening, optim.weight_decay\nmismatched: "
                 "optim.momentum: f32 [2] in the state, f64 [] here");
}

TEST(Errors, loading_a_file_that_is_not_there) {
  EXPECT_REFUSED(load_state("/no/such/file.safetensors"),
                 "cannot open /no/such/file.safetensors: No such file or directory");
}

TEST(Errors, loading_a_file_of_another_kind) {
  std::string path = ::testing::TempDir() + "notes.safetensors";
  std::ofstream(path) << "these are my notes";
  EXPECT_REFUSED(load_state(path),
                 path +
                     ": by its first bytes (it has 18) it is no file of weights: neither "
                     "safetensors, nor written by torch.save, nor .npy or .npz, nor an index of "
                     "such");
}

TEST(Errors, loading_a_file_that_is_empty) {
  std::string path = ::testing::TempDir() + "empty.safetensors";
  std::ofstream(path) << "";
  EXPECT_REFUSED(load_state(path),
                 path +
                     ": by its first bytes (it has 0) it is no file of weights: neither "
                     "safetensors, nor written by torch.save, nor .npy or .npz, nor an index of "
                     "such");
}

TEST(Errors, saving_state_into_a_folder_that_is_not_there) {
  auto net = nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
  EXPECT_REFUSED(
      save_state(net, "/no/such/folder/net.safetensors"),
      "cannot write /no/such/folder/net.safetensors: its folder does not exist; make it first");
}

TEST(Errors, resuming_from_weights_alone) {
  std::string path = ::testing::TempDir() + "weights.safetensors";
  ASSERT_TRUE(save_state(nn::StateDict{{"w", ones({2})}}, path).ok());
  EXPECT_REFUSED(nn::read_checkpoint(path),
                 path +
                     " is no checkpoint of Etch: it is a safetensors file of "
                     "weights alone, which load_state reads");
}

}  // namespace
}  // namespace etch
