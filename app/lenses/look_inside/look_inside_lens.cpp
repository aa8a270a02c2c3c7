#include "app/lenses/look_inside/look_inside_lens.h"

#include <QKeyEvent>

#include "app/image/image_bar.h"
#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/layer_list.h"
#include "app/lenses/look_inside/channel_switches.h"
#include "app/lenses/look_inside/inspect_panel.h"
#include "core/graph/docking.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

constexpr int kSlot = 236, kSmallSlot = 120;
constexpr int kSmallWindow = 820;

}  // namespace

LookInsideLens::LookInsideLens(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, CanvasView& canvas, QObject* parent)
    : QObject(parent), m_document(document), m_desk(desk), m_canvas(canvas), m_focus(document, canvas.selection()) {
    m_maps = std::make_unique<MapsDecorator>(theme, document.network(), m_focus);
    buildList(theme);
    m_panel = new InspectPanel({theme, document, session, desk, m_focus});
    m_strip = new ImageBar(theme, document, session, desk);
    m_strip->acceptPicturesOn(&canvas);
    m_maps->setHidden([this](NodeId layer) { return m_list->isPictureHidden(layer); });
    m_maps->setToggle([this](const ChannelRef& channel) {
        const Status done = m_desk.probe.setChannelOff(channel, !m_desk.probe.isChannelOff(channel));
        if (!done.ok()) m_panel->showProblem(QString::fromStdString(done.error().sentence()));
    });
    canvas.installEventFilter(this);
    connect(&desk.probe, &ProbeSession::snapshotArrived, this, &LookInsideLens::takeSnapshot);
    connect(&desk.probe, &ProbeSession::channelsOffChanged, this, &LookInsideLens::showChannels);
    connect(&desk.image, &CurrentImage::datasetChanged, this, &LookInsideLens::showClasses);
    connect(&document.network(), &SpecEditor::specChanged, this, [this] { if (m_active) m_list->refreshNumbers(); });
    connect(&m_focus, &InspectFocus::changed, this, [this] { if (m_active) m_canvas.canvas().updateCards(); });
}

LookInsideLens::~LookInsideLens() = default;

void LookInsideLens::buildList(Theme& theme) {
    m_list = new LayerList(theme, m_document, m_canvas.selection());
    m_list->setNumber(tr("active share"), [this](NodeId layer) { return activeShare(layer); });
    m_list->setEyesShown(true);
    m_switches = new ChannelSwitches(theme, m_document, m_desk, m_list);
    m_list->addFooter(m_switches);
    connect(m_list, &LayerList::picturesChanged, this, [this] { if (m_active) m_canvas.canvas().slotHeightsChanged(); });
}

QWidget* LookInsideLens::leftPanel() { return m_list; }
QWidget* LookInsideLens::rightPanel() { return m_panel; }
QWidget* LookInsideLens::strip() { return m_strip; }

void LookInsideLens::setActive(bool active) {
    m_active = active;
    fitSlots();
    m_desk.probe.setActive(active);
    m_strip->setActive(active);
    m_switches->setActive(active);
    m_panel->setActive(active);
    if (!active) return;
    showClasses();
    showChannels();
    takeSnapshot();
}

QString LookInsideLens::activeShare(NodeId layer) const {
    if (isDocked(m_document.network().spec(), layer)) return {};
    const LayerPicture* picture = m_maps->picture(layer);
    if (picture == nullptr || picture->activeShare < 0) return QStringLiteral("–");
    return QString::fromStdString(percentText(picture->activeShare, 0));
}

void LookInsideLens::takeSnapshot() {
    if (!m_active) return;
    const ActivationSnapshotPtr snapshot = m_desk.probe.snapshot();
    if (!snapshot) {
        m_maps->setNote(m_desk.probe.problem().isEmpty() ? QString() : tr("no answer"));
        m_maps->setStale(true);  // the last pictures stay, faint
        m_canvas.canvas().updateCards();
        return;
    }
    using Made = std::shared_ptr<const LayerPictures>;
    m_task.start<Made>([spec = m_desk.probe.spec(), snapshot]() -> Made {
                           return std::make_shared<const LayerPictures>(layerPictures(spec, analyze(spec), snapshot));
                       },
                       [this](Made pictures) { showPictures(std::move(pictures)); });
}

void LookInsideLens::showPictures(std::shared_ptr<const LayerPictures> pictures) {
    if (!m_active) return;
    m_panel->setHasNaN(pictures->hasNaN());
    m_maps->setPictures(std::move(pictures));
    m_maps->setStale(!m_desk.probe.snapshot());
    m_canvas.canvas().updateCards();
    m_list->refreshNumbers();
}

void LookInsideLens::showChannels() {
    m_maps->setChannelsOff(m_desk.probe.channelsOff());
    if (m_active) m_canvas.canvas().updateCards();
}

void LookInsideLens::showClasses() {
    QStringList names;
    for (int i = 0; i < m_document.network().analysis().classes; ++i) names << m_desk.image.className(i);
    m_maps->setClassNames(names);
    if (m_active) m_canvas.canvas().updateCards();
}

// A small window has room for small pictures only.
void LookInsideLens::fitSlots() {
    const int largest = m_canvas.window()->height() < kSmallWindow ? kSmallSlot : kSlot;
    if (largest == m_largestSlot) return;
    m_largestSlot = largest;
    m_maps->setLargestSlot(largest);
    if (m_active && m_canvas.canvas().decorator() == m_maps.get()) m_canvas.canvas().slotHeightsChanged();
}

bool LookInsideLens::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize && m_active) fitSlots();
    if (event->type() == QEvent::KeyPress && m_active && takesMapKey(*static_cast<QKeyEvent*>(event))) return true;
    return QObject::eventFilter(watched, event);
}

/// What a click on a map of a card does, by the keyboard.
bool LookInsideLens::takesMapKey(const QKeyEvent& key) {
    if (key.modifiers() != Qt::NoModifier || !m_focus.layer()) return false;
    switch (key.key()) {
        case Qt::Key_Comma: m_focus.setMap(m_focus.map() - 1); break;
        case Qt::Key_Period: m_focus.setMap(m_focus.map() + 1); break;
        case Qt::Key_X: m_maps->toggle({m_focus.layer(), m_focus.map()}); break;
        default: return false;
    }
    m_canvas.setAccessibleDescription(layerName(m_document.network().spec(), m_focus.layer()) + QStringLiteral(", ") +
                                      placeText(m_focus.value(), m_focus.shape()));
    return true;
}

}  // namespace convolab
