// Native code kept on disk, found by what it was compiled from: a program that was compiled once
// on this machine, by any process, is there without the compiler.
#ifndef ETCH_CODEGEN_OBJECT_CACHE_H_
#define ETCH_CODEGEN_OBJECT_CACHE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "etch/codegen/target.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "mlir/IR/Operation.h"

namespace etch::codegen {

// A file of the cache, as `etch cache` lists it.
struct CacheEntry {
  enum class Kind { kObject, kChoice };
  Kind kind = Kind::kObject;
  std::string file;  // its name in the folder
  uint64_t bytes = 0;
  double days = 0;             // since it was last used (an object) or made (a choice)
  std::string schedule, note;  // of a choice, as they were stored
};

// An object file, and the number of pieces of the kernel in it.
struct CachedObject {
  std::unique_ptr<llvm::MemoryBuffer> object;
  int64_t pieces = 1;
};

// A folder of objects. Failures to read or write only mean that the compiler has to work: a file
// that is damaged counts as absent. At most 1 GiB; what was not used longest goes first.
//
// Threads and processes may share a folder: files appear whole, under names that tell their
// content.
class ObjectCache {
 public:
  // The cache of this process, in the folder that the environment variable ETCH_CACHE_DIR names;
  // without it $XDG_CACHE_HOME/etch, or ~/.cache/etch. Null, and so no cache, when ETCH_CACHE_DIR
  // is empty, when there is no home, or when others than this user may write to the folder: what
  // lies in it will be run.
  static ObjectCache* shared();

  // Null when `folder` cannot be made, or others may write to it; or when Etch was linked without a
  // build id, so that code of another build could not be told from ours.
  static std::unique_ptr<ObjectCache> open(const std::string& folder);

  // Names what `op` compiles to: equal for ops that print alike, locations apart, on the same
  // target, by the same builds of Etch, MLIR and LLVM. Code `with_lines` has its locations in it.
  std::string keyOf(mlir::Operation* op, const Target& target, bool with_lines = false) const;

  // What `etch tune` found best for the kernel of this key (schedule/tile_choice.h), in a file of
  // its own beside the objects, which is not pruned; empty when it was not tuned. `note` tells
  // people whose it is; one line.
  std::string findSchedule(llvm::StringRef key) const;
  absl::Status storeSchedule(llvm::StringRef key, llvm::StringRef schedule,
                             llvm::StringRef note = "") const;
  void removeSchedule(llvm::StringRef key) const;

  const std::string& folder() const { return folder_; }
  // All files, choices first, then objects, the last used first. What others put into the folder is
  // none of ours.
  std::vector<CacheEntry> entries() const;
  // Removes one; false when it cannot be. Another process may be reading it: it keeps its copy.
  bool remove(const CacheEntry& entry) const;

  std::optional<CachedObject> find(llvm::StringRef key) const;
  void store(llvm::StringRef key, const llvm::MemoryBuffer& object, int64_t pieces) const;

 private:
  ObjectCache(std::string folder, std::string compiler)
      : folder_(std::move(folder)), compiler_(std::move(compiler)) {}
  std::string pathOf(llvm::StringRef key) const;
  std::string schedulePathOf(llvm::StringRef key) const;

  std::string folder_;
  std::string compiler_;  // the builds at work
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_OBJECT_CACHE_H_
