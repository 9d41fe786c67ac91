#include "etch/nn/state_dict.h"

#include "etch/etch.h"
#include "testing.h"

namespace etch::nn {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::values_of;

struct Net : Module {
  Child<Linear> fc{this, "fc", {.in_features = 2, .out_features = 3}};
  Buffer mean{this, "mean", zeros({2})};
  Buffer scratch{this, "scratch", zeros({2}), {.persistent = false}};
};

struct Tied : Module {
  Child<Embedding> wte{this, "wte", {.num_embeddings = 3, .embedding_dim = 2}};
  Child<Linear> head{this, "head", {.in_features = 2, .out_features = 3, .bias = false}};
  Tied() { head->weight.tie(wte->weight); }
};

std::vector<std::string> names(const StateDict& state) {
  std::vector<std::string> result;
  for (const auto& [name, value] : state) result.push_back(name);
  return result;
}

TEST(StateDict, HoldsParametersAndPersistentBuffersInOrder) {
  auto net = make<Net>();
  EXPECT_THAT(names(net->state_dict()), ElementsAre("mean", "fc.weight", "fc.bias"));
  EXPECT_TRUE(net->state_dict().at("fc.bias").is_same(net->fc->bias));
}

TEST(StateDict, ASnapshotDoesNotFollowTheModule) {
  auto net = make<Net>();
  StateDict before = net->state_dict().snapshot();
  init::ones_(net->mean);
  EXPECT_THAT(values_of(before.at("mean")), Each(0));
  net->load_state_dict(before);
  EXPECT_THAT(values_of(net->mean), Each(0));
}

TEST(StateDict, IsAnOrderedMap) {
  StateDict state{{"a", zeros({1})}, {"b.c", zeros({2})}, {"b.d", zeros({3})}};
  EXPECT_THAT(names(state.with_prefix("b.")), ElementsAre("b.c", "b.d"));
  EXPECT_TRUE(state.erase("a"));
  EXPECT_FALSE(state.erase("a"));
  EXPECT_EQ(state.at("b.d").numel(), 3);
  EXPECT_THAT(error_of([&] { state.at("a"); }), HasSubstr("there is no \"a\""));
  EXPECT_THAT(error_of([&] { state.insert("b.c", zeros({1})); }), HasSubstr("there twice"));
}

TEST(LoadStateDict, StrictLoadingNamesEverythingThatDoesNotFitAndChangesNothing) {
  auto net = make<Net>();
  init::constant_(net->mean, 5);
  StateDict state{{"mean", ones({2})}, {"fc.weight", ones({2, 3})}, {"gone", ones({1})}};
  std::string error = error_of([&] { net->load_state_dict(state); });
  EXPECT_THAT(error,
              AllOf(HasSubstr("nothing was loaded"), HasSubstr("missing in the state: fc.bias"),
                    HasSubstr("unexpected in the state: gone"),
                    HasSubstr("mismatched: fc.weight: f32 [2, 3] in the state, "
                              "f32 [3, 2] here")));
  EXPECT_THAT(values_of(net->mean), Each(5));
}

TEST(LoadStateDict, LooseLoadingTakesWhatFitsAndReportsTheRest) {
  auto net = make<Net>();
  std::vector<double> weight = values_of(net->fc->weight);
  StateDict state{{"mean", ones({2})}, {"fc.weight", ones({2, 3})}, {"gone", ones({1})}};
  LoadReport report = net->load_state_dict(state, {.strict = false});
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(report.missing, ElementsAre("fc.bias"));
  EXPECT_THAT(report.unexpected, ElementsAre("gone"));
  EXPECT_EQ(report.mismatched.size(), 1u);
  EXPECT_THAT(values_of(net->mean), Each(1));
  EXPECT_EQ(values_of(net->fc->weight), weight);
}

TEST(LoadStateDict, ConvertsBetweenFloatingDtypesOnly) {
  auto net = make<Net>();
  Tensor half = Tensor::from_data(std::vector<double>{0.5, 0.1}, {2});
  net->load_state_dict({{"mean", half}}, {.strict = false});
  EXPECT_EQ(net->mean.dtype(), f32);
  EXPECT_THAT(net->mean.to_vector<float>(), ElementsAre(0.5f, 0.1f));
  LoadReport report = net->load_state_dict({{"mean", ones({2}, i64)}}, {.strict = false});
  EXPECT_THAT(report.mismatched, ElementsAre("mean: i64 [2] in the state, f32 [2] here"));
}

TEST(LoadStateDict, TiedNamesMayComeOnceOrTwiceWhenEqual) {
  auto net = make<Tied>();
  EXPECT_TRUE(net->load_state_dict({{"wte.weight", ones({3, 2})}}).ok());
  EXPECT_THAT(values_of(net->head->weight), Each(1));
  EXPECT_TRUE(net->load_state_dict({{"head.weight", zeros({3, 2})}}).ok());
  EXPECT_THAT(values_of(net->wte->weight), Each(0));
  EXPECT_TRUE(
      net->load_state_dict({{"wte.weight", ones({3, 2})}, {"head.weight", ones({3, 2})}}).ok());
  EXPECT_THAT(
      error_of([&] {
        net->load_state_dict({{"wte.weight", zeros({3, 2})}, {"head.weight", ones({3, 2})}});
      }),
      HasSubstr("head.weight: tied with wte.weight here, but their values"));
  EXPECT_THAT(values_of(net->wte->weight), Each(1));
}

}  // namespace
}  // namespace etch::nn
