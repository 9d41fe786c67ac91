#include "etch/runtime/safetensors_header.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// Every dtype of the format; those without a DType are known so that they can be named.
constexpr std::array<SafetensorsDType, 20> kDTypes = {{
    {"BOOL", 8, boolean}, {"U8", 8, u8},      {"I8", 8, i8},      {"I32", 32, i32},
    {"I64", 64, i64},     {"F16", 16, f16},   {"BF16", 16, bf16}, {"F32", 32, f32},
    {"F64", 64, f64},     {"I16", 16, {}},    {"U16", 16, {}},    {"U32", 32, {}},
    {"U64", 64, {}},      {"C64", 64, {}},    {"F8_E4M3", 8, {}}, {"F8_E5M2", 8, {}},
    {"F8_E8M0", 8, {}},   {"F6_E2M3", 6, {}}, {"F6_E3M2", 6, {}}, {"F4", 4, {}},
}};

constexpr char kDamaged[] = "; the file is damaged or no safetensors file: fetch or write it again";
constexpr char kMiswritten[] =
    "; the program that wrote it is at fault: write it again, or report it";

// `rule`: what breaks it, where, and what to do.
template <typename... Parts>
absl::Status broken(std::string_view rule, std::string_view source, const char* advice,
                    const Parts&... parts) {
  return absl::InvalidArgumentError(
      absl::StrCat(to_absl(rule), ": ", to_absl(source), ": ", parts..., advice));
}

// Keys seen so far. Abseil's hash differs from process to process, so that no file can be made
// whose keys all collide.
using KeySet = absl::flat_hash_set<std::string>;

// Collects the JSON into a SafetensorsHeader; false at the first violation of the form.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, SafetensorsHeader* header) : json_(text), header_(header) {}

  bool parse() {
    bool more = false;
    KeySet names;
    std::string name;
    bool ok = json_.begin_object(&more);
    while (ok && more) {
      ok = json_.key(&name) && add_key(&names, name) && entry(name) && json_.next_in_object(&more);
    }
    return ok && json_.end_of_document();
  }

  const std::string& error() const { return json_.error(); }

 private:
  bool add_key(KeySet* keys, const std::string& key) {
    if (keys->insert(key).second) return true;
    return json_.fail(absl::StrCat("the key ", quoted_name(key), " comes twice"));
  }

  bool entry(const std::string& name) {
    if (name == "__metadata__") return metadata();
    SafetensorsTensorInfo info;
    info.name = name;
    if (!tensor(&info)) return false;
    header_->tensors.push_back(std::move(info));
    return true;
  }

  bool metadata() {
    bool more = false;
    std::string key, value;
    bool ok = json_.begin_object(&more);
    while (ok && more) {
      ok = json_.key(&key) && json_.string(&value);
      if (ok && !header_->metadata.emplace(key, value).second) {
        return json_.fail(absl::StrCat("the metadata key ", quoted_name(key), " comes twice"));
      }
      ok = ok && json_.next_in_object(&more);
    }
    return ok;
  }

  bool tensor(SafetensorsTensorInfo* info) {
    bool more = false;
    KeySet keys;
    std::string key;
    bool ok = json_.begin_object(&more);
    while (ok && more) {
      ok =
          json_.key(&key) && add_key(&keys, key) && field(key, info) && json_.next_in_object(&more);
    }
    for (const char* required : {"dtype", "shape", "data_offsets"}) {
      if (ok && !keys.contains(required)) {
        return json_.fail(
            absl::StrCat("tensor ", quoted_name(info->name), " has no \"", required, "\""));
      }
    }
    return ok;
  }

  bool field(const std::string& key, SafetensorsTensorInfo* info) {
    if (key == "dtype") return dtype(info);
    if (key == "shape") return integers(&info->extents);
    if (key != "data_offsets") return json_.skip_value();  // As the reference reader does.
    std::vector<uint64_t> offsets;
    if (!integers(&offsets)) return false;
    if (offsets.size() != 2) return json_.fail("data_offsets are not two numbers");
    info->begin = offsets[0];
    info->end = offsets[1];
    return true;
  }

  bool dtype(SafetensorsTensorInfo* info) {
    std::string name;
    if (!json_.string(&name)) return false;
    auto it = std::find_if(kDTypes.begin(), kDTypes.end(),
                           [&](const SafetensorsDType& dtype) { return dtype.name == name; });
    if (it == kDTypes.end()) return json_.fail(absl::StrCat("unknown dtype ", quoted_name(name)));
    info->dtype = &*it;
    return true;
  }

  bool integers(std::vector<uint64_t>* values) {
    bool more = false;
    bool ok = json_.begin_array(&more);
    while (ok && more) {
      uint64_t value = 0;
      ok = json_.unsigned_integer(&value) && json_.next_in_array(&more);
      values->push_back(value);
    }
    return ok;
  }

  JsonReader json_;
  SafetensorsHeader* header_;
};

// The bits of a tensor, folded from the left as the reference does: an overflow counts even where
// a later extent is 0. Nothing on overflow of 63 bits.
std::optional<int64_t> bits_of(const SafetensorsTensorInfo& info) {
  int64_t bits = 1;
  for (uint64_t extent : info.extents) {
    if (extent > std::numeric_limits<int64_t>::max()) return std::nullopt;
    if (__builtin_mul_overflow(bits, extent, &bits)) return std::nullopt;
  }
  if (__builtin_mul_overflow(bits, int64_t{info.dtype->bits}, &bits)) return std::nullopt;
  return bits;
}

// Checks one tensor, whose bytes must start at `start`.
absl::Status check_tensor(const SafetensorsTensorInfo& info, uint64_t start,
                          std::string_view source) {
  std::string place = absl::StrCat("tensor ", quoted_name(info.name), " has data_offsets [",
                                   info.begin, ", ", info.end, "]");
  if (info.begin != start) {
    return broken("InvalidOffset", source, kMiswritten, place, " where the one before ends at ",
                  start, ", which leaves ", info.begin > start ? "a gap" : "an overlap");
  }
  if (info.end < info.begin) {
    return broken("InvalidOffset", source, kMiswritten, place, ", which ends before it begins");
  }
  std::optional<int64_t> bits = bits_of(info);
  if (!bits) {
    return broken("ValidationOverflow", source, kMiswritten, "tensor ", quoted_name(info.name),
                  " is larger than 2^63 - 1 bits by its shape");
  }
  std::string_view dtype = info.dtype->name;
  if (*bits % 8 != 0) {
    return broken("MisalignedSlice", source, kMiswritten, "tensor ", quoted_name(info.name), " of ",
                  to_absl(dtype), " takes ", *bits, " bits, not whole bytes");
  }
  if (info.end - info.begin != static_cast<uint64_t>(*bits / 8)) {
    return broken("TensorInvalidInfo", source, kMiswritten, place, ", ", info.end - info.begin,
                  " bytes, where its shape and dtype ", to_absl(dtype), " take ", *bits / 8);
  }
  return absl::OkStatus();
}

absl::Status check_tensors(const SafetensorsHeader& header, uint64_t data_bytes,
                           std::string_view source) {
  uint64_t start = 0;
  for (const SafetensorsTensorInfo& info : header.tensors) {
    ETCH_RETURN_IF_ERROR(check_tensor(info, start, source));
    start = info.end;
  }
  if (start != data_bytes) {
    return broken("MetadataIncompleteBuffer", source, kDamaged, "the header describes ", start,
                  " bytes of tensors where the file has ", data_bytes);
  }
  for (const SafetensorsTensorInfo& info : header.tensors) {
    if (info.dtype->dtype) continue;
    return absl::UnimplementedError(
        absl::StrCat("UnsupportedDtype: ", to_absl(source), ": tensor ", quoted_name(info.name),
                     " has dtype ", to_absl(info.dtype->name),
                     ", which Etch does not have; convert it before saving to one of "
                     "BOOL, U8, I8, I32, I64, F16, BF16, F32, F64"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view safetensors_name(DType dtype) {
  for (const SafetensorsDType& candidate : kDTypes) {
    if (candidate.dtype == dtype) return candidate.name;
  }
  return "?";
}

std::string quoted_name(std::string_view name) {
  constexpr size_t kLongest = 120;
  size_t cut = std::min(name.size(), kLongest);
  while (cut > 0 && cut < name.size() && (name[cut] & 0xC0) == 0x80) --cut;
  std::string text = absl::Utf8SafeCEscape(to_absl(name.substr(0, cut)));
  return "\"" + text + (cut < name.size() ? "...\"" : "\"");
}

absl::StatusOr<uint64_t> safetensors_header_length(std::span<const std::byte> prefix,
                                                   uint64_t file_size, std::string_view source) {
  if (prefix.size() < kSafetensorsLengthBytes) {
    return broken("HeaderTooSmall", source, kDamaged, file_size,
                  " bytes, where the header's length alone takes 8");
  }
  uint64_t length = 0;
  for (int i = kSafetensorsLengthBytes - 1; i >= 0; --i) {
    length = length << 8 | std::to_integer<uint64_t>(prefix[i]);
  }
  if (length > kSafetensorsMaxHeader) {
    return broken("HeaderTooLarge", source, kDamaged, "the header claims ", length,
                  " bytes, above the format's limit of ", kSafetensorsMaxHeader);
  }
  if (length > file_size - kSafetensorsLengthBytes) {
    return broken("InvalidHeaderLength", source, kDamaged, "the header claims ", length,
                  " bytes after the first 8, in a file of ", file_size);
  }
  return length;
}

absl::StatusOr<SafetensorsHeader> parse_safetensors_header(std::string_view text,
                                                           uint64_t data_bytes,
                                                           std::string_view source) {
  if (!is_utf8(text)) {
    return broken("InvalidHeader", source, kDamaged, "the header is not UTF-8 text");
  }
  SafetensorsHeader header;
  HeaderParser parser(text, &header);
  if (!parser.parse()) {
    return broken("InvalidHeaderDeserialization", source, kDamaged, parser.error());
  }
  std::sort(header.tensors.begin(), header.tensors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  ETCH_RETURN_IF_ERROR(check_tensors(header, data_bytes, source));
  return header;
}

}  // namespace etch::runtime
