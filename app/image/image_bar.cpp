#include "app/image/image_bar.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QImage>
#include <QKeyEvent>
#include <QMimeData>
#include <QShortcut>
#include <QUrl>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/image/image_picker.h"
#include "app/image/pad_panel.h"
#include "app/image/prediction_panel.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

/// The file that is meant; empty for anything but one local file that is no network.
QString pictureFile(const QMimeData& data) {
    if (!data.hasUrls() || data.urls().size() != 1 || !data.urls().front().isLocalFile()) return {};
    const QString file = data.urls().front().toLocalFile();
    static const QStringList kNetworks{QStringLiteral("convolab"), QStringLiteral("json"), QStringLiteral("onnx")};
    return kNetworks.contains(QFileInfo(file).suffix().toLower()) ? QString() : file;
}

bool holdsPicture(const QMimeData* data) { return data != nullptr && (data->hasImage() || !pictureFile(*data).isEmpty()); }

Picture toPicture(const QImage& image) {
    const QImage wide = image.convertToFormat(QImage::Format_RGBA64);
    const int channels = image.hasAlphaChannel() ? 4 : image.isGrayscale() ? 1 : 3;
    Picture picture{.width = wide.width(), .height = wide.height(), .channels = channels, .bits = 8, .animated = false, .values = {}};
    for (int y = 0; y < wide.height(); ++y) {
        const auto* line = reinterpret_cast<const std::uint16_t*>(wide.constScanLine(y));
        for (int x = 0; x < wide.width(); ++x) picture.values.insert(picture.values.end(), line + 4 * x, line + 4 * x + channels);
    }
    return picture;
}

QFrame* separator() {
    auto* line = new QFrame;
    line->setFrameShape(QFrame::NoFrame);
    line->setProperty("role", "verticalSeparator");
    line->setFixedWidth(1);
    return line;
}

}  // namespace

ImageBar::ImageBar(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent)
    : QWidget(parent), m_desk(desk) {
    setObjectName(QStringLiteral("imageBar"));
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_picker = new ImagePicker(theme, document, session, desk);
    m_pad = new PadPanel(theme, desk.image);
    auto* prediction = new PredictionPanel(theme, desk);
    prediction->setMinimumWidth(200);
    row->addWidget(m_picker, 42);
    row->addWidget(separator());
    row->addWidget(m_pad, 32);
    row->addWidget(separator());
    row->addWidget(prediction, 34);
    auto* paste = new QShortcut(QKeySequence::Paste, this);
    paste->setContext(Qt::WidgetWithChildrenShortcut);
    connect(paste, &QShortcut::activated, this, [this] {
        const QMimeData* data = QApplication::clipboard()->mimeData();
        if (data == nullptr || !takePicture(*data)) m_desk.image.reportProblem(tr("The clipboard holds no picture."));
    });
    acceptPicturesOn(this);
}

void ImageBar::acceptPicturesOn(QWidget* target) {
    target->setAcceptDrops(true);
    target->installEventFilter(this);
    if (auto* area = qobject_cast<QAbstractScrollArea*>(target)) area->viewport()->installEventFilter(this);
}

void ImageBar::setActive(bool active) {
    m_active = active;
    m_picker->setActive(active);
}

bool ImageBar::takePicture(const QMimeData& data) {
    if (const QString file = pictureFile(data); !file.isEmpty()) {
        m_desk.image.showFile(file);
        return true;
    }
    const auto image = qvariant_cast<QImage>(data.imageData());
    if (image.isNull()) return false;
    m_desk.image.showPicture(toPicture(image), ImageSource::Clipboard, tr("picture from the clipboard"));
    return true;
}

bool ImageBar::eventFilter(QObject* watched, QEvent* event) {
    if (!m_active) return QWidget::eventFilter(watched, event);
    switch (event->type()) {
        case QEvent::DragEnter:
        case QEvent::DragMove: {
            auto* drag = static_cast<QDragMoveEvent*>(event);
            if (!holdsPicture(drag->mimeData())) break;
            drag->acceptProposedAction();
            return true;
        }
        case QEvent::Drop: {
            auto* drop = static_cast<QDropEvent*>(event);
            if (!holdsPicture(drop->mimeData()) || !takePicture(*drop->mimeData())) break;
            drop->acceptProposedAction();
            return true;
        }
        case QEvent::KeyPress: {
            if (watched == this || !static_cast<QKeyEvent*>(event)->matches(QKeySequence::Paste)) break;
            const QMimeData* data = QApplication::clipboard()->mimeData();
            if (holdsPicture(data) && takePicture(*data)) return true;
            break;
        }
        default:
            break;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace convolab
