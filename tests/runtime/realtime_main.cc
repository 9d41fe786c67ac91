// Runs a model in a context where nothing may block: under RealtimeSanitizer, which ends the
// program at the first allocation, lock or wait. With the argument "control" the calls are first
// ones, which do allocate: then it must end so. With "pool" two threads share them;
// with "bundle" and a file its programs are run.
#include <cstdio>
#include <string>
#include <vector>

#include "bundle_testing.h"

namespace etch::runtime {
namespace {

using etch::testing::kSize;
using etch::testing::parse;
using etch::testing::ramp;
using etch::testing::test_bundle;
using etch::testing::view;
using etch::testing::writable;

struct Call {
  ModelSession& session;
  std::string_view program;
  NamedInput input;
  NamedOutput output;
  RunOptions options = {};
  bool ok = false;
};

void run(Call& call) noexcept [[clang::nonblocking]] {
  call.ok =
      call.session
          .run(call.program, std::span(&call.input, 1), std::span(&call.output, 1), call.options)
          .ok();
}

int calls(bool warm, int threads) {
  ThreadPool pool(threads);
  Model model = parse(test_bundle()).value();
  ModelSession reader = model.new_session({.executor = &pool});
  ModelSession writer = model.new_session({.executor = &pool});
  std::vector<float> x = ramp(3), out(kSize);
  float steps = 0;
  std::atomic<bool> cancel{false};
  Call predict{reader, "predict", {"x", view(x)}, {"out0", writable(out)}};
  Call step{writer, "step", {"x", view(x)}, {"out0", {&steps, f32, {}}}};
  Call watched = predict;
  watched.options = {.cancel = &cancel,
                     .deadline = std::chrono::steady_clock::now() + std::chrono::hours(1)};
  if (warm) {
    for (int i = 0; i < 4; ++i)
      if (!step.session.run("step", {step.input}, {step.output}).ok() ||
          !predict.session.run("predict", {predict.input}, {predict.output}).ok())
        return 1;
  }
  for (int i = 0; i < 1000; ++i) {
    for (Call* call : {&predict, &step, &watched}) {
      run(*call);
      if (!call->ok) return 1;
    }
  }
  std::puts("nothing blocked");
  return 0;
}

// The programs of a bundle in turn, in a session each, on zeros.
int bundle_calls(const std::string& path) {
  ThreadPool pool(1);
  absl::StatusOr<Model> model = Model::load(path);
  if (!model.ok()) {
    std::puts(model.status().ToString().c_str());
    return 1;
  }
  struct Prepared {
    ModelSession session;
    std::string program;
    std::vector<std::shared_ptr<Storage>> storages = {};
    std::vector<NamedInput> inputs = {};
    std::vector<NamedOutput> outputs = {};
    bool ok = false;

    void run() noexcept [[clang::nonblocking]] { ok = session.run(program, inputs, outputs).ok(); }
  };
  std::vector<Prepared> all;
  for (const std::string& name : model->programs()) {
    Prepared& one = all.emplace_back(Prepared{model->new_session({.executor = &pool}), name});
    const CompiledProgram& program = *model->find_program(name);
    auto zeros = [&](const ValueInfo& info) {
      one.storages.push_back(
          Storage::allocate_zeroed(info.shape.num_elements() * size_of(info.dtype)).value());
      return one.storages.back()->data();
    };
    for (const ValueInfo& info : program.inputs)
      if (info.kind == ValueKind::kArgument)
        one.inputs.push_back({info.name, {zeros(info), info.dtype, info.shape}});
    for (const ValueInfo& info : program.results)
      if (info.kind == ValueKind::kResult)
        one.outputs.push_back({info.name, {zeros(info), info.dtype, info.shape}});
  }
  for (int i = 0; i < 4; ++i)
    for (Prepared& one : all)
      if (!one.session.run(one.program, one.inputs, one.outputs).ok()) return 1;
  for (int i = 0; i < 20; ++i)
    for (Prepared& one : all) {
      one.run();
      if (!one.ok) return 1;
    }
  std::puts("nothing blocked");
  return 0;
}

}  // namespace
}  // namespace etch::runtime

int main(int argc, char** argv) {
  std::string how = argc < 2 ? "" : argv[1];
  if (how == "bundle" && argc == 3) return etch::runtime::bundle_calls(argv[2]);
  return etch::runtime::calls(how != "control", how == "pool" ? 2 : 1);
}
