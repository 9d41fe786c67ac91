// Files of PyTorch and numpy: every dtype, layout and way of writing; what is refused, and how.
#include <bit>
#include <filesystem>
#include <set>

#include "etch/etch.h"
#include "etch/nn/formats/npy.h"
#include "etch/nn/formats/pickle.h"
#include "etch/nn/formats/zip_reader.h"
#include "etch/runtime/byte_source.h"
#include "etch/tests/golden/golden.h"
#include "etch/tests/runtime/files.h"
#include "testing.h"

namespace etch::nn {
namespace {

using etch::testing::as_bytes;
using etch::testing::golden_path;
using etch::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::values_of;

std::string file(const std::string& name) { return golden_path("formats/" + name); }

StateDict state_of(const std::string& name) {
  absl::StatusOr<StateDict> state = load_state(file(name));
  EXPECT_TRUE(state.ok()) << state.status();
  return state.ok() ? *state : StateDict();
}

std::string refusal(const std::string& name) {
  absl::StatusOr<StateTree> tree = load_tree(file(name));
  EXPECT_FALSE(tree.ok()) << name;
  return std::string(tree.status().message());
}

void expect_same(const StateDict& a, const StateDict& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, value] : a) {
    ASSERT_TRUE(b.contains(name)) << name;
    EXPECT_EQ(value.dtype(), b.at(name).dtype()) << name;
    EXPECT_EQ(value.shape(), b.at(name).shape()) << name;
    EXPECT_EQ(values_of(value), values_of(b.at(name))) << name;
  }
}

class TorchDtypes : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchDtypes, AreReadInTheirOwn) {
  StateDict state = state_of(GetParam());
  ASSERT_EQ(state.size(), 9u);
  const std::pair<const char*, DType> kNames[] = {
      {"float64", f64}, {"float32", f32}, {"float16", f16}, {"bfloat16", bf16},
      {"int64", i64},   {"int32", i32},   {"int8", i8},     {"uint8", u8}};
  for (auto [name, dtype] : kNames) {
    EXPECT_EQ(state.at(name).dtype(), dtype) << name;
    EXPECT_EQ(state.at(name).shape(), Shape({2, 3})) << name;
    EXPECT_THAT(values_of(state.at(name)), ElementsAre(1, 2, 3, 4, 5, 6)) << name;
  }
  EXPECT_EQ(state.at("bool").dtype(), boolean);
  EXPECT_THAT(values_of(state.at("bool")), ElementsAre(1, 0, 0, 1));
}
INSTANTIATE_TEST_SUITE_P(Files, TorchDtypes,
                         ::testing::Values("dtypes.pt", "dtypes_protocol5.pt", "dtypes_legacy.pt"));

class TorchViews : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchViews, BecomeTensorsOfTheirOwn) {
  StateDict state = state_of(GetParam());
  EXPECT_EQ(state.at("whole").shape(), Shape({4, 6}));
  EXPECT_EQ(state.at("transposed").shape(), Shape({6, 4}));
  EXPECT_THAT(values_of(state.at("transposed")),
              ::testing::ElementsAreArray({0, 6, 12, 18, 1, 7,  13, 19, 2, 8,  14, 20,
                                           3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23}));
  EXPECT_THAT(values_of(state.at("rows")), ElementsAre(6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17));
  EXPECT_THAT(values_of(state.at("column")), ElementsAre(2, 8, 14, 20));
  EXPECT_THAT(values_of(state.at("steps")), ElementsAre(1, 4, 13, 16));
  EXPECT_THAT(values_of(state.at("broadcast")),
              ElementsAre(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5));
  EXPECT_EQ(state.at("scalar").shape(), Shape({}));
  EXPECT_EQ(state.at("scalar").item<float>(), 15);
  EXPECT_EQ(state.at("empty").shape(), Shape({0, 6}));
  EXPECT_TRUE(state.at("tied.a").is_same(state.at("tied.b")));
}
INSTANTIATE_TEST_SUITE_P(Files, TorchViews, ::testing::Values("views.pt", "views_legacy.pt"));

class TorchCheckpoints : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchCheckpoints, AreTreesOfValues) {
  absl::StatusOr<StateTree> read = load_tree(file(GetParam()));
  ASSERT_TRUE(read.ok()) << read.status();
  const StateTree& tree = *read;
  EXPECT_EQ(tree["epoch"].as_int(), 3);
  EXPECT_EQ(tree["best"].as_float(), 0.75);
  EXPECT_FALSE(tree["done"].as_bool());
  EXPECT_EQ(tree["note"].as_string(), "caf\u00e9");
  EXPECT_EQ(tree["nothing"].kind(), StateTree::Kind::kNone);
  EXPECT_EQ(tree["classes"][1].as_string(), "dog");
  EXPECT_EQ(tree["size"][0].as_int(), 2);
  EXPECT_EQ(tree["rng"].as_tensor().dtype(), u8);
  EXPECT_EQ(tree["schedule"]["milestones"]["2"].as_int(), 1);
  EXPECT_NEAR(tree["optimizer"]["param_groups"][0]["lr"].as_float(), 0.001, 1e-12);
  EXPECT_EQ(tree["optimizer"]["state"]["0"]["exp_avg"].as_tensor().shape(), Shape({4, 3}));

  StateDict model = tree["model"].state_dict();
  EXPECT_EQ(model.size(), 9u);
  EXPECT_EQ(model.at("bn.num_batches_tracked").item<int64_t>(), 3);
  EXPECT_EQ(tree.state_dict().with_prefix("model.").size(), 9u);

  EXPECT_THAT(testing::error_of([&] { tree["modle"]; }),
              AllOf(HasSubstr("no \"modle\""), HasSubstr("\"model\", \"optimizer\"")));
  EXPECT_THAT(testing::error_of([&] { tree["epoch"].as_string(); }),
              HasSubstr("wanted a value of kind string, this is of kind int"));
}
INSTANTIATE_TEST_SUITE_P(Files, TorchCheckpoints,
                         ::testing::Values("checkpoint.pt", "checkpoint_deflated.pt",
                                           "checkpoint_legacy.pt"));

TEST(TorchFile, OfVersion2IsReadInEitherByteOrder) {
  for (const char* name : {"modern.pt", "modern_big_endian.pt"}) {
    StateDict state = state_of(name);
    ASSERT_EQ(state.size(), 4u) << name;
    EXPECT_THAT(values_of(state.at("f32")), ElementsAre(0, 1, 2, 3, 4, 5)) << name;
    EXPECT_THAT(values_of(state.at("f64")), ElementsAre(0, 1, 2)) << name;
    EXPECT_THAT(values_of(state.at("i64")), ElementsAre(0, 1, 2, 3)) << name;
    EXPECT_TRUE(state.at("parameter").is_same(state.at("f32"))) << name;
  }
}

TEST(TorchFile, ThatWouldExecuteIsRefusedByTheNameOfWhatItCalls) {
  EXPECT_THAT(refusal("evil.pt"),
              AllOf(HasSubstr("evil.pt"), HasSubstr("refuses global posix.system at byte")));
  EXPECT_FALSE(std::filesystem::exists("/tmp/pwned"));
  EXPECT_THAT(refusal("namespace.pt"), HasSubstr("refuses global argparse.Namespace at byte"));
  EXPECT_THAT(refusal("module.pt"), AllOf(HasSubstr("refuses global __main__.Net at byte"),
                                          HasSubstr("save its state_dict()")));
  EXPECT_THAT(refusal("script.pt"), HasSubstr("TorchScript"));
}

TEST(TorchFile, WithADtypeThatEtchLacksNamesTheTensor) {
  absl::StatusOr<StateDict> state = load_state(file("int16.pt"));
  EXPECT_EQ(state.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(state.status().message()),
              AllOf(HasSubstr("\"deep.short\""), HasSubstr("torch.int16")));
}

// A pickle and why it is refused.
std::string pickle_error(const std::string& text) {
  auto pickle = formats::read_pickle(as_bytes(text), "p");
  return pickle.ok() ? "" : std::string(pickle.status().message());
}

TEST(Pickle, RefusesOpcodesAndGlobalsByNameAndPlace) {
  EXPECT_EQ(pickle_error(std::string("\x80\x02") + "cos\nsystem\n."),
            "p: refuses global os.system at byte 2 of the pickle: files may hold tensors and plain "
            "values only, since nothing in them is executed (of a model, save its state_dict())");
  EXPECT_EQ(pickle_error("\x80\x04\x8c\x02os\x8c\x06system\x93."),
            pickle_error("\x80\x04\x8c\x02os\x8c\x06system\x93."));
  EXPECT_THAT(pickle_error("\x80\x04\x8c\x02os\x8c\x06system\x93."),
              HasSubstr("os.system at byte 14"));
  EXPECT_THAT(pickle_error("\x80\x02ios\nsystem\n."), HasSubstr("refuses opcode INST at byte 2"));
  EXPECT_THAT(pickle_error("\x80\x02)\x81."), HasSubstr("refuses opcode NEWOBJ at byte 3"));
  EXPECT_THAT(pickle_error("\x80\x02\xff."), HasSubstr("unknown opcode 255 at byte 2"));
  EXPECT_THAT(pickle_error("\x80\x01N."), HasSubstr("protocol 1"));
  EXPECT_THAT(pickle_error("\x80\x02"), HasSubstr("ends too early"));
  EXPECT_THAT(pickle_error("\x80\x02K"), HasSubstr("ends too early"));
  EXPECT_THAT(pickle_error("\x80\x02."), HasSubstr("takes a value where there is none"));
  EXPECT_THAT(pickle_error("\x80\x02h\x07."), HasSubstr("recalls value 7"));
  EXPECT_THAT(pickle_error("\x80\x02K\x01K\x02R."), HasSubstr("works on a integer"));
  EXPECT_THAT(pickle_error("\x80\x02"
                           "ctorch\nFloatStorage\n)R."),
              HasSubstr("refuses to call"));
}

// A pickle as the whole of an archive would be checked by building its tree; here what a list that
// contains itself does, and one that has another twice, which has another twice, ...
TEST(Pickle, OfEndlessOrExponentialSizeIsRefused) {
  std::string magic(
      "\x80\x02\x8a\x0al\xfc\x9c"
      "F\xf9 j\xa8P\x19.",
      15);
  std::string header = magic + std::string("\x80\x02M\xe9\x03.", 6) + std::string("\x80\x02}.", 4);
  std::string keys("\x80\x02].", 4);
  std::string endless = std::string(
      "\x80\x02]q\x00h\x00"
      "a.",
      9);
  std::string text = header + endless + keys;
  absl::StatusOr<StateDict> state = load_state(as_bytes(text), "endless");
  EXPECT_THAT(std::string(state.status().message()), HasSubstr("within itself"));

  std::string twice = std::string("\x80\x02]", 3);
  for (char i = 0; i < 40; ++i) twice += std::string("q") + i + "h" + i + "\x86";
  text = header + twice + "." + keys;
  state = load_state(as_bytes(text), "exponential");
  EXPECT_THAT(std::string(state.status().message()), HasSubstr("too many values"));
}

class Npz : public ::testing::TestWithParam<const char*> {};

TEST_P(Npz, HasEveryArrayInItsDtype) {
  StateDict state = state_of(GetParam());
  EXPECT_EQ(state.size(), 16u);
  const std::pair<const char*, DType> kNames[] = {
      {"little_f8", f64}, {"little_f4", f32}, {"little_f2", f16}, {"little_i8", i64},
      {"little_i4", i32}, {"little_i1", i8},  {"little_u1", u8},  {"big_f8", f64},
      {"big_f4", f32},    {"big_f2", f16},    {"big_i8", i64},    {"big_i4", i32}};
  for (auto [name, dtype] : kNames) {
    EXPECT_EQ(state.at(name).dtype(), dtype) << name;
    EXPECT_THAT(values_of(state.at(name)), ElementsAre(0, 1, 2, 3, 4, 5)) << name;
  }
  EXPECT_THAT(values_of(state.at("little_b1")), ElementsAre(0, 1, 1, 1, 1, 1));
  EXPECT_EQ(state.at("fortran").shape(), Shape({2, 3, 4}));
  for (int64_t i = 0; i < 24; ++i) EXPECT_EQ(values_of(state.at("fortran"))[i], i);
  EXPECT_EQ(state.at("scalar").item<double>(), 3.5);
  EXPECT_EQ(state.at("empty").shape(), Shape({0, 3}));
}
INSTANTIATE_TEST_SUITE_P(Files, Npz, ::testing::Values("arrays.npz", "arrays_deflated.npz"));

TEST(Npy, OfFormat3IsReadAndUnknownDtypesAreRefused) {
  EXPECT_THAT(values_of(*load_npy(file("version3.npy"))), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(state_of("version3.npy").contains("version3"));
  EXPECT_THAT(refusal("structured.npy"), HasSubstr("a structured dtype"));
  EXPECT_THAT(refusal("objects.npy"), HasSubstr("no counterpart of numpy's dtype '|O'"));
  EXPECT_THAT(refusal("int16.npy"), HasSubstr("no counterpart of numpy's dtype '<i2'"));
}

// Every dtype, ranks 0 to 4, nothing at all.
StateDict samples() {
  StateDict state;
  for (DType dtype : {boolean, u8, i8, i32, i64, f16, bf16, f32, f64}) {
    std::string name(dtype_name(dtype));
    state.insert(name + ".scalar", Tensor::scalar(1, dtype));
    state.insert(name + ".empty", zeros({2, 0, 3}, dtype));
    state.insert(name + ".cube", arange(24).to(dtype).reshape({2, 3, 4}));
  }
  return state;
}

TEST(Npz, WrittenAndReadIsTheSame) {
  TemporaryFolder folder;
  ASSERT_TRUE(save_npz(samples(), folder / "s.npz").ok());
  absl::StatusOr<StateDict> read = load_state(folder / "s.npz");
  ASSERT_TRUE(read.ok()) << read.status();
  expect_same(samples(), *read);
  EXPECT_EQ(folder.files(), 1);
  EXPECT_FALSE(save_npz(samples(), folder / "missing/s.npz").ok());
}

TEST(Npy, WrittenAndReadIsTheSame) {
  TemporaryFolder folder;
  for (const auto& [name, value] : samples()) {
    ASSERT_TRUE(save_npy(value, folder / "a.npy").ok());
    absl::StatusOr<Tensor> read = load_npy(folder / "a.npy");
    ASSERT_TRUE(read.ok()) << read.status();
    expect_same({{name, value}}, {{name, *read}});
  }
}

TEST(LoadState, FindsTheFormatByContentAndSaysWhenItIsNone) {
  TemporaryFolder folder;
  ASSERT_TRUE(save_state(samples(), folder / "weights").ok());
  expect_same(samples(), *load_state(folder / "weights"));
  for (const char* text : {"", "x", "hello, world", "{", "{}", "{\"weight_map\": {}}"}) {
    etch::testing::write_text(folder / "none", text);
    absl::StatusOr<StateDict> state = load_state(folder / "none");
    EXPECT_EQ(state.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(state.status().message()), HasSubstr(folder / "none"));
  }
  EXPECT_EQ(load_state(folder / "absent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(load_state(folder / ".").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(LoadState, ReadsWeightsInSeveralFilesByTheirIndex) {
  TemporaryFolder folder;
  StateDict first = {{"a", ones({2})}, {"b", ones({3})}}, second = {{"c", ones({4})}};
  ASSERT_TRUE(save_state(first, folder / "1.safetensors").ok());
  ASSERT_TRUE(save_state(second, folder / "2.safetensors").ok());
  auto index = [&](const std::string& map) {
    etch::testing::write_text(
        folder / "index.json",
        "{\"metadata\": {\"total_size\": 36}, \"weight_map\": {" + map + "}}");
    return load_state(folder / "index.json");
  };
  auto state = index(R"("a": "1.safetensors", "c": "2.safetensors", "b": "1.safetensors")");
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->size(), 3u);
  EXPECT_EQ(state->at("c").shape(), Shape({4}));
  EXPECT_THAT(std::string(index(R"("d": "1.safetensors")").status().message()),
              HasSubstr("no \"d\""));
  EXPECT_THAT(std::string(index(R"("a": "../1.safetensors")").status().message()),
              HasSubstr("is no file beside the index"));
  EXPECT_EQ(index(R"("a": "3.safetensors")").status().code(), absl::StatusCode::kNotFound);
}

TEST(StateDict, NamesAndLayoutsAreMapped) {
  StateDict state = {{"module.fc.weight", arange(6).reshape({2, 3})}, {"epoch", ones({})}};
  StateDict plain = state.without_prefix("module.");
  EXPECT_TRUE(plain.contains("fc.weight"));
  EXPECT_TRUE(plain.contains("epoch"));
  EXPECT_EQ(plain.transposed({"fc.weight"}).at("fc.weight").shape(), Shape({3, 2}));
  EXPECT_THAT(values_of(plain.transposed({"weight"}).at("fc.weight")),
              ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_EQ(plain.renamed([](std::string name) { return name == "epoch" ? "" : name; }).size(), 1u);
  EXPECT_TRUE(plain.with_added_prefix("model.").contains("model.fc.weight"));
  EXPECT_THAT(testing::error_of([&] { plain.transposed({"epoch"}); }),
              HasSubstr("\"epoch\" has shape []"));
  EXPECT_THAT(testing::error_of([&] { state.renamed([](std::string) { return "x"; }); }),
              HasSubstr("\"x\" is there twice"));
}

}  // namespace
}  // namespace etch::nn
