// MODEL by every kind of name: built-in, of a user's library, program in a file, bundle.
#include <tuple>

#include "cli.h"

namespace etch::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kLibrary = ETCH_USER_MODELS;

TEST_F(Cli, ListsTheModelsOfALibrary) {
  Outcome run = etch("models " + kLibrary);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr(kLibrary + ":Tiny "), HasSubstr("4-8-2 perceptron"),
                             HasSubstr(kLibrary + ":Distance "), HasSubstr("user_models.cc:")));
  EXPECT_THAT(etch("models --json").out, HasSubstr("\"name\": \"resnet50\""));
  Outcome broken = etch("models --json " + kLibrary);
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("model Throws: no weights today"));
}

TEST_F(Cli, RunsModelsOfALibrary) {
  Outcome predict = etch("run " + kLibrary + ":Tiny --input x=ones");
  EXPECT_EQ(predict.code, 0) << predict.err;
  EXPECT_THAT(predict.out, StartsWith("logits = "));
  EXPECT_EQ(etch("run " + kLibrary + ":Tiny --input x=ones").out, predict.out);

  Outcome sum = etch("run " + kLibrary + ":Distance --input a=ones --input b=zeros --json");
  EXPECT_THAT(sum.out, HasSubstr("\"data\": [\n        5\n      ]"));
  Outcome twice = etch("run " + kLibrary + ":Doubles --input x=ones --json");
  EXPECT_THAT(twice.out, AllOf(HasSubstr("\"program\": \"twice\""), HasSubstr("2,\n        2")));

  ASSERT_EQ(etch("compile " + kLibrary + ":Tiny -o " + file("tiny.etch")).code, 0);
  Outcome inspected = etch("inspect --verify " + file("tiny.etch"));
  EXPECT_THAT(inspected.out,
              AllOf(HasSubstr("bundle \"Tiny\""), HasSubstr("program "), HasSubstr("train_step"),
                    HasSubstr("products of f32"), HasSubstr("verified"), HasSubstr("; code hash "),
                    HasSubstr("; hash of the state ")));
  EXPECT_EQ(etch("run " + file("tiny.etch") + " --input x=ones").out, predict.out);
}

TEST_F(Cli, SaysWhatIsWrongWithALibrary) {
  const std::tuple<std::string, int, std::string> cases[] = {
      {"run " + kLibrary + ":Tyni", 2, "there is no model in "},
      {"run " + kLibrary + ":Tyni", 2, "did you mean `Tiny`? The models are: Tiny, Distance, "},
      {"run " + kLibrary, 2, "models; name one: " + kLibrary + ":Tiny, "},
      {"run " + kLibrary + ":Tiny --program train", 2, "did you mean `train_step`?"},
      {"run " + kLibrary + ":Doubles --program predict", 2, "The programs are: twice."},
      {"run " + kLibrary + ":Throws", 1, "model Throws (user_models.cc:"},
      {"run " + kLibrary + ":Throws", 1, "no weights today"},
      {"run " + kLibrary + ":Misused", 1, "fc1: linear: input"},
      {"run " + file("none.so") + ":Tiny", 1, "cannot open shared object file"},
      {"run " + write("text.so", "hello") + ":Tiny", 1, "cannot load"},
      {std::string("run ") + ETCH_FOREIGN_MODELS + ":Future", 1,
       "was compiled with the headers of Etch 99.1.0, this is Etch "},
      {std::string("run ") + ETCH_NO_MODELS + ":Tiny", 1, "registers no model"}};
  for (const auto& [arguments, code, message] : cases) {
    Outcome outcome = etch(arguments);
    EXPECT_EQ(outcome.code, code) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
    EXPECT_THAT(outcome.out, IsEmpty()) << arguments;
  }
}

TEST_F(Cli, TracedProgramsGoWhereModelsGo) {
  for (const char* name : {"xor.mlir", "xor.mlirbc"}) {
    Outcome traced = etch("trace xor --program train_step -o " + file(name));
    ASSERT_EQ(traced.code, 0) << traced.err;
    EXPECT_THAT(traced.out, AllOf(HasSubstr("train_step"), HasSubstr(" inputs, ")));
  }
  EXPECT_THAT(read_text(file("xor.mlirbc")), StartsWith("ML\xefR"));
  EXPECT_EQ(etch("dump --stage=asm " + file("xor.mlir")).out,
            etch("dump --stage=asm " + file("xor.mlirbc")).out);
  // From one form to the other and back.
  EXPECT_EQ(etch("trace " + file("xor.mlirbc")).out, read_text(file("xor.mlir")));

  Outcome text = etch("run --seed 3 " + file("xor.mlir"));
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(etch("run --seed 3 " + file("xor.mlirbc")).out, text.out);
  EXPECT_EQ(etch("bench --runs 2 " + file("xor.mlirbc")).code, 0);
  EXPECT_EQ(etch("profile --runs 2 " + file("xor.mlir")).code, 0);
  EXPECT_EQ(etch("bisect " + file("xor.mlir")).code, 0);
  Outcome json = etch("trace xor --json -o " + file("p.mlir"));
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"kind\": \"state\""), HasSubstr("layers.0.weight"),
                              HasSubstr("\"program\": \"predict\"")));
}

TEST_F(Cli, ProgramsInFilesTakeTheirStateFromFiles) {
  ASSERT_EQ(etch("trace xor -o " + file("xor.mlir")).code, 0);
  Outcome without = etch("compile " + file("xor.mlir") + " -o " + file("xor.etch"));
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err, HasSubstr("a program without values of its state; --state FILE"));

  ASSERT_EQ(etch("compile xor --program predict -o " + file("own.etch")).code, 0);
  std::string cut = "python3 -c \"import struct; d = open('" + file("own.etch") +
                    "', 'rb').read(); last = 64 + 64 * (struct.unpack_from('<I', d, 12)[0] - 1); "
                    "o, n = struct.unpack_from('<QQ', d, last + 8); open('" +
                    file("xor.safetensors") + "', 'wb').write(d[o:o + n])\"";
  if (std::system(cut.c_str()) != 0) GTEST_SKIP() << "python3 is not installed";
  std::string state = " --state " + file("xor.safetensors");
  ASSERT_EQ(etch("compile " + file("xor.mlir") + state + " -o " + file("xor.etch")).code, 0);
  std::string own = etch("run --input x=ones " + file("own.etch")).out;
  EXPECT_EQ(etch("run --input x=ones " + file("xor.etch")).out, own);
  EXPECT_EQ(etch("run --input x=ones " + file("xor.mlir") + state).out, own);
  Outcome other = etch("run mlp" + state);
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("xor.safetensors"));
  EXPECT_THAT(etch("run xor --state " + file("none.pth")).err, HasSubstr("none.pth"));
}

TEST_F(Cli, ModelsAreTracedWithTheShapesOfInputs) {
  Outcome run = etch("run xor --input x=7x2xf32:ones --json");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("\"shape\": [\n        7,\n        1\n      ]"));
  EXPECT_THAT(etch("trace xor --input x=9x2xf32").out, HasSubstr("tensor<9x2xf32>"));
  EXPECT_THAT(etch("dump tinygpt --input tokens=2x16xi64").out, HasSubstr("tensor<2x16xi64>"));
  Outcome misfit = etch("run xor --input x=4x3xf32");
  EXPECT_EQ(misfit.code, 1);
  EXPECT_THAT(misfit.err, HasSubstr("layers.0: linear: input"));
  ASSERT_EQ(etch("trace xor -o " + file("xor.mlir")).code, 0);
  EXPECT_THAT(etch("run --input x=5x2xf32 " + file("xor.mlir")).err,
              HasSubstr("--input x is f32 [5, 2], the program takes f32 [4, 2]"));
}

TEST_F(Cli, ReferenceAndFilesOfResults) {
  Outcome reference = etch("run xor --reference --input x=ones --output out0=" + file("r.npy"));
  EXPECT_EQ(reference.code, 0) << reference.err;
  EXPECT_THAT(reference.out, IsEmpty());
  EXPECT_THAT(read_text(file("r.npy")), StartsWith("\x93NUMPY"));
  Outcome archive = etch("run xor --output " + file("all.npz"));
  EXPECT_EQ(archive.code, 0) << archive.err;
  EXPECT_THAT(read_text(file("all.npz")), StartsWith("PK"));
  EXPECT_EQ(etch("run xor --reference --steps 2").code, 2);
  EXPECT_EQ(etch("run xor --save " + file("x.etch")).code, 2);
  EXPECT_THAT(etch("run xor --output nothing=" + file("x.npy")).err,
              HasSubstr("there is no output `nothing`"));
  ASSERT_EQ(etch("compile xor -o " + file("x.etch")).code, 0);
  EXPECT_EQ(etch("run --reference " + file("x.etch")).code, 2);
  EXPECT_THAT(etch("dump " + file("x.etch")).err, HasSubstr("is a bundle: it is compiled"));
}

}  // namespace
}  // namespace etch::testing
