#include "curve.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace chargpt {
namespace {

constexpr int64_t kStepsPerPoint = 10;
// The drawing, in pixels: the whole, and the frame of the curves in it.
constexpr double kWidth = 720, kHeight = 420, kLeft = 60, kRight = 20, kTop = 46, kBottom = 46;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return result;
}

// A step of 1, 2 or 5 times a power of ten, of which about `wanted` fit in `range`.
double nice_step(double range, int wanted) {
  double rough = range / wanted, power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

// Places losses over steps in the drawing.
struct Frame {
  double last_step, low, high;
  double x(double step) const { return kLeft + (kWidth - kLeft - kRight) * step / last_step; }
  double y(double loss) const {
    return kTop + (kHeight - kTop - kBottom) * (high - loss) / (high - low);
  }
};

Frame frame_of(const std::vector<Point>& a, const std::vector<Point>& b) {
  Frame frame{1, 1e30, -1e30};
  for (const auto* points : {&a, &b}) {
    for (const Point& p : *points) {
      if (!std::isfinite(p.loss)) continue;
      frame.last_step = std::max(frame.last_step, static_cast<double>(p.step));
      frame.low = std::min(frame.low, p.loss);
      frame.high = std::max(frame.high, p.loss);
    }
  }
  if (frame.low > frame.high) frame.low = 0, frame.high = 1;
  double margin = std::max(0.05 * (frame.high - frame.low), 0.01);
  frame.low -= margin;
  frame.high += margin;
  return frame;
}

void draw_axes(std::ostream& svg, const Frame& frame) {
  auto line = [&](double x1, double y1, double x2, double y2) {
    svg << "<line x1='" << number(x1) << "' y1='" << number(y1) << "' x2='" << number(x2)
        << "' y2='" << number(y2) << "' stroke='#ddd'/>\n";
  };
  auto text = [&](double x, double y, const char* anchor, const std::string& content) {
    svg << "<text x='" << number(x) << "' y='" << number(y) << "' text-anchor='" << anchor << "'>"
        << content << "</text>\n";
  };
  double step = nice_step(frame.high - frame.low, 6);
  for (double loss = std::ceil(frame.low / step) * step; loss <= frame.high; loss += step) {
    line(kLeft, frame.y(loss), kWidth - kRight, frame.y(loss));
    text(kLeft - 6, frame.y(loss) + 4, "end", number(loss));
  }
  step = std::max(1.0, nice_step(frame.last_step, 8));
  for (double s = 0; s <= frame.last_step; s += step) {
    line(frame.x(s), kTop, frame.x(s), kHeight - kBottom);
    text(frame.x(s), kHeight - kBottom + 18, "middle", number(s));
  }
  text((kLeft + kWidth - kRight) / 2, kHeight - 8, "middle", "steps");
  text(kLeft - 44, kTop - 10, "start", "loss (nats)");
}

void draw_curve(std::ostream& svg, const Frame& frame, const std::vector<Point>& points,
                const char* colour, const char* name, double legend_x) {
  svg << "<polyline fill='none' stroke='" << colour << "' stroke-width='2' points='";
  for (const Point& p : points)
    if (std::isfinite(p.loss))
      svg << number(frame.x(static_cast<double>(p.step))) << ',' << number(frame.y(p.loss)) << ' ';
  svg << "'/>\n<text x='" << number(legend_x) << "' y='" << number(kTop - 10) << "' fill='"
      << colour << "'>" << name;
  if (!points.empty()) svg << ' ' << number(std::round(points.back().loss * 1000) / 1000);
  svg << "</text>\n";
}

void write_points(std::ostream& text, const std::vector<Point>& points) {
  text << points.size();
  for (const Point& p : points) text << ' ' << p.step << ' ' << p.loss;
  text << '\n';
}

std::vector<Point> read_points(std::istream& text) {
  size_t size = 0;
  std::vector<Point> points;
  text >> size;
  for (Point p{}; points.size() < size && text >> p.step >> p.loss;) points.push_back(p);
  return points;
}

}  // namespace

void Curve::add_train(int64_t step, double loss) {
  sum_ += loss;
  ++count_;
  if (step % kStepsPerPoint != 0) return;
  train_.push_back({step, sum_ / static_cast<double>(count_)});
  sum_ = 0;
  count_ = 0;
}

std::string Curve::to_text() const {
  std::ostringstream text;
  text.precision(17);
  write_points(text, train_);
  write_points(text, held_out_);
  text << sum_ << ' ' << count_;
  return text.str();
}

Curve Curve::from_text(const std::string& content) {
  std::istringstream text(content);
  Curve curve;
  curve.train_ = read_points(text);
  curve.held_out_ = read_points(text);
  text >> curve.sum_ >> curve.count_;
  return curve;
}

std::string Curve::to_svg(const std::string& title) const {
  Frame frame = frame_of(train_, held_out_);
  std::ostringstream svg;
  svg << "<svg xmlns='http://www.w3.org/2000/svg' width='" << kWidth << "' height='" << kHeight
      << "' font-family='sans-serif' font-size='12' fill='#333'>\n"
      << "<rect width='100%' height='100%' fill='white'/>\n"
      << "<text x='" << kWidth / 2 << "' y='20' text-anchor='middle' font-size='14'>"
      << escaped(title) << "</text>\n";
  draw_axes(svg, frame);
  draw_curve(svg, frame, train_, "#1f77b4", "train", kWidth - kRight - 210);
  draw_curve(svg, frame, held_out_, "#d62728", "held-out", kWidth - kRight - 110);
  svg << "</svg>\n";
  return svg.str();
}

}  // namespace chargpt
