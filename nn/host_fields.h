// Numbers of host objects (schedulers, loaders, averages) as state dicts. Used by nn only.
#ifndef ETCH_NN_HOST_FIELDS_H_
#define ETCH_NN_HOST_FIELDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "etch/nn/state_dict.h"

namespace etch::nn {

// An object adds its fields by reference, in one function that serves both directions:
//
//   void fields(HostFields& f) { f.add("last_epoch", epoch_); f.add("base_lrs", base_lrs_); }
//
// i64 [] for integers, f64 [] for floating numbers, f64 [n] for lists, whose length is fixed.
class HostFields {
 public:
  void add(std::string_view name, int64_t& value) { insert(name, &value); }
  void add(std::string_view name, double& value) { insert(name, &value); }
  void add(std::string_view name, std::vector<double>& value) { insert(name, &value); }
  // What `object.fields()` adds, under "<prefix>.".
  template <typename T>
  void nest(std::string_view prefix, T& object) {
    std::string outer = prefix_;
    prefix_ += std::string(prefix) + ".";
    object.fields(*this);
    prefix_ = std::move(outer);
  }

  StateDict save() const;
  // All or nothing, as Module::load_state_dict; errors begin with `who`.
  LoadReport load(const StateDict& state, const LoadOptions& options, std::string_view who) const;

 private:
  using Place = std::variant<int64_t*, double*, std::vector<double>*>;
  struct Field {
    std::string name;
    Place place;
  };
  void insert(std::string_view name, Place place) {
    fields_.push_back({prefix_ + std::string(name), place});
  }
  static Tensor value_of(const Place& place);

  std::string prefix_;
  std::vector<Field> fields_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_HOST_FIELDS_H_
