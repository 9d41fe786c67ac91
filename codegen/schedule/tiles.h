// The cost model of matrix products: register tiles, cache blocks, pieces for threads.
#ifndef ETCH_CODEGEN_SCHEDULE_TILES_H_
#define ETCH_CODEGEN_SCHEDULE_TILES_H_

#include <cstdint>

#include "etch/codegen/target.h"

namespace etch::codegen {

struct TileChoice {
  int64_t rows = 1;      // of the register tile
  int64_t columns = 16;  // of the register tile, a multiple of the vector's lanes
  int64_t k_block = 512;
  int64_t m_block = 0;  // rows of a piece, a multiple of `rows`
  int64_t n_block = 0;  // columns of a piece, a multiple of `columns`
  int64_t m_blocks = 1;
  int64_t n_blocks = 1;
  // Pieces of the same rows follow each other, not those of the same columns: threads, who have
  // neighbouring pieces, then find rows in their cache that they wrote there.
  bool rows_outside = false;
  // Ask for the left-hand side's next rows while a tile is computed: where each row meets so few
  // panels that waiting for it would show.
  bool prefetch_rows = false;
};

// The register tile for a product of these extents.
TileChoice chooseTile(const Target& target, int64_t m, int64_t n, int64_t k, int64_t element_bytes);
// Rows of a register tile that is `vectors` wide.
int64_t rowsFor(const Target& target, int64_t vectors, int64_t m);
// Narrows the panel for rows that are read in runs, as those of the windows of a convolution, and
// lie `row_bytes` apart: a run is rarely a multiple of a low tile, and a tall one reads less of the
// panel for each row. Leaves it where L1 would not hold a line of each of so many rows.
void preferTallTile(const Target& target, int64_t m, int64_t row_bytes, int64_t element_bytes,
                    TileChoice& tile);
// Fills in the blocks of `tile`.
void chooseBlocks(const Target& target, int64_t batches, int64_t m, int64_t n, int64_t k,
                  int64_t element_bytes, TileChoice& tile);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_TILES_H_
