// Layers and losses as functions, with PyTorch's names and defaults. Each is a composition of the
// ops of frontend/ops, so that it differentiates and fuses with what surrounds it. One header per
// topic under nn/functional/; this one gathers them.
#ifndef ETCH_NN_FUNCTIONAL_H_
#define ETCH_NN_FUNCTIONAL_H_

#include "etch/nn/functional/activation.h"
#include "etch/nn/functional/attention.h"
#include "etch/nn/functional/classification.h"
#include "etch/nn/functional/convolution.h"
#include "etch/nn/functional/distance.h"
#include "etch/nn/functional/dropout.h"
#include "etch/nn/functional/embedding.h"
#include "etch/nn/functional/linear.h"
#include "etch/nn/functional/loss.h"
#include "etch/nn/functional/normalization.h"
#include "etch/nn/functional/padding.h"
#include "etch/nn/functional/pooling.h"
#include "etch/nn/functional/recurrent.h"
#include "etch/nn/functional/sizes.h"

#endif  // ETCH_NN_FUNCTIONAL_H_
