#include "etch/tools/etch/manual.h"

#include <sstream>

namespace etch::tools {
namespace {

constexpr size_t kColumns = 88;

// Words of `text` in lines that begin with `indent` spaces.
std::string wrapped(const std::string& text, size_t indent) {
  std::string result, line(indent, ' ');
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (line.size() > indent && line.size() + 1 + word.size() > kColumns) {
      result += line + '\n';
      line.assign(indent, ' ');
    }
    line += (line.size() > indent ? " " : "") + word;
  }
  return result + line + '\n';
}

std::string indented(const std::string& text) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    result += (line.empty() ? "" : "    " + line) + '\n';
  return result;
}

// "-o, --output FILE"
std::string heading_of(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += (text.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) text += (text.empty() ? "--" : ", --") + name;
  if (option.get_type_size() == 0) return text;
  // Behind a colon CLI11 says what is checked.
  std::string type = option.get_type_name();
  type = type.substr(0, type.find(':'));
  return type.empty() ? text : text + " " + type;
}

std::string description_of(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " (default: " + option.get_default_str() + ")";
  return text;
}

std::string synopsis(const CLI::App& app, const std::string& name) {
  std::string text = name + " [OPTION]...";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    std::string argument = option->get_name(true, false);
    if (option->get_expected_max() > 1) argument += "...";
    text += " " + (option->get_required() ? argument : "[" + argument + "]");
  }
  if (!visible_commands(app).empty()) text += " COMMAND";
  return text;
}

std::string section(const std::string& title, const std::string& body) {
  return body.empty() ? "" : title + "\n" + body + "\n";
}

std::string options_of(const CLI::App& app, bool positional) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() != positional) continue;
    text += "    " + (positional ? option->get_name(true, false) : heading_of(*option)) + '\n';
    text += wrapped(description_of(*option), 8);
  }
  return text;
}

std::string commands_of(const CLI::App& app) {
  std::string text;
  for (const CLI::App* command : visible_commands(app))
    text += "    " + command->get_name() + '\n' + wrapped(command->get_description(), 8);
  return text;
}

const char kExitStatus[] =
    "    0   done; of diff and bisect: no difference\n"
    "    1   failed, the message on standard error says why\n"
    "    2   wrong command line\n"
    "    3   diff and bisect: there is a difference\n";

}  // namespace

std::vector<const CLI::App*> visible_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::string ManualPage::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
  bool top = app->get_parent() == nullptr;
  std::string text = section("NAME", wrapped(name + " - " + app->get_description(), 4));
  text += section("SYNOPSIS", wrapped(synopsis(*app, name), 4));
  text += section("ARGUMENTS", options_of(*app, /*positional=*/true));
  text += section("COMMANDS", commands_of(*app));
  text += section("OPTIONS", options_of(*app, /*positional=*/false));
  text += section(top ? "EXAMPLES" : "NOTES", indented(app->get_footer()));
  text += section("EXIT STATUS", kExitStatus);
  text.pop_back();
  return text;
}

std::string manual_of(const CLI::App& app) {
  std::string text =
      "# The command `etch`\n"
      "\n"
      "Written by `etch manual`, from what `etch COMMAND --help` says.\n";
  auto add = [&](const CLI::App& command, const std::string& name, const char* level) {
    text += "\n" + std::string(level) + " `" + name + "`\n\n```\n" +
            command.get_formatter()->make_help(&command, name, CLI::AppFormatMode::Normal) +
            "```\n";
  };
  add(app, "etch", "##");
  for (const CLI::App* command : visible_commands(app)) {
    std::string name = "etch " + command->get_name();
    add(*command, name, "##");
    for (const CLI::App* part : visible_commands(*command))
      add(*part, name + " " + part->get_name(), "###");
  }
  return text;
}

}  // namespace etch::tools
