#include "confusion.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace digits {
namespace {

constexpr int kCell = 44, kLeft = 60, kTop = 80;

template <typename... Args>
void append(std::string& text, const char* format, Args... args) {
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, format, args...);
  text += buffer;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) result += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

}  // namespace

void Confusion::add(int64_t truth, int64_t taken_for) {
  ++counts_.at(static_cast<size_t>(truth)).at(static_cast<size_t>(taken_for));
}

int64_t Confusion::total() const {
  int64_t total = 0;
  for (const auto& row : counts_) total = std::accumulate(row.begin(), row.end(), total);
  return total;
}

double Confusion::accuracy() const {
  int64_t right = 0;
  for (size_t i = 0; i < counts_.size(); ++i) right += counts_[i][i];
  return static_cast<double>(right) / static_cast<double>(std::max<int64_t>(total(), 1));
}

double Confusion::accuracy(int64_t digit) const {
  const auto& row = counts_.at(static_cast<size_t>(digit));
  int64_t images = std::accumulate(row.begin(), row.end(), int64_t{0});
  return static_cast<double>(row[static_cast<size_t>(digit)]) /
         static_cast<double>(std::max<int64_t>(images, 1));
}

std::string Confusion::to_svg(const std::string& title) const {
  int64_t most_wrong = 1, most_right = 1;
  for (size_t i = 0; i < counts_.size(); ++i)
    for (size_t j = 0; j < counts_.size(); ++j) {
      int64_t& most = i == j ? most_right : most_wrong;
      most = std::max(most, counts_[i][j]);
    }
  int width = kLeft + kCell * kClasses + 20, height = kTop + kCell * kClasses + 20;
  std::string svg;
  append(svg,
         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
         "font-family=\"sans-serif\" text-anchor=\"middle\">\n"
         "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
         width, height);
  svg += "<text x=\"" + std::to_string(width / 2) + "\" y=\"24\" font-size=\"15\">" +
         escaped(title) + "</text>\n";
  append(svg, "<text x=\"%d\" y=\"48\" font-size=\"12\">taken for</text>\n",
         kLeft + kCell * static_cast<int>(kClasses) / 2);
  append(svg, "<text transform=\"translate(18 %d) rotate(-90)\" font-size=\"12\">digit</text>\n",
         kTop + kCell * static_cast<int>(kClasses) / 2);
  for (int i = 0; i < kClasses; ++i) {
    int middle = kCell * i + kCell / 2;
    append(svg, "<text x=\"%d\" y=\"%d\" font-size=\"14\">%d</text>\n", kLeft + middle, kTop - 10,
           i);
    append(svg, "<text x=\"%d\" y=\"%d\" font-size=\"14\">%d</text>\n", kLeft - 18,
           kTop + middle + 5, i);
    for (int j = 0; j < kClasses; ++j) {
      int64_t count = counts_[static_cast<size_t>(i)][static_cast<size_t>(j)];
      double share =
          static_cast<double>(count) / static_cast<double>(i == j ? most_right : most_wrong);
      // Blue for what is right; what is wrong is red by its number.
      append(svg,
             "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" fill-opacity=\"%.2f\" "
             "stroke=\"#ddd\"/>\n",
             kLeft + kCell * j, kTop + kCell * i, kCell, kCell, i == j ? "#4a7ebb" : "#d6504a",
             i == j ? 0.25 + 0.6 * share : 0.8 * share);
      if (count > 0)
        append(svg, "<text x=\"%d\" y=\"%d\" font-size=\"12\">%lld</text>\n",
               kLeft + kCell * j + kCell / 2, kTop + middle + 4, static_cast<long long>(count));
    }
  }
  return svg + "</svg>\n";
}

}  // namespace digits
