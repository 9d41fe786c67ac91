// How functions of the C interface fail, and what they take from callers of other versions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <thread>

#include "c_api_testing.h"

namespace {

using namespace etch::testing::c;
using etch::testing::kSize;
using etch::testing::ramp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CApi, SaysWhatIsWrongWithAModel) {
  etch_model* model = reinterpret_cast<etch_model*>(&model);
  EXPECT_EQ(etch_model_parse("PK\003\004", 4, nullptr, nullptr, &model), ETCH_INVALID_ARGUMENT);
  EXPECT_THAT(etch_error_message(), StartsWith("NotABundle: the buffer: "));
  EXPECT_EQ(model, nullptr);
  EXPECT_EQ(etch_model_load("/none.etch", nullptr, &model), ETCH_NOT_FOUND);
  EXPECT_THAT(etch_error_message(), HasSubstr("/none.etch"));
}

TEST(CApi, SaysWhatIsWrongWithARun) {
  Model model = test_model();
  Session session = new_session(model);
  std::vector<float> x = ramp(3), out(kSize, -1);
  auto refusal = [&](etch_input in, const char* program = "predict") {
    etch_output result = output("out0", out);
    EXPECT_NE(etch_session_run(session.get(), program, &in, 1, &result, 1, nullptr), ETCH_OK);
    return std::string(etch_error_message());
  };
  const int64_t negative[] = {-20};
  const float* data = x.data();
  EXPECT_EQ(refusal(input("x", x), "train"),
            "the bundle has no program \"train\"; its programs are predict, step");
  EXPECT_EQ(refusal({nullptr, data, kShape, 1, ETCH_F32}), "input number 0 has no name");
  EXPECT_EQ(refusal({"x", data, kShape, 1, 9}), "input \"x\" has the dtype 9, which is none");
  EXPECT_EQ(refusal({"x", data, kShape, -1, ETCH_F32}), "input \"x\" has the rank -1");
  EXPECT_EQ(refusal({"x", data, nullptr, 1, ETCH_F32}), "input \"x\" has no shape, but rank 1");
  EXPECT_EQ(refusal({"x", data, negative, 1, ETCH_F32}), "input \"x\" has the extent -20");
  EXPECT_EQ(refusal({"x", nullptr, kShape, 1, ETCH_F32}),
            "program \"predict\": input \"x\" has no data");
  EXPECT_EQ(refusal({"x", data, kShape, 1, ETCH_I64}),
            "program \"predict\": input \"x\" is i64 [20], the program has f32 [20]");
  EXPECT_EQ(out, std::vector<float>(kSize, -1));
  EXPECT_EQ(etch_session_run(session.get(), "predict", nullptr, 3, nullptr, 0, nullptr),
            ETCH_INVALID_ARGUMENT);
  EXPECT_STREQ(etch_error_message(), "3 inputs are NULL");
}

TEST(CApi, NullIsAnErrorAndNoCrash) {
  Model model = test_model();
  Session session = new_session(model);
  etch_value_info info = ETCH_VALUE_INFO_INIT;
  etch_model* no_model = nullptr;
  etch_session* no_session = nullptr;
  etch_snapshot* no_snapshot = nullptr;
  etch_executor* no_executor = nullptr;
  etch_profile* no_profile = nullptr;
  const etch_program* program = etch_model_program(model.get(), 0);
  etch_executor_callbacks callbacks = ETCH_EXECUTOR_CALLBACKS_INIT;
  float number = 0;
  const etch_status refused[] = {
      etch_model_load(nullptr, nullptr, &no_model),
      etch_model_load("b.etch", nullptr, nullptr),
      etch_model_parse(nullptr, 5, nullptr, nullptr, &no_model),
      etch_model_parse("PK", 2, nullptr, nullptr, nullptr),
      etch_model_fork(nullptr, &no_model),
      etch_model_fork(model.get(), nullptr),
      etch_program_value(nullptr, ETCH_INPUT, 0, &info),
      etch_program_value(program, ETCH_INPUT, 0, nullptr),
      etch_program_value(program, ETCH_INPUT, 1, &info),
      etch_program_value(program, -1, 0, &info),
      etch_program_code(nullptr, nullptr),
      etch_program_code(program, nullptr),
      etch_model_state(nullptr, 0, &info),
      etch_model_state(model.get(), 0, nullptr),
      etch_model_state(model.get(), 3, &info),
      etch_model_find_state(nullptr, "scale", &info),
      etch_model_find_state(model.get(), nullptr, &info),
      etch_model_find_state(model.get(), "scale", nullptr),
      etch_model_read(nullptr, "scale", &number, 4),
      etch_model_read(model.get(), nullptr, &number, 4),
      etch_model_read(model.get(), "scale", &number, 4),
      etch_model_read(model.get(), "steps", nullptr, 8),
      etch_model_update(nullptr, nullptr, 0),
      etch_model_update(model.get(), nullptr, 2),
      etch_model_load_state(nullptr, "state"),
      etch_model_load_state(model.get(), nullptr),
      etch_model_snapshot(nullptr, &no_snapshot),
      etch_model_snapshot(model.get(), nullptr),
      etch_model_restore(nullptr, nullptr),
      etch_model_restore(model.get(), nullptr),
      etch_model_save_state(nullptr, "state"),
      etch_model_save_state(model.get(), nullptr),
      etch_model_save(nullptr, "b.etch", nullptr),
      etch_model_save(model.get(), nullptr, nullptr),
      etch_executor_new(nullptr, &no_executor),
      etch_executor_new(&callbacks, nullptr),
      etch_executor_new(&callbacks, &no_executor),
      etch_executor_new_pool(2, nullptr),
      etch_executor_new_pool(0, &no_executor),
      etch_executor_new_pool(1 << 20, &no_executor),
      etch_session_new(nullptr, nullptr, &no_session),
      etch_session_new(model.get(), nullptr, nullptr),
      etch_cancel_new(nullptr),
      etch_session_run(nullptr, "predict", nullptr, 0, nullptr, 0, nullptr),
      etch_session_run(session.get(), nullptr, nullptr, 0, nullptr, 0, nullptr),
      etch_session_run(session.get(), "predict", nullptr, 0, nullptr, 1, nullptr),
      etch_session_profile(nullptr, "predict", &no_profile),
      etch_session_profile(session.get(), nullptr, &no_profile),
      etch_session_profile(session.get(), "predict", nullptr),
      etch_profile_kernel(nullptr, 0, nullptr),
  };
  for (size_t i = 0; i < std::size(refused); ++i)
    EXPECT_EQ(refused[i], ETCH_INVALID_ARGUMENT) << "number " << i;
  EXPECT_EQ(no_model, nullptr);
  EXPECT_EQ(etch_model_name(nullptr), nullptr);
  EXPECT_STREQ(etch_error_message(), "model is NULL");
  EXPECT_EQ(etch_model_producer(nullptr), nullptr);
  EXPECT_EQ(etch_model_memory_used(nullptr), 0);
  EXPECT_EQ(etch_model_num_programs(nullptr), 0u);
  EXPECT_EQ(etch_model_program(nullptr, 0), nullptr);
  EXPECT_EQ(etch_model_find_program(model.get(), nullptr), nullptr);
  EXPECT_EQ(etch_program_name(nullptr), nullptr);
  EXPECT_EQ(etch_program_num_values(nullptr, ETCH_INPUT), 0u);
  EXPECT_EQ(etch_model_num_states(nullptr), 0u);
  EXPECT_EQ(etch_profile_num_kernels(nullptr), 0u);
  etch_model_free(nullptr);
  etch_session_free(nullptr);
  etch_snapshot_free(nullptr);
  etch_executor_free(nullptr);
  etch_cancel_set(nullptr);
  etch_cancel_reset(nullptr);
  etch_cancel_free(nullptr);
  etch_profile_free(nullptr);
}

// Structs of other versions of the header: shorter ones, and longer ones with a field set.
TEST(CApi, TakesStructsOfOtherVersions) {
  Model model = test_model();
  etch_value_info info = ETCH_VALUE_INFO_INIT;
  info.struct_size = offsetof(etch_value_info, bytes);
  info.bytes = 12345;
  ASSERT_EQ(etch_model_find_state(model.get(), "scale", &info), ETCH_OK);
  EXPECT_STREQ(info.name, "scale");
  EXPECT_EQ(info.bytes, 12345u) << "behind what the caller knows";
  EXPECT_EQ(info.struct_size, offsetof(etch_value_info, bytes));

  struct Later {
    etch_session_options options = ETCH_SESSION_OPTIONS_INIT;
    int64_t field = 0;
  } later;
  later.options.struct_size = sizeof later;
  EXPECT_NE(new_session(model, &later.options), nullptr);
  later.field = 1;
  etch_session* session = nullptr;
  EXPECT_EQ(etch_session_new(model.get(), &later.options, &session), ETCH_INVALID_ARGUMENT);
  EXPECT_THAT(etch_error_message(), HasSubstr("fields of a later version"));
  for (size_t size : {size_t{0}, size_t{8}, size_t{1} << 40}) {
    later.options.struct_size = size;
    EXPECT_EQ(etch_session_new(model.get(), &later.options, &session), ETCH_INVALID_ARGUMENT);
    EXPECT_THAT(etch_error_message(), HasSubstr("_INIT"));
  }
}

TEST(CApi, ErrorsAreOfTheThread) {
  EXPECT_EQ(etch_model_load(nullptr, nullptr, nullptr), ETCH_INVALID_ARGUMENT);
  std::string before = etch_error_message();
  std::thread([] {
    EXPECT_STREQ(etch_error_message(), "");
    etch_model* model = nullptr;
    EXPECT_EQ(etch_model_load("/none.etch", nullptr, &model), ETCH_NOT_FOUND);
  }).join();
  EXPECT_EQ(etch_error_message(), before);
  Model model = test_model();
  EXPECT_EQ(etch_error_message(), before) << "success does not touch it";
}

}  // namespace
