#include "etch/tools/etch/profile_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/runtime/json_reader.h"
#include "etch/tools/etch/figures.h"

namespace etch::tools {

using runtime::json_quote;
using runtime::KernelProfile;

Roofline roofline_of(const KernelProfile& kernel, const MachinePeak& peak) {
  Roofline result;
  if (kernel.total.nanoseconds <= 0) return result;
  auto time = static_cast<double>(kernel.total.nanoseconds);
  result.gflops = static_cast<double>(kernel.operations) / time;
  result.gbytes = static_cast<double>(kernel.bytes) / time;
  double of_compute = peak.gflops > 0 ? result.gflops / peak.gflops : 0;
  double of_memory = peak.gbytes > 0 ? result.gbytes / peak.gbytes : 0;
  result.by_compute = of_compute > of_memory;
  result.share = std::max(of_compute, of_memory);
  return result;
}

namespace {

// Kernels of runs, then those that prepare, each the longest first.
std::vector<KernelProfile> in_order(const ProfileReport& report) {
  std::vector<KernelProfile> kernels = report.kernels;
  std::ranges::sort(kernels, {}, [](const KernelProfile& kernel) {
    return std::pair(kernel.prepares, -kernel.total.nanoseconds);
  });
  return kernels;
}

double total_ms(const ProfileReport& report) {
  double total = 0;
  for (const KernelProfile& kernel : report.kernels)
    if (!kernel.prepares) total += static_cast<double>(kernel.total.nanoseconds) * 1e-6;
  return total / static_cast<double>(report.runs);
}

// Of one run; what prepares runs once.
double milliseconds_of(const KernelProfile& kernel, const ProfileReport& report) {
  return static_cast<double>(kernel.total.nanoseconds) * 1e-6 /
         static_cast<double>(kernel.prepares ? 1 : report.runs);
}

}  // namespace

std::string profile_table(const ProfileReport& report) {
  double total = total_ms(report);
  std::string text = absl::StrFormat(
      "%s %s: %s ms a run (median %s), %s ms of it in kernels, %s, %s\n"
      "peak of this machine: %.1f GFLOP/s (f32 multiply-adds), %.1f GB/s (reading %.1f MB, as much "
      "as the program uses)\n\n",
      report.model, report.program, format_ms(report.run_ms), format_ms(report.median_run_ms),
      format_ms(total), counted(report.threads, "thread"), counted(report.runs, "run"),
      report.peak.gflops, report.peak.gbytes, static_cast<double>(report.memory_bytes) * 1e-6);
  absl::StrAppendFormat(&text, "%6s %10s %6s %9s %8s %6s  %-7s  %s\n", "share", "ms", "calls",
                        "GFLOP/s", "GB/s", "peak", "bound", "module path (kernel)");
  bool preparing = false;
  for (const KernelProfile& kernel : in_order(report)) {
    if (kernel.prepares && kernel.total.calls == 0) continue;
    if (kernel.prepares && !preparing)
      text += "\nonce, and when state has changed that runs only read:\n";
    preparing = kernel.prepares;
    Roofline roofline = roofline_of(kernel, report.peak);
    double ms = milliseconds_of(kernel, report);
    std::string share =
        kernel.prepares || total <= 0 ? "" : absl::StrFormat("%.1f%%", 100 * ms / total);
    absl::StrAppendFormat(
        &text, "%6s %10s %6d %9.1f %8.1f %5.0f%%  %-7s  %s\n", share, format_ms(ms),
        kernel.launches, roofline.gflops, roofline.gbytes, 100 * roofline.share,
        roofline.by_compute ? "compute" : "memory",
        kernel.path.empty() ? kernel.kernel : absl::StrCat(kernel.path, " (", kernel.kernel, ")"));
  }
  return text;
}

std::string profile_json(const ProfileReport& report) {
  std::string text = absl::StrFormat(
      "{\"model\":%s,\"program\":%s,\"threads\":%d,\"runs\":%d,\"run_ms\":%.6f,"
      "\"median_run_ms\":%.6f,"
      "\"kernels_ms\":%.6f,\"memory_bytes\":%d,\"peak_gflops\":%.3f,\"peak_gbytes\":%.3f,"
      "\"kernels\":[",
      json_quote(report.model), json_quote(report.program), report.threads, report.runs,
      report.run_ms, report.median_run_ms, total_ms(report), report.memory_bytes,
      report.peak.gflops, report.peak.gbytes);
  const char* separator = "\n";
  for (const KernelProfile& kernel : in_order(report)) {
    Roofline roofline = roofline_of(kernel, report.peak);
    absl::StrAppendFormat(
        &text,
        "%s{\"kernel\":%s,\"path\":%s,\"prepares\":%s,\"launches\":%d,\"calls\":%d,"
        "\"nanoseconds\":%d,\"operations\":%d,\"bytes\":%d,\"gflops\":%.4f,\"gbytes\":%.4f,"
        "\"share_of_peak\":%.5f,\"bound\":\"%s\"}",
        separator, json_quote(kernel.kernel), json_quote(kernel.path),
        kernel.prepares ? "true" : "false", kernel.launches, kernel.total.calls,
        kernel.total.nanoseconds, kernel.operations, kernel.bytes, roofline.gflops, roofline.gbytes,
        roofline.share, roofline.by_compute ? "compute" : "memory");
    separator = ",\n";
  }
  return text + "\n]}\n";
}

}  // namespace etch::tools
