#include "etch/frontend/hooks.h"

#include <atomic>

namespace etch {
namespace frontend {

uint64_t next_hook_id() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace frontend

void HookHandle::remove() {
  if (std::shared_ptr<frontend::HookListBase> list = list_.lock()) list->remove(id_);
  list_.reset();
}

}  // namespace etch
