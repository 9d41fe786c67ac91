// Serves a model from two threads while a third trains a copy of it and publishes what it learns.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "etch/runtime/model.h"
#include "etch/runtime/status.h"
#include "points.h"

namespace runtime = etch::runtime;

const etch::Shape kPoints = {kBatch, 2}, kTargets = {kBatch}, kResult = {kBatch, kClasses};
std::atomic<int> failures{0};

// One thread of the service: a session of its own, and a limit on the time of each call.
void serve(const runtime::Model& model, const std::atomic<bool>& stop, int64_t& calls) {
  runtime::ModelSession session = model.new_session();
  std::mt19937 random(2);
  std::vector<float> probabilities(kBatch * kClasses);
  for (; !stop; ++calls) {
    Batch batch = make_batch(random);
    runtime::RunOptions options;
    options.cancel = &stop;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    absl::Status status =
        session.run("predict", {{"x", {batch.x.data(), etch::f32, kPoints}}},
                    {{"out0", {probabilities.data(), etch::f32, kResult}}}, options);
    if (!status.ok() && !absl::IsCancelled(status)) ++failures;
  }
}

absl::Status train_and_publish(const runtime::Model& model) {
  runtime::Model trainer = model.fork();  // same code, its own state
  runtime::ModelSession session = trainer.new_session();
  std::mt19937 random(3);
  for (int step = 1; step <= 500; ++step) {
    Batch batch = make_batch(random);
    ETCH_RETURN_IF_ERROR(session.run("train_step",
                                     {{"x", {batch.x.data(), etch::f32, kPoints}},
                                      {"target", {batch.target.data(), etch::i64, kTargets}}},
                                     {}));
    if (step % 100 == 0) ETCH_RETURN_IF_ERROR(model.restore(trainer.snapshot()));
  }
  return absl::OkStatus();
}

double test(const runtime::Model& model) {
  runtime::ModelSession session = model.new_session();
  std::mt19937 random(4);
  Batch batch = make_batch(random);
  std::vector<float> probabilities(kBatch * kClasses);
  absl::Status status = session.run("predict", {{"x", {batch.x.data(), etch::f32, kPoints}}},
                                    {{"out0", {probabilities.data(), etch::f32, kResult}}});
  return status.ok() ? accuracy(probabilities, batch) : 0;
}

absl::Status run() {
  ETCH_ASSIGN_OR_RETURN(runtime::Model model,
                        runtime::Model::load("points.etch", {.memory_limit = 64 << 20}));
  const runtime::StateSnapshot first = model.snapshot();
  std::printf("accuracy %.0f %%\n", test(model));

  std::atomic<bool> stop{false};
  std::vector<int64_t> calls(2);
  std::vector<std::thread> threads;
  for (int64_t& count : calls) threads.emplace_back(serve, model, std::cref(stop), std::ref(count));
  absl::Status trained = train_and_publish(model);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  ETCH_RETURN_IF_ERROR(trained);
  std::printf("accuracy %.0f %%, %d calls failed\n", test(model), failures.load());

  // Some weights by name, all at once or none; what was computed from them is computed again.
  ETCH_ASSIGN_OR_RETURN(runtime::StateValue bias, model.read("fc2.bias"));
  auto* values = bias.storage->data<float>();
  values[2] += 100;
  ETCH_RETURN_IF_ERROR(model.update({{"fc2.bias", bias.view()}}));
  std::printf("accuracy %.0f %% with another bias\n", test(model));
  ETCH_RETURN_IF_ERROR(model.restore(first));
  std::printf("accuracy %.0f %% as in the beginning\n", test(model));
  return absl::OkStatus();
}

int main() {
  absl::Status status = run();
  if (!status.ok()) std::printf("%s\n", status.ToString().c_str());
  return status.ok() && failures == 0 ? 0 : 1;
}
