// Helpers for training loops, one header per topic.
#ifndef ETCH_NN_UTILS_H_
#define ETCH_NN_UTILS_H_

#include "etch/nn/utils/clip_grad.h"
#include "etch/nn/utils/moving_average.h"
#include "etch/nn/utils/parameter_vector.h"

#endif  // ETCH_NN_UTILS_H_
