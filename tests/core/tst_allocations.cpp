// After the first step a training step allocates nothing of ours and creates no primitive; no preset is planned with plain
// loops. Every operator new of the process is counted by who called it: oneDNN keeps some books per primitive, which must be
// the same in every step.
#include <dlfcn.h>
#include <link.h>
#include <oneapi/dnnl/dnnl.h>

#include <QtTest>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/model/op_plan.h"
#include "core/train/optimizer.h"
#include "tests/core/network_examples.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::atomic<bool> counting{false};
std::atomic<long> ours{0}, library{0}, primitives{0};
std::atomic<const void*> culprit{nullptr};  // of the latest allocation of ours

struct Range {
    std::uintptr_t begin = 0, end = 0;
    bool holds(const void* address) const {
        const auto value = reinterpret_cast<std::uintptr_t>(address);
        return value >= begin && value < end;
    }
};
Range oneDnn;

int findOneDnn(dl_phdr_info* info, std::size_t, void*) {
    if (info->dlpi_name == nullptr || std::strstr(info->dlpi_name, "dnnl") == nullptr) return 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
        const std::uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (oneDnn.begin == 0) oneDnn.begin = begin;
        oneDnn.end = begin + info->dlpi_phdr[i].p_memsz;
    }
    return 1;
}

void* counted(std::size_t bytes, std::size_t alignment, const void* caller) {
    if (counting && oneDnn.holds(caller)) ++library;
    if (counting && !oneDnn.holds(caller)) {
        ++ours;
        culprit = caller;
    }
    void* memory = nullptr;
    if (alignment <= alignof(std::max_align_t)) memory = std::malloc(bytes == 0 ? 1 : bytes);
    else if (posix_memalign(&memory, alignment, bytes) != 0) memory = nullptr;
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

/// "tst_allocations+0x1234": for addr2line.
QString culpritText() {
    Dl_info info{};
    if (dladdr(culprit, &info) == 0 || info.dli_fname == nullptr) return "unknown";
    const auto offset = static_cast<const char*>(culprit.load()) - static_cast<const char*>(info.dli_fbase);
    return QString("%1+0x%2 %3").arg(info.dli_fname).arg(offset, 0, 16).arg(info.dli_sname == nullptr ? "" : info.dli_sname);
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, 0, __builtin_return_address(0)); }
void* operator new[](std::size_t bytes) { return counted(bytes, 0, __builtin_return_address(0)); }
// Sanitizers bring their own forms of these: without ours, memory of one kind would be freed by the other.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes, 0, __builtin_return_address(0)); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes, 0, __builtin_return_address(0)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

// In place of the library's own, which it calls in the end.
extern "C" dnnl_status_t dnnl_primitive_create(dnnl_primitive_t* primitive, const_dnnl_primitive_desc_t description) {
    using Create = dnnl_status_t (*)(dnnl_primitive_t*, const_dnnl_primitive_desc_t);
    static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "dnnl_primitive_create"));
    ++primitives;
    return create(primitive, description);
}

class TestAllocations : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        dl_iterate_phdr(findOneDnn, nullptr);
        QVERIFY2(oneDnn.begin != 0, "oneDNN is not among the loaded libraries");
        counting = true;
        int* volatile kept = new int(1);  // the counter must see it
        counting = false;
        QCOMPARE(ours.load(), 1L);
        delete kept;
    }

    void trainingStepAllocatesNothing_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"conv20-conv50", "lenet-like", "conv32-conv64", "residual", "mixed", "dense-n"}) {
            QTest::newRow(name) << QString(name);
        }
    }
    void trainingStepAllocatesNothing() {
        QFETCH(QString, network);
        const NetworkSpec spec = network == "residual" ? residualNetwork()
                                 : network == "mixed"  ? mixedNetwork()
                                                       : makePreset(network.toStdString()).value();
        CompileOptions options;
        options.maximumBatch = 16;
        options.training = true;
        primitives = 0;
        const auto model = Model::compile(spec, options).value();
        const Images batch = randomImages(model->inputShape(), 16, static_cast<int>(model->outputShape().size()));
        const Optimizer& sgd = *findOptimizer("sgd");
        std::vector<float> state(model->parameters().size());
        long books = -1;
        for (std::uint64_t step = 0; step < 5; ++step) {
            const OptimizerSpec wanted{.kind = "sgd"};
            View<const float> images = batch.view();
            if (step == 1) {
                QVERIFY(network != "residual" || primitives > 0);  // the counter sees those of compile and the first step
                primitives = 0;
            }
            ours = library = 0;
            counting = step > 0;
            model->trainStep(std::move(images), batch.labels, step);
            sgd.update(wanted, {.parameters = model->parameters(), .gradients = model->gradients(), .state = state, .rate = 0.01,
                                .step = static_cast<std::int64_t>(step) + 1});
            counting = false;
            if (step == 0) continue;
            QVERIFY2(ours == 0, qPrintable(QString("%1 allocations, the last by %2").arg(ours.load()).arg(culpritText())));
            QCOMPARE(primitives.load(), 0L);
            if (books >= 0) QCOMPARE(library.load(), books);
            books = library;
        }
    }

    void noPresetTouchesPlainLoops_data() {
        QTest::addColumn<QString>("preset");
        for (const PresetInfo& preset : presets()) QTest::newRow(preset.name.c_str()) << QString::fromStdString(preset.name);
    }
    void noPresetTouchesPlainLoops() {
        QFETCH(QString, preset);
        const NetworkSpec spec = makePreset(preset.toStdString()).value();
        const Analysis analysis = analyze(spec);
        for (const bool training : {false, true}) {
            for (const std::int64_t batch : {1, 64}) {
                CompileOptions options;
                options.maximumBatch = batch;
                options.training = training;
                for (const PlannedOp& planned : makeOpPlan(spec, analysis, options).ops) {
                    if (!planned.layer.node) continue;
                    const std::string name = spec.node(planned.layer.node)->name + ": " + planned.op->implementation;
                    QVERIFY2(planned.op->tier != Tier::Reference, name.c_str());
                    QVERIFY2(planned.op->implementation.find("ref") == std::string::npos, name.c_str());
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestAllocations)
#include "tst_allocations.moc"
