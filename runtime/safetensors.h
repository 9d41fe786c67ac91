// Reads and writes safetensors files, the exchange format for weights: a length, a JSON header that
// names each tensor with its dtype, shape and place, and the bytes. Nothing in it is executed.
//
// The reader trusts nothing: every rule of the format is checked before a tensor is looked at, and
// a file that breaks one is refused with INVALID_ARGUMENT. The message begins with the name of the
// rule, as the reference implementation calls it, then says what was found, where, and what to do:
//
//   HeaderTooSmall                less than 8 bytes: no room for the header's length
//   HeaderTooLarge                the header's length is above 100,000,000
//   InvalidHeaderLength           the header reaches beyond the end of the file
//   InvalidHeader                 the header is not UTF-8
//   InvalidHeaderDeserialization  not JSON of the right form: a negative or fractional number, an
//                                 unknown dtype, metadata that is no string, a key given twice
//   InvalidOffset                 tensors overlap, leave a gap, or end before they begin
//   ValidationOverflow            a tensor's size exceeds 2^63 - 1 bits
//   MisalignedSlice               a tensor of a sub-byte dtype does not fill its last byte
//   TensorInvalidInfo             a tensor's bytes do not match its shape and dtype
//   MetadataIncompleteBuffer      the file does not end where the last tensor does
//
// Dtypes: BOOL U8 I8 I32 I64 F16 BF16 F32 F64. A valid file with another dtype of the format (I16,
// U16, U32, U64, C64, F8_*, F6_*, F4) is refused with UNIMPLEMENTED, naming the tensor.
//
// Tensors called "__padding__.N" are skipped: bundles align others with them.
//
// Values are little-endian in the file; so is every machine that Etch runs on.
#ifndef ETCH_RUNTIME_SAFETENSORS_H_
#define ETCH_RUNTIME_SAFETENSORS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"
#include "etch/runtime/storage.h"
#include "etch/runtime/tensor_view.h"

namespace etch::runtime {

class ByteSource;

// One named tensor, dense and row-major.
struct SafetensorsEntry {
  std::string name;  // UTF-8, "fc1.weight"
  DType dtype = DType::kF32;
  Shape shape = {};
  // `shape.num_elements() * size_of(dtype)` bytes.
  std::span<const std::byte> bytes = {};
  // What keeps `bytes` alive, which then are the whole of it and aligned; a tensor may adopt it
  // without a copy. Null where the caller holds the bytes: as the writer's input, and as
  // parse_safetensors' output.
  std::shared_ptr<Storage> storage = nullptr;

  TensorView view() const { return {bytes.data(), dtype, shape}; }
};

using SafetensorsMetadata = std::map<std::string, std::string>;

struct SafetensorsFile {
  // In the order of their bytes in the file; tensors at one place, being empty, by name.
  std::vector<SafetensorsEntry> entries;
  // The strings under "__metadata__".
  SafetensorsMetadata metadata;

  // The entry called `name`, or null. Looks at each in turn.
  const SafetensorsEntry* find(std::string_view name) const;
};

// Reads the file at `path`, each tensor into a Storage of its own; the file is closed afterwards
// and may change or go. Bytes of BOOL tensors other than 0 become 1, as generated code requires.
//
// Errors: as above; NOT_FOUND, PERMISSION_DENIED and the like when the file cannot be read (the
// message has the path); INVALID_ARGUMENT when it is no regular file; DATA_LOSS when it shrinks
// meanwhile; RESOURCE_EXHAUSTED when memory is short.
absl::StatusOr<SafetensorsFile> read_safetensors(const std::string& path);
// For the library's own readers.
absl::StatusOr<SafetensorsFile> read_safetensors(
    const ByteSource& source, const std::shared_ptr<MemoryBudget>& budget = nullptr);

// Reads a whole file that lies in memory. The entries point into `bytes`, which must outlive them;
// they are not aligned, and bytes of BOOL tensors are as they are. `source` stands for the path in
// messages. Errors: as above. For tests and fuzzing, and for files that came over a network.
absl::StatusOr<SafetensorsFile> parse_safetensors(std::span<const std::byte> bytes,
                                                  std::string_view source = "the buffer");

// Writes `entries` to `path`: by size of dtype, the widest first, then by name, so that each
// tensor is aligned to its dtype in the file. The same entries give the same bytes.
//
// The file is all there or not at all: it is written beside as `path`.tmp-PID-N, flushed to the
// disk (fsync), renamed, and the folder flushed. What was at `path` before stays until then, also
// when the process is killed; a killed process may leave the .tmp file behind.
//
// Errors: INVALID_ARGUMENT when a name comes twice, is "__metadata__" or no UTF-8, or when bytes do
// not match shape and dtype; else those of the file system (NOT_FOUND for a missing folder,
// RESOURCE_EXHAUSTED for a full disk), with the path. After an error `path` is as it was, unless
// the message says that only flushing the folder failed.
absl::Status write_safetensors(const std::string& path, std::span<const SafetensorsEntry> entries,
                               const SafetensorsMetadata& metadata = {{"format", "pt"}});

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_SAFETENSORS_H_
