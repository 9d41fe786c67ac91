#include "etch/tools/etch/graph_page.h"

#include <algorithm>

#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "etch/passes/fusion/clusters.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/kernel_map.h"
#include "etch/tools/etch/module_boxes.h"
#include "etch/tools/etch/program_graph.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace etch::tools {

// page/page.html with its style and script, @PROGRAM@ where the program belongs. Made by the build.
extern const std::string_view kPageTemplate;

namespace {

const char* role_name(ir::FusionRole role) {
  switch (role) {
    case ir::FusionRole::kInline:
      return "inline";
    case ir::FusionRole::kPointwise:
      return "pointwise";
    case ir::FusionRole::kReduction:
      return "reduction";
    case ir::FusionRole::kContraction:
      return "contraction";
    case ir::FusionRole::kView:
      return "view";
    case ir::FusionRole::kIsolated:
      return "isolated";
    case ir::FusionRole::kHost:
      return "host";
  }
  return "isolated";
}

const char* kind_name(const GraphNode& node) {
  if (node.kind == GraphNode::Kind::kInput) return "input";
  if (node.kind == GraphNode::Kind::kResult) return "result";
  if (node.op->hasTrait<mlir::OpTrait::ConstantLike>()) return "constant";
  if (llvm::isa<ir::LaunchOp>(node.op)) return "launch";
  return role_name(passes::fusionRole(node.op));
}

// What a launch of the kernel took; null when it was not measured.
const runtime::KernelProfile* profile_of(const std::string& kernel, const ProfileReport* report) {
  if (!report) return nullptr;
  const runtime::KernelProfile* found = nullptr;
  for (const runtime::KernelProfile& profile : report->kernels) {
    // A kernel that also prepares state takes most of its time in runs.
    if (profile.kernel == kernel && profile.total.calls > 0 && (!found || found->prepares))
      found = &profile;
  }
  return found;
}

class PageWriter {
 public:
  PageWriter(mlir::ModuleOp module, const GraphPage& page)
      : page_(page),
        names_(module, mlir::OpPrintingFlags().elideLargeElementsAttrs(16).assumeVerified()),
        os_(text_),
        json_(os_) {}

  std::string write(const std::vector<GraphNode>& nodes, const KernelMap& kernels) {
    std::vector<std::vector<int>> inputs;
    for (const GraphNode& node : nodes) inputs.push_back(node.inputs);
    ModuleBoxes boxes = group_by_module(paths_with_updates(nodes), inputs);
    json_.object([&] {
      json_.attribute("model", page_.model);
      json_.attribute("program", page_.program);
      json_.attribute("stage", page_.stage);
      json_.attributeArray("modules", [&] {
        for (const ModuleBox& box : boxes.boxes) write_box(box);
      });
      json_.attributeArray("nodes", [&] { write_nodes(nodes, boxes, kernels); });
      json_.attributeArray("kernels", [&] {
        std::vector<int> launches(kernels.kernels.size());
        for (const KernelMap::Launch& launch : kernels.launches) ++launches[launch.kernel];
        for (size_t i = 0; i < launches.size(); ++i) write_kernel(kernels.kernels[i], launches[i]);
      });
      json_.attributeArray("launches", [&] {
        for (const KernelMap::Launch& launch : kernels.launches) {
          json_.object([&] {
            json_.attribute("kernel", launch.kernel);
            json_.attribute("path", launch.path);
          });
        }
      });
      if (page_.profile) write_profile();
    });
    return text_;
  }

 private:
  void write_box(const ModuleBox& box) {
    json_.object([&] {
      json_.attribute("name", box.name);
      json_.attribute("path", box.path);
      json_.attribute("parent", box.parent);
      json_.attribute("visit", box.visit);
    });
  }

  void write_nodes(const std::vector<GraphNode>& nodes, const ModuleBoxes& boxes,
                   const KernelMap& kernels) {
    std::vector<std::vector<int>> launches(nodes.size());
    for (size_t launch = 0; launch < kernels.launches.size(); ++launch)
      for (int node : kernels.launches[launch].nodes)
        launches[node].push_back(static_cast<int>(launch));
    for (size_t i = 0; i < nodes.size(); ++i) write_node(nodes[i], boxes.box_of[i], launches[i]);
  }

  void write_node(const GraphNode& node, int box, const std::vector<int>& launches) {
    json_.object([&] {
      json_.attribute("name", node.name);
      json_.attribute("kind", kind_name(node));
      if (node.is_state) json_.attribute("state", true);
      if (box > 0) json_.attribute("module", box);
      if (!node.path.empty()) json_.attribute("path", node.path);
      if (!node.source.empty()) json_.attribute("source", node.source);
      json_.attributeArray("types", [&] {
        for (mlir::Type type : node.types) json_.value(type_text(type));
      });
      write_numbers("inputs", node.inputs);
      write_numbers("launches", launches);
      if (node.op) {
        std::string text;
        llvm::raw_string_ostream os(text);
        node.op->print(os, names_);
        json_.attribute("text", text);
      }
    });
  }

  void write_numbers(llvm::StringRef name, const std::vector<int>& numbers) {
    if (numbers.empty()) return;
    json_.attributeArray(name, [&] {
      for (int number : numbers) json_.value(number);
    });
  }

  void write_kernel(const KernelMap::Kernel& kernel, int launches) {
    json_.object([&] {
      json_.attribute("name", kernel.name);
      json_.attribute("text", kernel.text);
      const runtime::KernelProfile* profile = profile_of(kernel.name, page_.profile);
      if (!profile) return;
      Roofline roofline = roofline_of(*profile, page_.profile->peak);
      if (profile->prepares) json_.attribute("prepares", true);
      // Of one launch in the text, in one run: one in a loop counts all its rounds.
      int64_t runs = profile->prepares ? 1 : page_.profile->runs;
      json_.attribute("ms", 1e-6 * static_cast<double>(profile->total.nanoseconds) /
                                static_cast<double>(runs * launches));
      json_.attribute("gflops", roofline.gflops);
      json_.attribute("gbytes", roofline.gbytes);
      json_.attribute("peak", roofline.share);
      json_.attribute("bound", roofline.by_compute ? "compute" : "memory");
    });
  }

  void write_profile() {
    json_.attributeObject("profile", [&] {
      json_.attribute("run_ms", page_.profile->median_run_ms);
      json_.attribute("threads", page_.profile->threads);
      json_.attribute("runs", page_.profile->runs);
    });
  }

  const GraphPage& page_;
  mlir::AsmState names_;
  std::string text_;
  llvm::raw_string_ostream os_;
  llvm::json::OStream json_;
};

}  // namespace

absl::StatusOr<std::string> graph_json(mlir::ModuleOp module, const GraphPage& page,
                                       const codegen::CompileOptions& options) {
  auto main = module.lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
  if (!main) return absl::InvalidArgumentError("the program has no function @main");
  std::vector<GraphNode> nodes = graph_of(main, page.filter);
  ETCH_ASSIGN_OR_RETURN(KernelMap kernels, map_kernels(module, nodes, page.stage, options));
  return PageWriter(module, page).write(nodes, kernels);
}

absl::StatusOr<std::string> write_page(mlir::ModuleOp module, const GraphPage& page,
                                       const codegen::CompileOptions& options) {
  ETCH_ASSIGN_OR_RETURN(std::string json, graph_json(module, page, options));
  // Within a script element nothing may look like the end of one.
  std::string program;
  for (char c : json) {
    if (c == '<')
      program += "\\u003c";
    else
      program += c;
  }
  constexpr std::string_view kPlace = "@PROGRAM@";
  size_t place = kPageTemplate.find(kPlace);
  return std::string(kPageTemplate.substr(0, place)) + program +
         std::string(kPageTemplate.substr(place + kPlace.size()));
}

}  // namespace etch::tools
