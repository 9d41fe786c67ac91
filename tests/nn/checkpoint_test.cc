// Saving weights and checkpoints: round trips, resuming bit by bit, files that do not fit.
#include <filesystem>
#include <fstream>

#include "etch/etch.h"
#include "etch/nn/models/gpt.h"
#include "testing.h"

namespace etch::nn {
namespace {

namespace F = functional;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::values_of;

class CheckpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(::testing::TempDir()) /
        (std::string("etch_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
         std::to_string(::getpid()));
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  fs::path folder_;
};

models::GptOptions tiny() {
  return {.vocab = 11, .context = 8, .dim = 16, .heads = 2, .layers = 2, .dropout = 0.2};
}

// A model in training, with everything that has state.
struct Training {
  ModuleHandle<models::Gpt> net = make<models::Gpt>(tiny());
  optim::AdamW optimizer{net->parameters(), {.lr = 1e-2}};
  TrainingState state = TrainingState().add("model", net).add("optimizer", optimizer);

  double step(int64_t number) {
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < 18; ++i) ids.push_back((i * 7 + number * 5) % 11);
    Tensor x = Tensor::from_data(std::vector(ids.begin(), ids.begin() + 16), {2, 8});
    Tensor y = Tensor::from_data(std::vector(ids.begin() + 1, ids.begin() + 17), {16});
    return static_cast<double>(compiled(x, y).item<float>());
  }

  std::function<Tensor(Tensor, Tensor)> compiled = compile([this](Tensor x, Tensor y) {
    optimizer.zero_grad();
    Tensor loss = F::cross_entropy(net(x).reshape({16, 11}), y);
    loss.backward();
    utils::clip_grad_norm_(net->parameters(), 1.0);
    optimizer.step();
    return loss;
  });
};

TEST_F(CheckpointTest, StateSavedAndLoadedIsTheSame) {
  auto net = make<models::Gpt>(tiny());
  ASSERT_TRUE(save_state(net, file("net.safetensors")).ok());
  auto other = make<models::Gpt>(tiny());
  absl::StatusOr<StateDict> state = load_state(file("net.safetensors"));
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_TRUE(other->load_state_dict(*state).ok());
  for (const auto& [name, value] : net->state_dict())
    EXPECT_EQ(values_of(value), values_of(other->state_dict().at(name))) << name;
}

TEST_F(CheckpointTest, ResumedTrainingGoesOnBitByBit) {
  manual_seed(5);
  Training original;
  for (int64_t i = 0; i < 4; ++i) original.step(i);
  Progress progress{.step = 4, .notes = {{"text", "GPL-3"}}};
  ASSERT_TRUE(save_checkpoint(file("c"), original.state, progress).ok());
  std::vector<double> losses;
  for (int64_t i = 4; i < 8; ++i) losses.push_back(original.step(i));
  std::vector<float> draw = randn({4}).to_vector<float>();

  manual_seed(99);
  Training resumed;
  resumed.step(0);
  absl::StatusOr<Checkpoint> checkpoint = read_checkpoint(file("c"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->progress.step, 4);
  EXPECT_EQ(checkpoint->progress.notes.at("text"), "GPL-3");
  absl::Status status = restore_checkpoint(*checkpoint, resumed.state);
  ASSERT_TRUE(status.ok()) << status;
  for (int64_t i = 4; i < 8; ++i)
    EXPECT_EQ(resumed.step(i), losses[static_cast<size_t>(i - 4)]) << "step " << i;
  EXPECT_EQ(randn({4}).to_vector<float>(), draw);
  for (const auto& [name, value] : original.net->state_dict())
    EXPECT_EQ(values_of(value), values_of(resumed.net->state_dict().at(name))) << name;
}

TEST_F(CheckpointTest, OfAnotherModelIsRefusedByNameAndChangesNothing) {
  Training small;
  small.step(0);
  ASSERT_TRUE(save_checkpoint(file("c"), small.state, {.step = 1}).ok());
  absl::StatusOr<Checkpoint> checkpoint = read_checkpoint(file("c"));
  ASSERT_TRUE(checkpoint.ok());

  models::GptOptions deeper = tiny();
  deeper.layers = 3;
  auto net = make<models::Gpt>(deeper);
  optim::AdamW optimizer(net->parameters());
  std::vector<double> before = values_of(net->wte->weight);
  absl::Status status = restore_checkpoint(
      *checkpoint, TrainingState().add("model", net).add("optimizer", optimizer));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(file("c")), HasSubstr("does not fit"), HasSubstr("h.2.ln_1.weight"),
                    HasSubstr("nothing was loaded")));
  EXPECT_EQ(values_of(net->wte->weight), before);
  EXPECT_EQ(optimizer.num_steps(), 0);
}

TEST_F(CheckpointTest, WithAnotherOptimizersStateIsRefusedAndChangesNothing) {
  Training training;
  training.step(0);
  optim::SGD sgd(training.net->parameters(), {.lr = 0.1, .momentum = 0.9});
  TrainingState with_sgd = TrainingState().add("model", training.net).add("optimizer", sgd);
  ASSERT_TRUE(save_checkpoint(file("c"), with_sgd).ok());
  training.step(1);
  std::vector<double> before = values_of(training.net->wte->weight);
  absl::StatusOr<Checkpoint> checkpoint = read_checkpoint(file("c"));
  ASSERT_TRUE(checkpoint.ok());
  absl::Status status = restore_checkpoint(*checkpoint, training.state);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("optim.exp_avg.wte.weight"));
  EXPECT_EQ(values_of(training.net->wte->weight), before);
}

TEST_F(CheckpointTest, TruncatedAnywhereIsRefusedWithTheFilesName) {
  Training training;
  training.step(0);
  ASSERT_TRUE(save_checkpoint(file("c"), training.state).ok());
  std::ifstream stream(file("c"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  for (size_t keep : {size_t{0}, size_t{7}, size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    std::ofstream(file("cut"), std::ios::binary) << bytes.substr(0, keep);
    absl::StatusOr<Checkpoint> checkpoint = read_checkpoint(file("cut"));
    ASSERT_FALSE(checkpoint.ok()) << keep;
    EXPECT_THAT(std::string(checkpoint.status().message()), HasSubstr(file("cut")));
  }
}

TEST_F(CheckpointTest, AFileOfWeightsAloneIsNoCheckpoint) {
  ASSERT_TRUE(save_state(make<Linear>({.in_features = 1, .out_features = 1}), file("w")).ok());
  EXPECT_THAT(std::string(read_checkpoint(file("w")).status().message()),
              AllOf(HasSubstr(file("w")), HasSubstr("is no checkpoint of Etch")));
  EXPECT_EQ(read_checkpoint(file("absent")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CheckpointTest, ASaveThatFailsLeavesTheOldFile) {
  auto net = make<Linear>({.in_features = 1, .out_features = 1});
  TrainingState state = TrainingState().add("model", net);
  ASSERT_TRUE(save_checkpoint(file("c"), state, {.step = 7}).ok());
  struct Broken {
    StateDict state_dict() { throw Error("out of order"); }
    LoadReport load_state_dict(const StateDict&, const LoadOptions&) { return {}; }
  } broken;
  state.add("broken", broken);
  EXPECT_THAT(std::string(save_checkpoint(file("c"), state).message()), HasSubstr("out of order"));
  EXPECT_EQ(read_checkpoint(file("c"))->progress.step, 7);
  EXPECT_FALSE(save_checkpoint(file("missing/c"), TrainingState()).ok());
}

TEST_F(CheckpointTest, PartsHaveNamesOfTheirOwn) {
  auto net = make<Linear>({.in_features = 1, .out_features = 1});
  TrainingState state = TrainingState().add("model", net);
  for (const char* name : {"model", "", "a.b", "rng"})
    EXPECT_THROW(state.add(name, net), Error) << name;
  ASSERT_TRUE(save_checkpoint(file("c"), state).ok());
  auto other = make<Linear>({.in_features = 1, .out_features = 1});
  absl::Status status =
      restore_checkpoint(*read_checkpoint(file("c")), TrainingState().add("teacher", other));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("holds no part \"teacher\"; its parts are \"model\""));
}

TEST_F(CheckpointTest, FoldersKeepTheNewestAndSkipDamagedFiles) {
  auto net = make<Linear>({.in_features = 1, .out_features = 1});
  TrainingState state = TrainingState().add("model", net);
  CheckpointFolder folder(file("run"), {.keep_last = 2});
  EXPECT_EQ(folder.latest().status().code(), absl::StatusCode::kNotFound);
  for (int64_t step : {1, 2, 10}) ASSERT_TRUE(folder.save(state, {.step = step}).ok());
  EXPECT_EQ(folder.files().size(), 2u);
  EXPECT_EQ(folder.latest()->progress.step, 10);
  fs::resize_file(folder.files().front(), 100);
  EXPECT_EQ(folder.latest()->progress.step, 2);
  ASSERT_TRUE(folder.save(state, {.step = 3}).ok());
  EXPECT_EQ(folder.restore_latest(state)->step, 3);
  EXPECT_THROW(CheckpointFolder(file("run"), {.keep_last = 0}), Error);
}

}  // namespace
}  // namespace etch::nn
