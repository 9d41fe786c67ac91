// Whether a program computes each row of its results from the same row of its arguments alone.
#ifndef ETCH_EXAMPLES_SERVER_ROW_INDEPENDENCE_H_
#define ETCH_EXAMPLES_SERVER_ROW_INDEPENDENCE_H_

#include "absl/status/statusor.h"
#include "etch/runtime/model.h"
#include "signature.h"

namespace server {

// Rows are slices along the leading dimension, which all tensors of `signature` must have in
// common, two or more. Found by trial, with random inputs, small and large: rows of an index
// pattern keep their values while the others get new ones, and results must keep their bits in
// those rows. A program that normalizes over the batch, sorts it, or takes a table in place of a
// batch shows itself. It is no proof: rows that meet only for values that were not drawn count as
// independent.
//
// Errors: those of running the program.
absl::StatusOr<bool> rows_are_independent(const etch::runtime::Model& model,
                                          const Signature& signature);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_ROW_INDEPENDENCE_H_
