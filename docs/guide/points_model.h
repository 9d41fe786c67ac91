// Calls of the programs that exporting.cc writes.
#ifndef ETCH_DOCS_GUIDE_POINTS_MODEL_H_
#define ETCH_DOCS_GUIDE_POINTS_MODEL_H_

#include <vector>

#include "etch/runtime/model.h"
#include "points.h"

using Probabilities = std::vector<float>;  // [kBatch, kClasses]

inline absl::Status predict(etch::runtime::ModelSession& session, const Batch& batch,
                            Probabilities& probabilities,
                            const etch::runtime::RunOptions& options = {}) {
  const etch::Shape points = {kBatch, 2}, result = {kBatch, kClasses};
  probabilities.resize(kBatch * kClasses);
  return session.run("predict", {{"x", {batch.x.data(), etch::f32, points}}},
                     {{"probabilities", {probabilities.data(), etch::f32, result}}}, options);
}

inline absl::Status train_step(etch::runtime::ModelSession& session, const Batch& batch) {
  const etch::Shape points = {kBatch, 2}, targets = {kBatch};
  return session.run("train_step",
                     {{"x", {batch.x.data(), etch::f32, points}},
                      {"target", {batch.target.data(), etch::i64, targets}}},
                     {});
}

#endif  // ETCH_DOCS_GUIDE_POINTS_MODEL_H_
