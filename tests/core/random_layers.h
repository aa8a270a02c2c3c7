// Random configurations of a layer kind: attributes within its schema and inputs that it accepts.
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/layers/layer_kind.h"
#include "core/util/random.h"

namespace convolab::testing {

// What configurations are drawn from. Equal seeds draw equal configurations.
class Draw {
  public:
    explicit Draw(std::uint64_t seed) : m_random(seed, RandomStreamId::Analysis, 11) {}

    bool oneIn(int count) { return m_random.below(static_cast<std::uint32_t>(count)) == 0; }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(m_random.below(static_cast<std::uint32_t>(high - low + 1)));
    }
    double real(double low, double high) { return low + (high - low) * static_cast<double>(m_random.uniform()); }
    template <class T>
    T oneOf(const std::vector<T>& values) {
        return values[m_random.below(static_cast<std::uint32_t>(values.size()))];
    }

    // Counts at, below and beyond whole blocks of 8 and 16 channels.
    std::int64_t channels() { return oneOf<std::int64_t>({1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 20, 24, 32, 33}); }
    Shape image() {
        if (oneIn(5)) return {channels(), 1, 1};
        return {channels(), between(1, 9), between(1, 9)};
    }
    Shape vector() { return Shape{between(1, 70)}; }

  private:
    RandomSequence m_random;
};

inline std::int64_t drawnInteger(Draw& draw, const AttributeSchema& schema) {
    const auto low = static_cast<std::int64_t>(std::max(schema.minimum, -4.0));
    const auto high = static_cast<std::int64_t>(schema.maximum);
    return draw.between(low, std::min(high, low + (draw.oneIn(2) ? 4 : 24)));
}

// Around the default where the range spans decades.
inline double drawnReal(Draw& draw, const AttributeSchema& schema) {
    const double usual = std::get<double>(schema.defaultValue);
    if (schema.maximum - schema.minimum <= 10.0 && schema.minimum <= 0.0) return draw.real(schema.minimum, schema.maximum);
    const double value = usual == 0.0 ? draw.real(-3.0, 3.0) : usual * draw.real(0.25, 4.0);
    return std::clamp(value, schema.minimum, schema.maximum);
}

inline AttributeValue drawnValue(Draw& draw, const AttributeSchema& schema) {
    using Integers = std::vector<std::int64_t>;
    const auto low = static_cast<std::int64_t>(schema.minimum);
    switch (schema.type) {
        case AttributeType::Bool: return draw.oneIn(2);
        case AttributeType::Integer: return drawnInteger(draw, schema);
        case AttributeType::Real: return drawnReal(draw, schema);
        case AttributeType::Choice: return draw.oneOf(schema.choices);
        case AttributeType::IntegerPair: {
            const Integers pair{draw.between(low, low + 3), draw.between(low, low + 3)};
            return draw.oneIn(2) ? Integers{pair[0], pair[0]} : pair;
        }
        case AttributeType::Padding: {
            if (draw.oneIn(3)) return Integers{0, 0, 0, 0};
            Integers pads;
            for (int side = 0; side < 4; ++side) pads.push_back(draw.between(0, 2));
            return pads;
        }
        case AttributeType::ImageShape: return draw.image().extents();
        case AttributeType::RealList: return schema.defaultValue;
    }
    return schema.defaultValue;
}

// Attributes and inputs that hang together, for kinds that would refuse most of what the schema alone gives.
using Adjustment = void (*)(Draw&, LayerExample&);

inline const std::map<std::string, Adjustment>& adjustments() {
    static const std::map<std::string, Adjustment> table{
        {"input",
         [](Draw& draw, LayerExample& e) {
             e.inputs = {draw.oneIn(4) ? draw.vector() : draw.image()};
             e.attributes.set("shape", e.inputs[0].extents());
             const auto count = static_cast<std::size_t>(draw.oneIn(2) ? 1 : e.inputs[0].channels());
             std::vector<double> means(count), deviations(count);
             for (double& mean : means) mean = draw.real(-1.0, 1.0);
             for (double& deviation : deviations) deviation = draw.real(0.2, 3.0);
             e.attributes.set("mean", means);
             e.attributes.set("std", deviations);
         }},
        {"conv2d",
         [](Draw& draw, LayerExample& e) {
             const std::int64_t groups = draw.oneOf<std::int64_t>({1, 1, 1, 2, 3, 4, 8, 16});
             const std::int64_t each = draw.between(1, 5);
             e.inputs = {draw.image()};
             if (groups > 1) e.inputs[0][0] = groups * (draw.oneIn(2) ? 1 : each);
             e.attributes.set("groups", groups);
             e.attributes.set("filters", groups > 1 ? groups * draw.between(1, 4) : draw.channels());
         }},
        {"conv_transpose2d",
         [](Draw& draw, LayerExample& e) {
             const std::int64_t groups = draw.oneOf<std::int64_t>({1, 1, 1, 2, 3, 4, 8});
             const auto drawn = draw.image().extents();
             e.inputs = {Shape{groups > 1 ? groups * draw.between(1, 4) : drawn[0], std::min<std::int64_t>(drawn[1], 6), std::min<std::int64_t>(drawn[2], 6)}};
             e.attributes.set("groups", groups);
             e.attributes.set("filters", groups > 1 ? groups * draw.between(1, 4) : draw.channels());
         }},
        {"conv2d_table",
         [](Draw& draw, LayerExample& e) {
             const std::int64_t channels = draw.channels();
             e.inputs[0] = draw.image();
             e.inputs[0][0] = channels;
             std::vector<double> rows(static_cast<std::size_t>(draw.between(1, 20)));
             for (double& row : rows) row = static_cast<double>(draw.between(1, (std::int64_t{1} << std::min<std::int64_t>(channels, 20)) - 1));
             e.attributes.set("table", rows);
         }},
        {"channel_shuffle",
         [](Draw& draw, LayerExample& e) {
             const std::int64_t groups = draw.between(1, 6);
             e.attributes.set("groups", groups);
             e.inputs[0][0] = groups * draw.oneOf<std::int64_t>({1, 2, 3, 4, 8});
         }},
        {"reshape",
         [](Draw& draw, LayerExample& e) {
             const Shape drawn = draw.image();
             std::vector<std::int64_t> shape = drawn.extents();
             if (draw.oneIn(2)) e.inputs[0] = {drawn.width(), drawn.channels(), drawn.height()};
             else if (draw.oneIn(2)) e.inputs[0] = Shape{drawn.size()};
             else shape = {0};
             if (draw.oneIn(3)) shape[static_cast<std::size_t>(draw.between(0, static_cast<std::int64_t>(shape.size()) - 1))] = 0;
             e.attributes.set("shape", shape);
         }},
        {"resize",
         [](Draw& draw, LayerExample& e) {
             std::vector<double> scale{draw.real(0.3, 3.0)};
             if (draw.oneIn(2)) scale.push_back(draw.real(0.3, 3.0));
             e.attributes.set("scale", scale);
             if (draw.oneIn(2)) e.attributes.set("size", std::vector<std::int64_t>{draw.between(0, 15), draw.between(0, 15)});
         }},
        {"slice",
         [](Draw& draw, LayerExample& e) {
             const std::int64_t all = e.inputs[0].channels(), first = draw.oneIn(2) ? all / 16 * 8 : draw.between(0, all - 1);
             e.attributes.set("first", first);
             e.attributes.set("channels", draw.between(0, all - first));
         }},
        {"dense", [](Draw&, LayerExample& e) { e.attributes.erase("inputs"); }},
        // Over a handful of values the gradient is a difference of equal numbers, and only rounding is left of it.
        {"batch_norm",
         [](Draw& draw, LayerExample& e) {
             if (e.batch * e.inputs[0].height() * e.inputs[0].width() < 8) e.batch = static_cast<int>(draw.between(8, 11));
         }},
        {"group_norm",
         [](Draw& draw, LayerExample& e) {
             const std::int64_t groups = draw.between(1, 5);
             const Shape one = draw.oneIn(5) ? draw.vector() : draw.image();
             e.inputs = {one};
             e.inputs[0][0] = groups * draw.between(1, 6);
             while (e.inputs[0].size() < 8 * groups) e.inputs[0][0] += groups;
             e.attributes.set("groups", groups);
         }},
        {"instance_norm", [](Draw& draw, LayerExample& e) { e.inputs = {Shape{draw.channels(), draw.between(3, 9), draw.between(3, 9)}}; }},
        {"layer_norm",
         [](Draw& draw, LayerExample& e) {
             while (e.inputs[0].size() < 8) e.inputs = {draw.oneIn(3) ? draw.vector() : draw.image()};
         }},
        {"lrn",
         [](Draw& draw, LayerExample& e) {
             e.attributes.set("alpha", draw.real(0.0, 2.0));
             e.attributes.set("k", draw.real(0.5, 3.0));
             e.attributes.set("beta", draw.oneIn(2) ? 0.75 : draw.real(0.1, 2.0));
             e.attributes.set("size", draw.oneIn(3) ? draw.between(1, 63) : draw.between(1, 6));
         }},
        {"multiply",
         [](Draw& draw, LayerExample& e) {
             for (Shape& shape : e.inputs) {
                 if (!shape.isImage() || !draw.oneIn(3)) continue;
                 shape = draw.oneIn(2) ? Shape{shape[0], 1, 1} : Shape{shape[0]};
             }
         }},
        {"softplus", [](Draw& draw, LayerExample& e) { e.attributes.set("threshold", draw.oneIn(2) ? 20.0 : draw.real(0.0, 3.0)); }},
        {"concat",
         [](Draw& draw, LayerExample& e) {
             const bool whole = draw.oneIn(2);
             for (Shape& shape : e.inputs) shape[0] = whole ? 8 * draw.between(1, 4) : draw.channels();
         }},
    };
    return table;
}

inline LayerExample drawnExample(Draw& draw, const LayerKind& kind) {
    LayerExample example;
    example.batch = static_cast<int>(draw.oneOf<std::int64_t>({1, 1, 2, 3, 7}));
    for (const AttributeSchema& schema : kind.attributes) {
        if (!draw.oneIn(3)) example.attributes.set(schema.key, drawnValue(draw, schema));
    }
    const int most = kind.maxInputs < 0 ? kind.minInputs + 2 : kind.maxInputs;
    const Shape shape = draw.oneIn(4) ? draw.vector() : draw.image();
    example.inputs.assign(static_cast<std::size_t>(draw.between(kind.minInputs, most)), shape);
    if (const auto found = adjustments().find(kind.id); found != adjustments().end()) found->second(draw, example);
    return example;
}

inline bool accepts(const LayerKind& kind, const LayerExample& example) {
    constexpr std::int64_t kMostValues = 40000;
    for (const AttributeSchema& schema : kind.attributes) {
        const AttributeValue* value = example.attributes.find(schema.key);
        if (value != nullptr && !validateAttribute(schema, *value).ok()) return false;
    }
    const auto attributes = completeAttributes(kind.attributes, example.attributes);
    if (!attributes.ok()) return false;
    const auto output = kind.outputShape(*attributes, example.inputs);
    return output.ok() && output->size() * example.batch <= kMostValues;
}

// A configuration that the kind accepts; the seed decides which. The kind must accept some of what is drawn: where it
// does not, it needs a row in adjustments().
inline LayerExample randomExample(const LayerKind& kind, std::uint64_t seed) {
    Draw draw(seed);
    for (int tries = 0; tries < 1000; ++tries) {
        LayerExample example = drawnExample(draw, kind);
        if (accepts(kind, example)) return example;
    }
    throw std::runtime_error("no configuration that " + kind.id + " accepts was found");
}

// "conv2d filters 5 groups 1, 3×4×4, batch 2": what a failing test says.
inline std::string describe(const LayerKind& kind, const LayerExample& example) {
    std::string text = kind.id;
    for (const auto& [key, value] : example.attributes.values()) text += " " + key + " " + attributeText(value);
    for (const Shape& shape : example.inputs) text += ", " + shape.text();
    return text + ", batch " + std::to_string(example.batch);
}

}  // namespace convolab::testing
