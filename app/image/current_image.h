#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <optional>

#include "core/data/dataset.h"
#include "core/tensor/tensor.h"
#include "datasets/image_for_network.h"
#include "datasets/image_transform.h"
#include "datasets/picture.h"

namespace convolab {

class LabDocument;
class TrainingSession;

enum class ImageSource { Dataset, File, Clipboard, Pad, Camera };

/// The one image that every lens looks at: where it came from, and what the network gets of it. Follows the document:
/// another input shape or data set fits the same source anew. Begins with test image 0 as soon as the recipe's data set
/// is open. UI thread only; files are decoded on a thread of the pool.
class CurrentImage : public QObject {
    Q_OBJECT

  public:
    CurrentImage(LabDocument& document, TrainingSession& session, QObject* parent = nullptr);
    ~CurrentImage() override;

    ImageSource source() const { return m_source; }
    /// In the network's input shape, in [0, 1], behind the dial; null while there is none (problem() says why).
    std::shared_ptr<const Tensor> image() const { return m_image; }
    /// The shape of the same as a picture: (C, H, W) also where the network's input is a vector.
    const Shape& pictureShape() const { return m_pictureShape; }
    std::optional<int> label() const;        ///< of an image of the data set
    Split split() const { return m_split; }  ///< of the data set's image that is shown, or was shown last
    std::int64_t index() const { return m_index; }
    QString caption() const;                 ///< "test image 5 of 10,000", "photo.png", "your drawing"
    QString how() const { return m_how; }    ///< what it took to fit it; may be empty
    QString problem() const;                 ///< one plain line where image() is not what was asked for; else empty

    /// The recipe's data set as this network sees it (padded or flattened), without the dial; null while it is not open
    /// or does not fit (datasetProblem() says why).
    DatasetPtr dataset() const { return m_dataset; }
    QString datasetProblem() const { return m_datasetProblem; }
    /// The same through a transform, which works on the padded pictures. Null where dataset() is.
    DatasetPtr datasetThrough(const ImageTransform& transform) const;
    QString className(int label) const;      ///< "4", or "class 4" where there is no data set
    bool isDigits() const;                   ///< the data set follows MNIST's convention

    const ImageTransform& dial() const { return m_dial; }
    void setDial(const ImageTransform& dial);

    void showDatasetImage(Split split, std::int64_t index);  ///< clamped to the split
    void showFile(const QString& file);                      ///< decoded in the background
    void showPicture(Picture picture, ImageSource source, const QString& name);
    void showDrawing(Picture pad);                           ///< grey, 65535 = ink
    /// "there is no camera": shown in the slot until the next image; the image before stays.
    void reportProblem(const QString& sentence);

  signals:
    void changed();         ///< image, caption, label, problem or source
    void datasetChanged();  ///< dataset() is another, or gone

  private:
    void follow(bool anew = false);
    void openDataset();
    void fitDataset();
    void refit();
    void choose(ImageSource source);
    Result<Shape> pictureShapeOf(const Shape& input) const;
    Result<NetworkImage> fitSource() const;
    std::shared_ptr<const Tensor> throughDial(const Tensor& picture) const;

    LabDocument& m_document;
    TrainingSession& m_session;
    ImageSource m_source = ImageSource::Dataset;
    Split m_split = Split::Test;
    std::int64_t m_index = 0;
    Picture m_picture;    ///< of a file, the clipboard or the camera
    Picture m_drawing;    ///< of the pad
    QString m_name, m_how, m_problem, m_report, m_datasetProblem;
    ImageTransform m_dial;
    DatasetPtr m_opened;   ///< as it came from the cache
    DatasetPtr m_padded;   ///< images of pictureShape()
    DatasetPtr m_dataset;  ///< in the network's input shape
    std::optional<Shape> m_input;
    Shape m_pictureShape;
    std::shared_ptr<const Tensor> m_image;
    std::uint64_t m_ticket = 0;  ///< of the newest wish, so that a slow file does not come late
};

}  // namespace convolab
