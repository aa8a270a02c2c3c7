#include "core/graph/attributes.h"

#include <algorithm>
#include <cmath>

#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

Error invalid(std::string message, std::string hint) {
    return Error{ErrorCode::InvalidArgument, std::move(message), {}, std::move(hint)};
}

std::string realText(double value) {
    if (std::isfinite(value) && value == std::floor(value) && std::abs(value) < 1e15) {
        return withThousands(static_cast<std::int64_t>(value));
    }
    std::string text = formatNumber(value);
    if (!text.empty() && text.front() == '-') text.replace(0, 1, "\u2212");
    return text;
}

std::string expectation(const AttributeSchema& schema) {
    switch (schema.type) {
        case AttributeType::Bool: return "true or false";
        case AttributeType::Integer: return "one whole number";
        case AttributeType::Real: return "one number";
        case AttributeType::Choice: return "one of " + join(schema.choices, ", ");
        case AttributeType::IntegerPair: return "two whole numbers (height, width)";
        case AttributeType::Padding: return "four whole numbers (top, left, bottom, right)";
        case AttributeType::ImageShape: return "one whole number or three (channels, height, width)";
        case AttributeType::RealList: return "a list of numbers";
    }
    return {};
}

bool hasType(const AttributeSchema& schema, const AttributeValue& value) {
    const auto* integers = std::get_if<Integers>(&value);
    switch (schema.type) {
        case AttributeType::Bool: return std::holds_alternative<bool>(value);
        case AttributeType::Integer: return std::holds_alternative<std::int64_t>(value);
        case AttributeType::Real:
            return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
        case AttributeType::Choice: return std::holds_alternative<std::string>(value);
        case AttributeType::IntegerPair: return integers && integers->size() == 2;
        case AttributeType::Padding: return integers && integers->size() == 4;
        case AttributeType::ImageShape: return integers && (integers->size() == 1 || integers->size() == 3);
        case AttributeType::RealList: {
            const auto* reals = std::get_if<Reals>(&value);
            return (integers && !integers->empty()) || (reals && !reals->empty());
        }
    }
    return false;
}

Reals elements(const AttributeValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return {static_cast<double>(*integer)};
    if (const auto* real = std::get_if<double>(&value)) return {*real};
    if (const auto* reals = std::get_if<Reals>(&value)) return *reals;
    if (const auto* integers = std::get_if<Integers>(&value)) return {integers->begin(), integers->end()};
    return {};
}

template <class T>
const T& typed(const Attributes& attributes, const std::string& key) {
    const AttributeValue* value = attributes.find(key);
    CONVOLAB_CHECK(value != nullptr, "missing attribute " + key);
    const T* result = std::get_if<T>(value);
    CONVOLAB_CHECK(result != nullptr, "wrong type of attribute " + key);
    return *result;
}

}  // namespace

const AttributeValue* Attributes::find(const std::string& key) const {
    const auto found = m_values.find(key);
    return found == m_values.end() ? nullptr : &found->second;
}

bool Attributes::flag(const std::string& key) const { return typed<bool>(*this, key); }
std::int64_t Attributes::integer(const std::string& key) const { return typed<std::int64_t>(*this, key); }
const std::string& Attributes::text(const std::string& key) const { return typed<std::string>(*this, key); }
const Integers& Attributes::integers(const std::string& key) const { return typed<Integers>(*this, key); }
const Reals& Attributes::reals(const std::string& key) const { return typed<Reals>(*this, key); }

double Attributes::real(const std::string& key) const {
    const AttributeValue* value = find(key);
    if (value != nullptr && std::holds_alternative<std::int64_t>(*value)) {
        return static_cast<double>(std::get<std::int64_t>(*value));
    }
    return typed<double>(*this, key);
}

Status validateAttributeType(const AttributeSchema& schema, const AttributeValue& value) {
    if (hasType(schema, value)) return {};
    return invalid("\"" + schema.key + "\" is " + attributeText(value), "it needs " + expectation(schema));
}

Status validateAttribute(const AttributeSchema& schema, const AttributeValue& value) {
    if (Status status = validateAttributeType(schema, value); !status) return status;
    if (schema.type == AttributeType::Choice) {
        const auto& word = std::get<std::string>(value);
        if (std::find(schema.choices.begin(), schema.choices.end(), word) != schema.choices.end()) return {};
        return invalid("\"" + schema.key + "\" is \"" + word + "\"",
                       "did you mean \"" + nearestWord(word, schema.choices) + "\"?");
    }
    const bool ranged = schema.minimum < schema.maximum;
    for (const double element : elements(value)) {
        if (!std::isfinite(element)) {
            return invalid("\"" + schema.key + "\" is " + attributeText(value), "give a finite number");
        }
        if (ranged && (element < schema.minimum || element > schema.maximum)) {
            return invalid("\"" + schema.key + "\" is " + attributeText(value),
                           "choose " + realText(schema.minimum) + " to " + realText(schema.maximum));
        }
    }
    return {};
}

AttributeValue normalizedAttribute(const AttributeSchema& schema, AttributeValue value) {
    if (schema.type == AttributeType::Real) {
        if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    }
    if (schema.type == AttributeType::RealList) {
        if (const auto* integers = std::get_if<Integers>(&value)) return Reals(integers->begin(), integers->end());
    }
    return value;
}

Result<Attributes> completeAttributes(const std::vector<AttributeSchema>& schema, const Attributes& given) {
    Attributes complete;
    std::size_t used = 0;
    for (const AttributeSchema& entry : schema) {
        const AttributeValue* value = given.find(entry.key);
        if (value == nullptr) {
            complete.set(entry.key, normalizedAttribute(entry, entry.defaultValue));
            continue;
        }
        ++used;
        if (Status status = validateAttribute(entry, *value); !status) return status.error();
        complete.set(entry.key, normalizedAttribute(entry, *value));
    }
    if (used == given.values().size()) return complete;

    std::vector<std::string> known;
    for (const AttributeSchema& entry : schema) known.push_back(entry.key);
    for (const auto& [key, value] : given.values()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        return invalid("unknown attribute \"" + key + "\"",
                       known.empty() ? "this kind of layer has none"
                                     : "did you mean \"" + nearestWord(key, known) + "\"?");
    }
    return complete;
}

std::string attributeText(const AttributeValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* word = std::get_if<std::string>(&value)) return *word;
    if (const auto* integers = std::get_if<Integers>(&value)) {
        const bool extents = integers->size() == 2 || integers->size() == 3;
        std::vector<std::string> parts;
        for (const std::int64_t element : *integers) parts.push_back(withThousands(element));
        return join(parts, extents ? "\u00D7" : ", ");
    }
    std::vector<std::string> parts;
    for (const double element : elements(value)) parts.push_back(realText(element));
    return join(parts, ", ");
}

}  // namespace convolab
