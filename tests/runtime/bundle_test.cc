// Bundles as the runtime sees them: what a model computes, what it refuses, and in which words.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

#include "allocation_counter.h"
#include "bundle_testing.h"

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
using etch::testing::view;
using etch::testing::with_section;
using etch::testing::writable;
using etch::testing::write_text;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string message(const absl::Status& status) { return std::string(status.message()); }
std::string refusal(const std::string& bundle) { return message(parse(bundle).status()); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}
// The bundle with another manifest.
std::string with(const std::string& from, const std::string& to) {
  return test_bundle(
      [&](std::string& manifest, std::string&) { manifest = replaced(manifest, from, to); });
}

std::vector<float> expected(const std::vector<float>& scale, const std::vector<float>& x) {
  std::vector<float> out(kSize), offset = ramp(0.5);
  for (size_t i = 0; i < out.size(); ++i) out[i] = scale[i] * x[i] + offset[i];
  out[0] += scale[0] * scale[0];
  return out;
}

float step(ModelSession& session, const std::vector<float>& x) {
  float out = -1;
  absl::Status status = session.run("step", {{"x", view(x)}}, {{"out0", {&out, f32, {}}}});
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

TEST(Model, TellsWhatItHas) {
  Model model = parse(test_bundle()).value();
  EXPECT_EQ(model.name(), "test");
  EXPECT_EQ(model.producer(), "a test");
  EXPECT_THAT(model.programs(), ElementsAre("predict", "step"));
  const CompiledProgram* predict = model.find_program("predict");
  ASSERT_NE(predict, nullptr);
  EXPECT_EQ(predict->inputs[0].kind, ValueKind::kState);
  EXPECT_EQ(predict->inputs[0].path, "scale");
  EXPECT_EQ(predict->inputs[2].kind, ValueKind::kArgument);
  EXPECT_EQ(predict->results[0].kind, ValueKind::kResult);
  EXPECT_EQ(predict->launches[0].path, "layers.0");
  EXPECT_EQ(model.find_program("nothing"), nullptr);
  EXPECT_THAT(model.code("predict")->features, ElementsAre("sse2"));
  EXPECT_EQ(model.state()[1].name, "scale");
  EXPECT_THAT(model.state()[1].aliases, ElementsAre("tied.scale"));
  EXPECT_THAT(message(model.read("scal").status()),
              "the bundle has no state \"scal\"; it has offset, scale, steps");
}

TEST(Model, PredictsAndTrains) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session();
  std::vector<float> x = ramp(3), out(kSize), scale = ramp(1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(session.run("predict", {{"x", view(x)}}, {{"out0", writable(out)}}).ok());
    EXPECT_EQ(out, expected(scale, x)) << i;  // Also what was derived from the scale is new.
    EXPECT_EQ(step(session, x), 7.0f + static_cast<float>(i));
    for (size_t k = 0; k < scale.size(); ++k) scale[k] += x[k];
  }
  EXPECT_EQ(model.read("steps")->view().at(0), 10);
  EXPECT_EQ(model.read("tied.scale")->view().at(5), scale[5]);
}

TEST(Model, TakesViewsThatLieAnywhere) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session();
  std::vector<float> x = ramp(3), in(kSize + 16), out(kSize + 16);
  const Shape shape = {kSize};
  for (size_t shift : {0, 1, 3, 15}) {
    std::copy(x.begin(), x.end(), in.begin() + static_cast<long>(shift));
    ASSERT_TRUE(session
                    .run("predict", {{"x", {in.data() + shift, f32, shape}}},
                         {{"out0", {out.data() + shift, f32, shape}}})
                    .ok());
    EXPECT_EQ(std::vector<float>(out.begin() + static_cast<long>(shift),
                                 out.begin() + static_cast<long>(shift) + kSize),
              expected(ramp(1), x));
  }
  EXPECT_TRUE(session.run("predict", {{"x", view(x)}}, {}).ok()) << "nobody wants the result";
}

TEST(Model, SaysWhatIsWrongWithACall) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session();
  std::vector<float> x = ramp(3), out(kSize, -1);
  const Shape wrong = {4, 5};
  auto run = [&](const char* program, std::vector<NamedInput> in, std::vector<NamedOutput> outs) {
    return message(session.run(program, in, outs));
  };
  EXPECT_EQ(run("train", {}, {}),
            "the bundle has no program \"train\"; its programs are predict, step");
  EXPECT_EQ(
      run("predict", {}, {}),
      "program \"predict\": input \"x\" is missing; it has x f32 [20], of which 0 were given");
  EXPECT_EQ(run("predict", {{"y", view(x)}}, {}),
            "program \"predict\": there is no input \"y\"; it has x f32 [20]");
  EXPECT_EQ(run("predict", {{"scale", view(x)}}, {}),
            "program \"predict\": there is no input \"scale\"; it has x f32 [20]");
  EXPECT_EQ(run("predict", {{"x", view(x)}, {"x", view(x)}}, {}),
            "program \"predict\": input \"x\" is given twice");
  EXPECT_EQ(run("predict", {{"x", {x.data(), f32, wrong}}}, {}),
            "program \"predict\": input \"x\" is f32 [4, 5], the program has f32 [20]");
  EXPECT_EQ(run("predict", {{"x", {nullptr, f32, view(x).shape}}}, {}),
            "program \"predict\": input \"x\" has no data");
  EXPECT_EQ(run("predict", {{"x", view(x)}}, {{"out1", writable(out)}}),
            "program \"predict\": there is no output \"out1\"; it has out0 f32 [20]");
  EXPECT_EQ(run("predict", {{"x", view(x)}}, {{"out0", writable(x)}}),
            "program \"predict\": output \"out0\" overlaps \"x\"");
  // Nothing was touched.
  EXPECT_EQ(run("step", {{"x", view(x)}}, {{"out0", writable(out)}}),
            "program \"step\": output \"out0\" is f32 [20], the program has f32 []");
  EXPECT_EQ(out, std::vector<float>(kSize, -1));
  EXPECT_EQ(model.read("steps")->view().at(0), 7);
}

TEST(Model, SavesTheStateAndItself) {
  TemporaryFolder folder;
  std::string bundle = test_bundle();
  Model model = parse(bundle).value();
  ASSERT_TRUE(model.save(folder / "same").ok());
  EXPECT_EQ(read_text(folder / "same"), bundle);

  ModelSession session = model.new_session();
  step(session, ramp(3));
  ASSERT_TRUE(model.save(folder / "trained").ok());
  Model trained = Model::load(folder / "trained").value();
  EXPECT_EQ(trained.read("steps")->view().at(0), 8);
  ModelSession next = trained.new_session();
  EXPECT_EQ(step(next, ramp(3)), 8);

  ASSERT_TRUE(model.save_state(folder / "state").ok());
  SafetensorsFile state = read_safetensors(folder / "state").value();
  ASSERT_EQ(state.entries.size(), 3u);
  EXPECT_EQ(state.find("steps")->view().at(0), 8);
  EXPECT_THAT(message(model.save(folder / "no/such")), HasSubstr("its folder does not exist"));
}

TEST(Model, LivesAsLongAsASession) {
  std::unique_ptr<ModelSession> session;
  {
    std::string bundle = test_bundle();
    session = std::make_unique<ModelSession>(parse(bundle).value().new_session());
  }
  EXPECT_EQ(step(*session, ramp(0)), 7);
}

TEST(Model, AWarmRunAllocatesNothing) {
  Model model = parse(test_bundle()).value();
  ModelSession session = model.new_session();
  std::vector<float> x = ramp(3), out(kSize);
  float count = 0;
  auto run = [&] {
    bool ok = session.run("predict", {{"x", view(x)}}, {{"out0", writable(out)}}).ok();
    return ok && session.run("step", {{"x", view(x)}}, {{"out0", {&count, f32, {}}}}).ok();
  };
  ASSERT_TRUE(run());
  ASSERT_TRUE(run());  // The state that is not written in place has its second buffer by now.
  int64_t before = etch::testing::allocations();
  bool ok = run();
  int64_t after = etch::testing::allocations();
  EXPECT_TRUE(ok);
  if (etch::testing::kCountsAllocations) EXPECT_EQ(after, before);
}

// Every element of the state moves at once: a call that saw some old and some new ones would tell.
TEST(Model, ReadersSeeTheStateBeforeOrAfterAStep) {
  Model model = parse(test_bundle()).value();
  std::vector<float> ones(kSize, 1), zeros(kSize, 0);
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  auto check = [&] {
    ModelSession session = model.new_session();
    std::vector<float> out(kSize);
    while (!done) {
      // out[i] = scale[i] + offset[i], where both are ramps.
      if (!session.run("predict", {{"x", view(ones)}}, {{"out0", writable(out)}}).ok()) ++torn;
      for (size_t i = 2; i < out.size(); ++i) torn += out[i] - out[i - 1] != 2;
      StateValue scale = model.read("scale").value();
      torn += scale.view().at(9) - scale.view().at(0) != 9;
    }
  };
  auto write = [&] {
    ModelSession session = model.new_session();
    for (int i = 0; i < 300; ++i) step(session, ones);
  };
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(check);
  for (int i = 0; i < 2; ++i) writers.emplace_back(write);
  for (std::thread& thread : writers) thread.join();
  done = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(model.read("steps")->view().at(0), 607);
}

TEST(Model, OneSessionRunsOnceAtATime) {
  struct Reentrant : Executor {
    ModelSession* session = nullptr;
    absl::Status inner;
    int concurrency() const override { return 1; }
    void parallel_for(int64_t pieces, RangeFunction fn) override {
      std::vector<float> x = ramp(0);
      inner = session->run("predict", {{"x", view(x)}}, {});
      fn(0, pieces);
    }
  } executor;
  ModelSession session = parse(test_bundle()).value().new_session({.executor = &executor});
  executor.session = &session;
  std::vector<float> x = ramp(3);
  EXPECT_TRUE(session.run("predict", {{"x", view(x)}}, {}).ok());
  EXPECT_EQ(message(executor.inner),
            "this session is running already; make one session for each thread");
}

// The thread that writes the state cannot read it in another session.
TEST(Model, AnExecutorThatRunsTheModelGetsAStatusAndTheSessionGoesOn) {
  struct Reentrant : Executor {
    ModelSession* other = nullptr;
    const Model* model = nullptr;
    absl::Status inner, update, read;
    int concurrency() const override { return 1; }
    void parallel_for(int64_t pieces, RangeFunction fn) override {
      std::vector<float> x = ramp(0);
      inner = other->run("predict", {{"x", view(x)}}, {});
      update = model->update({{"scale", view(x)}});
      read = model->read("scale").status();
      fn(0, pieces);
    }
  } executor;
  Model model = parse(test_bundle()).value();
  executor.model = &model;
  ModelSession session = model.new_session({.executor = &executor}), other = model.new_session();
  executor.other = &other;
  std::vector<float> x = ramp(3);
  EXPECT_EQ(step(session, x), 7);
  EXPECT_THAT(message(executor.inner),
              StartsWith("this thread is in a run that writes the model's state already"));
  EXPECT_THAT(message(executor.update), HasSubstr("its executor called the model"));
  EXPECT_THAT(message(executor.read), HasSubstr("its executor called the model"));
  EXPECT_TRUE(other.run("predict", {{"x", view(x)}}, {}).ok());
}

TEST(Model, RefusesWhatIsNoBundle) {
  EXPECT_EQ(refusal("PK\003\004"),
            "NotABundle: b.etch: it does not begin with the bytes of a bundle; the file is damaged "
            "or no bundle: fetch or write it again");
  EXPECT_THAT(refusal(""), StartsWith("NotABundle: b.etch: "));
  std::string bundle = test_bundle();
  EXPECT_THAT(refusal(bundle.substr(0, 20)), StartsWith("InvalidHeader: b.etch: 20 bytes"));
  EXPECT_THAT(refusal(bundle.substr(0, bundle.size() - 1)),
              AllOf(StartsWith("InvalidHeader: b.etch: it has "), HasSubstr("were written")));
  TemporaryFolder folder;
  EXPECT_EQ(Model::load(folder / "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(message(Model::load("/").status()), HasSubstr("/ is no regular file"));
}

TEST(Model, RefusesAnotherVersionInPlainWords) {
  std::string bundle = test_bundle();
  bundle[8] = 3;
  EXPECT_EQ(refusal(bundle),
            "UnsupportedVersion: b.etch: the file has format 3, this library reads format 2; write "
            "it again with the Etch that belongs to this runtime, or take that one's");
  EXPECT_EQ(refusal(with("\"abi\":2", "\"abi\":3")),
            "b.etch: its code was made for ABI 3, this runtime has ABI 2; write it again with the "
            "Etch that belongs to this runtime");
}

TEST(Model, RefusesAnotherProcessorInPlainWords) {
  absl::Status status = parse(with("\"sse2\"", "\"avx999\",\"sse2\",\"tachyons\"")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(message(status), "b.etch: needs avx999, tachyons, which this processor lacks");
  EXPECT_EQ(refusal(with("x86_64-pc-linux-gnu", "aarch64-linux-gnu")),
            "b.etch: its code is for aarch64-linux-gnu, not for x86-64 under Linux");
}

std::string with_alternatives(const std::vector<std::string>& features,
                              const std::function<void(BundleManifest&)>& change = nullptr) {
  BundleManifest changed = manifest_with_alternatives(features);
  if (change) change(changed);
  return test_bundle([&](std::string& manifest, std::string&) { manifest = to_json(changed); }, 2);
}

TEST(Model, TakesTheFirstCodeThatTheProcessorRuns) {
  const std::vector<std::string> better = {"sse2", "sse"}, too_good = {"sse2", "tachyons"};
  for (const auto& [first, taken] : {std::pair{better, size_t{2}}, {too_good, size_t{1}}}) {
    std::string bundle = with_alternatives(first);
    Model model = parse(bundle).value();
    EXPECT_THAT(model.programs(), ElementsAre("predict", "step"));
    EXPECT_EQ(model.code("predict")->features.size(), taken);
    EXPECT_EQ(model.code("step")->features.size(), taken);
    ModelSession session = model.new_session();
    std::vector<float> x = ramp(3), out(kSize);
    ASSERT_TRUE(session.run("predict", {{"x", view(x)}}, {{"out0", writable(out)}}).ok());
    EXPECT_EQ(out, expected(ramp(1), x));
    EXPECT_EQ(step(session, x), 7.0f);
    // What is saved has the code for other processors too.
    TemporaryFolder folder;
    ASSERT_TRUE(parse(bundle).value().save(folder / "b").ok());
    EXPECT_EQ(read_text(folder / "b"), bundle);
  }
}

TEST(Model, SaysWhatEvenItsLeastDemandingCodeNeeds) {
  absl::Status status = parse(with_alternatives({"sse2", "tachyons"}, [](BundleManifest& manifest) {
                          manifest.codes[0].features = {"warp"};
                        })).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(message(status),
            "b.etch: program \"predict\" has code for 2 kinds of processors; the least demanding "
            "needs warp, which this processor lacks");
}

TEST(Model, RefusesAlternativesOfAnotherSignature) {
  for (auto change : {+[](BundleManifest& m) { m.programs[1].inputs[2].info.shape = {kSize + 1}; },
                      +[](BundleManifest& m) { m.programs[1].results[0].info.name = "out1"; },
                      +[](BundleManifest& m) { m.programs[1].inputs.pop_back(); }})
    EXPECT_THAT(refusal(with_alternatives({"sse2"}, change)),
                AllOf(StartsWith("InvalidManifest: b.etch: "),
                      HasSubstr("two programs are called \"predict\" and have different")));
}

TEST(Model, RefusesDamageInAnySection) {
  std::string bundle = test_bundle();
  for (auto [at, what] : {std::pair{4100, "the manifest"}, {8200, "code 0"}}) {
    std::string damaged = bundle;
    damaged[static_cast<size_t>(at)] ^= 1;
    EXPECT_THAT(refusal(damaged), AllOf(StartsWith("ChecksumMismatch: b.etch: "), HasSubstr(what),
                                        HasSubstr("is not what was written")));
  }
  bundle.back() ^= 1;
  EXPECT_THAT(refusal(bundle), HasSubstr("ChecksumMismatch: b.etch: the state, "));
  bundle.back() ^= 1;
  bundle[2000] = 1;
  EXPECT_THAT(refusal(bundle), HasSubstr("InvalidSection: b.etch: the bytes from 256 to 4096 are "
                                         "not zero, as those between sections should be"));
}

TEST(Model, RefusesAManifestThatContradictsItself) {
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{"\"abi\"", "abi"}, "expected '\"' at byte 1 of the manifest"},
      {{"\"name\":\"test\"", "\"name\":\"a\",\"name\":\"b\""}, "the key \"name\" comes twice"},
      {{"\"producer\"", "\"maker\""}, "\"producer\" is missing"},
      {{"\"dtype\":\"i64\"", "\"dtype\":\"i65\""}, "unknown dtype \"i65\""},
      {{"\"code\":0", "\"code\":1"}, "program \"predict\" has code 1 of 1"},
      {{"{\"cell\":0}", "{\"cell\":3}"}, "program \"predict\" has cell 3 of 3"},
      {{"{\"cell\":0}", "{\"cell\":1}"}, "program \"predict\" has cell 1 twice"},
      {{"\"donates\":0", "\"donates\":1"},
       "writes \"scale\" over input 1, which is not the same cell"},
      {{"\"prepare_inputs\":[0]", "\"prepare_inputs\":[2]"}, "prepares from input 2"},
      {{"\"cleared\":[]", "\"cleared\":[0]"}, "clears cell 0, which is no gradient"},
      {{"\"arena_bytes\":80", "\"arena_bytes\":18446744073709551615"}, "the number is too large"},
      {{"\"name\":\"step\"", "\"name\":\"predict\""}, "two programs are called \"predict\""},
      {{"\"tied.scale\"", "\"offset\""}, "two cells are called \"offset\""},
      {{"{\"name\":\"x\",\"dtype\":\"f32\",", "{\"name\":\"x\","}, "expected a dtype and a shape"},
      {{"\"dtype\":\"f32\",\"shape\":[20]}]", "\"dtype\":\"f32\"}]"},
       "expected a dtype and a shape"},
      {{"\"prepare\":\"predict_prepare\",", ""},
       "program \"predict\" has 1 prepare_launches and no function prepare"},
      {{"\"entry\":\"step\"", "\"entry\":\"step\",\"prepare\":\"predict_prepare\""},
       "program \"step\" has 0 prepare_launches and a function prepare"},
      {{"\"derived_bytes\":0", "\"derived_bytes\":80"},
       "program \"step\" has 80 derived_bytes from 0 prepare_inputs and no function prepare"},
      {{"\"prepare_inputs\":[]", "\"prepare_inputs\":[0]"},
       "program \"step\" has 0 derived_bytes from 1 prepare_inputs and no function prepare"},
  };
  for (const auto& [change, problem] : cases)
    EXPECT_THAT(refusal(with(change.first, change.second)),
                AllOf(StartsWith("InvalidManifest: b.etch: "), HasSubstr(problem)));
}

// A few bytes of the manifest must not ask for gigabytes.
TEST(Model, RefusesMoreThanOneGradientOfAState) {
  auto with_gradient = [](const std::string& name, const std::string& of) {
    return with("{\"name\":\"steps\"", "{\"name\":\"" + name + "\",\"gradient_of\":\"" + of +
                                           "\",\"dtype\":\"f32\",\"shape\":[20],\"stored\":false},"
                                           "\n{\"name\":\"steps\"");
  };
  EXPECT_THAT(
      refusal(with_gradient("more", "scale")),
      HasSubstr("InvalidManifest: b.etch: \"more\" is not what the gradient of \"scale\" is "
                "called"));
  EXPECT_THAT(refusal(with_gradient("grad.tied.scale", "tied.scale")),
              HasSubstr("the value of \"grad.tied.scale\" is not in the bundle"));
  EXPECT_THAT(refusal(with_gradient("grad.shift", "shift")),
              HasSubstr("the value of \"grad.shift\" is not in the bundle"));
}

TEST(Model, RefusesStateAndCodeThatTheManifestDoesNotDescribe) {
  EXPECT_THAT(refusal(with("\"name\":\"offset\"", "\"name\":\"shift\"")),
              StartsWith("InvalidState: b.etch: the state has no \"shift\" of f32 [20], which the "
                         "manifest describes"));
  EXPECT_THAT(refusal(with("\"entry\":\"step\"", "\"entry\":\"walk\"")),
              StartsWith("InvalidCode: b.etch: the native code has no function \"walk\""));
}

// A program header of the code, and where it is.
std::pair<size_t, Elf64_Phdr> program_header(const std::string& code, uint32_t type) {
  Elf64_Ehdr elf;
  std::memcpy(&elf, code.data(), sizeof elf);
  for (size_t i = 0; i < elf.e_phnum; ++i) {
    Elf64_Phdr header;
    size_t at = elf.e_phoff + i * sizeof header;
    std::memcpy(&header, code.data() + at, sizeof header);
    if (header.p_type == type) return {at, header};
  }
  ADD_FAILURE() << "no program header " << type;
  return {};
}

TEST(NativeImage, RefusesWhatTheLinkerDoesNotMake) {
  auto with_code = [&](const std::function<void(std::string&)>& change) {
    return refusal(test_bundle([&](std::string&, std::string& code) { change(code); }));
  };
  EXPECT_THAT(with_code([](std::string& code) { code.resize(10); }),
              HasSubstr("InvalidCode: b.etch: the native code is shorter than an ELF header"));
  EXPECT_THAT(with_code([](std::string& code) { code[1] = 'e'; }), HasSubstr("is no ELF file"));
  EXPECT_THAT(with_code([](std::string& code) { code[18] = 3; }),
              HasSubstr("is no shared object for x86-64"));
  EXPECT_THAT(with_code([](std::string& code) { code.resize(code.size() / 8); }),
              HasSubstr("InvalidCode: b.etch: the native code has "));
  EXPECT_THAT(with_code([](std::string& code) { code = replaced(code, "fmaf", "fmbf"); }),
              HasSubstr("the native code calls fmbf, which this runtime does not provide"));
}

// The code with its one entry of the type `from` in the dynamic section called `to`.
std::string with_tag(std::string code, int64_t from, int64_t to) {
  Elf64_Phdr dynamic = program_header(code, PT_DYNAMIC).second;
  for (size_t at = 0; at < dynamic.p_filesz; at += sizeof(Elf64_Dyn)) {
    auto bytes = std::as_writable_bytes(std::span(code)).subspan(dynamic.p_offset + at);
    if (get<int64_t>(bytes, 0) != from) continue;
    put(bytes, 0, to);
    return code;
  }
  ADD_FAILURE() << "no entry " << from;
  return code;
}

TEST(NativeImage, RefusesADynamicSectionWithoutItsTables) {
  for (int64_t tag : {DT_HASH, DT_SYMTAB, DT_STRTAB, DT_STRSZ})
    EXPECT_THAT(refusal(with_section(test_bundle(), 1, with_tag(test_code(), tag, DT_DEBUG))),
                HasSubstr("InvalidCode: b.etch: the native code has no entry of type " +
                          std::to_string(tag) + " in its dynamic section"));
}

TEST(NativeImage, RefusesToProtectWhatIsNotWritable) {
  auto refused = [](uint64_t address, uint64_t size) {
    std::string code = test_code();
    auto [at, header] = program_header(code, PT_GNU_RELRO);
    header.p_vaddr = address;
    header.p_memsz = size;
    std::memcpy(code.data() + at, &header, sizeof header);
    return refusal(with_section(test_bundle(), 1, code));
  };
  const char* problem = "the native code protects memory that is not of a writable segment";
  Elf64_Phdr header = program_header(test_code(), PT_GNU_RELRO).second;
  EXPECT_EQ(refused(header.p_vaddr, header.p_memsz), "");
  EXPECT_THAT(refused(0, header.p_memsz), HasSubstr(problem));
  EXPECT_THAT(refused(header.p_vaddr, uint64_t{1} << 30), HasSubstr(problem));
  EXPECT_THAT(refused(header.p_vaddr, ~uint64_t{0}), HasSubstr(problem));
}

}  // namespace
}  // namespace etch::runtime
