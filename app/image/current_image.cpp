#include "app/image/current_image.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPointer>
#include <QThreadPool>
#include <algorithm>
#include <cmath>

#include "app/lab_document.h"
#include "app/training_session.h"
#include "datasets/drawing.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

QString sentence(const Error& error) { return QString::fromStdString(error.sentence()); }

}  // namespace

CurrentImage::CurrentImage(LabDocument& document, TrainingSession& session, QObject* parent)
    : QObject(parent), m_document(document), m_session(session) {
    connect(&document.network(), &SpecEditor::specChanged, this, [this] { follow(); });
    connect(&document, &LabDocument::opened, this, [this] {
        m_source = ImageSource::Dataset;
        m_split = Split::Test;
        m_index = 0;
        m_dial = {};
        m_report.clear();
        ++m_ticket;
        follow(true);
    });
    connect(&document, &LabDocument::recipeChanged, this, [this] { follow(); });
    connect(&session, &TrainingSession::changed, this, [this] { follow(); });
    follow(true);
}

CurrentImage::~CurrentImage() = default;

void CurrentImage::follow(bool anew) {
    // Comes at display rate while training: only another input or data set is news.
    const std::optional<Shape> input = m_document.isOpen() ? m_document.network().analysis().inputShape : std::nullopt;
    const DatasetPtr opened = m_opened;
    const QString problem = m_datasetProblem;
    const bool sameInput = input == m_input;
    m_input = input;
    openDataset();
    if (anew || !sameInput || m_opened != opened || (m_opened == nullptr && problem != m_datasetProblem)) fitDataset();
}

void CurrentImage::openDataset() {
    const DatasetPtr open = m_document.isOpen() ? m_session.datasets().peek(m_document.recipe().dataset) : nullptr;
    if (open) {
        m_opened = open;
        return;
    }
    m_opened = nullptr;
    const auto& error = m_session.datasetError();
    m_datasetProblem = !m_document.isOpen() ? tr("No network is open.") : error ? sentence(*error) : tr("The data set is being opened …");
}

Result<Shape> CurrentImage::pictureShapeOf(const Shape& input) const {
    if (input.isImage()) return input;
    if (m_opened && m_opened->info().imageShape.size() == input.size()) return m_opened->info().imageShape;
    const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(input.size()))));
    if (side * side == input.size()) return Shape{1, side, side};
    return Error{ErrorCode::ShapeMismatch, "the network's input is " + input.text() + " values, which make no picture", {},
                 "give the input layer channels, height and width"};
}

void CurrentImage::fitDataset() {
    const DatasetPtr before = m_dataset;
    m_dataset = m_padded = nullptr;
    m_pictureShape = {};
    if (m_input) {
        const auto shape = pictureShapeOf(*m_input);
        if (shape.ok()) m_pictureShape = *shape;
    }
    if (m_opened) {
        m_datasetProblem = m_input ? QString() : tr("The network has no input layer.");
        if (m_input && m_pictureShape.isImage()) {
            auto padded = fitted(m_opened, m_pictureShape);
            auto flat = padded.ok() ? fitted(*padded, *m_input) : padded;
            if (flat.ok()) {
                m_padded = *padded;
                m_dataset = *flat;
                m_index = std::clamp<std::int64_t>(m_index, 0, std::max<std::int64_t>(0, m_dataset->size(m_split) - 1));
            } else {
                m_datasetProblem = sentence(flat.error());
            }
        } else if (m_input) {
            m_datasetProblem = sentence(pictureShapeOf(*m_input).error());
        }
    }
    refit();
    if (m_dataset != before) emit datasetChanged();
}

Result<NetworkImage> CurrentImage::fitSource() const {
    if (!m_document.isOpen()) return Error{ErrorCode::NotFound, "No network is open.", {}, {}};
    if (!m_input) return Error{ErrorCode::InvalidSpec, "The network has no input layer.", {}, {}};
    CONVOLAB_ASSIGN(const Shape shape, pictureShapeOf(*m_input));
    if (m_source == ImageSource::Dataset) {
        if (!m_padded) return Error{ErrorCode::NotFound, m_datasetProblem.toStdString(), {}, {}};
        if (m_padded->size(m_split) == 0) {
            return Error{ErrorCode::NotFound, m_padded->info().title + " has no " + splitName(m_split) + " images", {}, {}};
        }
        NetworkImage image{.pixels = Tensor(shape), .how = {}};
        m_padded->image(m_split, m_index, image.pixels.span());
        return image;
    }
    // A picture becomes as large as the data set's own images, and is padded like them.
    const Shape* own = m_padded ? &m_opened->info().imageShape : nullptr;
    const Shape content = own != nullptr && own->isImage() ? *own : shape;
    if (m_source != ImageSource::Pad) return imageForNetwork(m_picture, shape, content);
    CONVOLAB_ASSIGN(Tensor drawing, drawingForNetwork(m_drawing, isDigits(), shape, content));
    return NetworkImage{.pixels = std::move(drawing), .how = {}};
}

std::shared_ptr<const Tensor> CurrentImage::throughDial(const Tensor& picture) const {
    auto result = std::make_shared<Tensor>(*m_input);
    transformImage(picture.view(), m_dial, result->span(), m_source == ImageSource::Dataset ? m_index : 0);
    return result;
}

void CurrentImage::refit() {
    auto fittedImage = fitSource();
    if (fittedImage.ok()) {
        m_image = throughDial(fittedImage->pixels);
        m_how = QString::fromStdString(fittedImage->how);
        m_problem.clear();
    } else {
        m_image = nullptr;
        m_how.clear();
        m_problem = sentence(fittedImage.error());
    }
    emit changed();
}

QString CurrentImage::problem() const { return m_report.isEmpty() ? m_problem : m_report; }

bool CurrentImage::isDigits() const { return m_opened != nullptr && isDigitSet(m_opened->info().id); }

std::optional<int> CurrentImage::label() const {
    if (m_source != ImageSource::Dataset || !m_dataset || !m_image) return std::nullopt;
    return m_dataset->label(m_split, m_index);
}

QString CurrentImage::className(int label) const {
    if (m_opened && label >= 0 && label < m_opened->classes()) {
        return QString::fromStdString(m_opened->info().classNames[static_cast<std::size_t>(label)]);
    }
    return tr("class %1").arg(label);
}

QString CurrentImage::caption() const {
    switch (m_source) {
        case ImageSource::Dataset:
            if (!m_dataset) return {};
            return tr("%1 image %2 of %3").arg(QString::fromUtf8(splitName(m_split)), QString::fromStdString(countText(m_index)),
                                                QString::fromStdString(countText(m_dataset->size(m_split))));
        case ImageSource::Pad:
            return tr("your drawing");
        case ImageSource::Camera:
            return tr("camera");
        case ImageSource::Clipboard:
        case ImageSource::File:
            break;
    }
    return m_name;
}

DatasetPtr CurrentImage::datasetThrough(const ImageTransform& transform) const {
    if (!m_padded || !m_input) return nullptr;
    auto result = fitted(transformed(m_padded, transform), *m_input);
    return result.ok() ? *result : nullptr;
}

void CurrentImage::setDial(const ImageTransform& dial) {
    if (dial == m_dial) return;
    m_dial = dial;
    refit();
}

void CurrentImage::choose(ImageSource source) {
    ++m_ticket;
    m_source = source;
    m_report.clear();
    refit();
}

void CurrentImage::showDatasetImage(Split split, std::int64_t index) {
    m_split = split;
    m_index = m_dataset ? std::clamp<std::int64_t>(index, 0, std::max<std::int64_t>(0, m_dataset->size(split) - 1)) : std::max<std::int64_t>(0, index);
    choose(ImageSource::Dataset);
}

void CurrentImage::showPicture(Picture picture, ImageSource source, const QString& name) {
    m_picture = std::move(picture);
    m_name = name;
    choose(source);
}

void CurrentImage::showDrawing(Picture pad) {
    m_drawing = std::move(pad);
    choose(ImageSource::Pad);
}

void CurrentImage::showFile(const QString& file) {
    QThreadPool::globalInstance()->start([self = QPointer<CurrentImage>(this), file, ticket = ++m_ticket] {
        auto picture = std::make_shared<Result<Picture>>(readPicture(file.toStdString()));
        QMetaObject::invokeMethod(qApp, [self, file, ticket, picture] {
            if (!self || ticket != self->m_ticket) return;
            if (!picture->ok()) return self->reportProblem(sentence(picture->error()));
            self->showPicture(std::move(*picture).value(), ImageSource::File, QFileInfo(file).fileName());
        }, Qt::QueuedConnection);
    });
}

void CurrentImage::reportProblem(const QString& text) {
    m_report = text;
    emit changed();
}

}  // namespace convolab
