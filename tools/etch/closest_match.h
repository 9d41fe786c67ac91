// What the user probably meant: the name in a list that is nearest to a mistyped one.
#ifndef ETCH_TOOLS_ETCH_CLOSEST_MATCH_H_
#define ETCH_TOOLS_ETCH_CLOSEST_MATCH_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace etch::tools {

// The number of characters to insert, delete or replace (or neighbours to swap) to get from `a`
// to `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `name`, the first of several; empty when none is near enough to be
// what was meant (more than a third of its characters differ, and it does not start with `name`).
std::string closest_match(std::string_view name, std::span<const std::string> candidates);

// "there is no stage `fusse`; did you mean `fuse`? The stages are: trace, autodiff, ..."
std::string unknown_name_message(std::string_view kind, std::string_view plural,
                                 std::string_view name, std::span<const std::string> candidates);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_CLOSEST_MATCH_H_
