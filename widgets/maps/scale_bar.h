// The legend of a ValueScale: its colours from end to end, with the values below.
#pragma once

#include "widgets/maps/value_scale.h"

#include <QWidget>

namespace convolab {

class Theme;

class ScaleBar : public QWidget {
    Q_OBJECT

public:
    explicit ScaleBar(Theme& theme, QWidget* parent = nullptr);
    void setScale(const ValueScale& scale, const QString& unit = {});
    QSize sizeHint() const override { return {180, 26}; }
    QSize minimumSizeHint() const override { return {90, 26}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Theme& m_theme;
    ValueScale m_scale;
    QString m_unit;
};

}  // namespace convolab
