// Tensors print as PyTorch prints them (tests/golden/printing.py).
#include "etch/tests/golden/golden.h"
#include "testing.h"

namespace etch {
namespace {

TEST(Features, F10_tensors_print_as_in_pytorch) {
  testing::Golden golden("printing");
  std::vector<std::string> cases = golden.cases();
  EXPECT_GE(cases.size(), 40u);
  for (const std::string& name : cases) {
    std::optional<DType> dtype = dtype_from_name(golden.text(name, "dtype"));
    ASSERT_TRUE(dtype) << name;
    EXPECT_EQ(golden.tensor(name, "x").to(*dtype).to_string(), golden.text(name, "text")) << name;
  }
}

TEST(Features, F10_tensors_that_require_grad_say_so) {
  std::ostringstream os;
  os << testing::vec({1}).requires_grad_();
  EXPECT_EQ(os.str(), "tensor([1.], requires_grad=True)");
}

}  // namespace
}  // namespace etch
