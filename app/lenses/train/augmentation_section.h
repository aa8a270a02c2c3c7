#pragma once

#include <functional>

#include "app/lenses/lens_panel.h"
#include "core/data/dataset.h"
#include "core/train/recipe.h"

class QCheckBox;
class QPushButton;

namespace convolab {

class AugmentedStrip;
class ValueField;

/// A switch for each augmentation and, where it is on, its ranges; below, what the network gets. The rarer ones stand behind
/// "More".
class AugmentationSection : public PanelSection {
    Q_OBJECT

  public:
    using Apply = std::function<void(const std::function<void(Recipe&)>&)>;
    AugmentationSection(Theme& theme, Apply apply, QWidget* parent = nullptr);

    void show(const Recipe& recipe);
    /// Whose images the examples show, as it fits the network; null: none yet. `epoch`: of the training that runs.
    void showExamples(DatasetPtr dataset, std::int64_t epoch);

  private:
    struct Part {
        const Augmentation* kind;
        QWidget* row;
        QCheckBox* on;
        std::vector<ValueField*> fields;
        std::vector<QWidget*> fieldRows;
        AugmentationSpec spec;  ///< also while it is off: its numbers come back
    };
    void addPart(const Augmentation& kind);
    void toggle(std::size_t part, bool on);
    void edit(std::size_t part, std::size_t option, double value);
    void refreshRows();
    void refreshExamples();

    Apply m_apply;
    std::vector<Part> m_parts;
    std::vector<AugmentationSpec> m_active;
    std::uint64_t m_seed = 0;
    DatasetPtr m_dataset;
    std::int64_t m_epoch = 0, m_extraDraws = 0;
    bool m_all = false;  ///< also the rarer ones
    AugmentedStrip* m_examples = nullptr;
    QWidget* m_exampleRow = nullptr;
    QLabel* m_problem = nullptr;
    QPushButton *m_more = nullptr, *m_again = nullptr;
};

}  // namespace convolab
