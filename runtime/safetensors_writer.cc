#include <algorithm>
#include <array>
#include <new>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/safetensors_header.h"
#include "etch/runtime/safetensors_image.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

using Plan = std::vector<SafetensorsEntry>;

constexpr std::array<std::byte, kBufferAlignment> kZeros = {};

absl::Status check_entry(const SafetensorsEntry& entry) {
  auto error = [&](auto... parts) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot save tensor ", quoted_name(entry.name), ": ", parts...));
  };
  if (entry.name == "__metadata__") return error("the format reserves this name");
  if (is_safetensors_padding(entry.name)) return error("names like this one stand for padding");
  if (!is_utf8(entry.name)) return error("its name is not UTF-8");
  for (int64_t extent : entry.shape) {
    if (extent < 0) return error("its shape ", entry.shape.to_string(), " has a negative extent");
  }
  int64_t expected = 0;
  if (__builtin_mul_overflow(entry.shape.num_elements(), size_of(entry.dtype), &expected) ||
      static_cast<uint64_t>(expected) != entry.bytes.size()) {
    return error("it has ", entry.bytes.size(), " bytes, which do not match shape ",
                 entry.shape.to_string(), " and dtype ", to_absl(dtype_name(entry.dtype)));
  }
  return absl::OkStatus();
}

// In the order of the file: first what leaves its end aligned, so that little padding is needed.
absl::StatusOr<Plan> plan_file(std::span<const SafetensorsEntry> entries, size_t alignment) {
  Plan plan;
  for (const SafetensorsEntry& entry : entries) {
    ETCH_RETURN_IF_ERROR(check_entry(entry));
    plan.push_back(entry);
  }
  auto key = [&](const SafetensorsEntry& entry) {
    return std::make_tuple(entry.bytes.size() % alignment != 0, -size_of(entry.dtype),
                           std::string_view(entry.name));
  };
  std::sort(plan.begin(), plan.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<std::string_view> names;
  for (const SafetensorsEntry& entry : plan) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot save two tensors under one name, ", quoted_name(*twice)));
  }
  return plan;
}

absl::StatusOr<std::string> metadata_json(const SafetensorsMetadata& metadata) {
  std::vector<std::string> items;
  for (const auto& [key, value] : metadata) {
    if (!is_utf8(key) || !is_utf8(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot save the metadata under ", quoted_name(key), ": it is not UTF-8"));
    }
    items.push_back(absl::StrCat(json_quote(key), ":", json_quote(value)));
  }
  return absl::StrCat("\"__metadata__\":{", absl::StrJoin(items, ","), "}");
}

// Adds tensors of bytes where the next one would not be aligned.
Plan padded(const Plan& plan, size_t alignment) {
  Plan result;
  size_t offset = 0, pads = 0;
  for (const SafetensorsEntry& entry : plan) {
    if (size_t missing = (alignment - offset % alignment) % alignment;
        missing > 0 && !entry.bytes.empty()) {
      result.push_back({.name = absl::StrCat(to_absl(kSafetensorsPadding), pads++),
                        .dtype = u8,
                        .shape = {static_cast<int64_t>(missing)},
                        .bytes = std::span(kZeros).first(missing)});
      offset += missing;
    }
    result.push_back(entry);
    offset += entry.bytes.size();
  }
  return result;
}

// The header with its length before it, padded so that the tensors start at a multiple of 8 and of
// `alignment`.
absl::StatusOr<std::string> encode_header(const Plan& plan, const SafetensorsMetadata& metadata,
                                          size_t alignment) {
  std::vector<std::string> items;
  if (!metadata.empty()) {
    ETCH_ASSIGN_OR_RETURN(std::string json, metadata_json(metadata));
    items.push_back(std::move(json));
  }
  size_t offset = 0;
  for (const SafetensorsEntry& entry : plan) {
    size_t end = offset + entry.bytes.size();
    items.push_back(absl::StrCat(json_quote(entry.name), ":{\"dtype\":\"",
                                 to_absl(safetensors_name(entry.dtype)), "\",\"shape\":[",
                                 absl::StrJoin(entry.shape.extents(), ","), "],\"data_offsets\":[",
                                 offset, ",", end, "]}"));
    offset = end;
  }
  std::string json = absl::StrCat("{", absl::StrJoin(items, ","), "}");
  size_t unit = std::max(alignment, size_t{8});
  json.resize((json.size() + 8 + unit - 1) / unit * unit - 8, ' ');
  if (json.size() > kSafetensorsMaxHeader) {
    return absl::InvalidArgumentError(
        absl::StrCat("HeaderTooLarge: names and metadata take ", json.size(),
                     " bytes, above the format's limit of ", kSafetensorsMaxHeader));
  }
  std::string header;
  for (int i = 0; i < 8; ++i) header += static_cast<char>(json.size() >> (8 * i) & 0xFF);
  return header + json;
}

absl::Status write_file(const std::string& path, std::span<const SafetensorsEntry> entries,
                        const SafetensorsMetadata& metadata) {
  ETCH_ASSIGN_OR_RETURN(SafetensorsImage image, safetensors_image(entries, metadata));
  ETCH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  for (std::span<const std::byte> piece : image.pieces()) ETCH_RETURN_IF_ERROR(file.write(piece));
  return file.commit();
}

}  // namespace

uint64_t SafetensorsImage::size() const {
  uint64_t total = 0;
  for (std::span<const std::byte> piece : pieces()) total += piece.size();
  return total;
}

std::vector<std::span<const std::byte>> SafetensorsImage::pieces() const {
  std::vector<std::span<const std::byte>> result = {std::as_bytes(std::span(header))};
  result.insert(result.end(), tensors.begin(), tensors.end());
  return result;
}

absl::StatusOr<SafetensorsImage> safetensors_image(std::span<const SafetensorsEntry> entries,
                                                   const SafetensorsMetadata& metadata,
                                                   size_t alignment) {
  ETCH_ASSIGN_OR_RETURN(Plan plan, plan_file(entries, alignment));
  plan = padded(plan, alignment);
  SafetensorsImage image;
  ETCH_ASSIGN_OR_RETURN(image.header, encode_header(plan, metadata, alignment));
  for (const SafetensorsEntry& entry : plan) image.tensors.push_back(entry.bytes);
  return image;
}

absl::Status write_safetensors(const std::string& path, std::span<const SafetensorsEntry> entries,
                               const SafetensorsMetadata& metadata) {
  try {
    return write_file(path, entries, metadata);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory for the header of ", path));
  }
}

}  // namespace etch::runtime
