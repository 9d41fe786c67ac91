// Links the runtime alone: loads a bundle that another process has written, trains 20 steps and
// predicts, and compares each number with what the compiler's process found, bit by bit.
#include <cstdio>
#include <cstring>
#include <string>

#include "etch/runtime/model.h"
#include "etch/runtime/safetensors.h"

namespace runtime = etch::runtime;

int main() {
  auto model = runtime::Model::load("model.etch");
  auto expected = runtime::read_safetensors("expected.safetensors");
  if (!model.ok() || !expected.ok()) {
    std::printf("%s\n%s\n", model.status().ToString().c_str(),
                expected.status().ToString().c_str());
    return 1;
  }
  runtime::ModelSession session = model->new_session();
  int differ = 0;
  auto compare = [&](const char* program, std::initializer_list<runtime::NamedInput> inputs,
                     const std::string& name) {
    const runtime::SafetensorsEntry& wanted = *expected->find(name);
    auto out = runtime::Storage::allocate(static_cast<int64_t>(wanted.bytes.size())).value();
    absl::Status status =
        session.run(program, inputs, {{"out0", {out->data(), wanted.dtype, wanted.shape}}});
    if (!status.ok()) std::printf("%s\n", status.ToString().c_str());
    differ += !status.ok() || std::memcmp(out->data(), wanted.bytes.data(), wanted.bytes.size());
  };
  for (int i = 0; i < 20; ++i) {
    std::string step = std::to_string(i);
    etch::TensorView x = expected->find("x." + step)->view();
    compare("train_step", {{"x", x}, {"target", expected->find("target")->view()}}, "loss." + step);
  }
  compare("predict", {{"x", expected->find("x.0")->view()}}, "prediction");
  std::printf("20 steps and a prediction, %d differ\n", differ);
  return differ == 0 ? 0 : 1;
}
