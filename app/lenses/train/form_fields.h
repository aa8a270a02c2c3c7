#pragma once

#include <QImage>
#include <QLineEdit>
#include <QWidget>
#include <functional>
#include <vector>

class QSlider;

namespace convolab {

class Dataset;
class Theme;

/// A slider and a field for one number. What is typed is checked at once; a value out of range turns the border red, says
/// why in the tooltip, and is not handed on.
class ValueField : public QWidget {
    Q_OBJECT

  public:
    enum class Scale { Linear, Logarithmic };
    /// Logarithmic: the slider covers `low` … `high` in decades; `zeroAllowed` adds 0 at its left end.
    ValueField(const QString& name, double low, double high, Scale scale, bool integer, bool zeroAllowed = false,
               QWidget* parent = nullptr);

    void setValue(double value);
    /// Numbers beyond the slider's end that may be typed all the same.
    void setLargest(double largest) { m_largest = largest; }
    double value() const { return m_value; }
    QLineEdit* field() const { return m_field; }

  signals:
    void valueEdited(double value);

  private:
    double fromSlider(int position) const;
    int toSlider(double value) const;
    bool isAllowed(double value) const;
    QString rangeText() const;
    void parse(const QString& text);
    void showText();

    double m_low, m_high, m_largest;
    Scale m_scale;
    bool m_integer, m_zeroAllowed;
    double m_value = 0.0;
    QSlider* m_slider = nullptr;
    QLineEdit* m_field = nullptr;
};

/// A row of images of a data set, as the network gets them.
class SampleStrip : public QWidget {
    Q_OBJECT

  public:
    explicit SampleStrip(QWidget* parent = nullptr);
    void show(const Dataset* dataset);  ///< null: nothing
    QSize sizeHint() const override { return {288, 34}; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    std::vector<QImage> m_images;
};

}  // namespace convolab
