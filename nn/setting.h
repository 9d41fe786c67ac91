// Setting: a host value of a module that forward() depends on and that may change between calls.
//
//   struct Repeat : nn::Module {
//     nn::Setting<int64_t> num_repeats{this, "num_repeats", 3};
//     etch::Tensor forward(etch::Tensor x) {
//       for (int64_t i = 0; i < num_repeats; ++i) x = etch::relu(x);
//       return x;
//     }
//   };
//   net->num_repeats = 5;    // programs compiled for 3 stay, the next call compiles one for 5
//
// A plain member read in forward() is part of the program that was traced and later changes of it
// go unnoticed.
#ifndef ETCH_NN_SETTING_H_
#define ETCH_NN_SETTING_H_

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "etch/frontend/state.h"
#include "etch/nn/module.h"

namespace etch::nn {

// T prints by operator<< and compares by ==.
template <typename T>
class Setting {
 public:
  Setting(Module* owner, std::string name, T value)
      : owner_(owner), name_(std::move(name)), value_(std::make_shared<T>(std::move(value))) {}
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

  Setting& operator=(T value) {
    if (!(*value_ == value)) frontend::structure_changed();
    *value_ = std::move(value);
    return *this;
  }
  operator const T&() const { return get(); }
  const T& get() const {
    if (frontend::is_tracing()) {
      std::string path = owner_->path().empty() ? name_ : owner_->path() + "." + name_;
      frontend::observe(std::move(path), value_, &read);
    }
    return *value_;
  }

 private:
  static std::string read(const void* value) {
    std::ostringstream text;
    text << *static_cast<const T*>(value);
    return text.str();
  }

  Module* owner_;
  std::string name_;
  std::shared_ptr<T> value_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_SETTING_H_
