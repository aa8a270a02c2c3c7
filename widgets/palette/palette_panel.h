// The palette: search, then every layer kind of the registry by group, and the blocks. 208 px wide.
#pragma once

#include "widgets/palette/palette_button.h"

#include <QWidget>

#include <string>
#include <vector>

class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace convolab {

class PalettePanel : public QWidget {
    Q_OBJECT

public:
    explicit PalettePanel(Theme& theme, QWidget* parent = nullptr);

    void focusSearch();  // also by "/" anywhere in the panel
    PaletteButton* button(const std::string& kind) const;
    std::vector<PaletteButton*> visibleButtons() const;

signals:
    void addRequested(const QString& kind);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Group {
        QWidget* heading;
        QLabel* icon;
        std::optional<LayerGroup> group;  // nothing: the blocks
        QWidget* grid;
        std::vector<PaletteButton*> buttons;
    };
    QWidget* makeHeader();
    QWidget* makeSearch();
    void makeGroups(QVBoxLayout* layout);
    Group& groupFor(std::optional<LayerGroup> heading, QVBoxLayout* layout);
    void addButton(Group& group, PaletteButton* button);
    void filter(const QString& text);
    void restyle();
    void moveFocus(PaletteButton* from, int dx, int dy);

    Theme& m_theme;
    QLineEdit* m_search = nullptr;
    QLabel* m_slash = nullptr;
    QLabel* m_glass = nullptr;
    QLabel* m_nothing = nullptr;
    std::vector<Group> m_groups;
};

}  // namespace convolab
