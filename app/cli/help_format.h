#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace convolab {

/// Help pages in at most 100 columns: usage with the words of the command, options as "--epochs N", wrapped
/// descriptions, and a footer with examples.
class HelpFormat : public CLI::Formatter {
  public:
    HelpFormat();
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_description(const CLI::App* app) const override;
    std::string make_option(const CLI::Option* option, bool isPositional) const override;
    std::string make_option_opts(const CLI::Option* option) const override;
    std::string make_subcommand(const CLI::App* sub) const override;
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

/// "  name   description", the description wrapped and indented.
std::string helpEntry(const std::string& name, const std::string& description);

/// "convolab data show": the words that lead to a command.
std::string commandPath(const CLI::App& app);

}  // namespace convolab
