// diff, bisect, bench, cache, passes, completion and the manual.
#include <cstdlib>
#include <regex>

#include "cli.h"

namespace etch::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(Cli, DiffTellsWhatTrainingHasChanged) {
  ASSERT_EQ(etch("compile xor -o " + file("a.etch")).code, 0);
  Outcome same = etch("diff " + file("a.etch") + " " + file("a.etch"));
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(same.out, "no difference\n");
  ASSERT_EQ(etch("run --program train_step --save " + file("b.etch") + " " + file("a.etch")).code,
            0);
  Outcome trained = etch("diff " + file("a.etch") + " " + file("b.etch"));
  EXPECT_EQ(trained.code, 3);
  EXPECT_THAT(trained.out, AllOf(HasSubstr("values differ"), HasSubstr("layers.0.weight: relative"),
                                 Not(HasSubstr("module"))));
  EXPECT_EQ(etch("diff --tolerance 1e6 " + file("a.etch") + " " + file("b.etch")).code, 0);
}

TEST_F(Cli, DiffNamesModulesAndSignatures) {
  EXPECT_EQ(etch("diff xor xor").code, 0);
  ASSERT_EQ(etch("trace xor -o " + file("four.mlir")).code, 0);
  ASSERT_EQ(etch("trace xor --input x=6x2xf32 -o " + file("six.mlir")).code, 0);
  Outcome shapes = etch("diff " + file("four.mlir") + " " + file("six.mlir"));
  EXPECT_EQ(shapes.code, 3);
  EXPECT_THAT(shapes.out, AllOf(HasSubstr("  - input x f32 [4, 2]\n  + input x f32 [6, 2]"),
                                HasSubstr(" module layers.1\n  - etch.")));
  Outcome json = etch("diff --json xor mlp");
  EXPECT_EQ(json.code, 3);
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"equal\": false"), HasSubstr("\"path\": \"layers.2\"")));
  ASSERT_EQ(etch("compile xor -o " + file("a.etch")).code, 0);
  Outcome mixed = etch("diff xor " + file("a.etch"));
  EXPECT_EQ(mixed.code, 2);
  EXPECT_THAT(mixed.err, HasSubstr("is compared with a bundle only"));
}

TEST_F(Cli, BisectNamesTheFirstModuleWhoseProductsAreNarrow) {
  Outcome same = etch("bisect mlp");
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("no difference beyond the tolerance"));
  EXPECT_EQ(etch("bisect lenet --input images=2x1x28x28xf32").code, 0);
  Outcome narrow = etch("bisect mlp --matmul-precision bf16 --tolerance 1e-4");
  EXPECT_EQ(narrow.code, 3) << narrow.err;
  EXPECT_THAT(narrow.out, HasSubstr("first differs in layers.0: etch.matmul (mlp.cc:"));
  // As little as this is no difference where it is allowed.
  EXPECT_EQ(etch("bisect mlp --matmul-precision bf16 --tolerance 0.1").code, 0);
  Outcome compiled =
      etch("bisect xor --matmul-precision bf16 --tolerance 1e-4 --baseline f32,x86-64 --json");
  EXPECT_EQ(compiled.code, 3) << compiled.err;
  EXPECT_THAT(compiled.out,
              AllOf(HasSubstr("\"found\": true"), HasSubstr("\"op\": \"etch.matmul\"")));
  // Values of another build.
  ASSERT_EQ(etch("bisect xor --record " + file("xor.npz")).code, 0);
  EXPECT_EQ(etch("bisect xor --baseline " + file("xor.npz")).code, 0);
  Outcome recorded =
      etch("bisect xor --matmul-precision bf16 --tolerance 1e-4 --baseline " + file("xor.npz"));
  EXPECT_EQ(recorded.code, 3) << recorded.err;
  EXPECT_THAT(recorded.out, HasSubstr("first differs in layers.0: etch.matmul"));
  Outcome another = etch("bisect mlp --baseline " + file("xor.npz"));
  EXPECT_EQ(another.code, 1);
  EXPECT_THAT(another.err, HasSubstr("it is of another program"));
  EXPECT_EQ(etch("bisect xor --baseline " + file("none.npz")).code, 1);
  Outcome wrong = etch("bisect xor --baseline bf61");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean `bf16`?"));
  EXPECT_EQ(etch("bisect xor --target x86-65").code, 2);
}

TEST_F(Cli, BenchGivesFigures) {
  Outcome text = etch("bench xor --runs 5 --threads 1");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out,
              AllOf(StartsWith("xor predict: 1 thread, 5 runs\n  median 0.0"), HasSubstr("p99"),
                    HasSubstr("runs a second"), Not(HasSubstr(" 0.0000 "))));
  Outcome json = etch("bench mlp --seconds 0.01 --json", "ETCH_NUM_THREADS=1");
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"median_ms\""), HasSubstr("\"p90_ms\""),
                              HasSubstr("\"threads\": 1"), HasSubstr("\"runs_per_second\"")));
  EXPECT_THAT(etch("profile xor --runs 1", "ETCH_NUM_THREADS=1").out,
              HasSubstr(", 1 thread, 1 run\n"));
  EXPECT_EQ(etch("bench xor --runs 0").code, 2);
  EXPECT_EQ(etch("bench xor --threads 0").code, 2);
}

TEST_F(Cli, CacheListsAndRemovesWhatIsKept) {
  std::string cache = "ETCH_CACHE_DIR=" + file("cache");
  ASSERT_EQ(etch("bench xor --runs 1", cache).code, 0);
  ASSERT_EQ(etch("tune mlp --seconds 0.1 --margin 0", cache).code, 0);
  Outcome size = etch("cache size", cache);
  EXPECT_EQ(size.code, 0) << size.err;
  EXPECT_THAT(size.out, AllOf(StartsWith(file("cache") + ": "), HasSubstr(" objects, ")));
  EXPECT_THAT(etch("cache list --json", cache).out,
              AllOf(HasSubstr("\"kind\": \"object\""), HasSubstr("\"entries\"")));
  bool tuned = size.out.find(" 0 tuned choices") == std::string::npos;
  if (tuned)
    EXPECT_THAT(etch("cache list", cache).out,
                AllOf(HasSubstr("rows="), HasSubstr("(mlp predict k")));
  EXPECT_THAT(etch("cache clear --choices", cache).out, HasSubstr("removed "));
  EXPECT_THAT(etch("cache size", cache).out, HasSubstr(" 0 tuned choices"));
  EXPECT_THAT(etch("cache prune --max-days 30", cache).out, HasSubstr("removed 0 files"));
  EXPECT_EQ(etch("cache prune", cache).code, 2);
  EXPECT_THAT(etch("cache prune --max-megabytes 0", cache).out, Not(HasSubstr("removed 0 files")));
  EXPECT_THAT(etch("cache size --json", cache).out, HasSubstr("\"objects\": 0"));
  EXPECT_EQ(etch("cache", cache).code, 2);
  Outcome none = etch("cache size", "ETCH_CACHE_DIR=");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("there is no cache"));
}

TEST_F(Cli, PrintsWhatPassesFindAndLeave) {
  Outcome before = etch("dump xor --before etch-fuse --after etch-fuse");
  EXPECT_EQ(before.code, 0) << before.err;
  EXPECT_THAT(before.out, AllOf(HasSubstr("IR Dump Before"), HasSubstr("IR Dump After"),
                                HasSubstr("etch.launch @k")));
  EXPECT_LT(before.out.find("IR Dump Before"), before.out.find("IR Dump After"));
  Outcome changed = etch("dump xor --print-changed --stage=simplify");
  Outcome all = etch("dump xor --after all --stage=simplify");
  EXPECT_THAT(changed.out, HasSubstr("IR Dump After"));
  EXPECT_LT(changed.out.size(), all.out.size());
  Outcome filtered = etch("dump xor --after canonicalize --filter layers.1 --stage=simplify");
  EXPECT_THAT(filtered.out, AllOf(HasSubstr("// layers.1\n"), Not(HasSubstr("// layers.0\n"))));
  Outcome wrong = etch("dump xor --after canonicalise");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean `canonicalize`?"));
  // A pass that runs behind the stage has not run.
  EXPECT_EQ(etch("dump xor --after etch-fuse --stage=simplify").code, 2);
}

TEST_F(Cli, TimesPasses) {
  Outcome text = etch("dump xor --timing");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("  simplify\n"), HasSubstr("    CSE\n"),
                              HasSubstr("  all passes\n"), Not(HasSubstr("func.func"))));
  EXPECT_THAT(etch("dump xor --timing --json").out,
              AllOf(HasSubstr("\"stage\": \"fuse\""), HasSubstr("\"pass\": \"Canonicalizer\"")));
}

TEST_F(Cli, DumpsBytecodeAndJson) {
  ASSERT_EQ(etch("dump mlp --format=bytecode --stage=simplify -o " + file("mlp.mlirbc")).code, 0);
  EXPECT_EQ(etch("dump --stage=asm " + file("mlp.mlirbc")).out, etch("dump mlp --stage=asm").out);
  EXPECT_EQ(etch("dump mlp --format=bytecode --stage=asm -o " + file("x")).code, 2);
  EXPECT_THAT(etch("dump xor --json").out,
              AllOf(HasSubstr("\"stage\": \"trace\""), HasSubstr("func.func @main")));
}

TEST_F(Cli, ShellsCompleteCommandLines) {
  std::string bash = write("bash", etch("completion bash").out);
  auto completed = [&](const std::string& line, int word) {
    std::string script = "source " + bash + "; COMP_WORDS=(" + line +
                         "); COMP_CWORD=" + std::to_string(word) + "; _etch; echo ${COMPREPLY[@]}";
    EXPECT_EQ(std::system(("bash -c '" + script + "' >" + file("words") + " 2>&1").c_str()), 0);
    return read_text(file("words"));
  };
  EXPECT_EQ(completed("etch di", 1), "diff\n");
  EXPECT_THAT(completed("etch dump --pr", 2),
              AllOf(HasSubstr("--program"), HasSubstr("--print-changed")));
  EXPECT_EQ(completed("etch dump --stage bu", 3), "bufferize\n");
  EXPECT_EQ(completed("etch dump --stage = bu", 4), "bufferize\n");
  EXPECT_THAT(completed("etch dump resn", 2), HasSubstr("resnet18"));
  EXPECT_THAT(completed("etch cache pr", 2), HasSubstr("prune"));
  EXPECT_THAT(etch("completion zsh").out,
              AllOf(StartsWith("#compdef etch"), HasSubstr("'bisect:")));
  EXPECT_THAT(etch("completion fish").out, HasSubstr("__fish_seen_subcommand_from dump"));
  if (std::system("command -v zsh >/dev/null") == 0)
    EXPECT_EQ(std::system(("zsh -n " + write("zsh", etch("completion zsh").out)).c_str()), 0);
  if (std::system("command -v fish >/dev/null") == 0)
    EXPECT_EQ(std::system(("fish -n " + write("fish", etch("completion fish").out)).c_str()), 0);
  Outcome wrong = etch("completion bahs");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean `bash`?"));
}

// docs/reference/cli.md is what `etch manual` prints.
TEST_F(Cli, TheManualIsUpToDate) {
  EXPECT_EQ(etch("manual").out, read_text(ETCH_CLI_MANUAL))
      << "run: etch manual > docs/reference/cli.md";
  EXPECT_THAT(etch("dump --help").out,
              AllOf(HasSubstr("NAME\n    etch dump - "),
                    HasSubstr("SYNOPSIS\n    etch dump [OPTION]... MODEL")));
}

TEST_F(Cli, ColoursAreForTerminals) {
  EXPECT_THAT(etch("diff xor mlp").out, Not(HasSubstr("\033[")));
  if (std::system("command -v script >/dev/null") != 0) GTEST_SKIP() << "script is not installed";
  auto on_terminal = [&](const std::string& environment) {
    std::string command = "TERM=xterm " + environment +
                          " script -qec '" ETCH_PROGRAM " diff xor mlp' /dev/null >" +
                          file("terminal") + " 2>&1 </dev/null";
    (void)std::system(command.c_str());
    return read_text(file("terminal"));
  };
  EXPECT_THAT(on_terminal(""), HasSubstr("\033[31m  - "));
  EXPECT_THAT(on_terminal("NO_COLOR=1"), Not(HasSubstr("\033[31m")));
}

}  // namespace
}  // namespace etch::testing
