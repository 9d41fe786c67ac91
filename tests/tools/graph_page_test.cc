#include "etch/tools/etch/graph_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "etch/codegen/dialects.h"
#include "etch/ir/program.h"
#include "llvm/Support/JSON.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

namespace etch::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Page : public ::testing::Test {
 protected:
  Page() {
    mlir::DialectRegistry registry;
    codegen::registerDialects(registry);
    context_.appendDialectRegistry(registry);
    module_ = mlir::parseSourceString<mlir::ModuleOp>(R"mlir(
      #model = loc("model.cc":7:0)
      #line = loc("model.cc":9:0)
      #root = loc(""(#line))
      #fc = loc("encoder.fc"(#model))
      func.func @main(%x: tensor<8x64xf32> {etch.name = "x"},
                      %w: tensor<64x10xf32> {etch.kind = "state", etch.path = "fc.weight"},
                      %r: tensor<f32> {etch.kind = "state", etch.path = "optim.rate.fc.weight"})
          -> (tensor<8x10xf32> {etch.name = "</script>"},
              tensor<64x10xf32> {etch.kind = "state", etch.path = "fc.weight"}) {
        %0 = etch.matmul %x, %w : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32> loc(#fc)
        %1 = etch.exp %0 : (tensor<8x10xf32>) -> tensor<8x10xf32> loc(#root)
        %2 = etch.exp %0 : (tensor<8x10xf32>) -> tensor<8x10xf32> loc(#root)
        %3 = etch.add %1, %2 : (tensor<8x10xf32>, tensor<8x10xf32>) -> tensor<8x10xf32> loc(#root)
        %4 = etch.reshape %r {shape = array<i64: 1, 1>} : (tensor<f32>) -> tensor<1x1xf32> loc(#root)
        %5 = etch.broadcast %4 {shape = array<i64: 64, 10>} : (tensor<1x1xf32>) -> tensor<64x10xf32> loc(#root)
        %6 = etch.mul %w, %5 : (tensor<64x10xf32>, tensor<64x10xf32>) -> tensor<64x10xf32> loc(#root)
        return %3, %6 : tensor<8x10xf32>, tensor<64x10xf32>
      })mlir",
                                                      &context_);
  }

  // The page's JSON, as its script reads it.
  llvm::json::Object json(const GraphPage& page) {
    absl::StatusOr<std::string> text = graph_json(*module_, page, {});
    EXPECT_TRUE(text.ok()) << text.status();
    if (!text.ok()) return {};
    llvm::Expected<llvm::json::Value> value = llvm::json::parse(*text);
    EXPECT_TRUE(static_cast<bool>(value)) << *text;
    return std::move(*value->getAsObject());
  }

  static const llvm::json::Object& node(const llvm::json::Object& page, llvm::StringRef name,
                                        int which = 0) {
    for (const llvm::json::Value& value : *page.getArray("nodes"))
      if (value.getAsObject()->getString("name") == name && which-- == 0)
        return *value.getAsObject();
    static const llvm::json::Object kNone;
    ADD_FAILURE() << "no node " << name.str();
    return kNone;
  }

  static std::string path_of(const llvm::json::Object& page, const llvm::json::Object& node) {
    int64_t box = node.getInteger("module").value_or(0);
    return (*page.getArray("modules"))[box].getAsObject()->getString("path")->str();
  }

  // The kernels that have a part in the node.
  static std::vector<std::string> kernels_of(const llvm::json::Object& page,
                                             const llvm::json::Object& node) {
    std::vector<std::string> names;
    const llvm::json::Array* launches = node.getArray("launches");
    for (size_t i = 0; launches && i < launches->size(); ++i) {
      const auto& launch = (*page.getArray("launches"))[*(*launches)[i].getAsInteger()];
      int64_t kernel = *launch.getAsObject()->getInteger("kernel");
      names.push_back((*page.getArray("kernels"))[kernel].getAsObject()->getString("name")->str());
    }
    return names;
  }

  mlir::MLIRContext context_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
};

TEST_F(Page, HasEachOpWithShapeModuleLineAndText) {
  ASSERT_TRUE(module_);
  llvm::json::Object page = json({.model = "model", .program = "predict"});
  const llvm::json::Object& matmul = node(page, "matmul");
  EXPECT_EQ(path_of(page, matmul), "encoder.fc");
  EXPECT_EQ(matmul.getString("kind"), "contraction");
  EXPECT_EQ(matmul.getString("source"), "model.cc:7");
  EXPECT_EQ((*matmul.getArray("types"))[0].getAsString(), "8x10xf32");
  EXPECT_THAT(matmul.getString("text")->str(), HasSubstr("%0 = etch.matmul %arg0, %arg1"));
  EXPECT_EQ(node(page, "fc.weight").getBoolean("state"), true);
  EXPECT_EQ(node(page, "x").getBoolean("state"), std::nullopt);
  EXPECT_EQ(page.getArray("nodes")->size(), 12u);  // 3 inputs, 7 ops, 2 results
}

TEST_F(Page, SaysWhichKernelComputesAnOp) {
  ASSERT_TRUE(module_);
  llvm::json::Object page = json({.model = "model", .program = "predict"});
  std::vector<std::string> product = kernels_of(page, node(page, "matmul"));
  std::vector<std::string> exp = kernels_of(page, node(page, "exp"));
  ASSERT_EQ(exp.size(), 1u);
  EXPECT_THAT(exp[0], HasSubstr("encoder_fc_matmul"));
  EXPECT_EQ(product.back(), exp[0]) << "an epilogue of the product";
  EXPECT_TRUE(kernels_of(page, node(page, "exp", 1)).empty()) << "equal to the first";
  EXPECT_TRUE(kernels_of(page, node(page, "broadcast")).empty()) << "read in place";
  EXPECT_THAT((*page.getArray("kernels"))[0].getAsObject()->getString("text")->str(),
              AllOf(HasSubstr("func.func private @k0"), Not(HasSubstr("loc("))));
}

TEST_F(Page, ShowsTheFusedProgramAsLaunches) {
  ASSERT_TRUE(module_);
  ASSERT_TRUE(codegen::runStages(*module_, "trace", "fuse", {}).ok());
  llvm::json::Object page = json({.model = "model", .program = "predict", .stage = "fuse"});
  const llvm::json::Object& launch = node(page, "launch", 1);
  EXPECT_EQ(launch.getString("kind"), "launch");
  ASSERT_EQ(kernels_of(page, launch).size(), 1u);
  EXPECT_THAT(launch.getString("text")->str(), HasSubstr("@" + kernels_of(page, launch)[0]));
}

TEST_F(Page, PutsTheOpsThatUpdateStateTogether) {
  ASSERT_TRUE(module_);
  llvm::json::Object page = json({.model = "model", .program = "train_step"});
  for (const char* name : {"mul", "broadcast", "reshape"})
    EXPECT_EQ(path_of(page, node(page, name)), "(update).fc.weight") << name;
  EXPECT_EQ(path_of(page, node(page, "add")), "");
}

TEST_F(Page, HasTheTimesOfKernels) {
  ASSERT_TRUE(module_);
  ProfileReport report;
  report.runs = 10;
  report.median_run_ms = 0.5;
  std::string kernel = kernels_of(json({}), node(json({}), "exp"))[0];
  report.kernels.push_back({.kernel = kernel,
                            .path = "encoder.fc",
                            .launches = 1,
                            .total = {.calls = 10, .nanoseconds = 20'000'000}});
  llvm::json::Object page = json({.model = "m", .program = "p", .profile = &report});
  EXPECT_EQ(page.getObject("profile")->getNumber("run_ms"), 0.5);
  bool found = false;
  for (const llvm::json::Value& value : *page.getArray("kernels")) {
    if (value.getAsObject()->getString("name") != kernel) continue;
    EXPECT_DOUBLE_EQ(*value.getAsObject()->getNumber("ms"), 2);
    found = true;
  }
  EXPECT_TRUE(found);
}

TEST_F(Page, FilterKeepsTheOpsOfAModule) {
  ASSERT_TRUE(module_);
  llvm::json::Object page = json({.model = "m", .program = "p", .filter = "encoder"});
  EXPECT_EQ(page.getArray("nodes")->size(), 3u);  // x, fc.weight, matmul
}

TEST_F(Page, IsOneFileThatNamesCannotBreak) {
  ASSERT_TRUE(module_);
  absl::StatusOr<std::string> page = write_page(*module_, {.model = "m", .program = "p"}, {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, AllOf(HasSubstr("\\u003c/script>"), Not(HasSubstr("@PROGRAM@")),
                           Not(HasSubstr("@SCRIPT@")), Not(HasSubstr("@STYLE@"))));
  for (const char* loaded : {"src=", "http://", "https://", "@import", "url(h"})
    EXPECT_THAT(*page, Not(HasSubstr(loaded))) << "the page needs no other file";
  // Two scripts, the program's and the page's, and no end of one inside.
  size_t ends = 0;
  for (size_t at = page->find("</script"); at != page->npos; at = page->find("</script", at + 1))
    ++ends;
  EXPECT_EQ(ends, 2u);
}

}  // namespace
}  // namespace etch::tools
