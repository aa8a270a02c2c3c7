#include "widgets/maps/value_rows.h"

#include "widgets/plots/svg_text.h"

#include <QFontMetricsF>
#include <QPainter>

namespace convolab {

namespace {

constexpr int kStrongRow = 26;

std::string joined(const std::vector<ValueRow>& rows, const char* between, bool quoted) {
    std::string result;
    for (const ValueRow& row : rows) {
        const std::string label = row.label.toStdString(), value = row.value.toStdString();
        result += quoted ? "\"" + label + "\"" + between + "\"" + value + "\"\n" : label + between + value + "\n";
    }
    return result;
}

std::string svgOf(const std::string& title, const std::vector<ValueRow>& rows, ThemeMode mode) {
    constexpr double kWidth = 280, kMargin = 12;
    const Tokens& colors = tokens(mode);
    SvgText svg(kWidth, 2 * kMargin + metrics::kTableRow * static_cast<double>(rows.size()), colors.bg1, title);
    double y = kMargin + 15;
    for (const ValueRow& row : rows) {
        svg.text({kMargin, y}, row.label.toStdString(), {.color = row.strong ? colors.text1 : colors.text2, .bold = row.strong});
        svg.text({kWidth - kMargin, y}, row.value.toStdString(), {.color = colors.text1, .anchor = SvgAnchor::End, .bold = row.strong});
        svg.line({kMargin, y + 6}, {kWidth - kMargin, y + 6}, colors.line, 1);
        y += metrics::kTableRow;
    }
    return svg.finish();
}

}  // namespace

ValueRows::ValueRows(Theme& theme, const QString& name, QWidget* parent) : ValueView(theme, name, parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ValueRows::setRows(std::vector<ValueRow> rows) {
    if (rows == m_rows) return;
    const bool sameCount = rows.size() == m_rows.size();
    m_rows = std::move(rows);
    QString said;
    for (const ValueRow& row : m_rows) said += row.label + QStringLiteral(" ") + row.value + QStringLiteral(". ");
    setAccessibleDescription(said);
    if (!sameCount) updateGeometry();
    update();
}

QSize ValueRows::sizeHint() const {
    int height = 0;
    for (const ValueRow& row : m_rows) height += row.strong ? kStrongRow : metrics::kTableRow;
    return {130, height};
}

std::optional<InstrumentExport> ValueRows::exported() const {
    if (m_rows.empty()) return std::nullopt;
    return InstrumentExport{.name = accessibleName().toStdString(),
                            .text = [rows = m_rows] { return joined(rows, "\t", false); },
                            .csv = [rows = m_rows] { return joined(rows, ",", true); },
                            .svg = [rows = m_rows, title = accessibleName().toStdString()](ThemeMode mode) { return svgOf(title, rows, mode); }};
}

void ValueRows::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    double top = 0;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const ValueRow& row = m_rows[i];
        const QRectF box(0, top, width(), row.strong ? kStrongRow : metrics::kTableRow);
        painter.setFont(theme().font(row.strong ? FontRole::LessonTitle : FontRole::BodyStrong));
        const double value = QFontMetricsF(painter.font()).horizontalAdvance(row.value) + 1;
        painter.setPen(toQColor(row.strong ? tokens().series[1] : tokens().text1));
        painter.drawText(box.adjusted(box.width() - value, 0, 0, 0), Qt::AlignRight | Qt::AlignVCenter, row.value);
        painter.setFont(theme().font(row.strong ? FontRole::BodyStrong : FontRole::Body));
        painter.setPen(toQColor(row.strong ? tokens().text1 : tokens().text2));
        const QString label = QFontMetricsF(painter.font()).elidedText(row.label, Qt::ElideMiddle, box.width() - value - 6);
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, label);
        top = box.bottom();
        if (i + 1 == m_rows.size()) break;
        painter.setPen(toQColor(tokens().line));
        painter.drawLine(QPointF(0, top - 0.5), QPointF(width(), top - 0.5));
    }
    paintFocus(painter, rect());
}

}  // namespace convolab
