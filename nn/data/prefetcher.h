// Makes things ahead of the one who takes them, on threads, in order. Beneath DataLoader.
#ifndef ETCH_NN_DATA_PREFETCHER_H_
#define ETCH_NN_DATA_PREFETCHER_H_

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace etch::nn::data {

class Prefetcher {
 public:
  using Item = std::shared_ptr<void>;
  // Item `number`; null when the items end before it. Several threads call it at a time, each with
  // numbers of its own, in ascending order. It may return early, anything, when `stop` is
  // requested.
  using Make = std::function<Item(int64_t number, const std::stop_token& stop)>;

  struct Options {
    int64_t first = 0;  // items [first, end)
    int64_t end = 0;
    int64_t workers = 0;  // threads; with none items are made when they are asked for
    int64_t ahead = 0;    // items that are made or being made and not yet taken, at most
  };

  Prefetcher(Make make, const Options& options);
  // Waits for the threads, which finish what they are at.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // The next item, null at the end. Throws what make() threw for it; after that, the end.
  Item next();

 private:
  struct Made {
    Item item;
    std::exception_ptr error;
  };
  Made make_one(int64_t number) const;
  void work();

  const Make make_;
  const int64_t ahead_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Under the mutex.
  int64_t next_to_make_;
  int64_t next_to_take_;
  int64_t end_;
  std::map<int64_t, Made> made_;
  std::vector<std::thread> threads_;
};

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_PREFETCHER_H_
