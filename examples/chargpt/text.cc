#include "text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "etch/runtime/philox.h"

namespace chargpt {
namespace {

namespace fs = std::filesystem;
constexpr char kLicences[] = "/usr/share/common-licenses";

std::string read_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    throw std::runtime_error("the text " + path + " is a folder; --text wants a file");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.good() && !stream.eof())
    throw std::runtime_error("cannot read the text " + path + ": " + std::strerror(errno));
  return content;
}

std::vector<std::string> licence_files() {
  std::error_code error;
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(kLicences, error))
    if (entry.is_regular_file()) files.insert(entry.path().string());
  if (files.empty())
    throw std::runtime_error(std::string("there are no texts in ") + kLicences +
                             "; name one by --text FILE");
  return {files.begin(), files.end()};
}

std::string hex_hash(const std::string& content) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : content) hash = (hash ^ c) * 0x100000001B3;
  char buffer[17];
  std::snprintf(buffer, sizeof(buffer), "%016llx", static_cast<unsigned long long>(hash));
  return buffer;
}

void check_length(const Text& text, int64_t context, size_t characters, const std::string& name) {
  if (characters == 0) throw std::runtime_error("the text " + name + " is empty");
  // A window and the character after it, in both parts.
  auto wanted = static_cast<size_t>(context) + 2;
  if (text.train.size() >= wanted && text.held_out.size() >= wanted) return;
  throw std::runtime_error("the text " + name + " is too short: it has " +
                           std::to_string(characters) + " characters, and for --context " +
                           std::to_string(context) + " it takes " + std::to_string(10 * wanted) +
                           ", a tenth of which is held out");
}

}  // namespace

Text read_text(const std::string& file, int64_t context) {
  Text text;
  std::string all;
  std::vector<std::string> contents;
  for (const std::string& path : file.empty() ? licence_files() : std::vector{file}) {
    std::string content = read_file(path);
    // Debian links GPL to GPL-3 and the like.
    if (std::find(contents.begin(), contents.end(), content) != contents.end()) continue;
    all += content;
    text.files.push_back(path);
    contents.push_back(std::move(content));
  }
  text.fingerprint = hex_hash(all);
  std::set<unsigned char> characters(all.begin(), all.end());
  text.vocabulary.assign(characters.begin(), characters.end());
  int64_t number[256] = {};
  for (size_t i = 0; i < text.vocabulary.size(); ++i)
    number[static_cast<unsigned char>(text.vocabulary[i])] = static_cast<int64_t>(i);
  for (const std::string& content : contents) {
    size_t split = content.size() * 9 / 10;
    for (size_t i = 0; i < content.size(); ++i)
      (i < split ? text.train : text.held_out)
          .push_back(number[static_cast<unsigned char>(content[i])]);
  }
  check_length(text, context, all.size(), file.empty() ? kLicences : file);
  return text;
}

Batch training_batch(const Text& text, int64_t batch, int64_t context, uint64_t seed,
                     int64_t step) {
  uint64_t key = etch::runtime::derive_key(seed, "chargpt.batches");
  uint64_t choices = text.train.size() - static_cast<size_t>(context) - 1;
  std::vector<int64_t> x, y;
  for (int64_t i = 0; i < batch; ++i) {
    uint64_t index = static_cast<uint64_t>(step * batch + i);
    uint64_t start = (uint64_t{etch::runtime::random_bits(key, index)} * choices) >> 32;
    auto begin = text.train.begin() + static_cast<ptrdiff_t>(start);
    x.insert(x.end(), begin, begin + context);
    y.insert(y.end(), begin + 1, begin + context + 1);
  }
  return {etch::Tensor::from_data(x, {batch, context}),
          etch::Tensor::from_data(y, {batch * context})};
}

std::vector<Batch> held_out_batches(const Text& text, int64_t batch, int64_t context) {
  std::vector<Batch> batches;
  auto size = static_cast<int64_t>(text.held_out.size());
  for (int64_t begin = 0; begin + 1 < size; begin += batch * context) {
    std::vector<int64_t> x, y;
    for (int64_t i = begin; i < begin + batch * context; ++i) {
      x.push_back(i < size ? text.held_out[static_cast<size_t>(i)] : 0);
      y.push_back(i + 1 < size ? text.held_out[static_cast<size_t>(i + 1)] : -100);
    }
    batches.push_back({etch::Tensor::from_data(x, {batch, context}),
                       etch::Tensor::from_data(y, {batch * context})});
  }
  return batches;
}

}  // namespace chargpt
