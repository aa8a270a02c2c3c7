#pragma once

#include <QWidget>

class QVBoxLayout;

namespace convolab {

class Theme;

/// Cards to begin with and the recent files, over the empty canvas.
class StartPage : public QWidget {
    Q_OBJECT

  public:
    explicit StartPage(Theme& theme, QWidget* parent = nullptr);
    void refreshRecent();

  signals:
    void lenetChosen();
    void emptyChosen();
    void openChosen();
    void fileChosen(const QString& file);

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    Theme& m_theme;
    QWidget* m_recent = nullptr;
    QVBoxLayout* m_recentRows = nullptr;
};

}  // namespace convolab
