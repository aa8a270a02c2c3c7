#pragma once

#include <QObject>
#include <memory>

#include "app/lenses/lens.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "app/lenses/look_inside/latest_task.h"
#include "app/lenses/look_inside/maps_decorator.h"

class QKeyEvent;

namespace convolab {

class CanvasView;
class ChannelSwitches;
class ImageBar;
class InspectPanel;
class LabDocument;
class LayerList;
class TrainingSession;
struct ImageDesk;

/// Look inside: the maps of the current image on the cards, the tools at the right, the image bar below.
class LookInsideLens : public QObject, public Lens {
    Q_OBJECT

  public:
    LookInsideLens(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, CanvasView& canvas, QObject* parent = nullptr);
    ~LookInsideLens() override;

    QString id() const override { return QStringLiteral("look-inside"); }
    QString title() const override { return tr("Look inside"); }
    QWidget* leftPanel() override;
    QWidget* rightPanel() override;
    QWidget* strip() override;
    int stripHeight() const override { return 292; }
    CardDecorator* decorator() override { return m_maps.get(); }
    void setActive(bool active) override;

    InspectFocus& focus() { return m_focus; }
    InspectPanel& panel() { return *m_panel; }
    const MapsDecorator& maps() const { return *m_maps; }

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void buildList(Theme& theme);
    void takeSnapshot();
    void showPictures(std::shared_ptr<const LayerPictures> pictures);
    void showChannels();
    void showClasses();
    void fitSlots();
    QString activeShare(NodeId layer) const;
    bool takesMapKey(const QKeyEvent& key);

    LabDocument& m_document;
    ImageDesk& m_desk;
    CanvasView& m_canvas;
    InspectFocus m_focus;
    std::unique_ptr<MapsDecorator> m_maps;
    LayerList* m_list = nullptr;
    ChannelSwitches* m_switches = nullptr;
    InspectPanel* m_panel = nullptr;
    ImageBar* m_strip = nullptr;
    LatestTask m_task;
    int m_largestSlot = 0;
    bool m_active = false;
};

}  // namespace convolab
