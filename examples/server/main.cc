// Serves bundles over HTTP: see --help and README.md.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "http_server.h"
#include "metrics.h"
#include "model_repository.h"
#include "service.h"
#include "settings.h"

namespace {

using namespace server;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

// Every thread that is started from here on leaves signals to wait_for_signal().
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void wait_for_signal(const sigset_t& signals) {
  int number;
  sigwait(&signals, &number);
}

int fail(const std::string& reason) {
  std::fprintf(stderr, "etch_server: %s\n", reason.c_str());
  return 1;
}

// Says which models are served, and whether those are enough to start with. One damaged file does
// not take the others out of service, unless it is to.
bool may_start(const std::vector<ModelRepository::Entry>& models, bool strict) {
  size_t served = 0;
  for (const ModelRepository::Entry& model : models) {
    say(model.name + ": " + (model.ready ? "ready" : "not served: " + model.reason));
    served += model.ready;
  }
  return served == models.size() || (served > 0 && !strict);
}

int serve(const Settings& settings) {
  sigset_t signals = block_signals();
  Metrics metrics;
  ModelRepository models(settings.models, settings.serving, metrics);
  Service service(models, metrics, settings.service);
  HttpServer http(service, metrics, settings.http);
  // Before the models, which may take long: a port that is in use is said at once. Who connects
  // meanwhile waits.
  absl::StatusOr<int> port = http.bind();
  if (!port.ok()) return fail(std::string(port.status().message()));
  absl::Status loaded = models.load_all();
  if (!loaded.ok()) return fail(std::string(loaded.message()));
  if (!may_start(models.index(), settings.strict))
    return fail(settings.strict ? "--strict: not all models can be served"
                                : "none of the models can be served");
  std::thread serving([&] { http.serve(); });
  say("listening on http://" + settings.http.host + ":" + std::to_string(*port));

  wait_for_signal(signals);
  say("stopping");
  service.drain();
  // From now on a signal does what it does to any program.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  http.stop();
  serving.join();
  say("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return serve(server::parse_settings(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "etch_server: %s\n", error.what());
    return 2;
  }
}
