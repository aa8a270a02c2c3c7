#include "gpu/plan/batch_plan.h"

#include <algorithm>

#include "gpu/plan/arena.h"

namespace convolab::gpu {

namespace {

std::size_t stay(std::size_t& all, std::size_t bytes) {
    const std::size_t offset = all;
    all += alignedSize(bytes);
    return offset;
}

std::size_t floats(Index count) { return sizeof(float) * static_cast<std::size_t>(count); }

}  // namespace

BatchPlan::BatchPlan(const ConvolabGpuImages& images, Index maximumBatch) : m_images(images), m_batch(maximumBatch) {
    stay(m_imageBytes, static_cast<std::size_t>(images.count) * bytesOfOne());
    for (int buffer = 0; buffer < 2; ++buffer) {
        m_places[buffer] = stay(m_imageBytes, sizeof(std::int32_t) * static_cast<std::size_t>(maximumBatch));
        m_key[buffer] = stay(m_imageBytes, sizeof(ConvolabGpuChoice::key));
    }
}

void BatchPlan::augment(std::span<const ConvolabGpuAugmentation> chain) {
    m_chain.assign(chain.begin(), chain.end());
    m_augmentationBytes = 0;
    if (chain.empty()) return;
    const auto holds = [&](std::int32_t kind) { return std::ranges::any_of(chain, [&](const ConvolabGpuAugmentation& by) { return by.kind == kind; }); };
    stay(m_augmentationBytes, chain.size_bytes());
    m_numbers = stay(m_augmentationBytes, sizeof(double) * static_cast<std::size_t>(DrawNumbers::kEach * m_batch) * chain.size());
    m_other = stay(m_augmentationBytes, floats(m_batch * each()));
    m_means = stay(m_augmentationBytes, holds(kGpuContrast) ? floats(m_batch) : 0);
    const std::size_t field = holds(kGpuElastic) ? floats(2 * m_batch * plane()) : 0;
    m_field = stay(m_augmentationBytes, field);
    m_fieldBetween = stay(m_augmentationBytes, field);
}

std::vector<Launch> BatchPlan::batch(Index n, int buffer, bool augmented, float* batch) const {
    std::vector<Launch> launches;
    const std::size_t steps = augmented ? m_chain.size() : 0;
    // Two places take turns, so that the last one is the batch's.
    float* here = steps % 2 == 0 ? batch : at<float>(m_other);
    if (m_images.bytes != 0) launches.push_back(launchOf(GatherBytes{reinterpret_cast<const std::uint8_t*>(m_imageMemory), places(buffer), here, each()}, n * each()));
    else launches.push_back(launchOf(GatherFloats{reinterpret_cast<const float*>(m_imageMemory), places(buffer), here, each()}, n * each()));
    if (steps > 0) {
        const DrawNumbers draw{{places(buffer), key(buffer)}, at<ConvolabGpuAugmentation>(0), at<double>(m_numbers), n, m_images.height, m_images.width};
        launches.push_back(launchOf(draw, static_cast<Index>(steps) * n));
        for (std::size_t step = 0; step < steps; ++step) {
            float* next = here == batch ? at<float>(m_other) : batch;
            addStep(step, n, buffer, here, next, launches);
            here = next;
        }
        launches.push_back(launchOf(ClampImage{batch}, n * each()));
    }
    for (Launch& launch : launches) launch.part = Part::Batch;
    return launches;
}

void BatchPlan::addStep(std::size_t step, Index n, int buffer, const float* from, float* to, std::vector<Launch>& launches) const {
    const Index values = n * each();
    const ImageChange change{{m_images.channels, m_images.height, m_images.width}, from, to, at<double>(m_numbers) + static_cast<Index>(step) * n * DrawNumbers::kEach};
    const AugmentedImages images{places(buffer), key(buffer)};
    const ConvolabGpuAugmentation* by = at<ConvolabGpuAugmentation>(0) + step;
    const auto add = [&](const auto& body, Index count) { launches.push_back(launchOf(body, count)); };
    switch (m_chain[step].kind) {
        case kGpuMove: return add(MoveImage{change}, values);
        case kGpuRotate: return add(RotateImage{change}, values);
        case kGpuEnlarge: return add(EnlargeImage{change}, values);
        case kGpuFlip: return add(FlipImage{change}, values);
        case kGpuErase: return add(EraseImage{change}, values);
        case kGpuBrightness: return add(BrightenImage{change}, values);
        case kGpuContrast:
            add(BlockSum<ImageMeanTerms>{ImageMeanTerms{{}, ImageMean{from, at<float>(m_means), each()}}}, n);
            return add(StretchImage{change, at<float>(m_means)}, values);
        case kGpuNoise: return add(AddNoise{change, images, by}, values);
        default: {  // elastic
            float *field = at<float>(m_field), *between = at<float>(m_fieldBetween);
            const Index fields = 2 * n * plane();
            add(ElasticField{images, by, field, plane()}, fields);
            add(BlurLines{by, field, between, m_images.width, 1}, fields);
            add(BlurLines{by, between, field, m_images.height, m_images.width}, fields);
            return add(BendImage{change, by, field}, values);
        }
    }
}

}  // namespace convolab::gpu
