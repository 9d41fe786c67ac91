// What is for people who look at a terminal, and for nobody else: colours, progress.
#ifndef ETCH_TOOLS_ETCH_TERMINAL_H_
#define ETCH_TOOLS_ETCH_TERMINAL_H_

#include <cstdint>
#include <string>

namespace etch::tools {

enum class Stream : uint8_t { kOut, kError };
enum class Colour : uint8_t { kBold, kRed, kGreen, kYellow };

// Whether the stream is a terminal that shows colours, and nobody has set NO_COLOR
// (https://no-color.org).
bool shows_colours(Stream stream);
// `text` in a colour where the stream shows it.
std::string coloured(const std::string& text, Colour colour, Stream stream = Stream::kOut);

// A line on standard error, overwritten as work goes on and gone with this object; nothing where
// standard error is no terminal.
class Progress {
 public:
  explicit Progress(std::string work);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // "compiling candidates: 3 of 12"
  void show(const std::string& state);
  void show(size_t done, size_t of);

 private:
  const std::string work_;
  const bool visible_;
};

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_TERMINAL_H_
