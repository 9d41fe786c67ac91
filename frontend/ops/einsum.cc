// einsum, by products of matrices.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/contraction.h"
#include "etch/frontend/ops/diagonal.h"
#include "etch/frontend/ops/reduction.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// A letter, or -k for the k-th dimension of "..." from its end.
using Label = int;
using Labels = std::vector<Label>;

std::string name_of(Label label) {
  return label < 0 ? absl::StrCat("dimension ", label, " of \"...\"")
                   : absl::StrCat("letter ", std::string(1, static_cast<char>(label)));
}

bool contains(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// A tensor and what its dimensions are called.
struct Term {
  Tensor x;
  Labels labels;

  int64_t extent(Label label) const {
    return x.shape()[std::find(labels.begin(), labels.end(), label) - labels.begin()];
  }
};

class Einsum {
 public:
  Einsum(const Site& site, std::string_view equation, const std::vector<Tensor>& operands)
      : site_(site), equation_(equation) {
    std::string text;
    for (char c : equation)
      if (c != ' ') text += c;
    size_t arrow = text.find("->");
    parse_operands(text.substr(0, arrow), operands);
    if (arrow == std::string::npos) {
      infer_result();
    } else {
      result_ = parse(text.substr(arrow + 2), ellipsis_);
      check_result();
    }
  }

  Tensor compute() {
    Term product = terms_.front();
    reduce(product, 1);
    for (size_t next = 1; next < terms_.size(); ++next) product = combine(product, next);
    return arranged(product, result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) {
    fail(site_, absl::StrCat("\"", equation_, "\": ", problem));
  }

  // "a...b" for `ellipsis` dimensions in the place of the dots.
  Labels parse(const std::string& text, int64_t ellipsis) {
    Labels labels;
    bool seen = false;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text.compare(i, 3, "...") == 0 && !seen) {
        for (int64_t k = ellipsis; k > 0; --k) labels.push_back(static_cast<Label>(-k));
        seen = true;
        i += 2;
      } else if (std::isalpha(static_cast<unsigned char>(text[i]))) {
        labels.push_back(text[i]);
      } else {
        refuse(absl::StrCat("\"", std::string(1, text[i]), "\" is not a letter"));
      }
    }
    return labels;
  }

  void parse_operands(const std::string& text, const std::vector<Tensor>& operands) {
    std::vector<std::string> parts(1);
    for (char c : text) {
      if (c == ',')
        parts.emplace_back();
      else
        parts.back() += c;
    }
    if (operands.empty() || parts.size() != operands.size())
      refuse(absl::StrCat("names ", parts.size(), " operands, given are ", operands.size()));
    for (size_t i = 0; i < parts.size(); ++i) {
      require_defined(site_, operands[i]);
      bool dots = parts[i].find("...") != std::string::npos;
      auto letters = static_cast<int64_t>(parts[i].size()) - (dots ? 3 : 0);
      int64_t rest = operands[i].dim() - letters;
      if (rest < 0 || (rest > 0 && !dots))
        refuse(absl::StrCat("\"", parts[i], "\" does not name the dimensions of ",
                            type_of(operands[i])));
      ellipsis_ = std::max(ellipsis_, rest);
      terms_.push_back(diagonals({operands[i], parse(parts[i], rest)}));
      count(terms_.back());
    }
    DType dtype = boolean;
    for (const Term& term : terms_) dtype = promote(dtype, term.x.dtype());
    for (Term& term : terms_) term.x = cast_to(site_, term.x, dtype);
  }

  // A letter twice in one operand is its diagonal.
  Term diagonals(Term term) {
    for (size_t i = 0; i < term.labels.size(); ++i) {
      auto again = std::find(term.labels.begin() + i + 1, term.labels.end(), term.labels[i]);
      if (again == term.labels.end()) continue;
      Label label = term.labels[i];
      auto j = static_cast<int64_t>(again - term.labels.begin());
      if (term.x.shape()[i] != term.x.shape()[j])
        refuse(absl::StrCat(name_of(label), " is ", term.x.shape()[i], " and ", term.x.shape()[j],
                            " in ", term.x.shape().to_string()));
      term.x = diagonal(term.x, 0, static_cast<int64_t>(i), j, site_.loc);
      term.labels.erase(again);
      term.labels.erase(term.labels.begin() + i);
      term.labels.push_back(label);
      --i;
    }
    return term;
  }

  void count(const Term& term) {
    for (Label label : term.labels) {
      ++occurrences_[label];
      int64_t extent = term.extent(label);
      int64_t& known = extents_.try_emplace(label, 1).first->second;
      if (known != 1 && extent != 1 && known != extent)
        refuse(absl::StrCat(name_of(label), " is ", known, " in one operand and ", extent,
                            " in another"));
      if (known == 1) known = extent;
    }
  }

  void infer_result() {
    for (int64_t k = ellipsis_; k > 0; --k) result_.push_back(static_cast<Label>(-k));
    for (const auto& [label, times] : occurrences_)
      if (label > 0 && times == 1 && !is_diagonal(label)) result_.push_back(label);
  }

  // Whether the letter stood twice in its operand, which is one occurrence by now.
  bool is_diagonal(Label label) const {
    return std::count(equation_.begin(), equation_.end(), static_cast<char>(label)) > 1;
  }

  void check_result() {
    std::set<Label> seen;
    for (Label label : result_) {
      if (!seen.insert(label).second)
        refuse(absl::StrCat(name_of(label), " stands twice in the result"));
      if (!occurrences_.count(label))
        refuse(absl::StrCat(name_of(label), " of the result is in no operand"));
    }
  }

  // Whether the result or a term from `next` on has the label.
  bool is_needed(Label label, size_t next) const {
    if (contains(result_, label)) return true;
    return std::any_of(terms_.begin() + next, terms_.end(),
                       [&](const Term& term) { return contains(term.labels, label); });
  }

  // Sums over what nobody needs from `next` on.
  void reduce(Term& term, size_t next) {
    std::vector<int64_t> dims;
    Labels kept;
    for (size_t i = 0; i < term.labels.size(); ++i) {
      if (is_needed(term.labels[i], next))
        kept.push_back(term.labels[i]);
      else
        dims.push_back(static_cast<int64_t>(i));
    }
    if (dims.empty()) return;
    DType dtype = term.x.dtype();
    term = {cast_to(site_, sum(term.x, dims, false, site_.loc), dtype), kept};
  }

  // Drops dimensions of extent 1 that the other term has with more: they broadcast.
  Term without_broadcast(const Term& term, const Term& other) {
    std::vector<int64_t> extents;
    Labels labels;
    for (Label label : term.labels) {
      int64_t extent = term.extent(label);
      if (extent == 1 && contains(other.labels, label) && other.extent(label) != 1) continue;
      extents.push_back(extent);
      labels.push_back(label);
    }
    return {reshape_to(site_, term.x, Shape(extents)), labels};
  }

  // Dimensions in this order; those that the term lacks with extent 1.
  Tensor arranged(const Term& term, const Labels& order) {
    std::vector<int64_t> permutation, extents;
    for (Label label : order) {
      auto at = std::find(term.labels.begin(), term.labels.end(), label);
      if (at != term.labels.end()) permutation.push_back(at - term.labels.begin());
      extents.push_back(at == term.labels.end() ? 1 : term.extent(label));
    }
    return reshape_to(site_, permuted(site_, term.x, permutation), Shape(extents));
  }

  // The product of `left` and term `next`, summed over what is not needed later.
  Term combine(const Term& left, size_t next) {
    Term a = without_broadcast(left, terms_[next]), b = without_broadcast(terms_[next], left);
    Labels both, inner, outer_a, outer_b;
    for (Label label : a.labels) {
      if (!contains(b.labels, label))
        outer_a.push_back(label);
      else if (is_needed(label, next + 1))
        both.push_back(label);
      else
        inner.push_back(label);
    }
    for (Label label : b.labels)
      if (!contains(a.labels, label)) outer_b.push_back(label);
    Term product;
    product.labels = both;
    product.labels.insert(product.labels.end(), outer_a.begin(), outer_a.end());
    product.labels.insert(product.labels.end(), outer_b.begin(), outer_b.end());
    if (inner.empty()) {
      product.x = mul(arranged(a, product.labels), arranged(b, product.labels), site_.loc);
    } else {
      product.x =
          matmul(matrices(a, both, outer_a, inner), matrices(b, both, inner, outer_b), site_.loc);
      std::vector<int64_t> extents;
      for (Label label : product.labels)
        extents.push_back(contains(a.labels, label) ? a.extent(label) : b.extent(label));
      product.x = reshape_to(site_, product.x, Shape(extents));
    }
    reduce(product, next + 1);
    return product;
  }

  // The term as [batch, rows, columns], each the product of its labels' extents.
  Tensor matrices(const Term& term, const Labels& batch, const Labels& rows,
                  const Labels& columns) {
    Labels order = batch;
    order.insert(order.end(), rows.begin(), rows.end());
    order.insert(order.end(), columns.begin(), columns.end());
    auto size = [&](const Labels& labels) {
      int64_t product = 1;
      for (Label label : labels) product *= term.extent(label);
      return product;
    };
    Tensor x = arranged(term, order);
    if (batch.empty()) return reshape_to(site_, x, {size(rows), size(columns)});
    return reshape_to(site_, x, {size(batch), size(rows), size(columns)});
  }

  const Site& site_;
  const std::string equation_;
  std::vector<Term> terms_;
  Labels result_;
  int64_t ellipsis_ = 0;
  std::map<Label, int> occurrences_;
  std::map<Label, int64_t> extents_;
};

}  // namespace

Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands, Loc loc) {
  Site site{"einsum", loc};
  return Einsum(site, equation, operands).compute();
}

}  // namespace etch
