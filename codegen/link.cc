#include "etch/codegen/link.h"

#include <mutex>
#include <span>

#include "absl/status/status.h"
#include "etch/codegen/bufferize.h"
#include "etch/runtime/native_image.h"
#include "etch/runtime/native_imports.h"
#include "etch/runtime/status.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

namespace etch::codegen {
namespace {

// A folder for the linker's files, which goes with the object.
class ScratchFolder {
 public:
  static absl::StatusOr<ScratchFolder> create() {
    llvm::SmallString<128> path;
    if (std::error_code error = llvm::sys::fs::createUniqueDirectory("etch-link", path))
      return absl::InternalError("cannot make a folder for temporary files: " + error.message());
    return ScratchFolder(path.str().str());
  }
  ScratchFolder(ScratchFolder&& other) : path_(std::exchange(other.path_, "")) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    if (!path_.empty()) llvm::sys::fs::remove_directories(path_);
  }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

absl::Status writeFile(const std::string& path, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << bytes;
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (!error) return absl::OkStatus();
  return absl::InternalError("cannot write " + path + ": " + error.message());
}

absl::Status runLinker(const std::vector<std::string>& arguments) {
  static std::mutex mutex;
  static bool usable = true;
  std::lock_guard<std::mutex> lock(mutex);
  if (!usable)
    return absl::FailedPreconditionError(
        "the linker broke down before and cannot be used again in this process");
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  std::string errors;
  llvm::raw_string_ostream os(errors);
  const lld::DriverDef elf = {lld::Gnu, &lld::elf::link};
  lld::Result result = lld::lldMain(pointers, os, os, {elf});
  usable = result.canRunAgain;
  if (result.retCode == 0) return absl::OkStatus();
  return absl::InternalError("native code does not link: " + errors);
}

absl::Status checkImports(const std::string& elf) {
  ETCH_ASSIGN_OR_RETURN(std::vector<std::string> imports,
                        runtime::imports_of(std::as_bytes(std::span(elf))));
  for (const std::string& import : imports)
    if (!runtime::native_import(import))
      return absl::InternalError("the compiled program calls " + import +
                                 ", which the runtime does not provide");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> linkShared(
    const std::vector<std::unique_ptr<llvm::MemoryBuffer>>& objects) {
  ETCH_ASSIGN_OR_RETURN(ScratchFolder folder, ScratchFolder::create());
  std::string output = folder / "program.so";
  // Nothing of this machine gets into the file, and references within it are bound here.
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "-Bsymbolic",
                                        "--strip-all",
                                        "--hash-style=sysv",
                                        "--build-id=none",
                                        "--threads=1",
                                        "-z",
                                        "now",
                                        "-z",
                                        "noexecstack",
                                        "-z",
                                        "max-page-size=4096",
                                        "-o",
                                        output};
  for (const auto& object : objects) {
    arguments.push_back(folder / (std::to_string(arguments.size()) + ".o"));
    ETCH_RETURN_IF_ERROR(writeFile(arguments.back(), object->getBuffer()));
  }
  ETCH_RETURN_IF_ERROR(runLinker(arguments));
  auto linked = llvm::MemoryBuffer::getFile(output);
  if (!linked) return absl::InternalError("cannot read " + output);
  return (*linked)->getBuffer().str();
}

absl::StatusOr<SharedObject> compileToSharedObject(mlir::ModuleOp module,
                                                   const CompileOptions& options,
                                                   CompileReport* report) {
  ETCH_ASSIGN_OR_RETURN(ObjectCode code, compileToObjects(module, options, report));
  SharedObject shared;
  ETCH_ASSIGN_OR_RETURN(shared.elf, linkShared(code.objects));
  ETCH_RETURN_IF_ERROR(checkImports(shared.elf));
  shared.entry = kEntryName.str();
  if (!code.program->prepare_launches.empty()) shared.prepare = kPrepareName.str();
  shared.program = std::move(code.program);
  shared.triple = code.target.triple;
  shared.features = code.target.enabledFeatures();
  return shared;
}

}  // namespace etch::codegen
