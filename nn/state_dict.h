// Named values of a module or an optimizer, in order, and what loading them reports.
#ifndef ETCH_NN_STATE_DICT_H_
#define ETCH_NN_STATE_DICT_H_

#include <functional>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn {

// An ordered map from state names ("fc1.weight") to tensors.
class StateDict {
 public:
  using Entry = std::pair<std::string, Tensor>;

  StateDict() = default;
  StateDict(std::initializer_list<Entry> entries);

  // Throws etch::Error when `name` is there already.
  void insert(std::string name, Tensor value);
  // All entries of `other`.
  void insert(const StateDict& other);
  // Whether there was such an entry.
  bool erase(std::string_view name);

  bool contains(std::string_view name) const { return find(name).defined(); }
  // Undefined when there is none.
  Tensor find(std::string_view name) const;
  // Throws etch::Error when there is none.
  Tensor at(std::string_view name) const;
  // The entries whose names start with `prefix`, in order.
  StateDict with_prefix(std::string_view prefix) const;

  // States under other names or in another layout, for weights of other programs:
  //
  //   state.without_prefix("module.")                                    // of DataParallel
  //   state.renamed([](std::string name) { return name == "head" ? "fc" : name; })
  //   state.transposed({"c_attn.weight", "c_proj.weight", "c_fc.weight"})  // of GPT-2
  //
  // Names that begin with `prefix` lose it, others stay. Throws etch::Error, as the two below, when
  // two entries would get the same name.
  StateDict without_prefix(std::string_view prefix) const;
  StateDict with_added_prefix(std::string_view prefix) const;
  // Every entry under the name that `rename` gives it; an empty name leaves it out.
  StateDict renamed(const std::function<std::string(std::string name)>& rename) const;
  // Entries whose names end with one of `suffixes` with their two dimensions exchanged. Throws
  // etch::Error for one of another number of dimensions.
  StateDict transposed(std::initializer_list<std::string_view> suffixes) const;
  // Concrete copies: what the cells hold now, whatever is trained afterwards.
  StateDict snapshot() const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> index_;
};

struct LoadOptions {
  // Anything missing, unexpected or mismatched is an error. Otherwise it is skipped and reported.
  bool strict = true;
  // Nothing is loaded, only reported.
  bool dry_run = false;
};

// What did not fit when a state dict was loaded.
struct LoadReport {
  std::vector<std::string> missing;     // in the module, not in the state
  std::vector<std::string> unexpected;  // in the state, not in the module
  std::vector<std::string> mismatched;  // "fc1.weight: shape [10, 4] in the state, [10, 8] here"
  bool ok() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
  // One line a kind; empty when ok().
  std::string to_string() const;
};

std::ostream& operator<<(std::ostream& os, const LoadReport& report);

namespace detail {

// One place that a value may be loaded into. Places that share a cell are tied: a state that has
// one of their names fills them all, and one that has several must hold equal values.
struct LoadTarget {
  std::string name;
  Tensor cell;
};

// What loading `state` into `targets` would report.
LoadReport compare_with(const std::vector<LoadTarget>& targets, const StateDict& state);

// Compares `state` with `targets` and copies what fits, converting between floating dtypes.
// Throws etch::Error, prefixed with `who`, and copies nothing, when `options` are strict and the
// report is not ok.
LoadReport load_into(const std::vector<LoadTarget>& targets, const StateDict& state,
                     const LoadOptions& options, std::string_view who);

}  // namespace detail
}  // namespace etch::nn

#endif  // ETCH_NN_STATE_DICT_H_
