// Serves a model from two threads while a third trains a copy of it and publishes what it learns.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "etch/runtime/status.h"
#include "points_model.h"

namespace runtime = etch::runtime;

std::atomic<int> failures{0};

// One thread of the service: a session of its own, and a limit on the time of each call.
void serve(const runtime::Model& model, const std::atomic<bool>& stop) {
  runtime::ModelSession session = model.new_session();
  std::mt19937 random(2);
  Probabilities probabilities;
  while (!stop) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    absl::Status status = predict(session, make_batch(random), probabilities,
                                  {.cancel = &stop, .deadline = deadline});
    if (!status.ok() && !absl::IsCancelled(status)) ++failures;
  }
}

absl::Status train_and_publish(const runtime::Model& model) {
  runtime::Model trainer = model.fork();  // the same code, a state of its own
  runtime::ModelSession session = trainer.new_session();
  std::mt19937 random(3);
  for (int step = 1; step <= 500; ++step) {
    ETCH_RETURN_IF_ERROR(train_step(session, make_batch(random)));
    if (step % 100 == 0) ETCH_RETURN_IF_ERROR(model.restore(trainer.snapshot()));
  }
  return absl::OkStatus();
}

void print_accuracy(const runtime::Model& model, const char* when) {
  runtime::ModelSession session = model.new_session();
  std::mt19937 random(4);
  Batch batch = make_batch(random);
  Probabilities probabilities;
  if (!predict(session, batch, probabilities).ok()) ++failures;
  std::printf("accuracy %.0f %% %s\n", accuracy(probabilities, batch), when);
}

absl::Status run() {
  ETCH_ASSIGN_OR_RETURN(runtime::Model model,
                        runtime::Model::load("points.etch", {.memory_limit = 64 << 20}));
  const runtime::StateSnapshot first = model.snapshot();
  print_accuracy(model, "in the beginning");

  std::atomic<bool> stop{false};
  std::thread one(serve, model, std::cref(stop)), two(serve, model, std::cref(stop));
  absl::Status trained = train_and_publish(model);
  stop = true;
  one.join();
  two.join();
  ETCH_RETURN_IF_ERROR(trained);
  print_accuracy(model, "after training");

  // Some weights by name, all at once or none; what was computed from them is computed again.
  ETCH_ASSIGN_OR_RETURN(runtime::StateValue bias, model.read("fc2.bias"));
  bias.storage->data<float>()[2] += 100;
  ETCH_RETURN_IF_ERROR(model.update({{"fc2.bias", bias.view()}}));
  print_accuracy(model, "with another bias");
  ETCH_RETURN_IF_ERROR(model.restore(first));
  print_accuracy(model, "as in the beginning");
  return absl::OkStatus();
}

int main() {
  absl::Status status = run();
  std::printf("%s, %d calls failed\n", status.ToString().c_str(), failures.load());
  return status.ok() && failures == 0 ? 0 : 1;
}
