#include "etch/codegen/schedule/tile_choice.h"

#include <algorithm>
#include <map>
#include <optional>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Builders.h"

namespace etch::codegen {
namespace {

using namespace mlir;

using Numbers = std::map<std::string, int64_t>;

int64_t roundUp(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

int64_t vectorsOf(const Target& target, const TileProblem& problem, const TileChoice& tile) {
  return std::max<int64_t>(1, tile.columns / target.lanes(problem.element_bytes));
}

bool fitsRegisters(const Target& target, const TileProblem& problem, const TileChoice& tile) {
  int64_t vectors = vectorsOf(target, problem, tile);
  return tile.rows * vectors + vectors + 1 <= target.vector_registers;
}

// "name=number" each, separated by blanks.
std::optional<Numbers> parse(StringRef text) {
  Numbers numbers;
  SmallVector<StringRef> parts;
  text.split(parts, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    auto [name, value] = part.split('=');
    int64_t number = 0;
    if (value.getAsInteger(10, number) || number < 0) return std::nullopt;
    numbers[name.str()] = number;
  }
  return numbers;
}

// Sets the blocks of a piece, in rows and columns that are multiples of the register tile's.
void setBlocks(const TileProblem& problem, int64_t m_block, int64_t n_block, TileChoice& tile) {
  int64_t m = std::max<int64_t>(problem.m, 1), n = std::max<int64_t>(problem.n, 1);
  tile.m_block = std::min(m_block, roundUp(m, tile.rows));
  tile.n_block = std::min(n_block, roundUp(n, tile.columns));
  tile.m_blocks = (m + tile.m_block - 1) / tile.m_block;
  tile.n_blocks = (n + tile.n_block - 1) / tile.n_block;
}

void modelBlocks(const Target& target, const TileProblem& problem, TileChoice& tile) {
  chooseBlocks(target, problem.batches, problem.m, problem.n, problem.k, problem.element_bytes,
               tile);
}

LogicalResult force(func::FuncOp kernel, StringRef text, const Target& target,
                    const TileProblem& problem, TileChoice& tile) {
  auto refuse = [&](const Twine& why) -> LogicalResult {
    bool tuned = kernel->hasAttr(kTunedAttr);
    InFlightDiagnostic diagnostic = tuned ? kernel.emitWarning() : kernel.emitError();
    std::string printable;
    llvm::raw_string_ostream os(printable);
    llvm::printEscapedString(text.take_front(200), os);
    return diagnostic << "cannot be scheduled with '" << printable << "': " << why;
  };
  std::optional<Numbers> numbers = parse(text);
  if (!numbers) return refuse("it is not a list of NAME=NUMBER");
  auto take = [&](const char* name, int64_t otherwise) {
    auto found = numbers->find(name);
    if (found == numbers->end()) return otherwise;
    int64_t value = found->second;
    numbers->erase(found);
    return value;
  };
  int64_t model_rows = tile.rows;
  tile.rows = take("rows", tile.rows);
  if (tile.rows < 1 || (problem.rows_are_given && tile.rows != model_rows))
    return refuse("rows are " + Twine(model_rows) + " here");
  if (tile.rows != model_rows && !fitsRegisters(target, problem, tile))
    return refuse("its sums do not fit into " + Twine(target.vector_registers) + " registers");
  if (take("columns", tile.columns) != tile.columns)
    return refuse("columns are " + Twine(tile.columns) + " here, those of the panels");
  int64_t whole = tile.k_block;
  tile.k_block = take("k", tile.k_block);
  if (tile.k_block < 1 || (problem.k_is_whole && tile.k_block != whole))
    return refuse("k is " + Twine(whole) + " here");
  if (tile.k_block < problem.k && tile.k_block % problem.k_step != 0)
    return refuse("k is a multiple of " + Twine(problem.k_step) + " here");
  tile.k_block = std::min(tile.k_block, std::max<int64_t>(problem.k, 1));
  modelBlocks(target, problem, tile);
  int64_t m_block = take("m", tile.m_block), n_block = take("n", tile.n_block);
  if (m_block < 1 || m_block % tile.rows != 0 || n_block < 1 || n_block % tile.columns != 0)
    return refuse("m and n are multiples of rows and columns");
  setBlocks(problem, m_block, n_block, tile);
  tile.prefetch_rows = take("prefetch", tile.prefetch_rows) != 0;
  if (!numbers->empty()) return refuse("there is no " + Twine(numbers->begin()->first));
  return success();
}

// Choices that differ from `tile` in one respect.
SmallVector<TileChoice> neighbours(const Target& target, const TileProblem& problem,
                                   const TileChoice& tile) {
  SmallVector<TileChoice> others;
  if (!problem.rows_are_given) {
    for (int64_t step : {1, 2, -1, -2, -4}) {
      TileChoice other = tile;
      other.rows += step;
      if (other.rows < 1 || other.rows > problem.m || !fitsRegisters(target, problem, other))
        continue;
      modelBlocks(target, problem, other);
      others.push_back(other);
    }
  }
  if (!problem.k_is_whole) {
    for (int64_t k : {128, 256, 384, 512, 768, 1024, 2048}) {
      TileChoice other = tile;
      other.k_block = std::min(k, problem.k);
      modelBlocks(target, problem, other);
      others.push_back(other);
    }
  }
  for (auto [m_part, n_part] :
       {std::pair(0.5, 1.0), {2.0, 1.0}, {4.0, 1.0}, {1.0, 0.5}, {1.0, 2.0}}) {
    TileChoice other = tile;
    auto scaled = [](int64_t block, double part, int64_t unit) {
      return roundUp(std::max<int64_t>(1, static_cast<int64_t>(block * part)), unit);
    };
    setBlocks(problem, scaled(tile.m_block, m_part, tile.rows),
              scaled(tile.n_block, n_part, tile.columns), other);
    others.push_back(other);
  }
  TileChoice other = tile;
  other.prefetch_rows = !tile.prefetch_rows;
  others.push_back(other);
  return others;
}

}  // namespace

std::string toText(const TileChoice& tile) {
  return ("rows=" + Twine(tile.rows) + " columns=" + Twine(tile.columns) +
          " k=" + Twine(tile.k_block) + " m=" + Twine(tile.m_block) + " n=" + Twine(tile.n_block) +
          " prefetch=" + Twine(static_cast<int>(tile.prefetch_rows)))
      .str();
}

LogicalResult settleTile(func::FuncOp kernel, const Target& target, const TileProblem& problem,
                         TileChoice& tile) {
  if (auto forced = kernel->getAttrOfType<StringAttr>(kScheduleAttr)) {
    TileChoice model = tile;
    if (failed(force(kernel, forced.getValue(), target, problem, tile))) {
      if (!kernel->removeAttr(kTunedAttr)) return failure();
      tile = model;
      modelBlocks(target, problem, tile);
    }
  } else {
    modelBlocks(target, problem, tile);
  }
  Builder b(kernel.getContext());
  std::string chosen = toText(tile);
  kernel->setAttr(kScheduleAttr, b.getStringAttr(chosen));
  if (!kernel->hasAttr(kCandidatesAttr)) return success();
  SmallVector<StringRef> texts;
  SmallVector<std::string> storage;
  for (const TileChoice& other : neighbours(target, problem, tile)) {
    std::string text = toText(other);
    if (text != chosen && !llvm::is_contained(storage, text)) storage.push_back(text);
  }
  llvm::append_range(texts, storage);
  kernel->setAttr(kCandidatesAttr, b.getStrArrayAttr(texts));
  return success();
}

}  // namespace etch::codegen
