// Draws one card. The canvas, the ghosts and the picture under the pointer while dragging all use it.
#pragma once

#include "widgets/canvas/canvas_model.h"
#include "widgets/theme/theme.h"

#include <QHash>

#include <set>

class QPainter;

namespace convolab {

class CardDecorator;

struct CardPaint {
    bool selected = false;      // the card's head
    std::set<NodeId> selectedRows{};  // docked layers
    bool focused = false;       // has the keyboard's focus
    int focusedPort = -1;       // input ports from 0; inputPorts = the output port
    int hoveredPort = -1;
    bool ghost = false;         // dashed, a preview
    bool greyed = false;        // not a valid target of the edge being drawn
    bool target = false;        // a drop would go here
    bool hovered = false;
};

class CardPainter {
public:
    explicit CardPainter(const Theme& theme) : m_theme(theme) {}

    // The card's upper left corner is the painter's origin; ports and the disc stand out by up to 12 px.
    void paint(QPainter& painter, const Card& card, const CardPaint& how, const CardDecorator* decorator = nullptr) const;
    static constexpr double kMargin = 14;

    const Tokens& tokens() const { return m_theme.current(); }
    // The card of a kind that is not in a network yet: name and summary of its defaults.
    static Card plainCard(const std::string& kind);
    QPixmap picture(const Card& card, double devicePixelRatio) const;

private:
    void paintFrame(QPainter& painter, const Card& card, const CardPaint& how) const;
    void paintHeader(QPainter& painter, const Card& card, const CardPaint& how) const;
    void paintBody(QPainter& painter, const Card& card) const;
    void paintRows(QPainter& painter, const Card& card, const CardPaint& how) const;
    void paintPorts(QPainter& painter, const Card& card, const CardPaint& how) const;
    void paintDisc(QPainter& painter, const Card& card) const;
    void icon(QPainter& painter, GroupColor group, QPointF at, int size) const;
    void icon(QPainter& painter, const QString& name, ThemeColor color, QPointF at, int size) const;

    const Theme& m_theme;
    mutable QHash<QString, QPixmap> m_icons;
};

void paintTroubleDisc(QPainter& painter, QPointF centre, double diameter, Severity severity, const Tokens& tokens);

}  // namespace convolab
