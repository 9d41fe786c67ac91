#include <array>

#include "etch/ir/dialect.h"

using namespace mlir;

namespace etch::ir {
namespace {

// Philox4x32-10 as the paper gives it: ten rounds of two 32x32 products, the key raised by the Weyl
// constants between rounds. Written a second time, apart from the runtime's, to check that one.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> x, uint32_t k0, uint32_t k1) {
  constexpr uint64_t kM0 = 0xD2511F53, kM1 = 0xCD9E8D57;
  constexpr uint32_t kW0 = 0x9E3779B9, kW1 = 0xBB67AE85;
  for (uint32_t round = 0; round < 10; ++round) {
    uint64_t even = kM0 * x[0], odd = kM1 * x[2];
    uint32_t hi0 = even >> 32, lo0 = static_cast<uint32_t>(even);
    uint32_t hi1 = odd >> 32, lo1 = static_cast<uint32_t>(odd);
    x = {hi1 ^ x[1] ^ (k0 + round * kW0), lo1, hi0 ^ x[3] ^ (k1 + round * kW1), lo0};
  }
  return x;
}

}  // namespace

LogicalResult RandomUniformOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                        MutableArrayRef<ReferenceTensor> results,
                                        const ReferenceOptions&) {
  auto key = static_cast<uint64_t>(operands[0]->ints[0]);
  auto counter = static_cast<uint64_t>(operands[0]->ints[1]);
  for (int64_t i = 0; i < results[0].size(); ++i) {
    uint64_t c = counter + i;
    uint32_t word = philox({static_cast<uint32_t>(c), static_cast<uint32_t>(c >> 32), 0, 0},
                           static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32))[0];
    results[0].floats[i] = (word >> 8) * 0x1p-24;
  }
  return success();
}

}  // namespace etch::ir
