#include "app/cli/attack_output.h"

#include <algorithm>
#include <cmath>

#include "core/tensor/npy.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "datasets/contact_sheet.h"
#include "datasets/pictures.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr int kDigits = 9;

std::string number(double value) { return formatNumber(value, kDigits); }

}  // namespace

void AttackOutput::add(std::span<const std::int64_t> indices, const AttackOutcome& outcome) {
    m_indices.insert(m_indices.end(), indices.begin(), indices.end());
    m_images.insert(m_images.end(), outcome.images.begin(), outcome.images.end());
    const auto pixels = outcome.adversarial.span();
    m_pixels.insert(m_pixels.end(), pixels.begin(), pixels.end());
}

std::string AttackOutput::csv() const {
    std::string text = "index,label,clean_prediction,prediction,fooled,perturbed,linf,l2\r\n";
    for (std::size_t i = 0; i < m_images.size(); ++i) {
        const AttackedImage& image = m_images[i];
        text += std::to_string(m_indices[i]) + "," + std::to_string(image.label) + "," +
                std::to_string(image.cleanPrediction) + "," + std::to_string(image.prediction) + "," +
                (image.fooled ? "1" : "0") + "," + (image.perturbed ? "1" : "0") + "," + number(image.linf) + "," +
                number(image.l2) + "\r\n";
    }
    return text;
}

DatasetPtr AttackOutput::asDataset() const {
    DatasetInfo info = m_dataset.info();
    ImageStore store;
    for (const float value : m_pixels) store.pixels.push_back(static_cast<std::uint8_t>(std::lround(255.0F * value)));
    for (const AttackedImage& image : m_images) store.labels.push_back(static_cast<std::uint8_t>(image.label));
    return std::make_shared<MemoryDataset>(std::move(info), ImageStore{}, ImageStore{}, std::move(store));
}

Result<std::vector<fs::path>> AttackOutput::write(const fs::path& folder) const {
    CONVOLAB_RETURN_IF_ERROR(makeFolder(folder));
    std::vector<fs::path> files = {folder / "adversarial.npy", folder / "labels.npy", folder / "images.csv"};
    const Shape& image = m_dataset.info().imageShape;
    CONVOLAB_RETURN_IF_ERROR(
        writeNpy(files[0], {m_pixels.data(), image.withBatch(static_cast<std::int64_t>(m_images.size()))}));
    std::vector<std::int64_t> labels;
    for (const AttackedImage& attacked : m_images) labels.push_back(attacked.label);
    CONVOLAB_RETURN_IF_ERROR(writeNpy(files[1], labels));
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(files[2], csv()));
    const bool picture = image.isImage() && (image.channels() == 1 || image.channels() == 3);
    if (picture && !m_images.empty() && !picturesMissing()) {
        files.push_back(folder / "adversarial.png");
        CONVOLAB_RETURN_IF_ERROR(writeContactSheet(*asDataset(), Split::Test, files.back()));
    }
    return files;
}

std::string curveCsv(const std::vector<CurvePoint>& curve) {
    std::string text =
        "epsilon,images,clean_accuracy,robust_accuracy,success_rate,mean_linf,mean_l2,max_linf,max_l2,seconds\r\n";
    for (const auto& [epsilon, result] : curve) {
        text += number(epsilon) + "," + std::to_string(result.images);
        for (const double value : {result.cleanAccuracy(), result.robustAccuracy(), result.successRate(),
                                   result.meanLinf, result.meanL2, result.maxLinf, result.maxL2, result.seconds}) {
            text += "," + number(value);
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace convolab
