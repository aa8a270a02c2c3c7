#include "widgets/maps/contribution_view.h"

#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr double kValueWidth = 50, kBarShare = 0.22;

struct Line {
    std::string label, detail;
    double value = 0;
};

std::string joined(const std::vector<Line>& lines, const char* between) {
    std::string result;
    for (const Line& line : lines) result += line.label + between + line.detail + between + valueText(line.value, 6) + "\n";
    return result;
}

std::string svgOf(const std::string& title, const std::vector<Line>& lines, ThemeMode mode) {
    constexpr double kWidth = 360, kMargin = 12, kTitle = 26, kZero = 250, kReach = 56;
    const Tokens& colors = tokens(mode);
    double limit = 1e-30;
    for (const Line& line : lines) limit = std::max(limit, std::abs(line.value));
    SvgText svg(kWidth, kTitle + metrics::kTableRow * static_cast<double>(lines.size()) + kMargin, colors.bg1, title);
    svg.text({kMargin, kTitle - 8}, title, {.color = colors.text1, .size = 11.5, .bold = true});
    double y = kTitle;
    for (const Line& line : lines) {
        const double length = kReach * std::abs(line.value) / limit;
        svg.text({kMargin, y + 15}, line.label + "  " + line.detail, {.color = colors.text2});
        svg.rect({line.value < 0 ? kZero - length : kZero, y + 6, length, 10}, divergingColor(line.value < 0 ? -0.6 : 0.6));
        svg.text({kWidth - kMargin, y + 15}, valueText(line.value, 3), {.color = colors.text1, .anchor = SvgAnchor::End});
        y += metrics::kTableRow;
    }
    return svg.finish();
}

}  // namespace

ContributionView::ContributionView(Theme& theme, const QString& name, QWidget* parent) : ValueView(theme, name, parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ContributionView::setTerms(std::vector<Contribution> terms, TextOf label, TextOf detail) {
    m_terms = std::move(terms);
    m_label = std::move(label);
    m_detail = std::move(detail);
    arrange();
}

QString ContributionView::label(const Contribution& term) const {
    return term.index < 0 ? tr("%n others", nullptr, static_cast<int>(m_rest)) : m_label ? m_label(term.index) : QString();
}

QString ContributionView::detail(const Contribution& term) const {
    return term.index < 0 || !m_detail ? QString() : m_detail(term.index);
}

void ContributionView::setMostRows(int rows) {
    m_most = rows;
    arrange();
}

void ContributionView::arrange() {
    m_shown = m_terms;
    m_rest = 0;
    const auto larger = [](const Contribution& a, const Contribution& b) { return std::abs(a.value) > std::abs(b.value); };
    if (static_cast<int>(m_shown.size()) > m_most) {
        const auto most = static_cast<std::size_t>(m_most - 1);
        std::nth_element(m_shown.begin(), m_shown.begin() + static_cast<std::ptrdiff_t>(most), m_shown.end(), larger);
        Contribution rest{-1, 0};
        m_rest = m_shown.size() - most;
        for (std::size_t i = most; i < m_shown.size(); ++i) rest.value += m_shown[i].value;
        m_shown.resize(most);
        std::stable_sort(m_shown.begin(), m_shown.end(), larger);
        m_shown.push_back(rest);
    } else {
        std::stable_sort(m_shown.begin(), m_shown.end(), larger);
    }
    m_current = std::min(m_current, static_cast<int>(m_shown.size()) - 1);
    updateGeometry();
    update();
}

QSize ContributionView::sizeHint() const { return {240, metrics::kTableRow * static_cast<int>(m_shown.size())}; }

std::optional<InstrumentExport> ContributionView::exported() const {
    if (m_terms.empty()) return std::nullopt;
    const std::string title = accessibleName().toStdString();
    const auto write = [this](const std::vector<Contribution>& terms) {
        std::vector<Line> lines;
        for (const Contribution& term : terms) lines.push_back({label(term).toStdString(), detail(term).toStdString(), term.value});
        return lines;
    };
    const std::vector<Line> all = write(m_terms);
    return InstrumentExport{.name = title,
                            .text = [all] { return joined(all, "\t"); },
                            .csv = [all] { return joined(all, ","); },
                            .svg = [shown = write(m_shown), title](ThemeMode mode) { return svgOf(title, shown, mode); }};
}

void ContributionView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    double limit = 1e-30;
    for (const Contribution& term : m_shown) limit = std::max(limit, std::abs(term.value));
    const double reach = width() * kBarShare / 2, zero = width() - kValueWidth - reach - 4;
    painter.setFont(theme().font(FontRole::Caption));
    for (std::size_t i = 0; i < m_shown.size(); ++i) {
        const Contribution& term = m_shown[i];
        const QRectF row(0, static_cast<double>(i) * metrics::kTableRow, width(), metrics::kTableRow);
        if (static_cast<int>(i) == m_current) painter.fillRect(row, toQColor(tokens().bg4));
        const double length = reach * std::abs(term.value) / limit;
        painter.fillRect(QRectF(term.value < 0 ? zero - length : zero, row.top() + 6, length, row.height() - 12),
                         toQColor(divergingColor(term.value < 0 ? -0.6 : 0.6)));
        painter.setPen(toQColor(tokens().line2));
        painter.drawLine(QPointF(zero, row.top() + 3), QPointF(zero, row.bottom() - 3));
        painter.setPen(toQColor(tokens().text2));
        const QString more = detail(term);
        const QRectF left(4, row.top(), zero - reach - 10, row.height());
        const double moreWidth = more.isEmpty() ? 0 : QFontMetricsF(painter.font()).horizontalAdvance(more) + 8;
        painter.drawText(left, Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetricsF(painter.font()).elidedText(label(term), Qt::ElideRight, left.width() - moreWidth));
        painter.setPen(toQColor(tokens().text3));
        painter.drawText(left, Qt::AlignRight | Qt::AlignVCenter, more);
        painter.setPen(toQColor(tokens().text1));
        painter.drawText(row.adjusted(0, 0, -2, 0), Qt::AlignRight | Qt::AlignVCenter, QString::fromStdString(valueText(term.value, 3)));
    }
    paintFocus(painter, rect());
}

int ContributionView::rowAt(QPointF at) const {
    const int row = static_cast<int>(at.y()) / metrics::kTableRow;
    return at.y() >= 0 && row < static_cast<int>(m_shown.size()) ? row : -1;
}

void ContributionView::mouseMoveEvent(QMouseEvent* event) {
    const int row = rowAt(event->position());
    if (row < 0 || row == m_current) return;
    m_current = row;
    const Contribution& term = m_shown[static_cast<std::size_t>(row)];
    setToolTip(QStringLiteral("%1  %2 = %3").arg(label(term), detail(term), QString::fromStdString(valueText(term.value, 6))));
    if (term.index >= 0) emit pointed(term.index);
    update();
}

void ContributionView::mousePressEvent(QMouseEvent* event) {
    const int row = rowAt(event->position());
    if (event->button() != Qt::LeftButton || row < 0) return;
    setFocus(Qt::MouseFocusReason);
    if (m_shown[static_cast<std::size_t>(row)].index >= 0) emit chosen(m_shown[static_cast<std::size_t>(row)].index);
}

void ContributionView::leaveEvent(QEvent*) {
    m_current = -1;
    update();
    emit left();
}

void ContributionView::keyPressEvent(QKeyEvent* event) {
    const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (m_shown.empty() || (step == 0 && !enter)) return ValueView::keyPressEvent(event);
    m_current = std::clamp(m_current + step, 0, static_cast<int>(m_shown.size()) - 1);
    const Contribution& term = m_shown[static_cast<std::size_t>(m_current)];
    setAccessibleDescription(QStringLiteral("%1 %2 = %3").arg(label(term), detail(term), QString::fromStdString(valueText(term.value, 4))));
    if (term.index >= 0) enter ? emit chosen(term.index) : emit pointed(term.index);
    update();
}

}  // namespace convolab
