// All that a user of Etch includes: tensors, modules, compile, trace, and the runtime.
#ifndef ETCH_ETCH_H_
#define ETCH_ETCH_H_

#include "etch/frontend/autograd.h"
#include "etch/frontend/bundle.h"
#include "etch/frontend/compile.h"
#include "etch/frontend/error.h"
#include "etch/frontend/grad_mode.h"
#include "etch/frontend/hooks.h"
#include "etch/frontend/node.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/options.h"
#include "etch/frontend/program.h"
#include "etch/frontend/state.h"
#include "etch/frontend/tap.h"
#include "etch/frontend/tensor.h"
#include "etch/frontend/transforms.h"
#include "etch/nn/nn.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/model.h"
#include "etch/runtime/session.h"
#include "etch/runtime/shape.h"
#include "etch/runtime/tensor_view.h"

#endif  // ETCH_ETCH_H_
