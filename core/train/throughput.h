#pragma once

#include <cstdint>
#include <deque>

namespace convolab {

/// Images per second over the last second of training (pauses and validations are not training).
class Throughput {
  public:
    /// `seconds` is the training time so far, `images` the size of the batch that ended then.
    void add(double seconds, std::int64_t images) {
        m_steps.push_back({seconds, images});
        m_images += images;
        while (m_steps.size() > 2 && seconds - m_steps[1].seconds >= kWindow) {
            m_steps.pop_front();
            m_images -= m_steps.front().images;  // the front one only marks where the window begins
        }
        if (m_steps.size() == 1) m_images = 0;
    }
    double imagesPerSecond() const {
        if (m_steps.size() < 2) return 0.0;
        const double span = m_steps.back().seconds - m_steps.front().seconds;
        return span > 0.0 ? static_cast<double>(m_images) / span : 0.0;
    }

  private:
    static constexpr double kWindow = 1.0;
    struct Step {
        double seconds;
        std::int64_t images;
    };
    std::deque<Step> m_steps;
    std::int64_t m_images = 0;  // of all but the first
};

}  // namespace convolab
