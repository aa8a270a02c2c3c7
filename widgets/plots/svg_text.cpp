#include "widgets/plots/svg_text.h"

#include "widgets/plots/svg_writer.h"

#include <charconv>
#include <cmath>

namespace convolab {

std::string escapeXml(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        default:
            // XML 1.0 knows no other control characters than these three.
            if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r')
                result += c;
        }
    }
    return result;
}

double svgTextWidth(const std::string& utf8) {
    double width = 0;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) == 0x80)
            continue;
        const bool narrow = c == ' ' || c == '.' || c == ',' || c == 'i' || c == 'l' || c == 'j' || c == 't' || c == 'f' || c == '\'';
        const bool wide = c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '@' || c == '%';
        width += narrow ? 2.9 : wide ? 8.8 : 5.9;
    }
    return width;
}

SvgText::SvgText(double width, double height, ThemeColor background, const std::string& title) {
    m_text = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
    attribute("width", width);
    attribute("height", height);
    m_text += " viewBox=\"0 0 ";
    number(width);
    m_text += ' ';
    number(height);
    m_text += "\" font-family=\"Roboto, 'DejaVu Sans', sans-serif\" role=\"img\">\n<title>" + escapeXml(title) + "</title>\n";
    rect({0, 0, width, height}, background);
}

void SvgText::number(double value) {
    char text[48];
    const double rounded = std::isfinite(value) ? std::round(value * 100) / 100 + 0.0 : 0.0;
    const auto end = std::to_chars(text, text + sizeof text, rounded == 0 ? 0.0 : rounded, std::chars_format::fixed).ptr;
    m_text.append(text, end);
}

void SvgText::attribute(const char* name, double value) {
    m_text += ' ';
    m_text += name;
    m_text += "=\"";
    number(value);
    m_text += '"';
}

void SvgText::paint(const char* name, ThemeColor color) {
    m_text += std::string(" ") + name + "=\"" + hexText(color) + "\"";
    if (color.alpha != 255)
        attribute((std::string(name) + "-opacity").c_str(), color.alpha / 255.0);
}

void SvgText::line(PlotPoint from, PlotPoint to, ThemeColor color, double width, const std::string& dash) {
    polyline({from, to}, color, width, dash);
}

void SvgText::polyline(const std::vector<PlotPoint>& points, ThemeColor color, double width, const std::string& dash) {
    if (points.size() < 2)
        return;
    m_text += "<polyline points=\"";
    for (std::size_t i = 0; i < points.size(); ++i) {
        m_text += i ? " " : "";
        number(points[i].x);
        m_text += ',';
        number(points[i].y);
    }
    m_text += "\" fill=\"none\"";
    paint("stroke", color);
    attribute("stroke-width", width);
    m_text += " stroke-linejoin=\"round\"";
    if (!dash.empty())
        m_text += " stroke-dasharray=\"" + dash + "\"";
    m_text += "/>\n";
}

void SvgText::rect(const PlotRect& rect, ThemeColor fill, double radius) {
    m_text += "<rect";
    attribute("x", rect.left);
    attribute("y", rect.top);
    attribute("width", rect.width);
    attribute("height", rect.height);
    if (radius > 0)
        attribute("rx", radius);
    paint("fill", fill);
    m_text += "/>\n";
}

void SvgText::text(PlotPoint baseline, const std::string& utf8, const SvgLabel& label) {
    if (utf8.empty())
        return;
    m_text += "<text";
    attribute("x", baseline.x);
    attribute("y", baseline.y);
    attribute("font-size", label.size);
    paint("fill", label.color);
    if (label.anchor != SvgAnchor::Start)
        m_text += label.anchor == SvgAnchor::Middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"";
    if (label.bold)
        m_text += " font-weight=\"600\"";
    m_text += ">" + escapeXml(utf8) + "</text>\n";
}

void SvgText::marker(PlotMarker marker, PlotPoint centre, ThemeColor color) {
    const double x = centre.x, y = centre.y;
    const auto polygon = [&](std::initializer_list<PlotPoint> points) {
        m_text += "<polygon points=\"";
        for (const PlotPoint& point : points) {
            number(point.x);
            m_text += ',';
            number(point.y);
            m_text += ' ';
        }
        m_text.back() = '"';
        paint("fill", color);
        m_text += "/>\n";
    };
    switch (marker) {
    case PlotMarker::None: break;
    case PlotMarker::Ring: ring(centre, 3, color, {0, 0, 0, 0}); break;
    case PlotMarker::Circle: ring(centre, 2.5, color, color); break;
    case PlotMarker::Square: rect({x - 2.5, y - 2.5, 5, 5}, color); break;
    case PlotMarker::Triangle: polygon({{x, y - 3.5}, {x + 3.2, y + 2.5}, {x - 3.2, y + 2.5}}); break;
    case PlotMarker::Diamond: polygon({{x, y - 3.6}, {x + 3.6, y}, {x, y + 3.6}, {x - 3.6, y}}); break;
    }
}

void SvgText::ring(PlotPoint centre, double radius, ThemeColor stroke, ThemeColor fill) {
    m_text += "<circle";
    attribute("cx", centre.x);
    attribute("cy", centre.y);
    attribute("r", radius);
    paint("fill", fill);
    paint("stroke", stroke);
    attribute("stroke-width", 1.5);
    m_text += "/>\n";
}

void SvgText::triangleDown(PlotPoint centre, ThemeColor color) {
    m_text += "<path d=\"M";
    number(centre.x - 4);
    m_text += ' ';
    number(centre.y - 3);
    m_text += "h8l-4 6z\"";
    paint("fill", color);
    m_text += "/>\n";
}

void SvgText::openCrispGroup() { m_text += "<g shape-rendering=\"crispEdges\">\n"; }

void SvgText::closeGroup() { m_text += "</g>\n"; }

std::string SvgText::finish() { return m_text + "</svg>\n"; }

}  // namespace convolab
