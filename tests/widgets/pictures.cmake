convolab_test(tst_drawing_pad SOURCES tst_drawing_pad.cpp LIBS convolab_widgets GUI offscreen)
convolab_test(tst_pictures SOURCES tst_pictures.cpp LIBS convolab_widgets GUI offscreen)
