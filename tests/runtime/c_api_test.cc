// Models of the C interface: what they have, and their state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "c_api_testing.h"
#include "etch/runtime/log.h"

namespace {

using namespace etch::testing::c;
using etch::testing::kSize;
using etch::testing::ramp;
using etch::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const etch_program* program, etch_role role) {
  std::vector<std::string> result;
  for (size_t i = 0; i < etch_program_num_values(program, role); ++i) {
    etch_value_info info = ETCH_VALUE_INFO_INIT;
    EXPECT_EQ(etch_program_value(program, role, i, &info), ETCH_OK);
    result.emplace_back(info.name);
  }
  return result;
}

TEST(CApi, TellsItsVersionAndNames) {
  EXPECT_EQ(etch_api_version(), ETCH_API_VERSION);
  EXPECT_THAT(etch_version(), HasSubstr("."));
  EXPECT_STREQ(etch_status_name(ETCH_OK), "OK");
  EXPECT_STREQ(etch_status_name(ETCH_DATA_LOSS), "DATA_LOSS");
  for (etch_status code : {-1, 16, 1 << 30}) EXPECT_STREQ(etch_status_name(code), "?");
  for (etch_status code = 1; code <= ETCH_DATA_LOSS; ++code)
    EXPECT_EQ(etch_status_name(code),
              absl::StatusCodeToString(static_cast<absl::StatusCode>(code)));
  EXPECT_STREQ(etch_dtype_name(ETCH_BF16), "bf16");
  EXPECT_EQ(etch_dtype_size(ETCH_I64), 8u);
  for (etch_dtype dtype : {-1, 9}) {
    EXPECT_STREQ(etch_dtype_name(dtype), "?");
    EXPECT_EQ(etch_dtype_size(dtype), 0u);
  }
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(etch_dtype_name(i), etch::dtype_name(static_cast<etch::DType>(i)));
}

TEST(CApi, TellsWhatAModelHas) {
  Model model = test_model();
  EXPECT_STREQ(etch_model_name(model.get()), "test");
  EXPECT_STREQ(etch_model_producer(model.get()), "a test");
  ASSERT_EQ(etch_model_num_programs(model.get()), 2u);
  EXPECT_EQ(etch_model_program(model.get(), 2), nullptr);
  EXPECT_EQ(etch_model_find_program(model.get(), "nothing"), nullptr);
  const etch_program* program = etch_model_find_program(model.get(), "step");
  EXPECT_EQ(program, etch_model_program(model.get(), 1));
  EXPECT_STREQ(etch_program_name(program), "step");
  EXPECT_THAT(names(program, ETCH_INPUT), ElementsAre("x"));
  EXPECT_THAT(names(program, ETCH_OUTPUT), ElementsAre("out0"));
  EXPECT_THAT(names(program, ETCH_STATE_READ), ElementsAre("scale", "steps"));
  EXPECT_THAT(names(program, ETCH_STATE_WRITTEN), ElementsAre("scale", "steps"));
  EXPECT_EQ(etch_program_num_values(program, 4), 0u);

  etch_value_info x = ETCH_VALUE_INFO_INIT;
  ASSERT_EQ(etch_program_value(program, ETCH_INPUT, 0, &x), ETCH_OK);
  EXPECT_EQ(x.dtype, ETCH_F32);
  ASSERT_EQ(x.rank, 1);
  EXPECT_EQ(x.shape[0], kSize);
  EXPECT_EQ(x.bytes, kSize * sizeof(float));
  EXPECT_EQ(x.num_aliases, 0);

  etch_code_info code = ETCH_CODE_INFO_INIT;
  ASSERT_EQ(etch_program_code(program, &code), ETCH_OK);
  EXPECT_STREQ(code.triple, "x86_64-pc-linux-gnu");
  ASSERT_EQ(code.num_features, 1u);
  EXPECT_STREQ(code.features[0], "sse2");
  EXPECT_EQ(code.bytes, etch::testing::test_code().size());
  EXPECT_EQ(code.scratch_bytes, 0u);
  ASSERT_EQ(etch_program_code(etch_model_find_program(model.get(), "predict"), &code), ETCH_OK);
  EXPECT_EQ(code.scratch_bytes, kSize * sizeof(float));
  EXPECT_EQ(code.packed_bytes, kSize * sizeof(float));
}

TEST(CApi, TellsTapsFromOtherOutputs) {
  for (const char* tap : {"", "\"tap\":true,"}) {
    std::string bundle = etch::testing::test_bundle([&](std::string& manifest, std::string&) {
      manifest.insert(manifest.find("\"name\":\"out0\""), tap);
    });
    auto model = made<Model>([&](etch_model** model) {
      return etch_model_parse(bundle.data(), bundle.size(), nullptr, nullptr, model);
    });
    etch_value_info out = ETCH_VALUE_INFO_INIT;
    const etch_program* predict = etch_model_find_program(model.get(), "predict");
    ASSERT_EQ(etch_program_value(predict, ETCH_OUTPUT, 0, &out), ETCH_OK);
    EXPECT_EQ(out.is_tap, *tap != '\0');
  }
}

TEST(CApi, TellsWhatTheStateHas) {
  Model model = test_model();
  ASSERT_EQ(etch_model_num_states(model.get()), 3u);
  etch_value_info by_number = ETCH_VALUE_INFO_INIT, by_alias = ETCH_VALUE_INFO_INIT;
  ASSERT_EQ(etch_model_state(model.get(), 1, &by_number), ETCH_OK);
  ASSERT_EQ(etch_model_find_state(model.get(), "tied.scale", &by_alias), ETCH_OK);
  EXPECT_EQ(std::memcmp(&by_number, &by_alias, sizeof by_alias), 0);
  EXPECT_STREQ(by_alias.name, "scale");
  ASSERT_EQ(by_alias.num_aliases, 1);
  EXPECT_STREQ(by_alias.aliases[0], "tied.scale");
  EXPECT_EQ(by_alias.is_gradient, 0);
  EXPECT_EQ(etch_model_find_state(model.get(), "scal", &by_alias), ETCH_NOT_FOUND);
  EXPECT_STREQ(etch_error_message(), "the bundle has no state \"scal\"");
}

TEST(CApi, UpdatesAllValuesOrNone) {
  Model model = test_model();
  std::vector<float> scale = ramp(30), offset = ramp(40);
  etch_input both[] = {input("tied.scale", scale), input("offset", offset)};
  ASSERT_EQ(etch_model_update(model.get(), both, 2), ETCH_OK) << etch_error_message();
  EXPECT_EQ(read(model, "scale"), scale);
  EXPECT_EQ(read(model, "offset"), offset);
  std::vector<float> more = ramp(50);
  etch_input one_wrong[] = {input("scale", more), input("nothing", more)};
  EXPECT_EQ(etch_model_update(model.get(), one_wrong, 2), ETCH_NOT_FOUND);
  EXPECT_THAT(etch_error_message(), HasSubstr("nothing"));
  EXPECT_EQ(read(model, "scale"), scale);
}

TEST(CApi, GoesBackToASnapshot) {
  Model model = test_model();
  auto snapshot = made<Snapshot>(
      [&](etch_snapshot** snapshot) { return etch_model_snapshot(model.get(), snapshot); });
  std::vector<float> before = read(model, "scale");
  Session session = new_session(model);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(step(session, ramp(3)), ETCH_OK);
    EXPECT_EQ(steps(model), 8);
    ASSERT_EQ(etch_model_restore(model.get(), snapshot.get()), ETCH_OK) << etch_error_message();
    EXPECT_EQ(steps(model), 7);
    EXPECT_EQ(read(model, "scale"), before);
  }
}

TEST(CApi, AForkHasAStateOfItsOwn) {
  Model model = test_model();
  Model fork = made<Model>([&](etch_model** fork) { return etch_model_fork(model.get(), fork); });
  ASSERT_EQ(step(new_session(fork), ramp(3)), ETCH_OK) << etch_error_message();
  EXPECT_EQ(steps(model), 7);
  EXPECT_EQ(steps(fork), 8);
  auto trained = made<Snapshot>(
      [&](etch_snapshot** snapshot) { return etch_model_snapshot(fork.get(), snapshot); });
  ASSERT_EQ(etch_model_restore(model.get(), trained.get()), ETCH_OK) << etch_error_message();
  EXPECT_EQ(steps(model), 8);
}

TEST(CApi, SavesAndLoads) {
  TemporaryFolder folder;
  Model model = test_model();
  ASSERT_EQ(step(new_session(model), ramp(3)), ETCH_OK);
  etch_save_options packed = ETCH_SAVE_OPTIONS_INIT;
  packed.packed = 1;
  ASSERT_EQ(etch_model_save(model.get(), (folder / "b.etch").c_str(), &packed), ETCH_OK);
  ASSERT_EQ(etch_model_save(model.get(), (folder / "plain.etch").c_str(), nullptr), ETCH_OK);
  EXPECT_GT(etch::testing::read_text(folder / "b.etch").size(),
            etch::testing::read_text(folder / "plain.etch").size());
  ASSERT_EQ(etch_model_save_state(model.get(), (folder / "state").c_str()), ETCH_OK);
  etch_load_options options = ETCH_LOAD_OPTIONS_INIT;
  auto loaded = made<Model>([&](etch_model** loaded) {
    return etch_model_load((folder / "b.etch").c_str(), &options, loaded);
  });
  EXPECT_EQ(steps(loaded), 8);
  Model fresh = test_model();
  ASSERT_EQ(etch_model_load_state(fresh.get(), (folder / "state").c_str()), ETCH_OK)
      << etch_error_message();
  EXPECT_EQ(steps(fresh), 8);
  EXPECT_EQ(read(fresh, "scale"), read(model, "scale"));
  EXPECT_EQ(etch_model_save(model.get(), (folder / "no/such").c_str(), nullptr), ETCH_NOT_FOUND);
  EXPECT_EQ(etch_model_load_state(fresh.get(), (folder / "none").c_str()), ETCH_NOT_FOUND);
}

TEST(CApi, KeepsToItsMemoryLimit) {
  std::string bundle = etch::testing::test_bundle();
  etch_load_options options = ETCH_LOAD_OPTIONS_INIT;
  options.memory_limit = int64_t{1} << 20;
  auto model = made<Model>([&](etch_model** model) {
    return etch_model_parse(bundle.data(), bundle.size(), "b.etch", &options, model);
  });
  std::vector<float> out(kSize);
  ASSERT_EQ(predict(new_session(model), ramp(3), out), ETCH_OK) << etch_error_message();
  EXPECT_GT(etch_model_memory_used(model.get()), 0);
  EXPECT_LE(etch_model_memory_used(model.get()), options.memory_limit);
  etch_model* refused = nullptr;
  options.memory_limit = 1;
  EXPECT_EQ(etch_model_parse(bundle.data(), bundle.size(), "b.etch", &options, &refused),
            ETCH_RESOURCE_EXHAUSTED);
  options.memory_limit = -1;
  EXPECT_EQ(etch_model_parse(bundle.data(), bundle.size(), "b.etch", &options, &refused),
            ETCH_INVALID_ARGUMENT);
}

TEST(CApi, HandsLinesOfTheLogToTheHost) {
  std::vector<std::string> lines;
  auto sink = [](void* host, etch_log_level level, const char* message) {
    static_cast<std::vector<std::string>*>(host)->push_back(std::to_string(level) + message);
  };
  ASSERT_EQ(etch_set_log_sink(sink, &lines), ETCH_OK);
  etch::runtime::log(etch::runtime::LogLevel::kWarning, "said");
  ASSERT_EQ(etch_set_log_sink(nullptr, nullptr), ETCH_OK);
  etch::runtime::log(etch::runtime::LogLevel::kWarning, "not said");
  EXPECT_THAT(lines, ElementsAre("1said"));
}

}  // namespace
