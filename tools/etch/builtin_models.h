// The models that `etch` knows by name: those of the library, with the sizes of the examples.
#ifndef ETCH_TOOLS_ETCH_BUILTIN_MODELS_H_
#define ETCH_TOOLS_ETCH_BUILTIN_MODELS_H_

#include <vector>

#include "etch/nn/register_model.h"

namespace etch::tools {

// Each has the programs predict, the forward pass in eval mode, and train_step: forward, loss,
// backward and optimizer.
const std::vector<nn::RegisteredModel>& builtin_models();

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_BUILTIN_MODELS_H_
