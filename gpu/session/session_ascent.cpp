// Attacks that climb a gradient: the images stay on the device from the first step to the last, and may be trained on there.
#include <utility>

#include "gpu/plan/ascent.h"
#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

Answer refused(std::string words) { return answer({kGpuDriverFailed, std::move(words)}); }

std::size_t idsBytes(Index images) { return alignedSize(sizeof(std::int64_t) * static_cast<std::size_t>(images)); }
std::size_t sawBytes(Index images) { return alignedSize(sizeof(std::int32_t) * static_cast<std::size_t>(images)); }

std::size_t ascentBytes(const NetworkPlan& plan) {
    const Index images = plan.options().maximumBatch;
    return alignedSize(sizeof(AscentNumbers)) + idsBytes(images) + sawBytes(images) + sizeof(float) * static_cast<std::size_t>(images * plan.imageSize());
}

AscentMemory memoryAt(std::byte* memory, Index images) {
    AscentMemory found{};
    found.numbers = reinterpret_cast<AscentNumbers*>(memory);
    std::byte* rest = memory + alignedSize(sizeof(AscentNumbers));
    found.ids = reinterpret_cast<std::int64_t*>(rest);
    found.saw = reinterpret_cast<std::int32_t*>(rest + idsBytes(images));
    found.clean = reinterpret_cast<float*>(rest + idsBytes(images) + sawBytes(images));
    return found;
}

}  // namespace

std::size_t Session::ascentSize() const { return m_ascentMemory == nullptr ? 0 : ascentBytes(m_plan); }

Answer Session::requireAscentMemory() {
    if (m_ascentMemory != nullptr) return {};
    Outcome outcome = m_executor->allocate(ascentBytes(m_plan), &m_ascentMemory);
    if (outcome.state == kGpuOutOfMemory) outcome.words = "the attack takes " + std::to_string(ascentBytes(m_plan) >> 10) + " KiB more";
    return answer(std::move(outcome));
}

Answer Session::beginAscent(const ConvolabGpuAscent& ascent, const StepInput& input, const std::int64_t* ids) {
    const PlanOptions& options = m_plan.options();
    if (!options.imageGradient) return refused("the session was opened without a backward pass to the images");
    if (options.training && !options.crossEntropy) return refused("the attack climbs the cross-entropy, and the session is trained by the squared error");
    if (input.n < 1 || input.n > options.maximumBatch) return refused("the batch to attack is empty or too large");
    if (Answer failure = requireAscentMemory()) return failure;
    m_ascent = {input.n, freeBuffer(), ascent.byLength != 0};
    const AscentMemory memory = memoryAt(m_ascentMemory, options.maximumBatch);
    const AscentNumbers numbers{{ascent.key[0], ascent.key[1]}, ascent.epsilon, ascent.step, {.scale = ascent.towards != 0 ? -1.0 : 1.0, .loss = 0.0, .correct = 0}};
    const auto count = static_cast<std::size_t>(input.n);
    const std::vector<std::int32_t> unseen(count);
    const Executor::Transfer transfers[] = {{memory.numbers, &numbers, sizeof numbers},
                                            {memory.ids, ids, sizeof(std::int64_t) * count},
                                            {memory.saw, unseen.data(), sizeof(std::int32_t) * count},
                                            {memory.clean, input.images, sizeof(float) * count * static_cast<std::size_t>(imageSize())},
                                            {m_plan.labels(m_ascent.buffer), input.labels, sizeof(std::int32_t) * count}};
    for (const Executor::Transfer& transfer : transfers) {
        if (Outcome outcome = m_executor->upload(transfer.to, transfer.from, transfer.bytes); !outcome.ok()) return answer(std::move(outcome));
    }
    return answer(m_executor->run(ascentStart(m_plan, memory, input.n, m_ascent.byLength, ascent.startsAtRandom != 0, ascent.projectsStart != 0, m_ascent.buffer)));
}

std::vector<Launch> Session::ascentLaunches(const Shape& shape) const {
    return ascentStep(m_plan, memoryAt(m_ascentMemory, m_plan.options().maximumBatch), shape.n, shape.pass == Pass::AscendByLength, shape.buffer);
}

Answer Session::ascend() {
    if (m_ascent.n == 0) return refused("no attack was begun");
    return runPass({.pass = m_ascent.byLength ? Pass::AscendByLength : Pass::Ascend, .n = m_ascent.n, .buffer = m_ascent.buffer});
}

Answer Session::readAscent(float* images, std::uint8_t* sawGradient) {
    if (m_ascent.n == 0) return refused("no attack was begun");
    if (images != nullptr) {
        if (Answer failure = readValues(images, m_plan.images(m_ascent.buffer), m_ascent.n * imageSize())) return failure;
    }
    if (sawGradient == nullptr) return {};
    std::vector<std::int32_t> saw(static_cast<std::size_t>(m_ascent.n));
    const AscentMemory memory = memoryAt(m_ascentMemory, m_plan.options().maximumBatch);
    Outcome outcome = m_executor->download(saw.data(), memory.saw, sizeof(std::int32_t) * saw.size());
    for (std::size_t i = 0; outcome.ok() && i < saw.size(); ++i) sawGradient[i] = static_cast<std::uint8_t>(saw[i]);
    return answer(std::move(outcome));
}

Answer Session::stepOnAscent(StepInput input, ConvolabGpuLoss& loss) {
    if (m_ascent.n == 0 || m_ascent.n > input.n || m_ascent.buffer != freeBuffer()) return refused("there are no attacked images to train on");
    input.kept = std::exchange(m_ascent.n, 0);
    return step(input, loss);
}

}  // namespace convolab::gpu
