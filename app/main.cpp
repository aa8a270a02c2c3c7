#include <QApplication>
#include <QSettings>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/cli/command_line.h"
#include "app/cli/console.h"
#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "widgets/theme/theme.h"

namespace {

/// Qt ends the process where it finds no display, so this is asked before it starts.
bool hasDisplay() {
    const auto set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    return set("DISPLAY") || set("WAYLAND_DISPLAY") || set("QT_QPA_PLATFORM");
}

int runWindow(int argc, char** argv, const std::string& file) {
    using namespace convolab;
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("Convolab"));
    QApplication::setApplicationName(QStringLiteral("convolab"));
    QApplication::setApplicationDisplayName(QStringLiteral("Convolab"));
    QApplication::setApplicationVersion(QStringLiteral(CONVOLAB_VERSION));
    QLocale::setDefault(QLocale::c());
    const bool light = QSettings().value(QStringLiteral("theme")).toString() == QStringLiteral("light");
    Theme theme(light ? ThemeMode::Light : ThemeMode::Dark);
    theme.applyTo(application);
    setComputeThreads(0);
    MainWindow window(theme);
    window.show();
    if (!file.empty()) window.openFile(QString::fromStdString(file));
    return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
    convolab::limitSpinning(argv);
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (convolab::isCommandLine(arguments)) return convolab::runCommandLine(arguments);
    if (!hasDisplay()) {
        if (!arguments.empty()) {
            std::fprintf(stderr, "convolab: there is no display to open \"%s\" in: use a command, see convolab --help\n",
                         arguments.front().c_str());
            return convolab::kExitFailed;
        }
        std::fprintf(stderr, "No display: training LeNet on the built-in digits in the terminal. See convolab --help for more.\n");
        return convolab::runMainJob();
    }
    return runWindow(argc, argv, !arguments.empty() && !arguments.front().starts_with("-") ? arguments.front() : std::string{});
}
