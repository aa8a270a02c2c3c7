#pragma once

#include "core/layers/layer_kind.h"

namespace convolab {

/// Attributes of every kind with a weight tensor.
inline AttributeSchema initAttribute() {
    AttributeSchema schema;
    schema.key = "init";
    schema.label = "Initialise";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("he_uniform");
    schema.choices = {"he_uniform", "he_normal", "xavier_uniform", "xavier_normal", "lecun_uniform", "lecun_normal",
                      "torch_uniform"};
    schema.help = "How fresh weights are drawn: He for ReLU, Xavier for tanh and sigmoid, LeCun for neither; Torch's "
                  "(PyTorch's default, ±1/√inputs) is the smallest, and the start that one-step adversarial training needs";
    schema.section = "Weights";
    return schema;
}

inline AttributeSchema biasAttribute(const std::string& help) {
    AttributeSchema schema;
    schema.key = "bias";
    schema.label = "Bias";
    schema.type = AttributeType::Bool;
    schema.defaultValue = true;
    schema.minimum = 0;
    schema.maximum = 1;
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

}  // namespace convolab
