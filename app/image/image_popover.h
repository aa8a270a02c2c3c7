#pragma once

#include <QFrame>

namespace convolab {

class ImageBar;
class LabDocument;
class Theme;
class TrainingSession;
struct ImageDesk;

/// The image bar as a popover, for lenses whose strip shows something else: choose, draw, open or photograph an image
/// and see the lens follow behind it.
class ImagePopover : public QFrame {
    Q_OBJECT

  public:
    ImagePopover(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent = nullptr);

    void showAbove(QWidget* anchor);

  protected:
    void hideEvent(QHideEvent* event) override;

  private:
    ImageBar* m_bar = nullptr;
};

}  // namespace convolab
