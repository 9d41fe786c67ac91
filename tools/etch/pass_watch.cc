#include "etch/tools/etch/pass_watch.h"

#include <algorithm>

#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/program_printer.h"
#include "mlir/Pass/Pass.h"

namespace etch::tools {
namespace {

// "etch::codegen::(anonymous namespace)::SchedulePass" -> "SchedulePass"
std::string class_of(llvm::StringRef name) { return name.substr(name.rfind(':') + 1).str(); }

// As etch-opt knows it, or where it does not, by its class.
std::string name_of(const mlir::Pass& pass) {
  return pass.getArgument().empty() ? class_of(pass.getName()) : pass.getArgument().str();
}

bool is_named(const std::vector<std::string>& names, const mlir::Pass& pass) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    return name == "all" || name == pass.getArgument() || name == class_of(pass.getName());
  });
}

}  // namespace

class PassWatch::Printer : public mlir::PassManager::IRPrinterConfig {
 public:
  explicit Printer(PassWatch& watch)
      : IRPrinterConfig(/*printModuleScope=*/false, watch.options_.changed,
                        /*printAfterOnlyOnFailure=*/false,
                        mlir::OpPrintingFlags().useLocalScope().assumeVerified()),
        watch_(watch) {}

  void printBeforeIfEnabled(mlir::Pass* pass, mlir::Operation* op, PrintCallbackFn print) override {
    watch_.seen_.insert(name_of(*pass));
    if (is_named(watch_.options_.before, *pass)) show("Before", *pass, op, print);
  }
  void printAfterIfEnabled(mlir::Pass* pass, mlir::Operation* op, PrintCallbackFn print) override {
    bool all = watch_.options_.changed && watch_.options_.after.empty();
    if (all || is_named(watch_.options_.after, *pass)) show("After", *pass, op, print);
  }

 private:
  void show(const char* when, mlir::Pass& pass, mlir::Operation* op, PrintCallbackFn print) {
    if (watch_.options_.filter.empty()) {
      print(watch_.os_);
      return;
    }
    std::string text = print_filtered(op, watch_.options_.filter);
    if (!text.empty())
      watch_.os_ << "// -----// IR Dump " << when << ' ' << pass.getName() << " ("
                 << pass.getArgument() << ") //----- //\n"
                 << text;
  }

  PassWatch& watch_;
};

// Takes down what the timing manager would print.
class PassWatch::TimeTable : public mlir::OutputStrategy {
 public:
  explicit TimeTable(std::vector<PassTime>& times) : OutputStrategy(llvm::nulls()), times_(times) {}

  void printHeader(const mlir::TimeRecord&) override {}
  void printFooter() override {}
  void printTime(const mlir::TimeRecord&, const mlir::TimeRecord&) override {}
  void printListEntry(llvm::StringRef, const mlir::TimeRecord&, const mlir::TimeRecord&,
                      bool) override {}
  void printTreeEntry(unsigned indent, llvm::StringRef name, const mlir::TimeRecord& time,
                      const mlir::TimeRecord&) override {
    // Two columns a level; below a stage pipelines over functions are a level of their own.
    // Analyses are part of the pass that asks for them.
    if (name == "Rest" || name == "Total" || name.ends_with("Pipeline") || name.starts_with("(A)"))
      return;
    bool is_stage = indent == 0;
    if (is_stage) {
      times_.push_back({0, name.str(), 0});
    } else if (!times_.empty()) {
      double ms = 1e3 * time.wall;
      times_.push_back({1, class_of(name), ms});
      auto stage = std::find_if(times_.rbegin(), times_.rend(),
                                [](const PassTime& row) { return row.depth == 0; });
      if (stage != times_.rend()) stage->ms += ms;
    }
  }
  void printTreeEntryEnd(unsigned, bool) override {}

 private:
  std::vector<PassTime>& times_;
};

PassWatch::PassWatch(PassWatchOptions options, bool timing)
    : options_(std::move(options)), os_(text_) {
  if (!timing) return;
  timing_ = std::make_unique<mlir::DefaultTimingManager>();
  timing_->setEnabled(true);
  timing_->setDisplayMode(mlir::DefaultTimingManager::DisplayMode::Tree);
  timing_->setOutput(std::make_unique<TimeTable>(times_));
  root_ = timing_->getRootScope();
}

void PassWatch::watch(mlir::PassManager& passes, llvm::StringRef stage) {
  passes.enableIRPrinting(std::make_unique<Printer>(*this));
  if (timing_ == nullptr) return;
  stage_ = root_.nest(stage);
  passes.enableTiming(stage_);
}

absl::Status PassWatch::check_names() const {
  std::vector<std::string> names(seen_.begin(), seen_.end());
  for (const auto* wanted : {&options_.before, &options_.after})
    for (const std::string& name : *wanted)
      if (name != "all" && !seen_.contains(name))
        return absl::NotFoundError(unknown_name_message("pass", "passes that ran", name, names));
  return absl::OkStatus();
}

std::vector<PassTime> PassWatch::times() {
  stage_.stop();
  root_.stop();
  timing_.reset();  // It prints, to the table.
  return times_;
}

}  // namespace etch::tools
