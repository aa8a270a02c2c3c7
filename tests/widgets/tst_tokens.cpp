#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace convolab;

class TokensTest : public QObject {
    Q_OBJECT

private slots:
    void textIsReadableOnItsSurfaces_data();
    void textIsReadableOnItsSurfaces();
    void coloursAreTheDesignsOnes();
    void mapsMeetTheirStops();
    void styleSheetHasNoOpenVariable();
    void everyGroupAndListedIconDraws();
    void iconsAreTintedAndCrisp();
    void figuresHaveOneWidth();
    void modeChangesPaletteAndSignals();
    void segmentedControlChoosesOne();
};

void TokensTest::textIsReadableOnItsSurfaces_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("dark") << true;
    QTest::newRow("light") << false;
}

void TokensTest::textIsReadableOnItsSurfaces() {
    QFETCH(bool, dark);
    const Tokens& t = tokens(dark ? ThemeMode::Dark : ThemeMode::Light);
    const auto check = [](const char* text, ThemeColor color, const char* surface, ThemeColor background) {
        const double ratio = contrastRatio(color, background);
        QVERIFY2(ratio >= 4.5, qPrintable(QStringLiteral("%1 on %2 is %3").arg(text, surface).arg(ratio, 0, 'f', 2)));
    };
    const std::pair<const char*, ThemeColor> surfaces[] = {{"bg0", t.bg0}, {"bg1", t.bg1}, {"bg2", t.bg2}, {"bg3", t.bg3},
                                                           {"bg4", t.bg4}, {"field", t.field}, {"pop", t.pop}};
    for (const auto& [name, surface] : surfaces) {
        check("text1", t.text1, name, surface);
        check("text2", t.text2, name, surface);
        check("text3", t.text3, name, surface);
    }
    for (const auto& [name, surface] : {surfaces[1], surfaces[2], surfaces[3], surfaces[6]}) {
        check("error", t.error, name, surface);
        check("warning", t.warning, name, surface);
        check("ok", t.ok, name, surface);
        check("accent", t.accent, name, surface);
    }
    check("onAccent", t.onAccent, "accent", t.accent);
}

void TokensTest::coloursAreTheDesignsOnes() {
    const Tokens& dark = tokens(ThemeMode::Dark);
    const Tokens& light = tokens(ThemeMode::Light);
    QCOMPARE(hexText(dark.bg1), std::string("#15181d"));
    QCOMPARE(hexText(dark.accent), std::string("#3fd0b6"));
    QCOMPARE(hexText(light.accent), std::string("#0a7263"));
    QCOMPARE(hexText(dark.seriesColor(1)), std::string("#f2a541"));
    QCOMPARE(hexText(light.seriesColor(6)), hexText(light.series[0]));
    QCOMPARE(hexText(dark.group(GroupColor::Dense)), std::string("#a78bfa"));
}

void TokensTest::mapsMeetTheirStops() {
    QCOMPARE(hexText(sequentialColor(0)), std::string("#0d0f14"));
    QCOMPARE(hexText(sequentialColor(1)), std::string("#f4ec82"));
    QCOMPARE(hexText(sequentialColor(3.0 / 7)), std::string("#2a6284"));
    QCOMPARE(hexText(sequentialColor(7)), std::string("#f4ec82"));
    QCOMPARE(hexText(divergingColor(0)), std::string("#eceef0"));
    QCOMPARE(hexText(divergingColor(-1)), std::string("#1e48aa"));
    QCOMPARE(hexText(divergingColor(2)), std::string("#a84e0a"));
    QCOMPARE(sequentialColor(NAN), sequentialColor(0));
    QCOMPARE(divergingColor(NAN), divergingColor(0));
}

void TokensTest::styleSheetHasNoOpenVariable() {
    for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
        const QString sheet = themeStyleSheet(tokens(mode));
        QVERIFY(!sheet.contains(QLatin1Char('@')));
        QVERIFY(!sheet.contains(QLatin1String(": ;")));
        QVERIFY(!sheet.contains(QLatin1String("url()")));
    }
}

void TokensTest::everyGroupAndListedIconDraws() {
    QVERIFY(iconNames().size() > 40);
    for (const QString& name : iconNames()) {
        const QImage image = iconPixmap(name, hexColor(0xFF0000), 16, 1).toImage();
        int inked = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x)
                inked += image.pixelColor(x, y).alpha() > 40;
        }
        QVERIFY2(inked > 8, qPrintable(name));
    }
    for (int group = 0; group < kGroupColors; ++group)
        QVERIFY(iconNames().contains(groupIconName(static_cast<GroupColor>(group))));
    QVERIFY(themeIcon(QStringLiteral("no such icon"), hexColor(0)).isNull());
}

void TokensTest::iconsAreTintedAndCrisp() {
    const QPixmap pixmap = iconPixmap(QStringLiteral("pause"), hexColor(0x3FD0B6), 16, 2);
    QCOMPARE(pixmap.size(), QSize(32, 32));
    QCOMPARE(pixmap.devicePixelRatio(), 2.0);
    QCOMPARE(pixmap.toImage().pixelColor(11, 16), QColor(0x3F, 0xD0, 0xB6));
}

void TokensTest::figuresHaveOneWidth() {
    const QFontMetricsF metrics(themeFont(FontRole::Body));
    for (const QChar digit : QStringLiteral("023456789"))
        QCOMPARE(metrics.horizontalAdvance(digit), metrics.horizontalAdvance(QLatin1Char('1')));
    QVERIFY(fontPixels(FontRole::StartPage) > fontPixels(FontRole::KeyNumber));
}

void TokensTest::modeChangesPaletteAndSignals() {
    Theme theme;
    theme.applyTo(*qApp);
    QCOMPARE(QApplication::palette().color(QPalette::Window), toQColor(tokens(ThemeMode::Dark).bg1));
    QSignalSpy changed(&theme, &Theme::changed);
    theme.setMode(ThemeMode::Light);
    theme.setMode(ThemeMode::Light);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(QApplication::palette().color(QPalette::Window), toQColor(tokens(ThemeMode::Light).bg1));

    QPushButton button(QStringLiteral("Train"));
    button.setProperty("role", "primary");
    button.resize(80, 26);
    const QImage image = button.grab().toImage();
    QCOMPARE(image.pixelColor(6, 13), toQColor(tokens(ThemeMode::Light).accent));
}

void TokensTest::segmentedControlChoosesOne() {
    SegmentedControl control({QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("4")});
    QSignalSpy chosen(&control, &SegmentedControl::chosen);
    QCOMPARE(control.currentIndex(), -1);
    control.setCurrentIndex(1);
    QCOMPARE(control.currentIndex(), 1);
    QCOMPARE(chosen.count(), 0);
    QTest::mouseClick(control.findChild<QPushButton*>(QStringLiteral("segment2")), Qt::LeftButton);
    QCOMPARE(control.currentIndex(), 2);
    QCOMPARE(chosen.takeFirst().at(0).toInt(), 2);
    control.setCurrentIndex(-1);
    QCOMPARE(control.currentIndex(), -1);
}

QTEST_MAIN(TokensTest)
#include "tst_tokens.moc"
