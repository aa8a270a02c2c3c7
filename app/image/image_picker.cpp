#include "app/image/image_picker.h"

#include <QActionGroup>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/cli/console.h"
#include "app/image/dial_popover.h"
#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/image/thumbnails.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "widgets/pictures/picture_grid.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kSide = 40, kSmallSide = 30;
constexpr int kSmallStrip = 250;
constexpr int kRoomForWords = 360;
constexpr int kProblem = 36;  // the line about a problem, where there is one
constexpr int kLowStrip = 180;  // below it there is room for one row of images only
constexpr qint64 kRestMs = 1000;
constexpr std::int64_t kAtOnce = 200'000'000'000;  // multiply–accumulates: some ten seconds on a small computer

QString number(std::int64_t value) { return QString::fromStdString(countText(value)); }

void setLiveBorder(QWidget* button, bool live) {
    if (button->property("live").toBool() == live) return;
    button->setProperty("live", live);
    button->style()->unpolish(button);
    button->style()->polish(button);
}

}  // namespace

ImagePicker::ImagePicker(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document), m_session(session), m_desk(desk) {
    setObjectName(QStringLiteral("imagePicker"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 6, metrics::kPanelPadding, 4);
    column->setSpacing(3);
    buildHeader();
    buildRows();
    connect(&m_desk.image, &CurrentImage::changed, this, [this] {
        if (m_camera && m_desk.image.source() != ImageSource::Camera && m_cameraShown) closeCamera();
        refreshSource();
    });
    connect(&m_desk.image, &CurrentImage::datasetChanged, this, [this] {
        m_class = -1;
        refreshAll();
        askIfWanted();
    });
    connect(&m_desk.predictions, &PredictionsCache::changed, this, [this] {
        refreshWrong();
        askIfWanted();
    });
    connect(&m_desk.predictions.job(), &BackgroundJob::changed, this, &ImagePicker::refreshLabels);
    connect(&m_desk.predictions.job(), &BackgroundJob::finished, this, [this] { m_lastMs = m_sinceAsked.isValid() ? m_sinceAsked.elapsed() : 0; });
    connect(&m_session, &TrainingSession::changed, this, &ImagePicker::askIfWanted);
    connect(&m_theme, &Theme::changed, this, [this] {
        m_cameraButton->setIcon(m_theme.icon(QStringLiteral("camera")));
        m_fileButton->setIcon(m_theme.icon(QStringLiteral("file")));
        m_filterButton->setIcon(m_theme.icon(QStringLiteral("search")));
        m_dialButton->setIcon(m_theme.icon(QStringLiteral("sliders")));
    });
    refreshAll();
    refreshSource();
}

ImagePicker::~ImagePicker() { closeCamera(); }

void ImagePicker::buildHeader() {
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    auto* title = new QLabel(tr("Image"));
    title->setFont(m_theme.font(FontRole::BodyStrong));
    row->addWidget(title);
    row->addSpacing(4);
    const auto button = [&](const char* name, const char* icon, const QString& text, const QString& tip) {
        auto* made = new QPushButton(m_theme.icon(QLatin1String(icon)), text);
        made->setObjectName(QLatin1String(name));
        made->setProperty("role", "small");
        made->setToolTip(tip);
        made->setAccessibleName(text);
        row->addWidget(made);
        return made;
    };
    m_cameraButton = button("cameraButton", "camera", tr("Camera"), tr("Show what the camera sees; again: keep the last picture"));
    m_cameraButton->setCheckable(true);
    m_fileButton = button("imageFileButton", "file", tr("File"), tr("Open a picture; dropping one here or pasting it (Ctrl+V) does the same"));
    m_filterButton = new QToolButton;
    m_filterButton->setObjectName(QStringLiteral("filterButton"));
    m_filterButton->setIcon(m_theme.icon(QStringLiteral("search")));
    m_filterButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_filterButton->setPopupMode(QToolButton::InstantPopup);
    m_filterButton->setProperty("role", "small");
    m_filterButton->setAccessibleName(tr("Filter"));
    m_filterButton->setToolTip(tr("Which images of the data set: split and class"));
    m_filterMenu = new QMenu(m_filterButton);
    m_filterMenu->setObjectName(QStringLiteral("filterMenu"));
    m_filterButton->setMenu(m_filterMenu);
    row->addWidget(m_filterButton);
    m_dialButton = button("dialButton", "sliders", tr("Dial"), tr("Shift, rotate, scale and disturb the image, and see how much the network bears"));
    row->addStretch(1);
    auto* column = static_cast<QVBoxLayout*>(layout());
    column->addLayout(row);
    column->addSpacing(2);
    connect(m_cameraButton, &QPushButton::toggled, this, &ImagePicker::toggleCamera);
    connect(m_fileButton, &QPushButton::clicked, this, &ImagePicker::chooseFile);
    connect(m_filterMenu, &QMenu::aboutToShow, this, &ImagePicker::fillFilterMenu);
    connect(m_dialButton, &QPushButton::clicked, this, [this] {
        if (!m_dial) m_dial = std::make_unique<DialPopover>(m_theme, m_desk, this);
        m_dial->showAbove(m_dialButton);
    });
}

void ImagePicker::buildRows() {
    auto* column = static_cast<QVBoxLayout*>(layout());
    m_problemRow = new QWidget;
    auto* problem = new QHBoxLayout(m_problemRow);
    problem->setContentsMargins(0, 0, 0, 0);
    m_problem = new QLabel;
    m_problem->setObjectName(QStringLiteral("imageProblem"));
    m_problem->setWordWrap(true);
    m_problem->setFont(m_theme.font(FontRole::Caption));
    m_problem->setProperty("role", "warning");
    m_action = new QPushButton;
    m_action->setObjectName(QStringLiteral("imageProblemAction"));
    m_action->setProperty("role", "small");
    problem->addWidget(m_problem, 1);
    problem->addWidget(m_action);
    column->addWidget(m_problemRow);
    const auto label = [this](const char* name) {
        auto* made = new QLabel;
        made->setObjectName(QLatin1String(name));
        made->setFont(m_theme.font(FontRole::Caption));
        made->setProperty("role", "caption");
        made->setMinimumWidth(0);
        made->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        return made;
    };
    auto* wrongRow = new QHBoxLayout;
    wrongRow->setContentsMargins(0, 0, 0, 0);
    m_wrongLabel = label("wrongLabel");
    m_ask = new QPushButton;
    m_ask->setObjectName(QStringLiteral("findWrongButton"));
    m_ask->setProperty("role", "link");
    wrongRow->addWidget(m_wrongLabel, 1);
    wrongRow->addWidget(m_ask);
    column->addLayout(wrongRow);
    m_job = new JobRow(m_theme, m_desk.predictions.job());
    column->addWidget(m_job);
    m_wrong = new PictureGrid(m_theme);
    m_wrong->setObjectName(QStringLiteral("wrongImages"));
    m_wrong->setSide(kSide);
    m_wrong->setRows(1);
    column->addWidget(m_wrong);
    m_allLabel = label("allLabel");
    column->addWidget(m_allLabel);
    m_all = new PictureGrid(m_theme);
    m_all->setObjectName(QStringLiteral("allImages"));
    m_all->setAccessibleName(tr("All images of the data set"));
    m_wrong->setAccessibleName(tr("Images that the network takes for something else"));
    m_all->setSide(kSide);
    column->addWidget(m_all, 1);
    connect(m_ask, &QPushButton::clicked, this, [this] { m_desk.predictions.ask(m_split); });
    connect(m_action, &QPushButton::clicked, this, [this] {
        if (!m_session.datasetError()) return chooseFile();
        Recipe recipe = m_document.recipe();
        recipe.dataset = Recipe{}.dataset;
        m_document.setRecipe(recipe);
    });
    connect(m_all, &PictureGrid::chosen, this, [this](qint64 row) {
        m_desk.image.showDatasetImage(m_split, m_class < 0 ? row : m_allIndices[static_cast<std::size_t>(row)]);
    });
    connect(m_wrong, &PictureGrid::chosen, this, [this](qint64 row) {
        m_desk.image.showDatasetImage(m_split, m_wrongIndices[static_cast<std::size_t>(row)]);
    });
}

void ImagePicker::resizeEvent(QResizeEvent*) {
    const int side = height() < kSmallStrip ? kSmallSide : kSide;
    m_wrong->setSide(side);
    m_all->setSide(side);
    // Where it is narrow the icons stand alone; their names stay for tooltips and screen readers.
    const bool words = width() >= kRoomForWords;
    m_cameraButton->setText(words ? m_cameraButton->accessibleName() : QString());
    m_fileButton->setText(words ? m_fileButton->accessibleName() : QString());
    m_dialButton->setText(words ? m_dialButton->accessibleName() : QString());
    refreshLabels();
}

void ImagePicker::setActive(bool active) {
    m_active = active;
    if (!active) {
        m_cameraButton->setChecked(false);
        if (m_dial) m_dial->hide();
        return;
    }
    askIfWanted();
}

void ImagePicker::chooseFile() {
    const QString file = QFileDialog::getOpenFileName(window(), tr("Open a picture"), {}, tr("Pictures (*.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp);;All files (*)"));
    if (!file.isEmpty()) m_desk.image.showFile(file);
}

void ImagePicker::setFilter(Split split, int label) {
    m_split = split;
    m_class = label;
    refreshAll();
    askIfWanted();
}

void ImagePicker::fillFilterMenu() {
    m_filterMenu->clear();
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!dataset) {
        m_filterMenu->addAction(m_desk.image.datasetProblem())->setEnabled(false);
        return;
    }
    const auto add = [this](QActionGroup* group, const QString& text, bool checked, Split split, int label) {
        QAction* action = m_filterMenu->addAction(text);
        action->setCheckable(true);
        action->setChecked(checked);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, split, label] { setFilter(split, label); });
    };
    auto* splits = new QActionGroup(m_filterMenu);
    for (const Split split : {Split::Test, Split::Validation, Split::Train}) {
        const QString name = QString::fromUtf8(splitName(split));
        add(splits, tr("%1 set, %2 images").arg(name, number(dataset->size(split))), split == m_split, split, m_class);
    }
    m_filterMenu->addSeparator();
    auto* classes = new QActionGroup(m_filterMenu);
    add(classes, tr("All classes"), m_class < 0, m_split, -1);
    for (int label = 0; label < dataset->classes(); ++label) add(classes, m_desk.image.className(label), label == m_class, m_split, label);
}

void ImagePicker::refreshAll() {
    const DatasetPtr dataset = m_desk.image.dataset();
    m_allIndices.clear();
    if (dataset && m_class >= 0) {
        for (std::int64_t i = 0; i < dataset->size(m_split); ++i) {
            if (dataset->label(m_split, i) == m_class) m_allIndices.push_back(i);
        }
    }
    const std::int64_t count = !dataset ? 0 : m_class < 0 ? dataset->size(m_split) : static_cast<std::int64_t>(m_allIndices.size());
    m_all->setEmptyText(dataset ? tr("No image of this class in this split.") : m_desk.image.datasetProblem());
    m_all->setPictures(count, [this](qint64 row) {
        return datasetThumbnail(m_desk.image, m_split, m_class < 0 ? row : m_allIndices[static_cast<std::size_t>(row)]);
    });
    refreshWrong();
}

void ImagePicker::refreshWrong() {
    m_table = m_desk.predictions.table(m_split);
    m_wrongIndices.clear();
    if (m_table) {
        for (const std::int64_t index : m_table->wrong()) {
            if (m_class < 0 || m_table->rows[static_cast<std::size_t>(index)].label == m_class) m_wrongIndices.push_back(index);
        }
    }
    m_wrong->setEmptyText(m_table ? tr("None.") : QString());
    m_wrong->setPictures(static_cast<qint64>(m_wrongIndices.size()), [this](qint64 row) {
        const std::int64_t index = m_wrongIndices[static_cast<std::size_t>(row)];
        return wrongThumbnail(m_desk.image, m_split, index, m_table->rows[static_cast<std::size_t>(index)]);
    });
    refreshSource();
}

QString ImagePicker::wrongText(bool inFull) const {
    const QString split = QString::fromUtf8(splitName(m_split));
    QString text = inFull ? tr("Wrong on the %1 set").arg(split) : tr("Wrong, %1").arg(split);
    if (!m_table) return text;
    const auto ofClass = [this](const Prediction& row) { return m_class < 0 || row.label == m_class; };
    const std::int64_t images = std::count_if(m_table->rows.begin(), m_table->rows.end(), ofClass);
    const auto missed = static_cast<std::int64_t>(m_wrongIndices.size());
    text += tr(": %1 of %2").arg(number(missed), number(images));
    if (m_class >= 0) text += tr(" of class %1").arg(m_desk.image.className(m_class));
    if (images > 0) {
        const QString accuracy = QString::fromStdString(accuracyText(1.0 - static_cast<double>(missed) / static_cast<double>(images), images));
        text += inFull ? tr(", accuracy %1").arg(accuracy) : tr(" (%1)").arg(accuracy);
    }
    return m_desk.predictions.isStale(m_split) ? text + QStringLiteral(" …") : text;
}

void ImagePicker::refreshLabels() {
    const DatasetPtr dataset = m_desk.image.dataset();
    const QString split = QString::fromUtf8(splitName(m_split));
    const bool stale = m_table && m_desk.predictions.isStale(m_split);
    const QString ofClass = m_class < 0 ? QString() : tr(" of class %1").arg(m_desk.image.className(m_class));
    const QString wrong = wrongText(true);
    m_ask->setText(m_table ? tr("Update") : tr("Find them"));
    m_ask->setVisible(dataset && !m_desk.predictions.job().isRunning() && m_desk.predictions.isStale(m_split) && m_desk.probe.weights());
    const int room = width() - 2 * metrics::kPanelPadding - (m_ask->isHidden() ? 0 : m_ask->sizeHint().width() + metrics::kGrid);
    m_wrongLabel->setText(m_wrongLabel->fontMetrics().horizontalAdvance(wrong) <= room ? wrong : wrongText(false));
    m_wrongLabel->setToolTip(stale ? tr("%1: of weights of step %2, there are newer ones").arg(wrong, number(m_desk.predictions.weightsOf(m_split)->step)) : wrong);
    m_wrongLabel->setEnabled(!stale);
    m_wrong->setStale(stale);
    m_wrong->setVisible(m_table != nullptr && height() >= kLowStrip + (m_problemRow->isHidden() ? 0 : kProblem));
    m_allLabel->setText(dataset ? tr("All of the %1 set, by index%2: %3").arg(split, ofClass, number(m_all->count())) : tr("All, by index"));
    m_filterButton->setText(width() < kRoomForWords ? QString() : m_class < 0 ? tr("Filter") : tr("Filter: %1").arg(m_desk.image.className(m_class)));
}

std::int64_t ImagePicker::workOfASplit() const {
    const DatasetPtr dataset = m_desk.image.dataset();
    return dataset ? m_document.network().analysis().total.macs * dataset->size(m_split) : 0;
}

void ImagePicker::askIfWanted() {
    if (!m_active || !m_desk.predictions.isStale(m_split) || m_desk.predictions.job().isRunning()) return;
    if (m_desk.predictions.job().state() == BackgroundJob::State::Cancelled && m_desk.predictions.table(m_split)) return;
    if (workOfASplit() > kAtOnce) return;
    // While training the weights are never at rest: looking may cost a tenth of the time.
    if (m_session.isRunning() && m_sinceAsked.isValid() && m_sinceAsked.elapsed() < std::max(kRestMs, 10 * m_lastMs)) return;
    m_sinceAsked.start();
    m_desk.predictions.ask(m_split);
}

void ImagePicker::refreshSource() {
    const CurrentImage& image = m_desk.image;
    const bool fromSet = image.source() == ImageSource::Dataset;
    const bool shown = image.split() == m_split;
    const auto rowOf = [&](const std::vector<std::int64_t>& indices) -> qint64 {
        const auto found = std::lower_bound(indices.begin(), indices.end(), image.index());
        return found != indices.end() && *found == image.index() ? found - indices.begin() : -1;
    };
    m_all->setSelected(!shown ? -1 : m_class < 0 ? image.index() : rowOf(m_allIndices));
    m_wrong->setSelected(shown ? rowOf(m_wrongIndices) : -1);
    m_all->setLive(fromSet);
    m_wrong->setLive(fromSet);
    setLiveBorder(m_cameraButton, image.source() == ImageSource::Camera);
    setLiveBorder(m_fileButton, image.source() == ImageSource::File || image.source() == ImageSource::Clipboard);
    setLiveBorder(m_dialButton, !image.dial().isIdentity());
    const QString problem = image.problem();
    m_problemRow->setVisible(!problem.isEmpty());
    m_problem->setText(problem.isEmpty() ? problem : problem.front().toUpper() + problem.mid(1));
    const bool otherSet = m_session.datasetError().has_value() && fromSet;
    m_action->setText(otherSet ? tr("Use the built-in digits") : tr("Open a picture …"));
    m_action->setVisible(otherSet || image.dataset() || !fromSet);
    refreshLabels();
}

void ImagePicker::toggleCamera(bool on) {
    if (!on) return closeCamera();
    const auto post = [this](auto run) { QMetaObject::invokeMethod(this, run, Qt::QueuedConnection); };
    m_camera = std::make_unique<Camera>(
        [this, post](Picture frame) {
            const std::lock_guard lock(m_frameMutex);
            m_frame = std::move(frame);
            if (!std::exchange(m_frameWaits, true)) post([this] { takeFrame(); });
        },
        [this, post](const Error& error) {
            post([this, text = QString::fromStdString(error.sentence())] {
                if (!m_camera) return;
                m_cameraButton->setChecked(false);
                m_desk.image.reportProblem(text);
            });
        });
}

void ImagePicker::takeFrame() {
    Picture frame;
    {
        const std::lock_guard lock(m_frameMutex);
        m_frameWaits = false;
        frame = std::move(m_frame);
    }
    if (!m_camera) return;
    m_cameraShown = true;
    m_desk.image.showPicture(std::move(frame), ImageSource::Camera, {});
}

void ImagePicker::closeCamera() {
    m_camera.reset();  // no handler runs after this
    m_cameraShown = false;
    m_cameraButton->setChecked(false);
}

}  // namespace convolab
