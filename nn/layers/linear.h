#ifndef ETCH_NN_LAYERS_LINEAR_H_
#define ETCH_NN_LAYERS_LINEAR_H_

#include <cstdint>
#include <string>
#include <utility>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct LinearOptions {
  int64_t in_features = 0;
  int64_t out_features = 0;
  bool bias = true;
};

// y = x weight^T + bias. Shapes: x [..., in_features], weight [out_features, in_features],
// bias [out_features]; result [..., out_features].
// Initially weight and bias are uniform in [-k, k), k = 1 / sqrt(in_features), as in PyTorch.
class Linear : public LibraryModule {
 public:
  using Options = LinearOptions;
  explicit Linear(Options options);

  Tensor forward(const Tensor& x);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;
  Parameter bias;  // undefined without one
};

struct BilinearOptions {
  int64_t in1_features = 0;
  int64_t in2_features = 0;
  int64_t out_features = 0;
  bool bias = true;
};

// y[o] = x1 weight[o] x2^T + bias[o]; see functional::bilinear.
// Initially weight and bias are uniform in [-k, k), k = 1 / sqrt(in1_features), as in PyTorch.
class Bilinear : public LibraryModule {
 public:
  using Options = BilinearOptions;
  explicit Bilinear(Options options);

  Tensor forward(const Tensor& x1, const Tensor& x2);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;  // [out_features, in1_features, in2_features]
  Parameter bias;    // undefined without one
};

// x itself.
class Identity : public LibraryModule {
 public:
  Tensor forward(const Tensor& x) { return x; }
};

struct FlattenOptions {
  int64_t start_dim = 1;
  int64_t end_dim = -1;
};
// Dimensions start_dim to end_dim as one.
class Flatten : public LibraryModule {
 public:
  using Options = FlattenOptions;
  explicit Flatten(Options options) : options_(options) {}
  Flatten() : Flatten(Options{}) {}

  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

struct UnflattenOptions {
  int64_t dim = 0;
  Shape unflattened_size;  // one extent may be -1
};
// Dimension `dim` as several. Throws etch::Error when the extents do not multiply to its own.
class Unflatten : public LibraryModule {
 public:
  using Options = UnflattenOptions;
  explicit Unflatten(Options options);
  Unflatten(int64_t dim, Shape unflattened_size)
      : Unflatten(Options{dim, std::move(unflattened_size)}) {}

  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_LINEAR_H_
