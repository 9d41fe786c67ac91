#include "etch/nn/formats/torch_globals.h"

#include <array>
#include <span>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace etch::nn::formats {
namespace {

using Kind = PickleValue::Kind;
using runtime::to_absl;

constexpr std::array<TorchType, 21> kTypes = {{
    {"torch.DoubleStorage", "torch.float64", 8, f64},
    {"torch.FloatStorage", "torch.float32", 4, f32},
    {"torch.HalfStorage", "torch.float16", 2, f16},
    {"torch.BFloat16Storage", "torch.bfloat16", 2, bf16},
    {"torch.LongStorage", "torch.int64", 8, i64},
    {"torch.IntStorage", "torch.int32", 4, i32},
    {"torch.CharStorage", "torch.int8", 1, i8},
    {"torch.ByteStorage", "torch.uint8", 1, u8},
    {"torch.BoolStorage", "torch.bool", 1, boolean},
    {"torch.ShortStorage", "torch.int16", 2, {}},
    {"torch.ComplexFloatStorage", "torch.complex64", 8, {}},
    {"torch.ComplexDoubleStorage", "torch.complex128", 16, {}},
    {"torch.QInt8Storage", "torch.qint8", 1, {}},
    {"torch.QUInt8Storage", "torch.quint8", 1, {}},
    {"torch.QInt32Storage", "torch.qint32", 4, {}},
    {"", "torch.uint16", 2, {}},
    {"", "torch.uint32", 4, {}},
    {"", "torch.uint64", 8, {}},
    {"", "torch.float8_e4m3fn", 1, {}},
    {"", "torch.float8_e5m2", 1, {}},
    // Bytes whose type the tensor tells.
    {"torch.storage.UntypedStorage", "", 1, u8},
}};

constexpr size_t kMaxRank = 64;

// The arguments of a call, with checks that end in one message.
class Call {
 public:
  Call(Pickle& pickle, ValueId arguments) : pickle_(pickle), arguments_(arguments) {}

  size_t size() const { return pickle_.values[arguments_].items.size(); }
  ValueId id(size_t i) const { return pickle_.values[arguments_].items[i]; }
  const PickleValue& operator[](size_t i) const { return pickle_.values[id(i)]; }

  bool has(size_t i, Kind kind) {
    if (i < size() && (*this)[i].kind == kind) return true;
    problem_ = absl::StrCat("argument ", i, " is ",
                            i < size() ? to_absl(kind_name((*this)[i].kind)) : "missing",
                            " where a ", to_absl(kind_name(kind)), " belongs");
    return false;
  }
  // Numbers of the tuple at `i`, none negative.
  bool extents(size_t i, std::vector<int64_t>* values) {
    if (!has(i, Kind::kTuple)) return false;
    if ((*this)[i].items.size() > kMaxRank) return fail("a tensor of too many dimensions");
    for (ValueId id : (*this)[i].items) {
      const PickleValue& value = pickle_.values[id];
      if (value.kind != Kind::kInt || value.integer < 0)
        return fail("shapes and strides are integers of 0 or more");
      values->push_back(value.integer);
    }
    return true;
  }
  bool non_negative(size_t i, int64_t* value) {
    if (!has(i, Kind::kInt)) return false;
    *value = (*this)[i].integer;
    return *value >= 0 || fail(absl::StrCat("argument ", i, " is negative"));
  }
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  const std::string& problem() const { return problem_; }
  Pickle& pickle() { return pickle_; }

  // Whether `bytes` more may be copied.
  bool may_copy(size_t bytes) {
    pickle_.copied += bytes;
    return pickle_.copied <= Pickle::kMaxCopied || fail("copies too much");
  }
  bool result(PickleValue value, ValueId* id) {
    return pickle_.add(std::move(value), id) || fail("makes too many values");
  }

 private:
  Pickle& pickle_;
  ValueId arguments_;
  std::string problem_;
};

// (storage, offset, shape, strides, ...), whose elements are of `type` or, where that is null, of
// the storage's.
bool rebuild_tensor(Call& call, const TorchType* type, ValueId* result) {
  TensorRef tensor{.storage = 0, .type = type, .shape = {}, .strides = {}};
  if (!call.has(0, Kind::kStorage) || !call.non_negative(1, &tensor.begin) ||
      !call.extents(2, &tensor.shape) || !call.extents(3, &tensor.strides))
    return false;
  if (tensor.shape.size() != tensor.strides.size())
    return call.fail("shape and strides differ in length");
  tensor.storage = call.id(0);
  if (!type) tensor.type = call[0].storage->type;
  PickleValue value{.kind = Kind::kTensor};
  value.tensor = std::make_unique<TensorRef>(std::move(tensor));
  return call.result(std::move(value), result);
}

bool rebuild_tensor_v2(Call& call, ValueId* result) {
  return rebuild_tensor(call, nullptr, result);
}

// As v2, with the dtype as argument 6.
bool rebuild_tensor_v3(Call& call, ValueId* result) {
  if (!call.has(6, Kind::kGlobal)) return false;
  const TorchType* type = find_torch_type(call[6].text);
  if (!type || type->dtype != call[6].text) return call.fail(call[6].text + " is no dtype");
  return rebuild_tensor(call, type, result);
}

// (tensor, requires_grad, hooks, ...)
bool rebuild_parameter(Call& call, ValueId* result) {
  if (!call.has(0, Kind::kTensor)) return false;
  *result = call.id(0);
  return true;
}

// (function, type, arguments, state): a subclass of Tensor, taken for a Tensor.
bool rebuild_from_type(Call& call, ValueId* result) {
  if (!call.has(0, Kind::kGlobal) || !call.has(2, Kind::kTuple)) return false;
  std::string function = call[0].text, problem;
  if (function.find("._rebuild_tensor") == std::string::npos)
    return call.fail("refuses to call " + function);
  if (call_global(call.pickle(), function, call.id(2), result, &problem)) return true;
  return call.fail(problem);
}

// Nothing, or a list of pairs.
bool ordered_dict(Call& call, ValueId* result) {
  PickleValue dict{.kind = Kind::kDict};
  if (call.size() > 0) {
    if (!call.has(0, Kind::kList) || !call.may_copy(2 * sizeof(ValueId) * call[0].items.size()))
      return false;
    for (ValueId id : call[0].items) {
      const PickleValue& pair = call.pickle().values[id];
      if ((pair.kind != Kind::kTuple && pair.kind != Kind::kList) || pair.items.size() != 2)
        return call.fail("an OrderedDict is made of pairs");
      dict.items.insert(dict.items.end(), pair.items.begin(), pair.items.end());
    }
  }
  return call.result(std::move(dict), result);
}

// A dict of counts.
bool counter(Call& call, ValueId* result) {
  if (call.size() == 0) return call.result({.kind = Kind::kDict}, result);
  if (!call.has(0, Kind::kDict)) return false;
  *result = call.id(0);
  return true;
}

bool size_of_tensor(Call& call, ValueId* result) {
  if (!call.has(0, Kind::kTuple)) return false;
  *result = call.id(0);
  return true;
}

// The name of a device, such as "cuda:0".
bool device(Call& call, ValueId* result) {
  if (!call.has(0, Kind::kString)) return false;
  *result = call.id(0);
  return true;
}

// How protocol 2 writes bytes: a string whose characters are the bytes.
bool encode_latin1(Call& call, ValueId* result) {
  if (!call.has(0, Kind::kString) || !call.may_copy(call[0].text.size())) return false;
  PickleValue bytes{.kind = Kind::kBytes};
  const std::string& text = call[0].text;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0xc4 || (c >= 0xc2 && i + 1 == text.size()))
      return call.fail("the string has characters beyond latin1");
    bytes.text += c < 0x80 ? text[i] : static_cast<char>((c << 6 | (text[++i] & 0x3f)) & 0xff);
  }
  return call.result(std::move(bytes), result);
}

struct Function {
  std::string_view name;
  bool (*call)(Call& call, ValueId* result);
};
constexpr std::array<Function, 12> kFunctions = {{
    {"torch._utils._rebuild_tensor", rebuild_tensor_v2},
    {"torch._utils._rebuild_tensor_v2", rebuild_tensor_v2},
    {"torch._utils._rebuild_tensor_v3", rebuild_tensor_v3},
    {"torch._utils._rebuild_parameter", rebuild_parameter},
    {"torch._utils._rebuild_parameter_with_state", rebuild_parameter},
    {"torch._tensor._rebuild_from_type_v2", rebuild_from_type},
    {"collections.OrderedDict", ordered_dict},
    {"collections.Counter", counter},
    {"torch.Size", size_of_tensor},
    {"torch.device", device},
    {"_codecs.encode", encode_latin1},
    // Python 2 wrote it so.
    {"torch.tensor._rebuild_from_type_v2", rebuild_from_type},
}};

const Function* find_function(std::string_view name) {
  for (const Function& function : kFunctions)
    if (function.name == name) return &function;
  return nullptr;
}

}  // namespace

const TorchType* find_torch_type(std::string_view name) {
  for (const TorchType& type : kTypes)
    if (!name.empty() && (type.storage == name || type.dtype == name)) return &type;
  return nullptr;
}

bool is_known_global(std::string_view name) {
  return find_function(name) || find_torch_type(name) || name == "torch.Tensor" ||
         name == "torch.nn.parameter.Parameter" || name == "torch.nn.parameter.Buffer";
}

bool call_global(Pickle& pickle, std::string_view name, ValueId arguments, ValueId* result,
                 std::string* problem) {
  const Function* function = find_function(name);
  Call call(pickle, arguments);
  if (function && function->call(call, result)) return true;
  *problem = function ? absl::StrCat(to_absl(name), ": ", call.problem())
                      : absl::StrCat("refuses to call ", to_absl(name));
  return false;
}

bool make_storage(Pickle& pickle, ValueId id, ValueId* result, std::string* problem) {
  Call call(pickle, id);
  StorageRef storage{.key = {}, .type = nullptr};
  auto make = [&] {
    if (!call.has(0, Kind::kString) || !call.has(1, Kind::kGlobal) || !call.has(2, Kind::kString) ||
        !call.non_negative(4, &storage.size))
      return false;
    if (call[0].text != "storage") return call.fail("\"" + call[0].text + "\" is no storage");
    storage.key = call[2].text;
    storage.type = find_torch_type(call[1].text);
    if (!storage.type || storage.type->storage != call[1].text)
      return call.fail(call[1].text + " is no storage");
    if (call.size() > 5 && call[5].kind != Kind::kNone) {
      Call view(pickle, call.id(5));  // (key, begin, size)
      if (!call.has(5, Kind::kTuple)) return false;
      if (!view.non_negative(1, &storage.begin) || !view.non_negative(2, &storage.size))
        return call.fail(view.problem());
    }
    PickleValue value{.kind = Kind::kStorage};
    value.storage = std::make_unique<StorageRef>(std::move(storage));
    return call.result(std::move(value), result);
  };
  if (make()) return true;
  *problem = "persistent id: " + call.problem();
  return false;
}

}  // namespace etch::nn::formats
