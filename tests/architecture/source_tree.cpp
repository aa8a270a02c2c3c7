#include "tests/architecture/source_tree.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <algorithm>

namespace convolab::testing {

bool SourceFile::endsWith(const QStringList& suffixes) const {
    return std::any_of(suffixes.begin(), suffixes.end(), [this](const QString& s) { return path.endsWith(s); });
}

bool isSource(const SourceFile& file) { return file.endsWith({".h", ".cpp", ".cu", ".cuh"}); }

std::vector<SourceFile> readTree(const QString& root) {
    static const QStringList kRooms = {"core", "datasets", "gpu", "widgets", "app", "assets", "tests"};
    static const QStringList kText = {".h",  ".cpp", ".cu",    ".cuh", ".txt", ".cmake", ".md",
                                      ".py", ".sh",  ".json", ".in",  ".qrc", "/run",   ".svg"};
    std::vector<SourceFile> files;
    const QDir base(root);
    const auto add = [&](const QString& path) {
        QFile file(base.absoluteFilePath(path));
        if (!file.open(QIODevice::ReadOnly)) return;
        QString text = QString::fromUtf8(file.readAll());
        if (text.endsWith('\n')) text.chop(1);
        files.push_back({path, text.split('\n')});
    };
    for (const QString& room : kRooms) {
        QDirIterator walk(base.absoluteFilePath(room), QDir::Files, QDirIterator::Subdirectories);
        while (walk.hasNext()) {
            const QString path = base.relativeFilePath(walk.next());
            const bool text = std::any_of(kText.begin(), kText.end(), [&](const QString& s) { return path.endsWith(s); });
            if (text && !path.contains("__pycache__")) add(path);
        }
    }
    for (const char* path : {"run", "CMakeLists.txt", "CMakePresets.json", "README.md", ".ci/run", ".packages"}) add(path);
    std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
}

std::vector<Include> includesOf(const SourceFile& file) {
    static const QRegularExpression kInclude(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
    std::vector<Include> includes;
    for (int i = 0; i < file.lines.size(); ++i) {
        const QRegularExpressionMatch match = kInclude.match(file.lines[i]);
        if (match.hasMatch()) includes.push_back({&file, i + 1, match.captured(2), match.captured(1) == "\""});
    }
    return includes;
}

}  // namespace convolab::testing
