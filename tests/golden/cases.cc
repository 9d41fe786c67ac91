#include "etch/tests/golden/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "etch/frontend/autograd.h"

namespace etch::testing {
namespace {

// What is compared once all cases are recorded.
struct Comparison {
  Tensor actual;
  Tensor expected;
  double tolerance;
  std::string what;
};

class Runner {
 public:
  Runner(const Golden& golden, DType dtype) : golden_(golden), dtype_(dtype) {}

  void add(const std::string& name, const Case& each) {
    name_ = name;
    tolerance_ = dtype_ == f64 ? tolerance_of(f64) : each.f32_tolerance;
    // A case that throws does not hide the others.
    try {
      record(each.make());
    } catch (const std::exception& error) {
      ADD_FAILURE() << what("") << error.what();
    }
  }

  void compare() {
    Tensors all;
    for (const Comparison& each : comparisons_) all.push_back(each.actual);
    eval(all);
    for (const Comparison& each : comparisons_)
      expect_close(each.actual, each.expected, each.tolerance, each.what);
  }

 private:
  std::string what(const std::string& key) const {
    return name_ + " in " + std::string(dtype_name(dtype_)) + ": " + key;
  }

  void expect(const Tensor& actual, const std::string& key) {
    if (actual.defined())
      comparisons_.push_back({actual, golden_.tensor(name_, key), tolerance_, what(key)});
    else
      ADD_FAILURE() << what(key) << " is undefined";
  }

  void record(const Subject& subject) {
    Tensors leaves;
    std::vector<std::string> leaf_keys;
    if (subject.module) {
      prepare(*subject.module);
      for (auto& [path, parameter] : subject.module->named_parameters()) {
        leaves.push_back(parameter);
        leaf_keys.push_back("grad." + path);
      }
    }
    Tensors inputs;
    size_t count = 0;
    for (const std::string& key : golden_.keys(name_, "in."))
      count = std::max(count, std::stoul(key.substr(3)) + 1);
    for (size_t i = 0; i < std::max<size_t>(count, kMostInputs); ++i) {
      std::string key = "in." + std::to_string(i);
      Tensor x = golden_.has(name_, key) ? golden_.tensor(name_, key, dtype_) : Tensor();
      if (golden_.has(name_, "grad." + key)) {
        x.requires_grad_();
        leaves.push_back(x);
        leaf_keys.push_back("grad." + key);
      }
      inputs.push_back(x);
    }

    Tensors outputs = subject.call(inputs);
    size_t expected_outputs = golden_.keys(name_, "out.").size();
    if (outputs.size() != expected_outputs) {
      ADD_FAILURE() << what("") << outputs.size() << " outputs, expected " << expected_outputs;
      return;
    }
    Tensors roots, cotangents;
    for (size_t i = 0; i < outputs.size(); ++i) {
      expect(outputs[i], "out." + std::to_string(i));
      std::string key = "cot." + std::to_string(i);
      if (!golden_.has(name_, key)) continue;
      roots.push_back(outputs[i]);
      cotangents.push_back(golden_.tensor(name_, key, dtype_));
    }
    expect_gradients(roots, leaves, cotangents, leaf_keys);
    if (!subject.module) return;
    for (auto& [path, buffer] : subject.module->named_buffers())
      if (golden_.has(name_, "after." + path)) expect(buffer, "after." + path);
  }

  void prepare(nn::Module& module) {
    EXPECT_EQ(module.to_string(), golden_.text(name_, "repr")) << name_;
    module.to(dtype_);
    nn::StateDict state;
    for (const std::string& key : golden_.keys(name_, "state."))
      state.insert(key.substr(6), golden_.tensor(name_, key, dtype_));
    nn::LoadReport report = module.load_state_dict(state);
    EXPECT_TRUE(report.ok()) << what("") << report.to_string();
  }

  void expect_gradients(const Tensors& roots, const Tensors& leaves, const Tensors& cotangents,
                        const std::vector<std::string>& keys) {
    if (roots.empty()) return;
    Tensors grads =
        autograd::grad(roots, leaves, {.grad_outputs = cotangents, .allow_unused = true});
    for (size_t i = 0; i < leaves.size(); ++i) {
      if (golden_.has(name_, keys[i]))
        expect(grads[i], keys[i]);
      else
        EXPECT_FALSE(grads[i].defined()) << what(keys[i]) << " is defined";
    }
  }

  // Inputs beyond those of the file are undefined, as None at the end of a call is.
  static constexpr size_t kMostInputs = 6;

  const Golden& golden_;
  DType dtype_;
  std::string name_;
  double tolerance_ = 0;
  std::vector<Comparison> comparisons_;
};

}  // namespace

void check_cases(const std::string& file, const std::string& prefix,
                 const std::vector<Case>& cases) {
  Golden golden(file);
  std::set<std::string> names;
  for (const Case& each : cases) names.insert(prefix + each.name);
  for (const std::string& name : golden.cases(prefix))
    EXPECT_TRUE(names.contains(name)) << file << " has " << name << ", the table has not";
  for (DType dtype : {f64, f32}) {
    Runner runner(golden, dtype);
    for (const Case& each : cases) runner.add(prefix + each.name, each);
    runner.compare();
  }
}

}  // namespace etch::testing
