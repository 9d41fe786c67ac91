// Links the runtime alone: writes weights, reads them back, refuses a file that is none.
#include <cstdio>
#include <vector>

#include "etch/runtime/safetensors.h"

int main() {
  namespace runtime = etch::runtime;
  std::vector<float> weight = {1, 2, 3, 4, 5, 6};
  runtime::SafetensorsEntry entry{
      .name = "fc.weight", .shape = {2, 3}, .bytes = std::as_bytes(std::span(weight))};
  absl::Status written = runtime::write_safetensors("weights.safetensors", {&entry, 1}, {});
  auto file = runtime::read_safetensors("weights.safetensors");
  if (!written.ok() || !file.ok() || file->find("fc.weight") == nullptr) return 1;
  std::printf("fc.weight has %zu bytes\n", file->find("fc.weight")->bytes.size());
  return runtime::read_safetensors("CMakeCache.txt").ok() ? 1 : 0;
}
