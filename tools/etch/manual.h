// What `etch` says of itself: --help as a page of a manual, all pages as docs/reference/cli.md, completion of
// shells.
#ifndef ETCH_TOOLS_ETCH_MANUAL_H_
#define ETCH_TOOLS_ETCH_MANUAL_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace etch::tools {

// NAME, SYNOPSIS, ARGUMENTS, OPTIONS, what the command's footer says, EXIT STATUS.
class ManualPage : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

// The pages of all commands of `app`, as Markdown.
std::string manual_of(const CLI::App& app);

// A script for bash, zsh or fish. `values` has the words that options take: "--stage" ->
// {"trace", ...}; those of "" are what MODEL may be.
using OptionValues = std::vector<std::pair<std::string, std::vector<std::string>>>;
std::string bash_completion(const CLI::App& app, const OptionValues& values);
std::string zsh_completion(const CLI::App& app, const OptionValues& values);
std::string fish_completion(const CLI::App& app, const OptionValues& values);

// Commands that are for users, in order.
std::vector<const CLI::App*> visible_commands(const CLI::App& app);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_MANUAL_H_
