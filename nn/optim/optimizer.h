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
// The options that are numbers (learning rate, momentum, betas, weight decay, ...), the step count
// and the moments are state cells: programs read them, so that another learning rate or momentum
// never compiles again. Flags are part of the program, and so is whether a number is 0: a weight
// decay that is switched on later compiles once more.
#ifndef ETCH_NN_OPTIM_OPTIMIZER_H_
#define ETCH_NN_OPTIM_OPTIMIZER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/nn/state_dict.h"

namespace etch::nn::optim {

// Parameters and the options they are trained with.
template <typename Options>
struct ParamGroupOf {
  std::vector<Tensor> params;
  Options options;
};

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
  const std::vector<Tensor>& parameters(int64_t group = 0) const;

  double lr(int64_t group = 0) const { return option("lr", group); }
  // Takes effect at the next step(), also of programs compiled before. Not within a trace.
  void set_lr(double lr) { set_option("lr", lr); }  // of all groups
  void set_lr(int64_t group, double lr) { set_option(group, "lr", lr); }

  // The same for every option that is a number, by its member's name; "beta1" and "beta2" of
  // `betas`. Throws etch::Error for a name this optimizer has not and for a value out of range.
  double option(std::string_view name, int64_t group = 0) const;
  bool has_option(std::string_view name) const;
  void set_option(std::string_view name, double value);
  void set_option(int64_t group, std::string_view name, double value);

  // Steps taken; 0 before the first.
  int64_t num_steps() const;

  // The cells: options as "optim.lr" (of further groups "optim.lr.1", ...), "optim.step", and what
  // belongs to a parameter, "optim.exp_avg.fc1.weight". A parameter that got its first gradient
  // later than others counts its own steps: "optim.step.fc2.weight". Parameters without a path are
  // called by their number, "#3".
  StateDict state_dict() const;
  // All or nothing; `options` as for Module::load_state_dict. State of parameters that were not
  // updated yet is made as needed.
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});

 protected:
  enum class Range : uint8_t { kAny, kNotNegative, kBelowOne };  // kBelowOne: in [0, 1)
  struct Option {
    const char* name;
    double value;
    Range range = Range::kNotNegative;
  };
  struct Slot {
    const char* name;  // as in PyTorch: "exp_avg", "exp_avg_sq"
    double initial = 0;
  };
  using Named = std::map<std::string, Tensor>;

  // `name` begins error messages: "SGD".
  explicit Optimizer(std::string name) : name_(std::move(name)) {}
  // Throws etch::Error, and adds nothing, when a parameter is there already or an option is out of
  // range. All groups have the same options, "lr" among them.
  void add_group(const std::vector<Tensor>& parameters, const std::vector<Option>& options);
  // For the end of constructors: throws etch::Error when there are no parameters at all.
  void require_parameters() const;
  [[noreturn]] void fail(const std::string& problem) const;
  bool is_zero(int64_t group, std::string_view name) const { return option(name, group) == 0; }

  // What the updates of a group's parameters share at a step, so that it is computed once: scalars
  // of f64 [] from the options and the number of this step (1 at the first), all f64 [] too.
  virtual Named shared_scalars(int64_t group, const Named& options, const Tensor& step) const = 0;
  // The state of each parameter of the group.
  virtual std::vector<Slot> slots(int64_t group) const = 0;
  // Replaces the values of `parameter` and `slots`. `scalars` come in the parameter's dtype. No
  // gradients are recorded.
  virtual void update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
                      const Named& scalars) const = 0;

 private:
  friend class LRScheduler;

  // Parameters that got their first gradient in the same step share a counter.
  struct Cohort {
    Tensor step;
  };
  struct State {
    std::shared_ptr<Cohort> cohort;  // null before the first update
    Named slots;
  };
  // `value` is what the cell holds: programs only read it.
  struct OptionCell {
    std::string name;
    double value;
    Range range;
    Tensor cell;
  };
  struct Group {
    std::vector<Tensor> parameters;
    std::vector<OptionCell> options;
    std::optional<double> initial_lr;  // of the first scheduler
  };
  // A cell and its name in state_dict().
  struct NamedCell {
    std::string name;
    Tensor cell;
  };

  template <typename F>
  void for_each_parameter(F&& f) const;
  const OptionCell& find_option(int64_t group, std::string_view name) const;
  void check_range(std::string_view name, double value, Range range) const;
  void structure_changed();
  void make_slots(int64_t group, const Tensor& parameter, State& state) const;
  Named scalars_of(int64_t group, const Tensor& step, DType dtype) const;
  std::string name_of(const Tensor& parameter) const;
  std::vector<NamedCell> named_cells() const;
  std::shared_ptr<Cohort> first_cohort() const;
  void match_cohorts(const StateDict& state);

  std::string name_;
  std::vector<Group> groups_;
  std::unordered_map<const void*, int64_t> numbers_;  // of the parameters, in order
  std::unordered_map<const void*, State> states_;
  // Counts changes of which cell belongs to which parameter and of which options are 0, so that
  // compiled programs see them.
  std::shared_ptr<uint64_t> changes_ = std::make_shared<uint64_t>(0);
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_OPTIMIZER_H_
