#include "etch/codegen/target.h"

#include <unistd.h>

#include "etch/runtime/cpu_features.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Host.h"

namespace etch::codegen {

absl::StatusOr<Target> Target::host(const std::string& feature_limits) {
  Target target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = llvm::sys::getHostCPUName().str();
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
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
      return absl::InvalidArgumentError("this machine lacks the target feature " + limit.str());
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

}  // namespace etch::codegen
