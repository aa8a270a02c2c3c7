#pragma once

#include <cmath>
#include <cstdint>

#include "core/layers/layer_kind.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

/// The reference arithmetic of normalisations within one image: its values fall into `sets` of equally many that lie one
/// after the other (channel by channel); each set is brought to mean 0 and variance 1. Ba et al., "Layer
/// Normalization", 2016; Ulyanov et al., "Instance Normalization", 2016; Wu and He, "Group Normalization", 2018.
template <class T>
class SetNorm {
  public:
    SetNorm(const View<const T>& x, std::int64_t sets, double epsilon)
        : m_x(x), m_each(x.size() / (x.shape[0] * sets)), m_epsilon(static_cast<T>(epsilon)) {}

    std::int64_t count() const { return m_x.size() / m_each; }
    std::int64_t begin(std::int64_t set) const { return set * m_each; }
    std::int64_t end(std::int64_t set) const { return (set + 1) * m_each; }

    struct Statistics {
        T mean{0}, inverse{0};  ///< inverse: 1 / √(variance + ε), with the biased variance
    };
    Statistics of(std::int64_t set) const {
        const T each = static_cast<T>(m_each);
        Statistics result;
        T variance{0};
        for (std::int64_t i = begin(set); i < end(set); ++i) result.mean += m_x[i];
        result.mean /= each;
        for (std::int64_t i = begin(set); i < end(set); ++i) variance += (m_x[i] - result.mean) * (m_x[i] - result.mean);
        result.inverse = T{1} / std::sqrt(variance / each + m_epsilon);
        return result;
    }

    /// With g the gradient of x̂ and m values in a set: dx = (g − Σ g / m − x̂ · Σ g x̂ / m) / √(σ² + ε).
    template <class Gradient>
    void backward(const View<T>& dx, Gradient&& gradient) const {
        for (std::int64_t set = 0; set < count(); ++set) {
            const Statistics s = of(set);
            T sum{0}, product{0};
            for (std::int64_t i = begin(set); i < end(set); ++i) {
                sum += gradient(i);
                product += gradient(i) * (m_x[i] - s.mean) * s.inverse;
            }
            const T each = static_cast<T>(m_each);
            for (std::int64_t i = begin(set); i < end(set); ++i) {
                const T normalised = (m_x[i] - s.mean) * s.inverse;
                dx[i] = s.inverse * (gradient(i) - sum / each - normalised * product / each);
            }
        }
    }

  private:
    const View<const T>& m_x;
    std::int64_t m_each;
    T m_epsilon;
};

/// The ONNX steps of (x − mean) / √(variance + ε) over the last axis of `source`.
inline std::string normalisedLastAxis(OnnxSteps& steps, const std::string& source, double epsilon) {
    const std::vector<OnnxAttribute> last{{"axes", std::vector<std::int64_t>{-1}}, {"keepdims", std::int64_t{1}}};
    const std::string mean = steps.add("ReduceMean", {source}, "mean", last);
    const std::string centred = steps.add("Sub", {source, mean}, "centred");
    const std::string square = steps.add("Mul", {centred, centred}, "square");
    const std::string variance = steps.add("ReduceMean", {square}, "variance", last);
    const std::string shifted = steps.add("Add", {variance, steps.scalar("epsilon", epsilon)}, "shifted");
    const std::string deviation = steps.add("Sqrt", {shifted}, "deviation");
    return steps.add("Div", {centred, deviation}, "normalised");
}

}  // namespace convolab
