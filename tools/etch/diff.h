// What differs between two models: programs, signatures, ops by module, values of the state.
#ifndef ETCH_TOOLS_ETCH_DIFF_H_
#define ETCH_TOOLS_ETCH_DIFF_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/tensor.h"
#include "etch/tools/etch/compare_values.h"
#include "etch/tools/etch/model_source.h"

namespace etch::tools {

struct DiffProgram {
  std::string name;
  std::map<std::string, std::string> signature;  // "input x" -> "f32 [64, 784]"
  // What each module computes: ops with their attributes and types, of a bundle kernels.
  std::map<std::string, std::vector<std::string>> ops;
  // All of it, for what the lists above do not tell, such as operands; empty for a bundle.
  std::string text;
};

// One side.
struct DiffModel {
  std::vector<DiffProgram> programs;
  std::map<std::string, std::string> state_types;
  std::map<std::string, Tensor> state;  // nothing for a program in a file
};

// Of a bundle all programs, of other models all or the one that the request names.
absl::StatusOr<DiffModel> describe_model(const ModelRequest& request);

// Something that only one side has, or that both have otherwise; "" stands for what is not there.
struct Change {
  std::string what;
  std::string a, b;
};

struct ProgramDiff {
  std::string name;
  std::vector<Change> signature;
  struct Module {
    std::string path;
    std::vector<std::string> removed, added;
  };
  std::vector<Module> modules;
  bool rewired = false;  // the same ops, on other operands or in another order
};

struct StateDiff {
  std::string name;
  std::string a, b;  // types, where they differ
  Difference difference;
};

struct ModelDiff {
  std::vector<Change> programs;  // that one side has alone
  std::vector<ProgramDiff> common;
  std::vector<StateDiff> state;  // the largest differences first
  size_t state_values = 0;       // of both sides together

  bool equal() const { return programs.empty() && common.empty() && state.empty(); }
};

// Values that differ by no more than `tolerance`, relative, are the same.
ModelDiff compare_models(const DiffModel& a, const DiffModel& b, double tolerance);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_DIFF_H_
