// Models that the command `etch` finds in a shared library of yours, each registered with one line:
//
//   #include <etch/etch.h>
//   struct Mlp : etch::nn::Module { ... };
//   ETCH_REGISTER_MODEL(Mlp, [] { return etch::nn::make<Mlp>(256); },
//                       {.inputs = {etch::spec(etch::f32, {64, 784}, "x")}});
//
//   $ etch models ./libmine.so
//   $ etch run ./libmine.so:Mlp --input x=@digits.npy
//
// Its program `predict` is forward() in eval mode; with a loss there is a `train_step` too:
//
//   ETCH_REGISTER_MODEL(Mlp, [] { return etch::nn::make<Mlp>(256); },
//                       {.inputs = {etch::spec(etch::f32, {64, 784}, "x")},
//                        .target = etch::spec(etch::i64, {64}, "target"),
//                        .loss = [](auto& y, auto& t) { return nn::functional::cross_entropy(y, t);
//                        }, .optimizer = [](auto& parameters) {
//                          return std::make_unique<nn::optim::AdamW>(parameters);
//                        }});
//
// What does not fit this gives programs of its own, under names of its own (ModelProgram):
//
//   ETCH_REGISTER_MODEL(Gan, [] {
//     auto net = etch::nn::make<Generator>();
//     return etch::nn::ModelPrograms{{"sample", {etch::spec(etch::f32, {8, 100}, "z")},
//                                     [net](etch::Tensor z) mutable { return net(z); }}};
//   });
#ifndef ETCH_NN_REGISTER_MODEL_H_
#define ETCH_NN_REGISTER_MODEL_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/program.h"
#include "etch/frontend/version.h"
#include "etch/nn/handle.h"
#include "etch/nn/optim/optimizer.h"

namespace etch::nn {

// What etch::trace takes, under a name.
struct ModelProgram {
  std::string name;                // "predict"
  std::vector<TensorSpec> inputs;  // with names
  frontend::ProgramBody body;
  std::vector<std::string> results = {};  // as etch::trace's `result_names`

  // `fn` takes a tensor for each input, and returns a tensor or a nest of them.
  template <typename Fn>
  ModelProgram(std::string name, std::vector<TensorSpec> inputs, Fn fn)
      : name(std::move(name)),
        inputs(std::move(inputs)),
        body([fn = std::move(fn)](const std::vector<Tensor>& arguments) mutable {
          if constexpr (std::is_same_v<Fn, frontend::ProgramBody>)
            return fn(arguments);
          else
            return frontend::call_with(fn, arguments);
        }) {}
};

// Over one state, the most used one first.
using ModelPrograms = std::vector<ModelProgram>;

// How a module becomes programs.
struct ModelOptions {
  std::vector<TensorSpec> inputs;         // what forward() takes, by name
  std::vector<std::string> results = {};  // what `predict` calls what forward() returns
  std::string description = {};           // one line
  // Of `train_step`, which has a target behind the inputs and returns the loss. Without a loss
  // there is none. `output` is the first tensor that forward() returns.
  TensorSpec target = {};
  std::function<Tensor(const Tensor& output, const Tensor& target)> loss = {};
  // Null: SGD with learning rate 0.01.
  std::function<std::unique_ptr<optim::Optimizer>(const std::vector<Tensor>& parameters)>
      optimizer = {};
};

// A model that can be made again and again, each time with a state of its own.
struct RegisteredModel {
  std::string name;
  std::string description;
  std::string source;  // "mlp.cc:41", where it was registered; empty for Etch's own
  // May throw what the module's constructor throws.
  std::function<ModelPrograms()> make;
};

// `predict`, and `train_step` where there is a loss. `net` is called with the tensors of `inputs`.
ModelPrograms model_programs(const ModuleHandle<Module>& net, ModelOptions options,
                             frontend::ProgramBody forward);
template <typename Net>
ModelPrograms model_programs(ModuleHandle<Net> net, ModelOptions options) {
  return model_programs(net, std::move(options),
                        [net](const std::vector<Tensor>& arguments) mutable {
                          return frontend::call_with(net, arguments);
                        });
}

// Those of this process so far, in the order of registration: what libraries that it has loaded
// have registered. Safe to call from any thread.
std::vector<RegisteredModel> registered_models();

// A library that was compiled with the headers of another version, whose models are of no use.
struct ForeignModel {
  std::string name;
  std::string version;  // of the headers
};
std::vector<ForeignModel> foreign_models();

// Traces some of the programs of `model`, over one state: all where `names` is empty; the name ""
// stands for the first. Shapes and
// dtypes in `inputs` go before those of the programs' own inputs of the same name.
// Errors: NOT_FOUND for a program that it has not, with those that it has; INVALID_ARGUMENT for
// what its code throws, with its name.
absl::StatusOr<std::vector<std::pair<std::string, Program>>> trace_model(
    const RegisteredModel& model, const std::vector<std::string>& names = {},
    const std::vector<TensorSpec>& inputs = {});

namespace detail {

// C linkage, and nothing is read of `model` (a RegisteredModel) unless the version is right: a
// library that was compiled with other headers may have laid it out otherwise.
extern "C" void etch_register_model(const char* version, const char* name, const void* model);

struct ModelRegistration {
  template <typename Factory>
  ModelRegistration(const char* name, const char* source, Factory factory,
                    ModelOptions options = {}) {
    RegisteredModel model{name, options.description, source, {}};
    model.make = [factory, options] {
      if constexpr (std::is_same_v<std::invoke_result_t<const Factory&>, ModelPrograms>)
        return factory();
      else
        return model_programs(factory(), options);
    };
    etch_register_model(kVersion, name, &model);
  }
};

}  // namespace detail
}  // namespace etch::nn

#define ETCH_REGISTER_TEXT_(x) #x
#define ETCH_REGISTER_LINE_(x) ETCH_REGISTER_TEXT_(x)

// ETCH_REGISTER_MODEL(NAME, FACTORY [, OPTIONS]), at namespace scope: see above. FACTORY is called
// without arguments whenever the model is wanted, and returns a module's handle or ModelPrograms.
#define ETCH_REGISTER_MODEL(name, ...)                                             \
  static const ::etch::nn::detail::ModelRegistration etch_registered_model_##name( \
      #name, __FILE__ ":" ETCH_REGISTER_LINE_(__LINE__), __VA_ARGS__)

#endif  // ETCH_NN_REGISTER_MODEL_H_
