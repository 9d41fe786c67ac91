// Taking parameter groups apart. Used by the .cc files of nn only.
#ifndef ETCH_NN_OPTIM_GROUPS_H_
#define ETCH_NN_OPTIM_GROUPS_H_

#include <vector>

namespace etch::nn::optim {

template <typename Group, typename ParamGroup>
std::vector<Group> split_groups(const std::vector<ParamGroup>& groups) {
  std::vector<Group> split;
  for (const ParamGroup& group : groups) split.push_back({group.params, group.options.lr});
  return split;
}

template <typename Options, typename ParamGroup>
std::vector<Options> options_of(const std::vector<ParamGroup>& groups) {
  std::vector<Options> options;
  for (const ParamGroup& group : groups) options.push_back(group.options);
  return options;
}

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_GROUPS_H_
