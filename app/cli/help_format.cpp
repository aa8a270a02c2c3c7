#include "app/cli/help_format.h"

#include <algorithm>
#include <sstream>

namespace convolab {

namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kNameColumn = 28;

std::size_t columnsOf(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string helpEntry(const std::string& name, const std::string& description) {
    std::string text = "  " + name;
    std::size_t column = columnsOf(text);
    const auto moveTo = [&] {
        text += std::string(kNameColumn - column, ' ');
        column = kNameColumn;
    };
    if (column + 2 > kNameColumn) {
        text += '\n';
        column = 0;
    }
    moveTo();
    std::istringstream words(description);
    for (std::string word; words >> word;) {
        if (column > kNameColumn && column + 1 + columnsOf(word) > kColumns) {
            text += '\n';
            column = 0;
            moveTo();
        }
        if (column > kNameColumn) {
            text += ' ';
            ++column;
        }
        text += word;
        column += columnsOf(word);
    }
    return text + "\n";
}

HelpFormat::HelpFormat() { label("Positionals", "What"); }

std::string HelpFormat::make_usage(const CLI::App* app, std::string) const {
    const std::string words = commandPath(*app);
    std::string text = "Usage: " + words;
    for (const CLI::Option* option :
         app->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
        text += " " + make_option_usage(option);
    }
    for (const CLI::Option* option :
         app->get_options([](const CLI::Option* o) { return o->nonpositional() && o->get_required(); })) {
        text += " " + make_option_name(option, false) + make_option_opts(option);
    }
    if (!app->get_subcommands([](const CLI::App*) { return true; }).empty()) {
        return text + " COMMAND [options]\n" +
               (app->get_parent() == nullptr ? "       " + words + " [FILE]\n" : "");
    }
    return text + " [options]\n";
}

std::string HelpFormat::make_description(const CLI::App* app) const {
    return app->get_description() + "\n\n";
}

std::string HelpFormat::make_option(const CLI::Option* option, bool isPositional) const {
    const std::string name =
        make_option_name(option, isPositional) + (isPositional ? "" : make_option_opts(option));
    return helpEntry(name, option->get_description());
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
    return option->get_type_size() == 0 ? std::string{} : " " + option->get_option_text();
}

std::string HelpFormat::make_subcommand(const CLI::App* sub) const {
    return helpEntry(sub->get_name(), sub->get_description());
}

std::string HelpFormat::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
    std::string text = make_description(app) + make_usage(app, std::move(name)) + make_positionals(app) +
                       make_subcommands(app, mode) + make_groups(app, mode) + "\n" + make_footer(app);
    for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) text.erase(at, 1);
    return text;
}

std::string commandPath(const CLI::App& app) {
    return (app.get_parent() != nullptr ? commandPath(*app.get_parent()) + " " : "") + app.get_name();
}

}  // namespace convolab
