// What Prometheus is told of the server.
//
//   etch_requests_total{model,status}     requests answered, by HTTP status; model "" for others
//   etch_request_seconds{model}           of an inference that succeeds, body to answer: histogram
//   etch_call_seconds{model}              of a call of the model's program: histogram
//   etch_call_rows{model}                 rows that shared a call: histogram
//   etch_requests_in_progress{model}      inferences that are read, wait or run
//   etch_connections                      open connections
//   etch_model_loads_total{model,result}  "ok" or "error"; changes of weights count too
#ifndef ETCH_EXAMPLES_SERVER_METRICS_H_
#define ETCH_EXAMPLES_SERVER_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace server {

// Threads: safe.
class Metrics {
 public:
  // Those of one model; they stay for as long as the server does.
  struct OfModel {
    prometheus::Histogram& request_seconds;
    prometheus::Histogram& call_seconds;
    prometheus::Histogram& call_rows;
    prometheus::Gauge& in_progress;
  };

  Metrics();

  OfModel of_model(const std::string& model);
  void count_request(const std::string& model, int status);
  void count_load(const std::string& model, bool ok);
  prometheus::Gauge& connections() { return connections_; }

  // All of them in Prometheus' text format.
  std::string text() const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& request_seconds_;
  prometheus::Family<prometheus::Histogram>& call_seconds_;
  prometheus::Family<prometheus::Histogram>& call_rows_;
  prometheus::Family<prometheus::Gauge>& in_progress_;
  prometheus::Family<prometheus::Counter>& loads_;
  prometheus::Gauge& connections_;
};

// Counts a gauge up for as long as it lives.
class GaugeScope {
 public:
  explicit GaugeScope(prometheus::Gauge& gauge) : gauge_(gauge) { gauge_.Increment(); }
  ~GaugeScope() { gauge_.Decrement(); }
  GaugeScope(const GaugeScope&) = delete;
  GaugeScope& operator=(const GaugeScope&) = delete;

 private:
  prometheus::Gauge& gauge_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_METRICS_H_
