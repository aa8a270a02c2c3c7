#pragma once

#include "app/image/background_job.h"
#include "app/lenses/look_inside/inspect_tool.h"
#include "core/inspect/attribution.h"

class QComboBox;
class QLabel;
class QSlider;

namespace convolab {

class MapView;
class ScaleBar;

/// Where the evidence is: an attribution method's map over the image and alone, for the predicted class or any other.
class WhyTool : public InspectTool {
    Q_OBJECT

  public:
    explicit WhyTool(const InspectContext& context);

  protected:
    void refresh() override;
    void activated(bool active) override;

  private:
    /// What an answer was computed for.
    struct Wish {
        const AttributionMethod* method = nullptr;
        std::shared_ptr<const Tensor> image;
        WeightSetPtr weights;
        int target = -1;
        NodeId layer;
        bool operator==(const Wish&) const = default;
        bool sameQuestion(const Wish& other) const { return method == other.method && image == other.image && target == other.target && layer == other.layer; }
    };
    void buildQuestion();
    void offerClasses();
    void offerLayers();
    Wish wish() const;
    void ask(const Wish& wish);
    void show(std::shared_ptr<const Attribution> answer, const Wish& wish);
    void nothing(const QString& why);
    void showOverlay();

    QComboBox *m_method = nullptr, *m_class = nullptr, *m_layer = nullptr;
    QWidget* m_layerRow = nullptr;
    QSlider* m_strength = nullptr;
    QLabel *m_help = nullptr, *m_state = nullptr, *m_note = nullptr, *m_value = nullptr, *m_why = nullptr;
    QWidget* m_pictures = nullptr;
    MapView *m_over = nullptr, *m_alone = nullptr;
    ScaleBar* m_legend = nullptr;
    BackgroundJob m_job;
    std::shared_ptr<const Attribution> m_answer;
    Wish m_asked, m_answered;
    bool m_again = false;  ///< newer weights arrived while a job was running
    int m_classes = 0;
};

}  // namespace convolab
