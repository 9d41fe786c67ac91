// Scripts that make shells complete command lines of `etch`.
#include "etch/tools/etch/manual.h"

namespace etch::tools {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

// "--output" and "-o" of each option of a command.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

// The beginning of a description, up to where it goes into detail.
std::string briefly(const std::string& text) { return text.substr(0, text.find_first_of(",;:(")); }

// Between single quotes.
std::string quoted(const std::string& text, const std::string& quote) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? quote : std::string(1, c);
  return result + "'";
}

const std::vector<std::string>& values_of(const OptionValues& values, const std::string& option) {
  static const std::vector<std::string> none;
  for (const auto& [name, words] : values)
    if (name == option) return words;
  return none;
}

}  // namespace

std::string bash_completion(const CLI::App& app, const OptionValues& values) {
  std::string text =
      "# Completion of etch for bash: source it, or make it\n"
      "# /usr/share/bash-completion/completions/etch.\n"
      "_etch() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      "  # bash takes --stage=fuse apart at the sign.\n"
      "  if [[ $current == = ]]; then current=\n"
      "  elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
      "  case $previous in\n";
  for (const auto& [option, words] : values)
    if (!option.empty())
      text += "    " + option + ") COMPREPLY=($(compgen -W \"" + joined(words) +
              "\" -- \"$current\")); return ;;\n";
  text += "  esac\n  if [[ $COMP_CWORD == 1 ]]; then\n    words=\"" +
          joined(names_of(visible_commands(app))) + "\"\n  else\n    case ${COMP_WORDS[1]} in\n";
  for (const CLI::App* command : visible_commands(app)) {
    std::vector<std::string> words = names_of(visible_commands(*command));
    for (const std::string& name : option_names(*command)) words.push_back(name);
    text += "      " + command->get_name() + ") words=\"" + joined(words) + "\" ;;\n";
  }
  return text +
         "    esac\n"
         "    [[ $current == -* ]] || words+=\" " +
         joined(values_of(values, "")) +
         "\"\n"
         "    [[ $current == -* ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "  fi\n"
         "  COMPREPLY+=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _etch etch\n";
}

std::string zsh_completion(const CLI::App& app, const OptionValues& values) {
  auto described = [](const std::string& name, const std::string& description) {
    std::string colons;
    for (char c : name) colons += c == ':' ? "\\:" : std::string(1, c);
    return quoted(colons + ":" + briefly(description), "'\\''");
  };
  std::string text =
      "#compdef etch\n"
      "# Completion of etch for zsh: a file _etch in a folder of $fpath.\n"
      "_etch() {\n"
      "  local -a commands options\n"
      "  case ${words[CURRENT-1]} in\n";
  for (const auto& [option, words] : values)
    if (!option.empty()) text += "    " + option + ") compadd " + joined(words) + "; return ;;\n";
  text += "  esac\n  if (( CURRENT == 2 )); then\n    commands=(\n";
  for (const CLI::App* command : visible_commands(app))
    text += "      " + described(command->get_name(), command->get_description()) + "\n";
  text += "    )\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n";
  for (const CLI::App* command : visible_commands(app)) {
    text += "    " + command->get_name() + ") options=(\n";
    for (const CLI::App* part : visible_commands(*command))
      text += "      " + described(part->get_name(), part->get_description()) + "\n";
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames())
        text += "      " + described("--" + name, option->get_description()) + "\n";
    text += "    ) ;;\n";
  }
  return text +
         "  esac\n"
         "  _describe -o option options\n"
         "  if [[ ${words[CURRENT]} != -* ]]; then\n"
         "    compadd " +
         joined(values_of(values, "")) +
         "\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "if [[ ${funcstack[1]} == _etch ]]; then _etch \"$@\"; else compdef _etch etch; fi\n";
}

std::string fish_completion(const CLI::App& app, const OptionValues& values) {
  auto quote = [](const std::string& text) { return quoted(text, "\\'"); };
  std::string text =
      "# Completion of etch for fish: ~/.config/fish/completions/etch.fish.\n"
      "complete -c etch -n __fish_use_subcommand -f\n";
  for (const CLI::App* command : visible_commands(app))
    text += "complete -c etch -n __fish_use_subcommand -a " + command->get_name() + " -d " +
            quote(briefly(command->get_description())) + "\n";
  for (const CLI::App* command : visible_commands(app)) {
    std::string when =
        "complete -c etch -n " + quote("__fish_seen_subcommand_from " + command->get_name());
    for (const CLI::App* part : visible_commands(*command))
      text += when + " -a " + part->get_name() + " -d " + quote(briefly(part->get_description())) +
              "\n";
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_positional() && option->get_name(true, false) == "MODEL")
        text += when + " -a " + quote(joined(values_of(values, ""))) + "\n";
      for (const std::string& name : option->get_lnames()) {
        text += when + " -l " + name;
        const std::vector<std::string>& words = values_of(values, "--" + name);
        if (!words.empty())
          text += " -x -a " + quote(joined(words));
        else if (option->get_type_size() != 0)
          text += " -r";
        text += " -d " + quote(briefly(option->get_description())) + "\n";
      }
    }
  }
  return text;
}

}  // namespace etch::tools
