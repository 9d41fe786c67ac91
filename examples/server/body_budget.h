// A bound on the bytes of all requests' bodies together.
#ifndef ETCH_EXAMPLES_SERVER_BODY_BUDGET_H_
#define ETCH_EXAMPLES_SERVER_BODY_BUDGET_H_

#include <atomic>
#include <cstddef>

namespace server {

// Threads: safe; a Share is one thread's.
class BodyBudget {
 public:
  explicit BodyBudget(size_t bytes) : left_(static_cast<std::ptrdiff_t>(bytes)) {}

  // What one request has taken; it goes back with the object.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    ~Share() { budget_.left_ += taken_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // False, and nothing is taken, when there are not so many left.
    bool take(size_t bytes) {
      auto wanted = static_cast<std::ptrdiff_t>(bytes);
      if (budget_.left_.fetch_sub(wanted) < wanted) {
        budget_.left_ += wanted;
        return false;
      }
      taken_ += wanted;
      return true;
    }

   private:
    BodyBudget& budget_;
    std::ptrdiff_t taken_ = 0;
  };

 private:
  std::atomic<std::ptrdiff_t> left_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_BODY_BUDGET_H_
