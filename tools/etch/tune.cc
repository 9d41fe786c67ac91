#include "etch/tools/etch/tune.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/codegen/object_cache.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/program_source.h"
#include "etch/tools/etch/text_file.h"
#include "etch/tools/etch/tuner.h"
#include "etch/tools/measure/timing.h"

namespace etch::tools {
namespace {

using codegen::KernelChoice;

struct Row {
  const KernelChoice* choice;
  double standard_ms = 0;
  std::string best;  // equal to choice->chosen where nothing is faster by the margin
  double best_ms = 0;
};

// Variant number n has the n-th candidate of each kernel: a run measures one of each.
absl::Status add_candidates(Tuner& tuner) {
  size_t most = 0;
  for (const KernelChoice& choice : tuner.choices())
    most = std::max(most, choice.candidates.size());
  for (size_t n = 0; n < most; ++n) {
    Schedules schedules;
    for (const KernelChoice& choice : tuner.choices())
      if (n < choice.candidates.size()) schedules[choice.kernel] = choice.candidates[n];
    ETCH_ASSIGN_OR_RETURN(bool agrees, tuner.add(schedules));
    std::cerr << "compiled candidate " << n + 1 << " of " << most
              << (agrees ? "\n" : ": left out, its results differ\n");
  }
  return absl::OkStatus();
}

Row best_of(const KernelChoice& choice, const Tuner& tuner, double margin) {
  Row row{&choice, median(tuner.standard().kernel_ms.at(choice.kernel)), choice.chosen, 0};
  row.best_ms = row.standard_ms;
  double limit = row.standard_ms * (1 - margin);
  for (const Variant& variant : tuner.variants()) {
    auto schedule = variant.schedules.find(choice.kernel);
    if (schedule == variant.schedules.end()) continue;
    double ms = median(variant.kernel_ms.at(choice.kernel));
    if (ms < limit) {
      limit = row.best_ms = ms;
      row.best = schedule->second;
    }
  }
  return row;
}

struct Outcome {
  std::vector<Row> rows;  // of kernels that have candidates, the longest first
  double standard_ms = 0, tuned_ms = 0;
  bool kept = false;
};

std::string table(const TuneOptions& options, const Outcome& outcome) {
  std::string text = absl::StrFormat("%10s %10s  kernel\n", "ms", "tuned");
  for (const Row& row : outcome.rows) {
    absl::StrAppendFormat(&text, "%10.4f %10.4f  %s: %s", row.standard_ms, row.best_ms,
                          row.choice->kernel, row.choice->chosen);
    if (row.best != row.choice->chosen) absl::StrAppend(&text, " -> ", row.best);
    text += '\n';
  }
  absl::StrAppendFormat(&text, "%s %s: %.3f ms -> %.3f ms; %s\n", options.model, options.program,
                        outcome.standard_ms, outcome.tuned_ms,
                        outcome.kept      ? "kept for later compilations"
                        : options.dry_run ? "not kept (--dry-run)"
                                          : "nothing was faster, nothing is kept");
  return text;
}

std::string json(const TuneOptions& options, const Outcome& outcome) {
  using runtime::json_quote;
  std::string text = absl::StrFormat(
      "{\"model\":%s,\"program\":%s,\"threads\":%d,\"standard_ms\":%.6f,\"tuned_ms\":%.6f,"
      "\"kept\":%s,\"kernels\":[",
      json_quote(options.model), json_quote(options.program), options.threads, outcome.standard_ms,
      outcome.tuned_ms, outcome.kept ? "true" : "false");
  const char* separator = "\n";
  for (const Row& row : outcome.rows) {
    absl::StrAppendFormat(&text,
                          "%s{\"kernel\":%s,\"standard\":%s,\"standard_ms\":%.6f,\"best\":%s,"
                          "\"best_ms\":%.6f,\"candidates\":%d}",
                          separator, json_quote(row.choice->kernel), json_quote(row.choice->chosen),
                          row.standard_ms, json_quote(row.best), row.best_ms,
                          row.choice->candidates.size());
    separator = ",\n";
  }
  return text + "\n]}\n";
}

// The winners together, against the standard in turn.
absl::Status confirm(mlir::ModuleOp program, const TuneOptions& options, Outcome& outcome) {
  Schedules winners;
  for (const Row& row : outcome.rows)
    if (row.best != row.choice->chosen) winners[row.choice->kernel] = row.best;
  if (winners.empty()) return absl::OkStatus();
  ETCH_ASSIGN_OR_RETURN(Tuner pair, Tuner::create(program, options));
  ETCH_ASSIGN_OR_RETURN(bool agrees, pair.add(winners));
  if (!agrees) return absl::OkStatus();
  ETCH_RETURN_IF_ERROR(pair.measure(options.seconds / 4));
  outcome.standard_ms = median(pair.standard().run_ms);
  outcome.tuned_ms = median(pair.variants().back().run_ms);
  if (outcome.tuned_ms >= outcome.standard_ms || options.dry_run) return absl::OkStatus();
  for (const Row& row : outcome.rows) {
    if (row.best == row.choice->chosen) continue;
    ETCH_RETURN_IF_ERROR(codegen::ObjectCache::shared()->storeSchedule(row.choice->key, row.best));
  }
  outcome.kept = true;
  return absl::OkStatus();
}

}  // namespace

absl::Status tune(const TuneOptions& options) {
  if (codegen::ObjectCache::shared() == nullptr && !options.dry_run)
    return absl::FailedPreconditionError(
        "there is no object cache to keep choices beside (ETCH_CACHE_DIR); --dry-run measures "
        "without");
  ETCH_ASSIGN_OR_RETURN(LoadedProgram program, load_program(options.model, options.program));
  ETCH_ASSIGN_OR_RETURN(Tuner tuner, Tuner::create(*program.module, options));
  ETCH_RETURN_IF_ERROR(add_candidates(tuner));
  std::cerr << "measuring " << tuner.variants().size() << " programs in turn\n";
  ETCH_RETURN_IF_ERROR(tuner.measure(options.seconds));
  Outcome outcome;
  outcome.standard_ms = outcome.tuned_ms = median(tuner.standard().run_ms);
  for (const KernelChoice& choice : tuner.choices())
    if (!choice.candidates.empty() && tuner.standard().kernel_ms.contains(choice.kernel))
      outcome.rows.push_back(best_of(choice, tuner, options.margin));
  std::ranges::sort(outcome.rows, std::greater(), &Row::standard_ms);
  ETCH_RETURN_IF_ERROR(confirm(*program.module, options, outcome));
  return write_text_file(options.output,
                         options.json ? json(options, outcome) : table(options, outcome));
}

}  // namespace etch::tools
