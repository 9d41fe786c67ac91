// Mistakes with bundles.
#include "mistake.h"

namespace etch {
namespace {

Program doubled(const std::string& argument = "x") {
  return trace([](Tensor x) { return x + x; }, {spec(f32, {2}, argument)}).value();
}

TEST(Errors, a_bundle_without_programs) {
  EXPECT_REFUSED(Bundle("mlp").write("mlp.etch"),
                 "bundle \"mlp\" has no program; add one before writing mlp.etch");
}

TEST(Errors, a_bundle_in_a_missing_folder) {
  EXPECT_REFUSED(Bundle("mlp").add("predict", doubled()).write("/no/such/folder/mlp.etch"),
                 "cannot write /no/such/folder/mlp.etch: its folder does not exist; make it first");
}

TEST(Errors, a_program_of_a_bundle_without_a_name) {
  Bundle bundle("mlp");
  EXPECT_MISTAKE(bundle.add("", doubled()), "Bundle::add: a program needs a name (@)");
}

TEST(Errors, two_programs_of_a_bundle_with_one_name) {
  Bundle bundle("mlp");
  bundle.add("predict", doubled());
  EXPECT_MISTAKE(bundle.add("predict", doubled()),
                 "Bundle::add: there is a program \"predict\" already (@)");
}

TEST(Errors, two_arguments_of_a_program_with_one_name) {
  Bundle bundle("mlp");
  Program sum =
      trace([](Tensor a, Tensor b) { return a + b; }, {spec(f32, {2}, "x"), spec(f32, {2}, "x")})
          .value();
  EXPECT_MISTAKE(bundle.add("predict", sum),
                 "Bundle::add: two arguments of program \"predict\" are called \"x\"; give their "
                 "specs different names (@)");
}

TEST(Errors, programs_of_a_bundle_over_two_models) {
  auto one = nn::make<nn::Linear>({.in_features = 2, .out_features = 2, .bias = false});
  auto other = nn::make<nn::Linear>({.in_features = 2, .out_features = 2, .bias = false});
  Program a = trace([&](Tensor x) { return one(x); }, {spec(f32, {1, 2}, "x")}).value();
  Program b = trace([&](Tensor x) { return other(x); }, {spec(f32, {1, 2}, "x")}).value();
  Bundle bundle("two");
  bundle.add("a", a);
  EXPECT_MISTAKE(
      bundle.add("b", b),
      "Bundle::add: programs \"a\" and \"b\" have different tensors under the path "
      "\"weight\"; trace both with the same modules, or give the modules places of their "
      "own in one tree (@)");
}

TEST(Errors, programs_of_a_bundle_before_and_after_a_change_of_type) {
  auto net = nn::make<nn::Linear>({.in_features = 2, .out_features = 2, .bias = false});
  Program a = trace([&](Tensor x) { return net(x); }, {spec(f32, {1, 2}, "x")}).value();
  net->to(f64);
  Program b = trace([&](Tensor x) { return net(x); }, {spec(f64, {1, 2}, "x")}).value();
  Bundle bundle("typed");
  bundle.add("a", a);
  EXPECT_REFUSED(bundle.write("typed.etch"),
                 "\"weight\" is f64 [2, 2] now and was f32 [2, 2] when program \"a\" was traced; "
                 "trace it again");
  EXPECT_MISTAKE(bundle.add("b", b),
                 "Bundle::add: \"weight\" is f64 [2, 2] in program \"b\" and f32 [2, 2] in \"a\"; "
                 "trace both again (@)");
}

TEST(Errors, a_bundle_for_a_feature_that_does_not_exist) {
  Bundle bundle("mlp");
  bundle.add("predict", doubled(), {.target_features = "-warp"});
  EXPECT_REFUSED(bundle.write("mlp.etch"),
                 "program \"predict\": there is no target feature warp; /proc/cpuinfo lists those "
                 "of this machine");
}

TEST(Errors, loading_a_file_that_is_no_bundle) {
  std::string file = ::testing::TempDir() + "no_bundle.etch";
  std::ofstream(file) << "weights";
  EXPECT_REFUSED(runtime::Model::load(file),
                 "NotABundle: " + file +
                     ": it does not begin with the bytes of a bundle; the file is damaged or no "
                     "bundle: fetch or write it again");
}

}  // namespace
}  // namespace etch
