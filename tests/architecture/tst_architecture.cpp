// The rules of the house that a compiler does not check; each failure names every offender.
#include <QRegularExpression>
#include <QSet>
#include <QtTest>

#include "tests/architecture/source_tree.h"

using namespace convolab::testing;

namespace {

const QString kQt = R"(Q[A-Z]\w*|Qt\w*/.*)";
const QString kDrawing = R"(GL/.*|GLES\w*/.*|EGL/.*|epoxy/.*|KHR/.*|(imgui/)?imgui\w*\.h)";
const QString kCuda = R"(cuda\w*\.h|cuda/.*|cublas\w*\.h|cudnn\w*\.h)";
const QString kOpenCv = R"(opencv2/.*)";

QString anyOf(const QStringList& patterns) { return "^(" + patterns.join('|') + ")$"; }

QString rooms(const QStringList& names) { return "(" + names.join('|') + ")/.*"; }

void verifyNone(const QStringList& offenders, const char* rule) {
    for (const QString& offender : offenders) qWarning().noquote() << offender;
    QVERIFY2(offenders.isEmpty(), rule);
}

}  // namespace

class TestArchitecture : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        m_files = readTree(CONVOLAB_SOURCE_DIR);
        QVERIFY2(m_files.size() > 20, "the source tree was not found");
    }

    void arrows_data() {
        QTest::addColumn<QString>("from");       // files whose path begins so
        QTest::addColumn<QString>("forbidden");  // what they must not include
        QTest::newRow("core: no Qt, GL, ImGui, CUDA, OpenCV; no other room")
            << "core/" << anyOf({kQt, kDrawing, kCuda, kOpenCv, rooms({"datasets", "widgets", "app", "gpu", "tests"})});
        QTest::newRow("core/util: alone") << "core/util/" << anyOf({R"(core/(?!util/).*)"});
        QTest::newRow("core/tensor: util") << "core/tensor/" << anyOf({R"(core/(?!(util|tensor)/).*)"});
        QTest::newRow("core/data: util, tensor") << "core/data/" << anyOf({R"(core/(?!(util|tensor|data)/).*)"});
        QTest::newRow("core/graph: nothing that runs")
            << "core/graph/" << anyOf({rooms({"core/model", "core/train", "core/project", "core/cpu"})});
        for (const char* room : {"core/layers/", "core/model/", "core/cpu/", "core/inspect/", "core/attack/", "core/train/"}) {
            QTest::addRow("%s is measured: nothing of core/measure", room) << room << anyOf({rooms({"core/measure"})});
        }
        for (const char* room : {"graph", "layers", "model", "cpu", "inspect", "attack", "train"}) {
            QTest::addRow("core/%s: no compression", room)
                << QString("core/%1/").arg(room) << anyOf({rooms({"core/compress"})});
        }
        QTest::newRow("datasets: core/util, core/tensor, core/data, OpenCV")
            << "datasets/"
            << anyOf({kQt, kDrawing, kCuda, R"(core/(?!(util|tensor|data)/).*)", rooms({"widgets", "app", "gpu", "tests"})});
        QTest::newRow("widgets: no app, datasets, gpu")
            << "widgets/" << anyOf({kCuda, kOpenCv, rooms({"app", "datasets", "gpu", "tests"})});
        QTest::newRow("gpu: core/backend only")
            << "gpu/" << anyOf({kQt, kDrawing, kOpenCv, R"(core/(?!backend/).*)", rooms({"app", "datasets", "widgets", "tests"})});
        QTest::newRow("app: no gpu, which is loaded at run time") << "app/" << anyOf({kCuda, rooms({"gpu", "tests"})});
    }

    void arrows() {
        QFETCH(QString, from);
        QFETCH(QString, forbidden);
        const QRegularExpression pattern(forbidden);
        QVERIFY2(pattern.isValid(), qPrintable(pattern.errorString()));
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            if (!file.path.startsWith(from) || !isSource(file)) continue;
            for (const Include& include : includesOf(file)) {
                if (pattern.match(include.target).hasMatch())
                    offenders << QString("%1:%2 includes %3").arg(file.path).arg(include.line).arg(include.target);
            }
        }
        verifyNone(offenders, "an include against the arrows");
    }

    // Own headers by their path from the root in quotes, so that the room is read off each line.
    void includesComeFromTheRoot() {
        static const QRegularExpression kRooted("^(core|datasets|gpu|widgets|app|tests)/");
        static const QRegularExpression kMoc(R"(^(\w+\.moc|moc_\w+\.cpp)$)");
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            if (!isSource(file)) continue;
            for (const Include& include : includesOf(file)) {
                const bool rooted = kRooted.match(include.target).hasMatch();
                const bool fine = include.quoted ? rooted || kMoc.match(include.target).hasMatch() : !rooted;
                if (!fine) offenders << QString("%1:%2 %3").arg(file.path).arg(include.line).arg(include.target);
            }
        }
        verifyNone(offenders, "own headers are included as \"room/folder/file.h\", others in angle brackets");
    }

    void filesAreShort() {
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            int limit = 0;
            if (file.path == "CMakeLists.txt") limit = 150;
            if (file.path == "app/main_window.cpp") limit = 400;
            else if (file.endsWith({".h", ".cuh"})) limit = 250;
            else if (file.endsWith({".cpp", ".cu"})) limit = 500;
            if (limit && file.lines.size() > limit)
                offenders << QString("%1: %2 lines, at most %3").arg(file.path).arg(file.lines.size()).arg(limit);
        }
        verifyNone(offenders, "too long");
    }

    void fileNamesAreSnakeCase() {
        static const QRegularExpression kSnake("^[a-z0-9]+(_[a-z0-9]+)*\\.(h|cpp|cu|cuh)$");
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            if (isSource(file) && !kSnake.match(file.name()).hasMatch()) offenders << file.path;
        }
        verifyNone(offenders, "file names are snake_case");
    }

    void headersBeginWithPragmaOnceAndAComment() {
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            if (!file.endsWith({".h", ".cuh"})) continue;
            if (!file.lines.contains("#pragma once")) offenders << file.path + ": no #pragma once";
            if (!file.lines.join('\n').contains("//")) offenders << file.path + ": says nothing about itself";
        }
        verifyNone(offenders, "headers");
    }

    void foldersSayWhatTheyHold() {
        QSet<QString> folders;
        QHash<QString, qsizetype> readmes;
        for (const SourceFile& file : m_files) {
            if (isSource(file)) folders << file.folder();
            if (file.name() == "README.md") readmes[file.folder()] = file.lines.size();
        }
        QStringList offenders;
        for (const QString& folder : folders) {
            if (!readmes.contains(folder)) offenders << folder + ": no README.md";
        }
        for (auto it = readmes.cbegin(); it != readmes.cend(); ++it) {
            if (!it.key().isEmpty() && it.value() > 20)
                offenders << QString("%1/README.md: %2 lines, at most 20").arg(it.key()).arg(it.value());
        }
        offenders.sort();
        verifyNone(offenders, "each folder with sources opens with a README.md of at most 20 lines");
    }

    // By name, in a CMakeLists.txt of the folder or above it: no globbing, no forgotten file.
    void sourcesAreListed() {
        QHash<QString, QString> lists;
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            if (file.name() != "CMakeLists.txt" && !file.endsWith({".cmake"})) continue;
            lists[file.folder()] += file.lines.join('\n');
            if (file.lines.join('\n').contains(QRegularExpression("file\\s*\\(\\s*GLOB|aux_source_directory")))
                offenders << file.path + ": globs";
        }
        for (const SourceFile& file : m_files) {
            if (!file.endsWith({".cpp", ".cu"})) continue;
            const QRegularExpression stem("\\b" + QRegularExpression::escape(file.name().section('.', 0, 0)) + "\\b");
            bool listed = false;
            for (QString folder = file.folder(); !listed && !folder.isEmpty();
                 folder = folder.contains('/') ? folder.section('/', 0, -2) : QString())
                listed = lists.value(folder).contains(stem);
            if (!listed) offenders << file.path + ": in no CMakeLists.txt";
        }
        verifyNone(offenders, "sources are listed by name");
    }

    void nothingIsLeftOver_data() {
        QTest::addColumn<QString>("pattern");
        QTest::newRow("unfinished") << QString("\\b(%1|%2|%3)\\b").arg("TO" "DO", "FIX" "ME", "X" "XX");
        QTest::newRow("path of one machine") << QString("(^|[\\s\"'(=:`])/(home|%1|root|Users)/\\w").arg("wo" "rk");
        QTest::newRow("merge conflict") << QString("^(%1|%2)( |$)").arg("<<<<<" "<<", ">>>>>" ">>");
    }

    void nothingIsLeftOver() {
        QFETCH(QString, pattern);
        const QRegularExpression expression(pattern);
        QVERIFY2(expression.isValid(), qPrintable(expression.errorString()));
        QStringList offenders;
        for (const SourceFile& file : m_files) {
            for (int i = 0; i < file.lines.size(); ++i) {
                if (file.lines[i].size() < 2000 && expression.match(file.lines[i]).hasMatch())
                    offenders << QString("%1:%2 %3").arg(file.path).arg(i + 1).arg(file.lines[i].trimmed().left(100));
            }
        }
        verifyNone(offenders, "left over");
    }

private:
    std::vector<SourceFile> m_files;
};

QTEST_GUILESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
