// How losses gather their elements.
#ifndef ETCH_NN_FUNCTIONAL_REDUCTION_H_
#define ETCH_NN_FUNCTIONAL_REDUCTION_H_

#include <cstdint>

namespace etch::nn {

// kMean divides the sum by the number of elements (or what a loss names instead), kBatchMean by the
// extent of dimension 0; a mean of nothing is NaN.
enum class Reduction : uint8_t { kNone, kMean, kSum, kBatchMean };

}  // namespace etch::nn

#endif  // ETCH_NN_FUNCTIONAL_REDUCTION_H_
