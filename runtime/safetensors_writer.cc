#include <algorithm>
#include <new>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/safetensors_header.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

using Plan = std::vector<const SafetensorsEntry*>;

absl::Status check_entry(const SafetensorsEntry& entry) {
  auto error = [&](auto... parts) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot save tensor ", quoted_name(entry.name), ": ", parts...));
  };
  if (entry.name == "__metadata__") return error("the format reserves this name");
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

absl::StatusOr<Plan> plan_file(std::span<const SafetensorsEntry> entries) {
  Plan plan;
  for (const SafetensorsEntry& entry : entries) {
    ETCH_RETURN_IF_ERROR(check_entry(entry));
    plan.push_back(&entry);
  }
  std::sort(plan.begin(), plan.end(), [](auto* a, auto* b) {
    int64_t size_a = size_of(a->dtype), size_b = size_of(b->dtype);
    return size_a != size_b ? size_a > size_b : a->name < b->name;
  });
  std::vector<std::string_view> names;
  for (const SafetensorsEntry* entry : plan) names.push_back(entry->name);
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

// The header with its length before it, padded so that the tensors start at a multiple of 8.
absl::StatusOr<std::string> encode_header(const Plan& plan, const SafetensorsMetadata& metadata) {
  std::vector<std::string> items;
  if (!metadata.empty()) {
    ETCH_ASSIGN_OR_RETURN(std::string json, metadata_json(metadata));
    items.push_back(std::move(json));
  }
  size_t offset = 0;
  for (const SafetensorsEntry* entry : plan) {
    size_t end = offset + entry->bytes.size();
    items.push_back(absl::StrCat(json_quote(entry->name), ":{\"dtype\":\"",
                                 to_absl(safetensors_name(entry->dtype)), "\",\"shape\":[",
                                 absl::StrJoin(entry->shape.extents(), ","), "],\"data_offsets\":[",
                                 offset, ",", end, "]}"));
    offset = end;
  }
  std::string json = absl::StrCat("{", absl::StrJoin(items, ","), "}");
  json.resize((json.size() + 7) / 8 * 8, ' ');
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
  ETCH_ASSIGN_OR_RETURN(Plan plan, plan_file(entries));
  ETCH_ASSIGN_OR_RETURN(std::string header, encode_header(plan, metadata));
  ETCH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  ETCH_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(header.data(), header.size()))));
  for (const SafetensorsEntry* entry : plan) ETCH_RETURN_IF_ERROR(file.write(entry->bytes));
  return file.commit();
}

}  // namespace

absl::Status write_safetensors(const std::string& path, std::span<const SafetensorsEntry> entries,
                               const SafetensorsMetadata& metadata) {
  try {
    return write_file(path, entries, metadata);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory for the header of ", path));
  }
}

}  // namespace etch::runtime
