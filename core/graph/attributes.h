#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// The value of one attribute of a layer. Lists hold kernel sizes, pads, means …
using AttributeValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>>;

enum class AttributeType {
    Bool,
    Integer,
    Real,
    Choice,       ///< a string out of `choices`
    IntegerPair,  ///< two integers (height, width); shown as one field when equal
    Padding,      ///< four integers: top, left, bottom, right (ONNX order); presets valid and same
    ImageShape,   ///< one (vector) or three (C, H, W) integers
    RealList,     ///< one real per channel, or one for all
};

/// Describes one attribute: what the inspector, the JSON reader, the command line and the help show and check.
struct AttributeSchema {
    std::string key;      ///< snake_case, as in JSON
    std::string label;    ///< as in the inspector
    AttributeType type = AttributeType::Integer;
    AttributeValue defaultValue;
    double minimum = 0.0;  ///< of each element
    double maximum = 0.0;
    std::vector<std::string> choices;   ///< for Choice
    std::vector<std::int64_t> common;   ///< values offered as quick buttons, may be empty
    std::string help;      ///< one line
    std::string unit;      ///< may be empty
    std::string section;   ///< heading in the inspector: "Shape", "Weights"
};

/// Attribute values by key. Missing keys mean the schema's default; kinds read them through the typed getters after
/// `complete` has filled the defaults in.
class Attributes {
  public:
    Attributes() = default;
    Attributes(std::initializer_list<std::pair<const std::string, AttributeValue>> values) : m_values(values) {}

    bool has(const std::string& key) const { return m_values.contains(key); }
    const AttributeValue* find(const std::string& key) const;
    void set(const std::string& key, AttributeValue value) { m_values[key] = std::move(value); }
    void erase(const std::string& key) { m_values.erase(key); }
    const std::map<std::string, AttributeValue>& values() const { return m_values; }

    // Typed access; a missing key or wrong type is a broken invariant (validate and complete first).
    bool flag(const std::string& key) const;
    std::int64_t integer(const std::string& key) const;
    double real(const std::string& key) const;  ///< also accepts an integer value
    const std::string& text(const std::string& key) const;
    const std::vector<std::int64_t>& integers(const std::string& key) const;
    const std::vector<double>& reals(const std::string& key) const;

    bool operator==(const Attributes&) const = default;

  private:
    std::map<std::string, AttributeValue> m_values;
};

/// Only the type and the number of elements: what a reader of files insists on.
Status validateAttributeType(const AttributeSchema& schema, const AttributeValue& value);
/// Checks one value against its schema: type, number of elements, range, choice. The message says the range. A schema
/// with minimum = maximum = 0 has no range.
Status validateAttribute(const AttributeSchema& schema, const AttributeValue& value);
/// `given` with every missing key filled in from the schema; an unknown key is an error that names the nearest one.
Result<Attributes> completeAttributes(const std::vector<AttributeSchema>& schema, const Attributes& given);
/// `value` in the type that the schema's getters expect: whole numbers become reals where reals are meant.
AttributeValue normalizedAttribute(const AttributeSchema& schema, AttributeValue value);
/// "3×3", "0.4", "true", "1, 1, 2, 2": as a person reads the value.
std::string attributeText(const AttributeValue& value);

}  // namespace convolab
