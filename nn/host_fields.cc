#include "etch/nn/host_fields.h"

#include <type_traits>

namespace etch::nn {

Tensor HostFields::value_of(const Place& place) {
  return std::visit(
      [](auto* value) {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_arithmetic_v<T>)
          return Tensor::from_data(std::vector<T>{*value}, {});
        else
          return Tensor::from_data(*value, {static_cast<int64_t>(value->size())});
      },
      place);
}

StateDict HostFields::save() const {
  StateDict state;
  for (const Field& field : fields_) state.insert(field.name, value_of(field.place));
  return state;
}

LoadReport HostFields::load(const StateDict& state, const LoadOptions& options,
                            std::string_view who) const {
  std::vector<detail::LoadTarget> targets;
  for (const Field& field : fields_) targets.push_back({field.name, value_of(field.place)});
  LoadReport report = detail::load_into(targets, state, options, who);
  for (size_t i = 0; i < fields_.size(); ++i)
    std::visit(
        [&](auto* value) {
          using T = std::remove_pointer_t<decltype(value)>;
          if constexpr (std::is_arithmetic_v<T>)
            *value = targets[i].cell.item<T>();
          else
            *value = targets[i].cell.to_vector<double>();
        },
        fields_[i].place);
  return report;
}

}  // namespace etch::nn
