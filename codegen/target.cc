#include "etch/codegen/target.h"

#include <unistd.h>

#include "etch/runtime/cpu_features.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Host.h"

namespace etch::codegen {

// What each level of the ABI adds to the one before, as far as code uses it.
// Source: x86-64 psABI, "Micro-Architecture Levels", 2020.
struct Level {
  llvm::StringRef name, features;
};
static constexpr Level kLevels[] = {
    {"x86-64", "64bit cmov cx8 fxsr mmx sse sse2"},
    {"x86-64-v2", "cx16 popcnt sse3 ssse3 sse4.1 sse4.2"},
    {"x86-64-v3", "avx avx2 bmi bmi2 f16c fma lzcnt movbe"},
    {"x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"},
};

const std::vector<std::string>& Target::names() {
  static const std::vector<std::string> names = {"native", "x86-64", "x86-64-v2", "x86-64-v3",
                                                 "x86-64-v4"};
  return names;
}

absl::StatusOr<Target> Target::create(const std::string& name, const std::string& feature_limits) {
  bool native = name.empty() || name == "native";
  if (!native && !llvm::is_contained(names(), name))
    return absl::InvalidArgumentError("there is no target " + name + "; the targets are " +
                                      llvm::join(names(), ", "));
  Target target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = native ? llvm::sys::getHostCPUName().str() : name;
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (!native) {
    for (auto& feature : features) feature.second = false;
    for (const Level& level : kLevels) {
      for (llvm::StringRef feature : llvm::split(level.features, ' ')) features[feature] = true;
      if (level.name == name) break;
    }
  }
  llvm::SmallVector<llvm::StringRef> limits;
  llvm::StringRef(feature_limits).split(limits, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef limit : limits) {
    bool wanted = limit.consume_front("+");
    if (!wanted && !limit.consume_front("-"))
      return absl::InvalidArgumentError("target features are written +name or -name, not " +
                                        limit.str());
    auto feature = features.find(limit);
    if (feature == features.end())
      return absl::InvalidArgumentError("there is no target feature " + limit.str() +
                                        "; /proc/cpuinfo lists those of this machine");
    if (wanted && !feature->second)
      return absl::InvalidArgumentError((native ? "this machine" : name) +
                                        " lacks the target feature " + limit.str());
    feature->second = wanted;
  }
  // Code uses nothing that a bundle could not ask for.
  const auto& known = runtime::known_cpu_features();
  for (auto& feature : features)
    if (!llvm::is_contained(known, std::string_view(feature.first()))) feature.second = false;
  // Taking away AVX-512's foundation takes away all that is built on it.
  if (!features.lookup("avx512f"))
    for (auto& feature : features)
      if (feature.first().starts_with("avx512") || feature.first().starts_with("amx"))
        feature.second = false;
  if (!features.lookup("avx"))
    for (llvm::StringRef name : {"avx2", "fma", "f16c", "avxvnni", "vaes", "vpclmulqdq"})
      features[name] = false;
  std::vector<std::string> list;
  for (const auto& feature : features)
    list.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::sort(list.begin(), list.end());
  target.features = llvm::join(list, ",");
  bool wide = features.lookup("avx512f") && features.lookup("avx512vl") &&
              features.lookup("avx512dq") && features.lookup("avx512bw");
  target.vector_bytes = wide ? 64 : features.lookup("avx2") ? 32 : 16;
  target.vector_registers = wide ? 32 : 16;
  target.has_fma = features.lookup("fma");
  // AMD's do twice the work of an FMA in its time; Intel's half (measured up to Granite Rapids).
  target.fast_bf16_pairs =
      wide && features.lookup("avx512bf16") && llvm::StringRef(target.cpu).starts_with("znver");
  if (long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE); bytes > 0) target.l1_bytes = bytes;
  if (long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE); bytes > 0) target.l2_bytes = bytes;
  return target;
}

std::vector<std::string> Target::enabledFeatures() const {
  std::vector<std::string> enabled;
  for (llvm::StringRef feature : llvm::split(features, ','))
    if (feature.consume_front("+")) enabled.push_back(feature.str());
  return enabled;
}

}  // namespace etch::codegen
