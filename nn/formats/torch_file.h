// Files of torch.save: zip archives as PyTorch has written them since 1.6, and the older form.
// Internal; users call etch::load_state and nn::load_tree.
#ifndef ETCH_NN_FORMATS_TORCH_FILE_H_
#define ETCH_NN_FORMATS_TORCH_FILE_H_

#include "absl/status/statusor.h"
#include "etch/nn/formats/zip_reader.h"
#include "etch/nn/state_tree.h"

namespace etch::nn::formats {

// Of an archive <name>/: data.pkl is a pickle of the object, in which a storage is a persistent id
// ("storage", class, key, device, size); data/<key> are the storages' bytes; byteorder (since 2.1)
// says which way round. version and .data/serialization_id (since 2.1) tell nothing more.
absl::StatusOr<StateTree> read_torch_archive(const runtime::ByteSource& source,
                                             const ZipReader& archive);

// Whether the archive is one of those: has a data.pkl.
bool is_torch_archive(const ZipReader& archive);

// Five pickles (a magic number, the protocol, facts about the machine, the object, the storages'
// keys), then for each key a count of elements and their bytes.
absl::StatusOr<StateTree> read_torch_legacy(const runtime::ByteSource& source);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_TORCH_FILE_H_
