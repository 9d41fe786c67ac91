// All op families of the dialect.
include "etch/ir/ops/elementwise.td"
include "etch/ir/ops/contraction.td"
include "etch/ir/ops/reduction.td"
include "etch/ir/ops/movement.td"
include "etch/ir/ops/indexing.td"
include "etch/ir/ops/creation.td"
include "etch/ir/ops/random.td"
include "etch/ir/ops/control.td"
