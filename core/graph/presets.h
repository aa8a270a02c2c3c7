#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

struct PresetOptions {
    std::optional<Shape> input;    ///< (C, H, W) in place of the preset's own
    std::optional<int> classes;
    std::optional<int> width;      ///< dense-n only
};

struct PresetInfo {
    std::string name;         ///< "lenet-like"
    std::string title;        ///< "LeNet-like"
    std::string description;  ///< one line: what it consists of
    std::string purpose;      ///< one line: what it is for
    int year = 0;             ///< of the paper; 0 where there is none
    Shape input;
    int classes = 10;
    std::string group;             ///< heading in lists: "Digits"
    std::string source;            ///< the paper or program that it is from
    int width = 0;                 ///< usual width where the preset has one, else 0
    std::int64_t parameters = 0;   ///< with the preset's own input, classes and width
    std::int64_t macs = 0;         ///< for one image
    std::string training = {};     ///< a recipe as JSON, for recipeFromJson; empty where the usual one is meant
};

const std::vector<PresetInfo>& presets();
/// An unknown name is an error that names the nearest preset. The result is laid out for the canvas.
Result<NetworkSpec> makePreset(const std::string& name, const PresetOptions& options = {});

}  // namespace convolab
