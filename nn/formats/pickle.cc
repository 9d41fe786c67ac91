#include "etch/nn/formats/pickle.h"

#include <bit>
#include <unordered_map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "etch/nn/formats/pickle_opcodes.h"
#include "etch/nn/formats/torch_globals.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace etch::nn::formats {
namespace {

using Kind = PickleValue::Kind;
using runtime::to_absl;

constexpr char kOnlyPlainValues[] =
    ": files may hold tensors and plain values only, since nothing in them is executed (of a "
    "model, "
    "save its state_dict())";

// `text` for a message.
std::string printable(std::string_view text) {
  return absl::CHexEscape(to_absl(text.substr(0, 100)));
}

// The stack machine. Each step reads one opcode; the first violation ends it.
class Unpickler {
 public:
  explicit Unpickler(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool run() {
    while (!stopped_) {
      opcode_at_ = position_;
      uint64_t code = integer(1);
      if (!ok()) return false;
      opcode_ = static_cast<Opcode>(code);
      if (!step()) return false;
    }
    return true;
  }

  Pickle take() {
    pickle_.bytes = position_;
    return std::move(pickle_);
  }
  const std::string& error() const { return error_; }

 private:
  bool ok() const { return error_.empty(); }
  bool fail(const std::string& problem, const char* advice = "") {
    if (ok()) error_ = absl::StrCat(problem, " at byte ", opcode_at_, " of the pickle", advice);
    return false;
  }
  bool refuse_opcode() {
    std::string_view name = opcode_name(opcode_);
    if (name.empty()) return fail(absl::StrCat("unknown opcode ", static_cast<int>(opcode_)));
    return fail(absl::StrCat("refuses opcode ", to_absl(name)));
  }

  // The input.
  std::string_view text(uint64_t count) {
    if (count > bytes_.size() - position_) {
      fail("the pickle ends too early");
      return {};
    }
    std::string_view found(reinterpret_cast<const char*>(bytes_.data()) + position_, count);
    position_ += count;
    return found;
  }
  uint64_t integer(int count) {
    std::string_view digits = text(static_cast<uint64_t>(count));
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size(); ++i)
      value |= uint64_t{static_cast<unsigned char>(digits[i])} << (8 * i);
    return value;
  }
  // A text with its length before it, in `count` bytes.
  std::string_view counted(int count) {
    uint64_t length = integer(count);
    return ok() ? text(length) : std::string_view();
  }
  std::string_view line() {
    size_t begin = position_;
    while (position_ < bytes_.size() && std::to_integer<char>(bytes_[position_]) != '\n')
      ++position_;
    size_t length = position_ - begin;
    text(1);  // The end of the line.
    return {reinterpret_cast<const char*>(bytes_.data()) + begin, length};
  }

  // The stack.
  bool push(PickleValue value) {
    ValueId id;
    if (!ok()) return false;
    if (!pickle_.add(std::move(value), &id)) return fail("makes too many values");
    stack_.push_back(id);
    return true;
  }
  PickleValue& value(ValueId id) { return pickle_.values[id]; }
  // Where what is above the last mark begins; without one everything is.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  bool pop(ValueId* id) {
    if (stack_.size() <= floor()) return fail("takes a value where there is none");
    *id = stack_.back();
    stack_.pop_back();
    return true;
  }
  // The value on top, of kind `kind`, which stays.
  bool top(Kind kind, ValueId* id) {
    if (stack_.size() <= floor()) return fail("takes a value where there is none");
    *id = stack_.back();
    if (value(*id).kind == kind) return true;
    return fail(absl::StrCat("works on a ", to_absl(kind_name(value(*id).kind)), " where a ",
                             to_absl(kind_name(kind)), " belongs"));
  }
  bool pop_mark(std::vector<ValueId>* items) {
    if (marks_.empty()) return fail("takes values to a mark where there is none");
    items->assign(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return true;
  }

  bool push_integer(int64_t number) { return push({.kind = Kind::kInt, .integer = number}); }
  bool push_bool(bool truth) { return push({.kind = Kind::kBool, .integer = truth}); }
  bool push_text(Kind kind, std::string_view text) {
    if (ok() && kind == Kind::kString && !runtime::is_utf8(text))
      return fail("the string is not UTF-8");
    return push({.kind = kind, .text = std::string(text)});
  }
  bool push_float();
  bool push_long(std::string_view digits);
  bool push_tuple(size_t count);
  bool push_marked(Kind kind);
  bool extend(Kind kind);
  bool add_one(Kind kind, size_t count);
  bool push_global(std::string name);
  bool call();
  bool build();
  bool memoize(uint64_t key);
  bool recall(uint64_t key);
  bool stop();
  bool step();

  std::span<const std::byte> bytes_;
  size_t position_ = 0;
  size_t opcode_at_ = 0;
  Opcode opcode_ = Opcode::kStop;
  bool stopped_ = false;
  Pickle pickle_;
  std::vector<ValueId> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, ValueId> memo_;
  std::string error_;
};

// A big-endian f64.
bool Unpickler::push_float() {
  uint64_t bits = 0;
  for (char c : text(8)) bits = bits << 8 | static_cast<unsigned char>(c);
  return push({.kind = Kind::kFloat, .number = std::bit_cast<double>(bits)});
}

// Two's complement, little-endian.
bool Unpickler::push_long(std::string_view digits) {
  if (digits.size() > 8) return push_text(Kind::kBigInt, digits);
  uint64_t value = 0;
  for (size_t i = 0; i < digits.size(); ++i)
    value |= uint64_t{static_cast<unsigned char>(digits[i])} << (8 * i);
  if (!digits.empty() && digits.size() < 8 && (digits.back() & 0x80))
    value |= ~uint64_t{0} << (8 * digits.size());
  return push_integer(static_cast<int64_t>(value));
}

bool Unpickler::push_tuple(size_t count) {
  PickleValue tuple{.kind = Kind::kTuple};
  tuple.items.resize(count);
  for (size_t i = count; i > 0; --i)
    if (!pop(&tuple.items[i - 1])) return false;
  return push(std::move(tuple));
}

// What is above the mark, as one value.
bool Unpickler::push_marked(Kind kind) {
  PickleValue value{.kind = kind};
  if (!pop_mark(&value.items)) return false;
  if (kind == Kind::kDict && value.items.size() % 2) return fail("a key without a value");
  return push(std::move(value));
}

// Adds what is above the mark to the list or dict below it.
bool Unpickler::extend(Kind kind) {
  std::vector<ValueId> items;
  ValueId target;
  if (!pop_mark(&items) || !top(kind, &target)) return false;
  if (kind == Kind::kDict && items.size() % 2) return fail("a key without a value");
  auto& all = value(target).items;
  all.insert(all.end(), items.begin(), items.end());
  return true;
}

bool Unpickler::add_one(Kind kind, size_t count) {
  ValueId items[2], target;
  for (size_t i = count; i > 0; --i)
    if (!pop(&items[i - 1])) return false;
  if (!top(kind, &target)) return false;
  value(target).items.insert(value(target).items.end(), items, items + count);
  return true;
}

bool Unpickler::push_global(std::string name) {
  if (!ok()) return false;
  if (!is_known_global(name)) return fail("refuses global " + printable(name), kOnlyPlainValues);
  return push({.kind = Kind::kGlobal, .text = std::move(name)});
}

bool Unpickler::call() {
  ValueId arguments, function, result;
  if (!top(Kind::kTuple, &arguments) || !pop(&arguments) || !top(Kind::kGlobal, &function) ||
      !pop(&function))
    return false;
  std::string name = value(function).text, problem;
  if (!call_global(pickle_, name, arguments, &result, &problem)) return fail(problem);
  stack_.push_back(result);
  return true;
}

// Attributes of an object. An OrderedDict may have some ("_metadata"), which are left out.
bool Unpickler::build() {
  ValueId attributes, object;
  return top(Kind::kDict, &attributes) && pop(&attributes) && top(Kind::kDict, &object);
}

bool Unpickler::memoize(uint64_t key) {
  if (!ok()) return false;
  if (stack_.size() <= floor()) return fail("remembers a value where there is none");
  memo_[key] = stack_.back();
  return true;
}

bool Unpickler::recall(uint64_t key) {
  if (!ok()) return false;
  auto found = memo_.find(key);
  if (found == memo_.end())
    return fail(absl::StrCat("recalls value ", key, ", which is not there"));
  stack_.push_back(found->second);
  return true;
}

bool Unpickler::stop() {
  stopped_ = true;
  if (!marks_.empty()) return fail("stops within a mark");
  return pop(&pickle_.root);
}

bool Unpickler::step() {
  switch (opcode_) {
    case Opcode::kProto: {
      uint64_t protocol = integer(1);
      if (ok() && (protocol < 2 || protocol > 5))
        return fail(absl::StrCat("protocol ", protocol, " is not one of 2 to 5"));
      return ok();
    }
    case Opcode::kFrame:
      integer(8);
      return ok();
    case Opcode::kStop:
      return stop();
    case Opcode::kMark:
      marks_.push_back(stack_.size());
      return true;
    case Opcode::kPop: {
      ValueId ignored;
      return pop(&ignored);
    }
    case Opcode::kPopMark: {
      std::vector<ValueId> ignored;
      return pop_mark(&ignored);
    }
    case Opcode::kNone:
      return push({});
    case Opcode::kNewTrue:
      return push_bool(true);
    case Opcode::kNewFalse:
      return push_bool(false);
    case Opcode::kBinInt:
      return push_integer(static_cast<int32_t>(integer(4)));
    case Opcode::kBinInt1:
      return push_integer(static_cast<int64_t>(integer(1)));
    case Opcode::kBinInt2:
      return push_integer(static_cast<int64_t>(integer(2)));
    case Opcode::kLong1:
      return push_long(counted(1));
    case Opcode::kLong4:
      return push_long(counted(4));
    case Opcode::kBinFloat:
      return push_float();
    case Opcode::kShortBinUnicode:
    case Opcode::kShortBinString:
      return push_text(Kind::kString, counted(1));
    case Opcode::kBinUnicode:
    case Opcode::kBinString:
      return push_text(Kind::kString, counted(4));
    case Opcode::kBinUnicode8:
      return push_text(Kind::kString, counted(8));
    case Opcode::kShortBinBytes:
      return push_text(Kind::kBytes, counted(1));
    case Opcode::kBinBytes:
      return push_text(Kind::kBytes, counted(4));
    case Opcode::kBinBytes8:
    case Opcode::kByteArray8:
      return push_text(Kind::kBytes, counted(8));
    case Opcode::kEmptyList:
      return push({.kind = Kind::kList});
    case Opcode::kList:
      return push_marked(Kind::kList);
    case Opcode::kAppend:
      return add_one(Kind::kList, 1);
    case Opcode::kAppends:
      return extend(Kind::kList);
    case Opcode::kEmptyTuple:
      return push({.kind = Kind::kTuple});
    case Opcode::kTuple:
      return push_marked(Kind::kTuple);
    case Opcode::kTuple1:
      return push_tuple(1);
    case Opcode::kTuple2:
      return push_tuple(2);
    case Opcode::kTuple3:
      return push_tuple(3);
    case Opcode::kEmptyDict:
      return push({.kind = Kind::kDict});
    case Opcode::kDict:
      return push_marked(Kind::kDict);
    case Opcode::kSetItem:
      return add_one(Kind::kDict, 2);
    case Opcode::kSetItems:
      return extend(Kind::kDict);
    case Opcode::kGlobal: {
      std::string_view module = line(), name = line();
      return push_global(absl::StrCat(to_absl(module), ".", to_absl(name)));
    }
    case Opcode::kStackGlobal: {
      ValueId name, module;
      if (!top(Kind::kString, &name) || !pop(&name) || !top(Kind::kString, &module) ||
          !pop(&module))
        return false;
      return push_global(value(module).text + "." + value(name).text);
    }
    case Opcode::kReduce:
      return call();
    case Opcode::kBuild:
      return build();
    case Opcode::kBinPersId: {
      ValueId id, storage;
      std::string problem;
      if (!top(Kind::kTuple, &id) || !pop(&id)) return false;
      if (!make_storage(pickle_, id, &storage, &problem)) return fail(problem);
      stack_.push_back(storage);
      return true;
    }
    case Opcode::kBinPut:
      return memoize(integer(1));
    case Opcode::kLongBinPut:
      return memoize(integer(4));
    case Opcode::kMemoize:
      return memoize(memo_.size());
    case Opcode::kBinGet:
      return recall(integer(1));
    case Opcode::kLongBinGet:
      return recall(integer(4));
    default:
      return refuse_opcode();
  }
}

}  // namespace

std::string_view kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {"None",   "bool",    "integer", "large integer", "float",
                                         "string", "bytes",   "list",    "tuple",         "dict",
                                         "global", "storage", "tensor"};
  return kNames[static_cast<size_t>(kind)];
}

bool Pickle::add(PickleValue value, ValueId* id) {
  if (values.size() >= kMaxValues) return false;
  *id = static_cast<ValueId>(values.size());
  values.push_back(std::move(value));
  return true;
}

absl::StatusOr<Pickle> read_pickle(std::span<const std::byte> bytes, std::string_view source) {
  Unpickler unpickler(bytes);
  if (unpickler.run()) return unpickler.take();
  return absl::InvalidArgumentError(absl::StrCat(to_absl(source), ": ", unpickler.error()));
}

}  // namespace etch::nn::formats
