#pragma once

#include <QWidget>

namespace convolab {

class LabDocument;
class Theme;
class TrainingSession;
struct ImageDesk;

/// The strip under the canvas that every lens can show: the images to choose from, the pad, and what the network says.
/// The three parts are widgets of their own (ImagePicker, PadPanel, PredictionPanel) for lenses that want one of them.
class ImageBar : public QWidget {
    Q_OBJECT

  public:
    ImageBar(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent = nullptr);

    /// Pictures dropped on `target`, and Ctrl+V while it has the focus, become the current image.
    void acceptPicturesOn(QWidget* target);
    void setActive(bool active);  ///< an inactive bar asks for nothing; also turns the camera off
};

}  // namespace convolab
