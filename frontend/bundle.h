// etch::Bundle: programs and their state in one file, which runs without a compiler.
//
//   net->eval();
//   auto predict = etch::trace([&](etch::Tensor x) { return etch::softmax(net(x), -1); },
//                              {etch::spec(etch::f32, {64, 784}, "x")});
//   net->train();
//   auto train = etch::trace([&](etch::Tensor x, etch::Tensor target) { return step(x, target); },
//                            {etch::spec(etch::f32, {64, 784}, "x"),
//                             etch::spec(etch::i64, {64}, "target")});
//
//   etch::Bundle bundle("mlp");
//   bundle.add("predict", predict.value()).add("train_step", train.value());
//   absl::Status status = bundle.write("mlp.etch");
//
// A service loads the file with etch::runtime::Model (runtime/model.h), which needs nothing but
// libetch_runtime; what it computes has the same bits as the programs here.
#ifndef ETCH_FRONTEND_BUNDLE_H_
#define ETCH_FRONTEND_BUNDLE_H_

#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "etch/frontend/options.h"
#include "etch/frontend/program.h"

namespace etch {

namespace frontend {
class BundleImpl;
}

// The programs share one state: parameters, buffers, optimizer slots, random states, and gradients
// where a program keeps them. A cell is one whatever the programs; it is known by its path, and by
// the others it has where it is tied. Captured tensors become state too, as "captured.0".
//
// What is decided while tracing is decided for good: train or eval mode, hooks (they are part of
// the code), and whether a gradient was empty: a program traced then replaces it, one traced with
// it adds to it. Taps are results called "tap0.PATH". A program that leaves gradients empty
// (zero_grad() at its end) leaves zeros in the bundle.
class Bundle {
 public:
  // `targets`: what the code may ask of a processor, as CompileOptions::target; of each program the
  // file then has code for all of them, and Model::load takes the most demanding that the processor
  // runs. Empty: one, the target of the program's options.
  explicit Bundle(std::string name, std::vector<std::string> targets = {});

  // Adds a program under a name of its own. An executable is compiled anew by write(), with its own
  // options, to the same instructions.
  //
  // `options`: the target (and target_features) is what the file will ask of a processor; name and
  // executor do not matter.
  //
  // Throws etch::Error, and adds nothing, for a name that is empty or taken, two arguments of one
  // name, and state that does not go together with that of the programs before: another tensor
  // under the same path, or another dtype or shape.
  Bundle& add(std::string name, const Program& program, const CompileOptions& options = {},
              std::source_location loc = std::source_location::current());
  Bundle& add(std::string name, const Executable& executable,
              std::source_location loc = std::source_location::current());

  // Compiles the programs and writes them with the state as it is once they are compiled; all or
  // nothing, as runtime::write_safetensors. The same programs and values give the same bytes.
  //
  // Threads: a bundle is used by one thread at a time. No other thread changes the state while
  // write() runs (runs a program that writes it, steps an optimizer): it takes no lock.
  //
  // Errors: FAILED_PRECONDITION when there is no program, or when a cell's dtype or shape has
  // changed since a program was traced; those of Program::compile, with the program's name; those
  // of the file system, with the path.
  absl::Status write(const std::string& path) const;

 private:
  std::shared_ptr<frontend::BundleImpl> impl_;
};

}  // namespace etch

#endif  // ETCH_FRONTEND_BUNDLE_H_
