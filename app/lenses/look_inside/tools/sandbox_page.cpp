#include "app/lenses/look_inside/tools/sandbox_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/explanation_view.h"
#include "app/lenses/look_inside/matrix_text.h"
#include "app/lenses/look_inside/window_stage.h"
#include "datasets/image_for_network.h"
#include "datasets/picture.h"
#include "widgets/maps/map_view.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr std::int64_t kPhotographSide = 96, kMostTyped = 16;
constexpr int kOwn = -1;

Tensor copyOf(const Tensor& tensor) { return tensor.clone(); }

Tensor kernelTensor(const NumberGrid& grid) {
    Tensor result(Shape{1, grid.rows, grid.columns});
    std::copy(grid.values.begin(), grid.values.end(), result.data());
    return result;
}

ValueScale scaleOf(std::span<const float> values, bool pixels) {
    return pixels ? ValueScale{ValueScale::Kind::Grey, 255.0} : ValueScale::of(values);
}

std::span<const float> channelOf(const Tensor& maps, std::int64_t channel) {
    const auto area = static_cast<std::size_t>(maps.shape().height() * maps.shape().width());
    return maps.span().subspan(static_cast<std::size_t>(channel) * area, area);
}

}  // namespace

SandboxPage::SandboxPage(const InspectContext& context, QWidget* parent) : QWidget(parent), m_context(context), m_scenes(microscopeScenes()) {
    setObjectName(QStringLiteral("sandboxPage"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    buildScene();
    buildStage();
    buildInput();
    buildKernel();
    openScene(0);
}

void SandboxPage::buildScene() {
    auto* section = new PanelSection(m_context.theme, tr("Examples"));
    layout()->addWidget(section);
    m_scene = new QComboBox;
    m_scene->setObjectName(QStringLiteral("sceneCombo"));
    m_scene->setAccessibleName(tr("Example"));
    for (std::size_t i = 0; i < m_scenes.size(); ++i) m_scene->addItem(QString::fromStdString(m_scenes[i].title), static_cast<int>(i));
    m_scene->addItem(tr("Your own"), kOwn);
    section->add(m_scene);
    section->column()->addSpacing(4);
    m_about = new QLabel;
    m_about->setObjectName(QStringLiteral("sceneAbout"));
    m_about->setProperty("role", "caption");
    m_about->setWordWrap(true);
    section->add(m_about);
    connect(m_scene, &QComboBox::activated, this, [this](int index) {
        if (m_scene->itemData(index).toInt() != kOwn) openScene(index);
    });
}

void SandboxPage::buildStage() {
    auto* section = new PanelSection(m_context.theme, tr("Input and output"));
    m_outputNote = section->note();
    m_outputNote->setObjectName(QStringLiteral("sandboxOutputShape"));
    layout()->addWidget(section);
    m_error = new QLabel;
    m_error->setObjectName(QStringLiteral("sandboxError"));
    m_error->setProperty("role", "error");
    m_error->setFont(m_context.theme.font(FontRole::Caption));
    m_error->setWordWrap(true);
    m_error->hide();
    section->add(m_error);
    m_stage = new WindowStage(m_context.theme);
    m_stage->setObjectName(QStringLiteral("sandboxStage"));
    m_stage->input().setNumbersShown(true);
    m_stage->output().setNumbersShown(true);
    section->add(m_stage);
    section->column()->addSpacing(6);
    m_explanation = new ExplanationView(m_context.theme);
    m_explanation->setObjectName(QStringLiteral("sandboxExplanation"));
    section->add(m_explanation);
    connect(m_stage, &WindowStage::positionChanged, this, &SandboxPage::showValue);
    connect(m_explanation, &ExplanationView::inputChannelChosen, this, [this](qint64 channel) {
        m_inputChannel = channel;
        compute();
    });
}

void SandboxPage::buildInput() {
    auto* section = new PanelSection(m_context.theme, tr("Input"));
    m_inputNote = section->note();
    m_inputNote->setObjectName(QStringLiteral("sandboxInputNote"));
    layout()->addWidget(section);
    m_inputText = new QPlainTextEdit;
    m_inputText->setObjectName(QStringLiteral("sandboxInput"));
    m_inputText->setAccessibleName(tr("Input matrix"));
    m_inputText->setFixedHeight(108);
    m_inputText->setTabChangesFocus(true);
    m_inputText->setLineWrapMode(QPlainTextEdit::NoWrap);
    section->add(m_inputText);
    section->column()->addSpacing(4);
    auto* row = new QHBoxLayout;
    const auto button = [&](const QString& text, const char* object) {
        auto* made = new QPushButton(text);
        made->setObjectName(QLatin1String(object));
        made->setProperty("role", "small");
        row->addWidget(made);
        return made;
    };
    connect(button(tr("Photograph …"), "sandboxPhotograph"), &QPushButton::clicked, this, [this] {
        const QString file = QFileDialog::getOpenFileName(window(), tr("A picture"), {}, tr("Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff)"));
        if (!file.isEmpty()) usePhotograph(file);
    });
    connect(button(tr("Current image"), "sandboxCurrentImage"), &QPushButton::clicked, this, &SandboxPage::useCurrentImage);
    row->addStretch(1);
    section->column()->addLayout(row);
    connect(m_inputText, &QPlainTextEdit::textChanged, this, [this] {
        if (m_showing) return;
        m_typed = true;
        edited();
    });
}

QSpinBox* SandboxPage::spin(const char* object, const QString& name, int low, int high) {
    auto* made = new QSpinBox;
    made->setObjectName(QLatin1String(object));
    made->setAccessibleName(name);
    made->setRange(low, high);
    connect(made, &QSpinBox::valueChanged, this, [this] { if (!m_showing) edited(); });
    return made;
}

void SandboxPage::buildKernel() {
    auto* section = new PanelSection(m_context.theme, tr("Operation"));
    layout()->addWidget(section);
    m_operation = new SegmentedControl({tr("convolution"), tr("max"), tr("average")});
    m_operation->setObjectName(QStringLiteral("sandboxOperation"));
    section->add(m_operation);
    section->column()->addSpacing(4);
    m_kernelRows = new QWidget;
    auto* kernel = new QVBoxLayout(m_kernelRows);
    kernel->setContentsMargins(0, 0, 0, 0);
    kernel->setSpacing(4);
    m_named = new QComboBox;
    m_named->setObjectName(QStringLiteral("namedKernels"));
    m_named->setAccessibleName(tr("Named kernels"));
    m_named->addItem(tr("Named kernels …"));
    for (const NamedKernel& named : namedKernels()) m_named->addItem(QString::fromStdString(named.label));
    kernel->addWidget(m_named);
    m_kernelText = new QPlainTextEdit;
    m_kernelText->setObjectName(QStringLiteral("sandboxKernel"));
    m_kernelText->setAccessibleName(tr("Kernel"));
    m_kernelText->setToolTip(tr("A row a line; an empty line before the kernel of the next input channel. Fractions such as 1/9 are fine."));
    m_kernelText->setFixedHeight(76);
    m_kernelText->setTabChangesFocus(true);
    kernel->addWidget(m_kernelText);
    section->add(m_kernelRows);
    m_poolSize = spin("sandboxPoolSize", tr("Window"), 1, 32);
    m_poolRow = section->addRow(tr("Window"), m_poolSize);
    m_stride = spin("sandboxStride", tr("Stride"), 1, 16);
    section->addRow(tr("Stride"), m_stride);
    m_padding = spin("sandboxPadding", tr("Padding"), 0, 16);
    section->addRow(tr("Padding"), m_padding);
    m_dilation = spin("sandboxDilation", tr("Dilation"), 1, 16);
    m_dilationRow = section->addRow(tr("Dilation"), m_dilation);
    m_bias = new QLineEdit;
    m_bias->setObjectName(QStringLiteral("sandboxBias"));
    m_bias->setAccessibleName(tr("Bias"));
    auto* last = new QWidget;
    auto* row = new QHBoxLayout(last);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_bias);
    m_flip = new QCheckBox(tr("flip"));
    m_flip->setObjectName(QStringLiteral("sandboxFlip"));
    m_flip->setProperty("form", "switch");
    m_flip->setToolTip(tr("True convolution: the kernel turned by 180°"));
    row->addWidget(m_flip);
    section->addRow(tr("Bias"), last);
    connect(m_operation, &SegmentedControl::chosen, this, &SandboxPage::edited);
    connect(m_named, &QComboBox::activated, this, [this](int index) {
        if (index == 0) return;
        setKernel(kernelTensor(namedKernels()[static_cast<std::size_t>(index - 1)].kernel));
        edited();
    });
    connect(m_kernelText, &QPlainTextEdit::textChanged, this, [this] { if (!m_showing) edited(); });
    connect(m_bias, &QLineEdit::textEdited, this, &SandboxPage::edited);
    connect(m_flip, &QCheckBox::toggled, this, [this] { if (!m_showing) read(); });
}

void SandboxPage::setInput(Tensor input, const QString& name, bool pixels) {
    m_input = std::make_shared<const Tensor>(std::move(input));
    m_pixels = pixels;
    const Shape& shape = m_input->shape();
    m_typed = shape.width() <= kMostTyped && shape.height() <= kMostTyped;
    m_showing = true;
    m_inputText->setPlainText(m_typed ? QString::fromStdString(matrixText(m_input->view())) : QString());
    m_inputText->setPlaceholderText(m_typed ? QString() : tr("%1: type numbers to replace it").arg(name));
    m_showing = false;
    m_inputNote->setText(name);
}

void SandboxPage::setKernel(const Tensor& kernel) {
    m_showing = true;
    m_kernelText->setPlainText(QString::fromStdString(matrixText(kernel.view())));
    m_operation->setCurrentIndex(0);
    m_showing = false;
}

void SandboxPage::setWindow(const Window& window) {
    m_showing = true;
    m_stride->setValue(static_cast<int>(window.strideHeight));
    m_padding->setValue(static_cast<int>(window.padTop));
    m_dilation->setValue(static_cast<int>(window.dilationHeight));
    m_poolSize->setValue(static_cast<int>(window.kernelHeight));
    m_showing = false;
}

void SandboxPage::openScene(int index) {
    const MicroscopeScene& scene = m_scenes[static_cast<std::size_t>(index)];
    m_scene->setCurrentIndex(index);
    m_about->setText(QString::fromStdString(scene.about) +
                     (scene.wantsPhotograph ? QStringLiteral(" ") + tr("Open a photograph below, or use the current image.") : QString()));
    const bool photographLies = scene.wantsPhotograph && m_input && m_input->shape().width() > kMostTyped && m_input->shape().channels() == 1;
    m_inputChannel = 0;
    m_showing = true;
    m_flip->setChecked(false);
    m_bias->setText(QStringLiteral("0"));
    m_showing = false;
    if (scene.convolution) {
        const ConvolutionSandbox& example = *scene.convolution;
        if (!photographLies) setInput(copyOf(example.input), QString::fromStdString(example.input.shape().text()), true);
        const Shape& shape = example.kernels.shape();
        Tensor kernel(Shape{shape[1], shape[2], shape[3]});
        std::copy_n(example.kernels.data(), kernel.size(), kernel.data());
        setKernel(kernel);
        setWindow(example.window);
        if (!example.bias.empty()) m_bias->setText(QString::number(example.bias.front()));
    } else {
        setInput(copyOf(scene.pooling->input), QString::fromStdString(scene.pooling->input.shape().text()), true);
        setWindow(scene.pooling->window);
        m_operation->setCurrentIndex(scene.pooling->maximum ? 1 : 2);
    }
    read();
    m_stage->setPosition(static_cast<int>(scene.focus.row), static_cast<int>(scene.focus.column));
    showValue();
}

void SandboxPage::open(Tensor input, const QString& inputName, const NamedKernel& kernel) {
    setInput(std::move(input), inputName, false);
    setKernel(kernelTensor(kernel.kernel));
    Window window;
    window.padTop = kernel.kernel.rows / 2;
    window.kernelHeight = kernel.kernel.rows;
    setWindow(window);
    m_bias->setText(QStringLiteral("0"));
    edited();
}

void SandboxPage::edited() {
    m_scene->setCurrentIndex(m_scene->count() - 1);
    m_about->setText(tr("Type numbers, open a picture, choose a kernel: the result follows at once."));
    m_named->setCurrentIndex(0);
    read();
}

void SandboxPage::usePhotograph(const QString& file) {
    using Read = std::shared_ptr<Result<Tensor>>;
    m_inputNote->setText(tr("reading …"));
    m_task.start<Read>(
        [path = file.toStdString()]() -> Read {
            auto picture = readPicture(path);
            if (!picture.ok()) return std::make_shared<Result<Tensor>>(picture.error());
            auto fitted = imageForNetwork(*picture, Shape{1, kPhotographSide, kPhotographSide});
            if (!fitted.ok()) return std::make_shared<Result<Tensor>>(fitted.error());
            return std::make_shared<Result<Tensor>>(std::move(fitted->pixels));
        },
        [this, name = QFileInfo(file).fileName()](const Read& read) {
            if (!read->ok()) {
                m_inputNote->clear();
                m_error->setText(QString::fromStdString(read->error().sentence()));
                m_error->show();
                return;
            }
            Tensor pixels = std::move(*read).value();
            for (float& value : pixels.span()) value = std::round(value * 255.0F);
            setInput(std::move(pixels), name, true);
            this->read();
        });
}

void SandboxPage::useCurrentImage() {
    const auto image = m_context.desk.image.image();
    if (!image) {
        m_error->setText(tr("There is no current image: choose one below the canvas."));
        m_error->show();
        return;
    }
    const Shape& shape = m_context.desk.image.pictureShape();
    Tensor pixels(shape);
    std::transform(image->span().begin(), image->span().end(), pixels.data(), [](float value) { return std::round(value * 255.0F); });
    setInput(std::move(pixels), m_context.desk.image.caption(), true);
    read();
}

Status SandboxPage::readFields() {
    if (m_typed) {
        auto input = matrixFromText(m_inputText->toPlainText().toStdString());
        if (!input.ok()) return Error{input.error().code, "input: " + input.error().message, "", input.error().hint};
        const bool pixels = std::all_of(input->span().begin(), input->span().end(), [](float v) { return v >= 0 && v <= 255 && v == std::floor(v); });
        m_pixels = pixels && *std::max_element(input->span().begin(), input->span().end()) > 1;
        m_input = std::make_shared<const Tensor>(std::move(*input));
    }
    if (!m_input) return Error{ErrorCode::InvalidArgument, "there is no input", "", "type numbers or open a picture"};
    Window window;
    window.strideHeight = window.strideWidth = m_stride->value();
    window.padTop = window.padLeft = window.padBottom = window.padRight = m_padding->value();
    if (m_operation->currentIndex() > 0) {
        window.kernelHeight = window.kernelWidth = m_poolSize->value();
        m_pooling = {copyOf(*m_input), window, m_operation->currentIndex() == 1};
        return m_pooling.check();
    }
    window.dilationHeight = window.dilationWidth = m_dilation->value();
    auto kernel = matrixFromText(m_kernelText->toPlainText().toStdString());
    if (!kernel.ok()) return Error{kernel.error().code, "kernel: " + kernel.error().message, "", kernel.error().hint};
    const Shape& shape = kernel->shape();
    window.kernelHeight = shape.height();
    window.kernelWidth = shape.width();
    Tensor filter(Shape{1, shape.channels(), shape.height(), shape.width()});
    std::copy(kernel->span().begin(), kernel->span().end(), filter.data());
    CONVOLAB_ASSIGN(const Tensor bias, matrixFromText(m_bias->text().trimmed().isEmpty() ? "0" : m_bias->text().toStdString()));
    if (bias.size() != 1) return Error{ErrorCode::InvalidArgument, "the bias is " + std::to_string(bias.size()) + " numbers", "", "give one"};
    std::vector<float> biases;
    if (bias.data()[0] != 0) biases.push_back(bias.data()[0]);
    m_convolution = {copyOf(*m_input), std::move(filter), std::move(biases), window, m_flip->isChecked()};
    return m_convolution.check();
}

void SandboxPage::read() {
    const bool pooling = m_operation->currentIndex() > 0;
    m_kernelRows->setVisible(!pooling);
    m_poolRow->setVisible(pooling);
    m_dilationRow->setVisible(!pooling);
    m_bias->setEnabled(!pooling);
    m_flip->setEnabled(!pooling);
    m_problem = readFields();
    m_error->setText(m_problem.ok() ? QString() : QString::fromStdString(m_problem.error().sentence()));
    m_error->setVisible(!m_problem.ok());
    if (m_problem.ok()) {
        compute();
    } else {
        m_output.reset();
        m_shown.reset();
        m_outputNote->clear();
        m_stage->clear({});
        m_explanation->clear({});
    }
}

void SandboxPage::compute() {
    const bool pooling = m_operation->currentIndex() > 0;
    m_output = std::make_shared<const Tensor>(pooling ? m_pooling.output() : m_convolution.output());
    const Shape& in = m_input->shape();
    const Shape& out = m_output->shape();
    m_inputChannel = std::clamp<std::int64_t>(m_inputChannel, 0, in.channels() - 1);
    m_outputNote->setText(QStringLiteral("%1 → %2").arg(QString::fromStdString(in.text()), QString::fromStdString(out.text())));
    m_stage->setInputMap(in.channels() > 1 ? tr("input, channel %1").arg(m_inputChannel) : tr("input"), channelOf(*m_input, m_inputChannel),
                         static_cast<int>(in.height()), static_cast<int>(in.width()), scaleOf(m_input->span(), m_pixels));
    const std::int64_t channel = pooling ? m_inputChannel : 0;
    m_stage->setOutput(tr("output"), channelOf(*m_output, channel), static_cast<int>(out.height()), static_cast<int>(out.width()),
                       pooling ? scaleOf(m_output->span(), m_pixels) : ValueScale::of(m_output->span()));
    m_stage->setWindow(pooling ? m_pooling.window : m_convolution.window);
    showValue();
}

void SandboxPage::showValue() {
    if (!m_output) return;
    const bool pooling = m_operation->currentIndex() > 0;
    m_shown = pooling ? m_pooling.explain(m_inputChannel, m_stage->row(), m_stage->column())
                      : m_convolution.explain(0, m_stage->row(), m_stage->column());
    ExplanationView::Looks looks;
    looks.input = scaleOf(m_input->span(), m_pixels);
    if (!pooling) looks.kernel = ValueScale::diverging(m_convolution.kernels.span());
    looks.width = std::max(200, m_explanation->width() - 2);
    m_explanation->show(*m_shown, m_inputChannel, looks);
}

}  // namespace convolab
