convolab_test(tst_palette SOURCES tst_palette.cpp LIBS convolab_widgets GUI offscreen)
