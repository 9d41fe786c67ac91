// Text from a trained model.
#ifndef ETCH_EXAMPLES_CHARGPT_WRITER_H_
#define ETCH_EXAMPLES_CHARGPT_WRITER_H_

#include <functional>

#include "etch/nn/models/gpt.h"
#include "settings.h"
#include "text.h"

namespace chargpt {

// Calls `emit` with each of `settings.generate` characters, drawn one after the other from the
// model in eval mode, each from the distribution given those before. Stops when `emit` returns
// false. Equal seeds give equal texts.
void write_text(const etch::nn::ModuleHandle<etch::nn::models::Gpt>& net, const Settings& settings,
                const Text& text, const std::function<bool(char)>& emit);

}  // namespace chargpt

#endif  // ETCH_EXAMPLES_CHARGPT_WRITER_H_
