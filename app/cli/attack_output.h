#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/attack/robustness.h"

namespace convolab {

/// What `attack --out` leaves: collects the outcomes of one measurement and writes them.
class AttackOutput {
  public:
    AttackOutput(const Dataset& dataset, Split split) : m_dataset(dataset), m_split(split) {}

    void add(std::span<const std::int64_t> indices, const AttackOutcome& outcome);

    /// adversarial.npy (float32, N × C × H × W), labels.npy (int64), images.csv (a row per image), and, where the images
    /// are pictures, adversarial.png. Returns what was written.
    Result<std::vector<std::filesystem::path>> write(const std::filesystem::path& folder) const;

  private:
    std::string csv() const;
    DatasetPtr asDataset() const;

    const Dataset& m_dataset;
    Split m_split;
    std::vector<std::int64_t> m_indices;
    std::vector<AttackedImage> m_images;
    std::vector<float> m_pixels;
};

/// One row per ε: "epsilon,images,clean_accuracy,…". RFC 4180.
std::string curveCsv(const std::vector<CurvePoint>& curve);

}  // namespace convolab
