// Reads Python's pickles as far as saved tensors need it, and executes nothing. Internal.
//
// A pickle is a program for a stack machine whose GLOBAL and REDUCE call any function of Python by
// name. Here a fixed table says which names may be called and what each builds; everything else is
// refused by its name and place: "refuses global os.system at byte 41".
#ifndef ETCH_NN_FORMATS_PICKLE_H_
#define ETCH_NN_FORMATS_PICKLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/dtype.h"

namespace etch::nn::formats {

// The index of a value in Pickle::values.
using ValueId = uint32_t;

struct TorchType;

// A storage by its key in the file, seen from its element `begin` on.
struct StorageRef {
  std::string key;
  const TorchType* type;
  int64_t begin = 0;
  int64_t size = 0;  // elements
};

// The elements of `type` at begin + sum_d index[d] * strides[d] of a storage.
struct TensorRef {
  ValueId storage;
  const TorchType* type;
  int64_t begin = 0;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
};

struct PickleValue {
  enum class Kind : uint8_t {
    kNone,
    kBool,     // integer
    kInt,      // integer
    kBigInt,   // text: little-endian two's complement of more than 8 bytes
    kFloat,    // number
    kString,   // text
    kBytes,    // text
    kList,     // items
    kTuple,    // items
    kDict,     // items: key, value, key, value, ...
    kGlobal,   // text: "torch.FloatStorage"
    kStorage,  // storage
    kTensor,   // tensor
  };
  Kind kind = Kind::kNone;
  int64_t integer = 0;
  double number = 0;
  std::string text = {};
  std::vector<ValueId> items = {};
  std::unique_ptr<StorageRef> storage = {};
  std::unique_ptr<TensorRef> tensor = {};
};

// "dict", "tensor", for messages.
std::string_view kind_name(PickleValue::Kind kind);

// A type of elements by its two names in PyTorch.
struct TorchType {
  std::string_view storage;      // "torch.FloatStorage"; empty where only tensors have it
  std::string_view dtype;        // "torch.float32"
  int64_t bytes;                 // of an element
  std::optional<DType> element;  // empty where Etch has no counterpart
};
// Null for other names.
const TorchType* find_torch_type(std::string_view name);

// The values that a pickle built; they refer to each other, possibly in cycles.
struct Pickle {
  // What a hostile pickle can make this take is bounded: the number of values, and what its calls
  // may copy, in bytes.
  static constexpr size_t kMaxValues = 2 << 20;
  static constexpr size_t kMaxCopied = 64 << 20;

  std::vector<PickleValue> values;
  ValueId root = 0;
  size_t bytes = 0;  // of the input that were read
  size_t copied = 0;

  // False when there are too many.
  bool add(PickleValue value, ValueId* id);
};

// Reads one pickle from the start of `bytes`; others may follow. Protocols 2 to 5.
// Errors: INVALID_ARGUMENT, prefixed with `source`, saying what was refused at which byte.
absl::StatusOr<Pickle> read_pickle(std::span<const std::byte> bytes, std::string_view source);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_PICKLE_H_
