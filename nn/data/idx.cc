#include "etch/nn/data/idx.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "etch/nn/data/file.h"
#include "etch/nn/host_values.h"
#include "etch/runtime/status.h"

namespace etch::nn::data {
namespace {

constexpr size_t kMaxRank = 8;

uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// `Bits` of each element turned into a Stored, and that into a T.
template <typename T, typename Bits, typename Stored = T>
Tensor elements(std::string_view data, const Shape& shape) {
  std::vector<T> values(data.size() / sizeof(Bits));
  for (size_t i = 0; i < values.size(); ++i) {
    auto bits = static_cast<Bits>(big_endian(data.substr(i * sizeof(Bits), sizeof(Bits))));
    values[i] = static_cast<T>(std::bit_cast<Stored>(bits));
  }
  return Tensor::from_data(values, shape);
}

struct ElementType {
  unsigned char code;
  size_t size;
  Tensor (*read)(std::string_view, const Shape&);
};
constexpr ElementType kTypes[] = {
    {0x08, 1, elements<uint8_t, uint8_t>},
    {0x09, 1, elements<int8_t, uint8_t>},
    {0x0B, 2, elements<int32_t, uint16_t, int16_t>},
    {0x0C, 4, elements<int32_t, uint32_t>},
    {0x0D, 4, elements<float, uint32_t>},
    {0x0E, 8, elements<double, uint64_t>},
};

const ElementType* find_type(unsigned char code) {
  for (const ElementType& type : kTypes)
    if (type.code == code) return &type;
  return nullptr;
}

}  // namespace

absl::StatusOr<Tensor> parse_idx(std::string_view bytes, const std::string& name) {
  auto bad = [&](const std::string& problem) {
    return absl::InvalidArgumentError(name + " is no IDX file that can be read: " + problem);
  };
  if (bytes.size() < 4) return bad("it has " + std::to_string(bytes.size()) + " bytes");
  if (bytes.starts_with("\x1F\x8B")) return bad("it is compressed by gzip; unpack it first");
  if (bytes[0] != 0 || bytes[1] != 0) return bad("it does not begin with two zero bytes");
  const ElementType* type = find_type(static_cast<unsigned char>(bytes[2]));
  if (type == nullptr)
    return bad("its element type is " + std::to_string(static_cast<unsigned char>(bytes[2])));
  auto rank = static_cast<size_t>(static_cast<unsigned char>(bytes[3]));
  if (rank > kMaxRank) return bad("it has " + std::to_string(rank) + " dimensions");
  size_t begin = 4 + 4 * rank;
  if (bytes.size() < begin) return bad("it ends within the extents");
  std::vector<int64_t> extents;
  for (size_t i = 0; i < rank; ++i)
    extents.push_back(static_cast<int64_t>(big_endian(bytes.substr(4 + 4 * i, 4))));
  // What the data can hold at most, so that products cannot overflow.
  uint64_t elements = std::ranges::count(extents, 0) > 0 ? 0 : 1;
  uint64_t most = (bytes.size() - begin) / type->size;
  for (int64_t extent : extents) {
    if (elements > 0 && elements > most / static_cast<uint64_t>(extent))
      return bad("its extents want more than the " + std::to_string(bytes.size() - begin) +
                 " bytes of data there are");
    elements *= static_cast<uint64_t>(extent);
  }
  if (bytes.size() - begin != elements * type->size)
    return bad("it has " + std::to_string(bytes.size() - begin) + " bytes of data, its extents " +
               "want " + std::to_string(elements * type->size));
  return type->read(bytes.substr(begin), Shape(std::move(extents)));
}

absl::StatusOr<Tensor> read_idx(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(std::string bytes, read_file(path));
  return parse_idx(bytes, path);
}

absl::StatusOr<TensorDataset<Tensor, Tensor>> read_mnist(const std::string& images,
                                                         const std::string& labels) {
  ETCH_ASSIGN_OR_RETURN(Tensor pixels, read_idx(images));
  ETCH_ASSIGN_OR_RETURN(Tensor digits, read_idx(labels));
  if (pixels.dtype() != u8 || pixels.dim() != 3)
    return absl::InvalidArgumentError(images + " holds no images: " + pixels.shape().to_string());
  if (digits.dtype() != u8 || digits.dim() != 1)
    return absl::InvalidArgumentError(labels + " holds no labels: " + digits.shape().to_string());
  if (pixels.size(0) != digits.size(0))
    return absl::InvalidArgumentError(images + " has " + std::to_string(pixels.size(0)) +
                                      " images, " + labels + " " + std::to_string(digits.size(0)) +
                                      " labels");
  std::vector<float> values = pixels.to_vector<float>();
  for (float& value : values) value /= 255;
  Shape shape = {pixels.size(0), 1, pixels.size(1), pixels.size(2)};
  return TensorDataset(Tensor::from_data(values, shape), detail::converted(digits, i64));
}

}  // namespace etch::nn::data
