#pragma once

#include <QElapsedTimer>
#include <QWidget>
#include <memory>
#include <mutex>
#include <vector>

#include "app/image/current_image.h"
#include "datasets/camera.h"

class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace convolab {

class DialPopover;
class JobRow;
class LabDocument;
class PictureGrid;
class Theme;
class TrainingSession;
struct ImageDesk;
struct PredictionTable;

/// Where the current image comes from: camera, file, or the data set's images, of which those that the network takes for
/// something else stand in a row of their own.
class ImagePicker : public QWidget {
    Q_OBJECT

  public:
    ImagePicker(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent = nullptr);
    ~ImagePicker() override;

    /// Inactive: the camera is off and no predictions are asked for.
    void setActive(bool active);
    void chooseFile();
    void toggleCamera(bool on);
    void setFilter(Split split, int label);  ///< label −1: all classes

    QSize minimumSizeHint() const override { return {230, 120}; }  ///< shows less where it is low

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void buildHeader();
    void buildRows();
    void fillFilterMenu();
    void refreshAll();     ///< the data set, split or class is another
    void refreshWrong();   ///< the table is
    void refreshLabels();
    QString wrongText(bool inFull) const;
    void refreshSource();
    void askIfWanted();
    void takeFrame();
    void closeCamera();
    std::int64_t workOfASplit() const;  ///< multiply–accumulates

    Theme& m_theme;
    LabDocument& m_document;
    TrainingSession& m_session;
    ImageDesk& m_desk;
    QPushButton *m_cameraButton = nullptr, *m_fileButton = nullptr, *m_dialButton = nullptr, *m_action = nullptr, *m_ask = nullptr;
    QToolButton* m_filterButton = nullptr;
    QMenu* m_filterMenu = nullptr;
    QLabel *m_problem = nullptr, *m_wrongLabel = nullptr, *m_allLabel = nullptr;
    QWidget* m_problemRow = nullptr;
    JobRow* m_job = nullptr;
    PictureGrid *m_wrong = nullptr, *m_all = nullptr;
    std::unique_ptr<DialPopover> m_dial;
    std::shared_ptr<const PredictionTable> m_table;
    std::vector<std::int64_t> m_allIndices, m_wrongIndices;  ///< m_allIndices is empty without a class filter
    Split m_split = Split::Test;
    int m_class = -1;
    bool m_active = false;
    QElapsedTimer m_sinceAsked;  ///< for predictions, by itself
    qint64 m_lastMs = 0;         ///< that the latest took

    std::unique_ptr<Camera> m_camera;
    bool m_cameraShown = false;   ///< its first frame has come; another source chosen since turns it off
    std::mutex m_frameMutex;
    Picture m_frame;              ///< the newest, handed over from the camera's thread
    bool m_frameWaits = false;
};

}  // namespace convolab
