// What the code generator knows of the machine it compiles for.
#ifndef ETCH_CODEGEN_TARGET_H_
#define ETCH_CODEGEN_TARGET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace etch::codegen {

struct Target {
  std::string triple;
  std::string cpu;
  std::string features;  // "+avx2,+fma,..."
  int vector_bytes = 16;
  int vector_registers = 16;
  bool has_fma = false;
  // Products of pairs of bf16 (vdpbf16ps) that are faster than those of f32.
  bool fast_bf16_pairs = false;
  int64_t l1_bytes = 32 << 10;
  int64_t l2_bytes = 1 << 20;

  // Lanes of a vector of elements of this many bytes.
  int64_t lanes(int64_t element_bytes) const { return vector_bytes / element_bytes; }

  // "native" or "": this machine. A level of the x86-64 ABI: what every processor of it has, with
  // this machine's caches; names() lists them. `feature_limits` ("-avx512f,-avx2") takes features
  // away; INVALID_ARGUMENT when it names none, or adds one that the target lacks.
  static absl::StatusOr<Target> create(const std::string& name,
                                       const std::string& feature_limits = "");
  static absl::StatusOr<Target> host(const std::string& feature_limits = "") {
    return create("native", feature_limits);
  }
  static const std::vector<std::string>& names();

  // What is switched on in `features`, without the signs.
  std::vector<std::string> enabledFeatures() const;
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_TARGET_H_
