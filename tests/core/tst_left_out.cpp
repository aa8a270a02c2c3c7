// What the program does without a library: the same tests in every build, whatever it was built with.
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <set>

#include "core/compress/coding/packed_file.h"
#include "core/compress/quantization/integer_network.h"
#include "core/cpu/onednn/ops.h"
#include "core/graph/analysis.h"
#include "core/graph/presets.h"
#include "core/interop/onnx_export.h"
#include "core/model/model.h"
#include "core/project/documents.h"
#include "core/project/project_file.h"
#include "core/util/check.h"
#include "core/util/left_out.h"
#include "datasets/contact_sheet.h"
#include "datasets/image_folder.h"
#include "datasets/picture.h"
#include "datasets/pictures.h"
#include "datasets/png_file.h"

using namespace convolab;
namespace fs = std::filesystem;

namespace {

bool isLeftOut(const std::string& library) {
    return std::ranges::find(leftOut(), library, &LeftOut::library) != leftOut().end();
}

/// An answer that names the library and the package to install.
bool saysWhy(const Error& error, const std::string& library, const std::string& package) {
    return error.code == ErrorCode::Unsupported && error.message.find(library) != std::string::npos &&
           error.hint.find(package) != std::string::npos;
}

struct Network {
    NetworkSpec spec = makePreset("lenet-like").value();
    WeightSet weights = initialWeights(spec, analyze(spec), 1);
};

}  // namespace

class TestLeftOut : public QObject {
    Q_OBJECT

    fs::path path(const char* name) const { return m_folder.filePath(QString::fromUtf8(name)).toStdString(); }

    QTemporaryDir m_folder;

  private slots:
    void theTableAndTheSeamsAgree() {
        std::set<std::string> names;
        for (const LeftOut& row : leftOut()) {
            QVERIFY2(names.insert(row.library).second, row.library.c_str());
            QVERIFY2(!row.packages.empty() && !row.costs.empty(), row.library.c_str());
        }
        QCOMPARE(onednn::available(), !isLeftOut("oneDNN"));
        QCOMPARE(onnxMissing().has_value(), isLeftOut("ONNX"));
        QCOMPARE(documentsMissing().has_value(), isLeftOut("SQLite"));
        QCOMPARE(picturesMissing().has_value(), isLeftOut("OpenCV"));
        names.insert({"oneDNN", "ONNX", "SQLite", "OpenCV"});
        QCOMPARE(names.size(), std::size_t{4});
    }

    void errorsNameTheLibraryAndThePackage() {
        for (const LeftOut& row : leftOut()) {
            const Error error = leftOutError(row.library, "a thing", "do another");
            QCOMPARE(error.sentence(), "a thing needs " + row.library + ", which this program was built without: do another, or install " +
                                           row.packages + " and build again");
        }
        QVERIFY_EXCEPTION_THROWN(leftOutError("Eigen", "a thing"), InvariantError);
    }

    void onnxFiles() {
        const Network network;
        const fs::path file = path("network.onnx");
        const auto report = exportOnnx(network.spec, network.weights, file);
        QCOMPARE(report.ok(), !isLeftOut("ONNX"));
        QCOMPARE(fs::exists(file), report.ok());
        if (!report.ok()) QVERIFY2(saysWhy(report.error(), "ONNX", "libonnx-dev"), report.error().sentence().c_str());
    }

    void documents() {
        const fs::path file = path("network.convolab");
        {
            const auto created = ProjectFile::create(file);
            QCOMPARE(created.ok(), !isLeftOut("SQLite"));
            if (!created.ok()) QVERIFY2(saysWhy(created.error(), "SQLite", "libsqlite3-dev"), created.error().sentence().c_str());
        }
        QCOMPARE(fs::exists(file), !isLeftOut("SQLite"));
        const auto opened = ProjectFile::open(file);
        QCOMPARE(opened.ok(), !isLeftOut("SQLite"));
        if (!opened.ok()) QCOMPARE(opened.error().sentence(), documentsMissing()->sentence());
    }

    void pictures() {
        const fs::path file = path("classes/red/one.png");
        fs::create_directories(file.parent_path());
        const std::vector<std::uint8_t> pixels(3 * 8 * 8, 200);
        const Status written = writePng(file, 8, 8, pixels);
        QCOMPARE(written.ok(), !isLeftOut("OpenCV"));
        QCOMPARE(fs::exists(file), written.ok());
        QCOMPARE(readPicture(file).ok(), written.ok());
        if (written.ok()) return;
        QVERIFY2(saysWhy(written.error(), "OpenCV", "libopencv-imgcodecs-dev"), written.error().sentence().c_str());
        const auto folder = openImageFolder(path("classes"), {});
        QVERIFY(!folder.ok());
        QCOMPARE(folder.error().sentence(), written.error().sentence());
    }

    // The fastest tier that is asked for is the fastest there is.
    void modelsRun() {
        const Network network;
        CompileOptions options;
        options.maximumBatch = 4;
        const auto model = Model::compile(network.spec, options).value();
        const auto named = [](const LayerPlan& row) { return row.tier == Tier::OneDnn; };
        QCOMPARE(std::ranges::any_of(model->plan(), named), onednn::available());
    }

    void packedFilesNeedNoLibrary() {
        const Network network;
        const fs::path file = path("network.packed");
        QVERIFY(writePackedFile({network.spec, network.weights, {}}, file).ok());
        const auto back = readPackedFile(file);
        QVERIFY2(back.ok(), back.ok() ? "" : back.error().sentence().c_str());
        QVERIFY(back->weights.parameters == network.weights.parameters);
    }
};

QTEST_GUILESS_MAIN(TestLeftOut)
#include "tst_left_out.moc"
