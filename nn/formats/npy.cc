#include "etch/nn/formats/npy.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "etch/nn/formats/npy_header.h"
#include "etch/nn/formats/strided.h"
#include "etch/nn/formats/zip_layout.h"
#include "etch/runtime/status.h"
#include "etch/runtime/storage.h"

namespace etch::nn::formats {
namespace {

using runtime::Storage;
using runtime::to_absl;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 1 << 20;
constexpr size_t kAlignment = 64;

// numpy's letter and size. It has no bf16: the ml_dtypes package writes two bytes of no type.
struct NpyType {
  std::string_view code;
  DType dtype;
};
constexpr std::array<NpyType, 9> kTypes = {{{"b1", boolean},
                                            {"u1", u8},
                                            {"i1", i8},
                                            {"i4", i32},
                                            {"i8", i64},
                                            {"f2", f16},
                                            {"V2", bf16},
                                            {"f4", f32},
                                            {"f8", f64}}};

std::optional<DType> dtype_of_code(std::string_view code) {
  for (const NpyType& type : kTypes)
    if (type.code == code) return type.dtype;
  return std::nullopt;
}

std::string_view code_of_dtype(DType dtype) {
  for (const NpyType& type : kTypes)
    if (type.dtype == dtype) return type.code;
  return "";
}

absl::Status damaged(std::string_view source, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(to_absl(source), ": ", what,
                   "; the file is damaged or no .npy array: fetch or write it again"));
}

// The header and the bytes behind it.
struct NpyParts {
  NpyHeader header;
  std::span<const std::byte> values;
};

absl::StatusOr<NpyParts> split(std::span<const std::byte> bytes, std::string_view source) {
  FieldReader fields(bytes);
  fields.bytes(kMagic.size());
  uint16_t version = fields.u16();
  uint16_t major = version & 0xff;
  if (!is_npy(bytes) || !fields.ok()) return damaged(source, "it does not begin as a .npy array");
  if (major < 1 || major > 3 || version >> 8 != 0)
    return damaged(source, absl::StrCat("format ", major, ".", version >> 8, " is not known"));
  uint32_t length = major == 1 ? fields.u16() : fields.u32();
  if (!fields.ok() || length > fields.left() || length > kMaxHeaderBytes)
    return damaged(source, "its header reaches beyond its end");
  auto text = fields.bytes(length);
  NpyParts parts;
  std::string problem;
  if (!parse_npy_header({reinterpret_cast<const char*>(text.data()), text.size()}, &parts.header,
                        &problem))
    return damaged(source, problem);
  parts.values = fields.bytes(fields.left());
  return parts;
}

}  // namespace

bool is_npy(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

absl::StatusOr<Tensor> parse_npy(std::span<const std::byte> bytes, std::string_view source) {
  ETCH_ASSIGN_OR_RETURN(NpyParts parts, split(bytes, source));
  std::string_view descr = parts.header.descr;
  bool ordered =
      !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
  std::optional<DType> dtype = dtype_of_code(ordered ? descr.substr(1) : descr);
  if (!dtype)
    return absl::UnimplementedError(
        absl::StrCat(to_absl(source), ": Etch has no counterpart of numpy's dtype '",
                     to_absl(descr), "'; convert it (array.astype) before it is saved"));
  const std::vector<int64_t>& shape = parts.header.shape;
  std::optional<int64_t> count = count_elements(shape);
  int64_t available = static_cast<int64_t>(parts.values.size());
  if (!count || *count > available / size_of(*dtype) || *count * size_of(*dtype) != available)
    return damaged(source, absl::StrCat("it has ", available, " bytes of values where its shape ",
                                        "and dtype '", to_absl(descr), "' take ",
                                        count ? absl::StrCat(*count * size_of(*dtype)) : "more"));
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<Storage> storage, Storage::allocate(available));
  auto element_bytes = static_cast<size_t>(size_of(*dtype));
  copy_strided(parts.values, shape,
               parts.header.fortran_order ? column_major_strides(shape) : row_major_strides(shape),
               element_bytes, storage->bytes());
  if (descr[0] == '>') swap_bytes(storage->bytes(), element_bytes);
  if (*dtype == boolean) normalize_bools(storage->bytes());
  return Tensor::from_storage(std::move(storage), *dtype, Shape(shape));
}

std::string npy_header(DType dtype, const Shape& shape) {
  std::string extents;
  for (int64_t d = 0; d < shape.rank(); ++d)
    extents += std::to_string(shape[d]) + (shape.rank() == 1 || d + 1 < shape.rank() ? "," : "") +
               (d + 1 < shape.rank() ? " " : "");
  std::string text =
      absl::StrCat("{'descr': '", size_of(dtype) == 1 ? "|" : "<", to_absl(code_of_dtype(dtype)),
                   "', 'fortran_order': False, ", "'shape': (", extents, "), }");
  // Spaces, so that the values are aligned; then the end of the line.
  size_t before = kMagic.size() + 2 + 4;
  text.resize((before + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - before - 1,
              ' ');
  text += '\n';
  // 1.0 has 16 bits for the length, 2.0 has 32: one layout for all ranks.
  std::string header(kMagic);
  header += {'\2', '\0'};
  for (int i = 0; i < 4; ++i) header += static_cast<char>(text.size() >> (8 * i) & 0xff);
  return header + text;
}

absl::StatusOr<StateDict> read_npz(const ZipReader& archive, std::string_view source) {
  StateDict state;
  for (const ZipEntry& entry : archive.entries()) {
    std::string_view name = entry.name;
    if (!name.ends_with(".npy"))
      return absl::InvalidArgumentError(
          absl::StrCat(to_absl(source), ": entry \"", entry.name, "\" is no .npy array"));
    name.remove_suffix(4);
    std::vector<std::byte> bytes(entry.size);
    ETCH_RETURN_IF_ERROR(archive.read(entry, bytes));
    ETCH_ASSIGN_OR_RETURN(Tensor value, parse_npy(bytes, absl::StrCat(to_absl(source), ": entry \"",
                                                                      entry.name, "\"")));
    state.insert(std::string(name), std::move(value));
  }
  return state;
}

}  // namespace etch::nn::formats
