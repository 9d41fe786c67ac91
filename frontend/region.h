// Records the body of an op that holds regions: into a trace of its own, which reads through to the
// enclosing one. What it reads there becomes operands of the op.
#ifndef ETCH_FRONTEND_REGION_H_
#define ETCH_FRONTEND_REGION_H_

#include <functional>
#include <memory>
#include <vector>

#include "etch/frontend/record.h"
#include "etch/frontend/trace.h"
#include "mlir/IR/Region.h"

namespace etch::frontend {

class RegionBody {
 public:
  using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>& arguments)>;

  // Calls `body` with placeholders of the types of `like`, and of rows of `rows`. With effects
  // allowed it may write state, draw random numbers and be tapped (see `adopt`); otherwise these
  // are errors that call the body `rules.what`.
  RegionBody(std::shared_ptr<Trace> parent, const Site& site, BranchRules rules,
             llvm::ArrayRef<Tensor> like, llvm::ArrayRef<Tensor> rows, const Function& body);
  ~RegionBody();

  // What the body returned, then what it wrote and what taps look at.
  const std::vector<mlir::Value>& results() const { return results_; }
  size_t num_returned() const { return tracked_.size(); }
  // Whether result `i` depends on a tensor that requires grad, given that the arguments do if
  // `arguments_tracked`.
  bool is_tracked(size_t i, bool arguments_tracked) const;
  // Names a captured tensor that requires grad; empty when there is none.
  std::string captured_tracked() const { return trace_->tracked_outer(); }

  // Adds the values of the enclosing trace that the body reads to `captures`, each once.
  void add_captures(llvm::SmallVectorImpl<mlir::Value>& captures) const;
  // Makes the body's ops those of `region`, which takes the arguments and then `captures`.
  void fill(mlir::Region& region, mlir::ValueRange captures, mlir::Location loc) const;
  // Lets the enclosing trace take over what the body wrote and tapped: `values` are the op's
  // results for it.
  void adopt(mlir::ValueRange values, const Site& site) const;

 private:
  std::shared_ptr<Trace> parent_, trace_;
  std::vector<mlir::Value> arguments_;
  std::vector<mlir::Value> results_;
  std::vector<bool> tracked_;  // of what the body returned
};

// Throws unless `actual`, called `what` in the message, has the type that `wanted` has.
void require_type(const Site& site, const std::string& what, mlir::Value actual, mlir::Type wanted,
                  const char* why);

// Values of `operands` in `trace`, cut off from gradients where these are off.
llvm::SmallVector<mlir::Value> read_all(Trace& trace, llvm::ArrayRef<Tensor> operands,
                                        const Site& site);
// Whether one of them requires grad, and gradients are on.
bool any_tracked(llvm::ArrayRef<Tensor> operands);
// A handle for a result of an op with regions.
Tensor adopt_result(Trace& trace, mlir::Value result, bool tracked);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_REGION_H_
