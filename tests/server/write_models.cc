// Writes the bundles that the tests of the server serve to the folder of the argument:
//
//   rows.etch         three inputs of different dtypes, two outputs, eight independent rows
//   mixed.etch        rows that depend on each other
//   steep.etch        rows that depend on each other where values are above ten
//   training.etch     its program `predict` writes state
//   rows.safetensors  other weights for rows.etch: all of them 0, so out0 is 0
#include <iostream>

#include "etch/etch.h"

namespace nn = etch::nn;

namespace {

struct Rows : nn::Module {
  nn::Child<nn::Linear> fc{this, "fc", {.in_features = 3, .out_features = 4}};
  nn::Child<nn::Embedding> table{this, "table", {.num_embeddings = 5, .embedding_dim = 4}};
  std::vector<etch::Tensor> forward(etch::Tensor x, etch::Tensor ids, etch::Tensor flags) {
    etch::Tensor y = fc(x) + table(ids);
    return {etch::where(etch::unsqueeze(flags, 1), y, -y), ids + 1};
  }
};

absl::Status write(const std::string& folder) {
  auto net = nn::make<Rows>();
  auto rows = etch::trace(
      [&](etch::Tensor x, etch::Tensor ids, etch::Tensor flags) { return net(x, ids, flags); },
      {etch::spec(etch::f32, {8, 3}, "x"), etch::spec(etch::i64, {8}, "ids"),
       etch::spec(etch::boolean, {8}, "flags")});
  auto mixed = etch::trace([](etch::Tensor x) { return x - x.mean(0); },
                           {etch::spec(etch::f32, {4, 3}, "x")});
  absl::Status status =
      etch::Bundle("rows").add("predict", rows.value()).write(folder + "/rows.etch");
  status.Update(etch::Bundle("mixed").add("predict", mixed.value()).write(folder + "/mixed.etch"));
  auto steep = etch::trace([](etch::Tensor x) { return x + etch::relu(x - 10).mean(0); },
                           {etch::spec(etch::f32, {4, 3}, "x")});
  status.Update(etch::Bundle("steep").add("predict", steep.value()).write(folder + "/steep.etch"));

  auto trained = nn::make<nn::Linear>(nn::LinearOptions{.in_features = 3, .out_features = 4});
  nn::optim::SGD sgd(trained->parameters(), {.lr = 0.1});
  auto step = etch::trace(
      [&](etch::Tensor x) {
        sgd.zero_grad();
        etch::Tensor loss = trained(x).mean();
        loss.backward();
        sgd.step();
        return loss;
      },
      {etch::spec(etch::f32, {4, 3}, "x")});
  status.Update(
      etch::Bundle("training").add("predict", step.value()).write(folder + "/training.etch"));

  etch::no_grad guard;
  for (auto& [name, parameter] : net->named_parameters()) parameter.fill_(0);
  status.Update(etch::save_state(net->state_dict(), folder + "/rows.safetensors"));
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  absl::Status status = write(argc > 1 ? argv[1] : ".");
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}
