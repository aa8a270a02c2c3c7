convolab_test(tst_inspector SOURCES tst_inspector.cpp LIBS convolab_widgets GUI offscreen)
