#include "etch/codegen/schedule/tiles.h"

#include <algorithm>

namespace etch::codegen {

int64_t rowsFor(const Target& target, int64_t vectors, int64_t m) {
  // Accumulators, one row of the right-hand side and a broadcast element share the registers.
  int64_t accumulators = target.vector_registers - vectors - 1;
  int64_t rows = std::max<int64_t>(1, accumulators / vectors);
  rows = std::min<int64_t>(rows, 14);
  if (m <= rows) return std::max<int64_t>(1, m);
  // A partial tile at the end is one more body of code: a tile almost as tall that divides m has
  // none. Much lower ones wait for their loads.
  for (int64_t r = rows; r * 5 >= rows * 4; --r)
    if (m % r == 0) return r;
  return rows;
}

TileChoice chooseTile(const Target& target, int64_t m, int64_t n, int64_t k,
                      int64_t element_bytes) {
  TileChoice tile;
  int64_t lanes = target.lanes(element_bytes);
  int64_t widest = target.vector_registers >= 32 ? 4 : 2;
  // The widest panel, unless a narrower one wastes fewer columns at the edge.
  int64_t best = widest, best_padded = (n + widest * lanes - 1) / (widest * lanes) * widest * lanes;
  for (int64_t v = widest - 1; v >= 1; --v) {
    int64_t padded = (n + v * lanes - 1) / (v * lanes) * v * lanes;
    if (padded < best_padded && (v > 1 || n <= lanes)) best = v, best_padded = padded;
  }
  tile.columns = best * lanes;
  tile.rows = rowsFor(target, best, m);
  tile.k_block = 512;
  return tile;
}

void preferTallTile(const Target& target, int64_t m, int64_t row_bytes, int64_t element_bytes,
                    TileChoice& tile) {
  int64_t vectors = target.vector_registers >= 32 ? 2 : 1;
  int64_t columns = vectors * target.lanes(element_bytes);
  // A way of L1 is a page: lines that are pages apart compete for one place in each way.
  constexpr int64_t kWayBytes = 4096;
  bool compete = row_bytes != 0 && row_bytes % kWayBytes == 0;
  if (compete && rowsFor(target, vectors, m) > target.l1_bytes / kWayBytes) return;
  tile.columns = std::min(tile.columns, columns);
}

void chooseBlocks(const Target& target, int64_t batches, int64_t m, int64_t n, int64_t k,
                  int64_t element_bytes, TileChoice& tile) {
  auto roundUp = [](int64_t x, int64_t to) { return (x + to - 1) / to * to; };
  n = std::max<int64_t>(n, 1), m = std::max<int64_t>(m, 1), k = std::max<int64_t>(k, 1);
  // Blocks of rows follow each other for one block of the right-hand side, which stays in half of
  // L2 meanwhile: in its whole depth where that leaves a panel.
  int64_t budget = target.l2_bytes / 2 / element_bytes;
  bool stays = tile.columns * k <= budget;
  int64_t columns = budget / (stays ? k : std::max<int64_t>(1, tile.k_block));
  tile.n_block = std::max(tile.columns, columns / tile.columns * tile.columns);
  tile.n_block = std::min(tile.n_block, roundUp(n, tile.columns));
  tile.n_blocks = (n + tile.n_block - 1) / tile.n_block;
  // Pieces of about a million multiply-adds: small enough to share among threads and to get around
  // a busy neighbour. Smaller products have smaller ones, so that threads finish together, down to
  // what a thread does in some microseconds. Where the right-hand side comes from further away for
  // each, more rows make up for it.
  constexpr int64_t kPieceOps = 1 << 20, kSmallPieceOps = 1 << 18, kFewPieces = 16;
  constexpr int64_t kTilesPerWalk = 8;
  int64_t ops = std::clamp(batches * m * n * k / kFewPieces, kSmallPieceOps, kPieceOps);
  if (stays && ops < kPieceOps && tile.rows * tile.n_block * k > ops) {
    int64_t panels = roundUp(n, tile.columns) / tile.columns;
    int64_t in_piece = std::max<int64_t>(1, ops / (tile.rows * k * tile.columns));
    tile.n_blocks = (panels + in_piece - 1) / in_piece;
    tile.n_block = (panels + tile.n_blocks - 1) / tile.n_blocks * tile.columns;
    tile.n_blocks = (n + tile.n_block - 1) / tile.n_block;
  }
  int64_t rows = std::max(tile.rows, roundUp(ops / (tile.n_block * k), tile.rows));
  if (!stays) rows = std::max(rows, kTilesPerWalk * tile.rows);
  tile.m_block = std::min(rows, roundUp(m, tile.rows));
  // The last block holds the partial tile, so it must begin before the last full tile ends.
  tile.m_blocks = std::max<int64_t>(1, (m + tile.m_block - 1) / tile.m_block);
  tile.rows_outside = roundUp(n, tile.columns) * k <= budget;
  constexpr int64_t kFewPanels = 2;
  tile.prefetch_rows = n <= kFewPanels * tile.columns;
}

}  // namespace etch::codegen
