#include "etch/frontend/bundle_state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"

namespace etch::frontend {

using runtime::BundleCell;
using runtime::ValueKind;

namespace {

bool is_state(const Binding& binding) {
  return binding.kind == Binding::Kind::kValue || binding.kind == Binding::Kind::kGrad;
}

ValueKind kind_of(const Binding& binding) {
  return binding.kind == Binding::Kind::kGrad ? ValueKind::kGrad : ValueKind::kState;
}

bool has_path(const TensorPtr& tensor) {
  return tensor->cell != nullptr && !tensor->cell->path.empty();
}

}  // namespace

void BundleState::add(const std::string& program, const TracedFunction& function,
                      const Site& site) {
  // Gradients are named after their parameters, which come first.
  for (ValueKind kind : {ValueKind::kState, ValueKind::kGrad}) {
    auto add_all = [&](const auto& bindings, const auto& types, bool read) {
      for (size_t i = 0; i < bindings.size(); ++i)
        if (is_state(bindings[i]) && kind_of(bindings[i]) == kind)
          add_binding(program, bindings[i], types[i], read, site);
    };
    add_all(function.inputs, function.input_types, /*read=*/true);
    add_all(function.results, function.result_types, /*read=*/false);
  }
  number_cells();
}

void BundleState::add_binding(const std::string& program, const Binding& binding,
                              const runtime::ValueInfo& info, bool read, const Site& site) {
  Key key{binding.tensor.get(), info.kind};
  auto found = members_.find(key);
  if (found == members_.end()) {
    insert(key, make_member(program, binding.tensor, info), site);
    found = members_.find(key);
  }
  Member& member = found->second;
  member.read |= read;
  if (member.cell.dtype != info.dtype || member.cell.shape != info.shape)
    fail(site, absl::StrCat("\"", member.cell.name, "\" is ", describe_type(info.dtype, info.shape),
                            " in program \"", program, "\" and ",
                            describe_type(member.cell.dtype, member.cell.shape), " in \"",
                            member.program, "\"; trace both again"));
  // The same cell may have been called otherwise in a tree of other modules.
  if (member.cell.kind == ValueKind::kState && has_path(binding.tensor)) {
    add_alias(member, info.path);
    for (const std::string& alias : binding.tensor->cell->aliases) add_alias(member, alias);
  }
}

BundleState::Member BundleState::make_member(const std::string& program, const TensorPtr& owner,
                                             const runtime::ValueInfo& info) {
  Member member{{}, owner, program};
  BundleCell& cell = member.cell;
  cell.kind = info.kind;
  cell.path = path_of(owner, info);
  cell.name = info.kind == ValueKind::kGrad ? "grad." + cell.path : cell.path;
  cell.dtype = info.dtype;
  cell.shape = info.shape;
  return member;
}

// The same for a tensor and its gradient. A program's own numbers of captured tensors mean nothing
// to the other programs.
std::string BundleState::path_of(const TensorPtr& owner, const runtime::ValueInfo& info) {
  auto state = members_.find({owner.get(), ValueKind::kState});
  if (state != members_.end()) return state->second.cell.name;
  if (has_path(owner)) return info.path;
  auto [captured, is_new] = captured_.try_emplace(owner.get(), captured_.size());
  return absl::StrCat("captured.", captured->second);
}

void BundleState::insert(Key key, Member member, const Site& site) {
  auto [taken, is_new] = names_.emplace(member.cell.name, key);
  if (!is_new) {
    const Member& other = members_.at(taken->second);
    fail(site, absl::StrCat("programs \"", other.program, "\" and \"", member.program,
                            "\" have different tensors under the path \"", member.cell.name,
                            "\"; trace both with the same modules, or give the modules places of "
                            "their own in one tree"));
  }
  members_.emplace(key, std::move(member));
}

void BundleState::add_alias(Member& member, const std::string& name) {
  auto [taken, is_new] = names_.emplace(name, Key{member.owner.get(), member.cell.kind});
  if (is_new) member.cell.aliases.push_back(name);
}

// A gradient that is only written has no value worth keeping, where its parameter is there to tell
// how large it is.
bool BundleState::is_stored(const Member& member) const {
  if (member.cell.kind == ValueKind::kState || member.read) return true;
  auto parameter = members_.find({member.owner.get(), ValueKind::kState});
  return parameter == members_.end() || parameter->second.cell.dtype != member.cell.dtype ||
         parameter->second.cell.shape != member.cell.shape;
}

void BundleState::number_cells() {
  int32_t number = 0;
  for (const auto& [name, key] : names_) {
    Member& member = members_.at(key);
    if (member.cell.name == name) member.number = number++;
  }
}

std::vector<const BundleState::Member*> BundleState::by_name() const {
  std::vector<const Member*> sorted(members_.size());
  for (const auto& [key, member] : members_) sorted[member.number] = &member;
  return sorted;
}

std::vector<BundleCell> BundleState::cells() const {
  std::vector<BundleCell> cells;
  for (const Member* member : by_name()) {
    cells.push_back(member->cell);
    cells.back().stored = is_stored(*member);
    std::ranges::sort(cells.back().aliases);
  }
  return cells;
}

int32_t BundleState::cell_of(const Binding& binding) const {
  if (!is_state(binding)) return -1;
  auto found = members_.find({binding.tensor.get(), kind_of(binding)});
  return found != members_.end() ? found->second.number : -1;
}

std::vector<int32_t> BundleState::cleared_by(const TracedFunction& function) const {
  std::vector<int32_t> cells;
  for (const TensorPtr& owner : function.emptied_grads) {
    int32_t cell = cell_of({Binding::Kind::kGrad, 0, owner});
    if (cell >= 0) cells.push_back(cell);
  }
  std::ranges::sort(cells);
  return cells;
}

absl::StatusOr<std::vector<runtime::SafetensorsEntry>> BundleState::values() const {
  const Site site{"Bundle::write", std::source_location()};
  std::vector<runtime::SafetensorsEntry> entries;
  for (const Member* member : by_name()) {
    if (!is_stored(*member)) continue;
    const BundleCell& cell = member->cell;
    bool is_grad = cell.kind == ValueKind::kGrad;
    TensorPtr value = is_grad ? member->owner->grad : member->owner;
    runtime::SafetensorsEntry entry{.name = cell.name, .dtype = cell.dtype, .shape = cell.shape};
    if (value == nullptr) {  // An empty gradient.
      entry.storage = allocate_storage(cell.dtype, cell.shape);
      std::ranges::fill(entry.storage->bytes(), std::byte{0});
    } else {
      const TensorImpl& now = concrete(Tensor(value), site);
      if (now.dtype != cell.dtype || now.shape != cell.shape)
        return absl::FailedPreconditionError(
            absl::StrCat("\"", cell.name, "\" is ", describe_type(now.dtype, now.shape),
                         " now and was ", describe_type(cell.dtype, cell.shape), " when program \"",
                         member->program, "\" was traced; trace it again"));
      entry.storage = now.storage;
    }
    entry.bytes = std::as_const(*entry.storage).bytes();
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace etch::frontend
