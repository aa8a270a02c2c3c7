// Arrays as NumPy reads them.
#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/tensor/npy.h"
#include "tests/support/python.h"

using namespace convolab;

class NpyTest : public QObject {
    Q_OBJECT

  private slots:
    void headerIsAlignedAndNamesTheShape() {
        Tensor tensor(Shape{2, 3, 4});
        const std::string text = npyText(tensor.view());
        QCOMPARE(text.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
        const std::size_t header = static_cast<unsigned char>(text[8]) + 256u * static_cast<unsigned char>(text[9]);
        QCOMPARE((10 + header) % 64, std::size_t(0));
        QCOMPARE(text.size(), 10 + header + 24 * sizeof(float));
        QVERIFY(text.find("'shape': (2, 3, 4), }") != std::string::npos);
        QVERIFY(npyText({tensor.data(), Shape{5}}).find("'shape': (5,), }") != std::string::npos);
    }

    void wholeNumbers() {
        const std::vector<std::int64_t> labels = {7, -1, 1'000'000'000'000};
        const std::string text = npyText(labels);
        QVERIFY(text.find("'descr': '<i8', 'fortran_order': False, 'shape': (3,), }") != std::string::npos);
        std::int64_t last = 0;
        std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
        QCOMPARE(last, labels.back());
    }

    void valuesFollowInOrder() {
        Tensor tensor(Shape{1, 2, 2});
        for (int i = 0; i < 4; ++i) tensor.data()[i] = 0.25F * static_cast<float>(i);
        const std::string text = npyText(tensor.view());
        float last = 0;
        std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
        QCOMPARE(last, 0.75F);
    }

    void numpyReadsIt() {
        if (const QByteArray missing = testing::onnxRuntimeMissing(); !missing.isEmpty()) QSKIP(missing.constData());
        QTemporaryDir folder;
        Tensor tensor(Shape{2, 3});
        for (int i = 0; i < 6; ++i) tensor.data()[i] = static_cast<float>(i) / 10.0F;
        const std::string file = folder.filePath(QStringLiteral("a.npy")).toStdString();
        QVERIFY(writeNpy(file, tensor.view()).ok());
        const auto result = testing::runPython({QStringLiteral("-c"),
                                                QStringLiteral("import numpy, sys; a = numpy.load(sys.argv[1]); print(a.shape, a.dtype, a[1, 2])"),
                                                QString::fromStdString(file)});
        QCOMPARE(result.output.trimmed(), QByteArray("(2, 3) float32 0.5"));
    }

    void anUnwritablePlaceIsAnError() {
        Tensor tensor(Shape{1});
        const Status status = writeNpy("/proc/nowhere/a.npy", tensor.view());
        QVERIFY(!status.ok());
        QVERIFY(status.error().sentence().find("nowhere") != std::string::npos);
    }

};

QTEST_GUILESS_MAIN(NpyTest)
#include "tst_npy.moc"
