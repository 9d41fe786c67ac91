#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <vector>

#include "etch/runtime/status.h"
#include "etch/tools/etch/graph_writer.h"
#include "etch/tools/etch/text_file.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"

namespace etch::tools {
namespace {

// A file in the folder for temporary files, removed with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(llvm::StringRef suffix) {
    llvm::SmallString<64> path;
    if (!llvm::sys::fs::createTemporaryFile("etch", suffix, path)) path_ = path.str().str();
  }
  ~TemporaryFile() {
    if (!path_.empty()) llvm::sys::fs::remove(path_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Graphviz's time grows faster than the graph. What it may spend on large ones, and straight edges,
// draw a training step of tinygpt (1,700 nodes) in 12 s in place of minutes.
constexpr size_t kLargeGraph = 1000;  // edges
constexpr const char* kHastily[] = {"-Gmclimit=0.1", "-Gsplines=line", "-Gnslimit=0.5",
                                    "-Gnslimit1=0.5"};
constexpr unsigned kSecondsToWait = 120;

size_t count_edges(const std::string& dot) {
  size_t count = 0;
  for (size_t at = dot.find("->"); at != dot.npos; at = dot.find("->", at + 2)) ++count;
  return count;
}

}  // namespace

absl::StatusOr<std::string> render_svg(const std::string& dot) {
  llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName("dot");
  if (!program) {
    return absl::FailedPreconditionError(
        "drawing needs Graphviz: install the package graphviz, or use --format=dot");
  }
  TemporaryFile input("dot");
  TemporaryFile output("svg");
  ETCH_RETURN_IF_ERROR(write_text_file(input.path(), dot));
  std::vector<llvm::StringRef> arguments = {*program, "-Tsvg", "-o", output.path(), input.path()};
  size_t edges = count_edges(dot);
  if (edges > kLargeGraph)
    arguments.insert(arguments.end(), std::begin(kHastily), std::end(kHastily));
  std::string error;
  int code = llvm::sys::ExecuteAndWait(*program, arguments, std::nullopt, {}, kSecondsToWait,
                                       /*MemoryLimit=*/0, &error);
  if (code != 0) {
    return absl::InternalError(
        "Graphviz could not draw the graph of " + std::to_string(edges) + " edges within " +
        std::to_string(kSecondsToWait) + " s (exit code " + std::to_string(code) + ") " + error +
        "; --filter=PATH shows a part of it, --format=dot writes it for other programs");
  }
  return read_text_file(output.path());
}

}  // namespace etch::tools
