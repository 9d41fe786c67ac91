// The command `etch` as a user calls it: what it prints, and its exit codes.
#include "cli.h"

#include <tuple>

namespace etch::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(Cli, ListsModels) {
  Outcome run = etch("models");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("xor "), HasSubstr("mlp "), HasSubstr("tinygpt "),
                             HasSubstr("train_step")));
}

TEST_F(Cli, HelpNamesStagesAndExitCodes) {
  EXPECT_THAT(etch("--help").out,
              AllOf(StartsWith("NAME\n    etch - Shows"), HasSubstr("etch dump mlp"),
                    HasSubstr("EXIT STATUS\n    0   done")));
  EXPECT_THAT(etch("dump --help").out,
              AllOf(HasSubstr("--filter"), HasSubstr("bufferize  values")));
  Outcome nothing = etch("");
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.out, HasSubstr("etch models"));
}

TEST_F(Cli, SaysItsVersion) {
  Outcome run = etch("--version");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, StartsWith("etch 0."));
}

TEST_F(Cli, DumpsEveryStage) {
  const std::pair<const char*, const char*> stages[] = {
      {"trace", "etch.matmul %arg0"}, {"autodiff", "etch.matmul"}, {"simplify", "etch.matmul"},
      {"fuse", "etch.launch @k"},     {"linalg", "linalg."},       {"schedule", "vector."},
      {"bufferize", "memref."},       {"llvm", "llvm.func"},       {"asm", ".Lfunc_end0"}};
  for (const char* program : {"predict", "train_step"}) {
    for (const auto& [stage, mark] : stages) {
      Outcome run = etch(std::string("dump xor --program=") + program + " --stage=" + stage);
      EXPECT_EQ(run.code, 0) << stage << ": " << run.err;
      EXPECT_THAT(run.out, HasSubstr(mark)) << program << " " << stage;
    }
  }
}

TEST_F(Cli, DumpsTheTrainingStepOfEveryModel) {
  for (const char* model : {"mlp", "lenet", "tinygpt"}) {
    Outcome run = etch(std::string("dump --program=train_step --stage=asm ") + model);
    EXPECT_EQ(run.code, 0) << model << ": " << run.err;
    EXPECT_THAT(run.out, HasSubstr(".Lfunc_end0")) << model;
  }
}

TEST_F(Cli, FilterKeepsTheOpsOfAModule) {
  Outcome run = etch("dump xor --filter=layers.1");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("// layers.1\n"), HasSubstr("etch.matmul %6, %arg3"),
                             Not(HasSubstr("layers.0")), Not(HasSubstr("etch.select"))));
}

TEST_F(Cli, FilterOfAssemblyKeepsTheKernelsOfAModule) {
  std::string all = etch("dump xor --stage=asm").out;
  std::string some = etch("dump xor --stage=asm --filter='layers.1*'").out;
  EXPECT_LT(some.size(), all.size());
  EXPECT_THAT(some, AllOf(HasSubstr("layers_1_matmul:"), Not(HasSubstr("layers_0_pack:"))));
}

TEST_F(Cli, FilterThatFitsNothingNamesTheModules) {
  for (const char* format : {"", " --format=dot", " --stage=asm"}) {
    Outcome run = etch(std::string("dump xor --filter=layers.7") + format);
    EXPECT_EQ(run.code, 2) << format;
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.err, HasSubstr("The modules are: layers.0, layers.1."));
  }
}

TEST_F(Cli, WrongNamesAreAnsweredWithTheRightOnes) {
  const std::pair<const char*, const char*> cases[] = {
      {"dump xor --stage=fusse",
       "there is no stage `fusse`; did you mean `fuse`? The stages are: "
       "trace, autodiff, simplify, fuse, linalg, schedule, bufferize, "
       "llvm, asm."},
      {"dump tinygtp", "did you mean `tinygpt`? The models are: xor, mlp, lenet, tinygpt, "},
      {"dump xor --program=train", "did you mean `train_step`? The programs are: predict, "},
      {"dump xor --format=svgz",
       "did you mean `svg`? The formats are: text, bytecode, dot, svg, html."},
      {"dump xor --format=dot --stage=llvm", "a picture shows the stages up to fuse"},
      {"dump", "MODEL is required"},
      {"cache sizee",
       "there is no command of cache `sizee`; did you mean `size`? The commands are: list, size, "},
      {"compile xor --program predict --program predict -o x.etch",
       "--program predict is given twice"},
      {"run xor --output o.txt", "--output o.txt is not [NAME=]FILE: only FILE.npz"},
      {"dump xor --print-changed --timing", "--timing prints a table: not with --before"},
      {"dump xor --after etch-fuse --stage=trace", "--stage=trace stops before other passes"},
      {"dmp xor",
       "there is no command `dmp`; did you mean `dump`? The commands are: models, trace, dump, "
       "compile, inspect, run, bench, profile, tune, diff, bisect, cache, completion."}};
  for (const auto& [arguments, message] : cases) {
    Outcome run = etch(arguments);
    EXPECT_EQ(run.code, 2) << arguments;
    EXPECT_THAT(run.err, HasSubstr(message)) << arguments;
    EXPECT_THAT(run.out, IsEmpty()) << arguments;
  }
}

TEST_F(Cli, SavedProgramCompilesToTheSameCode) {
  ASSERT_EQ(etch("dump xor --locations -o " + file("xor.mlir")).code, 0);
  Outcome run = etch("dump --stage=asm " + file("xor.mlir"));
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, etch("dump xor --stage=asm").out);
}

TEST_F(Cli, FilesThatAreNoProgramsAreRefused) {
  Outcome missing = etch("dump " + file("none.mlir"));
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("none.mlir: No such file or directory"));

  Outcome broken =
      etch("dump " + write("broken.mlir", "module {\n  func.func @main(%x: tensor<\n}"));
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, AllOf(StartsWith("etch: not a program: "), HasSubstr("broken.mlir:2")));

  Outcome empty = etch("dump " + write("empty.mlir", ""));
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("has no function @main"));

  Outcome folder = etch("dump xor -o " + file("no/such/folder.txt"));
  EXPECT_EQ(folder.code, 1);
  EXPECT_THAT(folder.err, HasSubstr("cannot write"));
}

TEST_F(Cli, CompilesInspectsAndRunsABundle) {
  Outcome compiled = etch("compile xor -o " + file("xor.etch"));
  ASSERT_EQ(compiled.code, 0) << compiled.err;
  EXPECT_THAT(compiled.out, HasSubstr("xor.etch: predict, train_step; "));

  Outcome inspected = etch("inspect " + file("xor.etch"));
  EXPECT_EQ(inspected.code, 0) << inspected.err;
  EXPECT_THAT(
      inspected.out,
      AllOf(HasSubstr("bundle \"xor\", format 2, by etch "), HasSubstr("program train_step"),
            HasSubstr("target                           f32 [4, 1]"), HasSubstr("-> out0"),
            HasSubstr("runs here"), HasSubstr("layers.0.weight                  f32 [8, 2]")));
  EXPECT_THAT(etch("inspect --json " + file("xor.etch")).out, StartsWith("{\"abi\":2,"));

  std::string inputs = "run " + file("xor.etch") + " --input x=ones";
  Outcome before = etch(inputs);
  EXPECT_EQ(before.code, 0) << before.err;
  EXPECT_THAT(before.out, StartsWith("out0 = "));
  Outcome trained = etch(inputs + " --program train_step --input target=zeros --steps 20 --save " +
                         file("trained.etch") + " --output out0=" + file("loss.npy"));
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.out, IsEmpty());
  EXPECT_THAT(read_text(file("loss.npy")), StartsWith("\x93NUMPY"));
  EXPECT_NE(etch("run " + file("trained.etch") + " --input x=ones").out, before.out);
  EXPECT_EQ(etch(inputs).out, before.out);  // What was loaded has not changed.
}

TEST_F(Cli, SaysWhatIsWrongWithABundle) {
  ASSERT_EQ(etch("compile xor --program predict -o " + file("xor.etch")).code, 0);
  std::string run = "run " + file("xor.etch");
  const std::tuple<std::string, int, const char*> cases[] = {
      {run + " --program train_step", 2, "there is no program `train_step`"},
      {run + " --input y=zeros", 2, "there is no input `y`"},
      {run + " --input x", 2, "--input=x is not NAME=VALUE"},
      {run + " --input x=noise", 2,
       "--input x=noise: a value is @FILE.npy, zeros, ones, random, random:N for whole numbers "
       "below N, or a shape"},
      {run + " --input x=@" + file("none.npy"), 1, "none.npy"},
      {"run " + file("none.etch"), 1, "none.etch"},
      {"inspect " + write("text.etch", "hello"), 1, "NotABundle: "},
      {"compile xro -o " + file("x.etch"), 2, "did you mean `xor`?"},
      {"compile xor -o " + file("no/such/x.etch"), 1, "its folder does not exist"},
      {"compile xor --target-features=+warp -o " + file("x.etch"), 2, "no target feature warp"},
      {"compile xor --target x86-64-v9 -o " + file("x.etch"), 2,
       "there is no target `x86-64-v9`; did you mean `x86-64-v"},
      {"compile xor --target native --target native -o " + file("x.etch"), 2,
       "--target native is given twice"}};
  for (const auto& [arguments, code, message] : cases) {
    Outcome outcome = etch(arguments);
    EXPECT_EQ(outcome.code, code) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
  }
}

TEST_F(Cli, ProfilesAModelAndABundle) {
  Outcome table = etch("profile mlp --runs 2 --threads 1");
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("mlp predict:"), HasSubstr(", 1 thread, 2 runs"),
                               HasSubstr("peak of this machine:"), HasSubstr(" layers.0 ("),
                               HasSubstr("once, and when state has changed")));
  ASSERT_EQ(etch("compile mlp -o " + file("mlp.etch")).code, 0);
  Outcome json =
      etch("profile " + file("mlp.etch") +
           " --program train_step --input x=ones --json --runs 3 --trace " + file("trace.json"));
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_THAT(json.out,
              AllOf(StartsWith("{\"model\":"), HasSubstr("\"program\":\"train_step\""),
                    HasSubstr("\"path\":\"layers.1\""), HasSubstr("\"calls\":3"),
                    // 64 x 784 times 784 x 512, bias and ReLU (compare, select), three times.
                    HasSubstr("\"operations\":154435584"), HasSubstr("\"bound\":\"compute\"")));
  EXPECT_THAT(read_text(file("trace.json")),
              AllOf(HasSubstr("\"traceEvents\""), HasSubstr("\"name\":\"layers.0\"")));
}

TEST_F(Cli, SaysWhatIsWrongWithAProfile) {
  EXPECT_THAT(etch("profile mpl").err, HasSubstr("mlp"));
  EXPECT_EQ(etch("profile mpl").code, 2);
  EXPECT_THAT(etch("profile xor --program train").err, HasSubstr("train_step"));
  EXPECT_THAT(etch("profile xor --input y=ones").err, HasSubstr("x"));
  Outcome run = etch("profile " + file("none.etch"));
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("none.etch"));
}

TEST_F(Cli, TunesAModelForLaterCompilations) {
  // A margin of nothing: some kernel is faster otherwise, if only by noise.
  std::string cache = "ETCH_CACHE_DIR=" + file("cache");
  Outcome json = etch("tune mlp --seconds 0.2 --margin 0 --json", cache);
  ASSERT_EQ(json.code, 0) << json.err;
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"kernel\": \"k1_layers_0_matmul\""),
                              HasSubstr("\"standard\": \"rows="), HasSubstr("\"kernels\": [")));
  EXPECT_THAT(json.err, IsEmpty());
  size_t tuned = 0;
  for (const auto& entry : std::filesystem::directory_iterator(file("cache")))
    tuned += entry.path().filename().string().starts_with("tuned-");
  EXPECT_EQ(tuned > 0, json.out.find("\"kept\": true") != std::string::npos);
  // Dumps show what was chosen.
  EXPECT_THAT(etch("dump mlp --stage=schedule", cache).out, HasSubstr("etch.schedule = \"rows="));
}

// What is wrong in such a file is no reason not to compile: a dump shows the cost model's choice.
TEST_F(Cli, ADamagedChoiceIsNone) {
  std::string cache = "ETCH_CACHE_DIR=" + file("cache");
  ASSERT_EQ(etch("tune mlp --seconds 0.1 --margin 0", cache).code, 0);
  std::string whole = etch("dump mlp --stage=schedule", "ETCH_CACHE_DIR=").out;
  for (const auto& entry : std::filesystem::directory_iterator(file("cache")))
    if (entry.path().filename().string().starts_with("tuned-"))
      std::ofstream(entry.path()) << "rows=\x01 of nothing";
  Outcome dump = etch("dump mlp --stage=schedule", cache);
  EXPECT_EQ(dump.out, whole);
  bool kept = etch("cache list", cache).out.find("rows=\x01 of nothing") != std::string::npos;
  EXPECT_EQ(kept, dump.err.find("etch: warning: kernel k") != std::string::npos) << dump.err;
  // What compiles drops it, and says so once.
  EXPECT_EQ(kept, etch("bench mlp --runs 1", cache).err.find("damaged and was removed") !=
                      std::string::npos);
  EXPECT_THAT(etch("bench mlp --runs 1", cache).err, IsEmpty());
}

TEST_F(Cli, ProductsCanTakeNarrowFactors) {
  EXPECT_THAT(etch("dump xor --stage=fuse --matmul-precision=bf16").out, HasSubstr("bf16"));
  EXPECT_THAT(etch("dump xor --stage=fuse").out, Not(HasSubstr("bf16")));
  Outcome narrow = etch("profile mlp --runs 1 --json --matmul-precision bf16x3");
  EXPECT_EQ(narrow.code, 0) << narrow.err;
  EXPECT_EQ(etch("compile xor --matmul-precision bf16 -o " + file("xor.etch")).code, 0);
  EXPECT_THAT(etch("profile --matmul-precision bf16 " + file("xor.etch")).err,
              HasSubstr("a bundle is compiled"));
  Outcome wrong = etch("dump xor --matmul-precision f16");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("bf16x6"));
}

TEST_F(Cli, RefusesNumbersAndNamesThatWouldBeTakenForOthers) {
  Outcome negative = etch("profile xor --runs 1 --seed -1");
  EXPECT_EQ(negative.code, 2);
  EXPECT_EQ(negative.err.substr(0, negative.err.find('\n')), "--seed: `-1` is no number from 0 on");
  Outcome twice = etch("profile xor --runs 1 --input x=ones --input x=zeros");
  EXPECT_EQ(twice.code, 2);
  EXPECT_THAT(twice.err, HasSubstr("--input x is given twice"));
  const std::pair<const char*, const char*> inputs[] = {
      {"2305843009213693952x2xf32", ": f32 [2305843009213693952, 2] is too large"},
      {"1152921504606846976x2xf32", ": f32 [1152921504606846976, 2] is too large"},
      {"9223372036854775807x2xf32", ": f32 [9223372036854775807, 2] is too large"},
      {"99999999999999999999x2xf32", ": a value is @FILE.npy, "},
      {"random:99999999999999999999", ": a value is @FILE.npy, "},
      {"@", " names no file behind the @"}};
  for (const auto& [value, message] : inputs) {
    for (const char* command : {"run", "dump"}) {
      Outcome run = etch(std::string(command) + " xor --input x=" + value);
      EXPECT_EQ(run.code, 2) << value;
      EXPECT_THAT(run.err, HasSubstr(std::string("--input x=") + value + message));
    }
  }
}

TEST_F(Cli, SaysThatMemoryDoesNotSuffice) {
  const std::string input = " --input x=99999999999999x2xf32";
  ASSERT_EQ(etch("compile xor --program predict -o " + file("q.etch") + input).code, 0);
  for (const std::string& arguments :
       {"run xor" + input, "run xor --reference" + input, "bench xor" + input,
        "profile xor" + input, "bisect xor" + input, "run " + file("q.etch"),
        "bench " + file("q.etch")}) {
    Outcome run = etch(arguments);
    EXPECT_EQ(run.code, 1) << arguments;
    EXPECT_THAT(run.err, AllOf(StartsWith("etch: "), HasSubstr("no memory for a buffer of ")))
        << arguments;
  }
}

TEST_F(Cli, SaysThatItsOutputCannotBeWritten) {
  ASSERT_EQ(etch("compile xor -o " + file("xor.etch")).code, 0);
  for (const std::string& arguments :
       {std::string("models"), std::string("run xor"), std::string("run xor --json"),
        "inspect " + file("xor.etch"), std::string("bisect xor"), std::string("cache size"),
        std::string("bench xor --json"), std::string("completion bash"), std::string("dump xor"),
        std::string("--help")}) {
    // What stands behind the exit takes the redirections that etch() adds.
    Outcome run = etch(arguments + " >/dev/full 2>" + file("said") + "; exit $?; true");
    EXPECT_EQ(run.code, 1) << arguments;
    EXPECT_THAT(read_text(file("said")), HasSubstr("cannot write standard output")) << arguments;
  }
}

TEST_F(Cli, SaysWhyItCannotTune) {
  Outcome run = etch("tune mlp", "ETCH_CACHE_DIR=");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("no object cache"));
  EXPECT_EQ(etch("tune mpl").code, 2);
  EXPECT_EQ(etch("tune mlp --margin 2").code, 2);
}

TEST_F(Cli, ABundleHasCodeForSeveralProcessors) {
  std::string bundle = file("xor.etch");
  Outcome run =
      etch("compile xor --program predict --target x86-64 --target x86-64-v2 -o " + bundle);
  ASSERT_EQ(run.code, 0) << run.err;
  Outcome inspect = etch("inspect " + bundle);
  EXPECT_THAT(inspect.out, AllOf(HasSubstr(", runs here"), HasSubstr("needs"),
                                 HasSubstr("would run here; better code is taken")));
  EXPECT_LT(inspect.out.find(", runs here"), inspect.out.find("would run here"));
  EXPECT_EQ(etch("run " + bundle).code, 0);
}

TEST_F(Cli, WritesAPageOfTheGraph) {
  Outcome page = etch("dump xor --program=train_step --format=html");
  EXPECT_EQ(page.code, 0) << page.err;
  EXPECT_THAT(page.out,
              AllOf(StartsWith("<!DOCTYPE html>"), HasSubstr("\"program\":\"train_step\""),
                    HasSubstr("layers.0.weight"), Not(HasSubstr("\"profile\""))));
  Outcome times = etch("profile xor --runs 2 --html " + file("page.html"));
  EXPECT_EQ(times.code, 0) << times.err;
  EXPECT_THAT(times.out, HasSubstr("module path (kernel)"));
  EXPECT_THAT(read_text(file("page.html")), AllOf(HasSubstr("\"profile\""), HasSubstr("\"ms\":")));
  Outcome bundle = etch("profile " + file("xor.etch") + " --html " + file("none.html"));
  EXPECT_EQ(bundle.code, 2);
  EXPECT_THAT(bundle.err, HasSubstr("a bundle holds no graph"));
}

TEST_F(Cli, DrawsAPicture) {
  Outcome dot = etch("dump xor --program=train_step --format=dot");
  EXPECT_EQ(dot.code, 0) << dot.err;
  EXPECT_THAT(dot.out, AllOf(StartsWith("digraph"), HasSubstr("label=\"layers\""),
                             HasSubstr("layers.0.weight"), HasSubstr("matmul")));
  if (std::system("command -v dot >/dev/null") != 0) GTEST_SKIP() << "Graphviz is not installed";
  Outcome svg = etch("dump xor --format=svg");
  EXPECT_EQ(svg.code, 0) << svg.err;
  EXPECT_THAT(svg.out, AllOf(HasSubstr("<svg"), HasSubstr("</svg>"), HasSubstr("matmul")));
}

}  // namespace
}  // namespace etch::testing
