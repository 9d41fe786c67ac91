#include "etch/tools/etch/tune.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/codegen/object_cache.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/figures.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/terminal.h"
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
  Progress progress("compiling candidates");
  size_t most = 0;
  for (const KernelChoice& choice : tuner.choices())
    most = std::max(most, choice.candidates.size());
  for (size_t n = 0; n < most; ++n) {
    Schedules schedules;
    for (const KernelChoice& choice : tuner.choices())
      if (n < choice.candidates.size()) schedules[choice.kernel] = choice.candidates[n];
    progress.show(n + 1, most);
    ETCH_ASSIGN_OR_RETURN(bool agrees, tuner.add(schedules));
    if (!agrees)
      print_warning(
          absl::StrCat("candidate ", n + 1, " of ", most, " is left out: its results differ"));
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
  int64_t earlier = 0;  // choices of earlier runs for these kernels, which stay where none is new
};

int64_t count_earlier(const std::vector<Row>& rows) {
  const codegen::ObjectCache* cache = codegen::ObjectCache::shared();
  return cache == nullptr ? 0 : std::ranges::count_if(rows, [&](const Row& row) {
    return !cache->findSchedule(row.choice->key).empty();
  });
}

std::string verdict(const TuneOptions& options, const Outcome& outcome) {
  if (outcome.kept) return "kept for later compilations";
  std::string text = options.dry_run ? "not kept (--dry-run)" : "nothing was faster";
  if (outcome.earlier > 0)
    absl::StrAppend(&text, "; ", counted(outcome.earlier, "choice"),
                    " of earlier runs stay (`etch cache clear --choices` drops them)");
  return text;
}

std::string table(const TuneOptions& options, const std::string& program, const Outcome& outcome) {
  std::string text = absl::StrFormat("%10s %10s  kernel\n", "ms", "tuned");
  for (const Row& row : outcome.rows) {
    absl::StrAppendFormat(&text, "%10s %10s  %s: %s", format_ms(row.standard_ms),
                          format_ms(row.best_ms), row.choice->kernel, row.choice->chosen);
    if (row.best != row.choice->chosen) absl::StrAppend(&text, " -> ", row.best);
    text += '\n';
  }
  absl::StrAppendFormat(&text, "%s %s: %s ms -> %s ms; %s\n", options.request.model, program,
                        format_ms(outcome.standard_ms), format_ms(outcome.tuned_ms),
                        verdict(options, outcome));
  return text;
}

std::string json(const TuneOptions& options, const std::string& program, const Outcome& outcome) {
  llvm::json::Array kernels;
  for (const Row& row : outcome.rows)
    kernels.push_back(
        llvm::json::Object{{"kernel", row.choice->kernel},
                           {"standard", row.choice->chosen},
                           {"standard_ms", row.standard_ms},
                           {"best", row.best},
                           {"best_ms", row.best_ms},
                           {"candidates", static_cast<int64_t>(row.choice->candidates.size())}});
  return json_text(llvm::json::Object{{"model", options.request.model},
                                      {"program", program},
                                      {"threads", options.threads},
                                      {"standard_ms", outcome.standard_ms},
                                      {"tuned_ms", outcome.tuned_ms},
                                      {"kept", outcome.kept},
                                      {"earlier_choices", outcome.earlier},
                                      {"kernels", std::move(kernels)}});
}

// The winners together, against the standard in turn.
absl::Status confirm(mlir::ModuleOp module, const std::string& program, const TuneOptions& options,
                     Outcome& outcome) {
  Schedules winners;
  for (const Row& row : outcome.rows)
    if (row.best != row.choice->chosen) winners[row.choice->kernel] = row.best;
  if (winners.empty()) return absl::OkStatus();
  ETCH_ASSIGN_OR_RETURN(Tuner pair, Tuner::create(module, options));
  ETCH_ASSIGN_OR_RETURN(bool agrees, pair.add(winners));
  if (!agrees) return absl::OkStatus();
  ETCH_RETURN_IF_ERROR(pair.measure(options.seconds / 4));
  outcome.standard_ms = median(pair.standard().run_ms);
  outcome.tuned_ms = median(pair.variants().back().run_ms);
  if (outcome.tuned_ms >= outcome.standard_ms || options.dry_run) return absl::OkStatus();
  for (const Row& row : outcome.rows) {
    if (row.best == row.choice->chosen) continue;
    ETCH_RETURN_IF_ERROR(codegen::ObjectCache::shared()->storeSchedule(
        row.choice->key, row.best,
        options.request.model + " " + program + " " + row.choice->kernel));
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
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(options.request));
  mlir::OwningOpRef<mlir::ModuleOp> module = module_of(traced.second);
  ETCH_ASSIGN_OR_RETURN(Tuner tuner, Tuner::create(*module, options));
  ETCH_RETURN_IF_ERROR(add_candidates(tuner));
  {
    Progress progress(absl::StrCat("measuring ", tuner.variants().size(), " programs in turn"));
    ETCH_RETURN_IF_ERROR(tuner.measure(options.seconds));
  }
  Outcome outcome;
  outcome.standard_ms = outcome.tuned_ms = median(tuner.standard().run_ms);
  for (const KernelChoice& choice : tuner.choices())
    if (!choice.candidates.empty() && tuner.standard().kernel_ms.contains(choice.kernel))
      outcome.rows.push_back(best_of(choice, tuner, options.margin));
  std::ranges::sort(outcome.rows, std::greater(), &Row::standard_ms);
  outcome.earlier = count_earlier(outcome.rows);
  ETCH_RETURN_IF_ERROR(confirm(*module, traced.first, options, outcome));
  return write_text_file(options.output, options.json ? json(options, traced.first, outcome)
                                                      : table(options, traced.first, outcome));
}

}  // namespace etch::tools
