// Native code on disk: found again for equal programs, and only when it is whole.
#include "etch/codegen/object_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "etch/codegen/compiler.h"
#include "etch/runtime/session.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Parser/Parser.h"

namespace etch::codegen {
namespace {

namespace fs = std::filesystem;
using namespace mlir;

constexpr char kProgram[] = R"(
func.func @main(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = etch.mul %x, %y : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
})";

class ObjectCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::path name = fs::temp_directory_path() / "etch_object_cache.XXXXXX";
    std::string pattern = name.string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.path().filename().string().starts_with("llvmcache-")) found.push_back(entry.path());
    return found;
  }

  static std::unique_ptr<llvm::MemoryBuffer> object(const std::string& bytes) {
    return llvm::MemoryBuffer::getMemBufferCopy(bytes);
  }

  OwningOpRef<ModuleOp> parse(const std::string& text) {
    return parseSourceString<ModuleOp>(text, context_.get());
  }

  std::unique_ptr<MLIRContext> context_ = etch::testing::makeContext();
  fs::path folder_;
};

TEST_F(ObjectCacheTest, FindsWhatWasStored) {
  auto cache = ObjectCache::open(folder_ / "made" / "by" / "open");
  ASSERT_TRUE(cache);
  EXPECT_FALSE(cache->find("k"));
  cache->store("k", *object("code"), 7);
  auto found = cache->find("k");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->object->getBuffer(), "code");
  EXPECT_EQ(found->pieces, 7);
  EXPECT_FALSE(cache->find("other"));
}

TEST_F(ObjectCacheTest, DamagedFilesCountAsAbsent) {
  auto cache = ObjectCache::open(folder_);
  cache->store("k", *object("some machine code"), 1);
  std::string whole;
  {
    std::ifstream in(files().at(0), std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(in), {});
  }
  fs::path path = files().at(0);
  auto refuses = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    bool refused = !cache->find("k").has_value();
    EXPECT_EQ(fs::exists(path), !refused);  // and does not stay
    return refused;
  };
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(refuses(whole.substr(0, size))) << size;
  EXPECT_TRUE(refuses(whole + "x"));
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] ^= 4;
    EXPECT_TRUE(refuses(damaged)) << "byte " << i;
  }
  EXPECT_FALSE(refuses(whole));
}

TEST_F(ObjectCacheTest, KeysTellProgramsAndTargetsApartButNotLocations) {
  auto cache = ObjectCache::open(folder_);
  Target target = *Target::host();
  auto program = parse(kProgram);
  std::string key = cache->keyOf(*program, target);
  EXPECT_EQ(key, cache->keyOf(*parse(std::string("\n\n") + kProgram), target));
  std::string other = kProgram;
  other.replace(other.find("etch.mul"), 8, "etch.add");
  EXPECT_NE(key, cache->keyOf(*parse(other), target));
  for (auto change :
       {+[](Target& t) { t.features += ",-avx2"; }, +[](Target& t) { t.cpu = "x"; },
        +[](Target& t) { t.l2_bytes *= 2; }, +[](Target& t) { t.vector_bytes /= 2; }}) {
    Target changed = target;
    change(changed);
    EXPECT_NE(key, cache->keyOf(*program, changed));
  }
  // Line tables have locations in them.
  std::string with_lines = cache->keyOf(*program, target, true);
  EXPECT_NE(key, with_lines);
  EXPECT_NE(with_lines, cache->keyOf(*parse(std::string("\n\n") + kProgram), target, true));
}

TEST_F(ObjectCacheTest, FoldersThatOthersMayWriteToAreNotUsed) {
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  EXPECT_FALSE(ObjectCache::open(folder_));
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  EXPECT_TRUE(ObjectCache::open(folder_));
  std::ofstream(folder_ / "file") << "x";
  EXPECT_FALSE(ObjectCache::open(folder_ / "file"));
  EXPECT_FALSE(ObjectCache::open(folder_ / "file" / "below"));
}

TEST_F(ObjectCacheTest, TunedSchedulesStandBesideObjects) {
  auto cache = ObjectCache::open(folder_);
  EXPECT_EQ(cache->findSchedule("k"), "");
  ASSERT_TRUE(cache->storeSchedule("k", "rows=4 k=128").ok());
  EXPECT_EQ(cache->findSchedule("k"), "rows=4 k=128");
  EXPECT_EQ(cache->findSchedule("l"), "");
  EXPECT_FALSE(cache->find("k"));
}

TEST_F(ObjectCacheTest, WritersOfOneKeyDoNotDisturbReaders) {
  auto cache = ObjectCache::open(folder_);
  std::string code(100'000, 'c');
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        cache->store("k", *object(code), 1);
        auto found = cache->find("k");
        EXPECT_TRUE(found && found->object->getBuffer() == code);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ObjectCacheTest, LeavesTheHostsSignalsAlone) {
  auto cache = ObjectCache::open(folder_);
  cache->store("k", *object("code"), 1);
  for (int signal : {SIGINT, SIGTERM, SIGSEGV, SIGABRT, SIGPIPE}) {
    struct sigaction action;
    ASSERT_EQ(sigaction(signal, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL) << signal;
  }
}

constexpr char kProduct[] = R"(
func.func @main(%x: tensor<40x96xf32>, %y: tensor<96x80xf32>) -> tensor<40x80xf32> {
  %0 = etch.matmul %x, %y : (tensor<40x96xf32>, tensor<96x80xf32>) -> tensor<40x80xf32>
  return %0 : tensor<40x80xf32>
})";

TEST_F(ObjectCacheTest, ADamagedChoiceIsWarnedOfAndForgotten) {
  setenv("ETCH_CACHE_DIR", folder_.c_str(), 1);
  ObjectCache* cache = ObjectCache::shared();
  if (!cache) GTEST_SKIP() << "this process has no cache";
  CompileReport listed;
  ASSERT_TRUE(compileProgram(*parse(kProduct), {.list_choices = true}, &listed).ok());
  auto product = llvm::find_if(
      listed.choices, [](const KernelChoice& choice) { return !choice.candidates.empty(); });
  ASSERT_NE(product, listed.choices.end());
  const std::string other = product->candidates[0];
  auto compile = [&] {
    CompileReport report;
    EXPECT_TRUE(compileProgram(*parse(kProduct), {}, &report).ok());
    return report;
  };
  ASSERT_TRUE(cache->storeSchedule(product->key, other).ok());
  EXPECT_EQ(compile().tuned_kernels, 1);
  for (std::string damaged : {"rows=", "columns=3", "\xff\x01", "rows=99 k=1", "n=5"}) {
    ASSERT_TRUE(cache->storeSchedule(product->key, damaged).ok());
    CompileReport report = compile();
    EXPECT_EQ(report.tuned_kernels, 0) << damaged;
    ASSERT_EQ(report.warnings.size(), 1u) << damaged;
    EXPECT_NE(report.warnings[0].find(product->kernel), std::string::npos);
    EXPECT_EQ(cache->findSchedule(product->key), "") << damaged;
    report = compile();
    EXPECT_TRUE(report.warnings.empty());
    EXPECT_EQ(report.cached_kernels, report.kernels) << "what was compiled meanwhile is kept";
  }
  // What the options say is not a file: an error.
  EXPECT_FALSE(
      compileProgram(*parse(kProduct), {.schedules = {{product->kernel, "rows=99"}}}).ok());
}

// Reads the environment, so it needs a process in which nobody asked for the cache before.
TEST_F(ObjectCacheTest, ProgramsAreCompiledOnce) {
  setenv("ETCH_CACHE_DIR", folder_.c_str(), 1);
  if (!ObjectCache::shared() || !files().empty()) GTEST_SKIP() << "the cache is in use already";
  auto run = [&](int cached) {
    auto module = parse(kProgram);
    CompileReport report;
    auto program = compileProgram(*module, {}, &report);
    ASSERT_TRUE(program.ok()) << program.status();
    EXPECT_EQ(report.kernels, 1);
    EXPECT_EQ(report.cached_kernels, cached);
    auto x = *runtime::Storage::allocate(128), z = *runtime::Storage::allocate(128);
    for (int i = 0; i < 32; ++i) x->data<float>()[i] = i;
    const void* inputs[] = {x->data(), x->data()};
    void* results[] = {z->data()};
    auto session = runtime::Session::create(*program);
    ASSERT_TRUE(session.ok() && (*session)->run(inputs, results).ok());
    for (int i = 0; i < 32; ++i) EXPECT_EQ(z->data<float>()[i], i * i);
  };
  run(0);
  if (files().empty()) GTEST_SKIP() << "the cache of this process lies elsewhere";
  EXPECT_EQ(files().size(), 2u);  // a kernel and the host function
  run(1);
  // Verification wants to see the passes at work.
  CompileReport report;
  auto module = parse(kProgram);
  ASSERT_TRUE(compileProgram(*module, {.verify = true}, &report).ok());
  EXPECT_EQ(report.cached_kernels, 0);
}

}  // namespace
}  // namespace etch::codegen
