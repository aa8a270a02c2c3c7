#pragma once

#include <QFrame>

namespace convolab {

class CanvasView;
class SpecEditor;
class Theme;

/// The list of problems, over the status bar. A click on one goes to its layer; a fix applies at once.
class DiagnosticsPopup : public QFrame {
    Q_OBJECT

  public:
    DiagnosticsPopup(SpecEditor& editor, Theme& theme, CanvasView& canvas, QWidget* parent);
    void showAbove(QWidget* anchor);  ///< deletes itself when closed
};

}  // namespace convolab
