// Numbers for spatial dimensions, as options of convolutions and pooling take them.
#ifndef ETCH_NN_FUNCTIONAL_SIZES_H_
#define ETCH_NN_FUNCTIONAL_SIZES_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace etch::nn {

// One number for each spatial dimension, or a single one for all of them: 3, {3, 5}.
class Sizes {
 public:
  Sizes(int64_t all) : values_{all} {}
  Sizes(std::initializer_list<int64_t> values) : values_(values) {}
  Sizes(std::vector<int64_t> values) : values_(std::move(values)) {}

  const std::vector<int64_t>& values() const { return values_; }
  bool is_single() const { return values_.size() == 1; }
  // One for each of `dims` dimensions. Throws etch::Error, naming `who` and `what`, when there are
  // neither one nor `dims`, or one is less than `least`.
  std::vector<int64_t> along(int64_t dims, const char* who, const char* what,
                             int64_t least = 0) const;
  bool operator==(const Sizes&) const = default;

 private:
  std::vector<int64_t> values_;
};

// Zeros (or what a padding mode names) before and after each spatial dimension: numbers, or
// "valid", none, or "same", as many as keep the extents of the input at stride 1.
class Padding {
 public:
  // A template, so that 0 is no null pointer.
  template <std::integral T>
  Padding(T all) : sizes_(all) {}
  Padding(std::initializer_list<int64_t> values) : sizes_(values) {}
  Padding(Sizes sizes) : sizes_(std::move(sizes)) {}
  Padding(const char* name) : Padding(std::string(name)) {}
  // Throws etch::Error for another name.
  Padding(std::string name);

  const Sizes& sizes() const { return sizes_; }
  // "same", "valid" or empty.
  const std::string& name() const { return name_; }

 private:
  Sizes sizes_ = 0;
  std::string name_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_FUNCTIONAL_SIZES_H_
