#include "infer_request_reader.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace server {
namespace {

using etch::runtime::to_absl;

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxTensors = 256;
constexpr size_t kMaxExtents = 16;
constexpr size_t kMaxErrorBytes = 300;

// Where in the request the reader is: what the innermost object or array that is open stands for.
enum class Place {
  kDocument,
  kRequest,
  kParameters,
  kInputs,
  kInput,
  kInputParameters,
  kShape,
  kData,
  kOutputs,
  kOutput,
  kOutputParameters,
  kIgnored,
};

// The members that mean something; others are ignored.
constexpr std::string_view kKeys[] = {"id",
                                      "inputs",
                                      "outputs",
                                      "parameters",
                                      "name",
                                      "datatype",
                                      "shape",
                                      "data",
                                      "binary_data_size",
                                      "binary_data",
                                      "binary_data_output",
                                      "classification",
                                      "shared_memory_region"};

uint32_t key_bit(std::string_view name) {
  auto index = std::ranges::find(kKeys, name) - std::begin(kKeys);
  return index < std::ssize(kKeys) ? 1u << index : 0;
}

class Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(int64_t max_elements) : max_elements_(max_elements) {}

  absl::StatusOr<InferRequest> finish() && {
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    return std::move(request_);
  }

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(int64_t value) override { return scalar(value); }
  bool number_unsigned(uint64_t value) override {
    // Those beyond int64_t count as floats: sizes and extents cannot be so large.
    if (std::in_range<int64_t>(value)) return scalar(static_cast<int64_t>(value));
    return scalar(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) override { return scalar(value); }
  bool string(std::string& value) override { return scalar(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }  // text has none

  bool key(std::string& name) override;
  bool start_object(size_t) override { return open(object_place()); }
  bool end_object() override { return check_members() && close(); }
  bool start_array(size_t) override {
    if (place() != Place::kData && !open(array_place())) return false;
    return place() != Place::kData || check_data(data().begin_array());
  }
  bool end_array() override {
    if (place() == Place::kData) {
      if (!check_data(data().end_array())) return false;
      if (data().is_open()) return true;
    }
    return close();
  }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception& error) override {
    std::string text = error.what();  // "[json.exception.parse_error.101] parse error at line ..."
    if (size_t end = text.find("] "); end != text.npos) text.erase(0, end + 2);
    if (text.size() > kMaxErrorBytes) text = text.substr(0, kMaxErrorBytes) + "...";
    error_ = "the request is no JSON: " + text;
    return false;
  }

 private:
  using Scalar = std::variant<std::nullptr_t, bool, int64_t, double, std::string>;

  // An object or array that is open, and which of kKeys it has had.
  struct Open {
    Place place;
    uint32_t keys = 0;
  };

  Place place() const { return open_.back().place; }
  RequestedInput& input() { return request_.inputs.back(); }
  RequestedOutput& output() { return request_.outputs.back(); }
  JsonData& data() { return *input().data; }

  template <typename... Parts>
  bool fail(const Parts&... parts) {
    error_ = absl::StrCat(where(), " ", parts...);
    return false;
  }
  bool wrong_type(const char* wanted) {
    return fail("has a member ", json_string(key_), " that is no ", wanted);
  }
  std::string where() const;

  std::optional<Place> object_place();
  std::optional<Place> array_place();
  bool open(std::optional<Place> place);
  bool close() {
    open_.pop_back();
    return true;
  }
  bool check_members();
  bool check_data(bool good);

  bool scalar(Scalar value);
  bool request_member(Scalar& value);
  bool input_member(Scalar& value);
  bool input_parameter(const Scalar& value);
  bool output_parameter(const Scalar& value);
  bool data_element(const Scalar& value);
  bool extent(const Scalar& value);
  bool read_string(Scalar& value, std::string& to);
  bool read_bool(const Scalar& value, bool& to);

  const int64_t max_elements_;
  InferRequest request_;
  std::vector<Open> open_ = {{Place::kDocument}};
  std::string key_;  // the last one
  std::string error_;
};

std::string Reader::where() const {
  auto is_open = [&](Place place) {
    return std::ranges::find(open_, place, &Open::place) != open_.end();
  };
  auto named = [](const char* role, size_t count, const std::string& name) {
    return name.empty() ? absl::StrCat(role, " number ", count - 1)
                        : absl::StrCat(role, " ", json_string(name));
  };
  if (is_open(Place::kInput))
    return named("input", request_.inputs.size(), request_.inputs.back().name);
  if (is_open(Place::kOutput))
    return named("output", request_.outputs.size(), request_.outputs.back().name);
  return "the request";
}

bool Reader::key(std::string& name) {
  key_ = std::move(name);
  if (place() == Place::kIgnored) return true;
  uint32_t bit = key_bit(key_);
  if ((open_.back().keys & bit) != 0) return fail("has the member ", json_string(key_), " twice");
  open_.back().keys |= bit;
  return true;
}

// What an object stands for that begins here; nothing after an error.
std::optional<Place> Reader::object_place() {
  switch (place()) {
    case Place::kDocument:
      return Place::kRequest;
    case Place::kInputs:
      return Place::kInput;
    case Place::kOutputs:
      return Place::kOutput;
    case Place::kRequest:
      if (key_ == "parameters") return Place::kParameters;
      if (key_ == "id") wrong_type("string");
      if (key_ == "inputs" || key_ == "outputs") wrong_type("array");
      break;
    case Place::kInput:
      if (key_ == "parameters") return Place::kInputParameters;
      if (key_ == "name" || key_ == "datatype") wrong_type("string");
      if (key_ == "shape" || key_ == "data") wrong_type("array");
      break;
    case Place::kOutput:
      if (key_ == "parameters") return Place::kOutputParameters;
      if (key_ == "name") wrong_type("string");
      break;
    case Place::kShape:
    case Place::kData:
      fail("has an object in its ", place() == Place::kData ? "data" : "shape");
      break;
    default:
      break;
  }
  if (!error_.empty()) return std::nullopt;
  return Place::kIgnored;
}

std::optional<Place> Reader::array_place() {
  switch (place()) {
    case Place::kDocument:
      fail("is no JSON object");
      break;
    case Place::kRequest:
      if (key_ == "inputs") return Place::kInputs;
      if (key_ == "outputs") return Place::kOutputs;
      if (key_ == "id") wrong_type("string");
      if (key_ == "parameters") wrong_type("object");
      break;
    case Place::kInputs:
    case Place::kOutputs:
      fail("has an array among its ", place() == Place::kInputs ? "inputs" : "outputs");
      break;
    case Place::kInput:
      if (key_ == "shape") return Place::kShape;
      if (key_ == "data") return Place::kData;
      [[fallthrough]];
    case Place::kOutput:
      if (key_ == "name" || key_ == "datatype") wrong_type("string");
      if (key_ == "parameters") wrong_type("object");
      break;
    case Place::kShape:
      fail("has an array in its shape");
      break;
    default:
      break;
  }
  if (!error_.empty()) return std::nullopt;
  return Place::kIgnored;
}

bool Reader::open(std::optional<Place> place) {
  if (!place) return false;
  if (open_.size() > kMaxDepth) return fail("is nested deeper than ", kMaxDepth);
  bool is_tensor = *place == Place::kInput || *place == Place::kOutput;
  if (is_tensor && request_.inputs.size() + request_.outputs.size() == kMaxTensors)
    return fail("has more than ", kMaxTensors, " inputs and outputs");
  if (*place == Place::kInput) request_.inputs.emplace_back();
  if (*place == Place::kOutput) request_.outputs.emplace_back();
  if (*place == Place::kData) input().data.emplace();
  open_.push_back({*place});
  return true;
}

bool Reader::check_members() {
  auto check = [&](std::initializer_list<const char*> names) {
    for (const char* name : names)
      if ((open_.back().keys & key_bit(name)) == 0)
        return fail("has no member ", json_string(name));
    return true;
  };
  switch (place()) {
    case Place::kRequest:
      return check({"inputs"});
    case Place::kInput:
      return check({"name", "datatype", "shape"});
    case Place::kOutput:
      return check({"name"});
    default:
      return true;
  }
}

bool Reader::check_data(bool good) {
  if (!good) return fail("has data of no shape: ", data().error());
  if (data().size() > max_elements_)
    return fail("has more than ", max_elements_, " elements, which no input of the model has");
  return true;
}

bool Reader::scalar(Scalar value) {
  switch (place()) {
    case Place::kDocument:
      return fail("is no JSON object");
    case Place::kRequest:
      return request_member(value);
    case Place::kInputs:
      return fail("has an element of \"inputs\" that is no object");
    case Place::kOutputs:
      return fail("has an element of \"outputs\" that is no object");
    case Place::kInput:
      return input_member(value);
    case Place::kOutput:
      if (key_ == "name") return read_string(value, output().name);
      if (key_ == "parameters" && value.index() != 0) return wrong_type("object");
      return true;
    case Place::kShape:
      return extent(value);
    case Place::kData:
      return data_element(value);
    case Place::kInputParameters:
      return input_parameter(value);
    case Place::kOutputParameters:
      return output_parameter(value);
    case Place::kParameters:
      return key_ != "binary_data_output" || read_bool(value, request_.binary_outputs);
    case Place::kIgnored:
      return true;
  }
  return true;
}

bool Reader::request_member(Scalar& value) {
  bool is_null = value.index() == 0;
  if (key_ == "inputs" || (key_ == "outputs" && !is_null)) return wrong_type("array");
  if (key_ == "parameters" && !is_null) return wrong_type("object");
  return key_ != "id" || is_null || read_string(value, request_.id);
}

bool Reader::input_member(Scalar& value) {
  if (key_ == "name") return read_string(value, input().name);
  if (key_ == "datatype") return read_string(value, input().datatype);
  if (key_ == "shape" || key_ == "data") return wrong_type("array");
  return key_ != "parameters" || value.index() == 0 || wrong_type("object");
}

bool Reader::input_parameter(const Scalar& value) {
  if (key_ == "shared_memory_region")
    return fail("lies in shared memory, which this server has not");
  if (key_ != "binary_data_size") return true;
  const auto* size = std::get_if<int64_t>(&value);
  if (size == nullptr || *size < 0) return wrong_type("number of bytes");
  input().binary_size = static_cast<uint64_t>(*size);
  return true;
}

bool Reader::output_parameter(const Scalar& value) {
  if (key_ == "shared_memory_region")
    return fail("is wanted in shared memory, which this server has not");
  if (key_ == "classification")
    return fail("is wanted as classes, which this server does not give");
  bool binary = false;
  if (key_ != "binary_data") return true;
  if (!read_bool(value, binary)) return false;
  output().binary = binary;
  return true;
}

bool Reader::data_element(const Scalar& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return check_data(data().add(*flag));
  if (const auto* integer = std::get_if<int64_t>(&value)) return check_data(data().add(*integer));
  if (const auto* number = std::get_if<double>(&value)) return check_data(data().add(*number));
  return fail("has ", value.index() == 0 ? "null" : "a string", " in its data");
}

bool Reader::extent(const Scalar& value) {
  const auto* size = std::get_if<int64_t>(&value);
  if (size == nullptr || *size < 0)
    return fail("has an extent in its shape that is no number of elements");
  if (input().shape.size() == kMaxExtents)
    return fail("has more than ", kMaxExtents, " dimensions");
  input().shape.push_back(*size);
  return true;
}

bool Reader::read_string(Scalar& value, std::string& to) {
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return wrong_type("string");
  to = std::move(*text);
  return true;
}

bool Reader::read_bool(const Scalar& value, bool& to) {
  const auto* flag = std::get_if<bool>(&value);
  if (flag == nullptr) return wrong_type("boolean");
  to = *flag;
  return true;
}

}  // namespace

absl::StatusOr<InferRequest> read_infer_request(std::string_view json, int64_t max_elements) {
  Reader reader(max_elements);
  // What is false here is told by finish().
  static_cast<void>(nlohmann::json::sax_parse(json.begin(), json.end(), &reader));
  return std::move(reader).finish();
}

}  // namespace server
