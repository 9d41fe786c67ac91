#include "etch/codegen/object_cache.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "etch/codegen/build_id.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/status.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 30;
constexpr auto kMaxAge = std::chrono::hours(30 * 24);

// Pruning only looks at files that are named like this.
constexpr llvm::StringLiteral kObjectPrefix = "llvmcache-";
constexpr llvm::StringLiteral kChoicePrefix = "tuned-";

// What stands before the object in a file.
struct Header {
  char magic[8];
  int64_t pieces;
  uint64_t size;
  uint64_t checksum;
};
constexpr char kMagic[8] = {'E', 'T', 'C', 'H', 'O', 'B', 'J', '1'};

std::string folderOfThisProcess() {
  if (const char* folder = std::getenv("ETCH_CACHE_DIR")) return folder;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    return std::string(cache) + "/etch";
  if (const char* home = std::getenv("HOME"); home && *home)
    return std::string(home) + "/.cache/etch";
  return "";
}

// Its code will be run: nobody else may have put it there.
bool isOurs(const std::string& folder) {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(folder, status) || !llvm::sys::fs::is_directory(status)) return false;
  using llvm::sys::fs::perms;
  return status.getUser() == geteuid() &&
         (status.permissions() & (perms::group_write | perms::others_write)) == perms::no_perms;
}

// Hashes fields so that no two lists of fields look alike.
class Hasher {
 public:
  void add(llvm::StringRef field) {
    add(static_cast<int64_t>(field.size()));
    hash_.update(field);
  }
  void add(int64_t number) {
    hash_.update(llvm::ArrayRef<uint8_t>(reinterpret_cast<uint8_t*>(&number), sizeof(number)));
  }
  std::string hex() { return llvm::toHex(hash_.final(), /*LowerCase=*/true); }

 private:
  llvm::BLAKE3 hash_;
};

uint64_t checksumOf(llvm::StringRef object, int64_t pieces) {
  return llvm::xxh3_64bits(object) + 0x9e3779b97f4a7c15 * static_cast<uint64_t>(pieces);
}

std::optional<CachedObject> parse(const llvm::MemoryBuffer& file) {
  Header header;
  if (file.getBufferSize() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, file.getBufferStart(), sizeof(header));
  llvm::StringRef object = file.getBuffer().drop_front(sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 || header.size != object.size() ||
      header.checksum != checksumOf(object, header.pieces))
    return std::nullopt;
  return CachedObject{llvm::MemoryBuffer::getMemBufferCopy(object, "etch"), header.pieces};
}

}  // namespace

ObjectCache* ObjectCache::shared() {
  static const std::unique_ptr<ObjectCache> cache = [] {
    std::string folder = folderOfThisProcess();
    return folder.empty() ? nullptr : open(folder);
  }();
  return cache.get();
}

std::unique_ptr<ObjectCache> ObjectCache::open(const std::string& folder) {
  if (llvm::sys::fs::create_directories(folder, /*IgnoreExisting=*/true,
                                        llvm::sys::fs::perms::owner_all) ||
      !isOurs(folder))
    return nullptr;
  // Etch, LLVM and MLIR may be three libraries, or one program.
  std::string etch = buildIdOf(reinterpret_cast<const void*>(&ObjectCache::shared));
  if (etch.empty()) return nullptr;
  uint64_t (*llvm_function)(llvm::StringRef) = &llvm::xxHash64;
  std::string compiler = etch + LLVM_VERSION_STRING +
                         buildIdOf(reinterpret_cast<const void*>(llvm_function)) +
                         buildIdOf(mlir::TypeID::get<mlir::ModuleOp>().getAsOpaquePointer());
  return std::unique_ptr<ObjectCache>(new ObjectCache(folder, std::move(compiler)));
}

std::string ObjectCache::keyOf(mlir::Operation* op, const Target& target, bool with_lines) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(
      os, mlir::OpPrintingFlags().printGenericOpForm().useLocalScope().enableDebugInfo(with_lines));
  Hasher hasher;
  hasher.add(compiler_);
  for (const std::string& field : {target.triple, target.cpu, target.features}) hasher.add(field);
  for (int64_t number : {int64_t{target.vector_bytes}, int64_t{target.vector_registers},
                         int64_t{target.has_fma}, target.l1_bytes, target.l2_bytes})
    hasher.add(number);
  hasher.add(with_lines);
  hasher.add(text);
  return hasher.hex();
}

std::string ObjectCache::pathOf(llvm::StringRef key) const {
  return folder_ + "/" + kObjectPrefix.str() + key.str();
}

std::string ObjectCache::schedulePathOf(llvm::StringRef key) const {
  return folder_ + "/" + kChoicePrefix.str() + key.str();
}

std::string ObjectCache::findSchedule(llvm::StringRef key) const {
  auto file = llvm::MemoryBuffer::getFile(schedulePathOf(key));
  return file ? (*file)->getBuffer().split('\n').first.trim().str() : "";
}

absl::Status ObjectCache::storeSchedule(llvm::StringRef key, llvm::StringRef schedule,
                                        llvm::StringRef note) const {
  ETCH_ASSIGN_OR_RETURN(runtime::AtomicFile file, runtime::AtomicFile::create(schedulePathOf(key)));
  std::string lines = (schedule + "\n" + note + (note.empty() ? "" : "\n")).str();
  ETCH_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(lines))));
  return file.commit();
}

void ObjectCache::removeSchedule(llvm::StringRef key) const {
  (void)llvm::sys::fs::remove(schedulePathOf(key));
}

std::vector<CacheEntry> ObjectCache::entries() const {
  namespace fs = llvm::sys::fs;
  std::vector<CacheEntry> entries;
  std::error_code error;
  auto now = std::chrono::system_clock::now();
  for (fs::directory_iterator file(folder_, error), end; !error && file != end;
       file.increment(error)) {
    CacheEntry entry;
    entry.file = llvm::sys::path::filename(file->path()).str();
    bool choice = entry.file.starts_with(kChoicePrefix);
    if (!choice && !entry.file.starts_with(kObjectPrefix)) continue;
    fs::file_status status;
    if (fs::status(file->path(), status) || !fs::is_regular_file(status)) continue;
    entry.bytes = status.getSize();
    auto used = choice ? status.getLastModificationTime() : status.getLastAccessedTime();
    entry.days = std::chrono::duration<double, std::ratio<86400>>(now - used).count();
    if (choice) {
      entry.kind = CacheEntry::Kind::kChoice;
      if (auto text = llvm::MemoryBuffer::getFile(file->path())) {
        auto [schedule, note] = (*text)->getBuffer().split('\n');
        entry.schedule = schedule.trim().str();
        entry.note = note.trim().str();
      }
    }
    entries.push_back(std::move(entry));
  }
  llvm::sort(entries, [](const CacheEntry& a, const CacheEntry& b) {
    return std::tuple(a.kind != CacheEntry::Kind::kChoice, a.days, a.file) <
           std::tuple(b.kind != CacheEntry::Kind::kChoice, b.days, b.file);
  });
  return entries;
}

bool ObjectCache::remove(const CacheEntry& entry) const {
  return !llvm::sys::fs::remove(folder_ + "/" + entry.file);
}

std::optional<CachedObject> ObjectCache::find(llvm::StringRef key) const {
  namespace fs = llvm::sys::fs;
  std::string path = pathOf(key);
  // The time of the last use is what pruning goes by.
  llvm::Expected<fs::file_t> file = fs::openNativeFileForRead(path, fs::OF_UpdateAtime);
  if (!file) {
    llvm::consumeError(file.takeError());
    return std::nullopt;
  }
  auto bytes = llvm::MemoryBuffer::getOpenFile(*file, path, /*FileSize=*/-1,
                                               /*RequiresNullTerminator=*/false);
  fs::closeFile(*file);
  if (!bytes) return std::nullopt;
  std::optional<CachedObject> found = parse(**bytes);
  if (!found) (void)fs::remove(path);
  return found;
}

void ObjectCache::store(llvm::StringRef key, const llvm::MemoryBuffer& object,
                        int64_t pieces) const {
  namespace fs = llvm::sys::fs;
  // Not fs::TempFile: it installs signal handlers, which are the host's affair.
  int file = -1;
  llvm::SmallString<128> path;
  if (fs::createUniqueFile(pathOf("new-%%%%%%%%%%%%"), file, path)) return;
  Header header{{}, pieces, object.getBufferSize(), checksumOf(object.getBuffer(), pieces)};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  llvm::raw_fd_ostream os(file, /*shouldClose=*/true);
  os.write(reinterpret_cast<const char*>(&header), sizeof(header));
  os << object.getBuffer();
  os.close();
  bool written = !os.has_error();
  os.clear_error();
  if (!written || fs::rename(path, pathOf(key))) (void)fs::remove(path);
  llvm::CachePruningPolicy policy;
  policy.MaxSizeBytes = kMaxBytes;
  policy.Expiration = kMaxAge;
  llvm::pruneCache(folder_, policy);
}

}  // namespace etch::codegen
