// The losses over the steps, and their picture.
#ifndef ETCH_EXAMPLES_CHARGPT_CURVE_H_
#define ETCH_EXAMPLES_CHARGPT_CURVE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace chargpt {

struct Point {
  int64_t step;
  double loss;
};

// Training losses come averaged over the steps since the point before.
class Curve {
 public:
  // After `step` steps, the last of which had this loss.
  void add_train(int64_t step, double loss);
  void add_held_out(int64_t step, double loss) { held_out_.push_back({step, loss}); }

  const std::vector<Point>& train() const { return train_; }
  const std::vector<Point>& held_out() const { return held_out_; }

  // As text, exactly, for a checkpoint.
  std::string to_text() const;
  static Curve from_text(const std::string& text);

  // A drawing of both curves.
  std::string to_svg(const std::string& title) const;

 private:
  std::vector<Point> train_, held_out_;
  double sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace chargpt

#endif  // ETCH_EXAMPLES_CHARGPT_CURVE_H_
