// The state that the programs of a bundle share, merged by identity and named by path. Internal.
#ifndef ETCH_FRONTEND_BUNDLE_STATE_H_
#define ETCH_FRONTEND_BUNDLE_STATE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/traced.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/safetensors.h"

namespace etch::frontend {

class BundleState {
 public:
  // Adds the cells and gradients that a program reads or writes. Throws etch::Error, and is then
  // to be thrown away, when they contradict those of the programs before.
  void add(const std::string& program, const TracedFunction& function, const Site& site);

  // What follows is for a state to which nothing is added any more.
  //
  // The cells by name; cell_of() is the number of a binding's cell, -1 for arguments and results.
  std::vector<runtime::BundleCell> cells() const;
  int32_t cell_of(const Binding& binding) const;
  // The cells of gradients that a program leaves empty.
  std::vector<int32_t> cleared_by(const TracedFunction& function) const;
  // What the cells hold now. FAILED_PRECONDITION when one has another type than it was traced with.
  absl::StatusOr<std::vector<runtime::SafetensorsEntry>> values() const;

 private:
  using Key = std::pair<const TensorImpl*, runtime::ValueKind>;
  struct Member {
    runtime::BundleCell cell;
    TensorPtr owner;
    std::string program;  // the first that has it
    bool read = false;
    int32_t number = 0;  // among the cells by name
  };

  void add_binding(const std::string& program, const Binding& binding,
                   const runtime::ValueInfo& info, bool read, const Site& site);
  Member make_member(const std::string& program, const TensorPtr& owner,
                     const runtime::ValueInfo& info);
  std::string path_of(const TensorPtr& owner, const runtime::ValueInfo& info);
  void insert(Key key, Member member, const Site& site);
  void add_alias(Member& member, const std::string& name);
  void number_cells();
  bool is_stored(const Member& member) const;
  std::vector<const Member*> by_name() const;

  std::map<Key, Member> members_;
  std::map<std::string, Key> names_;              // aliases among them
  std::map<const TensorImpl*, size_t> captured_;  // numbers of those without a path
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_BUNDLE_STATE_H_
