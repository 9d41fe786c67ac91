// Free functions on tensors, with PyTorch's names and broadcasting. One header per op family under
// frontend/ops/; this one gathers them.
#ifndef ETCH_FRONTEND_OPS_H_
#define ETCH_FRONTEND_OPS_H_

#include "etch/frontend/ops/arithmetic.h"
#include "etch/frontend/ops/attention.h"
#include "etch/frontend/ops/choice.h"
#include "etch/frontend/ops/comparison.h"
#include "etch/frontend/ops/contraction.h"
#include "etch/frontend/ops/control.h"
#include "etch/frontend/ops/convolution.h"
#include "etch/frontend/ops/creation.h"
#include "etch/frontend/ops/diagonal.h"
#include "etch/frontend/ops/elementwise.h"
#include "etch/frontend/ops/indexing.h"
#include "etch/frontend/ops/joining.h"
#include "etch/frontend/ops/loops.h"
#include "etch/frontend/ops/movement.h"
#include "etch/frontend/ops/ordering.h"
#include "etch/frontend/ops/padding.h"
#include "etch/frontend/ops/pooling.h"
#include "etch/frontend/ops/random.h"
#include "etch/frontend/ops/reduction.h"
#include "etch/frontend/ops/regions.h"
#include "etch/frontend/ops/subscript.h"

#endif  // ETCH_FRONTEND_OPS_H_
