#include <cstdio>
#include <filesystem>
#include <memory>

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
  std::string error;
  int code = llvm::sys::ExecuteAndWait(
      *program, {*program, "-Tsvg", "-o", output.path(), input.path()}, std::nullopt, {},
      /*SecondsToWait=*/120, /*MemoryLimit=*/0, &error);
  if (code != 0) {
    return absl::InternalError("Graphviz could not draw the graph (exit code " +
                               std::to_string(code) + ") " + error +
                               "; --filter=PATH shows a part of it");
  }
  return read_text_file(output.path());
}

}  // namespace etch::tools
