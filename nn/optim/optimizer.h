// The base of optimizers: parameter groups, and state cells that are part of compiled programs.
//
//   nn::optim::AdamW opt(net->parameters(), {.lr = 1e-3});
//   auto step = etch::compile([&](etch::Tensor x, etch::Tensor target) {
//     opt.zero_grad();
//     etch::Tensor loss = nn::functional::cross_entropy(net(x), target);
//     loss.backward();
//     opt.step();
//     return loss;
//   });
//
// The learning rate, the step count and the moments are state cells: programs read them, so that
// setting another learning rate never compiles again. The other options are part of the program.
#ifndef ETCH_NN_OPTIM_OPTIMIZER_H_
#define ETCH_NN_OPTIM_OPTIMIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/nn/state_dict.h"

namespace etch::nn::optim {

// Threads: as the parameters it updates.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // Updates every parameter that has a gradient. Traceable.
  void step();
  // Empties the gradients, or fills those that exist with zeros.
  void zero_grad(bool set_to_none = true);

  int64_t num_groups() const { return static_cast<int64_t>(groups_.size()); }
  double lr(int64_t group = 0) const;
  // Takes effect at the next step(), also of programs compiled before. Not within a trace.
  void set_lr(double lr);  // of all groups
  void set_lr(int64_t group, double lr);
  // Steps taken; 0 before the first.
  int64_t num_steps() const;

  // The cells: "optim.lr" (of further groups "optim.lr.1", ...), "optim.step", and what belongs to
  // a parameter, "optim.exp_avg.fc1.weight". A parameter that got its first gradient later than
  // others counts its own steps: "optim.step.fc2.weight".
  StateDict state_dict() const;
  // All or nothing; `options` as for Module::load_state_dict. State of parameters that were not
  // updated yet is made as needed.
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});

 protected:
  struct Group {
    std::vector<Tensor> parameters;
    double lr;
  };
  // Throws etch::Error when there are no parameters, one comes twice, or a learning rate is
  // negative.
  explicit Optimizer(std::vector<Group> groups);

  // What the updates of a group's parameters share at a step, so that it is computed once: scalars
  // from the learning rate (f64 []) and the number of this step (i64 [], 1 at the first).
  virtual std::vector<Tensor> shared_scalars(int64_t group, const Tensor& lr,
                                             const Tensor& step) const = 0;
  // The state of each parameter, as in PyTorch: "exp_avg", "exp_avg_sq". Zeros at first.
  virtual std::vector<std::string> slot_names(int64_t group) const = 0;
  // Replaces the values of `parameter` and `slots`. No gradients are recorded.
  virtual void update(int64_t group, Tensor parameter, const Tensor& grad,
                      std::vector<Tensor>& slots, const std::vector<Tensor>& scalars) const = 0;

 private:
  // Parameters that got their first gradient in the same step share a counter.
  struct Cohort {
    Tensor step;
  };
  struct State {
    std::shared_ptr<Cohort> cohort;  // null before the first update
    std::vector<Tensor> slots;
  };
  struct CellGroup {
    std::vector<Tensor> parameters;
    Tensor lr;
  };
  // A cell and its name in state_dict().
  struct NamedCell {
    std::string name;
    Tensor cell;
  };

  template <typename F>
  void for_each_parameter(F&& f) const;
  void make_state(int64_t group, const Tensor& parameter, std::shared_ptr<Cohort> cohort);
  std::vector<NamedCell> named_cells() const;
  std::shared_ptr<Cohort> first_cohort() const;
  void match_cohorts(const StateDict& state);

  std::vector<CellGroup> groups_;
  std::unordered_map<const void*, State> states_;
  // Counts changes of which cell belongs to which parameter, so that compiled programs see them.
  std::shared_ptr<uint64_t> changes_ = std::make_shared<uint64_t>(0);
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_OPTIMIZER_H_
