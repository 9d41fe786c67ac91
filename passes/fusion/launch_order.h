// In which order the launches of a block run, for the sake of the memory between them.
#ifndef ETCH_PASSES_FUSION_LAUNCH_ORDER_H_
#define ETCH_PASSES_FUSION_LAUNCH_ORDER_H_

#include <cstdint>
#include <vector>

namespace etch::passes {

// Launches are numbered in program order.
struct LaunchGraph {
  // A value in memory, from its producer to the last of its readers.
  struct Buffer {
    int producer;
    int64_t bytes;
    std::vector<int> readers;  // each once
  };
  std::vector<Buffer> buffers;
  // What must come later, whether it reads a buffer or not; each once.
  std::vector<std::vector<int>> successors;
};

// The launches so that each comes after those it depends on: program order, but what gives back as
// much memory as it takes (with the few launches that it still waits for) runs as soon as it can. A
// trace has the gradients of all weights at its end; run there, each would keep an activation alive
// through the whole backward.
std::vector<int> launchOrder(const LaunchGraph& graph);

}  // namespace etch::passes

#endif  // ETCH_PASSES_FUSION_LAUNCH_ORDER_H_
