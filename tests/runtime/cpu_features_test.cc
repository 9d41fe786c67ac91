#include "etch/runtime/cpu_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace etch::runtime {
namespace {

TEST(CpuFeatures, AreThoseThatTheSystemReports) {
  std::ifstream file("/proc/cpuinfo");
  std::set<std::string> flags;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) flags.insert(word);
    break;
  }
  ASSERT_FALSE(flags.empty());
  // Our names and those of the kernel.
  const std::pair<const char*, const char*> names[] = {{"sse2", "sse2"},
                                                       {"sse4.2", "sse4_2"},
                                                       {"avx", "avx"},
                                                       {"avx2", "avx2"},
                                                       {"fma", "fma"},
                                                       {"f16c", "f16c"},
                                                       {"avx512f", "avx512f"},
                                                       {"avx512vl", "avx512vl"},
                                                       {"avx512bf16", "avx512_bf16"},
                                                       {"bmi2", "bmi2"},
                                                       {"popcnt", "popcnt"},
                                                       {"lzcnt", "abm"},
                                                       {"avx512vnni", "avx512_vnni"}};
  for (auto [ours, theirs] : names) EXPECT_EQ(cpu_has(ours), flags.contains(theirs)) << ours;
}

TEST(CpuFeatures, MissingOnesAreNamed) {
  EXPECT_TRUE(check_cpu({}).ok());
  EXPECT_TRUE(check_cpu({"64bit", "sse2"}).ok());
  absl::Status status = check_cpu({"sse2", "x87x", "warp"});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::string(status.message()), "needs x87x, warp, which this processor lacks");
}

TEST(CpuFeatures, KnownOnesAreSortedAndUnique) {
  const auto& names = known_cpu_features();
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace etch::runtime
