// A host with an LLVM of its own, Debian's LLVM 14: compiles and runs with it and with Etch, which
// brings LLVM 22, in turn and in both orders, each order in a process of its own.
#include <etch/etch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
namespace nn = etch::nn;

int add_with_llvm(int a, int b);

namespace {

struct Line : nn::Module {
  nn::Child<nn::Linear> fc{this, "fc", {.in_features = 1, .out_features = 1}};
  etch::Tensor forward(etch::Tensor x) { return fc(x); }
};

// Of y = 2 x, learnt by a compiled step, the value at 3.
float train_with_etch() {
  auto net = nn::make<Line>();
  nn::optim::SGD opt(net->parameters(), {.lr = 0.1});
  auto step = etch::compile([&](etch::Tensor x, etch::Tensor y) {
    opt.zero_grad();
    etch::Tensor loss = nn::functional::mse_loss(net(x), y);
    loss.backward();
    opt.step();
    return loss;
  });
  auto x = etch::Tensor::from_data(std::vector<float>{-1, 0, 1, 2}, {4, 1});
  for (int i = 0; i < 200; ++i) step(x, 2 * x);
  return net(etch::full({1, 1}, 3.0)).item<float>();
}

bool both(bool etch_first) {
  bool right = etch_first || add_with_llvm(40, 2) == 42;
  for (int i = 0; i < 2; ++i) {
    float y = train_with_etch();
    right = right && y > 5.99f && y < 6.01f && add_with_llvm(i, 2) == i + 2;
  }
  return right;
}

}  // namespace

int main() {
  setenv("ETCH_CACHE_DIR", "", 1);  // what is compiled comes from the compiler
  for (bool etch_first : {false, true}) {
    pid_t child = fork();
    if (child == 0) _exit(both(etch_first) ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    std::printf("%s first: %s\n", etch_first ? "Etch" : "LLVM",
                WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "right" : "WRONG");
  }
}
