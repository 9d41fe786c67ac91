// Runs a bundle, and trains it further: links Etch::runtime alone, in which there is no compiler.
#include <cstdio>

#include "etch/runtime/model.h"
#include "etch/runtime/status.h"
#include "points.h"

namespace runtime = etch::runtime;

const etch::Shape kPoints = {kBatch, 2}, kTargets = {kBatch}, kResult = {kBatch, kClasses};

absl::Status run() {
  ETCH_ASSIGN_OR_RETURN(runtime::Model model, runtime::Model::load("points.etch"));
  runtime::ModelSession session = model.new_session();
  std::mt19937 random(1);
  std::vector<float> probabilities(kBatch * kClasses);

  auto test = [&]() -> absl::Status {
    Batch batch = make_batch(random);
    ETCH_RETURN_IF_ERROR(
        session.run("predict", {{"x", {batch.x.data(), etch::f32, kPoints}}},
                    {{"probabilities", {probabilities.data(), etch::f32, kResult}}}));
    std::printf("accuracy %.0f %%\n", accuracy(probabilities, batch));
    return absl::OkStatus();
  };

  ETCH_RETURN_IF_ERROR(test());
  for (int i = 0; i < 500; ++i) {
    Batch batch = make_batch(random);
    float loss = 0;
    ETCH_RETURN_IF_ERROR(session.run("train_step",
                                     {{"x", {batch.x.data(), etch::f32, kPoints}},
                                      {"target", {batch.target.data(), etch::i64, kTargets}}},
                                     {{"loss", {&loss, etch::f32, {}}}}));
  }
  ETCH_RETURN_IF_ERROR(test());
  return model.save("trained.etch");
}

int main() {
  absl::Status status = run();
  if (!status.ok()) std::printf("%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
