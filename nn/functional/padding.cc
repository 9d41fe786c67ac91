#include "etch/nn/functional/padding.h"

#include <array>
#include <utility>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"

namespace etch::nn::functional {

Tensor pad(const Tensor& x, const std::vector<int64_t>& padding, const std::string& mode,
           double value, Loc loc) {
  constexpr std::array<std::pair<const char*, PadMode>, 4> kModes = {
      {{"constant", PadMode::kConstant},
       {"reflect", PadMode::kReflect},
       {"replicate", PadMode::kReplicate},
       {"circular", PadMode::kCircular}}};
  for (auto [name, pad_mode] : kModes)
    if (mode == name) return etch::pad(x, padding, pad_mode, value, loc);
  frontend::fail({"pad", loc}, "mode \"" + mode +
                                   "\", must be \"constant\", \"reflect\", \"replicate\" or "
                                   "\"circular\"");
}

}  // namespace etch::nn::functional
