// State dicts, partial loading, and checkpoints that survive a kill at any moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "etch/etch.h"
#include "etch/tests/runtime/files.h"

namespace {

namespace nn = etch::nn;
namespace F = etch::nn::functional;
using etch::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Net : nn::Module {
  int64_t hidden;
  nn::Child<nn::Linear> encoder{this, "encoder", {.in_features = 4, .out_features = hidden}};
  nn::Child<nn::Dropout> drop{this, "drop", {.p = 0.3}};
  nn::Child<nn::Linear> head{this, "head", {.in_features = hidden, .out_features = 3}};
  explicit Net(int64_t hidden) : hidden(hidden) {}
  etch::Tensor forward(etch::Tensor x) { return head(drop(etch::relu(encoder(x)))); }
};

TEST(Features, G4_state_dict_round_trip_through_a_file) {
  TemporaryFolder folder;
  auto net = nn::make<Net>(5), copy = nn::make<Net>(5);
  ASSERT_TRUE(etch::save_state(net, folder / "net.safetensors").ok());
  EXPECT_TRUE(copy->load_state_dict(etch::load_state(folder / "net.safetensors").value()).ok());
  for (const auto& [name, value] : net->state_dict())
    EXPECT_EQ(value.to_vector<float>(), copy->state_dict().at(name).to_vector<float>()) << name;
}

TEST(Features, G4_strict_loading_is_all_or_nothing_and_says_what_differs) {
  auto net = nn::make<Net>(5);
  nn::StateDict state = nn::make<Net>(6)->state_dict().snapshot();
  state.erase("head.bias");
  state.insert("extra", etch::ones({1}));
  std::vector<float> before = net->head->weight.to_vector<float>();
  try {
    net->load_state_dict(state);
    ADD_FAILURE() << "loaded";
  } catch (const etch::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("missing in the state: head.bias"));
    EXPECT_THAT(error.what(), HasSubstr("unexpected in the state: extra"));
    EXPECT_THAT(error.what(), HasSubstr("encoder.bias: f32 [6] in the state, f32 [5] here"));
  }
  EXPECT_EQ(net->head->weight.to_vector<float>(), before);
}

TEST(Features, G4_partial_loading_takes_what_fits_by_name_and_shape) {
  auto net = nn::make<Net>(5);
  nn::StateDict state = nn::make<Net>(5)->state_dict().snapshot();
  state.erase("head.weight");
  state.erase("head.bias");
  state.insert("head.weight", etch::ones({10, 5}));  // of another task
  nn::LoadReport report = net->load_state_dict(state, {.strict = false});
  EXPECT_THAT(report.missing, ElementsAre("head.bias"));
  EXPECT_THAT(report.mismatched,
              ElementsAre("head.weight: f32 [10, 5] in the state, f32 [3, 5] here"));
  EXPECT_EQ(net->encoder->weight.to_vector<float>(), state.at("encoder.weight").to_vector<float>());
  // Only to look:
  EXPECT_EQ(net->load_state_dict(state, {.strict = false, .dry_run = true}).missing.size(), 1u);
}

// A part of a program with state of its own: which batch comes next.
struct Batches {
  int64_t next = 0;
  nn::StateDict state_dict() const {
    return {{"next", etch::Tensor::from_data<int64_t>({next}, {1})}};
  }
  nn::LoadReport load_state_dict(const nn::StateDict& state, const nn::LoadOptions& options) {
    if (!options.dry_run) next = state.at("next").item<int64_t>();
    return {};
  }
};

// Everything that a training program has.
struct Training {
  nn::ModuleHandle<Net> net = nn::make<Net>(8);
  nn::optim::AdamW optimizer{net->parameters(), {.lr = 0.01}};
  nn::optim::StepLR schedule{optimizer, {.step_size = 7, .gamma = 0.5}};
  Batches batches;
  nn::TrainingState state;
  std::function<etch::Tensor(etch::Tensor, etch::Tensor)> compiled;

  Training() {
    state.add("model", net).add("optimizer", optimizer).add("schedule", schedule);
    state.add("batches", batches);
    compiled = etch::compile([this](etch::Tensor x, etch::Tensor y) {
      optimizer.zero_grad();
      etch::Tensor loss = F::cross_entropy(net(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    });
  }
  float step() {
    int64_t n = batches.next++;
    std::vector<float> x;
    std::vector<int64_t> y;
    for (int64_t i = 0; i < 24; ++i) x.push_back(static_cast<float>((i * 7 + n * 5) % 11) / 11);
    for (int64_t i = 0; i < 6; ++i) y.push_back((i + n) % 3);
    float loss =
        compiled(etch::Tensor::from_data(x, {6, 4}), etch::Tensor::from_data(y, {6})).item<float>();
    schedule.step();
    return loss;
  }
};

TEST(Features, G4_resumed_training_goes_on_bit_by_bit) {
  TemporaryFolder folder;
  etch::manual_seed(3);
  Training whole;
  for (int i = 0; i < 20; ++i) whole.step();
  ASSERT_TRUE(
      nn::save_checkpoint(folder / "c", whole.state, {.step = 20, .notes = {{"epoch", "2"}}}).ok());
  std::vector<float> losses;
  for (int i = 0; i < 20; ++i) losses.push_back(whole.step());

  etch::manual_seed(4);
  Training resumed;
  resumed.step();
  nn::Checkpoint checkpoint = nn::read_checkpoint(folder / "c").value();
  ASSERT_TRUE(nn::restore_checkpoint(checkpoint, resumed.state).ok());
  EXPECT_EQ(checkpoint.progress.step, 20);
  EXPECT_EQ(checkpoint.progress.notes.at("epoch"), "2");
  EXPECT_EQ(resumed.batches.next, 20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(resumed.step(), losses[static_cast<size_t>(i)]) << i;
  for (const auto& [name, value] : whole.net->state_dict())
    EXPECT_EQ(value.to_vector<float>(), resumed.net->state_dict().at(name).to_vector<float>())
        << name;
  EXPECT_EQ(resumed.optimizer.lr(), whole.optimizer.lr());
}

TEST(Features, G4_a_checkpoint_of_other_parts_changes_nothing) {
  TemporaryFolder folder;
  Training training;
  training.step();
  ASSERT_TRUE(nn::save_checkpoint(folder / "c", training.state).ok());
  auto larger = nn::make<Net>(9);
  nn::optim::AdamW optimizer(larger->parameters());
  std::vector<float> before = larger->head->weight.to_vector<float>();
  absl::Status status =
      nn::restore_checkpoint(nn::read_checkpoint(folder / "c").value(),
                             nn::TrainingState().add("optimizer", optimizer).add("model", larger));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing was loaded"));
  EXPECT_EQ(larger->head->weight.to_vector<float>(), before);
  EXPECT_EQ(optimizer.num_steps(), 0);
}

// In a child process: writes checkpoints until it is killed. Every tensor of one holds its step, so
// that a mixture of two would show.
[[noreturn]] void write_until_killed(const std::string& folder) {
  struct Counter {
    int64_t step = 0;
    nn::StateDict state_dict() const {
      nn::StateDict state;
      for (int i = 0; i < 8; ++i)
        state.insert("t" + std::to_string(i),
                     etch::Tensor::from_data(std::vector<int64_t>(512, step), {512}));
      return state;
    }
    nn::LoadReport load_state_dict(const nn::StateDict&, const nn::LoadOptions&) { return {}; }
  } counter;
  nn::TrainingState state = nn::TrainingState().add("counter", counter);
  nn::CheckpointFolder checkpoints(folder, {.keep_last = 2});
  auto latest = checkpoints.latest();
  for (counter.step = latest.ok() ? latest->progress.step : 0;; ++counter.step)
    if (!checkpoints.save(state, {.step = counter.step}).ok()) _exit(1);
}

TEST(Features, G4_a_kill_at_any_moment_leaves_a_whole_checkpoint) {
  TemporaryFolder folder;
  std::mt19937 random(1);
  int64_t last = -1;
  for (int kill = 0; kill < 200; ++kill) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(folder / "run");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed";

    nn::CheckpointFolder checkpoints(folder / "run");
    if (checkpoints.files().empty() && last < 0) continue;
    absl::StatusOr<nn::Checkpoint> newest = nn::read_checkpoint(checkpoints.files().front());
    ASSERT_TRUE(newest.ok()) << newest.status();
    EXPECT_GE(newest->progress.step, last);
    last = newest->progress.step;
    for (const auto& [name, value] : newest->part("counter"))
      ASSERT_EQ(value.to_vector<int64_t>(), std::vector<int64_t>(512, last)) << name;
  }
  EXPECT_GT(last, 0);
  // What killed writers left is cleared by the next save.
  nn::CheckpointFolder checkpoints(folder / "run", {.keep_last = 2});
  ASSERT_TRUE(checkpoints.save(nn::TrainingState(), {.step = last + 1}).ok());
  EXPECT_LE(std::distance(std::filesystem::directory_iterator(folder / "run"), {}), 3);
}

}  // namespace
