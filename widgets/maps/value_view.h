// What all views of values share: focus by Tab, the pointer's cell, the copy menu. UI thread only.
#pragma once

#include "widgets/instruments/instrument.h"

#include <QWidget>

#include <memory>
#include <optional>

class QMenu;
class QPainter;

namespace convolab {

class ValueView : public QWidget {
    Q_OBJECT

public:
    ValueView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    // Copy as text, CSV, PNG, SVG; null while there is nothing to copy. The caller owns it.
    std::unique_ptr<QMenu> makeMenu() const;

protected:
    virtual std::optional<InstrumentExport> exported() const = 0;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void paintFocus(QPainter& painter, const QRectF& around) const;
    const Theme& theme() const { return m_theme; }
    const Tokens& tokens() const { return m_theme.current(); }

private:
    Theme& m_theme;
};

}  // namespace convolab
