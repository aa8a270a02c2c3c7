#pragma once

#include <QWidget>
#include <memory>

#include "app/lenses/look_inside/inspect_tool.h"
#include "app/lenses/look_inside/latest_task.h"
#include "core/inspect/microscope.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPlainTextEdit;
class QSpinBox;
class QLineEdit;

namespace convolab {

class ExplanationView;
class SegmentedControl;
class WindowStage;

/// Worked examples, and a sandbox for any matrix or picture under any kernel: what is typed is computed at once, what is
/// wrong is said beside it.
class SandboxPage : public QWidget {
    Q_OBJECT

  public:
    explicit SandboxPage(const InspectContext& context, QWidget* parent = nullptr);

    void open(Tensor input, const QString& inputName, const NamedKernel& kernel);  ///< (1, H, W)
    void openScene(int index);
    /// What is written in the fields; an error where it makes no sense.
    Status problem() const { return m_problem; }
    const std::optional<ValueExplanation>& explanation() const { return m_shown; }

  private:
    void buildScene();
    void buildStage();
    void buildInput();
    void buildKernel();
    QSpinBox* spin(const char* object, const QString& name, int low, int high);
    void setInput(Tensor input, const QString& name, bool pixels);
    void setKernel(const Tensor& kernel);
    void setWindow(const Window& window);
    void usePhotograph(const QString& file);
    void useCurrentImage();
    void read();
    Status readFields();
    void compute();
    void showValue();
    void edited();  ///< the scene is no longer what it was

    InspectContext m_context;
    std::vector<MicroscopeScene> m_scenes;
    QComboBox *m_scene = nullptr, *m_named = nullptr;
    QLabel *m_about = nullptr, *m_error = nullptr, *m_inputNote = nullptr, *m_outputNote = nullptr;
    WindowStage* m_stage = nullptr;
    ExplanationView* m_explanation = nullptr;
    SegmentedControl* m_operation = nullptr;
    QPlainTextEdit *m_inputText = nullptr, *m_kernelText = nullptr;
    QLineEdit* m_bias = nullptr;
    QSpinBox *m_stride = nullptr, *m_padding = nullptr, *m_dilation = nullptr, *m_poolSize = nullptr;
    QCheckBox* m_flip = nullptr;
    QWidget *m_kernelRows = nullptr, *m_poolRow = nullptr, *m_dilationRow = nullptr;
    std::shared_ptr<const Tensor> m_input;    ///< (C, H, W)
    ConvolutionSandbox m_convolution;
    PoolingSandbox m_pooling;
    std::optional<ValueExplanation> m_shown;
    std::shared_ptr<const Tensor> m_output;
    Status m_problem;
    LatestTask m_task;
    std::int64_t m_inputChannel = 0;
    bool m_pixels = false;   ///< the input is grey, 0 … 255
    bool m_typed = true;     ///< the input stands in its field as text
    bool m_showing = false;
};

}  // namespace convolab
