#include "gpu/session/group.h"

#include <algorithm>
#include <array>

namespace convolab::gpu {

namespace {

/// Each device must be able to take as many images as there are devices: a smaller batch is computed by all of them.
Index batchOfOne(Index all, Index devices) { return std::max((all + devices - 1) / devices, std::min(all, devices)); }

}  // namespace

Answer Group::open(std::vector<std::unique_ptr<Executor>> executors, std::unique_ptr<Communicator> communicator, const ConvolabGpuNetwork& network,
                   const PlanOptions& options, std::unique_ptr<Group>& group) {
    auto made = std::make_unique<Group>();
    made->m_communicator = std::move(communicator);
    const auto devices = static_cast<Index>(executors.size());
    PlanOptions own = options;
    own.maximumBatch = batchOfOne(options.maximumBatch, devices);
    for (auto& executor : executors) {
        std::unique_ptr<Session> member;
        if (Answer failure = Session::open(std::move(executor), network, own, member)) {
            failure->batchThatFits *= devices;
            return failure;
        }
        made->m_members.push_back(std::move(member));
    }
    group = std::move(made);
    return {};
}

template <class Call>
Answer Group::onAll(Call&& call) {
    for (const auto& member : m_members) {
        if (Answer failure = call(*member)) return failure;
    }
    return {};
}

std::size_t Group::bytes() const {
    std::size_t sum = 0;
    for (const auto& member : m_members) sum += member->bytes();
    return sum;
}

Answer Group::writeWeights(const float* parameters, const float* statistics) {
    return onAll([&](Session& member) { return member.writeWeights(parameters, statistics); });
}

Answer Group::writeState(const float* state, Index count) {
    return onAll([&](Session& member) { return member.writeState(state, count); });
}

Answer Group::writeLossScaling(const ConvolabGpuLossScaling& scaling) {
    return onAll([&](Session& member) { return member.writeLossScaling(scaling); });
}

Answer Group::setTargets(double smoothing, const float* classWeights) {
    m_classWeights.clear();
    if (classWeights != nullptr) m_classWeights.assign(classWeights, classWeights + first().classes());
    return onAll([&](Session& member) { return member.setTargets(smoothing, classWeights); });
}

Answer Group::holdImages(const ConvolabGpuImages* images) {
    Answer failure = onAll([&](Session& member) { return member.holdImages(images); });
    if (failure) static_cast<void>(onAll([](Session& member) { return member.holdImages(nullptr); }));
    return failure;
}

Answer Group::writeImages(Index first, Index count, const void* pixels) {
    return onAll([&](Session& member) { return member.writeImages(first, count, pixels); });
}

Answer Group::setAugmentations(std::span<const ConvolabGpuAugmentation> chain) {
    Answer failure = onAll([&](Session& member) { return member.setAugmentations(chain); });
    if (failure) static_cast<void>(onAll([](Session& member) { return member.setAugmentations({}); }));
    return failure;
}

Answer Group::chooseImages(const ConvolabGpuChoice& choice) {
    m_places.assign(choice.places, choice.places + choice.count);
    m_choice = choice;
    m_choice.places = m_places.data();
    return onAll([&](Session& member) { return member.chooseImages(choice); });
}

Answer Group::chooseShares(const StepInput& input, std::span<const Share> shares) {
    if (input.images != nullptr) return {};
    if (m_choice.count != input.n) return SessionFailure{.outcome = {kGpuDriverFailed, "another number of images was chosen"}};
    for (std::size_t r = 0; r < m_members.size(); ++r) {
        ConvolabGpuChoice own = m_choice;
        own.places += shares[r].first;
        own.count = shares[r].count;
        if (Answer failure = m_members[r]->chooseImages(own)) return failure;
    }
    return {};
}

Answer Group::setOutputTargets(const float* rows, Index count) {
    m_aims = rows != nullptr;
    return onAll([&](Session& member) { return member.setOutputTargets(rows, count); });
}

std::vector<Group::Share> Group::sharesOf(const StepInput& input) const {
    const auto devices = static_cast<Index>(m_members.size());
    if (input.n < devices) return std::vector<Share>(m_members.size(), {0, input.n, 1.0 / static_cast<double>(devices)});
    std::vector<Share> shares;
    double sum = 0.0;
    for (Index r = 0, from = 0; r < devices; ++r) {
        Share share{from, input.n / devices + (r < input.n % devices ? 1 : 0), 0.0};
        for (Index i = from; i < from + share.count; ++i) {
            share.weight += m_classWeights.empty() || m_aims || input.dropoutKey == nullptr ? 1.0 : static_cast<double>(m_classWeights[static_cast<std::size_t>(input.labels[i])]);
        }
        sum += share.weight;
        from += share.count;
        shares.push_back(share);
    }
    for (Share& share : shares) share.weight = sum > 0.0 ? share.weight / sum : 0.0;
    return shares;
}

Answer Group::step(const StepInput& input, ConvolabGpuLoss& loss) {
    const std::vector<Share> shares = sharesOf(input);
    if (Answer failure = chooseShares(input, shares)) return failure;
    // Room for the optimizer's state first: a step that one of them cannot make, none of them begins.
    for (std::size_t r = 0; r < m_members.size(); ++r) {
        StepInput own = input;
        own.n = shares[r].count;
        if (Answer failure = m_members[r]->prepare(own)) {
            if (failure->outcome.state == kGpuNoImages) static_cast<void>(holdImages(nullptr));
            return failure;
        }
    }
    std::vector<float*> gradients;
    // All devices work at once: nobody is waited for before all have begun.
    for (std::size_t r = 0; r < m_members.size(); ++r) {
        StepInput own = input;
        if (own.images != nullptr) own.images += shares[r].first * first().imageSize();
        own.labels += shares[r].first;
        own.n = shares[r].count;
        const std::array<std::uint32_t, 2> key{input.dropoutKey[0], input.dropoutKey[1] ^ (static_cast<std::uint32_t>(r) * 0x9E3779B9U)};
        own.dropoutKey = key.data();
        if (Answer failure = m_members[r]->beginShare(own, static_cast<float>(shares[r].weight))) return failure;
        gradients.push_back(m_members[r]->gradients());
    }
    if (Outcome outcome = m_communicator->sum(gradients, first().parameterCount()); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    loss = {};
    for (std::size_t r = 0; r < m_members.size(); ++r) {
        ConvolabGpuLoss own{};
        if (Answer failure = m_members[r]->endShare(input.update, own)) return failure;
        loss.loss += shares[r].weight * own.loss;
        loss.skipped = own.skipped;  // all have the same gradients
        if (shares[r].first > 0 || r == 0) loss.correct += own.correct;  // a batch that all have computed counts once
    }
    return {};
}

Answer Group::evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores) {
    ConvolabGpuLoss sum{};
    const StepInput input{.images = images, .labels = labels, .n = n};
    const std::vector<Share> shares = sharesOf(input);
    if (Answer failure = chooseShares(input, shares)) return failure;
    for (std::size_t r = 0; r < m_members.size(); ++r) {
        const Share& share = shares[r];
        const auto part = [&](auto* values, Index each) { return values != nullptr ? values + share.first * each : nullptr; };
        ConvolabGpuLoss own{};
        Answer failure = m_members[r]->evaluate(part(images, first().imageSize()), part(labels, 1), share.count, loss != nullptr ? &own : nullptr,
                                                part(output, first().outputSize()), part(scores, first().classes()));
        if (failure) return failure;
        sum.loss += static_cast<double>(share.count) / static_cast<double>(n) * own.loss;
        sum.correct += own.correct;
        if (share.count == n) break;  // one device has computed all of it
    }
    if (loss != nullptr) *loss = sum;
    return {};
}

}  // namespace convolab::gpu
