// Serves bundles over HTTP: see --help and README.md.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <thread>

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

void print_models(const ModelRepository& models) {
  for (const ModelRepository::Entry& entry : models.index())
    say(entry.name + ": " + (entry.ready ? "ready" : entry.reason));
}

int serve(const Settings& settings) {
  sigset_t signals = block_signals();
  Metrics metrics;
  ModelRepository models(settings.models, settings.serving, metrics);
  absl::Status loaded = models.load_all();
  print_models(models);
  if (!loaded.ok()) {
    std::fprintf(stderr, "etch_server: %s\n", loaded.ToString().c_str());
    return 1;
  }
  Service service(models, metrics, settings.service);
  HttpServer http(service, metrics, settings.http);
  absl::StatusOr<int> port = http.bind();
  if (!port.ok()) {
    std::fprintf(stderr, "etch_server: %s\n", port.status().ToString().c_str());
    return 1;
  }
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
