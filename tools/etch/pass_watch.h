// Passes as they run: the program before and after them, and their time.
#ifndef ETCH_TOOLS_ETCH_PASS_WATCH_H_
#define ETCH_TOOLS_ETCH_PASS_WATCH_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"

namespace etch::tools {

struct PassWatchOptions {
  // Names of passes, as arguments of etch-opt ("cse") or classes ("CSE"); "all" is each.
  std::vector<std::string> before, after;
  bool changed = false;  // after those that change something only
  std::string filter;    // ops of these module paths only, see path_filter.h
};

// Time of a pass, or of all of a stage.
struct PassTime {
  int depth = 0;  // 0: a stage, 1: a pass of it
  std::string name;
  double ms = 0;
};

class PassWatch {
 public:
  explicit PassWatch(PassWatchOptions options, bool timing);

  // For each stage's pass manager, before it runs; made by the caller of dumpStage.
  void watch(mlir::PassManager& passes, llvm::StringRef stage);

  // NOT_FOUND for a name that no pass which ran has.
  absl::Status check_names() const;
  // What was printed.
  const std::string& text() const { return text_; }
  // Ends the measurement. Stages in order, behind each its passes in order.
  std::vector<PassTime> times();

 private:
  class Printer;
  class TimeTable;

  const PassWatchOptions options_;
  std::set<std::string> seen_;
  std::string text_;
  llvm::raw_string_ostream os_;
  std::vector<PassTime> times_;
  std::unique_ptr<mlir::DefaultTimingManager> timing_;
  mlir::TimingScope root_, stage_;
};

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PASS_WATCH_H_
