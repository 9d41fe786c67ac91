#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/codegen/object_cache.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/figures.h"
#include "etch/tools/etch/json_text.h"

namespace etch::tools {
namespace {

using codegen::CacheEntry;
using codegen::ObjectCache;

const char kNotes[] =
    "The folder is ETCH_CACHE_DIR, else $XDG_CACHE_HOME/etch, else ~/.cache/etch. It holds native\n"
    "code, found by what it was compiled from, and the choices that `etch tune` keeps. Code is\n"
    "removed by itself, what was not used longest first, at 1 GB and after 30 days; choices stay.\n"
    "\n"
    "JSON: of list and size {\"folder\", \"objects\", \"choices\", \"bytes\", \"entries\": "
    "[{\"kind\":\n"
    "\"object|choice\", \"file\", \"bytes\", \"days\" since it was used (a choice: made), "
    "\"schedule\",\n"
    "\"note\"}]}, without entries for size; of clear and prune {\"folder\", \"removed\", "
    "\"bytes\"}.\n";

struct Options {
  bool objects = false, choices = false;  // of clear; neither: both
  double days = -1;                       // of prune; negative: any age
  double megabytes = -1;
  bool json = false;
};

bool is_choice(const CacheEntry& entry) { return entry.kind == CacheEntry::Kind::kChoice; }

uint64_t bytes_of(const std::vector<CacheEntry>& entries) {
  uint64_t bytes = 0;
  for (const CacheEntry& entry : entries) bytes += entry.bytes;
  return bytes;
}

llvm::json::Value json_of_entry(const CacheEntry& entry) {
  llvm::json::Object object{{"kind", is_choice(entry) ? "choice" : "object"},
                            {"file", entry.file},
                            {"bytes", static_cast<int64_t>(entry.bytes)},
                            {"days", entry.days}};
  if (is_choice(entry)) {
    object["schedule"] = llvm::json::fixUTF8(entry.schedule);
    object["note"] = llvm::json::fixUTF8(entry.note);
  }
  return object;
}

// In words that suit it: "3 days".
std::string age(double days) {
  if (days >= 1) return counted(static_cast<int64_t>(days), "day");
  if (days * 24 >= 1) return counted(static_cast<int64_t>(days * 24), "hour");
  return counted(std::max<int64_t>(0, static_cast<int64_t>(days * 24 * 60)), "minute");
}

absl::Status list(const ObjectCache& cache, const Options& options, bool with_entries) {
  std::vector<CacheEntry> entries = cache.entries();
  int64_t choices = std::ranges::count_if(entries, is_choice);
  auto objects = static_cast<int64_t>(entries.size()) - choices;
  if (options.json) {
    llvm::json::Object object{{"folder", cache.folder()},
                              {"objects", objects},
                              {"choices", choices},
                              {"bytes", static_cast<int64_t>(bytes_of(entries))}};
    if (with_entries) {
      llvm::json::Array all;
      for (const CacheEntry& entry : entries) all.push_back(json_of_entry(entry));
      object["entries"] = std::move(all);
    }
    std::cout << json_text(std::move(object));
    return absl::OkStatus();
  }
  if (with_entries)
    for (const CacheEntry& entry : entries) {
      std::cout << absl::StrFormat("%-6s %10s  %11s ago  %s",
                                   is_choice(entry) ? "choice" : "object",
                                   format_bytes(entry.bytes), age(entry.days),
                                   is_choice(entry) ? entry.schedule : entry.file);
      if (!entry.note.empty()) std::cout << "  (" << entry.note << ")";
      std::cout << '\n';
    }
  std::cout << cache.folder() << ": " << counted(objects, "object") << ", "
            << counted(choices, "tuned choice") << ", " << format_bytes(bytes_of(entries)) << '\n';
  return absl::OkStatus();
}

absl::Status remove(const ObjectCache& cache, const Options& options,
                    const std::vector<CacheEntry>& doomed) {
  std::vector<CacheEntry> removed;
  for (const CacheEntry& entry : doomed)
    if (cache.remove(entry)) removed.push_back(entry);
  if (options.json)
    std::cout << json_text(llvm::json::Object{{"folder", cache.folder()},
                                              {"removed", static_cast<int64_t>(removed.size())},
                                              {"bytes", static_cast<int64_t>(bytes_of(removed))}});
  else
    std::cout << cache.folder() << ": removed "
              << counted(static_cast<int64_t>(removed.size()), "file") << ", "
              << format_bytes(bytes_of(removed)) << '\n';
  if (removed.size() < doomed.size())
    return absl::UnavailableError(absl::StrCat(cache.folder(), ": ", doomed.size() - removed.size(),
                                               " files could not be removed"));
  return absl::OkStatus();
}

absl::Status clear(const ObjectCache& cache, const Options& options) {
  std::vector<CacheEntry> entries = cache.entries();
  bool both = options.objects == options.choices;
  std::erase_if(entries, [&](const CacheEntry& entry) {
    return !both && is_choice(entry) != options.choices;
  });
  return remove(cache, options, entries);
}

absl::Status prune(const ObjectCache& cache, const Options& options) {
  if (options.days < 0 && options.megabytes < 0)
    return absl::NotFoundError("prune wants --max-days or --max-megabytes");
  std::vector<CacheEntry> entries = cache.entries(), doomed;
  std::erase_if(entries, is_choice);
  uint64_t kept = 0;
  // The last used come first.
  for (const CacheEntry& entry : entries) {
    bool old = options.days >= 0 && entry.days > options.days;
    bool large =
        options.megabytes >= 0 && static_cast<double>(kept + entry.bytes) > 1e6 * options.megabytes;
    if (old || large)
      doomed.push_back(entry);
    else
      kept += entry.bytes;
  }
  return remove(cache, options, doomed);
}

int with_cache(const std::function<absl::Status(const ObjectCache&)>& work) {
  const ObjectCache* cache = ObjectCache::shared();
  if (cache == nullptr)
    return report(absl::FailedPreconditionError(
        "there is no cache: ETCH_CACHE_DIR is empty, or names a folder that cannot be made or that "
        "others may write to"));
  return report(work(*cache));
}

}  // namespace

void add_cache_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "cache", "Lists and removes native code and tuned choices that are kept on disk");
  command->require_subcommand(1);
  command->footer(kNotes);
  auto options = std::make_shared<Options>();
  auto add = [&](const char* name, const char* help,
                 std::function<absl::Status(const ObjectCache&, const Options&)> work) {
    CLI::App* part = command->add_subcommand(name, help);
    add_json_flag(*part, options->json);
    part->callback([options, work, &exit_code] {
      exit_code = with_cache([&](const ObjectCache& cache) { return work(cache, *options); });
    });
    return part;
  };
  add("list", "Lists each file, choices first, then objects, the last used first",
      [](const ObjectCache& cache, const Options& o) { return list(cache, o, true); });
  add("size", "Tells how much there is",
      [](const ObjectCache& cache, const Options& o) { return list(cache, o, false); });
  CLI::App* part = add("clear", "Removes all", clear);
  part->add_flag("--objects", options->objects, "native code only");
  part->add_flag("--choices", options->choices, "what `etch tune` has kept only");
  part = add("prune", "Removes native code that was not used for long", prune);
  part->add_option("--max-days", options->days, "keeps what was used within so many days")
      ->type_name("DAYS")
      ->check(not_negative());
  part->add_option("--max-megabytes", options->megabytes,
                   "keeps no more than this, what was used last")
      ->type_name("MB")
      ->check(not_negative());
}

}  // namespace etch::tools
