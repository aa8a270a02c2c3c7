#pragma once

#include <QMainWindow>
#include <QPointer>
#include <map>
#include <memory>
#include <vector>

#include "app/dataset_cache.h"
#include "app/lab_document.h"
#include "app/training_session.h"

class QMenu;
class QSplitter;
class QStackedWidget;

namespace convolab {

class CanvasView;
struct ImageDesk;
class Lens;
class Presenter;
class StartPage;
class StatusBar;
class StructureBanner;
class Theme;
class TopBar;

/// The one window: start page or lab. Owns the document, the session and the lenses, and puts their widgets together.
class MainWindow : public QMainWindow {
    Q_OBJECT

  public:
    explicit MainWindow(Theme& theme, QWidget* parent = nullptr);
    ~MainWindow() override;

    LabDocument& document() { return *m_document; }
    TrainingSession& session() { return *m_session; }
    CanvasView& canvas() { return *m_canvas; }
    ImageDesk& desk() { return *m_desk; }
    Lens* lensNamed(const QString& id) const;  ///< null where there is none

    void openFile(const QString& file);
    void openPreset(const std::string& name);
    void startLenetOnDigits(const QString& firstLens);  ///< opens the network, trains at once, and shows it in that lens
    void startEmpty();
    void setLens(const QString& id);
    QString lens() const;
    void exportOnnxTo(const QString& file);

  protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void buildLab();
    void addLens(std::unique_ptr<Lens> lens);
    void buildMenu();
    QAction* addAction(QMenu* menu, const QString& text, const QKeySequence& shortcut, std::function<void()> run);
    void showLab(bool visible);
    void chooseFile();
    void saveAs();
    void chooseExport();
    void copyAsCommand();
    void stepBack(bool redo);  ///< undo or redo; asks first where that stops a training
    void showDiagnostics();
    void keepStripHeight();
    void report(const Status& status);

    Theme& m_theme;
    std::shared_ptr<DatasetCache> m_datasets;
    std::unique_ptr<LabDocument> m_document;
    std::unique_ptr<TrainingSession> m_session;
    std::unique_ptr<ImageDesk> m_desk;
    std::vector<std::unique_ptr<Lens>> m_lenses;
    Lens* m_lens = nullptr;
    TopBar* m_topBar = nullptr;
    StatusBar* m_statusBar = nullptr;
    StartPage* m_start = nullptr;
    QStackedWidget* m_pages = nullptr;
    QSplitter* m_columns = nullptr;
    QSplitter* m_middle = nullptr;
    QStackedWidget *m_left = nullptr, *m_right = nullptr, *m_strip = nullptr;
    CanvasView* m_canvas = nullptr;
    StructureBanner* m_banner = nullptr;
    Presenter* m_presenter = nullptr;
    std::map<QString, int> m_stripHeights;
    std::vector<QAction*> m_labActions;  ///< make sense only while a network is shown
};

}  // namespace convolab
