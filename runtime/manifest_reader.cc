#include <algorithm>
#include <limits>
#include <map>
#include <new>
#include <set>

#include "absl/strings/str_cat.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/cpu_features.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

using Member = JsonReader::Member;

// From JSON to the structs; false at the first violation of the form.
class ManifestParser {
 public:
  explicit ManifestParser(std::string_view text) : json_(text, "the manifest") {}

  bool parse(BundleManifest* m) {
    return json_.object({{"abi", [=, this] { return number(&m->abi); }},
                         {"name", [=, this] { return json_.string(&m->name); }},
                         {"producer", [=, this] { return json_.string(&m->producer); }},
                         {"codes", [=, this] { return list(&m->codes); }},
                         {"cells", [=, this] { return list(&m->cells); }},
                         {"programs", [=, this] { return list(&m->programs); }}}) &&
           json_.end_of_document();
  }
  const std::string& error() const { return json_.error(); }

 private:
  template <typename T>
  bool number(T* value) {
    uint64_t read = 0;
    if (!json_.unsigned_integer(&read)) return false;
    if (read > static_cast<uint64_t>(std::numeric_limits<T>::max()))
      return json_.fail("the number is too large");
    *value = static_cast<T>(read);
    return true;
  }
  bool item(std::string* text) { return json_.string(text); }
  bool item(int32_t* value) { return number(value); }
  bool item(int64_t* value) { return number(value); }

  template <typename T>
  bool list(std::vector<T>* items) {
    return json_.array([=, this] { return item(&items->emplace_back()); });
  }

  bool dtype(DType* value) {
    std::string name;
    if (!json_.string(&name)) return false;
    std::optional<DType> found = dtype_from_name(name);
    if (!found) return json_.fail("unknown dtype " + json_quote(name));
    *value = *found;
    return true;
  }
  bool shape(Shape* value) {
    std::vector<int64_t> extents;
    if (!list(&extents)) return false;
    *value = Shape(std::move(extents));
    return true;
  }

  bool item(BundleCode* code) {
    return json_.object({{"triple", [=, this] { return json_.string(&code->triple); }},
                         {"features", [=, this] { return list(&code->features); }}});
  }

  bool item(BundleCell* cell) {
    auto gradient = [=, this] {
      cell->kind = ValueKind::kGrad;
      return json_.string(&cell->path);
    };
    bool ok = json_.object({{"name", [=, this] { return json_.string(&cell->name); }},
                            {"gradient_of", gradient, false},
                            {"aliases", [=, this] { return list(&cell->aliases); }, false},
                            {"dtype", [=, this] { return dtype(&cell->dtype); }},
                            {"shape", [=, this] { return shape(&cell->shape); }},
                            {"stored", [=, this] { return json_.boolean(&cell->stored); }, false}});
    if (cell->kind == ValueKind::kState) cell->path = cell->name;
    return ok;
  }

  bool item(BundleValue* value) {
    ValueInfo* info = &value->info;
    bool has_name = false, has_dtype = false, has_shape = false;
    auto name = [=, this, &has_name] { return has_name = json_.string(&info->name); };
    auto type = [=, this, &has_dtype] { return has_dtype = dtype(&info->dtype); };
    auto extents = [=, this, &has_shape] { return has_shape = shape(&info->shape); };
    bool ok = json_.object({{"cell", [=, this] { return number(&value->cell); }, false},
                            {"name", name, false},
                            {"dtype", type, false},
                            {"shape", extents, false},
                            {"donates", [=, this] { return number(&info->donated_input); }, false},
                            {"tap", [=, this] { return json_.boolean(&info->is_tap); }, false}});
    if (!ok) return false;
    if (has_name == (value->cell >= 0)) return json_.fail("expected a name or a cell");
    if (has_name && !(has_dtype && has_shape)) return json_.fail("expected a dtype and a shape");
    return true;
  }

  bool item(LaunchInfo* launch) {
    return json_.object({{"kernel", [=, this] { return json_.string(&launch->kernel); }},
                         {"path", [=, this] { return json_.string(&launch->path); }},
                         {"pieces", [=, this] { return number(&launch->pieces); }},
                         {"operations", [=, this] { return number(&launch->operations); }, false},
                         {"bytes", [=, this] { return number(&launch->bytes); }, false},
                         {"reads", [=, this] { return list(&launch->reads); }, false}});
  }

  bool item(BundleProgram* p) {
    return json_.object(
        {{"name", [=, this] { return json_.string(&p->name); }},
         {"code", [=, this] { return number(&p->code); }},
         {"source", [=, this] { return json_.string(&p->source); }, false},
         {"matmul_precision", [=, this] { return json_.string(&p->matmul_precision); }, false},
         {"packed", [=, this] { return number(&p->packed); }, false},
         {"entry", [=, this] { return json_.string(&p->entry); }},
         {"prepare", [=, this] { return json_.string(&p->prepare); }, false},
         {"arena_bytes", [=, this] { return number(&p->arena_bytes); }},
         {"derived_bytes", [=, this] { return number(&p->derived_bytes); }},
         {"prepare_inputs", [=, this] { return list(&p->prepare_inputs); }},
         {"inputs", [=, this] { return list(&p->inputs); }},
         {"results", [=, this] { return list(&p->results); }},
         {"cleared", [=, this] { return list(&p->cleared); }},
         {"launches", [=, this] { return list(&p->launches); }},
         {"prepare_launches", [=, this] { return list(&p->prepare_launches); }}});
  }

  JsonReader json_;
};

template <typename... Parts>
absl::Status invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// Memory is sized by these numbers.
absl::Status check_size(DType dtype, const Shape& shape, std::string_view name) {
  int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.num_elements(), size_of(dtype), &bytes) ||
      bytes > std::numeric_limits<int64_t>::max() / 2)
    return invalid(json_quote(name), " is too large");
  return absl::OkStatus();
}

// One program, and what it says of the cells.
class ProgramCheck {
 public:
  ProgramCheck(const BundleManifest& manifest, BundleProgram& program)
      : manifest_(manifest), program_(program) {}

  absl::Status run() {
    if (program_.code >= manifest_.codes.size())
      return error("has code ", program_.code, " of ", manifest_.codes.size());
    if (program_.entry.empty()) return error("has no entry");
    ETCH_RETURN_IF_ERROR(check_values(program_.inputs, ValueKind::kArgument));
    ETCH_RETURN_IF_ERROR(check_values(program_.results, ValueKind::kResult));
    for (const BundleValue& input : program_.inputs)
      if (input.info.donated_input >= 0) return error("has an input that donates");
    for (const BundleValue& result : program_.results) ETCH_RETURN_IF_ERROR(check_donation(result));
    ETCH_RETURN_IF_ERROR(check_prepare());
    for (int32_t cell : program_.cleared)
      if (static_cast<size_t>(cell) >= manifest_.cells.size() ||
          manifest_.cells[cell].kind != ValueKind::kGrad)
        return error("clears cell ", cell, ", which is no gradient");
    return absl::OkStatus();
  }

 private:
  template <typename... Parts>
  absl::Status error(const Parts&... parts) const {
    return invalid("program ", json_quote(program_.name), " ", parts...);
  }
  int32_t count() const { return static_cast<int32_t>(program_.inputs.size()); }

  // What is derived has a function that computes it, in kernels.
  absl::Status check_prepare() const {
    if (program_.prepare.empty() != program_.prepare_launches.empty())
      return error("has ", program_.prepare_launches.size(), " prepare_launches and ",
                   program_.prepare.empty() ? "no" : "a", " function prepare");
    if (program_.prepare.empty() &&
        (program_.derived_bytes > 0 || !program_.prepare_inputs.empty()))
      return error("has ", program_.derived_bytes, " derived_bytes from ",
                   program_.prepare_inputs.size(), " prepare_inputs and no function prepare");
    for (int32_t input : program_.prepare_inputs)
      if (input >= count() || program_.inputs[input].cell < 0)
        return error("prepares from input ", input, ", which is no state of it");
    if (program_.packed >= 0 && program_.prepare.empty())
      return error("has packed memory and no function prepare");
    return check_reads();
  }

  // Each input that it prepares from makes some launch run again.
  absl::Status check_reads() const {
    std::set<int32_t> prepared(program_.prepare_inputs.begin(), program_.prepare_inputs.end());
    std::set<int32_t> read;
    for (const LaunchInfo& launch : program_.prepare_launches)
      for (int32_t input : launch.reads) {
        if (!prepared.contains(input))
          return error("has a launch that reads input ", input, ", which is no prepare input");
        read.insert(input);
      }
    for (int32_t input : prepared)
      if (!read.contains(input))
        return error("prepares from input ", input, ", which no launch reads");
    return absl::OkStatus();
  }

  // Completes the infos of cells; names and cells come once.
  absl::Status check_values(std::vector<BundleValue>& values, ValueKind plain) {
    std::set<std::string> names;
    std::set<int32_t> cells;
    for (BundleValue& value : values) {
      ValueInfo& info = value.info;
      if (value.cell < 0) {
        info.kind = plain;
        if (!names.insert(info.name).second) return error("has ", json_quote(info.name), " twice");
        ETCH_RETURN_IF_ERROR(check_size(info.dtype, info.shape, info.name));
        continue;
      }
      if (static_cast<size_t>(value.cell) >= manifest_.cells.size())
        return error("has cell ", value.cell, " of ", manifest_.cells.size());
      if (!cells.insert(value.cell).second) return error("has cell ", value.cell, " twice");
      const BundleCell& cell = manifest_.cells[value.cell];
      if (plain == ValueKind::kArgument && !cell.stored)
        return error("reads ", json_quote(cell.name), ", whose value is not in the bundle");
      info.name = cell.name;
      info.kind = cell.kind;
      info.path = cell.path;
      info.dtype = cell.dtype;
      info.shape = cell.shape;
    }
    return absl::OkStatus();
  }

  absl::Status check_donation(const BundleValue& result) const {
    int32_t input = result.info.donated_input;
    if (input < 0) return absl::OkStatus();
    if (input >= count() || result.cell < 0 || program_.inputs[input].cell != result.cell)
      return error("writes ", json_quote(result.info.name), " over input ", input,
                   ", which is not the same cell");
    return absl::OkStatus();
  }

  const BundleManifest& manifest_;
  BundleProgram& program_;
};

absl::Status check_cells(const BundleManifest& manifest) {
  std::map<std::string_view, const BundleCell*> names;
  for (const BundleCell& cell : manifest.cells) {
    if (!names.emplace(cell.name, &cell).second)
      return invalid("two cells are called ", json_quote(cell.name));
    for (const std::string& alias : cell.aliases)
      if (!names.emplace(alias, &cell).second)
        return invalid("two cells are called ", json_quote(alias));
    if (cell.kind == ValueKind::kGrad && cell.name != absl::StrCat("grad.", cell.path))
      return invalid(json_quote(cell.name), " is not what the gradient of ", json_quote(cell.path),
                     " is called");
    ETCH_RETURN_IF_ERROR(check_size(cell.dtype, cell.shape, cell.name));
  }
  // Memory for what is not in the file is as much as some of what is: a state has one gradient,
  // which is named after its name, not after an alias.
  for (const BundleCell& cell : manifest.cells) {
    if (cell.stored) continue;
    auto of = names.find(cell.path);
    if (cell.kind != ValueKind::kGrad || of == names.end() || of->second->name != cell.path ||
        of->second->kind != ValueKind::kState || !of->second->stored ||
        of->second->dtype != cell.dtype || of->second->shape != cell.shape)
      return invalid("the value of ", json_quote(cell.name), " is not in the bundle");
  }
  return absl::OkStatus();
}

bool same_values(const std::vector<BundleValue>& a, const std::vector<BundleValue>& b) {
  return std::ranges::equal(a, b, [](const BundleValue& x, const BundleValue& y) {
    return x.cell == y.cell && x.info.name == y.info.name && x.info.dtype == y.info.dtype &&
           x.info.shape == y.info.shape;
  });
}

// Programs of one name are one program in code for different processors.
bool same_signature(const BundleProgram& a, const BundleProgram& b) {
  return same_values(a.inputs, b.inputs) && same_values(a.results, b.results) &&
         a.cleared == b.cleared;
}

absl::Status check(BundleManifest& manifest) {
  ETCH_RETURN_IF_ERROR(check_cells(manifest));
  std::map<std::string_view, const BundleProgram*> names;
  for (BundleProgram& program : manifest.programs) {
    ETCH_RETURN_IF_ERROR(ProgramCheck(manifest, program).run());
    auto [first, fresh] = names.emplace(program.name, &program);
    if (!fresh && !same_signature(*first->second, program))
      return invalid("two programs are called ", json_quote(program.name),
                     " and have different signatures");
  }
  return absl::OkStatus();
}

absl::StatusOr<BundleManifest> parse(std::string_view json) {
  if (!is_utf8(json)) return invalid("the manifest is not UTF-8 text");
  BundleManifest manifest;
  ManifestParser parser(json);
  if (!parser.parse(&manifest)) return invalid(parser.error());
  ETCH_RETURN_IF_ERROR(check_abi(manifest.abi));
  ETCH_RETURN_IF_ERROR(check(manifest));
  return manifest;
}

}  // namespace

absl::StatusOr<BundleManifest> parse_manifest(std::string_view json) {
  try {
    return parse(json);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for the manifest");
  }
}

absl::Status check_abi(int32_t abi) {
  if (abi == kAbiVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("its code was made for ABI ", abi, ", this runtime has ABI ", kAbiVersion,
                   "; write it again with the Etch that belongs to this runtime"));
}

absl::Status check_target(const BundleCode& code) {
  if (!code.triple.starts_with("x86_64") || code.triple.find("linux") == std::string::npos)
    return absl::FailedPreconditionError(
        absl::StrCat("its code is for ", code.triple, ", not for x86-64 under Linux"));
  return check_cpu(code.features);
}

}  // namespace etch::runtime
