// The program without a window (-DCONVOLAB_GUI=OFF): the command line alone.
#include <cstdio>
#include <string>
#include <vector>

#include "app/cli/command_line.h"
#include "app/cli/console.h"
#include "core/cpu/compute_team.h"

int main(int argc, char** argv) {
    convolab::limitSpinning(argv);
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (convolab::isCommandLine(arguments)) return convolab::runCommandLine(arguments);
    if (!arguments.empty()) {
        std::fprintf(stderr, "convolab: this program was built without a window to open \"%s\" in: use a command, see convolab --help\n", arguments.front().c_str());
        return convolab::kExitFailed;
    }
    std::fprintf(stderr, "Built without a window: training LeNet on the built-in digits in the terminal. See convolab --help for more.\n");
    return convolab::runMainJob();
}
