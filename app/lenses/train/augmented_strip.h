#pragma once

#include <QImage>
#include <QWidget>

#include "core/data/augmentation.h"
#include "core/data/dataset.h"

namespace convolab {

/// Training images above, and below each the same image as the network gets it in an epoch.
class AugmentedStrip : public QWidget {
    Q_OBJECT

  public:
    explicit AugmentedStrip(QWidget* parent = nullptr);
    /// `dataset` as it fits the network; null: nothing.
    void show(const Dataset* dataset, const std::vector<AugmentationSpec>& specs, std::uint64_t seed, std::int64_t epoch);
    QSize sizeHint() const override;
    const std::vector<QImage>& originals() const { return m_originals; }
    const std::vector<QImage>& augmented() const { return m_augmented; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    std::vector<QImage> m_originals, m_augmented;
};

}  // namespace convolab
