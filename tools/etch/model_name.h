// MODEL on the command line: a built-in model, a program in a file, a bundle, or a model of a
// user's shared library.
#ifndef ETCH_TOOLS_ETCH_MODEL_NAME_H_
#define ETCH_TOOLS_ETCH_MODEL_NAME_H_

#include <cstdint>
#include <string>

namespace etch::tools {

enum class ModelKind : uint8_t { kBuiltin, kLibrary, kProgram, kBundle };

struct ModelName {
  ModelKind kind = ModelKind::kBuiltin;
  std::string file;   // of all but built-in models
  std::string model;  // of a built-in model or a library; of a library empty for its only one
};

//   resnet18             built-in
//   ./libmine.so:Mlp     a library's, also libmine.so.1:Mlp; ./libmine.so where it has one only
//   mlp.mlir, mlp.mlirbc a traced program, as text or bytecode
//   mlp.etch             a bundle
// Another name with a slash in it is a bundle or a program by what the file begins with.
ModelName parse_model_name(const std::string& text);

// What --help says of MODEL.
inline constexpr char kModelHelp[] =
    "a built-in model (see `etch models`), a traced program (*.mlir, *.mlirbc; of trusted origin "
    "only: MLIR's readers are not hardened, a damaged *.mlirbc can crash them), a bundle (*.etch), "
    "or LIBRARY.so:NAME of your own (see `etch models --help`)";
inline constexpr char kTracedModelHelp[] =
    "a built-in model (see `etch models`), a traced program (*.mlir, *.mlirbc; of trusted origin "
    "only: MLIR's readers are not hardened, a damaged *.mlirbc can crash them), or LIBRARY.so:NAME "
    "of your own (see `etch models --help`)";

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_MODEL_NAME_H_
