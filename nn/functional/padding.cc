#include "etch/nn/functional/padding.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {
namespace {

using frontend::fail;
using frontend::Site;

// `count` copies of the element at `index` of `dim`.
Tensor repeated(const Tensor& x, int64_t dim, int64_t index, int64_t count) {
  Shape shape = x.shape();
  shape[dim] = count;
  return expand(slice(x, dim, index, index + 1), shape);
}

Tensor pad_dim(const Site& site, const Tensor& x, int64_t dim, int64_t before, int64_t after,
               const std::string& mode) {
  int64_t n = x.size(dim), most = mode == "reflect" ? n - 1 : mode == "circular" ? n : INT64_MAX;
  if (before < 0 || after < 0 || before > most || after > most || n == 0)
    fail(site, "cannot pad dimension " + std::to_string(dim) + " of " + x.shape().to_string() +
                   " by " + std::to_string(before) + " and " + std::to_string(after) + " in mode " +
                   mode);
  std::vector<Tensor> parts;
  auto add = [&](int64_t count, auto&& part) {
    if (count > 0) parts.push_back(part());
  };
  if (mode == "reflect") {
    add(before, [&] { return flip(slice(x, dim, 1, before + 1), {dim}); });
    parts.push_back(x);
    add(after, [&] { return flip(slice(x, dim, n - 1 - after, n - 1), {dim}); });
  } else if (mode == "replicate") {
    add(before, [&] { return repeated(x, dim, 0, before); });
    parts.push_back(x);
    add(after, [&] { return repeated(x, dim, n - 1, after); });
  } else {
    add(before, [&] { return slice(x, dim, n - before, n); });
    parts.push_back(x);
    add(after, [&] { return slice(x, dim, 0, after); });
  }
  return cat(parts, dim);
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<int64_t>& padding, const std::string& mode, Loc loc) {
  Site site{"pad", loc};
  if (mode == "constant") return etch::pad(x, padding, loc);
  if (mode != "reflect" && mode != "replicate" && mode != "circular")
    fail(site,
         "mode \"" + mode + "\", must be \"constant\", \"reflect\", \"replicate\" or \"circular\"");
  if (padding.size() % 2 != 0 || static_cast<int64_t>(padding.size()) > 2 * x.dim())
    fail(site, std::to_string(padding.size()) + " numbers of padding for " + x.shape().to_string() +
                   "; give two for each dimension padded");
  frontend::LocScope line(loc);
  Tensor y = x;
  for (size_t i = 0; i < padding.size(); i += 2)
    if (padding[i] != 0 || padding[i + 1] != 0)
      y = pad_dim(site, y, x.dim() - 1 - static_cast<int64_t>(i / 2), padding[i], padding[i + 1],
                  mode);
  return y;
}

}  // namespace etch::nn::functional
