#include "etch/benchmarks/support/bound_program.h"

#include <string>
#include <utility>

#include "etch/runtime/session.h"

namespace etch::benchmarks {
namespace {

struct BoundProgram {
  BoundProgram(Program traced, Executable compiled)
      : program(std::move(traced)), executable(std::move(compiled)) {}

  Program program;
  Executable executable;
  std::vector<Tensor> inputs;
  std::vector<const void*> input_buffers;
  std::vector<void*> result_buffers;
  std::vector<std::shared_ptr<runtime::Storage>> results;
  std::vector<uint64_t> versions;
  std::unique_ptr<runtime::ThreadPool> pool;
  std::unique_ptr<runtime::Session> session;
};

}  // namespace

absl::StatusOr<Call> bind_program(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                                  const CompileOptions& options) {
  etch::eval(x);
  auto program = trace(f, {spec(x.dtype(), x.shape())});
  if (!program.ok()) return program.status();
  auto executable = program->compile(options);
  if (!executable.ok()) return executable.status();
  auto bound = std::make_shared<BoundProgram>(*program, *executable);
  for (const runtime::ValueInfo& info : program->inputs()) {
    bound->inputs.push_back(info.path.empty() ? x : program->state(info.path));
    bound->input_buffers.push_back(bound->inputs.back().view().data);
    bound->versions.push_back(runtime::next_version());
  }
  for (const runtime::ValueInfo& info : program->results()) {
    auto storage = runtime::Storage::allocate(info.shape.num_elements() * size_of(info.dtype));
    if (!storage.ok()) return storage.status();
    bound->result_buffers.push_back((*storage)->data());
    bound->results.push_back(*std::move(storage));
  }
  bound->pool = std::make_unique<runtime::ThreadPool>(options.num_threads);
  auto session = runtime::Session::create(executable->compiled(), {.executor = bound->pool.get()});
  if (!session.ok()) return session.status();
  bound->session = *std::move(session);
  return [bound] {
    absl::Status status =
        bound->session->run(bound->input_buffers, bound->result_buffers, bound->versions);
    if (!status.ok()) throw Error(std::string(status.message()));
  };
}

}  // namespace etch::benchmarks
