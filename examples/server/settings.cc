#include "settings.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <stdexcept>

#include "etch/runtime/executor.h"

namespace server {
namespace {

constexpr char kDescription[] =
    "Serves the bundles of a folder over HTTP by the Open Inference Protocol (KServe V2).\n"
    "NAME.etch is the model NAME. SIGTERM and Ctrl-C let running requests finish; a second one\n"
    "does not.\n";

constexpr char kFooter[] =
    "Examples:\n"
    "  etch_server --models /srv/models --port 8000\n"
    "  etch_server --models . --workers 1 --threads 0    large calls: all cores on each\n"
    "  etch_server --models . --batch-delay-us 2000      fuller calls, two milliseconds later\n"
    "Exit codes: 0 stopped by a signal; 1 the port cannot be had, or the folder, or none of its\n"
    "models (--strict: one of them); 2 bad arguments.";

}  // namespace

Settings parse_settings(int argc, char** argv) {
  Settings s;
  s.serving.workers = etch::runtime::physical_cores();
  int64_t delay_us = s.serving.batch_delay.count(), timeout_ms = s.service.request_timeout.count();
  int64_t idle_ms = s.http.limits.idle_timeout.count(), io_ms = s.http.limits.send_timeout.count();
  size_t body_mb = s.http.limits.max_body_bytes >> 20, bodies_mb = s.http.max_bodies_bytes >> 20;
  bool no_batching = false, fixed_models = false;

  CLI::App app(kDescription, "etch_server");
  app.footer(kFooter);
  app.get_formatter()->column_width(30);
  app.option_defaults()->always_capture_default();
  app.add_option("--models", s.models, "Folder of bundles")->required()->type_name("FOLDER");
  app.add_flag("--strict", s.strict, "Do not start unless all models can be served");
  app.add_option("--host", s.http.host, "Address to listen on; 0.0.0.0: all");
  app.add_option("--port", s.http.port, "0: one that is free")->check(CLI::Range(0, 65535));
  app.add_option("--program", s.serving.program, "The bundles' program that is served");
  app.add_option("--workers", s.serving.workers, "Calls of a model at a time")
      ->check(CLI::Range(1, 1024));
  app.add_option("--threads", s.serving.threads, "Threads of a call; 0: one per core")
      ->check(CLI::Range(0, 1024));
  app.add_flag("--no-batching", no_batching, "A call for each request");
  app.add_option("--batch-delay-us", delay_us, "How long a request waits for others in its call")
      ->check(CLI::Range(0, 10'000'000));
  app.add_option("--queue", s.serving.max_waiting, "Requests of a model that may wait")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--timeout-ms", timeout_ms, "How long a request may wait")
      ->check(CLI::Range(1, 3'600'000));
  app.add_option("--max-body-mb", body_mb, "Largest body of a request")->check(CLI::Range(1, 4096));
  app.add_option("--max-bodies-mb", bodies_mb, "Bodies of all requests together")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--connections", s.http.max_connections, "At a time; more wait to be accepted")
      ->check(CLI::Range(1, 900));
  app.add_option("--idle-ms", idle_ms, "Silence after which a connection is closed")
      ->check(CLI::Range(1, 3'600'000));
  app.add_option("--transfer-ms", io_ms, "Time to send a request, and to take an answer")
      ->check(CLI::Range(1, 3'600'000));
  app.add_flag("--fixed-models", fixed_models, "Clients may not load and unload models");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    std::exit(app.exit(help));
  } catch (const CLI::ParseError& error) {
    throw std::runtime_error(std::string(error.what()) + " (etch_server --help lists all flags)");
  }
  s.serving.batching = !no_batching;
  s.serving.batch_delay = std::chrono::microseconds(delay_us);
  s.service.request_timeout = std::chrono::milliseconds(timeout_ms);
  s.service.allow_control = !fixed_models;
  s.http.limits.max_body_bytes = body_mb << 20;
  s.http.max_bodies_bytes = bodies_mb << 20;
  s.http.limits.idle_timeout = std::chrono::milliseconds(idle_ms);
  s.http.limits.send_timeout = s.http.limits.receive_timeout = std::chrono::milliseconds(io_ms);
  return s;
}

}  // namespace server
