// A library as users write it: models registered with one line each.
#include <etch/etch.h>

namespace {

namespace nn = etch::nn;

struct Tiny : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 4, .out_features = 8}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 8, .out_features = 2}};
  etch::Tensor forward(etch::Tensor x) { return fc2(etch::relu(fc1(x))); }
};

// Of two tensors.
struct Distance : nn::Module {
  etch::Tensor forward(etch::Tensor a, etch::Tensor b) { return etch::sum((a - b) * (a - b)); }
};

ETCH_REGISTER_MODEL(Tiny, [] { return nn::make<Tiny>(); },
                    {.inputs = {etch::spec(etch::f32, {3, 4}, "x")},
                     .results = {"logits"},
                     .description = "4-8-2 perceptron",
                     .target = etch::spec(etch::i64, {3}, "target"),
                     .loss = [](const etch::Tensor& y, const etch::Tensor& target) {
                       return nn::functional::cross_entropy(y, target);
                     }});
ETCH_REGISTER_MODEL(Distance, [] { return nn::make<Distance>(); },
                    {.inputs = {etch::spec(etch::f32, {5}, "a"), etch::spec(etch::f32, {5}, "b")}});
ETCH_REGISTER_MODEL(Doubles, [] {
  return nn::ModelPrograms{
      {"twice", {etch::spec(etch::f32, {2}, "x")}, [](etch::Tensor x) { return x + x; }}};
});
ETCH_REGISTER_MODEL(Throws,
                    []() -> nn::ModuleHandle<Tiny> {
                      throw std::runtime_error("no weights today");
                    },
                    {.inputs = {etch::spec(etch::f32, {3, 4}, "x")}});
ETCH_REGISTER_MODEL(Misused, [] { return nn::make<Tiny>(); },
                    {.inputs = {etch::spec(etch::f32, {3, 5}, "x")}});

}  // namespace
