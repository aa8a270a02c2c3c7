#pragma once

#include <QWidget>

class QMimeData;

namespace convolab {

class ImagePicker;
class LabDocument;
class PadPanel;
class Theme;
class TrainingSession;
struct ImageDesk;

/// The strip under the canvas that every lens can show: the images to choose from, the pad, and what the network says.
/// The three parts are widgets of their own (ImagePicker, PadPanel, PredictionPanel) for lenses that want one of them.
class ImageBar : public QWidget {
    Q_OBJECT

  public:
    ImageBar(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent = nullptr);

    ImagePicker& picker() { return *m_picker; }
    PadPanel& padPanel() { return *m_pad; }
    /// Pictures dropped on `target`, and pasted (Ctrl+V) while it has the focus, become the current image; everything
    /// else stays the target's own. The bar accepts them for itself, too.
    void acceptPicturesOn(QWidget* target);
    void setActive(bool active);  ///< inactive: asks for nothing, the camera is off, drops are the target's own

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    bool takePicture(const QMimeData& data);

    ImageDesk& m_desk;
    ImagePicker* m_picker = nullptr;
    PadPanel* m_pad = nullptr;
    bool m_active = false;
};

}  // namespace convolab
