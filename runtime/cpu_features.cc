#include "etch/runtime/cpu_features.h"

#include <cpuid.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace etch::runtime {
namespace {

enum Register : uint8_t { kEax, kEbx, kEcx, kEdx };

// Registers that the operating system must save, as bits of XCR0.
constexpr uint64_t kNone = 0, kYmm = 0x6, kZmm = 0xE6;

// A feature and the bit of CPUID that tells of it. Source: Intel, "Architecture Instruction Set
// Extensions Programming Reference"; AMD, "AMD64 Architecture Programmer's Manual", volume 3.
struct Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register in;
  uint8_t bit;
  uint64_t saved;
};

constexpr uint32_t kExtended = 0x80000001;

constexpr std::array kFeatures = {
    Feature{"64bit", kExtended, 0, kEdx, 29, kNone},
    Feature{"avx", 1, 0, kEcx, 28, kYmm},
    Feature{"avx2", 7, 0, kEbx, 5, kYmm},
    Feature{"avx512bf16", 7, 1, kEax, 5, kZmm},
    Feature{"avx512bitalg", 7, 0, kEcx, 12, kZmm},
    Feature{"avx512bw", 7, 0, kEbx, 30, kZmm},
    Feature{"avx512cd", 7, 0, kEbx, 28, kZmm},
    Feature{"avx512dq", 7, 0, kEbx, 17, kZmm},
    Feature{"avx512f", 7, 0, kEbx, 16, kZmm},
    Feature{"avx512fp16", 7, 0, kEdx, 23, kZmm},
    Feature{"avx512vbmi", 7, 0, kEcx, 1, kZmm},
    Feature{"avx512vbmi2", 7, 0, kEcx, 6, kZmm},
    Feature{"avx512vl", 7, 0, kEbx, 31, kZmm},
    Feature{"avx512vnni", 7, 0, kEcx, 11, kZmm},
    Feature{"avx512vpopcntdq", 7, 0, kEcx, 14, kZmm},
    Feature{"avxneconvert", 7, 1, kEdx, 5, kYmm},
    Feature{"avxvnni", 7, 1, kEax, 4, kYmm},
    Feature{"bmi", 7, 0, kEbx, 3, kNone},
    Feature{"bmi2", 7, 0, kEbx, 8, kNone},
    Feature{"cmov", 1, 0, kEdx, 15, kNone},
    Feature{"cx16", 1, 0, kEcx, 13, kNone},
    Feature{"cx8", 1, 0, kEdx, 8, kNone},
    Feature{"f16c", 1, 0, kEcx, 29, kYmm},
    Feature{"fma", 1, 0, kEcx, 12, kYmm},
    Feature{"fxsr", 1, 0, kEdx, 24, kNone},
    Feature{"lzcnt", kExtended, 0, kEcx, 5, kNone},
    Feature{"mmx", 1, 0, kEdx, 23, kNone},
    Feature{"movbe", 1, 0, kEcx, 22, kNone},
    Feature{"popcnt", 1, 0, kEcx, 23, kNone},
    Feature{"sse", 1, 0, kEdx, 25, kNone},
    Feature{"sse2", 1, 0, kEdx, 26, kNone},
    Feature{"sse3", 1, 0, kEcx, 0, kNone},
    Feature{"sse4.1", 1, 0, kEcx, 19, kNone},
    Feature{"sse4.2", 1, 0, kEcx, 20, kNone},
    Feature{"ssse3", 1, 0, kEcx, 9, kNone},
};

std::array<uint32_t, 4> cpuid(uint32_t leaf, uint32_t subleaf) {
  std::array<uint32_t, 4> registers = {};
  // Zeros where the processor has no such leaf.
  __get_cpuid_count(leaf, subleaf, &registers[kEax], &registers[kEbx], &registers[kEcx],
                    &registers[kEdx]);
  return registers;
}

uint64_t saved_registers() {
  constexpr uint32_t kOsXsave = 1u << 27;
  if ((cpuid(1, 0)[kEcx] & kOsXsave) == 0) return 0;
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

}  // namespace

const std::vector<std::string_view>& known_cpu_features() {
  static const auto* names = [] {
    auto* list = new std::vector<std::string_view>;
    for (const Feature& feature : kFeatures) list->push_back(feature.name);
    return list;
  }();
  return *names;
}

bool cpu_has(std::string_view name) {
  const auto* feature = std::ranges::find(kFeatures, name, &Feature::name);
  if (feature == kFeatures.end()) return false;
  bool there = cpuid(feature->leaf, feature->subleaf)[feature->in] >> feature->bit & 1;
  return there && (saved_registers() & feature->saved) == feature->saved;
}

absl::Status check_cpu(const std::vector<std::string>& features) {
  std::vector<std::string> missing;
  for (const std::string& feature : features)
    if (!cpu_has(feature)) missing.push_back(feature);
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("needs ", absl::StrJoin(missing, ", "), ", which this processor lacks"));
}

}  // namespace etch::runtime
