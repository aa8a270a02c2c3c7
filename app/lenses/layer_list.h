#pragma once

#include <QWidget>
#include <functional>
#include <set>

#include "core/graph/network_spec.h"

class QLabel;
class QListView;
class QModelIndex;
class QVBoxLayout;

namespace convolab {

class CanvasSelection;
class LabDocument;
class Theme;

/// The layers in execution order, docked ones indented, each with the number that its lens gives (parameters, unless told
/// otherwise); selection follows the canvas. On wish an eye per layer, which shows or hides its picture and nothing else.
class LayerList : public QWidget {
    Q_OBJECT

  public:
    LayerList(Theme& theme, LabDocument& document, CanvasSelection& selection, QWidget* parent = nullptr);
    ~LayerList() override;

    /// `title` stands in the header and says what the numbers are; `number` is asked for each layer ("–" where none).
    void setNumber(const QString& title, std::function<QString(NodeId)> number);
    void refreshNumbers();  ///< asks again and repaints
    void setEyesShown(bool shown);
    bool isPictureHidden(NodeId layer) const { return m_hidden.contains(layer); }
    void addFooter(QWidget* footer);  ///< below the list; what is added later stands lower

  signals:
    void picturesChanged();  ///< an eye was opened or closed

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void buildHeader(QVBoxLayout& column);
    void refreshLayers();
    void showSelection();
    void toggleEye(const QModelIndex& index);

    Theme& m_theme;
    LabDocument& m_document;
    CanvasSelection& m_selection;
    std::function<QString(NodeId)> m_number;
    class LayerListModel* m_model = nullptr;
    QListView* m_view = nullptr;
    QLabel* m_numberTitle = nullptr;
    std::set<NodeId> m_hidden;
    bool m_showing = false;
};

}  // namespace convolab
