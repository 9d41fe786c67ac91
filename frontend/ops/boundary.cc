#include "etch/frontend/ops/boundary.h"

#include "etch/frontend/record.h"

namespace etch::frontend {

std::vector<Tensor> record_boundary(const std::vector<Tensor>& values, std::source_location loc) {
  auto results = record_all<ir::BoundaryOp>({"boundary", loc}, values);
  return {results.begin(), results.end()};
}

}  // namespace etch::frontend
