#include "etch/runtime/native_imports.h"

#include <math.h>
#include <string.h>

#include <string>
#include <unordered_map>

// Conversions of f16 where the processor has none, of the compiler's support library.
extern "C" {
void __truncsfhf2();
void __truncdfhf2();
void __extendhfsf2();
}

namespace etch::runtime {
namespace {

template <typename Signature>
void* address(Signature* function) {
  return reinterpret_cast<void*>(function);
}

// A function of one or more numbers, in both precisions: sin and sinf.
#define ETCH_UNARY(name) \
  {#name, address<double(double)>(::name)}, { #name "f", address < float(float)>(::name##f) }
#define ETCH_BINARY(name)                                \
  {#name, address<double(double, double)>(::name)}, {    \
#name "f", address < float(float, float)>(::name##f) \
  }

const std::unordered_map<std::string_view, void*>& table() {
  static const auto* imports = new std::unordered_map<std::string_view, void*>{
      ETCH_UNARY(acos),
      ETCH_UNARY(acosh),
      ETCH_UNARY(asin),
      ETCH_UNARY(asinh),
      ETCH_UNARY(atan),
      ETCH_UNARY(atanh),
      ETCH_UNARY(cbrt),
      ETCH_UNARY(ceil),
      ETCH_UNARY(cos),
      ETCH_UNARY(cosh),
      ETCH_UNARY(erf),
      ETCH_UNARY(erfc),
      ETCH_UNARY(exp),
      ETCH_UNARY(exp2),
      ETCH_UNARY(expm1),
      ETCH_UNARY(fabs),
      ETCH_UNARY(floor),
      ETCH_UNARY(lgamma),
      ETCH_UNARY(log),
      ETCH_UNARY(log10),
      ETCH_UNARY(log1p),
      ETCH_UNARY(log2),
      ETCH_UNARY(nearbyint),
      ETCH_UNARY(rint),
      ETCH_UNARY(round),
      ETCH_UNARY(roundeven),
      ETCH_UNARY(sin),
      ETCH_UNARY(sinh),
      ETCH_UNARY(sqrt),
      ETCH_UNARY(tan),
      ETCH_UNARY(tanh),
      ETCH_UNARY(tgamma),
      ETCH_UNARY(trunc),
      ETCH_BINARY(atan2),
      ETCH_BINARY(copysign),
      ETCH_BINARY(fmax),
      ETCH_BINARY(fmin),
      ETCH_BINARY(fmod),
      ETCH_BINARY(pow),
      {"fma", address<double(double, double, double)>(::fma)},
      {"fmaf", address<float(float, float, float)>(::fmaf)},
      {"ldexp", address<double(double, int)>(::ldexp)},
      {"ldexpf", address<float(float, int)>(::ldexpf)},
      {"frexp", address<double(double, int*)>(::frexp)},
      {"frexpf", address<float(float, int*)>(::frexpf)},
      {"sincos", address<void(double, double*, double*)>(::sincos)},
      {"sincosf", address<void(float, float*, float*)>(::sincosf)},
      {"memcpy", address<void*(void*, const void*, size_t)>(::memcpy)},
      {"memmove", address<void*(void*, const void*, size_t)>(::memmove)},
      {"memset", address<void*(void*, int, size_t)>(::memset)},
      {"__truncsfhf2", address<void()>(__truncsfhf2)},
      {"__truncdfhf2", address<void()>(__truncdfhf2)},
      {"__extendhfsf2", address<void()>(__extendhfsf2)}};
  return *imports;
}

#undef ETCH_UNARY
#undef ETCH_BINARY

}  // namespace

void* native_import(std::string_view symbol) {
  auto it = table().find(symbol);
  return it != table().end() ? it->second : nullptr;
}

}  // namespace etch::runtime
