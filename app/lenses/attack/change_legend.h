#pragma once

#include <QWidget>

namespace convolab {

class Theme;

/// What the colours of the changes mean: less, same, more.
class ChangeLegend : public QWidget {
    Q_OBJECT

  public:
    explicit ChangeLegend(Theme& theme, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {180, 62}; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    Theme& m_theme;
};

}  // namespace convolab
