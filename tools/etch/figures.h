// Figures as people read them.
#ifndef ETCH_TOOLS_ETCH_FIGURES_H_
#define ETCH_TOOLS_ETCH_FIGURES_H_

#include <cstdint>
#include <string>

namespace etch::tools {

// Milliseconds with four digits that say something: "1234", "8.288", "0.01250", "0.0001250"; never
// "0.0000" for what took some time.
std::string format_ms(double ms);

// "1 thread", "2 threads"
std::string counted(int64_t count, const std::string& noun);

// "512 bytes", "1.5 kB", "2.3 MB", "1.2 GB": powers of 1000.
std::string format_bytes(uint64_t bytes);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_FIGURES_H_
