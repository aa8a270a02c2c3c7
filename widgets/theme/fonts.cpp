#include "widgets/theme/theme.h"

#include <QFile>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QScreen>

namespace convolab {
namespace {

struct RoleStyle {
    double pixels;
    QFont::Weight weight;
};

RoleStyle roleStyle(FontRole role) {
    switch (role) {
    case FontRole::Axis: return {10.5, QFont::Normal};
    case FontRole::Caption: return {11, QFont::Normal};
    case FontRole::CardName: return {11.5, QFont::Medium};
    case FontRole::Body: return {12, QFont::Normal};
    case FontRole::BodyStrong: return {12, QFont::Medium};
    case FontRole::LensName: return {12.5, QFont::Medium};
    case FontRole::Name: return {13, QFont::Medium};
    case FontRole::LessonTitle: return {16, QFont::Medium};
    case FontRole::KeyNumber: return {19, QFont::Medium};
    case FontRole::HeatCell: return {21, QFont::Medium};
    case FontRole::StartPage: return {26, QFont::Bold};
    }
    return {12, QFont::Normal};
}

QString findFile(const QString& name, std::initializer_list<const char*> folders) {
    for (const char* folder : folders) {
        const QString path = QString::fromLatin1(folder) + QLatin1Char('/') + name;
        if (QFile::exists(path))
            return path;
    }
    return {};
}

FontFiles findFonts() {
    const auto roboto = [](const char* name) {
        return findFile(QString::fromLatin1(name), {"/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF",
                                                   "/usr/share/fonts/truetype/roboto/hinted", "/usr/share/fonts/truetype/roboto",
                                                   "/usr/share/fonts/google-roboto", "/usr/share/fonts/TTF", "/usr/local/share/fonts"});
    };
    const auto dejavu = [](const char* name) {
        return findFile(QString::fromLatin1(name), {"/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts",
                                                   "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF"});
    };
    FontFiles files{roboto("Roboto-Regular.ttf"), roboto("Roboto-Medium.ttf"), roboto("Roboto-Bold.ttf"), dejavu("DejaVuSans.ttf")};
    if (files.regular.isEmpty())
        files = {files.fallback, dejavu("DejaVuSans-Bold.ttf"), dejavu("DejaVuSans-Bold.ttf"), files.fallback};
    return files;
}

// Registers the files, so that the family is there whatever fontconfig knows (and on the offscreen platform).
QStringList registerFonts() {
    const FontFiles& files = fontFiles();
    QStringList families;
    for (const QString& path : {files.regular, files.medium, files.bold, files.fallback}) {
        const int id = path.isEmpty() ? -1 : QFontDatabase::addApplicationFont(path);
        for (const QString& family : id < 0 ? QStringList() : QFontDatabase::applicationFontFamilies(id)) {
            // "Roboto Medium" is Roboto's weight 500 under its old name.
            if (!families.contains(family) && !family.endsWith(QLatin1String(" Medium")))
                families << family;
        }
    }
    return families;
}

}  // namespace

const FontFiles& fontFiles() {
    static const FontFiles kFiles = findFonts();
    return kFiles;
}

double fontPixels(FontRole role) { return roleStyle(role).pixels; }

QFont::Weight fontWeight(FontRole role) { return roleStyle(role).weight; }

QFont themeFont(FontRole role) {
    static const QStringList kFamilies = registerFonts();
    QFont font;
    if (!kFamilies.isEmpty())
        font.setFamilies(kFamilies);
    // Points carry the half pixels that setPixelSize would round; a logical inch has 96 pixels unless the platform says else.
    const qreal dpi = qGuiApp && QGuiApplication::primaryScreen() ? QGuiApplication::primaryScreen()->logicalDotsPerInchY() : 96.0;
    font.setPointSizeF(fontPixels(role) * 72.0 / dpi);
    font.setWeight(fontWeight(role));
    font.setHintingPreference(QFont::PreferVerticalHinting);
    return font;
}

}  // namespace convolab
