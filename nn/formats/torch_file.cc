#include "etch/nn/formats/torch_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/nn/formats/pickle.h"
#include "etch/nn/formats/torch_tensors.h"
#include "etch/nn/formats/zip_layout.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/status.h"
#include "etch/runtime/storage.h"

namespace etch::nn::formats {
namespace {

using runtime::ByteSource;
using runtime::Storage;
using Kind = PickleValue::Kind;

// Names and shapes of a million tensors.
constexpr uint64_t kMaxPickleBytes = 64 << 20;

// "archive" of "archive/data.pkl".
std::optional<std::string> archive_name(const ZipReader& archive) {
  constexpr std::string_view kPickle = "/data.pkl";
  for (const ZipEntry& entry : archive.entries()) {
    std::string_view name = entry.name;
    if (name.ends_with(kPickle) && name.find('/') == name.size() - kPickle.size())
      return std::string(name.substr(0, name.size() - kPickle.size()));
  }
  return std::nullopt;
}

absl::StatusOr<bool> is_big_endian(const ByteSource& source, const ZipReader& archive,
                                   const std::string& prefix) {
  const ZipEntry* entry = archive.find(prefix + "/byteorder");
  if (!entry) return false;
  ETCH_ASSIGN_OR_RETURN(std::string order, archive.read_text(*entry, 100));
  if (order != "little" && order != "big")
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": its byte order is \"", order, "\""));
  return order == "big";
}

absl::StatusOr<std::shared_ptr<Storage>> load_entry(const ByteSource& source,
                                                    const ZipReader& archive,
                                                    const std::string& name) {
  const ZipEntry* entry = archive.find(name);
  if (!entry)
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": it has no entry \"", name, "\" for a storage"));
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<Storage> storage,
                        Storage::allocate(static_cast<int64_t>(entry->size)));
  ETCH_RETURN_IF_ERROR(archive.read(*entry, storage->bytes()));
  return storage;
}

// Where the storages of an older file lie.
struct LegacyStorage {
  uint64_t begin;
  uint64_t bytes;
};
using LegacyStorages = std::map<std::string, LegacyStorage>;

// The pickles at the start of an older file, one after the other.
class LegacyPickles {
 public:
  static absl::StatusOr<LegacyPickles> open(const ByteSource& source) {
    LegacyPickles pickles(source);
    pickles.bytes_.resize(std::min(source.size(), kMaxPickleBytes));
    ETCH_RETURN_IF_ERROR(source.read(0, pickles.bytes_));
    return pickles;
  }
  absl::StatusOr<Pickle> next() {
    ETCH_ASSIGN_OR_RETURN(
        Pickle pickle,
        read_pickle(std::span<const std::byte>(bytes_).subspan(position_), source_->name()));
    position_ += pickle.bytes;
    return pickle;
  }
  // Bytes of the file that the pickles took.
  uint64_t position() const { return position_; }

 private:
  explicit LegacyPickles(const ByteSource& source) : source_(&source) {}

  const ByteSource* source_;
  std::vector<std::byte> bytes_;
  uint64_t position_ = 0;
};

absl::Status no_torch_file(const ByteSource& source, const char* what) {
  return absl::InvalidArgumentError(
      absl::StrCat(source.name(), ": a pickle, but no file of torch.save: ", what));
}

// The magic number and the protocol's.
absl::Status check_legacy_header(const ByteSource& source, LegacyPickles& pickles) {
  constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
  ETCH_ASSIGN_OR_RETURN(Pickle magic, pickles.next());
  const PickleValue& number = magic.values[magic.root];
  if (number.kind != Kind::kBigInt || number.text != kMagic)
    return no_torch_file(source, "its magic number is missing");
  ETCH_ASSIGN_OR_RETURN(Pickle protocol, pickles.next());
  if (protocol.values[protocol.root].integer != 1001)
    return no_torch_file(source, "its protocol is not 1001");
  return absl::OkStatus();
}

bool says_big_endian(const Pickle& system) {
  const PickleValue& facts = system.values[system.root];
  if (facts.kind != Kind::kDict) return false;
  for (size_t i = 0; i + 1 < facts.items.size(); i += 2)
    if (system.values[facts.items[i]].text == "little_endian")
      return system.values[facts.items[i + 1]].integer == 0;
  return false;
}

// Steps over the storages, each a count of elements and their bytes.
absl::StatusOr<LegacyStorages> find_legacy_storages(const ByteSource& source, const Pickle& object,
                                                    const Pickle& keys, uint64_t position) {
  std::map<std::string, uint64_t> element_bytes;
  for (const PickleValue& value : object.values)
    if (value.storage)
      element_bytes[value.storage->key] = static_cast<uint64_t>(value.storage->type->bytes);
  LegacyStorages storages;
  for (ValueId id : keys.values[keys.root].items) {
    const std::string& key = keys.values[id].text;
    auto found = element_bytes.find(key);
    if (found == element_bytes.end()) return no_torch_file(source, "a storage that nothing uses");
    std::array<std::byte, 8> prefix;
    ETCH_RETURN_IF_ERROR(source.read(position, prefix));
    uint64_t count = FieldReader(prefix).u64(), bytes = 0;
    position += prefix.size();
    if (__builtin_mul_overflow(count, found->second, &bytes) || bytes > source.size() - position)
      return absl::InvalidArgumentError(
          absl::StrCat(source.name(), ": storage \"", key, "\" reaches beyond its end"));
    storages[key] = {position, bytes};
    position += bytes;
  }
  return storages;
}

absl::StatusOr<std::shared_ptr<Storage>> load_legacy(const ByteSource& source,
                                                     const LegacyStorages& storages,
                                                     const std::string& key) {
  auto found = storages.find(key);
  if (found == storages.end())
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": it has no storage \"", key, "\""));
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<Storage> storage,
                        Storage::allocate(static_cast<int64_t>(found->second.bytes)));
  ETCH_RETURN_IF_ERROR(source.read(found->second.begin, storage->bytes()));
  return storage;
}

}  // namespace

bool is_torch_archive(const ZipReader& archive) { return archive_name(archive).has_value(); }

absl::StatusOr<StateTree> read_torch_archive(const ByteSource& source, const ZipReader& archive) {
  std::optional<std::string> prefix = archive_name(archive);
  if (!prefix)
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": a zip archive without data.pkl is no file of torch.save"));
  if (archive.find(*prefix + "/constants.pkl"))
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(),
                     ": holds a TorchScript program, which is not read; save the state_dict() of "
                     "the module instead"));
  ETCH_ASSIGN_OR_RETURN(std::string text,
                        archive.read_text(*archive.find(*prefix + "/data.pkl"), kMaxPickleBytes));
  ETCH_ASSIGN_OR_RETURN(Pickle pickle, read_pickle(std::as_bytes(std::span(text)), source.name()));
  ETCH_ASSIGN_OR_RETURN(bool big_endian, is_big_endian(source, archive, *prefix));
  TorchStorages storages{.load =
                             [&](const std::string& key) {
                               return load_entry(source, archive, *prefix + "/data/" + key);
                             },
                         .big_endian = big_endian};
  return build_tree(pickle, storages, source.name());
}

absl::StatusOr<StateTree> read_torch_legacy(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(LegacyPickles pickles, LegacyPickles::open(source));
  ETCH_RETURN_IF_ERROR(check_legacy_header(source, pickles));
  ETCH_ASSIGN_OR_RETURN(Pickle system, pickles.next());
  ETCH_ASSIGN_OR_RETURN(Pickle object, pickles.next());
  ETCH_ASSIGN_OR_RETURN(Pickle keys, pickles.next());
  ETCH_ASSIGN_OR_RETURN(LegacyStorages places,
                        find_legacy_storages(source, object, keys, pickles.position()));
  TorchStorages storages{
      .load = [&](const std::string& key) { return load_legacy(source, places, key); },
      .big_endian = says_big_endian(system)};
  return build_tree(object, storages, source.name());
}

}  // namespace etch::nn::formats
