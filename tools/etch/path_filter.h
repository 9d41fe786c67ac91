// Patterns over module paths, as `--filter` takes them.
#ifndef ETCH_TOOLS_ETCH_PATH_FILTER_H_
#define ETCH_TOOLS_ETCH_PATH_FILTER_H_

#include <string>
#include <string_view>

namespace etch::tools {

// True when `path` ("h.0.attn.qkv") fits `pattern`: `*` stands for any characters, dots included,
// `?` for one. A pattern also takes in what lies below: "h.0" fits "h.0" and "h.0.attn", not
// "h.01".
bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PATH_FILTER_H_
