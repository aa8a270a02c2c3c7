// Maps of one image as one picture: into a texture where OpenGL runs on the same GPU, else to main memory.
#include "gpu/graphics/texture_bridge.h"
#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

Answer refused(const char* words) { return answer({kGpuDriverFailed, words}); }

}  // namespace

TextureBridge& Session::bridge() {
    if (!m_bridge) m_bridge = std::make_unique<TextureBridge>(driverLibrary().table, graphicsLibrary(), m_executor->ordinal(), m_executor->stream());
    return *m_bridge;
}

std::string Session::attachTexture(std::uint32_t texture, std::uint32_t target) { return bridge().attach(texture, target) ? std::string{} : bridge().reason(); }

void Session::detachTexture(std::uint32_t texture) {
    if (m_bridge) m_bridge->detach(texture);
}

Answer Session::drawMaps(const ConvolabGpuAtlas& atlas, std::uint32_t texture, float* pixels, bool* written) {
    *written = false;
    if (Answer failure = requireTap(atlas.tap)) return failure;
    const auto tap = static_cast<std::size_t>(atlas.tap);
    const ConvolabGpuShape& shape = m_plan.tapShape(tap);
    const bool fits = atlas.image >= 0 && atlas.image < m_plan.options().maximumBatch && atlas.first >= 0 && atlas.maps > 0 && atlas.first + atlas.maps <= shape.channels &&
                      atlas.columns > 0 && atlas.gap >= 0;
    if (!fits) return refused("there are no such maps");
    Atlas body{m_plan.tap(tap) + atlas.image * m_plan.tapSize(tap) + atlas.first * planeOf(shape), nullptr, atlas.maps, shape.height, shape.width, atlas.columns, atlas.gap, atlas.blank};
    const Index width = body.pictureWidth(), height = body.pictureHeight();
    const std::size_t bytes = sizeof(float) * static_cast<std::size_t>(width * height);
    if (Answer failure = requirePicture(bytes)) return failure;
    body.y = reinterpret_cast<float*>(m_picture);
    const Launch launch = launchOf(body, width * height);
    if (Outcome outcome = m_executor->run({&launch, 1}); !outcome.ok()) return answer(std::move(outcome));
    *written = texture != 0 && bridge().write(texture, body.y, width, height);
    return *written || pixels == nullptr ? Answer{} : answer(m_executor->download(pixels, body.y, bytes));
}

Answer Session::requirePicture(std::size_t bytes) {
    if (bytes <= m_pictureBytes) return {};
    if (m_picture != nullptr) m_executor->release(m_picture);
    m_picture = nullptr;
    m_pictureBytes = 0;
    if (Outcome outcome = m_executor->allocate(bytes, &m_picture); !outcome.ok()) return answer(std::move(outcome));
    m_pictureBytes = bytes;
    return {};
}

}  // namespace convolab::gpu
