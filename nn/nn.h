// Modules, layers, losses, optimizers and saving.
#ifndef ETCH_NN_NN_H_
#define ETCH_NN_NN_H_

#include "etch/nn/child.h"
#include "etch/nn/functional.h"
#include "etch/nn/handle.h"
#include "etch/nn/hooks.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/activation.h"
#include "etch/nn/layers/attention.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/embedding.h"
#include "etch/nn/layers/layer_norm.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/loss.h"
#include "etch/nn/layers/shrink.h"
#include "etch/nn/layers/softmax.h"
#include "etch/nn/module.h"
#include "etch/nn/optim/adagrad.h"
#include "etch/nn/optim/adam.h"
#include "etch/nn/optim/one_cycle.h"
#include "etch/nn/optim/plateau.h"
#include "etch/nn/optim/rmsprop.h"
#include "etch/nn/optim/schedulers.h"
#include "etch/nn/optim/sgd.h"
#include "etch/nn/parameter.h"
#include "etch/nn/serialize.h"
#include "etch/nn/setting.h"
#include "etch/nn/state_dict.h"
#include "etch/nn/utils.h"

#endif  // ETCH_NN_NN_H_
