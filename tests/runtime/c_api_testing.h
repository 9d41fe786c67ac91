// What the tests of the C interface share: objects that free themselves, calls on the bundle of
// bundle_testing.h.
#ifndef ETCH_TESTS_RUNTIME_C_API_TESTING_H_
#define ETCH_TESTS_RUNTIME_C_API_TESTING_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "bundle_testing.h"
#include "etch/runtime/etch.h"

namespace etch::testing::c {

inline constexpr int64_t kShape[] = {kSize};

template <auto* free>
struct Free {
  void operator()(auto* object) const { free(object); }
};
using Model = std::unique_ptr<etch_model, Free<etch_model_free>>;
using Session = std::unique_ptr<etch_session, Free<etch_session_free>>;
using Snapshot = std::unique_ptr<etch_snapshot, Free<etch_snapshot_free>>;
using Executor = std::unique_ptr<etch_executor, Free<etch_executor_free>>;
using Cancel = std::unique_ptr<etch_cancel, Free<etch_cancel_free>>;
using Profile = std::unique_ptr<etch_profile, Free<etch_profile_free>>;

// The object that `make`, a call of a function with a place for it, gives.
template <typename Pointer, typename Make>
Pointer made(Make make) {
  typename Pointer::pointer object = nullptr;
  EXPECT_EQ(make(&object), ETCH_OK) << etch_error_message();
  return Pointer(object);
}

inline Model test_model() {
  std::string bundle = test_bundle();
  return made<Model>([&](etch_model** model) {
    return etch_model_parse(bundle.data(), bundle.size(), "b.etch", nullptr, model);
  });
}
inline Session new_session(const Model& model, const etch_session_options* options = nullptr) {
  return made<Session>(
      [&](etch_session** session) { return etch_session_new(model.get(), options, session); });
}

inline etch_input input(const char* name, const std::vector<float>& values) {
  return {name, values.data(), kShape, 1, ETCH_F32};
}
inline etch_output output(const char* name, std::vector<float>& values) {
  return {name, values.data(), kShape, 1, ETCH_F32};
}

inline etch_status predict(const Session& session, const std::vector<float>& x,
                           std::vector<float>& out, const etch_run_options* options = nullptr) {
  etch_input in = input("x", x);
  etch_output result = output("out0", out);
  return etch_session_run(session.get(), "predict", &in, 1, &result, 1, options);
}
inline etch_status step(const Session& session, const std::vector<float>& x,
                        const etch_run_options* options = nullptr) {
  etch_input in = input("x", x);
  return etch_session_run(session.get(), "step", &in, 1, nullptr, 0, options);
}

inline std::vector<float> read(const Model& model, const char* name) {
  std::vector<float> values(kSize, -1);
  EXPECT_EQ(etch_model_read(model.get(), name, values.data(), kSize * sizeof(float)), ETCH_OK)
      << etch_error_message();
  return values;
}
inline int64_t steps(const Model& model) {
  int64_t value = -1;
  EXPECT_EQ(etch_model_read(model.get(), "steps", &value, sizeof value), ETCH_OK);
  return value;
}

}  // namespace etch::testing::c

#endif  // ETCH_TESTS_RUNTIME_C_API_TESTING_H_
