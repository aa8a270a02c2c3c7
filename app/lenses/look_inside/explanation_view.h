#pragma once

#include <QWidget>
#include <functional>
#include <optional>

#include "core/inspect/microscope.h"
#include "widgets/maps/value_scale.h"

class QLabel;

namespace convolab {

class ContributionView;
class NumberGridView;
class Theme;
class ValueRows;

/// One value written out: patch × kernel = products, light up together; the terms of several input maps as a list with
/// their sums; the inputs of a dense layer, largest first; and the arithmetic as rows.
class ExplanationView : public QWidget {
    Q_OBJECT

  public:
    explicit ExplanationView(Theme& theme, QWidget* parent = nullptr);

    struct Looks {
        ValueScale input;                                        ///< of the patch
        std::optional<ValueScale> kernel;                        ///< of all kernels of the layer; absent: of this one
        std::function<QString(std::int64_t)> inputName;          ///< of a dense layer's input, or a softmax's class
        int width = 288;                                         ///< what the grids may take
    };
    /// `inputChannel`: whose patch and kernel are shown; the nearest there is.
    void show(const ValueExplanation& explanation, std::int64_t inputChannel, const Looks& looks);
    void clear(const QString& why);

    std::int64_t inputChannel() const { return m_inputChannel; }

  signals:
    void inputChannelChosen(qint64 channel);
    void termPointed(qint64 index);  ///< of a dense layer's inputs
    void termsLeft();

  private:
    void build(Theme& theme);
    void light(std::optional<QPoint> cell);
    void showGrids(const ChannelTerm& term, const Looks& looks);
    void showTerms(const ValueExplanation& explanation, const Looks& looks);

    QLabel *m_why = nullptr, *m_times = nullptr, *m_hint = nullptr;
    QLabel *m_patchName = nullptr, *m_kernelName = nullptr, *m_productsName = nullptr, *m_termsTitle = nullptr;
    QLabel* m_sentence = nullptr;
    QWidget *m_patchBox = nullptr, *m_kernelBox = nullptr, *m_productsBox = nullptr;
    NumberGridView *m_patch = nullptr, *m_kernel = nullptr, *m_products = nullptr;
    ContributionView* m_terms = nullptr;
    ValueRows* m_rows = nullptr;
    std::int64_t m_inputChannel = 0;
    bool m_channelTerms = false;
};

}  // namespace convolab
