#include "etch/nn/formats/torch_tensors.h"

#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/nn/formats/strided.h"
#include "etch/runtime/status.h"

namespace etch::nn::formats {
namespace {

using Kind = PickleValue::Kind;
using runtime::Storage;
using runtime::to_absl;

// A value that contains itself would be of infinite depth; one that has another twice, which has
// another twice, ... of exponential size.
constexpr int kMaxDepth = 64;
constexpr size_t kMaxItems = 2 << 20;
// Tensors may share a storage or repeat its elements, but not without bound.
constexpr int64_t kMaxGrowth = 16;
constexpr int64_t kFreeBytes = 64 << 20;

class TreeBuilder {
 public:
  TreeBuilder(const Pickle& pickle, const TorchStorages& storages, const std::string& source)
      : pickle_(pickle), storages_(storages), source_(source) {}

  absl::StatusOr<StateTree> build(ValueId id, const std::string& name, int depth);

 private:
  absl::Status fail(const std::string& name, const std::string& problem) const {
    return absl::InvalidArgumentError(absl::StrCat(source_, ": ", place(name), ": ", problem));
  }
  static std::string place(const std::string& name) {
    return name.empty() ? "the whole value" : "\"" + name + "\"";
  }
  absl::StatusOr<StateTree> build_list(const PickleValue& value, const std::string& name,
                                       int depth);
  absl::StatusOr<StateTree> build_dict(const PickleValue& value, const std::string& name,
                                       int depth);
  absl::StatusOr<Tensor> tensor(const TensorRef& ref, const std::string& name);
  // `begin`: of its first element, in bytes.
  absl::StatusOr<Tensor> make_tensor(const TensorRef& ref, const std::string& key, int64_t begin,
                                     const std::string& name);
  absl::StatusOr<std::shared_ptr<Storage>> load(const std::string& key);
  absl::Status count_bytes(int64_t bytes, const std::string& name);

  const Pickle& pickle_;
  const TorchStorages& storages_;
  const std::string& source_;
  size_t items_ = 0;
  int64_t loaded_bytes_ = 0;
  int64_t copied_bytes_ = 0;
  std::map<std::string, std::shared_ptr<Storage>> loaded_;
  // By what determines the elements of a tensor.
  using Elements = std::tuple<std::string, const TorchType*, int64_t, std::vector<int64_t>,
                              std::vector<int64_t>>;
  std::map<Elements, Tensor> tensors_;
};

absl::StatusOr<std::string> key_text(const PickleValue& key) {
  switch (key.kind) {
    case Kind::kString:
      return key.text;
    case Kind::kInt:
      return std::to_string(key.integer);
    case Kind::kBool:
      return std::string(key.integer ? "True" : "False");
    case Kind::kNone:
      return std::string("None");
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("a dict's key is a ", to_absl(kind_name(key.kind))));
  }
}

absl::StatusOr<StateTree> TreeBuilder::build(ValueId id, const std::string& name, int depth) {
  const PickleValue& value = pickle_.values[id];
  if (depth > kMaxDepth) return fail(name, "nested too deeply, or within itself");
  if (++items_ > kMaxItems) return fail(name, "too many values");
  switch (value.kind) {
    case Kind::kNone:
      return StateTree();
    case Kind::kBool:
      return StateTree(value.integer != 0);
    case Kind::kInt:
      return StateTree(value.integer);
    case Kind::kFloat:
      return StateTree(value.number);
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kGlobal:
      return StateTree(value.text);
    case Kind::kList:
    case Kind::kTuple:
      return build_list(value, name, depth);
    case Kind::kDict:
      return build_dict(value, name, depth);
    case Kind::kTensor: {
      ETCH_ASSIGN_OR_RETURN(Tensor found, tensor(*value.tensor, name));
      return StateTree(std::move(found));
    }
    case Kind::kBigInt:
    case Kind::kStorage:
      break;
  }
  return fail(name, absl::StrCat("a ", to_absl(kind_name(value.kind)), " has no counterpart here"));
}

std::string join(const std::string& name, const std::string& key) {
  return name.empty() ? key : name + "." + key;
}

absl::StatusOr<StateTree> TreeBuilder::build_list(const PickleValue& value, const std::string& name,
                                                  int depth) {
  std::vector<StateTree> items;
  for (ValueId id : value.items) {
    ETCH_ASSIGN_OR_RETURN(StateTree item,
                          build(id, join(name, std::to_string(items.size())), depth + 1));
    items.push_back(std::move(item));
  }
  return StateTree::list(std::move(items));
}

absl::StatusOr<StateTree> TreeBuilder::build_dict(const PickleValue& value, const std::string& name,
                                                  int depth) {
  std::vector<StateTree::Item> items;
  for (size_t i = 0; i + 1 < value.items.size(); i += 2) {
    absl::StatusOr<std::string> key = key_text(pickle_.values[value.items[i]]);
    if (!key.ok()) return fail(name, std::string(key.status().message()));
    ETCH_ASSIGN_OR_RETURN(StateTree item, build(value.items[i + 1], join(name, *key), depth + 1));
    items.emplace_back(*std::move(key), std::move(item));
  }
  try {
    return StateTree::dict(std::move(items));
  } catch (const Error& error) {
    return fail(name, error.what());
  }
}

absl::StatusOr<std::shared_ptr<Storage>> TreeBuilder::load(const std::string& key) {
  auto& storage = loaded_[key];
  if (!storage) {
    ETCH_ASSIGN_OR_RETURN(storage, storages_.load(key));
    loaded_bytes_ += storage->size();
  }
  return storage;
}

absl::Status TreeBuilder::count_bytes(int64_t bytes, const std::string& name) {
  if (__builtin_add_overflow(copied_bytes_, bytes, &copied_bytes_) ||
      copied_bytes_ / kMaxGrowth > loaded_bytes_ + kFreeBytes / kMaxGrowth)
    return fail(name, absl::StrCat("the tensors up to this one take more than ", kMaxGrowth,
                                   " times the bytes in the file"));
  return absl::OkStatus();
}

absl::StatusOr<Tensor> TreeBuilder::tensor(const TensorRef& ref, const std::string& name) {
  const StorageRef& storage = *pickle_.values[ref.storage].storage;
  int64_t begin = 0, view = 0;
  if (__builtin_mul_overflow(ref.begin, ref.type->bytes, &begin) ||
      __builtin_mul_overflow(storage.begin, storage.type->bytes, &view) ||
      __builtin_add_overflow(begin, view, &begin))
    return fail(name, "the tensor begins beyond its storage");
  Elements elements(storage.key, ref.type, begin, ref.shape, ref.strides);
  auto found = tensors_.find(elements);
  if (found == tensors_.end()) {
    ETCH_ASSIGN_OR_RETURN(Tensor made, make_tensor(ref, storage.key, begin, name));
    found = tensors_.emplace(std::move(elements), std::move(made)).first;
  }
  return found->second;
}

absl::StatusOr<Tensor> TreeBuilder::make_tensor(const TensorRef& ref, const std::string& key,
                                                int64_t begin, const std::string& name) {
  if (!ref.type->element) {
    std::string_view type = ref.type->dtype.empty() ? ref.type->storage : ref.type->dtype;
    return absl::UnimplementedError(absl::StrCat(source_, ": \"", name, "\": Etch has no ",
                                                 to_absl(type), "; convert it before it is saved"));
  }
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<Storage> bytes, load(key));
  DType dtype = *ref.type->element;
  auto count = count_elements(ref.shape);
  auto reach = reach_of(ref.shape, ref.strides);
  if (!count || !reach || begin > bytes->size() ||
      *reach > (bytes->size() - begin) / size_of(dtype))
    return fail(name, absl::StrCat("the tensor reaches beyond its storage, which has ",
                                   bytes->size(), " bytes"));
  Shape shape(ref.shape);
  bool as_it_is = dtype != boolean && !storages_.big_endian && begin == 0 &&
                  *count * size_of(dtype) == bytes->size() &&
                  ref.strides == row_major_strides(ref.shape);
  if (as_it_is) return Tensor::from_storage(bytes, dtype, shape);

  ETCH_RETURN_IF_ERROR(count_bytes(*count * size_of(dtype), name));
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<Storage> copy, Storage::allocate(*count * size_of(dtype)));
  copy_strided(bytes->bytes().subspan(static_cast<size_t>(begin)), ref.shape, ref.strides,
               static_cast<size_t>(size_of(dtype)), copy->bytes());
  if (storages_.big_endian) swap_bytes(copy->bytes(), static_cast<size_t>(size_of(dtype)));
  if (dtype == boolean) normalize_bools(copy->bytes());
  return Tensor::from_storage(std::move(copy), dtype, shape);
}

}  // namespace

absl::StatusOr<StateTree> build_tree(const Pickle& pickle, const TorchStorages& storages,
                                     const std::string& source) {
  return TreeBuilder(pickle, storages, source).build(pickle.root, "", 0);
}

}  // namespace etch::nn::formats
