#include "app/lenses/look_inside/tools/why_tool.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "core/graph/docking.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/scale_bar.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

/// The colours of the scale, as opaque as the value is strong: what says nothing lets the image through.
QImage overlayOf(std::span<const float> values, int rows, int columns, const ValueScale& scale) {
    QImage picture(columns, rows, QImage::Format_ARGB32);
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x) {
            const double value = values[static_cast<std::size_t>(y * columns + x)];
            const double strength = std::min(1.0, std::abs(value) / scale.limit);
            const ThemeColor color = scale.color(value);
            picture.setPixel(x, y, qRgba(color.red, color.green, color.blue, static_cast<int>(255 * std::min(1.0, 1.4 * strength))));
        }
    return picture;
}

}  // namespace

WhyTool::WhyTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("whyTool"));
    buildQuestion();
    PanelSection* section = addSection(tr("Evidence"));
    m_state = section->note();
    m_state->setObjectName(QStringLiteral("whyState"));
    m_why = new QLabel;
    m_why->setObjectName(QStringLiteral("whyProblem"));
    m_why->setProperty("role", "caption");
    m_why->setWordWrap(true);
    section->add(m_why);
    section->add(new JobRow(m_context.theme, m_job));
    m_pictures = new QWidget;
    auto* pictures = new QHBoxLayout(m_pictures);
    pictures->setContentsMargins(0, 0, 0, 0);
    pictures->setSpacing(12);
    const auto view = [&](const QString& name, const char* object, const QString& caption) {
        MapView* made = addPicture(*pictures, name, object, caption);
        connect(made, &MapView::pointed, this, [this](int row, int column) {
            if (!m_answer || row >= m_alone->rows() || column >= m_alone->columns()) return;
            m_value->setText(tr("row %1, column %2: %3").arg(row).arg(column).arg(QString::fromStdString(valueText(m_alone->valueAt(row, column), 4))));
        });
        connect(made, &MapView::left, this, [this] { m_value->clear(); });
        return made;
    };
    m_over = view(tr("Evidence over the image"), "whyOverlay", tr("over the image"));
    m_alone = view(tr("Evidence alone"), "whyMap", tr("alone"));
    section->add(m_pictures);
    m_value = new QLabel;
    m_value->setProperty("role", "caption");
    m_value->setFont(m_context.theme.font(FontRole::Caption));
    m_value->setMinimumHeight(18);
    section->add(m_value);
    m_legend = new ScaleBar(m_context.theme);
    section->add(m_legend);
    m_strength = new QSlider(Qt::Horizontal);
    m_strength->setObjectName(QStringLiteral("whyStrength"));
    m_strength->setAccessibleName(tr("Strength of the overlay"));
    m_strength->setRange(0, 100);
    m_strength->setValue(80);
    m_strength->setFocusPolicy(Qt::TabFocus);
    section->addRow(tr("Strength"), m_strength);
    m_note = new QLabel;
    m_note->setObjectName(QStringLiteral("whyNote"));
    m_note->setProperty("role", "caption");
    m_note->setWordWrap(true);
    section->add(m_note);
    connect(m_strength, &QSlider::valueChanged, this, &WhyTool::showOverlay);
    connect(&m_job, &BackgroundJob::finished, this, [this] {
        if (m_job.state() == BackgroundJob::State::Failed) nothing(m_job.error());
        if (std::exchange(m_again, false)) scheduleRefresh();
    });
    connect(&m_context.desk.image, &CurrentImage::datasetChanged, this, [this] { m_classes = 0; scheduleRefresh(); });
}

void WhyTool::buildQuestion() {
    PanelSection* section = addSection(tr("Why?"));
    m_method = new QComboBox;
    m_method->setObjectName(QStringLiteral("whyMethod"));
    m_method->setAccessibleName(tr("Method"));
    for (const AttributionMethod* method : attributionMethods()) m_method->addItem(QString::fromStdString(method->label), QString::fromStdString(method->id));
    section->addRow(tr("Method"), m_method);
    m_class = new QComboBox;
    m_class->setObjectName(QStringLiteral("whyClass"));
    m_class->setAccessibleName(tr("Class"));
    section->addRow(tr("Class"), m_class);
    m_layer = new QComboBox;
    m_layer->setObjectName(QStringLiteral("whyLayer"));
    m_layer->setAccessibleName(tr("Maps of"));
    m_layerRow = section->addRow(tr("Maps of"), m_layer);
    section->column()->addSpacing(4);
    m_help = new QLabel;
    m_help->setProperty("role", "muted");
    m_help->setFont(m_context.theme.font(FontRole::Caption));
    m_help->setWordWrap(true);
    section->add(m_help);
    for (QComboBox* box : {m_method, m_class, m_layer}) connect(box, &QComboBox::activated, this, &WhyTool::scheduleRefresh);
}

void WhyTool::activated(bool active) {
    if (!active) m_job.cancel();
}

void WhyTool::offerClasses() {
    const int classes = analysis().classes;
    if (classes == m_classes && m_class->count() > 0) return;
    m_classes = classes;
    const QSignalBlocker blocker(m_class);
    const int chosen = m_class->currentData().isValid() ? m_class->currentData().toInt() : -1;
    m_class->clear();
    m_class->addItem(tr("the predicted one"), -1);
    for (int i = 0; i < classes; ++i) m_class->addItem(m_context.desk.image.className(i), i);
    m_class->setCurrentIndex(chosen < classes ? chosen + 1 : 0);
}

void WhyTool::offerLayers() {
    const std::vector<NodeId> layers = layersOfKind(spec(), analysis(), "conv2d");
    bool same = m_layer->count() == static_cast<int>(layers.size()) + 1;
    for (std::size_t i = 0; same && i < layers.size(); ++i) {
        const int at = static_cast<int>(i) + 1;
        same = m_layer->itemData(at).toInt() == layers[i].value && m_layer->itemText(at) == layerName(spec(), layers[i]);
    }
    if (same) return;
    const QSignalBlocker blocker(m_layer);
    const int chosen = m_layer->currentData().toInt();
    m_layer->clear();
    m_layer->addItem(tr("the last convolution"), 0);
    for (const NodeId layer : layers) m_layer->addItem(layerName(spec(), layer), layer.value);
    m_layer->setCurrentIndex(std::max(0, m_layer->findData(chosen)));
}

WhyTool::Wish WhyTool::wish() const {
    const AttributionMethod* method = findAttributionMethod(m_method->currentData().toString().toStdString());
    // As the rest of the network sees its maps: behind the activation.
    NodeId layer{method != nullptr && method->needsConvolution ? m_layer->currentData().toInt() : 0};
    if (layer) layer = shownLayer(spec(), analysis(), layer);
    return {method, m_context.desk.image.image(), m_context.desk.probe.effectiveWeights(), m_class->currentData().toInt(), layer};
}

void WhyTool::refresh() {
    offerClasses();
    offerLayers();
    const Wish now = wish();
    if (now.method == nullptr) return;
    m_help->setText(QString::fromStdString(now.method->help));
    const bool convolutions = m_layer->count() > 1;
    m_layerRow->setVisible(now.method->needsConvolution && convolutions);
    if (now.method->needsConvolution && !convolutions) {
        QStringList others;
        for (const AttributionMethod* method : attributionMethods())
            if (!method->needsConvolution) others << QString::fromStdString(method->label);
        return nothing(tr("%1 weighs the maps of a convolution, and this network has none. %2 work for it.")
                           .arg(QString::fromStdString(now.method->label), others.join(tr(" and "))));
    }
    if (!snapshot() || !now.image || !now.weights) return nothing(whyNothing());
    if (now == m_answered && m_answer) return;
    if (m_job.isRunning()) {
        if (now == m_asked) return;
        // Newer weights wait: restarted ten times a second, a slow method would never come to its end.
        if (now.sameQuestion(m_asked)) {
            m_again = true;
            return;
        }
    }
    ask(now);
}

void WhyTool::ask(const Wish& wish) {
    m_asked = wish;
    if (!wish.sameQuestion(m_answered)) m_state->setText(QStringLiteral("…"));
    using Answer = std::shared_ptr<const Attribution>;
    m_job.start<Answer>(
        QString::fromStdString(wish.method->label),
        [network = spec(), wish](const BackgroundJob::Context& context) -> Result<Answer> {
            AttributionRequest request;
            request.weights = wish.weights;
            request.image = wish.image->view();
            request.target = wish.target;
            request.layer = wish.layer;
            auto answer = wish.method->run(network, request, context.progress);
            if (!answer.ok()) return answer.error();
            return std::make_shared<const Attribution>(std::move(*answer));
        },
        [this, wish](Answer answer) { show(std::move(answer), wish); });
}

void WhyTool::show(std::shared_ptr<const Attribution> answer, const Wish& wish) {
    m_answer = std::move(answer);
    m_answered = wish;
    m_why->hide();
    m_pictures->show();
    m_legend->show();
    const Tensor& map = m_answer->map;
    const int rows = static_cast<int>(map.shape()[0]), columns = static_cast<int>(map.shape()[1]);
    const ValueScale scale = m_answer->isSigned ? ValueScale::diverging(map.span()) : ValueScale{ValueScale::Kind::Sequential, ValueScale::diverging(map.span()).limit};
    const std::string title = wish.method->label + " for " + m_context.desk.image.className(m_answer->target).toStdString();
    const Shape& picture = m_context.desk.image.pictureShape();
    m_over->setImage(title + ", over the image", {wish.image->data(), picture.size() == wish.image->size() ? picture : wish.image->shape()});
    m_alone->setMap(title, map.span(), rows, columns, scale);
    m_legend->setScale(scale, tr("evidence"));
    m_state->setText(tr("for %1: logit %2").arg(m_context.desk.image.className(m_answer->target), QString::fromStdString(valueText(m_answer->logit, 3))));
    m_note->setText(QString::fromStdString(m_answer->note));
    m_note->setVisible(!m_answer->note.empty());
    showOverlay();
}

void WhyTool::showOverlay() {
    if (!m_answer) return;
    const Tensor& map = m_answer->map;
    const ValueScale scale{m_answer->isSigned ? ValueScale::Kind::Diverging : ValueScale::Kind::Sequential, ValueScale::diverging(map.span()).limit};
    m_over->setOverlay(overlayOf(map.span(), static_cast<int>(map.shape()[0]), static_cast<int>(map.shape()[1]), scale), m_strength->value() / 100.0);
}

void WhyTool::nothing(const QString& why) {
    m_job.cancel();
    m_answer.reset();
    m_answered = {};
    m_state->clear();
    m_why->setText(why);
    m_why->show();
    m_pictures->hide();
    m_legend->hide();
    m_note->hide();
}

}  // namespace convolab
