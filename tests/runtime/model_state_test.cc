// The state of a model while threads run on it: updates, snapshots, forks, limits, and runs that
// are told to stop. Meant to be run under ThreadSanitizer too (tests/runtime/check_threads.sh).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "allocation_counter.h"
#include "bundle_testing.h"
#include "etch/runtime/log.h"

namespace etch::runtime {
namespace {

using etch::testing::as_bytes;
using etch::testing::kSize;
using etch::testing::manifest_with_alternatives;
using etch::testing::parse;
using etch::testing::ramp;
using etch::testing::read_text;
using etch::testing::TemporaryFolder;
using etch::testing::test_bundle;
using etch::testing::test_code;
using etch::testing::test_manifest;
using etch::testing::view;
using etch::testing::writable;
using etch::testing::write_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Values = std::vector<float>;

std::string message(const absl::Status& status) { return std::string(status.message()); }

Values filled(float value) { return Values(kSize, value); }

Values read(const Model& model, const char* name) {
  StateValue value = model.read(name).value();
  const auto* data = value.storage->data<float>();
  return Values(data, data + value.storage->size() / sizeof(float));
}

Values predict(ModelSession& session, const Values& x) {
  Values out(kSize);
  absl::Status status = session.run("predict", {{"x", view(x)}}, {{"out0", writable(out)}});
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

// scale * x + offset, and the square of scale[0] where it was computed ahead.
Values expected(const Values& scale, const Values& offset, const Values& x) {
  Values out(kSize);
  for (size_t i = 0; i < out.size(); ++i) out[i] = scale[i] * x[i] + offset[i];
  out[0] += scale[0] * scale[0];
  return out;
}

int64_t prepared(const ModelSession& session) {
  for (const KernelProfile& kernel : session.profile("predict"))
    if (kernel.prepares) return kernel.total.calls;
  return -1;
}

TEST(ModelUpdate, GivesPathsNewValuesAndComputesAgainWhatDependsOnThem) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session({.profile = true});
  Values x = ramp(3);
  EXPECT_EQ(predict(session, x), expected(ramp(1), ramp(0.5), x));
  EXPECT_EQ(prepared(session), 1);

  Values offset = filled(2), scale = filled(-1.5);
  ASSERT_TRUE(model.update({{"offset", view(offset)}}).ok());
  EXPECT_EQ(predict(session, x), expected(ramp(1), offset, x));
  EXPECT_EQ(prepared(session), 1);  // Nothing is computed ahead from it.

  ASSERT_TRUE(model.update({{"tied.scale", view(scale)}, {"offset", view(x)}}).ok());
  EXPECT_EQ(prepared(session), 2);  // Before anybody runs.
  EXPECT_EQ(predict(session, x), expected(scale, x, x));
  EXPECT_EQ(prepared(session), 2);
  EXPECT_EQ(read(model, "scale"), scale);
}

TEST(ModelUpdate, IsAllOrNothing) {
  Model model = parse(test_bundle()).value();
  Values fresh = filled(9), small(kSize - 1);
  int64_t steps = 1;
  const Shape other = {kSize - 1};
  TensorView null = view(fresh);
  null.data = nullptr;
  struct Case {
    std::vector<NamedInput> values;
    absl::StatusCode code;
    const char* text;
  };
  const Case cases[] = {
      {{{"scale", view(fresh)}, {"ofset", view(fresh)}},
       absl::StatusCode::kNotFound,
       "the bundle has no state \"ofset\"; it has offset, scale, steps"},
      {{{"scale", view(fresh)}, {"offset", {small.data(), f32, other}}},
       absl::StatusCode::kInvalidArgument,
       "cannot update \"offset\": it is f32 [20], the value given f32 [19]; nothing is"},
      {{{"scale", view(fresh)}, {"steps", view(fresh)}},
       absl::StatusCode::kInvalidArgument,
       "cannot update \"steps\": it is i64 [], the value given f32 [20]; nothing is"},
      {{{"scale", view(fresh)}, {"tied.scale", view(fresh)}},
       absl::StatusCode::kInvalidArgument,
       "cannot update \"tied.scale\": it is given twice, perhaps by another path; nothing is"},
      {{{"offset", view(fresh)}, {"scale", null}},
       absl::StatusCode::kInvalidArgument,
       "cannot update \"scale\": it has no data; nothing is"}};
  for (const Case& c : cases) {
    absl::Status status = model.update(c.values);
    EXPECT_EQ(status.code(), c.code);
    EXPECT_EQ(message(status), c.text);
  }
  EXPECT_EQ(read(model, "scale"), ramp(1));
  EXPECT_EQ(read(model, "offset"), ramp(0.5));
  EXPECT_TRUE(model.update({{"steps", {&steps, i64, {}}}}).ok());
  EXPECT_TRUE(model.update(std::span<const NamedInput>()).ok());
}

TEST(ModelUpdate, TakesASafetensorsFile) {
  Model model = parse(test_bundle()).value();
  TemporaryFolder folder;
  Values scale = filled(4);
  SafetensorsEntry entry{
      .name = "scale", .shape = {kSize}, .bytes = std::as_bytes(std::span(scale))};
  ASSERT_TRUE(write_safetensors(folder / "w", std::vector{entry}).ok());
  ASSERT_TRUE(model.load_state(folder / "w").ok());
  EXPECT_EQ(read(model, "scale"), scale);
  EXPECT_EQ(read(model, "offset"), ramp(0.5));
  entry.name = "fc.weight";
  ASSERT_TRUE(write_safetensors(folder / "w", std::vector{entry}).ok());
  EXPECT_THAT(message(model.load_state(folder / "w")),
              HasSubstr("/w: the bundle has no state \"fc.weight\""));
}

// All values of a version are made of one number, so that a mixture tells.
TEST(ModelUpdate, NoRunSeesAMixture) {
  Model model = parse(test_bundle()).value();
  ASSERT_TRUE(model.update({{"scale", view(filled(1))}, {"offset", view(filled(2))}}).ok());
  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, runs{0};
  auto serve = [&] {
    ModelSession session = model.new_session();
    Values x = filled(1);
    while (!done) {
      Values out = predict(session, x);
      // scale = n, offset = 2 n, and n * n more at the first place.
      float n = out[1] / 3;
      torn += n != std::floor(n) || out[0] != 3 * n + n * n;
      for (size_t i = 2; i < out.size(); ++i) torn += out[i] != out[1];
      ++runs;
    }
  };
  auto publish = [&](float first) {
    for (int i = 0; i < 150; ++i) {
      Values scale = filled(first + static_cast<float>(i % 50));
      Values offset = filled(2 * scale[0]);
      EXPECT_TRUE(model.update({{"scale", view(scale)}, {"offset", view(offset)}}).ok());
      StateSnapshot taken = model.snapshot();
      if (i % 10 == 0) EXPECT_TRUE(model.restore(taken).ok());
    }
  };
  std::vector<std::thread> servers, writers;
  for (int i = 0; i < 3; ++i) servers.emplace_back(serve);
  for (int i = 0; i < 2; ++i) writers.emplace_back(publish, 1 + 100.0f * static_cast<float>(i));
  for (std::thread& thread : writers) thread.join();
  while (runs < 100) std::this_thread::yield();
  done = true;
  for (std::thread& thread : servers) thread.join();
  EXPECT_EQ(torn, 0);
}

TEST(ModelSnapshot, IsComeBackTo) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session({.profile = true});
  Values x = ramp(3), before = predict(session, x);
  StateSnapshot good = model.snapshot();
  // Training writes in place, but not over what the snapshot holds.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  EXPECT_NE(predict(session, x), before);
  EXPECT_EQ(model.read("steps")->view().at(0), 10);
  ASSERT_TRUE(model.restore(good).ok());
  EXPECT_EQ(predict(session, x), before);
  EXPECT_EQ(model.read("steps")->view().at(0), 7);
  ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  ASSERT_TRUE(model.restore(good).ok());  // Once more.
  EXPECT_EQ(predict(session, x), before);
  EXPECT_THAT(message(model.restore({})), HasSubstr("empty snapshot"));
}

TEST(ModelSnapshot, OfAnotherBundleIsRefused) {
  Model model = parse(test_bundle()).value(), same = parse(test_bundle()).value();
  Model other = parse(test_bundle([](std::string& manifest, std::string&) {
                  size_t at = manifest.find("\"tied.scale\"");
                  manifest.replace(manifest.find("\"name\":\"test\""), 13, "\"name\":\"else\"");
                  ASSERT_NE(at, manifest.npos);
                })).value();
  EXPECT_TRUE(model.restore(same.snapshot()).ok());
  EXPECT_TRUE(model.restore(other.snapshot()).ok());  // The same cells.
}

TEST(ModelFork, TrainsInTheBackgroundAndPublishes) {
  Model model = parse(test_bundle()).value();
  Model trainer = model.fork();
  ModelSession serving = model.new_session(), training = trainer.new_session();
  Values x = filled(1), before = predict(serving, x);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(training.run("step", {{"x", view(x)}}, {}).ok());
  EXPECT_EQ(predict(serving, x), before);
  EXPECT_EQ(read(model, "scale"), ramp(1));
  EXPECT_EQ(read(trainer, "scale"), ramp(6));
  ASSERT_TRUE(model.restore(trainer.snapshot()).ok());
  EXPECT_EQ(predict(serving, x), expected(ramp(6), ramp(0.5), x));
  // The two go separate ways again.
  ASSERT_TRUE(training.run("step", {{"x", view(x)}}, {}).ok());
  EXPECT_EQ(read(model, "scale"), ramp(6));
  EXPECT_EQ(read(trainer, "scale"), ramp(7));
}

TEST(ModelFork, PublishesWhileOthersServe) {
  Model model = parse(test_bundle()).value();
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::thread server([&] {
    ModelSession session = model.new_session();
    Values x = filled(0), last(kSize);
    while (!done) {
      // offset stays a ramp from 0.5; scale[0] squared tells how far training is.
      Values out = predict(session, x);
      torn += out[0] < last[0] || out[1] != 1.5f;
      last = out;
    }
  });
  Model trainer = model.fork();
  ModelSession session = trainer.new_session();
  Values x = filled(1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
    ASSERT_TRUE(model.restore(trainer.snapshot()).ok());
  }
  done = true;
  server.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(read(model, "scale"), ramp(101));
}

TEST(ModelState, RunsAllocateNothingBesideWriters) {
  if (!etch::testing::kCountsAllocations) GTEST_SKIP() << "allocations are not counted";
  Model model = parse(test_bundle()).value();
  ModelSession reader = model.new_session(), writer = model.new_session();
  Values x = ramp(3), out(kSize);
  // One by one, so that each sees what the other has done; beside another session steps are not
  // made in place.
  auto turn = [&] {
    bool ok = writer.run("step", {{"x", view(x)}}, {}).ok();
    return ok && reader.run("predict", {{"x", view(x)}}, {{"out0", writable(out)}}).ok();
  };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(turn());
  int64_t before = etch::testing::allocations();
  bool ok = turn() && turn();
  EXPECT_EQ(etch::testing::allocations(), before);
  EXPECT_TRUE(ok);
}

TEST(ModelRun, IsCancelledOrTooLateWithoutATrace) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session();
  Values x = ramp(3);
  std::atomic<bool> cancel{true};
  absl::Status status = session.run("step", {{"x", view(x)}}, {}, {.cancel = &cancel});
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(message(status), StartsWith("the run was cancelled after 0 launches"));
  auto now = std::chrono::steady_clock::now();
  status = session.run("step", {{"x", view(x)}}, {}, {.deadline = now});
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(read(model, "scale"), ramp(1));
  EXPECT_EQ(model.read("steps")->view().at(0), 7);
  cancel = false;
  EXPECT_TRUE(session
                  .run("step", {{"x", view(x)}}, {},
                       {.cancel = &cancel, .deadline = now + std::chrono::hours(1)})
                  .ok());
  EXPECT_EQ(model.read("steps")->view().at(0), 8);
}

TEST(ModelLoad, MapsWeightsAndLeavesTheFileAlone) {
  TemporaryFolder folder;
  std::string bundle = test_bundle(), path = folder / "m.etch";
  write_text(path, bundle);
  Model first = Model::load(path).value(), second = Model::load(path).value();
  // Replaced, as writers do; what is loaded stays what it was.
  std::filesystem::remove(path);
  write_text(path, "something else");
  ModelSession session = first.new_session();
  Values x = filled(1);
  ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  EXPECT_EQ(read(first, "scale"), ramp(2));
  EXPECT_EQ(read(second, "scale"), ramp(1));
}

TEST(ModelLoad, HoldsWeightsAgainstTheirChecksumOnRequest) {
  TemporaryFolder folder;
  std::string bundle = test_bundle(), path = folder / "m.etch";
  bundle.back() ^= 1;  // The last weight.
  write_text(path, bundle);
  EXPECT_TRUE(Model::load(path).ok());
  EXPECT_THAT(message(Model::load(path, {.verify_state = true}).status()),
              StartsWith("ChecksumMismatch: "));
  // What describes the weights is checked in any case.
  bundle = test_bundle();
  bundle[bundle.find("\"data_offsets\"") + 3] ^= 1;
  write_text(path, bundle);
  EXPECT_THAT(message(Model::load(path).status()), HasSubstr("the head of the state, "));
}

TEST(ModelSave, KeepsWhatIsComputedAheadOnRequest) {
  TemporaryFolder folder;
  Model plain = parse(test_bundle()).value();
  ASSERT_TRUE(plain.save(folder / "a", {.packed = true}).ok());
  Model model = Model::load(folder / "a", {.verify_state = true}).value();
  ModelSession session = model.new_session({.profile = true});
  Values x = ramp(3);
  EXPECT_EQ(predict(session, x), expected(ramp(1), ramp(0.5), x));
  EXPECT_EQ(prepared(session), 0);  // Ready when it was loaded.
  ASSERT_TRUE(model.save(folder / "b").ok());
  EXPECT_EQ(read_text(folder / "a"), read_text(folder / "b"));

  // What has changed is computed again, for a file as well.
  Values scale = filled(4);
  ASSERT_TRUE(model.update({{"scale", view(scale)}}).ok());
  EXPECT_EQ(predict(session, x), expected(scale, ramp(0.5), x));
  ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  for (size_t i = 0; i < scale.size(); ++i) scale[i] += x[i];
  ASSERT_TRUE(model.save(folder / "c").ok());
  ModelSession again = Model::load(folder / "c").value().new_session({.profile = true});
  EXPECT_EQ(predict(again, x), expected(scale, ramp(0.5), x));
  EXPECT_EQ(prepared(again), 0);

  // It is checked as weights are.
  std::string bundle = read_text(folder / "a");
  Values square(1, 1);  // 1 * 1, where it lies in the section.
  auto section = get_entry(as_bytes(bundle).subspan(kHeaderBytes + 2 * kEntryBytes));
  ASSERT_EQ(section.kind, SectionKind::kPacked);
  ASSERT_EQ(std::memcmp(bundle.data() + section.offset, square.data(), sizeof(float)), 0);
  bundle[section.offset] ^= 1;
  EXPECT_THAT(message(parse(bundle).status()), StartsWith("ChecksumMismatch: b.etch: packed 0, "));
  std::string shorter = to_json(test_manifest());
  shorter.insert(shorter.find("\"entry\""), "\"packed\":0,");
  EXPECT_THAT(message(parse(test_bundle([&](std::string& text, std::string&) {
                        text = shorter;
                      })).status()),
              HasSubstr("has 80 derived_bytes in packed 0, which is missing"));
}

TEST(ModelLoad, KeepsToItsMemoryLimit) {
  std::string bundle = test_bundle();
  auto load = [&](int64_t limit) {
    return Model::parse(as_bytes(bundle), "b.etch", {.memory_limit = limit});
  };
  EXPECT_THAT(message(load(100).status()),
              HasSubstr("a buffer of 80 bytes exceeds the memory limit of 100 bytes, of which 88"));
  Model model = load(300).value();
  EXPECT_EQ(model.memory_used(), 168);
  ModelSession session = model.new_session();
  Values x = ramp(3);
  absl::Status status = session.run("predict", {{"x", view(x)}}, {});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(model.memory_used(), 168 + 80);  // Its arena.
  Model roomy = load(10'000).value();
  {
    ModelSession runs = roomy.new_session();
    EXPECT_EQ(predict(runs, x), expected(ramp(1), ramp(0.5), x));
    EXPECT_GT(roomy.memory_used(), 168);
  }
}

TEST(ModelLoad, ItsMemoryDoesNotGrowWithUpdatesAndSnapshots) {
  std::string bundle = test_bundle();
  Model model = Model::parse(as_bytes(bundle), "b.etch", {.memory_limit = 1'000'000}).value();
  ModelSession session = model.new_session(), other = model.new_session();
  Values x = ramp(3);
  std::atomic<bool> cancel{true};
  auto turn = [&] {
    Values scale = filled(2), offset = filled(3);
    EXPECT_TRUE(model.update({{"scale", view(scale)}, {"offset", view(offset)}}).ok());
    predict(session, x);
    EXPECT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
    EXPECT_FALSE(session.run("step", {{"x", view(x)}}, {}, {.cancel = &cancel}).ok());
    Model trainer = model.fork();
    ModelSession training = trainer.new_session();
    EXPECT_TRUE(training.run("step", {{"x", view(x)}}, {}).ok());
    EXPECT_TRUE(model.restore(trainer.snapshot()).ok());
  };
  for (int i = 0; i < 3; ++i) turn();
  int64_t before = model.memory_used();
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(model.memory_used(), before);
  Values scale = filled(2);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(model.update({{"scale", view(scale)}}).ok());
  before = model.memory_used();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(model.update({{"scale", view(scale)}}).ok());
  EXPECT_EQ(model.memory_used(), before);
}

TEST(ModelLoad, MappedWeightsCountOnceAProgramWritesThem) {
  TemporaryFolder folder;
  std::string path = folder / "m.etch";
  write_text(path, test_bundle());
  Model model = Model::load(path, {.memory_limit = 1'000}).value();
  EXPECT_EQ(model.memory_used(), 0);
  ModelSession session = model.new_session();
  Values x = filled(1);
  ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  int64_t used = model.memory_used();
  EXPECT_GE(used, 88);  // scale and steps
  ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  ASSERT_TRUE(session.run("step", {{"x", view(x)}}, {}).ok());
  EXPECT_LE(model.memory_used(), used + 8);  // steps goes to and fro
  EXPECT_EQ(read(model, "scale"), ramp(4));
}

// Packed for a processor that is not this one: saved here, the file has no packed weights any more.
TEST(ModelSave, LeavesPackedWeightsOfOtherProcessorsOut) {
  BundleManifest manifest = manifest_with_alternatives({"sse2", "tachyons"});
  TemporaryFolder folder;
  std::string code = test_code(), state = test_bundle();
  ASSERT_TRUE(parse(state).value().save_state(folder / "s").ok());
  SafetensorsFile values = read_safetensors(folder / "s").value();
  Values packed(kSize);
  manifest.programs[0].packed = 0;
  std::string text = to_json(manifest);
  ASSERT_TRUE(write_bundle(folder / "a", {.manifest = text,
                                          .codes = {as_bytes(code), as_bytes(code)},
                                          .packed = {std::as_bytes(std::span(packed))},
                                          .state = values.entries})
                  .ok());
  Model model = Model::load(folder / "a").value();
  ASSERT_TRUE(model.save(folder / "b").ok());
  absl::StatusOr<Model> again = Model::load(folder / "b");
  ASSERT_TRUE(again.ok()) << again.status();
  ModelSession session = again->new_session();
  EXPECT_EQ(predict(session, ramp(3)), expected(ramp(1), ramp(0.5), ramp(3)));
}

TEST(Log, TellsWhichCodeIsLeftAside) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel level, std::string_view text) {
    EXPECT_EQ(level, LogLevel::kInfo);
    lines.emplace_back(text);
  });
  std::string manifest = to_json(manifest_with_alternatives({"sse2", "tachyons"}));
  EXPECT_TRUE(
      parse(test_bundle([&](std::string& text, std::string&) { text = manifest; }, 2)).ok());
  set_log_sink(nullptr);
  EXPECT_THAT(
      lines,
      ElementsAre(HasSubstr("program predict: code 1 is left aside, since it needs tachyons"),
                  HasSubstr("program step: code 1 is left aside")));
}

}  // namespace
}  // namespace etch::runtime
