// The one door for files of weights: finds out what a file is and calls the reader for it.
#include <array>
#include <filesystem>
#include <memory>
#include <new>

#include "absl/strings/str_cat.h"
#include "etch/nn/formats/npy.h"
#include "etch/nn/formats/shard_index.h"
#include "etch/nn/formats/torch_file.h"
#include "etch/nn/formats/zip_layout.h"
#include "etch/nn/formats/zip_reader.h"
#include "etch/nn/serialize.h"
#include "etch/nn/state_file.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/status.h"

namespace etch {
namespace {

using nn::StateDict;
using nn::StateTree;
using runtime::ByteSource;

enum class Format { kSafetensors, kZip, kNpy, kPickle, kIndex, kUnknown };

constexpr uint64_t kMaxIndexBytes = 64 << 20;

// By the first bytes. Those of safetensors are looked at first: a length below 100,000,000 and the
// bracket of its JSON, which no other format has in that place.
absl::StatusOr<Format> format_of(const ByteSource& source) {
  std::array<std::byte, 9> first = {};
  ETCH_RETURN_IF_ERROR(
      source.read(0, std::span(first).first(std::min<uint64_t>(first.size(), source.size()))));
  nn::formats::FieldReader fields(first);
  uint64_t length = fields.u64();
  if (length <= 100'000'000 && first[8] == std::byte{'{'}) return Format::kSafetensors;
  if (static_cast<uint32_t>(length) == nn::formats::kLocalHeader ||
      static_cast<uint32_t>(length) == nn::formats::kEndRecord)
    return Format::kZip;
  if (nn::formats::is_npy(first)) return Format::kNpy;
  if (first[0] == std::byte{0x80}) return Format::kPickle;
  return first[0] == std::byte{'{'} ? Format::kIndex : Format::kUnknown;
}

absl::StatusOr<std::vector<std::byte>> read_all(const ByteSource& source) {
  std::vector<std::byte> bytes(source.size());
  ETCH_RETURN_IF_ERROR(source.read(0, bytes));
  return bytes;
}

StateTree tree_of(const StateDict& state) {
  std::vector<StateTree::Item> items;
  for (const auto& [name, value] : state) items.emplace_back(name, StateTree(value));
  return StateTree::dict(std::move(items));
}

absl::StatusOr<StateTree> read_archive(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(auto archive, nn::formats::ZipReader::open(source));
  if (nn::formats::is_torch_archive(archive))
    return nn::formats::read_torch_archive(source, archive);
  ETCH_ASSIGN_OR_RETURN(StateDict state, nn::formats::read_npz(archive, source.name()));
  return tree_of(state);
}

absl::StatusOr<StateTree> read_array(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(auto bytes, read_all(source));
  ETCH_ASSIGN_OR_RETURN(Tensor value, nn::formats::parse_npy(bytes, source.name()));
  std::string name = std::filesystem::path(source.name()).stem().string();
  return StateTree::dict({{std::move(name), StateTree(std::move(value))}});
}

absl::StatusOr<StateTree> read_weights(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(runtime::SafetensorsFile file, runtime::read_safetensors(source));
  return tree_of(nn::detail::to_state_dict(file));
}

absl::Status unknown_format(const ByteSource& source) {
  return absl::InvalidArgumentError(absl::StrCat(
      source.name(), ": by its first bytes (it has ", source.size(),
      ") it is no file of weights: neither safetensors, nor written by torch.save, nor .npy or "
      ".npz, nor an index of such"));
}

absl::StatusOr<StateTree> read_one(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(Format format, format_of(source));
  switch (format) {
    case Format::kSafetensors:
      return read_weights(source);
    case Format::kZip:
      return read_archive(source);
    case Format::kNpy:
      return read_array(source);
    case Format::kPickle:
      return nn::formats::read_torch_legacy(source);
    case Format::kIndex:
    case Format::kUnknown:
      break;
  }
  return unknown_format(source);
}

// The tensors that an index tells of, from the files beside it.
absl::StatusOr<StateTree> read_shards(const ByteSource& source) {
  if (source.size() > kMaxIndexBytes) return unknown_format(source);
  ETCH_ASSIGN_OR_RETURN(auto bytes, read_all(source));
  ETCH_ASSIGN_OR_RETURN(
      nn::formats::ShardIndex index,
      nn::formats::parse_shard_index({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                     source.name()));
  StateDict state;
  for (const auto& [file, names] : index) {
    std::string path = (std::filesystem::path(source.name()).parent_path() / file).string();
    ETCH_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> shard, runtime::open_file(path));
    ETCH_ASSIGN_OR_RETURN(StateTree tree, read_one(*shard));
    StateDict part = tree.state_dict();
    for (const std::string& name : names)
      if (!part.contains(name))
        return absl::InvalidArgumentError(absl::StrCat(path, ": it has no \"", name, "\", which ",
                                                       source.name(), " says it has"));
    for (const auto& [name, value] : part)
      if (names.contains(name)) state.insert(name, value);
  }
  return tree_of(state);
}

absl::StatusOr<StateTree> read_file(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, runtime::open_file(path));
  ETCH_ASSIGN_OR_RETURN(Format format, format_of(*source));
  return format == Format::kIndex ? read_shards(*source) : read_one(*source);
}

// Runs `read`; what it throws becomes a status.
template <typename F>
auto guarded(const std::string& name, F&& read) -> decltype(read()) {
  try {
    return read();
  } catch (const Error& error) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", error.what()));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory to read ", name));
  }
}

absl::StatusOr<StateDict> tensors_of(absl::StatusOr<StateTree> tree) {
  if (!tree.ok()) return std::move(tree).status();
  return tree->state_dict();
}

}  // namespace

namespace nn {

absl::StatusOr<StateTree> load_tree(const std::string& path) {
  return guarded(path, [&] { return read_file(path); });
}

}  // namespace nn

absl::StatusOr<StateDict> load_state(const std::string& path) {
  return guarded(path, [&] { return tensors_of(read_file(path)); });
}

absl::StatusOr<StateDict> load_state(std::span<const std::byte> bytes, const std::string& name) {
  return guarded(name, [&] { return tensors_of(read_one(*runtime::memory_source(bytes, name))); });
}

absl::StatusOr<Tensor> load_npy(const std::string& path) {
  return guarded(path, [&]() -> absl::StatusOr<Tensor> {
    ETCH_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, runtime::open_file(path));
    ETCH_ASSIGN_OR_RETURN(auto bytes, read_all(*source));
    return nn::formats::parse_npy(bytes, path);
  });
}

}  // namespace etch
