// Datasets, loaders and readers, one header per topic.
#ifndef ETCH_NN_DATA_H_
#define ETCH_NN_DATA_H_

#include "etch/nn/data/collate.h"
#include "etch/nn/data/csv.h"
#include "etch/nn/data/dataset.h"
#include "etch/nn/data/file.h"
#include "etch/nn/data/idx.h"
#include "etch/nn/data/loader.h"
#include "etch/nn/data/random.h"
#include "etch/nn/data/sampler.h"
#include "etch/nn/data/text.h"

#endif  // ETCH_NN_DATA_H_
