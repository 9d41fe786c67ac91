// Which kernels compute the ops of a program.
#ifndef ETCH_TOOLS_ETCH_KERNEL_MAP_H_
#define ETCH_TOOLS_ETCH_KERNEL_MAP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/tools/etch/program_graph.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::tools {

struct KernelMap {
  struct Kernel {
    std::string name;  // its symbol, "k9_h_0_attn_softmax"
    std::string text;
  };
  struct Launch {
    int kernel;
    std::string path;        // of the module that it computes for
    std::vector<int> nodes;  // that it has a part in, ascending
  };
  std::vector<Kernel> kernels;
  std::vector<Launch> launches;  // in the order of the fused program
};

// Compiles a copy of `module`, a program after `stage`, up to the stage fuse. `nodes` are those of
// its @main. An op may become parts of several kernels; one without a kernel was folded, found
// equal to another, or is computed or read in place by its readers' kernels.
absl::StatusOr<KernelMap> map_kernels(mlir::ModuleOp module, const std::vector<GraphNode>& nodes,
                                      const std::string& stage,
                                      const codegen::CompileOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_KERNEL_MAP_H_
