#include "app/main_window.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QSplitter>
#include <QStackedWidget>
#include <QThreadPool>
#include <QUndoStack>
#include <QVBoxLayout>

#include "app/command_text.h"
#include "app/image/image_desk.h"
#include "app/lenses/attack/attack_lens.h"
#include "app/lenses/build/build_lens.h"
#include "app/lenses/compress/compress_lens.h"
#include "app/lenses/look_inside/look_inside_lens.h"
#include "app/lenses/measure/measure_lens.h"
#include "app/lenses/train/train_lens.h"
#include "app/lenses/train/training_panel.h"
#include "app/preset_recipe.h"
#include "app/window/diagnostics_popup.h"
#include "app/window/file_drop.h"
#include "app/window/presenter.h"
#include "app/window/start_page.h"
#include "app/window/status_bar.h"
#include "app/window/structure_banner.h"
#include "app/window/theme_action.h"
#include "app/window/top_bar.h"
#include "app/weights_command.h"
#include "core/compress/coding/packed_file.h"
#include "core/graph/layout.h"
#include "core/graph/presets.h"
#include "core/interop/onnx_export.h"
#include "widgets/canvas/arrange.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kSmallWindowHeight = 820;
constexpr int kTitleBar = 32;  // what a window manager takes, roughly

}  // namespace

MainWindow::MainWindow(Theme& theme, QWidget* parent)
    : QMainWindow(parent),
      m_theme(theme),
      m_datasets(std::make_shared<DatasetCache>()),
      m_document(std::make_unique<LabDocument>()),
      m_session(std::make_unique<TrainingSession>(*m_document, m_datasets)),
      m_desk(std::make_unique<ImageDesk>(*m_document, *m_session)) {
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(QStringLiteral("Convolab"));
    const QSize screen = this->screen()->availableSize();
    resize(std::min(1600, screen.width()), std::min(1000, screen.height() - kTitleBar));
    setMinimumSize(1024, 640);
    auto* central = new QWidget;
    auto* column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_topBar = new TopBar(m_theme, *m_document, *m_session);
    m_statusBar = new StatusBar(m_theme, *m_document, *m_session);
    m_pages = new QStackedWidget;
    m_start = new StartPage(m_theme);
    m_pages->addWidget(m_start);
    buildLab();
    column->addWidget(m_topBar);
    column->addWidget(m_pages, 1);
    column->addWidget(m_statusBar);
    setCentralWidget(central);
    buildMenu();

    connect(m_start, &StartPage::lenetChosen, this, [this] { startLenetOnDigits(QStringLiteral("train")); });
    connect(m_start, &StartPage::compressChosen, this, [this] { startLenetOnDigits(QStringLiteral("compress")); });
    connect(m_start, &StartPage::foolChosen, this, [this] { startLenetOnDigits(QStringLiteral("attack")); });
    connect(m_start, &StartPage::emptyChosen, this, &MainWindow::startEmpty);
    connect(m_start, &StartPage::openChosen, this, &MainWindow::chooseFile);
    connect(m_start, &StartPage::fileChosen, this, &MainWindow::openFile);
    connect(m_start, &StartPage::presetChosen, this, [this](const QString& name) { openPreset(name.toStdString()); });
    connect(m_topBar, &TopBar::lensChosen, this, &MainWindow::setLens);
    connect(m_statusBar, &StatusBar::diagnosticsClicked, this, &MainWindow::showDiagnostics);
    connect(m_topBar, &TopBar::undoRequested, this, [this] { stepBack(false); });
    connect(m_topBar, &TopBar::redoRequested, this, [this] { stepBack(true); });
    connect(m_document.get(), &LabDocument::nameChanged, this, [this] { setWindowTitle(m_document->name() + QStringLiteral(" – Convolab")); });
    new FileDrop(this, {QStringLiteral("convolab"), QStringLiteral("packed"), QStringLiteral("json")}, [this](const QString& file) { openFile(file); });
    showLab(false);
}

MainWindow::~MainWindow() {
    // The widgets go first: they listen to the document and the session until they are gone.
    m_document->network().undoStack().disconnect(this);
    m_pages->disconnect(this);
    m_canvas->setDecorator(nullptr);
    delete takeCentralWidget();
}

void MainWindow::buildLab() {
    m_canvas = new CanvasView(m_document->network(), m_theme);
    m_canvas->setObjectName(QStringLiteral("canvas"));
    m_banner = new StructureBanner(m_theme, *m_session, m_canvas);
    m_left = new QStackedWidget;
    m_right = new QStackedWidget;
    m_strip = new QStackedWidget;
    m_left->setObjectName(QStringLiteral("leftPanels")), m_right->setObjectName(QStringLiteral("rightPanels"));
    m_strip->setObjectName(QStringLiteral("strips"));
    m_left->setMinimumWidth(180);
    m_right->setMinimumWidth(280);
    m_strip->setMinimumHeight(120);
    m_middle = new QSplitter(Qt::Vertical);
    m_middle->addWidget(m_canvas);
    m_middle->addWidget(m_strip);
    m_middle->setStretchFactor(0, 1);
    m_middle->setCollapsible(0, false);
    m_columns = new QSplitter(Qt::Horizontal);
    for (QWidget* part : {static_cast<QWidget*>(m_left), static_cast<QWidget*>(m_middle), static_cast<QWidget*>(m_right)}) {
        m_columns->addWidget(part);
    }
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({metrics::kLeftPanel, 1080, metrics::kRightPanel});
    m_pages->addWidget(m_columns);

    auto train = std::make_unique<TrainLens>(m_theme, *m_document, *m_session, m_canvas->selection());
    connect(train.get(), &TrainLens::cardsChanged, &m_canvas->canvas(), &CanvasScene::updateCards);
    connect(&train->panel(), &TrainingPanel::exportRequested, this, &MainWindow::chooseExport);
    connect(&train->panel(), &TrainingPanel::copyCommandRequested, this, &MainWindow::copyAsCommand);
    addLens(std::make_unique<BuildLens>(m_theme, *m_document, *m_session, *m_canvas));
    addLens(std::move(train));
    addLens(std::make_unique<LookInsideLens>(m_theme, *m_document, *m_session, *m_desk, *m_canvas));
    auto compress = std::make_unique<CompressLens>(m_theme, *m_document, *m_session, *m_desk, m_canvas->selection());
    connect(compress.get(), &CompressLens::cardsChanged, &m_canvas->canvas(), &CanvasScene::updateCards);
    connect(compress.get(), &CompressLens::message, m_statusBar, &StatusBar::showMessage);
    connect(compress.get(), &CompressLens::trainRequested, this, [this] {
        setLens(QStringLiteral("train"));
        m_session->play();
    });
    addLens(std::move(compress));
    auto attack = std::make_unique<AttackLens>(m_theme, *m_document, *m_session, *m_desk, m_canvas->selection());
    connect(attack.get(), &AttackLens::cardsChanged, &m_canvas->canvas(), &CanvasScene::updateCards);
    connect(attack.get(), &AttackLens::message, m_statusBar, &StatusBar::showMessage);
    connect(attack.get(), &AttackLens::openRequested, this, &MainWindow::openFile);
    addLens(std::move(attack));
    auto measure = std::make_unique<MeasureLens>(m_theme, *m_document, *m_session, *m_desk, *m_canvas);
    connect(measure.get(), &MeasureLens::cardsChanged, &m_canvas->canvas(), &CanvasScene::updateCards);
    connect(measure.get(), &MeasureLens::message, m_statusBar, &StatusBar::showMessage);
    addLens(std::move(measure));
}

void MainWindow::addLens(std::unique_ptr<Lens> lens) {
    m_topBar->addLens(lens->id(), lens->title());
    m_left->addWidget(lens->leftPanel());
    m_right->addWidget(lens->rightPanel());
    m_strip->addWidget(lens->strip());
    m_lenses.push_back(std::move(lens));
}

QAction* MainWindow::addAction(QMenu* menu, const QString& text, const QKeySequence& shortcut, std::function<void()> run) {
    auto* action = new QAction(text, this);
    if (!shortcut.isEmpty()) action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
    QMainWindow::addAction(action);
    if (menu != nullptr) menu->addAction(action);
    return action;
}

void MainWindow::buildMenu() {
    auto* menu = new QMenu(this);
    addAction(menu, tr("Empty network"), QKeySequence::New, [this] { startEmpty(); });
    addAction(menu, tr("New from preset …"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), [this] { showLab(false), m_start->searchNetworks(); });
    addAction(menu, tr("Open …"), QKeySequence::Open, [this] { chooseFile(); });
    m_labActions.push_back(addAction(menu, tr("Save as …"), QKeySequence::Save, [this] { saveAs(); }));
    m_labActions.push_back(addAction(menu, tr("Export ONNX …"), QKeySequence(Qt::CTRL | Qt::Key_E), [this] { chooseExport(); }));
    m_labActions.push_back(addAction(menu, tr("Copy training as command"), {}, [this] { copyAsCommand(); }));
    menu->addSeparator();
    QUndoStack* undo = &m_document->network().undoStack();
    QAction* back = addAction(menu, tr("Undo"), QKeySequence::Undo, [this] { stepBack(false); });
    QAction* redo = addAction(menu, tr("Redo"), {}, [this] { stepBack(true); });
    redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    const auto enableHistory = [this, back, redo, undo] {
        const bool shown = m_pages->currentIndex() == 1;
        back->setEnabled(shown && undo->canUndo());
        redo->setEnabled(shown && undo->canRedo());
    };
    connect(undo, &QUndoStack::indexChanged, this, enableHistory);
    connect(m_pages, &QStackedWidget::currentChanged, this, enableHistory);
    enableHistory();
    m_labActions.push_back(addAction(menu, tr("Arrange\tL"), {}, [this] { arrange(*m_canvas); }));
    m_labActions.push_back(addAction(menu, tr("Zoom to fit"), QKeySequence(Qt::CTRL | Qt::Key_0), [this] { m_canvas->fit(); }));
    menu->addSeparator();
    m_presenter = new Presenter(*this, m_theme, {.left = m_left, .right = m_right, .strip = m_strip, .stage = m_canvas});
    for (QAction* action : m_presenter->actions()) menu->addAction(action);
    connect(m_presenter, &Presenter::lensStepped, m_topBar, &TopBar::stepLens);
    connect(m_presenter, &Presenter::entering, this, &MainWindow::keepStripHeight);
    connect(m_presenter, &Presenter::left, this, [this] { setLens(lens()); });
    m_topBar->setPresentAction(m_presenter->presentAction());
    menu->addSeparator();
    menu->addAction(makeLightThemeAction(m_theme, this));
    addAction(menu, tr("Start page"), {}, [this] { showLab(false); });
    addAction(menu, tr("Quit"), QKeySequence::Quit, [this] { close(); });
    m_topBar->setMenu(menu);

    const auto togglePlay = [this] { m_session->isRunning() ? m_session->pause() : m_session->play(); };
    addAction(nullptr, tr("Train or pause"), QKeySequence(Qt::Key_F5), togglePlay);
    addAction(nullptr, tr("One step"), QKeySequence(Qt::Key_F10), [this] { m_session->stepOnce(); });
    for (std::size_t i = 0; i < m_lenses.size(); ++i) {
        addAction(nullptr, m_lenses[i]->title(), QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + static_cast<int>(i))),
                  [this, id = m_lenses[i]->id()] { setLens(id); });
    }
}

void MainWindow::stepBack(bool redo) {
    QUndoStack& stack = m_document->network().undoStack();
    if (stopsTraining(*m_document, *m_session, redo)) {
        QMessageBox ask(QMessageBox::Question, tr("Training"), tr("This step exchanges the weights that are being trained. Pause the training for it?"),
                        QMessageBox::NoButton, this);
        ask.setObjectName(QStringLiteral("stopTrainingBox"));
        const QPushButton* pause = ask.addButton(tr("Pause and go on"), QMessageBox::AcceptRole);
        ask.addButton(tr("Keep training"), QMessageBox::RejectRole);
        ask.exec();
        if (ask.clickedButton() != pause) return;
        m_session->settle();
    }
    redo ? stack.redo() : stack.undo();
}

void MainWindow::showLab(bool visible) {
    m_pages->setCurrentIndex(visible ? 1 : 0);
    m_topBar->setLabVisible(visible);
    for (QAction* action : m_labActions) action->setEnabled(visible);
    if (visible) {
        m_canvas->setFocus();
    } else {
        m_start->refreshRecent(QString::fromStdString(m_document->path()));
        m_start->setFocus();
    }
}

Lens* MainWindow::lensNamed(const QString& id) const {
    for (const auto& each : m_lenses) {
        if (each->id() == id) return each.get();
    }
    return nullptr;
}

QString MainWindow::lens() const { return m_lens != nullptr ? m_lens->id() : QString(); }

void MainWindow::keepStripHeight() {
    // What only a small window asked for, as Present makes one, is not what a person chose.
    if (m_lens != nullptr && m_strip->isVisible() && m_strip->height() != metrics::kStripSmallWindow) m_stripHeights[m_lens->id()] = m_strip->height();
}

void MainWindow::setLens(const QString& id) {
    for (std::size_t i = 0; i < m_lenses.size(); ++i) {
        if (m_lenses[i]->id() != id) continue;
        if (m_lens != nullptr && m_lens != m_lenses[i].get()) {
            keepStripHeight();
            m_lens->setActive(false);
        }
        m_lens = m_lenses[i].get();
        const int index = static_cast<int>(i);
        m_left->setCurrentIndex(index);
        m_right->setCurrentIndex(index);
        m_strip->setCurrentIndex(index);
        m_lens->setActive(true);
        m_canvas->setDecorator(m_lens->decorator());
        const auto known = m_stripHeights.find(id);
        const int wanted = known != m_stripHeights.end() ? known->second : m_lens->stripHeight();
        const int strip = height() < kSmallWindowHeight ? std::min(wanted, metrics::kStripSmallWindow) : wanted;
        const int total = m_middle->height() > 0 ? m_middle->height() : height() - metrics::kTopBar - metrics::kStatusBar;
        m_middle->setSizes({total - strip, strip});
        m_topBar->setLens(id);
    }
}

void MainWindow::report(const Status& status) {
    if (!status.ok()) m_statusBar->showMessage(QString::fromStdString(status.error().sentence()), true);
}

void MainWindow::openFile(const QString& file) {
    if (m_document->isOpen() && QFileInfo(file) == QFileInfo(QString::fromStdString(m_document->path()))) {
        showLab(true);
        return;
    }
    const Status opened = m_document->openFile(file);
    report(opened);
    if (!opened.ok()) return;
    showLab(true);
    const bool packed = file.endsWith(QLatin1String(kPackedExtension));
    setLens(packed ? QStringLiteral("compress") : m_session->hasRun() ? QStringLiteral("train") : QStringLiteral("build"));
    m_canvas->fit(false);
    if (packed) m_statusBar->showMessage(tr("Opened as a new document. A packed file does not name its data set: choose it in Train."), false);
}

void MainWindow::openPreset(const std::string& name) {
    auto spec = makePreset(name);
    if (!spec.ok()) return report(spec.error());
    report(m_document->startNew(std::move(spec).value(), recipeForPreset(name, m_document->isOpen() ? &m_document->recipe() : nullptr, *m_datasets)));
    showLab(true);
    setLens(QStringLiteral("build"));
    m_canvas->fit(false);
}

void MainWindow::startLenetOnDigits(const QString& firstLens) {
    auto spec = makePreset("lenet-like");
    if (!spec.ok()) return report(spec.error());
    report(m_document->startNew(std::move(spec).value(), Recipe{}));
    showLab(true);
    setLens(firstLens);
    m_canvas->fit(false);
    m_session->play();
}

void MainWindow::startEmpty() {
    NetworkSpec spec;
    spec.name = "Untitled";
    spec.addNode("input");
    // Not joined yet: an output right behind an input would dock in its card and leave no edge to drop on.
    spec.addNode("output", {}, {}, {.x = 3 * kCardStep, .y = 0});
    report(m_document->startNew(std::move(spec), Recipe{}));
    showLab(true);
    setLens(QStringLiteral("build"));
    m_canvas->fit(false);
}

void MainWindow::chooseFile() {
    const QString file = QFileDialog::getOpenFileName(this, tr("Open"), {}, tr("Convolab documents and networks (*.convolab *.packed *.json)"));
    if (!file.isEmpty()) openFile(file);
}

void MainWindow::saveAs() {
    if (!m_document->isOpen()) return;
    const QString file = QFileDialog::getSaveFileName(this, tr("Save as"), m_document->name() + QStringLiteral(".convolab"),
                                                      tr("Convolab documents (*.convolab)"));
    if (file.isEmpty()) return;
    const Status saved = m_document->saveAs(file);
    report(saved);
    if (saved.ok()) m_statusBar->showMessage(tr("Saved as %1").arg(QString::fromStdString(m_document->file()->path().string())), false);
}

void MainWindow::chooseExport() {
    if (!m_document->isOpen()) return;
    const QString file = QFileDialog::getSaveFileName(this, tr("Export ONNX"), m_document->name() + QStringLiteral(".onnx"), tr("ONNX (*.onnx)"));
    if (!file.isEmpty()) exportOnnxTo(file);
}

void MainWindow::exportOnnxTo(const QString& file) {
    const NetworkSpec& spec = m_document->network().spec();
    const Analysis& analysis = m_document->network().analysis();
    if (const auto complete = requireComplete(spec, analysis); !complete.ok()) return report(complete.error());
    WeightSetPtr weights = m_session->structureChanged() ? nullptr : m_session->bestWeights();
    const bool fresh = !weights;
    if (fresh) weights = std::make_shared<WeightSet>(initialWeights(spec, analysis, m_document->recipe().seed));
    // Writing and checking a large network takes longer than a frame.
    QThreadPool::globalInstance()->start([self = QPointer<MainWindow>(this), spec, weights, fresh, path = file.toStdString()] {
        auto written = convolab::exportOnnx(spec, *weights, path);
        QMetaObject::invokeMethod(qApp, [self, written = std::move(written), fresh] {
            if (!self) return;
            if (!written.ok()) return self->report(written.error());
            const QString note = fresh ? tr(" (untrained weights)") : QString();
            self->m_statusBar->showMessage(tr("Exported %1, %2, checked%3").arg(QString::fromStdString(written->file.string()),
                                           QString::fromStdString(bytesText(static_cast<double>(written->bytes))), note), false);
        }, Qt::QueuedConnection);
    });
}

void MainWindow::copyAsCommand() {
    if (!m_document->isOpen()) return;
    const QString command = trainCommand(*m_document, m_session->device());
    QApplication::clipboard()->setText(command);
    m_statusBar->showMessage(tr("Copied: %1").arg(command), false);
}

void MainWindow::showDiagnostics() {
    auto* popup = new DiagnosticsPopup(m_document->network(), m_theme, *m_canvas, this);
    popup->showAbove(m_statusBar->diagnosticsButton());
}

void MainWindow::closeEvent(QCloseEvent* event) {
    m_session->settle();
    m_document->flush();
    event->accept();
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    if (m_lens == nullptr || m_pages->currentIndex() == 0) return;
    const int limit = height() < kSmallWindowHeight ? metrics::kStripSmallWindow : height() / 2;
    if (m_strip->height() > limit) m_middle->setSizes({m_middle->height() - limit, limit});
}

}  // namespace convolab
