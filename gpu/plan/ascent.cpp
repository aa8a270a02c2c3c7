#include "gpu/plan/ascent.h"

#include "gpu/plan/products.h"

namespace convolab::gpu {

namespace {

Launch ballMove(const NetworkPlan& plan, const BallMove& move, Index n) {
    return sumsByBlocks(plan.options().kernels, move.pixels) ? launchOf(BallMoveByBlocks{move}, n) : launchOf(move, n);
}

void append(std::vector<Launch>& to, const std::vector<Launch>& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

std::vector<Launch> ascentStart(const NetworkPlan& plan, const AscentMemory& memory, Index n, bool byLength, bool random, bool projects, int buffer) {
    const Index pixels = plan.imageSize(), values = n * pixels;
    float* images = plan.images(buffer);
    if (!random) return {launchOf(Copy{memory.clean, images}, values)};
    if (!byLength) return {launchOf(CubeStart{memory.numbers, memory.ids, memory.clean, images, pixels, projects}, values)};
    return {launchOf(BallNormals{memory.numbers, memory.ids, images, pixels}, values),
            ballMove(plan, {memory.numbers, memory.ids, memory.clean, nullptr, images, pixels, projects}, n)};
}

std::vector<Launch> ascentStep(const NetworkPlan& plan, const AscentMemory& memory, Index n, bool byLength, int buffer) {
    const Index pixels = plan.imageSize();
    const float* gradient = plan.imageGradient();
    float* images = plan.images(buffer);
    std::vector<Launch> launches = plan.evaluation(n, false, buffer);
    const CrossEntropy goal{plan.scores(), plan.labels(buffer), nullptr, &memory.numbers->goal, plan.losses(), plan.scoresGradient(), plan.network().classes, 0.0};
    addClasses<CrossEntropyClasses>(plan.options().kernels, goal, n, launches);
    append(launches, plan.backward(n, buffer));
    const SawGradient saw{gradient, memory.saw, pixels};
    launches.push_back(sumsByBlocks(plan.options().kernels, pixels) ? launchOf(BlockSum<SawGradientTerms>{SawGradientTerms{saw}}, n) : launchOf(saw, n));
    launches.push_back(byLength ? ballMove(plan, {memory.numbers, memory.ids, memory.clean, gradient, images, pixels, true}, n)
                                : launchOf(CubeStep{memory.numbers, memory.clean, gradient, images}, n * pixels));
    return launches;
}

}  // namespace convolab::gpu
