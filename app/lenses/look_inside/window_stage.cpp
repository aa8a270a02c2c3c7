#include "app/lenses/look_inside/window_stage.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/maps/map_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kLargestSide = 190;
constexpr int kTourMs = 18'000, kQuickest = 25, kSlowest = 700;  // of the play button: a whole tour, and a step

}  // namespace

WindowStage::WindowStage(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* pictures = new QHBoxLayout;
    pictures->setSpacing(12);
    const auto side = [&](const QString& name, const char* object, MapView*& view, QLabel*& caption) {
        auto* box = new QVBoxLayout;
        box->setSpacing(2);
        view = new MapView(theme, name);
        view->setObjectName(QLatin1String(object));
        view->setLargestSide(kLargestSide);
        caption = new QLabel;
        caption->setProperty("role", "muted");
        caption->setFont(theme.font(FontRole::Caption));
        caption->setWordWrap(true);
        box->addWidget(view);
        box->addWidget(caption);
        box->addStretch(1);
        pictures->addLayout(box, 1);
    };
    side(tr("Input map"), "stageInput", m_input, m_inputCaption);
    side(tr("Output map"), "stageOutput", m_output, m_outputCaption);
    column->addLayout(pictures);

    auto* transport = new QHBoxLayout;
    transport->setSpacing(8);
    m_playButton = new QToolButton;
    m_playButton->setObjectName(QStringLiteral("stagePlay"));
    m_playButton->setAccessibleName(tr("Slide over all positions"));
    m_playButton->setToolTip(tr("Slide over all positions"));
    m_playButton->setFocusPolicy(Qt::TabFocus);
    m_playButton->setIcon(theme.icon(QStringLiteral("play")));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setObjectName(QStringLiteral("stageSlider"));
    m_slider->setAccessibleName(tr("Position of the window"));
    m_slider->setFocusPolicy(Qt::TabFocus);
    m_where = new QLabel;
    m_where->setObjectName(QStringLiteral("stagePosition"));
    m_where->setProperty("role", "muted");
    m_where->setFont(theme.font(FontRole::Caption));
    transport->addWidget(m_playButton);
    transport->addWidget(m_slider, 1);
    transport->addWidget(m_where);
    column->addLayout(transport);

    connect(m_output, &MapView::pointed, this, &WindowStage::moveTo);
    connect(m_output, &MapView::chosen, this, &WindowStage::moveTo);
    connect(m_input, &MapView::pointed, this, &WindowStage::pointAtInput);
    connect(m_input, &MapView::chosen, this, &WindowStage::pointAtInput);
    connect(m_slider, &QSlider::valueChanged, this, [this](int at) {
        const int across = std::max(1, m_output->columns());
        moveTo(at / across, at % across);
    });
    connect(m_playButton, &QToolButton::clicked, this, &WindowStage::togglePlay);
    connect(&m_play, &QTimer::timeout, this, [this] {
        const int across = std::max(1, m_output->columns());
        const int next = (m_row * across + m_column + 1) % std::max(1, positions());
        moveTo(next / across, next % across);
    });
    connect(&theme, &Theme::changed, this, [this] { m_playButton->setIcon(m_theme.icon(isPlaying() ? QStringLiteral("pause") : QStringLiteral("play"))); });
}

int WindowStage::positions() const { return m_output->rows() * m_output->columns(); }

void WindowStage::clear(const QString& why) {
    stop();
    m_input->clear(why);
    m_output->clear();
    m_inputCaption->clear();
    m_outputCaption->clear();
    m_where->clear();
    m_slider->setEnabled(false);
    m_playButton->setEnabled(false);
}

void WindowStage::setInputMap(const QString& caption, std::span<const float> values, int rows, int columns, const ValueScale& scale) {
    m_input->setMap(caption.toStdString(), values, rows, columns, scale);
    m_inputCaption->setText(caption);
}

void WindowStage::setInputImage(const QString& caption, View<const float> image) {
    m_input->setImage(caption.toStdString(), image);
    m_inputCaption->setText(caption);
}

void WindowStage::setInputNothing(const QString& caption) {
    m_input->clear();
    m_inputCaption->setText(caption);
}

void WindowStage::setOutput(const QString& caption, std::span<const float> values, int rows, int columns, const ValueScale& scale) {
    m_output->setMap(caption.toStdString(), values, rows, columns, scale);
    m_outputCaption->setText(caption);
    const QSignalBlocker blocker(m_slider);
    m_slider->setRange(0, std::max(0, rows * columns - 1));
    m_slider->setPageStep(std::max(1, columns));
    m_slider->setEnabled(rows * columns > 1);
    m_playButton->setEnabled(rows * columns > 1);
    setPosition(m_row, m_column);
}

void WindowStage::setWindow(const std::optional<Window>& window) {
    m_window = window;
    CellPadding padding;
    if (window) {
        padding = {static_cast<int>(window->padTop), static_cast<int>(window->padLeft), static_cast<int>(window->padBottom),
                   static_cast<int>(window->padRight)};
    }
    m_input->setPadding(padding);
    placeMarks();
}

void WindowStage::setPosition(int row, int column) {
    m_row = std::clamp(row, 0, std::max(0, m_output->rows() - 1));
    m_column = std::clamp(column, 0, std::max(0, m_output->columns() - 1));
    const int at = m_row * m_output->columns() + m_column;
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(at);
    m_where->setText(positions() > 0 ? tr("%1 of %2").arg(QString::fromStdString(countText(at + 1)), QString::fromStdString(countText(positions()))) : QString());
    placeMarks();
}

void WindowStage::setInputMark(std::optional<QPoint> cell) {
    if (!m_window) m_input->setMark(cell);
}

void WindowStage::placeMarks() {
    if (positions() == 0) return;
    m_output->setMark(QPoint(m_column, m_row));
    if (!m_window) {
        m_input->setWindow(std::nullopt);
        return;
    }
    m_input->setMark(std::nullopt);
    const Window& w = *m_window;
    m_input->setWindow(CellWindow{static_cast<int>(m_row * w.strideHeight - w.padTop), static_cast<int>(m_column * w.strideWidth - w.padLeft),
                                  static_cast<int>(w.kernelHeight), static_cast<int>(w.kernelWidth), static_cast<int>(w.dilationHeight),
                                  static_cast<int>(w.dilationWidth)});
}

void WindowStage::moveTo(int row, int column) {
    setPosition(row, column);
    emit positionChanged(m_row, m_column);
}

// The window whose middle comes nearest to the pointer.
void WindowStage::pointAtInput(int row, int column) {
    if (!m_window) return;
    const auto place = [](int at, std::int64_t pad, std::int64_t covered, std::int64_t stride) {
        const double first = static_cast<double>(at + pad) - static_cast<double>(covered - 1) / 2;
        return static_cast<int>(std::lround(first / static_cast<double>(stride)));
    };
    moveTo(place(row, m_window->padTop, m_window->coveredHeight(), m_window->strideHeight),
           place(column, m_window->padLeft, m_window->coveredWidth(), m_window->strideWidth));
}

void WindowStage::togglePlay() {
    if (isPlaying()) return stop();
    m_play.start(std::clamp(kTourMs / std::max(1, positions()), kQuickest, kSlowest));
    m_playButton->setIcon(m_theme.icon(QStringLiteral("pause")));
    m_playButton->setAccessibleName(tr("Stop sliding"));
}

void WindowStage::stop() {
    m_play.stop();
    m_playButton->setIcon(m_theme.icon(QStringLiteral("play")));
    m_playButton->setAccessibleName(tr("Slide over all positions"));
}

void WindowStage::hideEvent(QHideEvent* event) {
    stop();
    QWidget::hideEvent(event);
}

}  // namespace convolab
